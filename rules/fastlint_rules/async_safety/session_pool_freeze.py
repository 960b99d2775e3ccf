"""A session keeps its connection while its request needs what others block by waiting for one.

Two pools meet: SQLAlchemy has 5 + 10 connections for each engine, FastAPI one event loop and 40 threads.
Who has a connection needs the loop, or a thread, to get as far as giving it back. Who waits for a connection
keeps the loop, or a thread, from all others. With enough requests at once nobody gets on.

## Why

It takes no slow query. A session takes its connection with the first statement, and FastAPI closes it after
the route: in a thread that the event loop has to start. In an `async` route sixteen requests are enough. The
first fifteen have run their statement, and the loop is to have them closed next; but it runs the sixteenth
first, whose statement waits for a connection, on the loop. Nothing runs until the pool gives up after 30
seconds (`QueuePool limit of size 5 overflow 10 reached`), and then the seventeenth does the same. A hundred
requests of less than a millisecond stopped a server for 50 seconds with a timeout of two, and half of them
failed. It comes with the first peak of traffic, never in a test.

In one turn of the loop no more than forty sessions come out of threads. So a pool of forty connections or
more is only emptied where the route awaits something after its first statement: then each request keeps its
connection for as long as that takes.

With a `def` dependency that queries, such as the one that loads the user, it is the threads: fifteen requests
have their user and a connection, and need a thread for the route. In all forty threads others wait for a
connection, to load theirs. From 55 requests at once all that runs in threads stands still, until the timeout
(of 70, 40 failed). This one is a warning.

Seen with FastAPI 0.95 to 0.165.

## Bad

```python
import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine(os.environ["DATABASE_URL"])
SessionLocal = sessionmaker(engine)

app = FastAPI()


def get_session() -> Iterator[Session]:
    with SessionLocal() as session:
        yield session


@app.get("/orders/count")
async def count_orders(session: Annotated[Session, Depends(get_session)]):
    return session.scalar(text("SELECT count(*) FROM orders"))
```

## Good

```python
import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine(os.environ["DATABASE_URL"])
SessionLocal = sessionmaker(engine)

app = FastAPI()


def get_session() -> Iterator[Session]:
    with SessionLocal() as session:
        yield session


@app.get("/orders/count")
def count_orders(session: Annotated[Session, Depends(get_session)]):
    return session.scalar(text("SELECT count(*) FROM orders"))
```

Just as well: an `AsyncSession`; a session that the `async` route opens itself and closes without an `await`
in between; statements that a thread runs, `await run_in_threadpool(load, session)`; a `commit()` as the last
that is done with the session. Since FastAPI 0.163 the shortest cure of all shapes is to let in no more
requests than there are connections: `SessionDep = Annotated[Session, Depends(get_session,
max_concurrency=15)]`, used everywhere, for each `Depends(...)` that is written counts for itself.

A `def` route with a response model needs a thread once more after its statement, for the model. So 55
requests at once can stop those too, and `max_concurrency` helps; that is not reported, for it would be said
of every route.

## When it is fine

Where the connection is given back in time: by `commit()`, `rollback()`, `close()` or the end of a `with`,
before the function returns or awaits. Where it was taken in a thread already, by the dependency itself, or by
a `def` dependency before an `async` route. With a pool of forty connections, as long as nothing is awaited
after the first statement. With a pool that has no end: `NullPool`, `StaticPool`,
`max_overflow=-1`, SQLite in memory. Engines and sessions of which it is not known what they are.

`blocking-database-call` speaks of the statements themselves, which stop the loop for as long as they take.
This rule speaks of the session, once for the handler in which its connection is taken. There is no automatic
fix: which of the cures is right depends on what else the handler does.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Checkout, Diagnostic, Project, Rule, Severity, Step

rule = Rule(
    __name__,
    code="FL109",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.sqlalchemy.org/en/20/core/pooling.html#connection-pool-configuration",
)

THREADS = 40
"""How many threads run the `def` handlers of an application (https://www.starlette.io/threadpool/)."""


@rule.on(Checkout)
def check(checkout: Checkout, project: Project) -> Iterator[Diagnostic]:
    on_loop = checkout.needs == "loop"
    yield rule.report(
        checkout,
        _on_loop(checkout) if on_loop else _in_threads(checkout),
        help=_help(checkout, project),
        trace=_trace(checkout),
        severity=Severity.ERROR if on_loop else Severity.WARNING,
    )


def _on_loop(checkout: Checkout) -> str:
    opened = checkout.opened.name
    until = "after an `await`" if checkout.is_suspended else f"when FastAPI closes `{opened}`"
    who = f"{checkout.limit + 1} requests" if checkout.limit else "more requests than connections"
    return (
        f"{who} at once freeze the server: each gives its connection back only {until}, for which the event "
        "loop must be free, and the last one holds the loop while it waits for a connection"
    )


def _in_threads(checkout: Checkout) -> str:
    who = f"{checkout.limit + THREADS} requests" if checkout.limit else "enough requests"
    return (
        f"{who} at once wait for each other: those that have a connection need a thread after "
        f"`{checkout.function.label}`, and in all {THREADS} threads others wait for a connection"
    )


def _help(checkout: Checkout, project: Project) -> str:
    function = checkout.function
    advice: list[str] = []
    if checkout.needs == "thread":
        advice.append(f"have `{function.name}` open a session of its own, with `with`")
    elif function.awaits:
        advice.append("have a thread do all that uses the session, or take an `AsyncSession`")
    elif project.dependencies.is_of_route(function):
        advice.append(f"make `{function.name}` a `def`, or take an `AsyncSession`")
    else:  # as a `def` it would keep the connection while it waits for a thread
        advice.append("open a session of its own in it, with `with`, or take an `AsyncSession`")
    if project.holds("fastapi>=0.163", checkout.place.path):
        advice.append(_limiting(checkout))
    return ", or ".join(advice)


def _limiting(checkout: Checkout) -> str:
    """What to do about `max_concurrency`, with regard to what is done already."""
    opened, admission, limit = checkout.opened.name, checkout.admission, checkout.limit
    if admission.is_partial:
        return f"set a `max_concurrency` for every `Depends({opened})`: they share one pool"
    if admission.most is not None:
        return (
            f"have `max_concurrency` let in {limit} requests in all: the {admission.most} that it lets in "
            "are more than the connections"
        )
    return f"share one `Depends({opened}, max_concurrency={limit or '...'})`"


def _trace(checkout: Checkout) -> list[Step]:
    admission = checkout.admission
    if admission.unlimited is None or not admission.is_partial:
        return [*checkout.trace]
    return [*checkout.trace, Step("no limit here, for the same pool", admission.unlimited.place)]
