"""FL229: a default that should keep a variable is a parameter of the request to FastAPI."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from fastapi import Depends, FastAPI

from tests.evidence.client import request
from tests.evidence.pages import examples, execute


def guarded(dependency: Callable[..., Any]) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def read(found: Any = Depends(dependency)) -> Any:
        return found

    return app


def answer(app: FastAPI, path: str = "/", **headers: str) -> Any:
    response = request(app, "GET", path, headers=headers)
    return response.json() if response.status_code == 200 else response.status_code


def check(role: str) -> str:
    return role


def made(role: str) -> Callable[[], str]:
    return lambda: role


class Role:
    def __init__(self, role: str) -> None:
        self.role = role

    def __call__(self) -> str:
        return self.role


def test_a_client_sets_the_role_of_the_bad_example_and_not_that_of_the_good_one() -> None:
    bad, good = (each["app"] for each in examples("bound-loop-variable"))
    guest = {"x-roles": "guest"}
    assert answer(bad, "/admin", **guest) == 403
    assert answer(bad, "/admin?role=guest", **guest) == "for a guest"
    assert answer(good, "/admin?role=guest", **guest) == 403
    for app in (bad, good):
        assert answer(app, "/admin", **{"x-roles": "admin"}) == "for a admin"
        assert answer(app, "/editor", **{"x-roles": "editor"}) == "for a editor"


def test_the_parameter_is_in_the_documentation() -> None:
    bad, good = (each["app"].openapi()["paths"]["/admin"]["get"] for each in examples("bound-loop-variable"))
    named = [sorted(each["name"] for each in operation["parameters"]) for operation in (bad, good)]
    assert named == [["role", "x-roles"], ["x-roles"]]


@pytest.mark.parametrize("value", ["admin", 5, {"a": 1}, ["admin"]])
def test_whatever_the_loop_has_a_client_sends_text_in_its_place(value: Any) -> None:
    app = guarded(lambda role=value: role)
    assert [answer(app), answer(app, "/?role=7")] == [value, "7"]


def test_a_function_with_such_a_default_is_the_same_as_a_lambda() -> None:
    role = "admin"

    def require(role: str = role) -> str:
        return role

    app = FastAPI()
    app.add_api_route("/", lambda role=role: role)
    assert [answer(each, "/?role=guest") for each in (guarded(require), app)] == ["guest", "guest"]


@pytest.mark.parametrize("dependency", [made("admin"), Role("admin"), partial(check, "admin")])
def test_what_is_kept_elsewhere_no_client_gets_at(dependency: Callable[..., Any]) -> None:
    app = guarded(dependency)
    assert [answer(app), answer(app, "/?role=guest")] == ["admin", "admin"]


def test_what_a_partial_passes_by_keyword_is_read_from_the_query() -> None:
    app = guarded(partial(check, role="admin"))
    assert [answer(app), answer(app, "/?role=guest")] == ["admin", "guest"]


def test_a_lambda_without_a_parameter_has_the_last_value_of_the_loop() -> None:
    apps = [guarded(lambda: role) for role in ("admin", "editor")]  # noqa: B023 - which is the mistake
    assert [answer(app) for app in apps] == ["editor", "editor"]


LATE = """
from fastapi import Depends, FastAPI, Header, HTTPException

app = FastAPI()


def check(role, has):
    if role != has:
        raise HTTPException(403)


for role in ("admin", "guest"):
    app.add_api_route(
        f"/{role}", lambda: "secret", dependencies=[Depends(lambda has=Header(""): check(role, has))]
    )

    @app.get(f"/own/{role}")
    def read():
        return role


GUARDS = [Depends(lambda has=Header(""): check(each, has)) for each in ("admin", "guest")]


@app.get("/all", dependencies=GUARDS)
def read_all():
    return "secret"
"""


def test_a_guard_that_looks_a_loop_s_variable_up_lets_the_last_role_in_everywhere() -> None:
    app = execute(LATE)["app"]
    paths = ("/admin", "/guest", "/all")
    assert [answer(app, path, has="guest") for path in paths] == ["secret"] * 3
    assert [answer(app, path, has="admin") for path in paths] == [403] * 3


def test_a_route_that_looks_it_up_answers_with_the_last_value() -> None:
    app = execute(LATE)["app"]
    assert [answer(app, f"/own/{role}") for role in ("admin", "guest")] == ["guest", "guest"]


def test_an_object_that_cannot_be_copied_is_an_error_unless_a_client_sends_another() -> None:
    app = guarded(lambda lock=threading.Lock(): type(lock).__name__)
    assert [answer(app), answer(app, "/?lock=x")] == [500, "str"]


def test_a_parameter_of_the_path_is_filled_from_there() -> None:
    app = FastAPI()
    role = "admin"

    @app.get("/{role}")
    def read(role: str = role) -> str:
        return role

    assert answer(app, "/guest?role=editor") == "guest"
