"""State that an `await` would tear apart between its test and its change."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from fastlint import testing
from fastlint.registry import find_rule

HEAD = """
import bcrypt
from fastapi import FastAPI, Request
app = FastAPI()
seen = {}
class Users:
    async def get(self): ...
    async def update(self): ...
class Service:
    def __init__(self):
        self.users = Users()
        self.names = {}
service = Service()
"""
HASH = "bcrypt.hashpw(password, salt)"


def advice(body: str) -> str:
    """What helps a route that hashes a password."""
    rule = find_rule("cpu-bound-call")
    assert rule is not None
    head = '@app.get("/")\nasync def read(request: Request, password: bytes, salt: bytes, name: str):\n'
    [found] = testing.diagnostics(rule, HEAD + head + indent(dedent(body), "    "))
    return found.help


@pytest.mark.parametrize(
    "body",
    [
        f"if name not in seen:\n    seen[name] = {HASH}\n",
        f"if name not in service.names:\n    found = {HASH}\n    service.names.update(a=found)\n",
        f"users = request.app.state.users\nif not users:\n    {HASH}\n    request.app.state.users = 1\n",
        f"for each in name:\n    if each not in seen:\n        {HASH}\n    seen[each] = 1\n",
    ],
    ids=["item", "update", "state", "loop"],
)
def test_what_is_read_before_and_changed_after_is_held_by_a_lock(body: str) -> None:
    assert "`asyncio.Lock`" in advice(body)


@pytest.mark.parametrize(
    "body",
    [
        f"{HASH}\nseen[name] = 1\n",
        f"found = request.app.state.users\n{HASH}\nusers = request.app.state.users\n",
        f"await service.users.get()\n{HASH}\nawait service.users.update()\n",
        f"if name not in seen:\n    {HASH}\n    return\nseen[name] = 1\n",
        f"if name in seen:\n    {HASH}\nelse:\n    seen[name] = 1\n",
        f"if name not in seen:\n    await request.body()\n    seen[name] = {HASH}\n",
        f"if not request.state.user:\n    request.state.user = {HASH}\n",
    ],
    ids=["not_read", "alias", "awaited", "left", "other_branch", "torn_already", "of_one_request"],
)
def test_what_is_not_torn_needs_none(body: str) -> None:
    assert "`asyncio.Lock`" not in advice(body)
