"""What the framework gets back from a handler, through the decorators between it and its route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.judging import reaching
from fastlint.model.narrowing import admits
from fastlint.model.returns import Returned, returned
from fastlint.model.values import External, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.routing import Route

DEEPEST = 4
Level = tuple[FunctionValue, ...]


def returning(route: Route, *classes: str) -> tuple[Returned, ...]:
    """The `return`s by which the framework may get an object of some classes.

    Those of the handler, as far as the wrappers around it pass on what they are given, and the wrappers' own.
    Silent where a decorator of the project is not understood; other packages' pass everything on.
    """
    function = FunctionValue(route.handler.scope, route.handler.receiver, route.handler.outer, bare=True)
    found = [each for each in returned(function) if each.may_be(*classes)]
    inner: Level = (function,)
    for decorator in reversed(_below(route)):
        if all(isinstance(value, External) or _is_of_a_library(value) for value in decorator.values()):
            continue
        level = route.project.inference.functions.applied(decorator, inner)
        if level is None:
            return ()
        found = list(_through(level, inner, found, classes))
        inner = level
    return tuple(found)


def _below(route: Route) -> list[Expression]:
    """The decorators of a handler that are applied before its route is registered."""
    nodes, parent = route.function.node.decorators, route.function.parent
    if parent is None:
        return []
    own = None if route.decorator is None else route.decorator.node
    position = next((at for at, node in enumerate(nodes) if node is own), -1)
    names = route.project.inference.functions.decorator_names(route.function)
    pairs = list(zip(nodes, names, strict=True))[position + 1 :]
    registered = route.project.application.route_decorators
    return [
        Expression(node, parent.frame)
        for node, name in pairs
        if id(node) not in registered and not route.project.inference.functions.keeps(name)
    ]


def _is_of_a_library(value: object) -> bool:
    return isinstance(value, Instance) and isinstance(value.cls, External)


def _through(
    level: Level, inner: Level, found: list[Returned], classes: tuple[str, ...]
) -> Iterator[Returned]:
    scopes = [each.scope for each in inner]
    if any(each.scope in scopes for each in level):
        yield from found
        return
    made = tuple(value for each in found for value in each.value.instances(*classes))
    passed = False
    for each in (every for function in level for every in returned(function)):
        if not _gives(each.value, inner, 0):
            if each.may_be(*classes):
                yield each
        elif not passed and any(admits(each.value, value) for value in made):
            passed = True
            yield from found


def _gives(expression: Expression, functions: Level, depth: int) -> bool:
    """Whether an expression may be what a call of one of some functions gives."""
    node = expression.node
    if depth > DEEPEST:
        return False
    match node:
        case syntax.Await():
            return _gives(expression.at(node.value), functions, depth + 1)
        case syntax.Call():
            scopes = [each.scope for each in functions]
            return any(
                isinstance(value, FunctionValue) and value.scope in scopes
                for value in expression.func.values()
            )
        case syntax.Operation(operator="if" | "or" | "and", operands=operands):
            return any(_gives(expression.at(each), functions, depth + 1) for each in operands)
        case syntax.Ref():
            bindings = expression.scope.bindings.get(node.path, [])
            return any(
                binding.kind == "value"
                and binding.value is not None
                and _gives(expression.at(binding.value), functions, depth + 1)
                for binding in (reaching(bindings, node.span) if bindings else ())
            )
        case _:
            return False
