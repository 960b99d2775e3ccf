"""Which functions certainly wait for nothing, and which of them can be coroutine functions."""

from collections.abc import Mapping

import pytest

from fastlint.model.dependencies import Dependency
from tests.model import project

HEAD = """
from enum import Enum
from pathlib import Path
from typing import Annotated

import unknown
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel

app = FastAPI()

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
    ],
)
def test_what_may_run_other_code_may_need_one(body: str, parameters: str) -> None:
    assert not dependency(body, parameters).needs_no_thread


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
