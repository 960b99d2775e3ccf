"""A websocket needs a dependency that asks for the `Request`, and a websocket has none.

FastAPI passes the `Request` to what it resolves for a request, and the `WebSocket` to what it resolves for a
websocket. A parameter for the other one is left out of the call.

## Why

Every connection ends in `TypeError: get_language() missing 1 required positional argument: 'request'` before
the endpoint runs: the client is told nothing, and the server logs an exception. The same dependency works on
every HTTP route, so it is found late, and most often it stands in the list of a router or of the app, where
somebody added a websocket later.

Both have a common base, `starlette.requests.HTTPConnection`, with the headers, cookies, query, path, state,
client and session of either. FastAPI passes what it has, be it one or the other, to a parameter of that type.

Lists of `dependencies` count for websockets since FastAPI 0.97. Its security schemes (`HTTPBearer()`,
`OAuth2PasswordBearer(...)`) asked for the `Request` themselves up to 0.143, and failed in the same way; since
0.144 they ask for the connection.

Seen with 0.95.2, 0.97.0, 0.115.14, 0.128.0, 0.143.0, 0.144.0 and 0.165.0.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI, Request, WebSocket


def get_language(request: Request) -> str:
    return request.headers.get("accept-language", "en")


app = FastAPI()


@app.websocket("/chat")
async def chat(websocket: WebSocket, language: Annotated[str, Depends(get_language)]) -> None:
    await websocket.accept()
    await websocket.send_text(language)
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI, WebSocket
from starlette.requests import HTTPConnection


def get_language(request: HTTPConnection) -> str:
    return request.headers.get("accept-language", "en")


app = FastAPI()


@app.websocket("/chat")
async def chat(websocket: WebSocket, language: Annotated[str, Depends(get_language)]) -> None:
    await websocket.accept()
    await websocket.send_text(language)
```

## When it is fine

A parameter with a default (`request: Request = None`): a websocket leaves it at that. Dependencies that only
HTTP routes have, and what Starlette calls by itself, such as a `WebSocketRoute` or a mounted app, for which
no list of `dependencies` counts.

The fix is safe where the function only reads what both have: HTTP routes pass the same `Request` as before.
Where it hands the request on it is unsafe, for who gets it may want more of it, and where code does something
else with the function, which may read its annotations. Where it reads what only a request has, such as its
method or its body, there is none, nor beside another parameter for the connection: FastAPI fills one of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    FixRequest,
    HandlerParameter,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    WebsocketRequest,
    cst,
)
from fastlint_rules.dependencies._words import dependency_name, function_name

rule = Rule(
    __name__,
    code="FL224",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://www.starlette.io/requests/",
)

REQUEST = ("starlette.requests.Request", "fastapi.Request", "fastapi.requests.Request")


@rule.on(WebsocketRequest)
def check(request: WebsocketRequest, project: Project) -> Iterator[Diagnostic]:
    endpoint, taker = request.endpoint, request.taker
    title = endpoint.route.title
    if isinstance(taker, HandlerParameter):
        asking = f"`{function_name(taker.function)}` asks for the `Request`"
        helped = _help(request, taker)
    else:
        asking = f"`{dependency_name(taker)}` asks for the `Request` before FastAPI 0.144"
        helped = "read the header from `websocket.headers`, or require `fastapi>=0.144`"
    yield rule.report(
        request,
        f"{asking}, which `{title}` has not: every connection ends in a `TypeError`",
        help=helped,
        trace=[
            Step(f"`{title}` is a websocket", endpoint.place),
            *(Step(f"`{dependency_name(each)}` is called for it", each.place) for each in request.chain),
        ],
        fix=_fix(request, taker) if isinstance(taker, HandlerParameter) else None,
    )


@rule.fix("Take the `HTTPConnection`", Safety.SAFE)
def take_connection(annotation: cst.Name | cst.Attribute, edit: Edit) -> cst.BaseExpression:
    for name in REQUEST:
        edit.drop_import_if_unused(name)
    return edit.name("starlette.requests.HTTPConnection")


def _help(request: WebsocketRequest, parameter: HandlerParameter) -> str:
    if request.needs:
        return f"a websocket has no `{parameter.name}.{request.needs}`: give it a dependency of its own"
    return f"`{parameter.name}: HTTPConnection` (of `starlette.requests`) is passed either of them"


def _fix(request: WebsocketRequest, parameter: HandlerParameter) -> FixRequest | None:
    annotation = parameter.annotation
    if annotation is None or request.needs or annotation.external() != REQUEST[0] or annotation.is_quoted:
        return None
    if request.has_other:
        return None
    reason = "what it is handed on to may need a `Request`" if request.is_handed_on else request.doubt
    return take_connection.at(annotation, safety=Safety.UNSAFE if reason else None, reason=reason)
