"""FL906: old validators warn, or are refused, and new ones get and do the same."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import (
    BaseModel,
    Field,
    PydanticDeprecatedSince20,
    PydanticUserError,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.deprecated.class_validators import root_validator, validator

from tests.evidence.client import request
from tests.evidence.pages import examples

BODIES: list[Any] = [
    {"first": 1, "last": 2, "name": " a "},
    {"first": 2, "last": 1, "name": "a"},
    {"first": "x", "last": 1, "name": 3},
    {"first": 1},
    [],
]


def errors(model: type[BaseModel], data: Any) -> Any:
    try:
        return model.model_validate(data).model_dump()
    except ValidationError as error:
        return [(each["type"], each["loc"], each["msg"], each["input"]) for each in error.errors()]


def test_both_examples_answer_alike() -> None:
    with pytest.warns(PydanticDeprecatedSince20):
        bad, good = examples("pydantic-v1-validator")
    assert bad["app"].openapi() == good["app"].openapi()
    for body in (*BODIES, 3):
        old, new = (request(each["app"], "POST", "/bookings", json=body) for each in (bad, good))
        assert (old.status_code, old.text) == (new.status_code, new.text)


def test_always_validates_the_default_as_the_field_can_be_told_to() -> None:
    with pytest.warns(PydanticDeprecatedSince20):

        class Old(BaseModel):
            size: int = 0
            name: str | None = None

            @validator("name", always=True)
            def fill(cls, value: Any, values: Any) -> Any:  # noqa: N805 - Pydantic makes it a class method
                return value or f"size {values.get('size')}"

    class New(BaseModel):
        size: int = 0
        name: str | None = Field(default=None, validate_default=True)

        @field_validator("name")
        @classmethod
        def fill(cls, value: Any, info: ValidationInfo) -> Any:
            return value or f"size {info.data.get('size')}"

    for data in ({}, {"size": 3}, {"name": "x"}, {"size": "q"}, {"name": 4}):
        assert errors(Old, data) == errors(New, data)
    assert Old.model_json_schema()["properties"] == New.model_json_schema()["properties"]


def test_a_bare_root_validator_is_refused() -> None:
    def check(cls: Any, values: Any) -> Any:
        return values

    with pytest.raises(PydanticUserError, match="skip_on_failure"), pytest.warns(PydanticDeprecatedSince20):
        root_validator(check)


@pytest.mark.parametrize("name", ["field", "config"])
def test_what_tells_of_the_field_is_refused(name: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"def check(cls, value, {name}): return value", namespace)
    with pytest.warns(PydanticDeprecatedSince20):
        decorated = validator("size")(namespace["check"])
    with pytest.raises(PydanticUserError, match="not available"):
        type("Model", (BaseModel,), {"__annotations__": {"size": int}, "check": decorated})


def test_a_root_validator_that_runs_after_does_not_see_objects_that_are_passed_on() -> None:
    with pytest.warns(PydanticDeprecatedSince20):

        class Old(BaseModel):
            first: int
            last: int = 9

            @root_validator(skip_on_failure=True)
            def ordered(cls, values: Any) -> Any:  # noqa: N805 - Pydantic makes it a class method
                if values["first"] > values["last"]:
                    raise ValueError("ends before it begins")
                return values

    class New(BaseModel):
        first: int
        last: int = 9

        @model_validator(mode="after")
        def ordered(self) -> New:
            if self.first > self.last:
                raise ValueError("ends before it begins")
            return self

    for data in ({"first": 1}, {"first": 10}, {"first": "x"}, {}):
        assert errors(Old, data) == errors(New, data)
    old, new = Old(first=1), New(first=1)
    old.first = new.first = 10
    assert TypeAdapter(Old).validate_python(old) is old
    with pytest.raises(ValidationError):
        TypeAdapter(New).validate_python(new)


def test_validators_of_a_kind_run_in_the_same_order() -> None:
    log: list[str] = []

    def noting(name: str) -> Any:
        return lambda cls, value: log.append(name) or value

    with pytest.warns(PydanticDeprecatedSince20):
        old = {
            "one": validator("x", pre=True)(noting("one")),
            "two": validator("x", pre=True)(noting("two")),
            "three": validator("x")(noting("three")),
            "four": validator("x")(noting("four")),
            "five": root_validator(pre=True)(noting("five")),
            "six": root_validator(pre=True)(noting("six")),
        }
    new = {
        "one": field_validator("x", mode="before")(classmethod(noting("one"))),
        "two": field_validator("x", mode="before")(classmethod(noting("two"))),
        "three": field_validator("x")(classmethod(noting("three"))),
        "four": field_validator("x")(classmethod(noting("four"))),
        "five": model_validator(mode="before")(classmethod(noting("five"))),
        "six": model_validator(mode="before")(classmethod(noting("six"))),
    }
    orders = []
    for validators in (old, new):
        model: Any = type("Model", (BaseModel,), {"__annotations__": {"x": int}, **validators})
        model(x=1)
        orders.append([*log])
        log.clear()
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(old)


def test_a_validator_of_items_gets_each_of_them() -> None:
    with pytest.warns(PydanticDeprecatedSince20):

        class Old(BaseModel):
            names: list[str]

            @validator("names", each_item=True)
            def upper(cls, value: str) -> str:  # noqa: N805 - Pydantic makes it a class method
                return value.upper()

    assert Old(names=["a", "b"]).names == ["A", "B"]
