"""Which functions certainly wait for nothing, and which of them can be coroutine functions."""

from collections.abc import Mapping

import pytest

from fastlint.model.dependencies import Dependency
from fastlint.model.quick import is_quick
from fastlint.model.values import FunctionValue
from tests.model import project

HEAD = """
from contextvars import ContextVar
import os
import re
import secrets
from enum import Enum
from pathlib import Path
from typing import Annotated

import unknown
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel

app = FastAPI()
asked = ContextVar("asked")
NUMBER = re.compile(r"\\d+")

class User(BaseModel):
    name: str
    tags: list[str] = []

    @property
    def short(self) -> str:
        return self.name[:3]

    @property
    def text(self) -> str:
        return Path(self.name).read_text()

class Store:
    def __init__(self, name: str) -> None:
        self.name = name

    def find(self) -> str:
        return self.name

class Files(Store):
    def find(self) -> str:
        return Path(self.name).read_text()

"""


def dependency(body: str, parameters: str = "") -> Dependency:
    """The one dependency of an app, which has this body."""
    route = "@app.get('/')\nasync def read(found=Depends(get)): ...\n"
    return dependency_of({"main.py": f"{HEAD}def get({parameters}):\n    {body}\n\n{route}"})


def dependency_of(files: Mapping[str, str]) -> Dependency:
    found = project(files).dependencies.dependencies
    return next(each for each in found if each.function.name == "get")


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ("return 1", ""),
        ("return [each.upper() for each in user.tags]", "user: User"),
        ("return user.short", "user: User"),
        ("return User(name=name)", "name: str"),
        ("return Store(name).name", "name: str"),
        ("return request.headers.get('a').split(',')[0]", "request: Request"),
        ("return request.app.state.pool", "request: Request"),
        ("return f'{name} {len(name)}'", "name: str"),
        ("if name in ('a', 'b'): raise ValueError(name)", "name: str"),
        ("return secrets.compare_digest(name.encode(), b'key')", "name: str"),
        ("return os.getenv('KEY', '') == name", "name: str"),
        ("return NUMBER.fullmatch(name) is not None", "name: str"),
        ("return bool(re.match('a', name))", "name: str"),
        ("scheme, _, token = name.partition(' '); return scheme.lower() + token.strip()", "name: str"),
    ],
)
def test_what_only_looks_at_plain_data_needs_no_thread(body: str, parameters: str) -> None:
    assert dependency(body, parameters).needs_no_thread


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ("return user.text", "user: User"),
        ("return user.name", "user"),
        ("return user.name", "user: unknown.User"),
        ("return store.find()", "store: Annotated[Store, Depends(unknown.store)]"),
        ("return unknown.find(name)", "name: str"),
        ("return name in unknown.names", "name: str"),
        ("return request.state.user.name", "request: Request"),
        ("return request.app.state.pool.acquire()", "request: Request"),
        ("return Path(name).read_text()", "name: str"),
        ("with unknown.lock: return name", "name: str"),
        ("return getattr(user, name)", "user: User, name: str"),
        ("yield name", "name: str"),
        ("asked.set(name)", "name: str"),
        ("return os.listdir(name)", "name: str"),
        ("return re.sub('(a+)+', '', name)", "name: str"),
    ],
)
def test_what_may_run_other_code_may_need_one(body: str, parameters: str) -> None:
    assert not dependency(body, parameters).needs_no_thread


CODE = """
import time
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any
from fastapi import Header, HTTPException, Request
from sqlalchemy.orm import Session
from somewhere import load, traced

user = ContextVar("user")

def shorten(text: str) -> str:
    return text.strip()[:10]

def sleep():
    time.sleep(1)

@contextmanager
def being(name):
    token = user.set(name)
    yield
    user.reset(token)

@contextmanager
def locked():
    load()
    yield

class Door:
    def __enter__(self): load()
    def __exit__(self, *error): load()

class Settings:
    @property
    def name(self):
        return load()

"""


