"""FL410: an `except Exception` around a `raise HTTPException` answers in its place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from tests.evidence.client import request
from tests.evidence.pages import examples


def find(number: int) -> int:
    raise HTTPException(404, "no such order")


def answer(app: FastAPI) -> tuple[int, object]:
    response = request(app, "GET", "/")
    return response.status_code, response.json()


def test_a_404_becomes_a_500_and_stays_a_404_in_the_good_example() -> None:
    bad, good = (example["app"] for example in examples("swallowed-http-exception"))
    swallowed, raised = request(bad, "GET", "/orders/2"), request(good, "GET", "/orders/2")
    assert (swallowed.status_code, swallowed.json()) == (500, {"detail": "404: no such order"})
    assert (raised.status_code, raised.json()) == (404, {"detail": "no such order"})


def test_both_examples_answer_alike_where_nothing_is_raised() -> None:
    bad, good = (example["app"] for example in examples("swallowed-http-exception"))
    assert request(bad, "GET", "/orders/1").json() == request(good, "GET", "/orders/1").json() == "lamp"
    assert bad.openapi() == good.openapi()


def test_it_does_so_however_far_away_it_is_raised() -> None:
    app = FastAPI()

    @app.get("/")
    def read() -> int:
        try:
            return find(1)
        except Exception as error:
            raise HTTPException(500, str(error)) from error

    assert answer(app) == (500, {"detail": "404: no such order"})


def test_it_does_so_in_a_dependency() -> None:
    app = FastAPI()

    def get_order() -> int:
        try:
            return find(1)
        except Exception as error:
            raise HTTPException(500) from error

    @app.get("/")
    def read(order: int = Depends(get_order)) -> int:
        return order

    assert answer(app)[0] == 500


def test_an_except_that_goes_on_lets_everybody_in() -> None:
    app = FastAPI()

    @app.get("/")
    def read() -> str:
        try:
            raise HTTPException(401)
        except Exception:
            pass
        return "secret"

    assert answer(app) == (200, "secret")


def test_an_except_that_returns_answers_with_a_success() -> None:
    app = FastAPI()

    @app.get("/")
    def read() -> dict[str, str]:
        try:
            raise HTTPException(404, "nothing")
        except Exception as error:
            return {"error": str(error)}

    assert answer(app) == (200, {"error": "404: nothing"})


@pytest.mark.parametrize("kind", [Exception, BaseException, (ValueError, Exception)])
def test_whatever_is_broad_enough_gets_it(
    kind: type[BaseException] | tuple[type[BaseException], ...],
) -> None:
    app = FastAPI()

    @app.get("/")
    def read() -> int:
        try:
            return find(1)
        except kind as error:
            raise HTTPException(500) from error

    assert answer(app)[0] == 500


def test_an_except_for_it_before_the_broad_one_lets_it_through() -> None:
    app = FastAPI()

    @app.get("/")
    def read() -> int:
        try:
            return find(1)
        except HTTPException:
            raise
        except Exception as error:
            raise HTTPException(500) from error

    assert answer(app) == (404, {"detail": "no such order"})


def test_in_a_middleware_it_never_arrives() -> None:
    app = FastAPI()
    caught: list[Exception] = []

    @app.middleware("http")
    async def middleware(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            return await call_next(request)
        except Exception as error:
            caught.append(error)
            return JSONResponse({}, 500)

    @app.get("/")
    def read() -> int:
        return find(1)

    assert answer(app)[0] == 404
    assert caught == []


def test_in_a_background_task_it_makes_no_answer() -> None:
    app = FastAPI()

    def work() -> None:
        try:
            find(1)
        except Exception as error:
            raise HTTPException(500) from error

    @app.get("/")
    def read(tasks: BackgroundTasks) -> int:
        tasks.add_task(work)
        return 1

    assert answer(app) == (200, 1)
