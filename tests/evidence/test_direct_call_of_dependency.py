"""FL217: a plain call leaves the marker itself in a parameter that FastAPI would have filled."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Body, Cookie, Depends, FastAPI, Form, Header, Query
from fastapi.params import Depends as DependsMarker

from tests.evidence.client import request
from tests.evidence.pages import examples


def get_rows() -> list[str]:
    return ["new"]


def test_the_route_of_the_bad_example_gives_the_wrong_rows() -> None:
    bad, good = examples("direct-call-of-dependency")
    answers = [request(each["app"], "GET", "/report").json() for each in (bad, good)]
    assert answers == [{"orders": ["new", "archived"]}, {"orders": ["new"]}]


def test_both_examples_answer_requests_alike() -> None:
    for path in ("/orders", "/orders?archived=true", "/orders?archived=maybe"):
        bad, good = (request(each["app"], "GET", path) for each in examples("direct-call-of-dependency"))
        assert (bad.status_code, bad.text) == (good.status_code, good.text)


def test_the_fix_keeps_the_schema() -> None:
    bad, good = examples("direct-call-of-dependency")
    assert bad["app"].openapi() == good["app"].openapi()


@pytest.mark.parametrize("marker", [Query, Header, Cookie, Body, Form])
@pytest.mark.parametrize("default", [False, None, 0, ""])
def test_what_is_not_passed_is_the_marker_and_true(marker: Any, default: Any) -> None:
    def read(value: Any = marker(default)) -> Any:
        return value

    assert bool(read())


def test_a_dependency_that_is_not_passed_is_a_depends_object() -> None:
    def read(rows: list[str] = Depends(get_rows)) -> Any:
        return rows

    assert isinstance(read(), DependsMarker)
    with pytest.raises(AttributeError):
        read().append("x")


def test_a_default_of_python_is_passed_to_both() -> None:
    app = FastAPI()

    @app.get("/")
    def read(limit: Annotated[int, Query(ge=1)] = 10) -> int:
        return limit

    assert read() == 10
    assert request(app, "GET", "/").json() == 10


@pytest.mark.parametrize("marker", [Query, Header, Cookie, Body, Form])
@pytest.mark.parametrize(("type_", "default"), [(bool, False), (int, 5), (str, "a"), (str, None)])
def test_moving_any_marker_into_annotated_keeps_answers_and_schema(
    marker: Any, type_: Any, default: Any
) -> None:
    def app_of(annotation: Any, given: Any) -> FastAPI:
        def read(value: Any = given) -> Any:
            return value

        read.__annotations__ = {"value": annotation}
        app = FastAPI()
        app.post("/")(read)
        return app

    old = app_of(type_, marker(default, description="A value"))
    new = app_of(Annotated[type_, marker(description="A value")], default)
    assert old.openapi() == new.openapi()
    for query in ("", "?value=1", "?value=x"):
        answers = [request(app, "POST", f"/{query}") for app in (old, new)]
        assert answers[0].text == answers[1].text
