"""Which HTTP calls stop the event loop, and what takes their place."""

import asyncio
import http.client
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool

from tests.evidence.client import request
from tests.evidence.loop import ask, blocks, http_server
from tests.evidence.pages import examples


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the local server, whatever proxy the machine uses."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def url() -> Iterator[str]:
    with http_server() as address:
        yield address


def on_loop(call: Callable[[], Any]) -> FastAPI:
    """An application whose async route makes a call."""
    app = FastAPI()

    @app.get("/")
    async def route() -> None:
        call()

    return app


def test_the_bad_example_stops_the_loop_and_the_good_one_does_not(url: str) -> None:
    bad, good = examples("blocking-http-call")
    bad["RATES_URL"] = good["RATES_URL"] = url
    assert blocks(bad["app"], "GET", "/rates")
    assert not blocks(good["app"], "GET", "/rates")


def test_both_examples_give_the_same_answer_and_schema(url: str) -> None:
    bad, good = examples("blocking-http-call")
    bad["RATES_URL"] = good["RATES_URL"] = url
    assert bad["app"].openapi() == good["app"].openapi()
    assert request(bad["app"], "GET", "/rates").json() == {"EUR": 1}
    assert request(good["app"], "GET", "/rates").json() == {"EUR": 1}


def test_a_sync_httpx_client_blocks(url: str) -> None:
    with httpx.Client() as client:
        assert blocks(on_loop(lambda: client.get(url)), "GET", "/")


def test_a_response_streamed_by_a_sync_httpx_client_blocks(url: str) -> None:
    def download() -> None:
        with httpx.stream("GET", url) as response:
            response.read()

    assert blocks(on_loop(download), "GET", "/")


def test_urlopen_blocks(url: str) -> None:
    def fetch() -> None:
        with urllib.request.urlopen(url) as response:
            response.read()

    assert blocks(on_loop(fetch), "GET", "/")


def test_the_response_of_http_client_blocks(url: str) -> None:
    def fetch() -> None:
        connection = http.client.HTTPConnection(url.removeprefix("http://").rstrip("/"))
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()

    assert blocks(on_loop(fetch), "GET", "/")


def test_a_call_that_is_awaited_stops_the_loop_before_it_fails(url: str) -> None:
    app = FastAPI()

    @app.get("/rates")
    async def rates() -> None:
        await httpx.get(url)

    answer = ask(app, "GET", "/rates")
    assert (answer.blocked, answer.response.status_code) == (True, 500)


def test_a_def_route_waits_in_a_thread(url: str) -> None:
    app = FastAPI()

    @app.get("/")
    def route() -> int:
        return httpx.get(url).status_code

    assert not blocks(app, "GET", "/")


def test_a_nested_def_that_is_handed_to_a_thread_leaves_the_loop_alone(url: str) -> None:
    app = FastAPI()

    @app.get("/")
    async def route() -> int:
        def fetch() -> int:
            return httpx.get(url).status_code

        return await run_in_threadpool(fetch)

    assert not blocks(app, "GET", "/")


def test_an_async_client_leaves_the_loop_alone(url: str) -> None:
    app = FastAPI()
    client = httpx.AsyncClient()

    @app.get("/")
    async def route() -> int:
        async with client:
            return (await client.get(url)).status_code

    assert not blocks(app, "GET", "/")


def test_creating_a_client_connects_to_nothing() -> None:
    client = httpx.Client(base_url="http://127.0.0.1:9")
    assert not client.is_closed
    client.close()


def test_a_field_of_a_dataclass_that_is_depends_is_what_the_dependency_gives() -> None:
    class Station:
        name = "harbour"

    @dataclass
    class Services:
        station: Station = Depends(Station)

    app = FastAPI()

    @app.get("/")
    async def route(services: Annotated[Services, Depends()]) -> str:
        return services.station.name

    assert request(app, "GET", "/").json() == "harbour"


def test_a_task_that_polls_from_start_up_on_blocks_too(url: str) -> None:
    app = FastAPI()

    async def poll() -> None:
        httpx.get(url)

    @app.get("/")
    async def route() -> None:
        await asyncio.create_task(poll())

    assert blocks(app, "GET", "/")


def test_httpx_differs_from_requests_in_redirects_timeout_and_ok() -> None:
    assert not httpx.Client().follow_redirects
    assert httpx.Timeout(5) == httpx.Client().timeout
    assert not hasattr(httpx.Response(200), "ok")
    assert httpx.Response(200).is_success


def test_what_a_lifespan_yields_is_in_the_state_of_each_request() -> None:
    client = object()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, object]]:
        yield {"client": client}

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def route(request: Request) -> bool:
        return request.state.client is client

    async def answer() -> bool:
        async with app.router.lifespan_context(app) as state:

            async def served(scope: Any, receive: Any, send: Any) -> None:
                await app({**scope, "state": dict(state or {})}, receive, send)  # as servers do

            transport = httpx.ASGITransport(app=served)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as test_client:
                return bool((await test_client.get("/")).json())

    assert asyncio.run(answer())
