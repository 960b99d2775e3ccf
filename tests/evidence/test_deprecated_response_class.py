"""What the response classes of other JSON libraries do."""

from __future__ import annotations

import random
import warnings
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from fastapi import FastAPI
from fastapi.exceptions import FastAPIDeprecationWarning
from fastapi.responses import JSONResponse, ORJSONResponse, UJSONResponse
from pydantic import TypeAdapter

from tests.evidence.client import request
from tests.evidence.pages import examples

VALUES = [
    1,
    "é☃\u2028</script>\x7f\x00",
    {1: "a", UUID(int=1): "b"},
    {"a": {1, 2}},
    [1e16, 1e22, 0.1, -0.0, 5e-324, float("nan"), float("inf")],
    Decimal("1.50"),
    datetime(2020, 1, 1, tzinfo=timezone.utc),
    timedelta(1),
    None,
]


def answer(value: object, annotation: Any, **options: Any) -> tuple[int, bytes, str | None]:
    app = FastAPI()

    def read() -> Any:
        return value

    read.__annotations__["return"] = annotation
    app.get("/", **options)(read)
    found = request(app, "GET", "/")
    return found.status_code, found.content, found.headers.get("content-type")


def test_both_examples_answer_alike_and_the_bad_one_warns() -> None:
    bad, good = (example["app"] for example in examples("deprecated-response-class"))
    assert bad.openapi() == good.openapi()
    for path in ("/prices", "/health"):
        with pytest.warns(FastAPIDeprecationWarning, match="ORJSONResponse is deprecated"):
            old = request(bad, "GET", path)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert old.content == request(good, "GET", path).content


@pytest.mark.parametrize("cls", [ORJSONResponse, UJSONResponse])
def test_a_subclass_warns_too(cls: type[Any]) -> None:
    with pytest.warns(FastAPIDeprecationWarning):
        type("Mine", (cls,), {})


@pytest.mark.filterwarnings("ignore:ORJSONResponse")
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_with_a_response_model_both_write_the_same_bytes(value: object) -> None:
    assert answer(value, Any) == answer(value, Any, response_class=ORJSONResponse)
    assert answer(value, type(value)) == answer(value, type(value), response_class=ORJSONResponse)


def test_pydantic_and_orjson_write_numbers_alike() -> None:
    numbers = [random.uniform(-1, 1) * 10 ** random.randint(-300, 300) for _ in range(1000)]
    assert orjson.dumps(numbers) == TypeAdapter(list[float]).dump_json(numbers)


@pytest.mark.filterwarnings("ignore:ORJSONResponse")
def test_without_a_response_model_only_orjson_writes_nan() -> None:
    app = FastAPI()
    app.get("/fast", response_model=None, response_class=ORJSONResponse)(lambda: {"x": float("nan")})
    app.get("/plain", response_model=None)(lambda: {"x": float("nan")})
    assert request(app, "GET", "/fast").json() == {"x": None}
    assert request(app, "GET", "/plain").status_code == 500


@pytest.mark.filterwarnings("ignore:ORJSONResponse")
@pytest.mark.parametrize("content", [{"detail": "é/☃\u2028", "codes": [1, None, True], "more": {}}, [], "a"])
def test_strings_and_integers_are_written_alike_by_all(content: Any) -> None:
    assert ORJSONResponse(content).body == JSONResponse(content).body


@pytest.mark.filterwarnings("ignore:ORJSONResponse")
def test_floats_are_not_always_written_alike() -> None:
    assert ORJSONResponse(1e-05).body != JSONResponse(1e-05).body


def test_a_subclass_of_json_response_may_use_orjson_without_a_warning() -> None:
    class Fast(JSONResponse):
        def render(self, content: Any) -> bytes:
            return orjson.dumps(content)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Fast({"x": float("nan")}).body == b'{"x":null}'
