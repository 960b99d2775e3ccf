"""That `...` as a default changes nothing."""

from typing import Annotated, Any

import fastapi
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field, TypeAdapter

from tests.evidence.client import request
from tests.evidence.pages import examples

MARKERS = ("Query", "Header", "Cookie", "Body", "Form", "File")


def app_with(annotation: Any, default: Any, path: str = "/") -> FastAPI:
    app = FastAPI()

    def find(q: Any = default) -> Any:
        return q

    find.__annotations__["q"] = annotation
    app.post(path)(find)
    return app


def test_both_examples_have_the_same_schema_and_the_same_answers() -> None:
    bad, good = (example["app"] for example in examples("ellipsis-default"))
    assert bad.openapi() == good.openapi()
    for path, body in [
        ("/orders", {}),
        ("/orders?shop=a", {"item": "a", "quantity": 1}),
        ("/orders?shop=", {}),
    ]:
        old, new = (request(app, "POST", path, json=body) for app in (bad, good))
        assert (old.status_code, old.text) == (new.status_code, new.text)


@pytest.mark.parametrize("annotation", [str, str | None, list[str]])
@pytest.mark.parametrize("name", MARKERS)
def test_a_parameter_is_required_with_and_without_it(name: str, annotation: Any) -> None:
    marker = getattr(fastapi, name)
    with_it, without = (app_with(annotation, default) for default in (marker(...), marker()))
    assert with_it.openapi() == without.openapi()
    assert [422, 422] == [request(app, "POST", "/").status_code for app in (with_it, without)]


def test_the_default_of_an_annotated_parameter_counts_whatever_its_marker_says() -> None:
    marked = (Annotated[int, fastapi.Query(...)], Annotated[int, fastapi.Query()])
    with_it, without = (app_with(annotation, 3) for annotation in marked)
    assert with_it.openapi() == without.openapi()
    assert ["3", "3"] == [request(app, "POST", "/").text for app in (with_it, without)]


def test_a_path_parameter_has_no_other_default() -> None:
    with_it, without = (app_with(int, default, "/{q}") for default in (fastapi.Path(...), fastapi.Path()))
    assert with_it.openapi() == without.openapi()


def test_a_field_is_required_with_and_without_it_and_keeps_the_default_of_its_annotation() -> None:
    five = Annotated[int, Field(default=5)]

    class WithIt(BaseModel):
        plain: int = Field(...)
        optional: int | None = Field(..., gt=1)
        alias: five = Field(...)

    class Without(BaseModel):
        plain: int = Field()
        optional: int | None = Field(gt=1)
        alias: five = Field()

    old, new = (TypeAdapter(each).json_schema() for each in (WithIt, Without))
    assert (old["properties"], old["required"]) == (new["properties"], new["required"])
    assert old["required"] == ["plain", "optional"]
