"""The type variables of generic classes, and what a type's name means where it is written."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.judging import BUILTINS
from fastlint.model.scopes import ClassScope, Frame
from fastlint.model.values import ClassValue, Instance


def type_parameters(cls: ClassValue) -> tuple[object, ...]:
    """The type variables of a class, in the order in which `Class[...]` binds them."""
    scope = cls.scope
    assert scope.parent is not None
    bases = [Expression(node, scope.parent.frame) for node in scope.node.bases]
    for base in bases:
        if isinstance(base.node, syntax.Subscript) and base.at(base.node.value).external() in (
            "typing.Generic",
            "typing.Protocol",
        ):
            return tuple(dict.fromkeys(type_variables(base)))
    found = [variable for base in bases for variable in type_variables(base)]
    if not any(isinstance(variable, Expression) for variable in found):
        found += [variable for each in _annotations(scope) for variable in type_variables(each)]
    return tuple(dict.fromkeys(found))


def _annotations(scope: ClassScope) -> Iterator[Expression]:
    for node in scope.statements():
        if isinstance(node, syntax.Assign) and node.annotation is not None:
            yield Expression(node.annotation, scope.frame)


def type_variables(expression: Expression) -> Iterator[object]:
    """The type variables in a type, from left to right."""
    for each in expression.walk():
        if isinstance(each.node, syntax.Constant) and each.node is not expression.node:
            inner = expression.project.inference.annotations.unquoted(each)
            if inner is not None and isinstance(inner.node, (syntax.Ref, syntax.Subscript, syntax.Operation)):
                yield from type_variables(inner)
        elif isinstance(each.node, syntax.Ref) and (variable := type_variable(each)) is not None:
            yield variable


def type_variable(expression: Expression) -> object | None:
    """What a type variable is known by: the call that makes it, or its name in `class Page[Item]`."""
    node = expression.node
    if not isinstance(node, syntax.Ref):
        return None
    value = outside(expression).value()
    if isinstance(value, Instance) and value.external in ("typing.TypeVar", "typing_extensions.TypeVar"):
        return value.site
    if value is None and "." not in node.path and _is_free(node.path, expression.frame):
        return node.path
    return None


def _is_free(name: str, frame: Frame) -> bool:
    """Whether nothing in the file binds a name: then it is a type parameter of its class."""
    current: Frame | None = frame
    while current is not None:
        if any(binding.annotation is None for binding in current.scope.bindings.get(name, ())):
            return False
        if current.outer is None and (
            current.scope.bindings.get(name) or current.scope.module.stars or name in BUILTINS
        ):
            return False
        current = current.outer
    return True


def outside(expression: Expression) -> Expression:
    """The name of a type as Python reads it: a field `date: date` does not hide what it is named after."""
    scope, node = expression.scope, expression.node
    outer = expression.frame.outer
    if not isinstance(scope, ClassScope) or not isinstance(node, syntax.Ref) or outer is None:
        return expression
    bindings = scope.bindings.get(node.path.partition(".")[0], ())
    if any(binding.annotation is None for binding in bindings):
        return expression
    return outside(Expression(node, outer))
