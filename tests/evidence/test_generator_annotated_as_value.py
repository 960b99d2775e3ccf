"""FL228: FastAPI does not read what a dependency is annotated with, and a type checker refuses a value."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from fastapi import Depends, FastAPI

from tests.evidence.client import request
from tests.evidence.pages import examples

GENERATOR = """
class Session: ...

def get_session() -> {annotation}:
    yield Session()

async def get_async_session() -> {asynchronous}:
    yield Session()
"""


def test_both_examples_answer_the_same_and_have_the_same_schema() -> None:
    bad, good = (example["app"] for example in examples("generator-annotated-as-value"))
    assert request(bad, "GET", "/name").json() == request(good, "GET", "/name").json() == "ada"
    assert bad.openapi() == good.openapi()


def test_calling_the_bad_example_gives_no_session() -> None:
    bad = examples("generator-annotated-as-value")[0]
    get_session: Callable[[], Any] = bad["get_session"]
    assert get_type_hints(get_session)["return"] is bad["Session"]
    assert not isinstance(get_session(), bad["Session"])
    assert isinstance(get_session(), Iterator)


@pytest.mark.parametrize(
    ("annotation", "asynchronous", "errors"),
    [("Session", "Session", 2), ("Iterator[Session]", "AsyncIterator[Session]", 0)],
    ids=["value", "iterator"],
)
def test_a_type_checker_refuses_a_generator_that_is_annotated_as_a_value(
    annotation: str, asynchronous: str, errors: int, tmp_path: Path
) -> None:
    mypy = pytest.importorskip("mypy.api", reason="the type checker is installed for development alone")
    code = GENERATOR.format(annotation=annotation, asynchronous=asynchronous)
    file = tmp_path / "session.py"
    file.write_text(f"from collections.abc import AsyncIterator, Iterator\n{code}", encoding="utf-8")
    found, _, _ = mypy.run(["--cache-dir", str(tmp_path), "--config-file", "", str(file)])
    lines = [each for each in found.splitlines() if ": error: " in each]
    assert len(lines) == errors
    assert all("enerator" in each and "return type" in each for each in lines)


def test_the_annotation_of_an_endpoint_is_read() -> None:
    app = FastAPI()

    def check() -> None:
        yield  # type: ignore[misc] # as on the page

    @app.get("/", dependencies=[Depends(check)])
    def read() -> int:
        return 1

    schema = app.openapi()["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["type"] == "integer"
