"""What FastAPI sends for a response model, and what it filters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer

from tests.evidence.client import request
from tests.evidence.pages import examples

SECRET = "hunter2"
Item = TypeVar("Item")


class Public(BaseModel):
    name: str = "ada"


class Private(Public):
    password: str = SECRET


class Page(BaseModel, Generic[Item]):
    items: list[Item]


class Order(BaseModel):
    customer: Private | None = None


class Envelope(BaseModel):
    data: Any


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


class Renamed(BaseModel):
    password: str = Field(default=SECRET, serialization_alias="pwd")


class Masked(Private):
    @field_serializer("password")
    def mask(self, value: str) -> str:
        return "*" * 8


class Wrapped(Public):
    password: SecretStr = SecretStr(SECRET)


class Excluded(Private):
    password: str = Field(default=SECRET, exclude=True)


class AnnotatedExcluded(Private):
    password: Annotated[str, Field(exclude=True)] = SECRET


class Hidden(Public):
    _password: str = SECRET
    secret: ClassVar[str] = SECRET


@dataclass
class Account:
    name: str
    password: str


def body(endpoint: Callable[..., Any], **options: Any) -> str:
    app = FastAPI()
    app.add_api_route("/", endpoint, **options)
    answer = request(app, "GET", "/")
    assert answer.status_code == 200
    return answer.text


def test_the_bad_example_answers_with_the_password_and_the_good_one_without() -> None:
    bad, good = (example["app"] for example in examples("response-model-leaks-secret"))
    form = {"name": "ada", "password": SECRET}
    assert {"id": 1, **form} == request(bad, "POST", "/users", json=form).json()
    assert request(good, "POST", "/users", json=form).json() == {"id": 1, "name": "ada"}


def test_the_schema_of_the_bad_example_shows_the_field() -> None:
    bad, good = (example["app"] for example in examples("response-model-leaks-secret"))
    assert "password" in bad.openapi()["components"]["schemas"]["UserOut"]["properties"]
    assert "password" not in good.openapi()["components"]["schemas"]["UserOut"]["properties"]


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (Private, Private()),
        (list[Private], [Private()]),
        (dict[str, Private], {"a": Private()}),
        (Private | None, Private()),
        (Public | Private, Private()),
        (Order, Order(customer=Private())),
        (Page[Private], Page(items=[Private()])),
        (Page, Page(items=[Private()])),
        (Envelope, Envelope(data=Private())),
        (Envelope, {"data": {"user": Private()}}),
        (dict[str, Any], {"user": Private()}),
        (Loose, Private().model_dump()),
        (Loose, dict(Private())),
        (Loose, Private().__dict__),
        (Loose, Loose(**Private().model_dump())),
        (Renamed, Renamed()),
        (Account, Account("ada", SECRET)),
    ],
    ids=repr,
)
def test_a_secret_in_the_response_model_is_sent(model: Any, value: Any) -> None:
    assert SECRET in body(lambda: value, response_model=model)


def test_a_secret_in_the_return_annotation_is_sent() -> None:
    def read_user() -> Private:
        return Private()

    assert SECRET in body(read_user)


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (Public, Private()),
        (list[Public], [Private()]),
        (Page[Public], Page(items=[Private()])),
        (Loose, Private()),
        (Wrapped, Wrapped()),
        (Excluded, Excluded()),
        (AnnotatedExcluded, AnnotatedExcluded()),
        (Masked, Masked()),
        (Hidden, Hidden()),
    ],
    ids=repr,
)
def test_a_model_without_the_secret_filters_it(model: Any, value: Any) -> None:
    assert SECRET not in body(lambda: value, response_model=model)


def test_the_response_model_filters_what_the_annotation_would_send() -> None:
    def read_user() -> Private:
        return Private()

    assert SECRET not in body(read_user, response_model=Public)


@pytest.mark.parametrize(
    ("model", "value", "options"),
    [
        (Private, Private(), {"response_model_exclude": {"password"}}),
        (Private, Private(), {"response_model_include": {"name"}}),
        (list[Private], [Private()], {"response_model_exclude": {"__all__": {"password"}}}),
        (Order, Order(customer=Private()), {"response_model_exclude": {"customer": {"password"}}}),
    ],
    ids=repr,
)
def test_a_field_that_the_route_excludes_is_not_sent(model: Any, value: Any, options: dict[str, Any]) -> None:
    assert SECRET not in body(lambda: value, response_model=model, **options)


@pytest.mark.parametrize(
    ("model", "value", "options"),
    [
        (list[Private], [Private()], {"response_model_exclude": {"password"}}),
        (dict[str, Private], {"a": Private()}, {"response_model_exclude": {"password"}}),
    ],
    ids=repr,
)
def test_what_is_excluded_by_name_from_a_list_or_dict_is_sent(
    model: Any, value: Any, options: dict[str, Any]
) -> None:
    assert SECRET in body(lambda: value, response_model=model, **options)


def test_without_a_response_model_all_of_an_object_is_sent() -> None:
    def read_user() -> Public:
        return Private()

    assert SECRET in body(lambda: Private())
    assert SECRET in body(read_user, response_model=None)
    assert SECRET in body(read_user, response_model=None, response_model_exclude={"password"})
    assert SECRET not in body(read_user)


def test_a_class_variable_is_no_field_any_more() -> None:
    class Guest(Private):
        password: ClassVar[str] = SECRET  # type: ignore[misc]

    assert SECRET not in body(lambda: Guest(), response_model=Guest)
