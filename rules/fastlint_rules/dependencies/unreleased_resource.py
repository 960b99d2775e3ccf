"""A dependency opens a database session or connection and returns it: nobody closes it.

FastAPI closes nothing that it is given. It runs what a dependency has after its `yield`, and a `return` has
nothing after it.

## Why

The connection goes back to the pool when the garbage collector comes by, for a session and its transaction
hold each other. Until then it is taken, with its locks. Under load the pool is empty first: `QueuePool limit
of size 5 overflow 10 reached` after 15 requests. An async session cannot be cleaned up that way at all:
SQLAlchemy drops its connection with an error in the log, and the next request opens a new one.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

engine = create_engine("sqlite://", poolclass=QueuePool, connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(engine)


def get_session() -> Session:
    session = SessionLocal()
    return session


app = FastAPI()


@app.get("/number")
def read_number(session: Annotated[Session, Depends(get_session)]) -> int:
    return session.execute(text("select 1")).scalar_one()
```

## Good

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

engine = create_engine("sqlite://", poolclass=QueuePool, connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(engine)


def get_session() -> Iterator[Session]:
    with SessionLocal() as session:
        yield session


app = FastAPI()


@app.get("/number")
def read_number(session: Annotated[Session, Depends(get_session)]) -> int:
    return session.execute(text("select 1")).scalar_one()
```

## When it is fine

A `scoped_session`, which some middleware removes. A session that is given to something else too
(`request.state.session = session`, `stack.enter_context(session)`). Endpoints that close it themselves, enter
it with `with`, or give it to code that may: where one of them does, all are believed to. Endpoints that work
`with session.begin():` alone, which gives the connection back. An object that keeps a session, and closes it
in one of its methods or gives it to others. Objects that end with their last reference: files, the
connections of `sqlite3` and `psycopg2`. Clients of HTTP services are another
matter: to open one for each request costs more than to leave it open.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Dependency,
    Diagnostic,
    Opened,
    Project,
    Rule,
    Severity,
    Step,
    opened,
)
from fastlint_rules._words import called_name

rule = Rule(
    __name__,
    code="FL230",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/",
)

CONNECTIONS = (
    "sqlalchemy.orm.Session",
    "sqlalchemy.ext.asyncio.AsyncSession",
    "sqlalchemy.Connection",
    "sqlalchemy.ext.asyncio.AsyncConnection",
)


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    found = next(opened(dependency, *CONNECTIONS), None)
    if found is None:
        return
    uses = [use for use in dependency.injections if not use.is_discarded and not found.is_given_back(use)]
    if not uses or any(map(found.may_be_closed, uses)):
        return
    yield rule.report(
        found,
        f"{_what(dependency, found)}, and nobody closes it: the connection that it takes is not given back",
        help=_help(found),
        trace=[] if _is_there(found) else [Step("it is opened here", found.opening.place)],
    )


def _what(dependency: Dependency, found: Opened) -> str:
    function, opening = dependency.function, found.opening.text()
    name = "the lambda" if function.is_lambda else f"`{called_name(function)}`"
    if not found.inside:
        return f"{name} returns `{found.name or opening}`"
    verb = "keeps" if function.name == "__init__" else "returns an object that keeps"
    return f"{name} {verb} `{opening}` as `{found.inside}`"


def _help(found: Opened) -> str:
    if found.inside:
        return "let it get that from a dependency with `yield` inside of a `with` (`async with`)"
    return "`yield` it inside of a `with` (`async with`), which ends after the request"


def _is_there(found: Opened) -> bool:
    opening = found.opening.place
    return (opening.path, opening.span.line) == (found.place.path, found.place.span.line)
