"""Calls of `Field`, `constr` and `conlist` with arguments of Pydantic 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.model.expression import Expression
from fastlint.model.pydantic import is_of_v1

if TYPE_CHECKING:
    from fastlint.model.project import Project

FIELD = "Field"
TYPES = ("conbytes", "confrozenset", "conlist", "conset", "constr")


ARGUMENTS = (
    *("allow_mutation", "const", "curtail_length", "example", "max_items", "min_items", "regex"),
    "unique_items",
)
"""The names of the arguments that some of them have no more."""


@dataclass(frozen=True, eq=False)
class V1Field:
    """A call of a function of Pydantic that describes a field; `name` is that of the function."""

    name: str
    site: Expression

    @property
    def project(self) -> Project:
        return self.site.project

    @property
    def place(self) -> Place:
        return self.site.place

    @property
    def given(self) -> tuple[str, ...]:
        """The keyword arguments, as they are written in the call."""
        return tuple(self.site.keywords)


def v1_fields(project: Project) -> Iterator[V1Field]:
    """Every such call, in the order of the source of each module."""
    for module in project.models.naming(*ARGUMENTS):
        called = project.calls.module(module)
        pairs = [pair for name in (FIELD, *TYPES) for pair in called.get(name, ())]
        for scope, node in sorted(pairs, key=lambda pair: pair[1].span):
            func = Expression(node.func, scope.frame)
            is_old = any(each.name in ARGUMENTS for each in node.keywords)
            if is_old and func.external().startswith("pydantic.") and not is_of_v1(func):
                yield V1Field(func.external().rpartition(".")[2], Expression(node, scope.frame))
