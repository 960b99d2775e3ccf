"""What functions of the project give, where an annotation says no more of it than its class."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.leaving import leaves
from fastlint.model.special import PASSING
from fastlint.model.values import FunctionValue


def given_by(function: FunctionValue, call: Expression | None = None) -> Iterator[Expression]:
    """What a function returns or yields, for the arguments of a call of it where one is given."""
    scope = function.scope
    frame = scope.project.inference.calling.frame(function, call)
    nodes = [each.value for each in yielded(scope)]
    nodes += [each.value for each in scope.statements() if isinstance(each, syntax.Return)]
    yield from (Expression(each, frame) for each in nodes if each is not None)


def behind(expression: Expression) -> Iterator[Expression]:
    """What the function gives that is called: by an expression, or where its name is bound.

    `connection = connect()`, `connect()`, `closing(connect())`; nothing where a name has several values.
    """
    node = expression.node
    if isinstance(node, syntax.Ref):
        bindings = expression.scope.bindings.get(node.path, ())
        if len(bindings) != 1 or bindings[0].kind not in ("value", "enter") or bindings[0].value is None:
            return
        expression = expression.at(bindings[0].value)
    if expression.is_call and expression.func.external() in PASSING:
        yield from expression.args[:1]
        return
    for function in expression.func.values() if expression.is_call else ():
        if isinstance(function, FunctionValue) and not function.scope.node.is_async:
            yield from given_by(function)


def returned_by(call: Expression) -> tuple[Expression, ...]:
    """What a call gives, as the functions that it may be of return it; () where one of them is not known."""
    is_awaited = isinstance(call.node, syntax.Await)
    inner = call.at(call.node.value) if isinstance(call.node, syntax.Await) else call
    found = inner.func.values() if inner.is_call else ()
    given: list[Expression] = []
    for function in found:
        if not isinstance(function, FunctionValue) or function.scope.node.is_generator:
            return ()
        if function.scope.node.is_async != is_awaited or not leaves(function.scope.body):
            return ()
        given += given_by(function, inner)
    return tuple(given)
