"""What becomes of a `def` where Starlette awaits what a handler gives: a TypeError, whatever it has done."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, Response
from starlette.endpoints import WebSocketEndpoint
from starlette.middleware.base import BaseHTTPMiddleware

from tests.evidence.client import request
from tests.evidence.garbage import collect_garbage, never_awaited
from tests.evidence.pages import examples

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_the_bad_example_fails_with_and_without_a_key() -> None:
    bad, _ = examples("sync-protocol-handler")
    assert request(bad["app"], "GET", "/").status_code == 500
    with never_awaited():
        status = request(bad["app"], "GET", "/", headers={"x-key": "k"}).status_code
    assert status == 500


def test_the_good_example_answers_as_it_says() -> None:
    _, good = examples("sync-protocol-handler")
    assert request(good["app"], "GET", "/").status_code == 401
    response = request(good["app"], "GET", "/", headers={"x-key": "k"})
    assert (response.json(), response.headers["x-checked"]) == ("welcome", "yes")


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("sync-protocol-handler")
    assert bad["app"].openapi() == good["app"].openapi()


def failure_of(app: FastAPI) -> str:
    """How a connection to the app's websocket fails; '' when it is accepted and closed again."""
    messages = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}])
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b"", "subprotocols": []}
    try:
        asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    except TypeError as error:
        return str(error)
    assert sent == ["websocket.accept"]
    return ""


def test_a_plain_websocket_endpoint_runs_and_then_fails_without_having_accepted() -> None:
    app, ran = FastAPI(), list[str]()

    @app.websocket("/")
    def endpoint(websocket: WebSocket) -> None:
        ran.append("body")

    assert "can't be" in failure_of(app)
    assert ran == ["body"]


def test_what_a_plain_websocket_endpoint_calls_is_not_awaited() -> None:
    app = FastAPI()

    @app.websocket("/")
    def endpoint(websocket: WebSocket) -> None:
        websocket.accept()

    with never_awaited(r"WebSocket\.accept' was never awaited"):
        failure = failure_of(app)
    assert failure != ""


@pytest.mark.parametrize("name", ["on_connect", "on_disconnect"])
def test_the_hooks_of_a_websocket_class_are_awaited_too(name: str) -> None:
    def hook(self: Any, websocket: WebSocket, code: int = 0) -> None: ...

    app = FastAPI()
    endpoint: Any = type("Endpoint", (WebSocketEndpoint,), {name: hook})
    app.websocket_route("/")(endpoint)
    assert "can't be" in failure_of(app)


def test_a_plain_endpoint_that_gives_what_an_async_one_makes_works() -> None:
    app = FastAPI()

    async def serve(websocket: WebSocket) -> None:
        await websocket.accept()

    @app.websocket("/")
    def endpoint(websocket: WebSocket) -> Any:
        return serve(websocket)

    assert failure_of(app) == ""


def hands_on(incoming: Request, call_next: Callable[[Request], Any]) -> Any:
    return call_next(incoming)


def answers(incoming: Request, call_next: Callable[[Request], Any]) -> Any:
    return JSONResponse({}, status_code=401)


def changes(incoming: Request, call_next: Callable[[Request], Any]) -> Any:
    response: Response = call_next(incoming)
    response.headers["x-stamp"] = "1"
    return response


def forgets(incoming: Request, call_next: Callable[[Request], Any]) -> Any:
    call_next(incoming)


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("middleware", "expected"), [(hands_on, 200), (answers, 500), (changes, 500), (forgets, 500)]
)
def test_a_plain_middleware_works_only_where_it_hands_on_what_call_next_gives(
    middleware: Callable[..., Any], expected: int
) -> None:
    app = FastAPI()
    app.add_middleware(BaseHTTPMiddleware, dispatch=middleware)
    app.add_api_route("/", lambda: "welcome")
    assert request(app, "GET", "/").status_code == expected
    collect_garbage()


def test_an_async_middleware_answers_itself() -> None:
    app = FastAPI()

    @app.middleware("http")
    async def refuse(incoming: Request, call_next: Callable[[Request], Any]) -> Response:
        return JSONResponse({}, status_code=401)

    assert request(app, "GET", "/").status_code == 401
