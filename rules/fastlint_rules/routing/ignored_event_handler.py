"""A start-up or shutdown handler never runs, or runs twice, and nothing says so.

An app with a `lifespan` calls no event handlers. Nor does it call the lifespan or the handlers of an app
that is mounted in it, a handler with a `yield`, or a function that is merely assigned to `app.lifespan`.

## Why

Registration succeeds and the server starts. The pool is not opened, the cache not warmed, the migration not
run; it shows as an `AttributeError` in the first request that needs it, or as a connection that is never
closed. The handlers of an `APIRouter` fail the other way round: since FastAPI 0.112.2 an included router's
`on_event` handlers are copied *and* run by its own lifespan, so they run twice. A router that is included
twice runs its lifespan, and with it its handlers, once for each.

## Bad

```python
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = ["connection"]
    yield
    app.state.pool.clear()


app = FastAPI(lifespan=lifespan)


@app.on_event("startup")
async def load_prices() -> None:
    app.state.prices = {"lamp": 20}


@app.get("/prices")
async def read_prices(request: Request) -> dict[str, int]:
    return request.app.state.prices
```

## Good

```python
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = ["connection"]
    await load_prices()
    yield
    app.state.pool.clear()


app = FastAPI(lifespan=lifespan)


async def load_prices() -> None:
    app.state.prices = {"lamp": 20}


@app.get("/prices")
async def read_prices(request: Request) -> dict[str, int]:
    return request.app.state.prices
```

For a mounted app, enter its lifespan in the parent's: `async with sub.router.lifespan_context(sub): yield`.
For a router, give it a lifespan of its own: `APIRouter(lifespan=...)`, which the app runs with its own.

## When it is fine

Handlers of an app without a lifespan (`lifespan=None` is none), and those that the project's own code calls.
An included router's handlers beside the app's lifespan: since FastAPI 0.112.2 they run, once. A mounted app
whose lifespan the parent enters, or that is also served by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, EventHandler, IgnoredLifespan, Project, Rule, Severity, Step

rule = Rule(
    __name__,
    code="FL502",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/events/#alternative-events-deprecated",
)

OUTCOMES = {
    "lifespan": "never runs: the app has a `lifespan`, which takes the place of event handlers",
    "generator": "never runs: a handler with a `yield` is called, which only makes a generator of it",
    "mounted": "never runs: a mounted app is neither started nor stopped",
    "twice": "runs more than once: the app runs the handlers of an included router, and so does the router",
    "again": "runs more than once: so does the lifespan of a router that is included more than once",
}
ADVICE = {
    "lifespan": "call it in the `lifespan`",
    "generator": "make it the `lifespan` of the app, under `@asynccontextmanager`",
    "mounted": "enter `router.lifespan_context` of the mounted app in the parent's `lifespan`",
    "twice": "give the router a `lifespan` instead",
    "again": "move it to the app's `lifespan`",
}
CAUSES = {
    "lifespan": "the app gets its `lifespan` here",
    "mounted": "the app is mounted here",
    "twice": "the router is included here",
    "again": "the router is included here",
}


@rule.on(EventHandler)
def check_handler(handler: EventHandler, project: Project) -> Iterator[Diagnostic]:
    outcome, cause = handler.outcome, handler.cause
    if outcome not in OUTCOMES:
        return
    yield rule.report(
        handler,
        f"`{handler.name}` {OUTCOMES[outcome]}",
        help=ADVICE[outcome],
        trace=[] if cause is None else [Step(CAUSES[outcome], cause)],
    )


@rule.on(IgnoredLifespan)
def check_lifespan(lifespan: IgnoredLifespan, project: Project) -> Iterator[Diagnostic]:
    name = lifespan.value.text()
    if lifespan.reason == "mounted":
        yield rule.report(lifespan, f"`{name}` {OUTCOMES['mounted']}", help=ADVICE["mounted"])
    else:
        yield rule.report(
            lifespan,
            f"`{name}` never runs: the app does not look at its attribute `lifespan`",
            help=f"pass it to the app: `FastAPI(lifespan={name})`",
        )
