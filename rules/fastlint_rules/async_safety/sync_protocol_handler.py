"""A websocket endpoint or a middleware is a `def`, and what it gives cannot be awaited.

Routes and dependencies can be `def`: FastAPI runs those in a thread. Websocket endpoints and middleware can
not. Starlette calls them on the event loop and awaits what they give.

## Why

A `def` websocket endpoint gives `None`, and every connection ends in `TypeError: object NoneType can't be
used in 'await' expression`. Before that its body has run: the calls of `websocket` in it made coroutines that
nobody awaits, so nothing was accepted and nothing sent, but what else it does was done.

A `def` middleware works by accident as long as all it does is `return call_next(request)`, which gives
something that can be awaited. The day it answers itself, as with a 401 for a missing key, or adds a header
to what `call_next` gave, that request fails with a 500.

## Bad

```python
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

app = FastAPI()


@app.middleware("http")
def require_key(request: Request, call_next) -> Response:
    if "x-key" not in request.headers:
        return JSONResponse({"detail": "key required"}, status_code=401)
    response = call_next(request)
    response.headers["x-checked"] = "yes"
    return response


@app.get("/")
async def read_root() -> str:
    return "welcome"
```

## Good

```python
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

app = FastAPI()


@app.middleware("http")
async def require_key(request: Request, call_next) -> Response:
    if "x-key" not in request.headers:
        return JSONResponse({"detail": "key required"}, status_code=401)
    response = await call_next(request)
    response.headers["x-checked"] = "yes"
    return response


@app.get("/")
async def read_root() -> str:
    return "welcome"
```

## When it is fine

A `def` middleware that only hands on what `call_next` gives, a `def` that returns what an `async def` makes,
and exception handlers, which can be either.

The fix is safe: what it changes could only fail. It awaits `call_next` and the methods of the websocket.
Blocking calls in the body hold up the loop before and after it, since a `def` runs there too.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Edit, FixRequest, PlainHandler, Project, Rule, Safety, Severity, cst
from fastlint_rules.async_safety._awaiting import await_calls, plain_def

rule = Rule(
    __name__,
    code="FL118",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://www.starlette.io/middleware/#basehttpmiddleware",
)

OUTCOMES = {
    "nothing": "it gives nothing that can be awaited",
    "response": "a response that it gives itself cannot be awaited",
    "used": "what `call_next` gives is a coroutine, not a response",
}


@rule.on(PlainHandler)
def check(handler: PlainHandler, project: Project) -> Iterator[Diagnostic]:
    name = handler.function.name
    kind = "websocket endpoint" if handler.role == "websocket" else "middleware"
    fails = "every connection fails" if handler.role == "websocket" else "the request fails with a 500"
    yield rule.report(
        handler,
        f"Starlette awaits a {kind}, and `{name}` is a `def`: {OUTCOMES[handler.gives]}, so {fails}",
        help=f"make `{name}` an `async def`, and `await` what it calls",
        fix=_fix(handler),
    )


@rule.fix("Make it an `async def`", Safety.SAFE)
def make_it_async(name: cst.Name, edit: Edit) -> cst.Name:
    function = plain_def(name, edit)
    body = await_calls(function.body, frozenset(edit.params["calls"].split()))
    edit.replace(function, function.with_changes(asynchronous=cst.Asynchronous(), body=body))
    return name


def _fix(handler: PlainHandler) -> FixRequest | None:
    return make_it_async.at(handler, calls=" ".join(handler.awaitable)) if handler.is_known else None
