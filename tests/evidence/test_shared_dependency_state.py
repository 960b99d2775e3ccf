"""What requests find in a class dependency that earlier ones have put in."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel

from tests.evidence.client import request
from tests.evidence.pages import examples


def answers(names: dict[str, Any]) -> list[Any]:
    return [request(names["app"], "POST", f"/orders?item={item}").json() for item in ("lamp", "book")]


def test_in_the_bad_example_a_request_gets_the_notices_of_the_one_before() -> None:
    bad, good = examples("shared-dependency-state")
    assert answers(bad) == [["lamp is ordered"], ["lamp is ordered", "book is ordered"]]
    assert answers(good) == [["lamp is ordered"], ["book is ordered"]]


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("shared-dependency-state")
    assert bad["app"].openapi() == good["app"].openapi()


def counts(dependency: Callable[[], Any]) -> list[int]:
    """The length of `items` in each of two requests, which each add one item."""
    app = FastAPI()

    @app.get("/")
    def route(given: Annotated[Any, Depends(dependency)]) -> int:
        if isinstance(given.items, dict):
            given.items[str(len(given.items))] = 1
        elif isinstance(given.items, set):
            given.items.add(len(given.items))
        else:
            given.items.append(1)
        return len(given.items)

    return [request(app, "GET", "/").json() for _ in range(2)]


@pytest.mark.parametrize("make", [list, dict, set, deque])
def test_every_kind_of_collection_in_the_body_of_a_class_is_shared(make: type[Any]) -> None:
    assert counts(type("Shared", (), {"items": make()})) == [1, 2]


def test_it_is_the_same_where_a_function_makes_the_object() -> None:
    class Shared:
        items: list[int] = []  # noqa: RUF012 - that is what is shown

    assert counts(lambda: Shared()) == [1, 2]


def test_adding_by_an_augmented_assignment_changes_the_shared_list_as_well() -> None:
    class Shared:
        items: list[int] = []  # noqa: RUF012 - that is what is shown

        def add(self) -> None:
            self.items += [1]

    Shared().add()
    assert Shared.items == [1]


def test_what_the_constructor_makes_is_not_shared() -> None:
    class Own:
        def __init__(self) -> None:
            self.items: list[int] = []

    assert counts(Own) == [1, 1]


def test_a_model_copies_its_default_and_a_dataclass_refuses_it() -> None:
    class Model(BaseModel):
        items: list[int] = []

    assert counts(Model) == [1, 1]
    with pytest.raises(ValueError, match="mutable default"):

        @dataclass
        class Data:
            items: list[int] = []  # noqa: RUF008 - that is what is shown


def test_defaults_of_parameters_are_copied_for_each_request() -> None:
    app = FastAPI()

    @app.get("/")
    def route(
        plain: Annotated[list[str], Query()] = [],  # noqa: B006 - that is what is shown
        marked: list[str] = Query([]),
    ) -> list[int]:
        plain.append("x")
        marked.append("x")
        return [len(plain), len(marked)]

    assert [request(app, "GET", "/").json() for _ in range(2)] == [[1, 1], [1, 1]]
