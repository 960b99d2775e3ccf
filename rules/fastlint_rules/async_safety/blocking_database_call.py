"""A synchronous database call waits for the server, or for a lock, on the event loop.

Sessions and connections of sync SQLAlchemy and SQLModel, psycopg, sqlite3, PyMySQL, pymongo, redis, peewee,
MongoEngine, the Django ORM, Neo4j, ClickHouse, BigQuery, Firestore and Cosmos hold their thread until the
database has answered. In an `async` handler that thread is the event loop.

## Why

Queries of a millisecond hide it; a lock, a failover or a missing index does not: the whole server then
stops for as long as that one statement waits. It does not take slow queries either: an empty connection pool
stops it too, until the pool's timeout is over. Which handlers empty it, `session-pool-freeze` says.

Django's ORM raises `SynchronousOnlyOperation` on the event loop, and waits there like the others where
`DJANGO_ALLOW_ASYNC_UNSAFE` is set.

## Bad

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine("sqlite:///shop.db")
SessionLocal = sessionmaker(engine)

app = FastAPI()


def get_session() -> Iterator[Session]:
    with SessionLocal() as session:
        yield session


@app.get("/orders/count")
async def count_orders(session: Annotated[Session, Depends(get_session)]) -> int:
    return session.scalar(text("SELECT count(*) FROM orders"))
```

## Good

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine("sqlite:///shop.db")
SessionLocal = sessionmaker(engine)

app = FastAPI()


def get_session() -> Iterator[Session]:
    with SessionLocal() as session:
        yield session


@app.get("/orders/count")
def count_orders(session: Annotated[Session, Depends(get_session)]) -> int:
    return session.scalar(text("SELECT count(*) FROM orders"))
```

A handler that has to stay `async`, because it awaits something else, takes an `AsyncSession`, or opens its
session in a function that it hands to `run_in_threadpool`.

## When it is fine

In `def` routes and dependencies; with `AsyncSession`, `AsyncEngine`, asyncpg, aiosqlite, motor,
`AsyncMongoClient` and `redis.asyncio`; inside `AsyncSession.run_sync`. What sends nothing is not reported:
creating an engine, a pool or a session, `session.add`, building a query, closing a session.

The fix makes the handler a `def`, where nothing needs it to be a coroutine function. Else a thread makes the
call, for Django that of `sync_to_async`. Both are unsafe, because other requests run meanwhile, and left out
where that would hurt: for a session that requests share, for a connection of sqlite3, which belongs to the
thread that made it, under a lock, in a `finally`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, LoopCall, Project, Rule, Severity
from fastlint_rules.async_safety._blocking import report
from fastlint_rules.async_safety._threads import Threads

rule = Rule(
    __name__,
    code="FL103",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html",
)

threads = Threads(rule)


@rule.on(LoopCall)
def check(call: LoopCall, project: Project) -> Iterator[Diagnostic]:
    yield from report(rule, call, threads.handler, threads.call)
