"""FL212: an error that ends at the `yield` of a dependency is a 500, whatever it was."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.exceptions import FastAPIError
from fastapi.responses import JSONResponse

from tests.evidence.client import request
from tests.evidence.pages import examples

Dependency = Callable[..., Any]


class SoldOutError(Exception):
    pass


def catching() -> Iterator[int]:
    try:
        yield 1
    except Exception:
        logging.info("rolled back")


async def catching_async() -> AsyncIterator[int]:
    try:
        yield 1
    except Exception:
        logging.info("rolled back")


def catching_bare() -> Iterator[int]:
    try:
        yield 1
    except:  # noqa: E722
        logging.info("rolled back")


def catching_client_errors() -> Iterator[int]:
    try:
        yield 1
    except HTTPException:
        logging.info("rolled back")


def catching_the_rest() -> Iterator[int]:
    try:
        yield 1
    except HTTPException:
        raise
    except Exception:
        logging.info("rolled back")


def catching_one_kind() -> Iterator[int]:
    try:
        yield 1
    except SoldOutError:
        logging.info("rolled back")


def returning() -> Iterator[int]:
    try:
        yield 1
    finally:
        return  # noqa: B012


def suppressing() -> Iterator[int]:
    with suppress(Exception):
        yield 1


def yielding_again() -> Iterator[int | None]:
    try:
        yield 1
    except Exception:
        yield None


@contextmanager
def manager() -> Iterator[int]:
    try:
        yield 1
    except Exception:
        logging.info("rolled back")


def yielding_inside() -> Iterator[int]:
    with manager() as value:
        yield value


def raising_again() -> Iterator[int]:
    try:
        yield 1
    except Exception:
        logging.info("rolled back")
        raise


WIDE = [
    catching,
    catching_async,
    catching_bare,
    catching_client_errors,
    returning,
    suppressing,
    yielding_again,
    yielding_inside,
]


def answer(dependency: Dependency, error: Exception) -> int:
    """What an endpoint that raises is answered with."""
    app = FastAPI()

    @app.exception_handler(SoldOutError)
    async def sold_out(request: Request, error: SoldOutError) -> JSONResponse:
        return JSONResponse({}, 409)

    @app.get("/")
    def read(value: Any = Depends(dependency)) -> None:
        raise error

    return request(app, "GET", "/").status_code


def test_the_bad_example_answers_500_where_the_good_one_answers_404() -> None:
    bad, good = examples("swallowed-exception")
    assert request(bad["app"], "GET", "/users/1").status_code == 500
    assert request(good["app"], "GET", "/users/1").status_code == 404


@pytest.mark.parametrize("dependency", WIDE)
def test_a_404_becomes_a_500(dependency: Dependency) -> None:
    assert answer(dependency, HTTPException(404)) == 500


def test_one_that_raises_again_changes_nothing() -> None:
    assert answer(raising_again, HTTPException(404)) == 404
    assert answer(raising_again, SoldOutError()) == 409


@pytest.mark.parametrize("dependency", [catching_the_rest, catching_one_kind])
def test_an_exception_handler_does_not_see_what_has_ended(dependency: Dependency) -> None:
    assert answer(dependency, SoldOutError()) == 500
    assert answer(dependency, HTTPException(404)) == 404


def test_the_401_of_a_later_dependency_and_a_422_end_there_too() -> None:
    app = FastAPI()

    def authenticate() -> None:
        raise HTTPException(401)

    @app.get("/user")
    def read_user(value: int = Depends(catching), user: None = Depends(authenticate)) -> None: ...

    @app.get("/item")
    def read_item(number: int, value: int = Depends(catching)) -> None: ...

    assert request(app, "GET", "/user").status_code == 500
    assert request(app, "GET", "/item?number=x").status_code == 500


def test_the_error_that_leaves_the_app_is_fastapis_own() -> None:
    app = FastAPI()

    @app.get("/")
    def read(value: int = Depends(catching)) -> None:
        raise SoldOutError

    transport = httpx.ASGITransport(app=app)

    async def get() -> None:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await client.get("/")

    with pytest.raises(FastAPIError, match="not raising the exception again"):
        asyncio.run(get())


def test_nothing_is_lost_where_nothing_is_raised() -> None:
    app = FastAPI()
    app.get("/", dependencies=[Depends(catching), Depends(suppressing)])(lambda: "read")
    assert request(app, "GET", "/").status_code == 200


def test_a_websocket_waits_for_no_response() -> None:
    app = FastAPI()
    sent: list[str] = []

    @app.websocket("/ws")
    async def listen(socket: WebSocket, value: int = Depends(catching)) -> None:
        await socket.accept()
        raise SoldOutError

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/ws", "headers": [], "query_string": b"", "subprotocols": []}
    asyncio.run(app(scope, receive, send))
    assert sent == ["websocket.accept"]


def test_an_error_that_is_kept_and_raised_later_is_answered() -> None:
    def keeping() -> Iterator[int]:
        failed: Exception | None = None
        try:
            yield 1
        except Exception as error:
            failed = error
        if failed is not None:
            raise failed

    assert answer(keeping, HTTPException(404)) == 404


def test_a_404_ends_in_an_exit_that_says_true() -> None:
    class Quiet:
        def __enter__(self) -> int:
            return 1

        def __exit__(self, *error: object) -> bool:
            return True

    def quietly() -> Iterator[int]:
        with Quiet() as one:
            yield one

    assert answer(quietly, HTTPException(404)) == 500
