"""FL914: old words for fields warn, or fail, and the new ones mean the same."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest
from pydantic import BaseModel, Field, PydanticDeprecatedSince20, PydanticUserError

from tests.evidence.client import request
from tests.evidence.pages import examples


def model(field: Any, type_: Any = str) -> type[BaseModel]:
    return type("Model", (BaseModel,), {"__annotations__": {"value": type_}, "value": field})


def old(**words: Any) -> Any:
    """A field in old words, of which it is certain that they warn."""
    with pytest.warns(PydanticDeprecatedSince20):
        return Field(**words)


def test_both_examples_answer_alike() -> None:
    with pytest.warns(PydanticDeprecatedSince20):
        bad, good = examples("pydantic-v1-field")
    assert bad["app"].openapi() == good["app"].openapi()
    for lines in ([], ["a"], ["a"] * 11):
        answers = [request(each["app"], "POST", "/orders", json={"lines": lines}) for each in (bad, good)]
        assert answers[0].text == answers[1].text


@pytest.mark.parametrize("word", ["regex", "const", "unique_items"])
def test_some_words_of_fields_are_refused(word: str) -> None:
    with pytest.raises(PydanticUserError, match="removed"):
        Field(**{word: "a"})


@pytest.mark.parametrize(
    ("function", "word"),
    [
        ("constr", "regex"),
        ("constr", "curtail_length"),
        ("conlist", "min_items"),
        ("conset", "max_items"),
        ("confrozenset", "min_items"),
    ],
)
def test_types_take_no_old_words(function: str, word: str) -> None:
    arguments = [] if function == "constr" else [int]
    with pytest.raises(TypeError, match="unexpected keyword"):
        getattr(pydantic, function)(*arguments, **{word: 1})


def test_new_words_mean_what_the_old_ones_do() -> None:
    for words, new in (({"min_items": 1}, {"min_length": 1}), ({"max_items": 2}, {"max_length": 2})):
        pair = (model(old(**words), list[int]), model(Field(**new), list[int]))
        assert pair[0].model_json_schema() == pair[1].model_json_schema()
    for mutable in (True, False):
        assert bool(old(allow_mutation=mutable).frozen) is not mutable


def test_an_example_becomes_examples_in_the_schema() -> None:
    was = model(old(example="a")).model_json_schema()["properties"]["value"]
    now = model(Field(examples=["a"])).model_json_schema()["properties"]["value"]
    assert (was["example"], now["examples"]) == ("a", ["a"])
    assert "examples" not in was
