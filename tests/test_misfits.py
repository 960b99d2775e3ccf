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


def found(gives: str, body: str) -> Misfit | None:
    code = f"{HEAD}\ndef get() -> {gives}: return load()\ndef read(it: User = Depends(get)):\n    {body}\n"
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
    ],
)
def test_what_is_done_with_a_parameter_tells_whether_the_other_type_works(
    gives: str, body: str, missing: str, is_alike: bool
) -> None:
    each = found(gives, body)
    assert each is not None
    assert (each.missing, each.is_alike) == (missing, is_alike)


@pytest.mark.parametrize(
    ("gives", "body"), [("User", "return it"), ("Any", "return it"), ("int", "return 1")]
)
def test_what_fits_and_what_nobody_reads_is_none(gives: str, body: str) -> None:
    assert found(gives, body) is None
