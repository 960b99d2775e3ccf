"""FL226: a dependency that returns a constant costs a call, or a thread, and gives nothing else."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import Depends, FastAPI

from tests.evidence.client import request
from tests.evidence.pages import examples


def threads_of(make: Callable[[list[int]], Callable[..., Any]]) -> bool:
    """Whether a dependency runs in another thread than its async endpoint."""
    seen: list[int] = []
    app = FastAPI()

    @app.get("/")
    async def read(found: Any = Depends(make(seen))) -> None:
        seen.append(threading.get_ident())

    assert request(app, "GET", "/").status_code == 200
    return len(set(seen)) == 2


def plain(seen: list[int]) -> Callable[..., Any]:
    def get_size() -> int:
        seen.append(threading.get_ident())
        return 50

    return get_size


def asynchronous(seen: list[int]) -> Callable[..., Any]:
    async def get_size() -> int:
        seen.append(threading.get_ident())
        return 50

    return get_size


@pytest.mark.parametrize(("make", "is_elsewhere"), [(plain, True), (asynchronous, False)])
def test_a_thread_calls_a_def_that_returns_a_constant(make: Any, is_elsewhere: bool) -> None:
    assert threads_of(make) is is_elsewhere


def test_both_examples_answer_the_same_and_have_the_same_schema() -> None:
    bad, good = (each["app"] for each in examples("trivial-dependency"))
    answers = [
        request(app, "GET", f"/pages?items={items}").json() for app in (bad, good) for items in (50, 51)
    ]
    assert answers == [1, 2, 1, 2]
    assert bad.openapi() == good.openapi()


def test_a_dependency_can_be_overridden_and_a_constant_cannot() -> None:
    """Which is what such a dependency is for, where it is for anything."""
    bad, _ = examples("trivial-dependency")
    bad["app"].dependency_overrides[bad["get_page_size"]] = lambda: 10
    assert request(bad["app"], "GET", "/pages?items=50").json() == 5
