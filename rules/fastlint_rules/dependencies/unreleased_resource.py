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

A `scoped_session`, which some middleware removes. A session that was made elsewhere, or that is kept
somewhere else too (`request.state.session = session`). Endpoints that close it themselves, enter it with
`with`, or give it to code that may: where one of them does, all are believed to. Objects that end with their
last reference: files, the connections of `sqlite3` and `psycopg2`. Clients of HTTP services are another
matter: to open one for each request costs more than to leave it open.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Dependency, Diagnostic, Project, Rule, Severity, Step, may_be_closed, opened
from fastlint_rules.dependencies._words import function_name

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
    uses = [use for use in dependency.injections if not use.is_discarded]
    if found is None or not uses or any(map(may_be_closed, uses)):
        return
    name = function_name(dependency.function)
    what = f"`{found.name}`" if found.name else "what it opens"
    yield rule.report(
        found.returned,
        f"`{name}` returns {what}, and nobody closes it: the connection stays taken",
        help="open it in a `with` (`async with`) and `yield` it there: FastAPI leaves the `with` afterwards",
        trace=[Step("it is opened here", found.opening.place)],
    )
