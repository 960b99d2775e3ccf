"""Which functions certainly do nothing that takes long."""

from __future__ import annotations

import pytest

from fastlint.model.calculating import is_quick
from tests.model import project

START = """
import time
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Annotated, Any
from fastapi import Depends, Header, HTTPException, Request
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

class Settings:
    @property
    def name(self):
        return load()

"""

QUICK = (
    "def find(name: str): user.set(name.lower())",
    "def find(name: str): return shorten(name) + str(uuid.uuid4())",
    "def find(request: Request): user.set(request.headers.get('x-user') or 'nobody')",
    "def find(name: Annotated[str, Header()]):\n    if not name:\n        raise HTTPException(401)",
    "def find(name: str):\n    token = user.set(name)\n    yield name\n    user.reset(token)",
    "def find(name: str):\n    with being(name):\n        yield user.get()",
)
SLOW = (
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
    "@traced\ndef find(): user.set('ada')",
    "async def find(): user.set('ada')",
    "def find(): find()",
)


def quick(code: str) -> bool:
    module = project(START + code).module("main.py")
    assert module is not None
    return is_quick(next(each for each in module.functions() if each.name == "find"))


@pytest.mark.parametrize("code", QUICK)
def test_a_function_is_quick_where_all_that_it_does_is_known_to_be(code: str) -> None:
    assert quick(code)


@pytest.mark.parametrize("code", SLOW)
def test_a_function_is_not_quick_where_something_of_it_may_take_long(code: str) -> None:
    assert not quick(code)
