"""FL221: what lives as long as the request cannot need what ends before, and nothing can need itself."""

from collections.abc import AsyncIterator, Callable, Iterator
from textwrap import dedent
from typing import Annotated, Any

import fastapi
import pytest
from fastapi import APIRouter, Depends, FastAPI
from packaging.version import Version

from tests.evidence.client import request
from tests.evidence.pages import bad_example, execute, good_example

VERSION = Version(fastapi.__version__)


def get_session() -> Iterator[str]:
    yield "session"


def get_settings() -> str:
    return "settings"


Session = Annotated[str, Depends(get_session, scope="function")]


def with_yield(session: Session) -> Iterator[str]:
    yield session


async def with_async_yield(session: Session) -> AsyncIterator[str]:
    yield session


def of_a_plain_one(settings: str = Depends(get_settings, scope="function")) -> Iterator[str]:
    yield settings


def without_yield(session: Session) -> str:
    return session


def over_without_yield(value: str = Depends(without_yield)) -> Iterator[str]:
    yield value


def app_with(dependency: Callable[..., Any], scope: str | None = None) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def read(value: str = Depends(dependency, scope=scope)) -> str:  # type: ignore[arg-type]
        return value

    return app


def test_the_bad_example_cannot_be_imported_where_the_good_one_answers() -> None:
    with pytest.raises(fastapi.exceptions.FastAPIError, match='"get_audit" has a scope of "request"'):
        bad_example("dependency-scope-mismatch")
    assert request(good_example("dependency-scope-mismatch")["app"], "GET", "/orders").json() == []


@pytest.mark.parametrize("scope", [None, "request"])
@pytest.mark.parametrize("dependency", [with_yield, with_async_yield, of_a_plain_one])
def test_a_dependency_with_yield_is_refused_what_ends_before_it(
    dependency: Callable[..., Any], scope: str | None
) -> None:
    with pytest.raises(fastapi.exceptions.FastAPIError, match="cannot depend on"):
        app_with(dependency, scope)


@pytest.mark.parametrize("dependency", [with_yield, with_async_yield, of_a_plain_one])
def test_it_is_given_it_where_it_ends_with_the_endpoint_itself(dependency: Callable[..., Any]) -> None:
    assert request(app_with(dependency, "function"), "GET", "/").status_code == 200


@pytest.mark.parametrize("dependency", [without_yield, over_without_yield])
def test_what_has_no_yield_may_need_it_and_is_not_looked_through(dependency: Callable[..., Any]) -> None:
    assert request(app_with(dependency), "GET", "/").json() == "session"


def test_what_ends_with_the_endpoint_may_need_what_lives_longer() -> None:
    def longer() -> Iterator[str]:
        yield "longer"

    def shorter(value: str = Depends(longer)) -> Iterator[str]:
        yield value

    assert request(app_with(shorter, "function"), "GET", "/").json() == "longer"


def test_what_is_not_looked_through_finds_it_closed() -> None:
    events: list[str] = []

    def session() -> Iterator[str]:
        yield "session"
        events.append("session closed")

    def user(value: str = Depends(session, scope="function")) -> str:
        return value

    def audit(value: str = Depends(user)) -> Iterator[str]:
        yield value
        events.append("audit written")

    request(app_with(audit), "GET", "/")
    assert events == ["session closed", "audit written"]


def test_it_is_refused_in_the_list_of_a_router_too() -> None:
    router = APIRouter(dependencies=[Depends(with_yield)])
    with pytest.raises(fastapi.exceptions.FastAPIError):
        router.get("/")(get_settings)


CYCLES = {
    "two functions": """
        def get_a(b: Annotated[str, Depends(get_b)]): ...
        def get_b(a: Annotated[str, Depends(get_a)]): ...
        """,
    "itself": """
        def get_a(a: Annotated[str, Depends(get_a)]): ...
        """,
}

CLASS = """
    class A:
        def __init__(self, a: Annotated[A, Depends()]): ...
    """

IMPORTS = """
from __future__ import annotations
from typing import Annotated
from fastapi import Depends
"""


@pytest.mark.parametrize("cycle", CYCLES.values(), ids=CYCLES)
def test_a_cycle_has_no_end(cycle: str) -> None:
    found = execute(IMPORTS + dedent(cycle))
    with pytest.raises(RecursionError):
        app_with(found["get_a"])


@pytest.mark.skipif(VERSION < Version("0.123.7"), reason="takes what a class asks for from the query")
def test_nor_has_that_of_a_class_which_asks_for_itself() -> None:
    found = execute(IMPORTS + dedent(CLASS))
    with pytest.raises(RecursionError):
        app_with(found["A"])
