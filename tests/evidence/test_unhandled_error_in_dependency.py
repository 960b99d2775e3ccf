"""FL232: an exception of a dependency is a server error, unless something makes an answer of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from sqlalchemy import create_engine, literal, select
from sqlalchemy.pool import StaticPool

from tests.evidence.client import request
from tests.evidence.pages import examples


def app_of(dependency: Any) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/", lambda: "read", dependencies=[Depends(dependency)])
    return app


def number(page: str) -> int:
    return int(page)


def session(request: Request) -> UUID:
    return UUID(request.cookies["session"])


def token(authorization: Annotated[str, Header()]) -> str:
    return authorization.split(" ")[1]


def unpacked(authorization: Annotated[str, Header()]) -> str:
    _, found = authorization.split(" ")
    return found


def numbers(page: str) -> list[int]:
    return [int(each) for each in page.split(",")]


def month(page: str) -> datetime:
    return datetime.strptime(page, "%Y-%m")


def known(page: str) -> str:
    return {"1": "one"}[page]


async def body(request: Request) -> Any:
    return await request.json()


def test_the_bad_example_is_broken_by_any_other_header() -> None:
    bad, good = examples("unhandled-error-in-dependency")
    junk = {"headers": {"X-Tenant": "junk"}}
    assert [request(each["app"], "GET", "/orders", **junk).status_code for each in (bad, good)] == [500, 422]
    assert [request(each["app"], "GET", "/orders").status_code for each in (bad, good)] == [500, 422]


@pytest.mark.parametrize(
    ("dependency", "options"),
    [
        (number, {"params": {"page": "junk"}}),
        (session, {}),
        (session, {"cookies": {"session": "junk"}}),
        (token, {"headers": {"Authorization": "junk"}}),
        (unpacked, {"headers": {"Authorization": "junk"}}),
        (numbers, {"params": {"page": "1,junk"}}),
        (month, {"params": {"page": "junk"}}),
        (known, {"params": {"page": "junk"}}),
        (body, {"content": b"junk"}),
    ],
)
def test_what_a_dependency_does_not_catch_is_a_server_error(dependency: Any, options: dict[str, Any]) -> None:
    assert request(app_of(dependency), "GET", "/", **options).status_code == 500


def test_an_exception_handler_of_the_app_makes_an_answer_of_it() -> None:
    app = app_of(number)

    @app.exception_handler(ValueError)
    async def refuse(request: Request, error: ValueError) -> JSONResponse:
        return JSONResponse({}, 400)

    assert request(app, "GET", "/", params={"page": "junk"}).status_code == 400


def test_middleware_may_catch_it() -> None:
    app = app_of(number)

    @app.middleware("http")
    async def refuse(request: Request, call_next: Any) -> Any:
        try:
            return await call_next(request)
        except ValueError:
            return JSONResponse({}, 400)

    assert request(app, "GET", "/", params={"page": "junk"}).status_code == 400


def test_a_row_that_is_not_there_is_a_server_error() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})

    def find(number: int) -> Any:
        with engine.connect() as connection:
            rows = select(literal(1).label("number")).subquery()
            return connection.execute(select(rows).where(rows.c.number == number)).scalar_one()

    app = app_of(find)
    statuses = [request(app, "GET", "/", params={"number": each}).status_code for each in (1, 2)]
    engine.dispose()
    assert statuses == [200, 500]


def test_a_request_always_has_a_host() -> None:
    assert request(app_of(lambda: None), "GET", "/").request.headers["Host"]
