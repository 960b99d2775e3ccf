"""Requests share one `scoped_session`: it has a session for each thread, and they run in the same one.

`scoped_session` was made for servers where each request has a thread for itself. Here all that is `async`
runs in the thread of the event loop, and a `def` dependency shares its thread with those of other requests.

## Why

While one request awaits something, the next one works in the same session, and the same transaction. Two
requests at once wrote a row each: one answered "committed", then the other one rolled back, and the row of
the first was gone. A `commit()` stores what others have only half done.

Where nobody calls `remove()`, one failure is enough: a request that violated a constraint was a 500, and so
was every one after it, `PendingRollbackError`, until the server was restarted.

A `def` dependency that gives away `Session()` has left its thread when the route runs. The next request's
dependency may run there, and gets the same object; at the end `remove()` closes that of yet another thread.
Of twenty requests that came five milliseconds apart up to seven had a session with somebody else.

## Bad

```python
import asyncio

from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import scoped_session, sessionmaker

engine = create_engine("sqlite:///shop.db")
Session = scoped_session(sessionmaker(engine))

app = FastAPI()


@app.post("/orders")
async def add_order(number: int, is_paid: bool) -> str:
    Session.execute(text("INSERT INTO orders VALUES (:id)"), {"id": number})
    await asyncio.sleep(0.01)
    if is_paid:
        Session.commit()
        return "committed"
    Session.rollback()
    return "rolled back"
```

## Good

```python
import time

from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker

engine = create_engine("sqlite:///shop.db")
SessionLocal = sessionmaker(engine)

app = FastAPI()


@app.post("/orders")
def add_order(number: int, is_paid: bool) -> str:
    with SessionLocal() as session:
        session.execute(text("INSERT INTO orders VALUES (:id)"), {"id": number})
        time.sleep(0.01)
        if is_paid:
            session.commit()
            return "committed"
        session.rollback()
        return "rolled back"
```

A dependency that yields such a session does the same, and `async` handlers take an `AsyncSession`. There is
no automatic fix: each use has to get its session from somewhere then.

## When it is fine

In `def` routes that use it themselves and `remove()` it. On the loop without an `await` before `remove()`,
`commit()`, `rollback()` or the end of `with Session() as session:`, where something removes it or rolls it
back. With a `scopefunc` of the project, such as the id of the request, and with `async_scoped_session`. What
the `session_factory` of the registry makes is a session of its own each time.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Project, Rule, Severity, Step, ThreadSession

rule = Rule(
    __name__,
    code="FL117",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.sqlalchemy.org/en/20/orm/contextual.html",
)

MESSAGES = {
    "suspended": "`{use}` works on the one session of the event loop's thread: requests that run during the "
    "`await` commit and roll back the same transaction",
    "kept": "`{use}` works on the one session of the event loop's thread, and nobody removes it: once the "
    "database has refused one request, all others fail",
    "given": "`{use}` gives the session of this thread, which the next request's `{function}` may get too: "
    "both then share a transaction",
}


@rule.on(ThreadSession)
def check(session: ThreadSession, project: Project) -> Iterator[Diagnostic]:
    trace = [Step("a session for each thread", session.registry.place)]
    if session.until is not None:
        trace.append(Step("other requests run while this one waits here", session.until))
    use = f"{session.use.func.text()}()"
    yield rule.report(
        session,
        MESSAGES[session.how].format(use=use, function=session.function.label),
        help="a session for each request, from a `sessionmaker`"
        + ("" if session.how == "given" else ", or an `AsyncSession`"),
        trace=trace,
    )
