"""The expressions of a block of code, each with what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fastlint.index import syntax
from fastlint.index.syntax import Expr


class Reading(NamedTuple):
    """An expression and its context.

    `context` is statement, assigned, returned, raised, tested, compared, awaited, iterated, entered,
    argument, receiver, collected, formatted, yielded, target or other; `outer` the expression around it,
    `loop` the innermost loop or comprehension that repeats it.
    """

    node: Expr
    context: str
    outer: Expr | None
    statement: syntax.Statement
    loop: syntax.Node | None


def readings(body: tuple[syntax.Statement, ...]) -> Iterator[Reading]:
    """Every expression of a block, outside first; nested functions and lambdas are left out."""
    for statement, loop in _repeated(body, None):
        for node, context in _roots(statement):
            within = statement if isinstance(statement, syntax.Loop) and statement.target is None else loop
            for found, where, outer, innermost in _walk(node, context, None, within):
                yield Reading(found, where, outer, statement, innermost)


def _repeated(
    body: tuple[syntax.Statement, ...], loop: syntax.Node | None
) -> Iterator[tuple[syntax.Statement, syntax.Node | None]]:
    """Every statement, with the loop that repeats it."""
    for statement in body:
        yield statement, loop
        inner = statement if isinstance(statement, syntax.Loop) else loop
        for block in syntax.blocks(statement):
            yield from _repeated(block, inner)


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


def _walk(
    node: Expr, context: str, outer: Expr | None, loop: syntax.Node | None
) -> Iterator[tuple[Expr, str, Expr | None, syntax.Node | None]]:
    yield node, context, outer, loop
    for inner, where in _inside(node, context):
        repeats = isinstance(node, syntax.Comprehension) and inner is not node.generators[0].source
        yield from _walk(inner, where, node, node if repeats else loop)


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
            yield inner, context if position else "target"
        elif node.operator == "compare":
            yield inner, "compared"
        else:
            yield inner, "other"