def function(code: str) -> FunctionValue:
    module = project(CODE + code).module("main.py")
    assert module is not None
    return FunctionValue(next(each for each in module.functions() if each.name == "find"))


@pytest.mark.parametrize(
    "code",
    [
        "def find(name: str): user.set(name.lower())",
        "async def find(name: str): user.set(name.lower())",
        "def find(name: str): return shorten(name) + str(uuid.uuid4())",
        "def find(request: Request): user.set(request.headers.get('x-user') or 'nobody')",
        "def find(name: Annotated[str, Header()]):\n    if not name:\n        raise HTTPException(401)",
        "def find(name: str):\n    count = 0\n    count += len(name)\n    return count",
        "def find(name: str):\n    def inner(): return load()\n    return name",
        "def find(name: str):\n    token = user.set(name)\n    yield name\n    user.reset(token)",
        "def find(name: str):\n    with being(name) as being_it:\n        yield user.get()",
        "def find(name: str):\n    with user.set(name):\n        return shorten(name)",
    ],
)
def test_a_function_is_quick_where_all_that_it_does_is_known_to_be(code: str) -> None:
    assert is_quick(function(code))


@pytest.mark.parametrize(
    "code",
    [
        "def find(): time.sleep(1)",
        "def find(): sleep()",
        "def find(): load()",
        "def find(name): return name.first",
        "def find(settings: Settings): return settings.name",
        "def find(session: Session): return session.info",
        "def find(names: Any):\n    for name in names:\n        user.set(name)",
        "def find(names: Any): return [name for name in names]",
        "def find(names: Any): return list(names)",
        "def find(lock: Any):\n    with lock:\n        user.set('ada')",
        "def find(name: str):\n    with Door():\n        return name",
        "def find(name: str):\n    with locked():\n        return name",
        "def find(name: str):\n    yield name\n    load()",
        "def find(names: Any): yield from names",
        "def find(names: Any): names += load()",
        "@traced\ndef find(): user.set('ada')",
        "async def inner(): return 1\nasync def find(): await inner()",
        "async def inner(): return 1\ndef find(): return inner()",
        "def find(): find()",
    ],
)
def test_a_function_is_not_quick_where_something_of_it_may_take_long(code: str) -> None:
    assert not is_quick(function(code))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def find(name: str): return user.get()", True),
        ("def find(name: str): user.set(name)", False),
        ("def find(name: str):\n    with being(name):\n        return user.get()", False),
    ],
)
def test_it_can_be_asked_for_one_that_keeps_the_context_as_it_is(code: str, expected: bool) -> None:
    assert expected == is_quick(function(code), keeps_context=True)


APP = """
from fastapi import Depends, FastAPI

app = FastAPI()

def get() -> int:
    return 1

@app.get("/")
async def read(found: int = Depends(get)): ...
"""


def test_it_can_be_async_where_only_fastapi_calls_it() -> None:
    override = "from main import app, get\n\napp.dependency_overrides[get] = lambda: 2\n"
    assert (True, "") == dependency_of({"main.py": APP, "test_main.py": override}).could_be_async


@pytest.mark.parametrize(
    "use",
    [
        "import main\n\nhandlers = [main.get]\n",
        "from main import get as load\n\nprint(load)\n",
        "from unittest import mock\n\nmock.patch('main.get')\n",
        "def use(main):\n    return main.get\n",
    ],
)
def test_there_is_a_doubt_where_something_else_may_call_it(use: str) -> None:
    can, doubt = dependency_of({"main.py": APP, "more.py": use}).could_be_async
    assert can
    assert doubt != ""


@pytest.mark.parametrize(
    "use",
    ["from main import get\n\nprint(get())\n", "import main\n\ndef size():\n    return main.get() + 1\n"],
)
def test_it_cannot_be_async_where_code_calls_it(use: str) -> None:
    assert not dependency_of({"main.py": APP, "more.py": use}).could_be_async.can
