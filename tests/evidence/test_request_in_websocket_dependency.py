"""FL224: what is resolved for a websocket gets no `Request`."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import fastapi
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket
from fastapi.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer
from packaging.version import Version
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute

from tests.evidence.client import request
from tests.evidence.loop import converse
from tests.evidence.pages import examples

VERSION = Version(fastapi.__version__)
TAKES_CONNECTION = VERSION >= Version("0.144")


def get_path(request: Request) -> str:
    return request.url.path


def get_path_of_connection(request: HTTPConnection) -> str:
    return request.url.path


def get_path_if_any(request: Request = None) -> str:  # type: ignore[assignment]
    return "none" if request is None else request.url.path


def get_by_generator(request: Request) -> Iterator[str]:
    yield request.url.path


def get_below(path: Annotated[str, Depends(get_path)]) -> str:
    return path


class Path:
    def __init__(self, request: Request) -> None:
        self.path = request.url.path


class Reads:
    def __call__(self, *, request: Request) -> str:
        return request.url.path


class Bearer(HTTPBearer):
    async def __call__(self, request: Request) -> Any:  # type: ignore[override]
        return await super().__call__(request)


def told(app: FastAPI, path: str = "/ws") -> str:
    """What a websocket says."""
    sent = asyncio.run(converse(app, path, authorization="Bearer x", key="k", accept_language="de"))
    return "".join(str(each.get("text", "")) for each in sent)


def app_with(dependency: Callable[..., Any]) -> FastAPI:
    app = FastAPI()

    @app.websocket("/ws")
    async def talk(websocket: WebSocket, value: Any = Depends(dependency)) -> None:
        await websocket.accept()
        await websocket.send_text(str(value))
        await websocket.close()

    @app.get("/http")
    def read(value: Any = Depends(dependency)) -> str:
        return str(value)

    return app


def test_the_bad_example_fails_where_the_good_one_talks() -> None:
    bad, good = examples("request-in-websocket-dependency")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'request'"):
        told(bad["app"], "/chat")
    assert told(good["app"], "/chat") == "de"


@pytest.mark.parametrize("dependency", [get_path, get_by_generator, get_below, Path, Reads(), Bearer()])
def test_a_websocket_that_needs_a_request_fails(dependency: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="'request'"):
        told(app_with(dependency))


def test_an_endpoint_that_asks_for_both_fails_too() -> None:
    app = FastAPI()

    @app.websocket("/ws")
    async def talk(websocket: WebSocket, request: Request) -> None: ...

    with pytest.raises(TypeError, match="'request'"):
        told(app)


@pytest.mark.parametrize("level", ["app", "include", "router", "route"])
def test_so_does_one_with_it_in_a_list_of_dependencies(level: str) -> None:
    def given(at: str) -> list[Any]:
        return [Depends(get_path)] if at == level else []

    app = FastAPI(dependencies=given("app"))
    router = APIRouter(dependencies=given("router"))

    @router.websocket("/ws", dependencies=given("route"))
    async def talk(websocket: WebSocket) -> None: ...

    app.include_router(router, dependencies=given("include"))
    with pytest.raises(TypeError, match="'request'"):
        told(app)


@pytest.mark.parametrize("is_mounted", [True, False])
def test_no_list_counts_for_a_route_of_starlette_or_a_mounted_app(is_mounted: bool) -> None:
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    app = FastAPI(dependencies=[Depends(get_path)])
    if is_mounted:
        inner = FastAPI()
        inner.add_api_websocket_route("/ws", talk)
        app.mount("/inner", inner)
    else:
        app.router.routes.append(WebSocketRoute("/inner/ws", talk))
    assert told(app, "/inner/ws") == "hello"


def test_the_connection_is_passed_for_both_and_is_the_request_for_http() -> None:
    app = app_with(get_path_of_connection)
    assert told(app) == "/ws"
    assert request(app, "GET", "/http").json() == "/http"
    assert request(app_with(get_path), "GET", "/http").json() == "/http"

    def get_kind(connection: HTTPConnection) -> str:
        return type(connection).__name__

    assert request(app_with(get_kind), "GET", "/http").json() == "Request"
    assert told(app_with(get_kind)) == "WebSocket"


def test_a_default_is_what_a_websocket_leaves_it_at() -> None:
    assert told(app_with(get_path_if_any)) == "none"


SCHEMES = [HTTPBearer(), OAuth2PasswordBearer("token"), APIKeyHeader(name="key")]


@pytest.mark.skipif(not TAKES_CONNECTION, reason="its schemes ask for the `Request`")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_security_schemes_of_newer_versions_take_the_connection(scheme: Any) -> None:
    assert told(app_with(scheme))


@pytest.mark.skipif(TAKES_CONNECTION, reason="its schemes ask for the connection")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_those_of_older_versions_ask_for_the_request(scheme: Any) -> None:
    with pytest.raises(TypeError, match="'request'"):
        told(app_with(scheme))
