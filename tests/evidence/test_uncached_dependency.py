"""FL231: `use_cache=False` runs a dependency again for the use that has it, and for no other.

0.95.2, 0.105.0, 0.106.0, 0.117.1, 0.118.0, 0.120.4 and 0.121.0 were run by hand: they count the same.
"""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import Depends, FastAPI

from tests.evidence.client import request
from tests.evidence.pages import examples

runs: list[str] = []


def load() -> object:
    runs.append("load")
    return object()


def get_one(loaded: object = Depends(load, use_cache=False)) -> object:
    runs.append("one")
    return loaded


def get_other(loaded: object = Depends(load)) -> object:
    return loaded


def both(one: Any = Depends(load), other: Any = Depends(load)) -> bool:
    return one is other


def later(one: Any = Depends(load), other: Any = Depends(load, use_cache=False)) -> bool:
    return one is other


def earlier(one: Any = Depends(load, use_cache=False), other: Any = Depends(load)) -> bool:
    return one is other


def uncached(one: Any = Depends(load, use_cache=False), other: Any = Depends(load, use_cache=False)) -> bool:
    return one is other


def below(one: Any = Depends(get_other), other: Any = Depends(load, use_cache=False)) -> bool:
    return one is other


@pytest.mark.parametrize(
    ("endpoint", "times"), [(both, 1), (later, 2), (earlier, 1), (uncached, 2), (below, 2)]
)
def test_how_often_a_dependency_runs_for_one_request(endpoint: Callable[..., bool], times: int) -> None:
    app = FastAPI()
    app.get("/")(endpoint)
    runs.clear()
    assert request(app, "GET", "/").json() is (times == 1)
    assert runs == ["load"] * times


def test_it_runs_again_for_what_is_cached_and_needed_twice() -> None:
    app = FastAPI()
    app.get("/")(lambda one=Depends(get_one), other=Depends(get_one): one is other)
    runs.clear()
    assert request(app, "GET", "/").json() is True
    assert runs == ["load", "one", "load"]


def test_what_it_needs_itself_is_still_cached() -> None:
    def get_fresh(loaded: object = Depends(load)) -> object:
        return loaded

    app = FastAPI()

    @app.get("/")
    def read(one: Any = Depends(get_fresh), other: Any = Depends(get_fresh, use_cache=False)) -> bool:
        return one is other

    assert request(app, "GET", "/").json() is True


def test_nothing_is_kept_for_the_next_request() -> None:
    app = FastAPI()
    app.get("/")(both)
    runs.clear()
    for _ in range(2):
        request(app, "GET", "/")
    assert runs == ["load", "load"]


def test_both_examples_answer_the_same() -> None:
    bad, good = (example["app"] for example in examples("uncached-dependency"))
    for headers in ({"X-Token": "secret"}, {"X-Token": "guessed"}):
        one, other = (request(each, "GET", "/", headers=headers) for each in (bad, good))
        assert (one.status_code, one.json()) == (other.status_code, other.json())
    assert bad.openapi() == good.openapi()
