"""FL227: `Annotated[T, Depends(f)]` is to FastAPI what `T = Depends(f)` is, and more to Python."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from tests.evidence.client import request
from tests.evidence.pages import examples, execute

ANEW = """
from __future__ import annotations
from typing import Annotated
from fastapi import Depends, FastAPI

made = []

class Allow:
    def __init__(self, role):
        made.append(role)
    def __call__(self):
        return "admin"

app = FastAPI()

def get_role(role: PARAMETER) -> str:
    return role

@app.get("/a")
def read_a(role: str = Depends(get_role)): return role

@app.get("/b")
def read_b(role: str = Depends(get_role)): return role
"""

LOCAL = """
from __future__ import annotations
from typing import Annotated
from fastapi import Depends, FastAPI

def create_app() -> FastAPI:
    app = FastAPI()
    def get_name() -> str:
        return "ada"
    @app.get("/")
    def read(name: PARAMETER):
        return name
    return app

app = create_app()
"""


def get_name() -> str:
    return "ada"


def test_both_examples_have_one_schema_and_answer_alike() -> None:
    bad, good = (each["app"] for each in examples("unannotated-dependency"))
    assert bad.openapi() == good.openapi()
    assert request(bad, "GET", "/").json() == request(good, "GET", "/").json() == "hello ada"


def test_what_has_no_type_is_read_as_any() -> None:
    apps = FastAPI(), FastAPI()

    def untyped(name=Depends(get_name)):  # type: ignore[no-untyped-def] # that is the point
        return name

    def typed(name: Annotated[Any, Depends(get_name)]) -> Any:
        return name

    apps[0].get("/", operation_id="read", summary="Read")(untyped)
    apps[1].get("/", operation_id="read", summary="Read", response_model=None)(typed)
    assert apps[0].openapi() == apps[1].openapi()
    assert [request(each, "GET", "/").json() for each in apps] == ["ada", "ada"]


def test_to_python_the_default_is_the_depends_object() -> None:
    def greet(name: str = Depends(get_name)) -> str:
        return f"hello {name}"

    def greet_annotated(name: Annotated[str, Depends(get_name)]) -> str:
        return f"hello {name}"

    assert greet().startswith("hello Depends(")
    with pytest.raises(TypeError, match="missing"):
        greet_annotated()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue] # likewise


def test_fastapi_passes_what_stands_behind_a_star() -> None:
    app = FastAPI()

    @app.get("/")
    def read(greeting: str = "hello", *, name: Annotated[str, Depends(get_name)]) -> str:
        return f"{greeting} {name}"

    assert request(app, "GET", "/").json() == "hello ada"


def test_as_text_a_local_name_is_not_found() -> None:
    as_default = execute(LOCAL.replace("PARAMETER", "str = Depends(get_name)"))["app"]
    assert request(as_default, "GET", "/").json() == "ada"
    try:
        annotated = execute(LOCAL.replace("PARAMETER", "Annotated[str, Depends(get_name)]"))["app"]
    except Exception:
        return
    assert request(annotated, "GET", "/").status_code != 200


def test_as_text_what_depends_is_given_is_made_for_every_route() -> None:
    as_default = execute(ANEW.replace("PARAMETER", 'str = Depends(Allow("admin"))'))
    annotated = execute(ANEW.replace("PARAMETER", 'Annotated[str, Depends(Allow("admin"))]'))
    assert len(as_default["made"]) == 1
    assert len(annotated["made"]) > 1
