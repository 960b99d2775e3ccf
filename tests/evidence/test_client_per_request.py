"""What it costs when each request makes a client or an engine of its own."""

import asyncio
import gc
import inspect
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import Engine, Pool, create_engine, event, text

from tests.evidence.client import request
from tests.evidence.pages import bad_example, good_example

REQUESTS = 5


class Counting(httpx.AsyncClient):
    """Answers by itself, and knows how often one was made."""

    made = 0

    def __init__(self, **options: Any) -> None:
        type(self).made += 1
        super().__init__(transport=httpx.MockTransport(lambda _: httpx.Response(200, text="1.0")), **options)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> type[Counting]:
    Counting.made = 0
    monkeypatch.setattr(httpx, "AsyncClient", Counting)
    return Counting


def test_the_bad_example_makes_a_client_for_each_request(counting: type[Counting]) -> None:
    read_rates = bad_example("client-per-request")["read_rates"]
    assert [asyncio.run(read_rates()) for _ in range(3)] == ["1.0"] * 3
    assert counting.made == 3


def test_the_good_example_makes_one_for_all(counting: type[Counting]) -> None:
    app: FastAPI = good_example("client-per-request")["app"]
    assert asyncio.run(served(app, 3)) == ["1.0"] * 3
    assert counting.made == 1


def test_middleware_makes_one_for_each_request(counting: type[Counting]) -> None:
    app = FastAPI()
    app.add_api_route("/rates", lambda: "1.0")

    @app.middleware("http")
    async def introspect(request: Request, call_next: Callable[..., Awaitable[Any]]) -> Any:
        async with httpx.AsyncClient() as client:
            await client.get("https://login.example.com")
        return await call_next(request)

    assert len([each for each in asyncio.run(served(app, 3)) if each]) == 3
    assert counting.made == 3


async def served(app: FastAPI, requests: int) -> list[Any]:
    """The answers to some requests while the lifespan runs."""
    answers: list[Any] = []
    async with app.router.lifespan_context(app) as state:

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                answers.append(message["body"].decode().strip('"'))

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        for _ in range(requests):
            scope = {
                "type": "http",
                "method": "GET",
                "path": "/rates",
                "query_string": b"",
                "headers": [],
                "state": dict(state or {}),
            }
            await app(scope, receive, send)
    return answers


def test_a_client_of_httpx_loads_all_certificates_when_it_is_made_but_not_with_a_context_or_transport(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[Any] = []
    create, context = ssl.create_default_context, ssl.create_default_context()

    def counted(*args: Any, **options: Any) -> ssl.SSLContext:
        loaded.append(options)
        return create(*args, **options)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    for make in (httpx.AsyncClient, httpx.Client):
        before = len(loaded)
        make()
        assert len(loaded) > before
    before = len(loaded)
    httpx.AsyncClient(verify=context)
    httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    assert len(loaded) == before


def test_httpx_takes_with_a_request_what_a_client_may_have_for_all() -> None:
    parameters = inspect.signature(httpx.AsyncClient.request).parameters
    assert {"headers", "timeout", "params", "auth", "follow_redirects"} <= parameters.keys()


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, list[Any]]]:
    """A service that keeps its connections open; its URL, and the connections that were made to it."""
    connections: list[Any] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", connections
    finally:
        server.close()


async def connections_made(read: Callable[[str], Awaitable[Any]]) -> int:
    async with service() as (url, connections):
        for _ in range(REQUESTS):
            await read(url)
        return len(connections)


def test_clients_of_their_own_connect_for_each_request_and_a_shared_one_does_so_once() -> None:
    async def own(url: str) -> None:
        async with httpx.AsyncClient(verify=False) as client:
            await client.get(url)

    async def both() -> tuple[int, int]:
        async with httpx.AsyncClient(verify=False) as shared:
            return await connections_made(own), await connections_made(shared.get)

    assert asyncio.run(both()) == (REQUESTS, 1)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


def connections(app: FastAPI) -> tuple[int, int]:
    """How many connections to the database some requests open and close, garbage left out."""
    opened: list[Any] = []
    closed: list[Any] = []

    def open_one(connection: Any, record: Any) -> None:
        opened.append(id(connection))

    def close_one(connection: Any, record: Any) -> None:
        closed.append(id(connection))

    event.listen(Pool, "connect", open_one)
    event.listen(Pool, "close", close_one)
    gc.collect()
    gc.disable()
    try:
        for _ in range(REQUESTS):
            assert request(app, "GET", "/").json() == 1
        return len(opened), len(closed)
    finally:
        gc.enable()
        event.remove(Pool, "connect", open_one)
        event.remove(Pool, "close", close_one)
        gc.collect()


def app_on(get_engine: Callable[[], Engine]) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def route() -> Any:
        with get_engine().connect() as connection:
            return connection.execute(text("select 1")).scalar_one()

    return app


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_engines_of_their_own_leave_a_connection_open_for_each_request(database: str) -> None:
    assert connections(app_on(lambda: create_engine(database))) == (REQUESTS, 0)


def test_requests_share_the_one_connection_of_one_engine(database: str) -> None:
    engine = create_engine(database)
    assert connections(app_on(lambda: engine)) == (1, 0)
    engine.dispose()
