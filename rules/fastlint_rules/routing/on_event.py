"""`on_event` is deprecated, and one `lifespan` anywhere on the app silences it.

Start-up and shutdown handlers belong in one `lifespan` function: what is opened before its `yield` is
closed after it, in the same scope.

## Why

Each use is a `DeprecationWarning`, and Starlette has removed its own `on_event` already; FastAPI carries a
copy. The day somebody passes `lifespan=` to the app, for themselves or for a library, every handler stops
running without a word. The handlers share nothing but globals, and shutdown runs them in the order of
start-up, not in reverse.

## Bad

```python
from fastapi import FastAPI

app = FastAPI()
connections: list[str] = []


@app.on_event("startup")
async def connect() -> None:
    connections.append("database")


@app.on_event("shutdown")
def disconnect() -> None:
    connections.clear()
```

## Good

```python
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await connect()
    try:
        yield
    finally:
        disconnect()


app = FastAPI(lifespan=lifespan)
connections: list[str] = []


async def connect() -> None:
    connections.append("database")


def disconnect() -> None:
    connections.clear()
```

The `try` matters: shutdown handlers also ran when the server was cancelled or failed, and code after a bare
`yield` does not.

## When it is fine

`on_event` of other libraries (a socket server, a bot, a scheduler), and of classes of your own. Where the
handler does not run at all, because the app has a `lifespan`, or runs twice, `ignored-event-handler` says
so instead. Where the `lifespan` itself runs it, the decorator is what remains to be dropped.

The fix is safe where every event handler of the app is seen, stands beside the app and can be called as it
is.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, EventHandler, Project, Rule, Severity

rule = Rule(
    __name__,
    code="FL501",
    severity=Severity.WARNING,
    since="0.1.0",
    requires="fastapi>=0.93",
    source="https://fastapi.tiangolo.com/advanced/events/#alternative-events-deprecated",
)

PLACES = {"startup": "before its `yield`", "shutdown": "after its `yield`, in a `finally`"}


@rule.on(EventHandler)
def check(handler: EventHandler, project: Project) -> Iterator[Diagnostic]:
    if handler.way != "on_event" or handler.outcome != "runs":
        return
    if handler.is_beside_lifespan:
        yield rule.report(
            handler,
            f"`on_event` is deprecated, and `{handler.name}` only runs because the app's `lifespan` runs it",
            help="drop the decorator" if handler.is_called else "let the `lifespan` call it by its name",
        )
        return
    yield rule.report(
        handler,
        f"`on_event` is deprecated, and `{handler.name}` stops running once the app gets a `lifespan`",
        help=f"call it in a `lifespan`, {PLACES.get(handler.event, 'around the `yield`')}",
    )
