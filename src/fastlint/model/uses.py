"""The calls of a function's own body, and what becomes of what they give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.expression import Expression
from fastlint.model.scopes import Frame


@dataclass(frozen=True, slots=True)
class Use:
    """One call and its context.

    `context` is statement, assigned, returned, raised, tested, compared, awaited, iterated, entered,
    argument, receiver, collected, formatted, yielded or other; `outer` the expression around it.
    """

    call: Expression
    context: str
    outer: Expr | None
    statement: syntax.Statement


def uses(frame: Frame) -> Iterator[Use]:
    """Every call of a scope's own body, nested functions and lambdas left out."""
    for statement in frame.scope.statements():
        for node, context in _roots(statement):
            for found, where, outer in _walk(node, context, None):
                yield Use(Expression(found, frame), where, outer, statement)


def _roots(statement: syntax.Statement) -> Iterator[tuple[Expr, str]]:
    match statement:
        case syntax.Evaluate():
            yield statement.value, "statement"
        case syntax.Return() if statement.value is not None:
            yield statement.value, "returned"
        case syntax.Raise() if statement.value is not None:
            yield statement.value, "raised"
        case syntax.Assign() if statement.value is not None:
            yield statement.value, "assigned"
        case syntax.If():
            yield statement.test, "tested"
        case syntax.Loop():
            yield statement.source, "tested" if statement.target is None else "iterated"
        case syntax.With():
            for item in statement.items:
                yield item.context, "entered"
        case _:
            for node in syntax.expressions(statement):
                yield node, "other"
    if isinstance(statement, syntax.Assign):
        for target in statement.targets:
            if not isinstance(target, syntax.Ref):
                yield target, "other"


def _walk(node: Expr, context: str, outer: Expr | None) -> Iterator[tuple[syntax.Call, str, Expr | None]]:
    if isinstance(node, syntax.Call):
        yield node, context, outer
    for inner, where in _inside(node, context):
        yield from _walk(inner, where, node)


def _inside(node: Expr, context: str) -> Iterator[tuple[Expr, str]]:
    match node:
        case syntax.Call():
            yield node.func, "receiver"
            for argument in node.args:
                yield argument, "argument"
            for keyword in node.keywords:
                yield keyword.value, "argument"
        case syntax.Await():
            yield node.value, "awaited"
        case syntax.Attribute() | syntax.Subscript():
            for position, inner in enumerate(syntax.operands(node)):
                yield inner, "other" if position else "receiver"
        case syntax.Operation():
            yield from _operands(node, context)
        case syntax.Comprehension():
            for loop in node.generators:
                yield loop.source, "iterated"
                for condition in loop.conditions:
                    yield condition, "tested"
            for element in node.elements:
                yield element, "collected"
        case syntax.Starred():
            yield node.value, context if isinstance(node.value, syntax.Call) else "iterated"
        case syntax.Yield() if node.value is not None:
            yield node.value, "iterated" if node.delegates else "yielded"
        case syntax.Collection() | syntax.Mapping():
            for inner in syntax.operands(node):
                yield inner, "collected"
        case syntax.Template():
            for inner in node.parts:
                yield inner, "formatted"
        case _:
            pass


def _operands(node: syntax.Operation, context: str) -> Iterator[tuple[Expr, str]]:
    last = len(node.operands) - 1
    for position, inner in enumerate(node.operands):
        if node.operator == "not":
            yield inner, "tested"
        elif node.operator in ("and", "or"):
            yield inner, context if position == last else "tested"
        elif node.operator == "if":
            yield inner, context if position else "tested"
        elif node.operator == ":=":
            yield inner, "assigned"
        elif node.operator == "compare":
            yield inner, "compared"
        else:
            yield inner, "other"
