"""FL204: an uncalled class or factory is made for each request and never asked."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import (
    APIKeyHeader,
    HTTPBasic,
    HTTPBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
)

from tests.evidence.client import request
from tests.evidence.pages import examples


class RoleChecker:
    def __init__(self, role: str = "admin") -> None:
        self.role = role

    def __call__(self) -> None:
        raise HTTPException(403, self.role)


class StrictRoleChecker(RoleChecker):
    def __init__(self, role: str) -> None:
        super().__init__(role)


def require_role(role: str) -> Callable[[], None]:
    def check() -> None:
        raise HTTPException(403, role)

    return check


def require_admin(role: str = "admin") -> Callable[[], None]:
    return require_role(role)


def answer(marker: Any, path: str = "/") -> int:
    """The status of a route that the dependency guards."""
    app = FastAPI()

    @app.get("/", dependencies=[marker])
    def read() -> str:
        return "secret"

    return request(app, "GET", path).status_code


def test_the_bad_example_answers_everybody() -> None:
    bad, good = examples("uncalled-dependency-factory")
    assert request(bad["app"], "GET", "/reports").json() == ["revenue"]
    assert request(good["app"], "GET", "/reports").status_code in {401, 403}


def test_the_lock_is_missing_from_the_schema_of_the_bad_example() -> None:
    bad, good = examples("uncalled-dependency-factory")
    assert ["securitySchemes" in str(app["app"].openapi()) for app in (bad, good)] == [False, True]


@pytest.mark.parametrize("factory", [HTTPBearer, HTTPBasic, RoleChecker, require_admin])
def test_a_factory_that_needs_no_argument_lets_everybody_in(factory: Any) -> None:
    assert answer(Depends(factory)) == 200


@pytest.mark.parametrize("factory", [RoleChecker, require_admin])
def test_the_same_factory_called_rejects(factory: Any) -> None:
    assert answer(Depends(factory())) == 403


@pytest.mark.parametrize(
    ("factory", "query"),
    [
        (OAuth2PasswordBearer, "?tokenUrl=x"),
        (APIKeyHeader, "?name=x"),
        (StrictRoleChecker, "?role=x"),
        (require_role, "?role=x"),
    ],
)
def test_a_required_argument_is_a_query_parameter_that_opens_the_route(factory: Any, query: str) -> None:
    assert [answer(Depends(factory)), answer(Depends(factory), f"/{query}")] == [422, 200]


def test_security_makes_no_difference() -> None:
    assert answer(Security(HTTPBearer)) == 200


def test_the_scheme_as_the_annotation_of_an_empty_depends_lets_everybody_in() -> None:
    app = FastAPI()

    @app.get("/default")
    def by_default(token: HTTPBearer = Depends()) -> str:
        return "secret"

    @app.get("/annotated")
    def annotated(token: Annotated[HTTPBearer, Depends()]) -> str:
        return "secret"

    assert [request(app, "GET", path).status_code for path in ("/default", "/annotated")] == [200, 200]


def test_a_class_whose_constructor_is_the_work_is_a_dependency() -> None:
    class Pagination:
        def __init__(self, skip: int = 0) -> None:
            self.skip = skip

    app = FastAPI()

    @app.get("/")
    def read(page: Annotated[Pagination, Depends()]) -> int:
        return page.skip

    assert request(app, "GET", "/?skip=20").json() == 20


def test_the_password_form_is_a_dependency_as_it_stands() -> None:
    app = FastAPI()

    @app.post("/")
    def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> str:
        return form.username

    assert request(app, "POST", "/", data={"username": "ada", "password": "x"}).json() == "ada"


def test_a_route_may_call_what_an_uncalled_factory_gives_it() -> None:
    app = FastAPI()

    @app.get("/")
    def read(check: Annotated[Callable[[], None], Depends(require_admin)]) -> str:
        check()
        return "never"

    assert request(app, "GET", "/").status_code == 403
