"""FL216: of two markers FastAPI takes the last in `Annotated`, or refuses to start."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Cookie, Depends, FastAPI, File, Form, Header, Path, Query, Security, UploadFile
from pydantic import Field

from tests.evidence.client import request
from tests.evidence.pages import examples

ran: list[str] = []


def one() -> int:
    ran.append("one")
    return 1


def two() -> int:
    ran.append("two")
    return 2


def two_of_one(size: Annotated[int, Depends(one)]) -> int:
    return size + 1


One = Annotated[int, Depends(one)]
Size = Annotated[int, Query(ge=5)]


def app_of(annotation: Any, *default: Any, path: str = "/") -> FastAPI:
    """An app with a route whose one parameter has an annotation, and perhaps a default."""
    app = FastAPI()

    def read(value: Any) -> Any:
        return value

    read.__annotations__ = {"value": annotation}
    read.__defaults__ = default
    app.post(path)(read)
    ran.clear()
    return app


def answer(annotation: Any, *default: Any, query: str = "", **kwargs: Any) -> Any:
    response = request(app_of(annotation, *default), "POST", f"/{query}", **kwargs)
    return response.json() if response.status_code == 200 else response.status_code


def test_the_bad_example_takes_the_user_from_the_query() -> None:
    bad, good = examples("conflicting-markers")
    answers = [request(each["app"], "GET", "/orders?user=mallory") for each in (bad, good)]
    assert answers[0].json() == "the orders of mallory"
    assert answers[1].status_code in {401, 403}


@pytest.mark.parametrize("depends", [Depends(one), Security(one, scopes=["a"])])
def test_a_marker_after_a_dependency_puts_it_out_of_work(depends: Any) -> None:
    assert answer(Annotated[int, depends, Query()], query="?value=9") == 9
    assert ran == []


def test_it_does_so_with_the_dependency_of_an_alias() -> None:
    assert answer(Annotated[One, Query()], query="?value=9") == 9
    assert ran == []


@pytest.mark.parametrize(
    "annotation", [Annotated[int, Depends(one), Depends(two)], Annotated[One, Depends(two)]]
)
def test_of_two_dependencies_the_last_runs(annotation: Any) -> None:
    assert answer(annotation) == 2
    assert ran == ["two"]


def test_a_dependency_that_needs_the_replaced_one_runs_it() -> None:
    assert answer(Annotated[One, Depends(two_of_one)]) == 2
    assert ran == ["one"]


def test_a_dependency_after_a_query_ignores_its_limits() -> None:
    assert answer(Annotated[int, Query(ge=5), Depends(one)]) == 1


def test_a_header_after_a_cookie_is_read_from_the_headers() -> None:
    annotation = Annotated[str, Cookie(), Header()]
    assert answer(annotation, headers={"value": "header"}, cookies={"value": "cookie"}) == "header"


def test_a_default_that_is_a_query_is_ignored_beside_a_dependency() -> None:
    assert answer(One, Query(5, ge=5), query="?value=9") == 1


@pytest.mark.parametrize(
    ("annotation", "default", "path"),
    [
        (One, Depends(one), "/"),
        (One, Depends(two), "/"),
        (Size, Depends(one), "/"),
        (Size, Query(5), "/"),
        (Annotated[int, Path()], Depends(one), "/{value}"),
    ],
)
def test_a_marker_in_annotated_and_one_as_the_default_are_refused(
    annotation: Any, default: Any, path: str
) -> None:
    with pytest.raises(AssertionError, match=r"Cannot specify|cannot have default values"):
        app_of(annotation, default, path=path)


def test_queries_are_merged() -> None:
    annotation = Annotated[Size, Query(le=10, alias="n")]
    assert [answer(annotation, query=f"?n={each}") for each in (3, 7, 12)] == [422, 7, 422]


def test_a_field_of_pydantic_is_no_marker() -> None:
    assert answer(Annotated[One, Field(ge=0)]) == 1


def test_a_form_field_may_be_a_file() -> None:
    app = FastAPI()

    @app.post("/")
    def upload(file: Annotated[UploadFile, File(), Form()]) -> str | None:
        return file.filename

    assert request(app, "POST", "/", files={"file": ("a.txt", b"a")}).json() == "a.txt"
