"""Types as they are written, and what a value of one can be or hold.

What is not known has no parts, so that silence never means safety but never accuses either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.scopes import ClassScope
from fastlint.model.typevariables import outside, type_variable, type_variables
from fastlint.model.typing import CONTAINERS, GENERIC_ALIASES, TRANSPARENT_FORMS
from fastlint.model.values import ClassValue, External, Instance, TypeForm

if TYPE_CHECKING:
    from fastlint.model.schemas import Schema

NAMED_TYPES = ("typing.NewType", "typing.TypeAliasType")
OPEN = ("typing.Any", "builtins.object", *CONTAINERS)
DEEPEST = 12
NOTHING: Mapping[object, Shape] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a value of a type can be or hold.

    A `schema`, a class of another package by its `name`, or anything at all: nothing filters what `is_open`.
    """

    schema: Schema | None = None
    name: str = ""
    is_open: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Shape:
    """A type as it is written; `bound` is what its type variables stand for."""

    expression: Expression
    bound: Mapping[object, Shape] = field(default_factory=lambda: NOTHING)

    def parts(self) -> Iterator[Part]:
        """What a value can be or hold, through containers, unions, aliases and type variables."""
        yield from _parts(self, 0)

    def schemas(self) -> Iterator[Schema]:
        """The schemas among its parts."""
        for part in self.parts():
            if part.schema is not None:
                yield part.schema

    @property
    def key(self) -> tuple[object, ...]:
        """The same for the same type, written at the same place and bound in the same way."""
        return (id(self.expression.node), *(each.key for each in self.bound.values()))

    def at(self, node: syntax.Expr) -> Shape:
        """Another node of the same expression as a type."""
        return Shape(self.expression.at(node), self.bound)

    def arguments(self, node: syntax.Subscript) -> tuple[Shape, ...]:
        """What stands in the brackets of `dict[str, User]`."""
        index = node.index
        is_tuple = isinstance(index, syntax.Collection) and index.kind == "tuple"
        nodes = index.items if is_tuple and isinstance(index, syntax.Collection) else (index,)
        return tuple(self.at(each) for each in nodes)


def _parts(shape: Shape, depth: int) -> Iterator[Part]:
    expression = shape.expression
    node = expression.node
    if depth > DEEPEST:
        return
    if isinstance(node, syntax.Constant):
        inner = expression.project.inference.annotations.unquoted(expression)
        if inner is not None:
            yield from _parts(Shape(inner, shape.bound), depth + 1)
    elif isinstance(node, syntax.Subscript):
        yield from _subscripted(shape, node, depth)
    elif isinstance(node, syntax.Operation) and node.operator == "|":
        for operand in node.operands:
            yield from _parts(shape.at(operand), depth + 1)
    elif isinstance(node, syntax.Call):
        yield from _constrained(shape, depth)
    elif isinstance(node, (syntax.Ref, syntax.Attribute)):
        yield from _named(shape, depth)


def _named(shape: Shape, depth: int) -> Iterator[Part]:
    variable = type_variable(shape.expression)
    if variable is not None:
        bound = shape.bound.get(variable)
        if bound is not None:
            yield from _parts(bound, depth + 1)
        elif isinstance(variable, Expression) or isinstance(shape.expression.scope, ClassScope):
            yield Part(is_open=True)
        return
    value = outside(shape.expression).value()
    match value:
        case ClassValue():
            yield from _of_class(value, ())
        case External():
            name = GENERIC_ALIASES.get(value.name, value.name)
            yield Part(name=name, is_open=name in OPEN or _is_page(name))
        case TypeForm():
            yield from _parts(Shape(value.expression), depth + 1)
        case Instance() if value.external in NAMED_TYPES and value.site is not None:
            for argument in value.site.args[1:2]:
                yield from _parts(Shape(argument), depth + 1)
        case _:
            pass


def _subscripted(shape: Shape, node: syntax.Subscript, depth: int) -> Iterator[Part]:
    value = outside(shape.at(node.value).expression).value()
    arguments = shape.arguments(node)
    match value:
        case ClassValue():
            yield from _of_class(value, arguments)
        case TypeForm():
            variables = tuple(dict.fromkeys(type_variables(value.expression)))
            bound = dict(zip(variables, arguments, strict=False))
            yield from _parts(Shape(value.expression, bound), depth + 1)
        case External():
            for argument in _held_by(GENERIC_ALIASES.get(value.name, value.name), arguments):
                yield from _parts(argument, depth + 1)
        case _:
            pass


def _held_by(name: str, arguments: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The arguments of a generic of another package that its values are or hold."""
    if name in TRANSPARENT_FORMS and name != "typing.ClassVar":
        return arguments[:1]
    if name in ("typing.Generator", "typing.AsyncGenerator"):
        return arguments[:1]
    return arguments if name == "typing.Union" or name in CONTAINERS or _is_page(name) else ()


def _is_page(name: str) -> bool:
    """https://uriyyo-fastapi-pagination.netlify.app: a generic model of a list's pages."""
    return name.startswith("fastapi_pagination.") and name.endswith("Page")


def _constrained(shape: Shape, depth: int) -> Iterator[Part]:
    """`constr(...)`, `conlist(Item, ...)`."""
    name = shape.expression.func.external()
    if name == "pydantic.constr":
        yield Part(name="builtins.str")
    elif name in ("pydantic.conlist", "pydantic.conset"):
        for argument in shape.expression.args[:1]:
            yield from _parts(Shape(argument, shape.bound), depth + 1)


def _of_class(cls: ClassValue, arguments: tuple[Shape, ...]) -> Iterator[Part]:
    schema = cls.scope.project.schemas.schema(cls, arguments)
    if schema is not None:
        yield Part(schema=schema)
        return
    for name in cls.scope.project.inference.classes.external_bases(cls):
        yield Part(name=name)
