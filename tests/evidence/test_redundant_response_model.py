"""FL415: without a `response_model`, FastAPI takes the return annotation for it."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from tests.evidence.client import request
from tests.evidence.pages import examples


class Order(BaseModel):
    number: int


class Secret(Order):
    password: str = "hunter2"


def app_of(annotation: Any, **options: Any) -> FastAPI:
    """An app whose one route has a return annotation and options, and returns what has a secret too."""
    app = FastAPI()

    def read() -> Any:
        return Secret(number=1)

    read.__annotations__ = {"return": annotation}
    app.get("/", **options)(read)
    return app


def test_both_examples_have_one_schema_and_answer_alike() -> None:
    bad, good = (each["app"] for each in examples("redundant-response-model"))
    assert bad.openapi() == good.openapi()
    assert request(bad, "GET", "/orders").json() == request(good, "GET", "/orders").json() == [{"number": 1}]


@pytest.mark.parametrize(
    ("model", "annotation"),
    [
        (Order, Order),
        (typing.Optional[Order], Order | None),  # noqa: UP045 - likewise
        (typing.Union[Order, int], Order | int),  # noqa: UP007 - likewise
    ],
)
def test_an_annotation_is_as_good_as_a_response_model(model: Any, annotation: Any) -> None:
    both, one = app_of(annotation, response_model=model), app_of(annotation)
    assert both.openapi() == one.openapi()
    assert request(both, "GET", "/").json() == request(one, "GET", "/").json() == {"number": 1}


def test_so_is_the_new_spelling_of_a_list() -> None:
    both = app_of(list[Order], response_model=typing.List[Order])  # noqa: UP006 - the old spelling is compared
    assert both.openapi() == app_of(list[Order]).openapi()


def test_the_order_of_a_union_is_seen_in_the_schema() -> None:
    both = app_of(Order | int, response_model=typing.Union[int, Order])  # noqa: UP007 - likewise
    assert both.openapi() != app_of(Order | int).openapi()


def test_a_response_model_that_differs_filters() -> None:
    filtered = app_of(Secret, response_model=Order)
    assert request(filtered, "GET", "/").json() == {"number": 1}
    assert request(app_of(Secret), "GET", "/").json() == {"number": 1, "password": "hunter2"}


def test_an_annotation_that_cannot_be_evaluated_is_only_as_good_as_nothing() -> None:
    assert request(app_of("Hidden", response_model=Order), "GET", "/").json() == {"number": 1}
    with pytest.raises(Exception, match="Hidden"):
        app_of("Hidden").openapi()
