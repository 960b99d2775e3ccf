"""What annotations say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.index.indexer import expression as parse_expression
from fastlint.index.syntax import Expr
from fastlint.model.expression import Expression
from fastlint.model.generics import VARIABLE
from fastlint.model.typing import GENERIC_ALIASES, TRANSPARENT_FORMS
from fastlint.model.values import (
    ClassValue,
    External,
    Instance,
    TypeForm,
    Value,
    Values,
)

if TYPE_CHECKING:
    pass
if TYPE_CHECKING:
    from fastlint.model.inference import Inference


class Annotations:
    """Reads types."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.project = inference.project
        self.knowledge = inference.knowledge

    def annotated(self, expression: Expression) -> Values:
        """The objects that a name annotated with this expression can hold."""
        frame = expression.frame
        key = ("annotated", id(expression.node), frame.key, id(frame.scope))
        return self.inference.memo(key, self._objects, expression)

    def _objects(self, expression: Expression) -> Values:
        return tuple(self._annotated(expression))

    def _annotated(self, expression: Expression) -> Iterator[Value]:
        node = expression.node
        if isinstance(node, syntax.Constant):
            inner = self.unquoted(expression)
            if inner is not None:
                yield from self.annotated(inner)
        elif isinstance(node, syntax.Subscript):
            yield from self._subscripted_type(expression, node)
        elif isinstance(node, syntax.Operation) and node.operator == "|":
            for operand in node.operands:
                yield from self.annotated(expression.at(operand))
        elif isinstance(node, (syntax.Ref, syntax.Attribute)):
            for value in expression.values():
                if isinstance(value, Instance) and value.external == VARIABLE:
                    yield from self.inference.generics.argument(value, expression.frame)
                else:
                    yield from self._as_type(value)

    def _as_type(self, value: Value) -> Iterator[Value]:
        if isinstance(value, ClassValue):
            yield Instance(value)
        elif isinstance(value, External):
            name = GENERIC_ALIASES.get(value.name, value.name)
            if name not in ("typing.Any", "builtins.object", "builtins.None"):
                yield Instance(External(name))
        elif isinstance(value, TypeForm):
            yield from self.annotated(value.expression)

    def _subscripted_type(self, expression: Expression, node: syntax.Subscript) -> Iterator[Value]:
        base = expression.at(node.value).value()
        arguments = (
            node.index.items
            if isinstance(node.index, syntax.Collection) and node.index.kind == "tuple"
            else (node.index,)
        )
        parts = [expression.at(argument) for argument in arguments]
        if isinstance(base, External):
            name = GENERIC_ALIASES.get(base.name, base.name)
            if name == "typing.Union":
                for part in parts:
                    yield from self.annotated(part)
            elif name in TRANSPARENT_FORMS:
                yield from self.annotated(parts[0])
            elif name in ("builtins.type", "typing.Callable", "typing.Literal"):
                if name == "builtins.type":
                    yield from (each.cls for each in self.annotated(parts[0]) if isinstance(each, Instance))
            else:
                yield Instance(External(name), args=tuple(self.annotated(part) for part in parts))
        elif isinstance(base, ClassValue):
            yield Instance(base, args=tuple(self.annotated(part) for part in parts))
        elif isinstance(base, TypeForm):
            yield from self.annotated(base.expression)

    def unquoted(self, expression: Expression) -> Expression | None:
        """The expression that a string annotation holds."""
        node = expression.node
        if not isinstance(node, syntax.Constant) or not isinstance(node.value, str):
            return None
        if id(node) not in self._unquoted:
            parsed = self._unquoted[id(node)] = parse_expression(node.value, node.span)
            self.inference.keep(node)
            if parsed is not None:
                self._quoted.update(map(id, syntax.walk(parsed)))
        inner = self._unquoted[id(node)]
        return None if inner is None else expression.at(inner)

    def is_quoted(self, expression: Expression) -> bool:
        """Whether it is code inside a string, where no place is its own."""
        return id(expression.node) in self._quoted

    @cached_property
    def _quoted(self) -> set[int]:
        return set()

    @cached_property
    def _unquoted(self) -> dict[int, Expr | None]:
        return {}
