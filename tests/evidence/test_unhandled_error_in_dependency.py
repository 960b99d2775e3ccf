"""FL232: an exception of a dependency is a server error, unless something makes an answer of it."""

from __future__ import annotations

import json
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from sqlalchemy import create_engine, literal, select
from sqlalchemy.pool import StaticPool
from starlette.middleware.sessions import SessionMiddleware

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


async def raw_body(request: Request) -> Any:
    return json.loads(await request.body())


async def form(request: Request) -> Any:
    return (await request.form())["name"]


class Shade(Enum):
    DARK = 1


def by_name(page: str) -> Shade:
    return Shade[page]


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
        (raw_body, {"content": b"junk"}),
        (form, {}),
        (by_name, {"params": {"page": "junk"}}),
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


def test_a_session_has_nothing_until_something_is_put_there() -> None:
    app = FastAPI()

    @app.get("/")
    def read(request: Request) -> Any:
        return request.session["user"]

    app.add_middleware(SessionMiddleware, secret_key="secret")
    assert request(app, "GET", "/").status_code == 500


def test_a_handler_or_middleware_of_another_app_makes_no_answer_of_it() -> None:
    def refuse(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({}, 400)

    app, other = app_of(number), FastAPI(exception_handlers={ValueError: refuse})
    assert request(app, "GET", "/", params={"page": "junk"}).status_code == 500
    other.mount("/inner", inner := app_of(number))
    inner.add_exception_handler(ValueError, refuse)
    assert request(other, "GET", "/inner/", params={"page": "junk"}).status_code == 400


def test_what_is_in_the_path_is_text_unless_the_path_says_more() -> None:
    given: list[Any] = []

    def look(request: Request) -> None:
        given.extend(request.path_params.values())

    app = FastAPI()
    app.add_api_route("/{text}/{number:int}", lambda: "read", dependencies=[Depends(look)])
    request(app, "GET", "/1/2")
    assert given == ["1", 2]


def test_a_request_always_has_a_host() -> None:
    assert request(app_of(lambda: None), "GET", "/").request.headers["Host"]
