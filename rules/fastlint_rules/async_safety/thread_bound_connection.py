"""A connection of `sqlite3` is made in one thread and used in another, which it refuses.

A `def` dependency runs in any thread of the pool, a `def` route in any other one, and an `async` route in
that of the event loop. `sqlite3` lets only the thread that made a connection use it.

## Why

An `async` route always fails: `ProgrammingError: SQLite objects created in a thread can only be used in that
same thread`. A `def` route works as long as one request comes after the other, because the pool has the same
thread for all of it. So tests pass, and a person who tries it sees nothing. Of twenty requests at the same
time nineteen failed.

## Bad

```python
import sqlite3
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def get_connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect("shop.db")
    try:
        yield connection
    finally:
        connection.close()


@app.get("/number")
def read_number(connection: Annotated[sqlite3.Connection, Depends(get_connection)]) -> int:
    return connection.execute("SELECT 1").fetchone()[0]
```

## Good

```python
import sqlite3
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def get_connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect("shop.db", check_same_thread=False)
    try:
        yield connection
    finally:
        connection.close()


@app.get("/number")
def read_number(connection: Annotated[sqlite3.Connection, Depends(get_connection)]) -> int:
    return connection.execute("SELECT 1").fetchone()[0]
```

The fix is safe: it takes away nothing but the error, and each request has a connection of its own, which only
one of its functions uses at a time.

A connection that a module or a lifespan makes, or an object that is made there, belongs to the thread of the
event loop: every `def` route that uses it fails.

## When it is fine

With `check_same_thread=False`. Where all is done in one thread: an `async` dependency whose connection only
`async` functions use, or a connection that a route opens itself. A connection that is made once, for all
requests, is reported where it crosses threads, and not fixed: without the check threads could use it at the
same time, in each other's transactions. So is one of which it is not certain that each request makes its own,
and one that a `factory` makes, which may not take the argument.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    BoundConnection,
    Diagnostic,
    Edit,
    FixRequest,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
)

rule = Rule(
    __name__,
    code="FL116",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.python.org/3/library/sqlite3.html#sqlite3.connect",
)

SETTING = "check_same_thread"


@rule.on(BoundConnection)
def check(connection: BoundConnection, project: Project) -> Iterator[Diagnostic]:
    user = connection.user.label
    when = "always" if connection.is_always else "as soon as requests come at the same time"
    where = "on the event loop" if connection.user.node.is_async else "in another thread"
    yield rule.report(
        connection,
        f"`{user}` uses this connection {where}, and `sqlite3` refuses: `ProgrammingError`, {when}",
        help=f"`{SETTING}=False`" if connection.is_own else "open a connection for each request",
        trace=_trace(connection, f"{user}() uses it {where}"),
        fix=_fix(connection),
    )


def _trace(connection: BoundConnection, use: str) -> list[Step]:
    user = Step(use, connection.user.place)
    if connection.dependency is None:
        return [user, *connection.steps]
    return [Step(f"{connection.dependency.label}() gives it", connection.dependency.place), user]


@rule.fix("Let other threads use it", Safety.SAFE)
def let_other_threads_use_it(call: cst.Call, edit: Edit) -> cst.Call:
    return edit.with_argument(call, SETTING, cst.Name("False"))


def _fix(connection: BoundConnection) -> FixRequest | None:
    is_said = connection.call.argument(SETTING, 4) is not None
    can = connection.is_own and not is_said and not connection.has_factory
    return let_other_threads_use_it.at(connection) if can else None
