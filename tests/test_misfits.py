"""Which types an annotation allows, and what is known of a parameter that gets another one."""

from __future__ import annotations

import pytest

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.misfits import Misfit, misfit
from fastlint.model.nominal import classes_of
from fastlint.model.values import ClassValue
from tests.model import project

HEAD = """
from typing import Annotated, Any, Dict, List, Optional, Protocol, Sequence, TypeVar, Union
from elsewhere import Thing
from fastapi import Depends
from pydantic import BaseModel
from sqlalchemy.orm import Session

T = TypeVar("T")
class User(BaseModel):
    name: str
class Row:
    def __init__(self) -> None:
        self.name = "ada"
class Token(BaseModel):
    sub: str
class Open(BaseModel):
    model_config = {"extra": "allow"}
class Heir(Open):
    sub: str
class Loose(BaseModel, extra="allow"):
    sub: str
Alias = User | None
"""


@pytest.mark.parametrize(
    ("annotation", "names"),
    [
        ("User", ["User"]),
        ("'User'", ["User"]),
        ("User | None", ["User", "None"]),
        ("Optional[User]", ["User", "None"]),
        ("Union[int, str]", ["int", "str"]),
        ("Annotated[User, 1]", ["User"]),
        ("Alias", ["User", "None"]),
        ("Dict[str, Any]", ["dict"]),
        ("list[Thing]", ["list"]),
        ("Session", ["Session"]),
        ("None", ["None"]),
        ("Any", None),
        ("object", None),
        ("T", None),
        ("Thing", None),
        ("User | Thing", None),
        ("Sequence[int]", None),
        ("type[User]", None),
        ("unknown", None),
    ],
)
def test_an_annotation_allows_classes_or_what_is_not_known(annotation: str, names: list[str] | None) -> None:
    module = project(f"{HEAD}\ndef read(it: {annotation}): ...\n").module("main.py")
    assert module is not None
    [function] = [each for each in module.functions() if each.name == "read"]
    node = function.node.parameters[0].annotation
    assert isinstance(node, syntax.Node)
    found = classes_of(Expression(node, module.frame))
    assert names == (None if found is None else list(map(_name, found)))


def _name(cls: object) -> str:
    return cls.scope.name if isinstance(cls, ClassValue) else getattr(cls, "name", "").rpartition(".")[2]


def found(gives: str, body: str, wants: str = "User", route: str = "") -> Misfit | None:
    read = f"{route}\ndef read(it: {wants} = Depends(get)):\n    {body}\n"
    code = f"{HEAD}\ndef get() -> {gives}: return load()\n{read}"
    [injection] = [each for each in project(code).dependencies.injections if each.parameter]
    return misfit(injection)


@pytest.mark.parametrize(
    ("gives", "body", "missing", "is_alike"),
    [
        ("int", "return it.name", "name", False),
        ("int", "return it.real", "", False),
        ("dict", "return it['name']", "", True),
        ("dict", "return it.name, it['name']", "name", False),
        ("int", "return it['name']", "", False),
        ("Row", "return it.name", "", True),
        ("Row", "return it.email", "email", False),
        ("Row", "return save(it)", "", False),
        ("Session", "return it.name", "", False),
        ("dict", "return it", "", False),
        ("Token", "return it.name", "name", False),
        ("Token", "return it.sub", "", True),
        ("Token", "return it.model_dump()", "", True),
        ("Token", "return it.dict()", "", True),
        ("Heir", "return it.name", "", True),
        ("Loose", "return it.name", "", True),
    ],
)
def test_what_is_done_with_a_parameter_tells_whether_the_other_type_works(
    gives: str, body: str, missing: str, is_alike: bool
) -> None:
    each = found(gives, body)
    assert each is not None
    assert (each.missing, each.is_alike) == (missing, is_alike)


@pytest.mark.parametrize(
    ("gives", "body", "wants", "is_alike"),
    [
        ("Row", "return it.name", "str", True),
        ("Row", "return it.title", "str", False),
        ("Row", "return it.name", "Session", False),
        ("Row", "return it.name", "User | None", True),
    ],
)
def test_what_the_annotated_type_has_not_is_meant_of_the_other(
    gives: str, body: str, wants: str, is_alike: bool
) -> None:
    each = found(gives, body, wants)
    assert each is not None
    assert each.is_alike == is_alike


@pytest.mark.parametrize(
    ("gives", "body", "is_alike"),
    [
        ("dict", "return it", True),
        ("dict | None", "return it", True),
        ("Row", "return it", True),
        ("int", "return it", False),
        ("Session", "return it", False),
        ("dict", "return it.name or it", False),
        ("dict", "return save(it)", False),
    ],
)
def test_data_that_a_route_returns_as_it_is_works(gives: str, body: str, is_alike: bool) -> None:
    each = found(gives, body, route="from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')")
    assert each is not None
    assert each.is_alike == is_alike


@pytest.mark.parametrize(
    ("gives", "body"), [("User", "return it"), ("Any", "return it"), ("int", "return 1")]
)
def test_what_fits_and_what_nobody_reads_is_none(gives: str, body: str) -> None:
    assert found(gives, body) is None
