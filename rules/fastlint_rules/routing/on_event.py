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

The fix moves all handlers of the app at once. It is safe where every one of them is seen, stands beside the
app and can be called as it is; it is unsafe where handlers stand in other modules, or where another library
is given the app, whose own handlers a `lifespan` would silence, or where other code, such as a test, replaces
a handler. There is none where a handler is registered under a condition, is decorated, takes arguments or
belongs to a router, where its name is bound anew, where other code uses the lists of handlers, or where the
app may have a `lifespan`; then the finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Conversion,
    Diagnostic,
    Edit,
    EventHandler,
    FixRequest,
    Project,
    Rule,
    Safety,
    Severity,
    cst,
)

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
    found = handler.conversion
    obstacle = f" (not done by `--fix`: {found.obstacle})" if found is not None and found.obstacle else ""
    yield rule.report(
        handler,
        f"`on_event` is deprecated, and `{handler.name}` stops running once the app gets a `lifespan`",
        help=f"call it in a `lifespan`, {PLACES.get(handler.event, 'around the `yield`')}{obstacle}",
        fix=_request(found) if found is not None and not found.obstacle else None,
    )


def _request(found: Conversion) -> FixRequest:
    assert found.app.site is not None
    return move_to_lifespan.at(
        found.app.site,
        safety=Safety.UNSAFE if found.risk else Safety.SAFE,
        reason=found.risk,
        more=found.registrations,
        imports="\n".join(found.imports),
        startup="\n".join(found.startup),
        shutdown="\n".join(found.shutdown),
    )


@rule.fix("Run the handlers in a `lifespan`", Safety.SAFE)
def move_to_lifespan(app: cst.Call, edit: Edit) -> cst.Call:
    for place in edit.more:
        edit.remove(_registration(edit.node(place, cst.Call), edit))
    name = edit.free_name("lifespan", "app_lifespan", "run_event_handlers")
    manager, iterator, cls = (
        edit.code(edit.name(each))
        for each in ("contextlib.asynccontextmanager", "collections.abc.AsyncIterator", "fastapi.FastAPI")
    )
    rows = [f"@{manager}", f"async def {name}(app: {cls}) -> {iterator}[None]:"]
    rows += (f"    {each}" for each in _body(edit))
    edit.define_before(app, "\n".join(rows))
    settled = ("on_startup", "on_shutdown", "lifespan")
    kept = [each for each in app.args if each.keyword is None or each.keyword.value not in settled]
    return edit.with_argument(app.with_changes(args=kept), "lifespan", cst.Name(name))


def _registration(call: cst.Call, edit: Edit) -> cst.CSTNode:
    """The decorator or the statement that a call registers a handler with."""
    for each in edit.ancestors(call):
        if isinstance(each, (cst.Decorator, cst.Expr)):
            return each
        if not isinstance(each, cst.Call):
            break
    raise edit.refuse("what the registration gives is used")


def _body(edit: Edit) -> Iterator[str]:
    imports, startup, shutdown = (
        edit.params[each].splitlines() for each in ("imports", "startup", "shutdown")
    )
    if imports:
        yield from (*imports, "")
    yield from startup
    if not shutdown:
        yield "yield"
        return
    yield from ("try:", "    yield", "finally:")
    yield from (f"    {each}" for each in shutdown)
