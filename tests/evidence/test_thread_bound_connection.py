"""Which threads may use a connection of `sqlite3` that a dependency made."""

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Request

from tests.evidence.pages import examples

COUNT = 20
REFUSED = "SQLite objects created in a thread can only be used in that same thread"


pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
    pytest.mark.usefixtures("nothing_stays_open"),
]
"""A connection that is refused where it should be closed stays open until it is collected."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def served(app: FastAPI, count: int = COUNT, path: str = "/") -> Counter[int]:
    """The status codes of requests made at the same time."""

    async def send() -> list[int]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answers = await asyncio.gather(*[client.get(path) for _ in range(count)])
        return [each.status_code for each in answers]

    return Counter(asyncio.run(send()))


def ask(connection: sqlite3.Connection) -> int:
    return int(connection.execute("select 1").fetchone()[0])


def plain_dependency(connect: Callable[[str], sqlite3.Connection]) -> Any:
    def get_connection() -> Iterator[sqlite3.Connection]:
        connection = connect("shop.db")
        yield connection
        connection.close()

    return get_connection


def async_dependency(connect: Callable[[str], sqlite3.Connection]) -> Any:
    async def get_connection() -> AsyncIterator[sqlite3.Connection]:
        connection = connect("shop.db")
        yield connection
        connection.close()

    return get_connection


def with_plain_route(dependency: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def route(connection: Any = Depends(dependency)) -> int:
        return ask(connection)

    return app


def with_async_route(dependency: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def route(connection: Any = Depends(dependency)) -> int:
        return ask(connection)

    return app


def test_another_thread_is_refused() -> None:
    connection = sqlite3.connect("shop.db")
    errors: list[str] = []

    def use() -> None:
        try:
            ask(connection)
        except sqlite3.ProgrammingError as error:
            errors.append(str(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    connection.close()
    assert errors[0].startswith(REFUSED)


def test_an_async_route_always_fails_with_the_connection_of_a_def_dependency() -> None:
    assert served(with_async_route(plain_dependency(sqlite3.connect)), 1) == {500: 1}


def test_a_def_route_works_for_one_request_after_the_other() -> None:
    app = with_plain_route(plain_dependency(sqlite3.connect))
    assert [served(app, 1) for _ in range(3)] == [{200: 1}] * 3


def test_a_def_route_fails_for_most_of_the_requests_that_come_at_the_same_time() -> None:
    assert served(with_plain_route(plain_dependency(sqlite3.connect)))[500] > COUNT / 2


def test_a_def_route_always_fails_with_the_connection_of_an_async_dependency() -> None:
    assert served(with_plain_route(async_dependency(sqlite3.connect)), 1) == {500: 1}


def test_async_functions_share_the_thread_of_the_loop() -> None:
    assert served(with_async_route(async_dependency(sqlite3.connect))) == {200: COUNT}


@pytest.mark.parametrize("dependency", [plain_dependency, async_dependency])
@pytest.mark.parametrize("route", [with_plain_route, with_async_route])
def test_a_connection_that_does_not_check_works_everywhere(dependency: Any, route: Any) -> None:
    connect = partial(sqlite3.connect, check_same_thread=False)
    assert served(route(dependency(connect))) == {200: COUNT}


def test_a_connection_that_is_made_for_all_is_used_in_transactions_of_others() -> None:
    connection = sqlite3.connect("shop.db", check_same_thread=False)
    connection.execute("create table orders (number)")
    connection.execute("insert into orders values (1)")  # of one request, which has not committed yet
    connection.rollback()  # of another one
    connection.commit()
    assert connection.execute("select count(*) from orders").fetchone() == (0,)
    connection.close()


def test_an_object_that_a_thread_makes_takes_its_connection_along() -> None:
    class Notes:
        def __init__(self) -> None:
            self.connection = sqlite3.connect("shop.db")

        def ask(self) -> int:
            return ask(self.connection)

    app = FastAPI()

    @app.get("/")
    async def route(notes: Any = Depends(Notes)) -> int:
        return int(notes.ask())

    assert served(app, 1) == {500: 1}


def test_a_def_route_always_fails_with_a_connection_of_its_module() -> None:
    connection = sqlite3.connect("shop.db")
    app = FastAPI()

    @app.get("/plain")
    def plain() -> int:
        return ask(connection)

    @app.get("/loop")
    async def on_loop() -> int:
        return ask(connection)

    assert served(app, 3, "/plain") == {500: 3}
    assert served(app, 3, "/loop") == {200: 3}
    connection.close()


def test_a_def_route_always_fails_with_a_connection_of_the_lifespan() -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        app.state.connection = sqlite3.connect("shop.db")
        yield
        app.state.connection.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/plain")
    def plain(request: Request) -> int:
        return ask(request.app.state.connection)

    @app.get("/loop")
    async def on_loop(request: Request) -> int:
        return ask(request.app.state.connection)

    async def send() -> list[int]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            return [(await client.get(path)).status_code for path in ("/plain", "/loop")]

    assert asyncio.run(send()) == [500, 200]


def test_the_bad_example_fails_under_load_and_the_good_one_does_not() -> None:
    bad, good = examples("thread-bound-connection")
    assert served(bad["app"], 1, "/number") == {200: 1}
    assert served(bad["app"], COUNT, "/number")[500] > COUNT / 2
    assert served(good["app"], COUNT, "/number") == {200: COUNT}


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("thread-bound-connection")
    assert bad["app"].openapi() == good["app"].openapi()
