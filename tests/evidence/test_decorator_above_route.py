"""Whether a request goes through a decorator."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, update_wrapper, wraps
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request

from tests.evidence.client import request
from tests.evidence.pages import examples, fixed

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


# What the fix moves, and what it leaves


def test_between_two_routes_the_decorators_turn_clients_away_once_they_are_moved() -> None:
    before, after = (each["app"] for each in fixed("decorator-above-route", "between"))
    answers = [
        [request(app, "GET", path).status_code for path in ("/first", "/second")] for app in (before, after)
    ]
    assert answers == [[403, 200], [401, 401]]
    assert before.openapi() == after.openapi()


@pytest.mark.parametrize("path", ["/named/1", "/updated"])
def test_a_wrapper_that_takes_what_the_signature_asks_for_gets_it(path: str) -> None:
    before, after = (each["app"] for each in fixed("decorator-above-route", "arguments"))
    assert request(before, "GET", path).json() == request(after, "GET", path).json()
    assert before.openapi() == after.openapi()


def by_position(endpoint: Endpoint) -> Endpoint:
    @wraps(endpoint)
    def run(*args: Any, **kwargs: Any) -> Any:
        return args[0]

    return run


def by_another_name(endpoint: Endpoint) -> Endpoint:
    @wraps(endpoint)
    def run(request: Request, **kwargs: Any) -> Any:
        return endpoint(**kwargs)

    return run


def awaiting(endpoint: Endpoint) -> Endpoint:
    @wraps(endpoint)
    async def run(**kwargs: Any) -> Any:
        return await endpoint(**kwargs)

    return run


@pytest.mark.parametrize("decorate", [by_position, by_another_name, awaiting])
def test_a_wrapper_that_expects_something_else_fails_below_the_route(
    decorate: Callable[[Endpoint], Endpoint],
) -> None:
    app = FastAPI()

    @app.get("/")
    @decorate
    def read(name: str = "ada") -> str:
        return name

    assert request(app, "GET", "/").status_code == 500


def test_a_plain_wrapper_around_a_coroutine_function_is_awaited() -> None:
    app = FastAPI()

    def plain(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        def run(**kwargs: Any) -> Any:
            return endpoint(**kwargs)

        return run

    @app.get("/")
    @plain
    async def read() -> str:
        return "read"

    assert request(app, "GET", "/").json() == "read"
