"""FL911: `Annotated[T, Query(...)] = x` is to FastAPI what `T = Query(x, ...)` is, and more to Python."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from tests.evidence.client import request
from tests.evidence.pages import examples

QUERIES = ("", "?shop=a", "?shop=ab", "?shop=ab&limit=7", "?shop=ab&limit=700")


def test_both_examples_have_one_schema_and_answer_alike() -> None:
    bad, good = (each["app"] for each in examples("unannotated-parameter"))
    assert bad.openapi() == good.openapi()
    for query in QUERIES:
        answers = [request(each, "GET", f"/orders{query}") for each in (bad, good)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].json() == answers[1].json()


def test_to_python_the_default_is_the_query_object() -> None:
    def read(limit: int = Query(10)) -> int:
        return limit

    def read_annotated(limit: Annotated[int, Query()] = 10) -> int:
        return limit

    assert read() != 10
    assert read_annotated() == 10
