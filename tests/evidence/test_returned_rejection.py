"""FL205: a rejection that a dependency returns is thrown away."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel

from tests.evidence.client import request
from tests.evidence.pages import examples

REJECTIONS = [
    HTTPException(401),
    JSONResponse({"detail": "no"}, 401),
    Response(status_code=403),
    RedirectResponse("/login"),
    False,
]


@pytest.fixture(params=REJECTIONS, ids=lambda value: type(value).__name__)
def rejection(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_the_bad_example_answers_without_a_key() -> None:
    bad, good = examples("returned-rejection")
    response = request(bad["app"], "GET", "/reports")
    assert (response.status_code, response.json()) == (200, ["revenue"])
    assert request(good["app"], "GET", "/reports").status_code == 401


def test_the_good_example_answers_with_the_key() -> None:
    _, good = examples("returned-rejection")
    assert request(good["app"], "GET", "/reports", headers={"X-API-Key": "s3cret"}).status_code == 200


def test_a_rejection_returned_in_a_list_of_dependencies_is_ignored(rejection: Any) -> None:
    app = FastAPI()

    @app.get("/", dependencies=[Depends(lambda: rejection)])
    def read() -> str:
        return "secret"

    response = request(app, "GET", "/")
    assert (response.status_code, response.json()) == (200, "secret")


def test_a_rejection_returned_to_a_parameter_that_nobody_reads_is_ignored(rejection: Any) -> None:
    app = FastAPI()

    @app.get("/")
    def read(_: Annotated[Any, Depends(lambda: rejection)]) -> str:
        return "secret"

    assert request(app, "GET", "/").json() == "secret"


def test_a_rejection_returned_by_an_app_wide_dependency_is_ignored(rejection: Any) -> None:
    app = FastAPI(dependencies=[Depends(lambda: rejection)])
    app.get("/")(lambda: "secret")
    assert request(app, "GET", "/").json() == "secret"


def test_a_rejection_returned_by_a_sub_dependency_is_ignored(rejection: Any) -> None:
    def outer(_: Annotated[Any, Depends(lambda: rejection)]) -> str:
        return "secret"

    app = FastAPI()

    @app.get("/")
    def read(value: Annotated[str, Depends(outer)]) -> str:
        return value

    assert request(app, "GET", "/").json() == "secret"


def test_a_route_may_return_the_response_that_its_dependency_gave_it() -> None:
    def get_user() -> Any:
        return JSONResponse({"detail": "no"}, 401)

    app = FastAPI()

    @app.get("/")
    def read(user: Annotated[Any, Depends(get_user)]) -> Any:
        return user if isinstance(user, Response) else "secret"

    assert request(app, "GET", "/").status_code == 401


def test_a_route_may_judge_the_value_itself() -> None:
    app = FastAPI()

    @app.get("/")
    def read(allowed: Annotated[bool, Depends(lambda: False)]) -> str:
        if not allowed:
            raise HTTPException(403)
        return "secret"

    assert request(app, "GET", "/").status_code == 403


def test_a_raised_redirect_reaches_the_client() -> None:
    def require_login() -> None:
        raise HTTPException(303, headers={"Location": "/login"})

    app = FastAPI(dependencies=[Depends(require_login)])
    app.get("/")(lambda: "secret")
    response = request(app, "GET", "/")
    assert (response.status_code, response.headers["location"]) == (303, "/login")


class User(BaseModel):
    name: str


def get_nobody() -> User:
    return HTTPException(401)


def test_a_route_that_returns_the_exception_it_got_answers_200_with_it_as_the_body() -> None:
    app = FastAPI()

    @app.get("/")
    def read(user: Annotated[User, Depends(get_nobody)]):
        return user

    response = request(app, "GET", "/")
    assert (response.status_code, response.json()["status_code"]) == (200, 401)


def test_a_route_that_declares_what_it_returns_fails_with_the_exception_it_got() -> None:
    app = FastAPI()

    @app.get("/")
    def read(user: Annotated[User, Depends(get_nobody)]) -> User:
        return user

    assert request(app, "GET", "/").status_code == 500


def test_a_route_that_reads_the_exception_it_got_fails() -> None:
    app = FastAPI()

    @app.get("/")
    def read(user: Annotated[User, Depends(get_nobody)]) -> str:
        return user.name

    assert request(app, "GET", "/").status_code == 500


def test_a_check_that_answers_no_in_a_list_lets_everybody_in() -> None:
    def verify_key(key: str = "") -> bool:
        return key == "s3cret"

    app = FastAPI()
    app.get("/", dependencies=[Depends(verify_key)])(lambda: "secret")
    assert request(app, "GET", "/").json() == "secret"
