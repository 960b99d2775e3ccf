"""What the blocking rules say: to whom, for how long, why there, and what helps."""

from __future__ import annotations

import pytest

from fastlint import testing
from fastlint.diagnostic import Diagnostic
from fastlint.registry import find_rule

HEAD = """\
import time
from fastapi import FastAPI, Response
from pydantic import BaseModel, Field, field_serializer, field_validator
app = FastAPI()
"""
ROUTE = '@app.get("/")\nasync def read(n: int):\n    '
STOPS = "stops the event loop"
WAITS = "and every other request waits with it"


def reported(name: str, code: str) -> Diagnostic:
    rule = find_rule(name)
    assert rule is not None
    (found,) = testing.diagnostics(rule, code)
    return found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("2", f"{STOPS}: it sleeps for 2 seconds, {WAITS}"),
        ("secs", f"{STOPS}: it sleeps for 0.5 seconds, {WAITS}"),
        ("1.0", f"{STOPS}: it sleeps for 1 second, {WAITS}"),
        ("n", f"{STOPS}, {WAITS}"),
    ],
)
def test_a_sleep_is_said_to_last_as_long_as_is_written(given: str, said: str) -> None:
    found = reported("blocking-sleep", f"{HEAD}secs = 0.5\n{ROUTE}time.sleep({given})\n")
    assert f"`time.sleep` {said}" == found.message


def test_what_a_helper_sleeps_is_said_with_what_reaches_it() -> None:
    code = f"{HEAD}def nap():\n    time.sleep(2)\n{ROUTE}nap()\n    nap()\n    nap()\n"
    said = f"`nap()` {STOPS}, here and in 2 more places below: it reaches `time.sleep`"
    assert f"{said}, which sleeps for 2 seconds, {WAITS}" == reported("blocking-sleep", code).message


def test_a_call_without_a_name_is_this_call() -> None:
    code = f"{HEAD}{ROUTE}(lambda: time.sleep(n))()\n"
    said = f"This call {STOPS}: it reaches `time.sleep`, {WAITS}"
    assert said == reported("blocking-sleep", code).message


def test_what_is_deleted_is_named_as_it_is_written() -> None:
    code = f"""{HEAD}
class Store:
    def __delitem__(self, key):
        time.sleep(1)
store = Store()
{ROUTE}del store["a"]
"""
    assert reported("blocking-sleep", code).message.startswith(f"`del store['a']` {STOPS}")


def test_a_file_is_named_as_it_is_written() -> None:
    lines = 'with open("x", "w") as file:', "for _ in range(n):", '    file.write("x")'
    code = HEAD + ROUTE + "\n        ".join(lines)
    assert reported("blocking-file-call", code).message.startswith(f"`file.write` {STOPS}")


def test_django_is_said_to_refuse() -> None:
    code = f"""{HEAD}
from django.db import models
class Item(models.Model): ...
def count():
    return Item.objects.count()
{ROUTE}return count()
"""
    found = reported("blocking-database-call", code)
    assert (
        "`count()` raises `SynchronousOnlyOperation`, unless `DJANGO_ALLOW_ASYNC_UNSAFE` is set: it reaches "
        "`django.db.models.Manager.count`, which asks the database on the event loop, where every other "
        "request would wait"
    ) == found.message
    assert "`await sync_to_async(count)()`" in found.help


VALIDATOR = """
class Order(BaseModel):
    n: int
    @field_validator("n")
    @classmethod
    def check(cls, value):
        time.sleep(1)
        return value
class Orders(BaseModel):
    orders: list[Order]
"""
FACTORY = """
def number():
    time.sleep(1)
    return 1
class Order(BaseModel):
    n: int = Field(default_factory=number)
"""
SERIALIZER = """
class Order(BaseModel):
    n: int
    @field_serializer("n")
    def send(self, value):
        time.sleep(1)
        return value
"""
RENDER = """
class Page(Response):
    def render(self, content):
        time.sleep(1)
        return b""
"""


@pytest.mark.parametrize(
    ("code", "why", "cure"),
    [
        (
            VALIDATOR + '@app.post("/")\ndef create(order: Order) -> None: ...',
            "create() takes `Order`, which is validated on the event loop, though it is a `def`",
            "`def` route or dependency",
        ),
        (
            VALIDATOR + '@app.post("/")\nasync def create(orders: Orders) -> None: ...',
            "create() takes `Order`, which is validated on the event loop",
            "`def` route or dependency",
        ),
        (
            FACTORY + '@app.post("/")\ndef create(order: Order) -> None: ...',
            "create() takes `Order`, which is validated on the event loop, though it is a `def`",
            "`def` route or dependency",
        ),
        (
            SERIALIZER + '@app.get("/")\ndef read() -> Order: ...',
            "read() gives `Order`, which is serialised on the event loop, though it is a `def`",
            "return the outcome",
        ),
        (
            VALIDATOR + '@app.get("/")\nasync def read() -> Order: ...',
            "read() gives `Order`, which is validated on the event loop",
            "make the route a `def`",
        ),
        (
            RENDER + '@app.get("/", response_class=Page)\ndef read(): ...',
            "read() answers with `Page`, which is rendered on the event loop, though it is a `def`",
            "return the outcome",
        ),
        (
            RENDER + "other = FastAPI(default_response_class=Page)",
            "the routes of this answer with `Page`, which is rendered on the event loop, also of `def` ones",
            "return the outcome",
        ),
    ],
)
def test_what_is_around_a_handler_says_which_one_and_what_helps(code: str, why: str, cure: str) -> None:
    found = reported("blocking-sleep", f"{HEAD}{code}\n")
    assert [why] == [step.message for step in found.trace]
    assert cure in found.help
