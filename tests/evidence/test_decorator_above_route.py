"""Whether a request goes through a decorator."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, update_wrapper, wraps
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request

from tests.evidence.client import request
from tests.evidence.pages import examples

Endpoint = Callable[..., Any]


def test_the_bad_example_answers_a_stranger_and_the_good_one_does_not() -> None:
    bad, good = (example["app"] for example in examples("decorator-above-route"))
    assert request(bad, "GET", "/reports").json() == ["revenue"]
    assert request(good, "GET", "/reports").status_code == 403


def test_both_examples_answer_an_admin_and_have_the_same_schema() -> None:
    bad, good = (example["app"] for example in examples("decorator-above-route"))
    admin = {"x-role": "admin"}
    assert request(bad, "GET", "/reports", headers=admin).json() == ["revenue"]
    assert request(good, "GET", "/reports", headers=admin).json() == ["revenue"]
    assert bad.openapi() == good.openapi()


def test_calling_the_function_of_the_bad_example_hides_the_mistake() -> None:
    bad, _ = examples("decorator-above-route")
    stranger = Request({"type": "http", "headers": []})
    with pytest.raises(HTTPException):
        asyncio.run(bad["read_reports"](stranger))


class Denied:
    """A decorator that is a class."""

    def __init__(self, endpoint: Endpoint) -> None:
        update_wrapper(self, endpoint)

    def __call__(self) -> None:
        raise HTTPException(403)


def denied(endpoint: Endpoint) -> Endpoint:
    @wraps(endpoint)
    def deny() -> None:
        raise HTTPException(403)

    return deny


@pytest.mark.parametrize("decorate", [denied, Denied])
def test_a_decorator_counts_below_the_route_only(decorate: Callable[[Endpoint], Any]) -> None:
    app = FastAPI()

    @decorate
    @app.get("/above")
    def above() -> str:
        return "open"

    @app.get("/below")
    @decorate
    def below() -> str:
        return "open"

    assert request(app, "GET", "/above").status_code == 200
    assert request(app, "GET", "/below").status_code == 403


def test_a_decorator_that_returns_the_function_works_above_the_route() -> None:
    app, noted = FastAPI(), []

    def requires(role: str) -> Callable[[Any], Any]:
        def note(endpoint: Any) -> Any:
            noted.append(endpoint)
            endpoint.role = role
            return endpoint

        return note

    @requires("admin")
    @app.get("/reports")
    def read_reports(request: Request) -> str:
        role: str = request.scope["endpoint"].role
        return role

    assert request(app, "GET", "/reports").json() == "admin"
    assert [read_reports] == noted


def test_two_routes_on_one_function_both_work() -> None:
    app = FastAPI()

    @app.get("/reports")
    @app.get("/statements")
    def read_reports() -> str:
        return "revenue"

    assert request(app, "GET", "/reports").json() == "revenue"
    assert request(app, "GET", "/statements").json() == "revenue"


def test_a_cache_counts_below_the_route_only() -> None:
    calls: list[str] = []

    def read(name: str) -> str:
        calls.append(name)
        return name

    app = FastAPI()
    lru_cache(app.get("/above/{name}")(read))
    app.get("/below/{name}")(lru_cache(read))
    for path in ("/above/a", "/above/a", "/below/b", "/below/b"):
        assert request(app, "GET", path).status_code == 200
    assert calls == ["a", "a", "b"]


def test_a_context_manager_counts_below_the_route_only() -> None:
    entered: list[str] = []

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        entered.append(name)
        yield

    app = FastAPI()
    timed("above")(app.get("/above")(lambda: 1))
    app.get("/below")(timed("below")(lambda: 1))
    assert [request(app, "GET", path).json() for path in ("/above", "/below")] == [1, 1]
    assert entered == ["below"]
