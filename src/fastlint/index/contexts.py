"""The expressions of a block of code, each with what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple, get_args

from fastlint.index import syntax
from fastlint.index.syntax import Expr


class Reading(NamedTuple):
    """An expression and its context.

    `context` is statement, assigned, returned, raised, tested, compared, awaited, iterated, entered,
    argument, receiver, operand, collected, formatted, yielded, target or other; `outer` the expression
    around it, `loop` the innermost loop or comprehension that repeats it.
    """

    node: Expr
    context: str
    outer: Expr | None
    statement: syntax.Statement
    loop: syntax.Node | None


def readings(
    body: tuple[syntax.Statement, ...], *kinds: type, attributes: frozenset[str] = frozenset()
) -> Iterator[Reading]:
    """Every expression of a block, or those of some kinds and those that read some attributes, outside first.

    Nested functions and lambdas are left out.
    """
    wanted = _wanted((*kinds, *(READING if attributes else ())))
    for statement, loop in _repeated(body, None):
        for node, context in _roots(statement):
            within = statement if type(statement) is syntax.Loop and statement.target is None else loop
            if type(node) in wanted:
                yield from _walk(node, context, (statement, within), (kinds, attributes, wanted))


READING = (syntax.Ref, syntax.Attribute)


def _reads(node: Expr, attributes: frozenset[str]) -> bool:
    if type(node) is syntax.Ref:
        return "." in node.path and not attributes.isdisjoint(node.path.split(".")[1:])
    return type(node) is syntax.Attribute and node.name in attributes


@cache
def _wanted(kinds: tuple[type, ...]) -> frozenset[type]:
    """The kinds of expressions that are looked for, or looked into."""
    return frozenset((*(kinds or get_args(Expr)), *_INSIDE))


def _repeated(
    body: tuple[syntax.Statement, ...], loop: syntax.Node | None
) -> Iterator[tuple[syntax.Statement, syntax.Node | None]]:
    """Every statement, with the loop that repeats it."""
    for statement in body:
        yield statement, loop
        inner = statement if type(statement) is syntax.Loop else loop
        for block in syntax.blocks(statement):
            yield from _repeated(block, inner)


Contexts = list[tuple[Expr, str]]


def _roots(statement: syntax.Statement) -> Contexts:
    roots = _ROOTS.get(type(statement))
    if roots is not None:
        return roots(statement)
    return [(node, "other") for node in syntax.expressions(statement)]


def _assigned(node: syntax.Assign) -> Contexts:
    value: Contexts = [] if node.value is None else [(node.value, "assigned")]
    return value + [(target, "other") for target in node.targets if type(target) is not syntax.Ref]


_ROOTS: dict[type, Callable[[Any], Contexts]] = {
    syntax.Evaluate: lambda node: [(node.value, "tested" if node.asserted else "statement")],
    syntax.Return: lambda node: [] if node.value is None else [(node.value, "returned")],
    syntax.Raise: lambda node: [] if node.value is None else [(node.value, "raised")],
    syntax.Assign: _assigned,
    syntax.If: lambda node: [(node.test, "tested")],
    syntax.Loop: lambda node: [(node.source, "tested" if node.target is None else "iterated")],
    syntax.With: lambda node: [(item.context, "entered") for item in node.items],
}


def _walk(
    node: Expr,
    context: str,
    around: tuple[syntax.Statement, syntax.Node | None],
    sought: tuple[tuple[type, ...], frozenset[str], frozenset[type]],
) -> list[Reading]:
    found: list[Reading] = []
    statement, loop = around
    kinds, attributes, wanted = sought
    waiting: list[tuple[Expr, str, Expr | None, syntax.Node | None]] = [(node, context, None, loop)]
    while waiting:
        node, context, outer, loop = waiting.pop()
        kind = type(node)
        if not kinds or kind in kinds or (attributes and _reads(node, attributes)):
            found.append(Reading(node, context, outer, statement, loop))
        inside = _INSIDE.get(kind)
        if inside is None:
            continue
        within = node if kind is syntax.Comprehension else loop
        inner = inside(node, context)
        if kind is syntax.Comprehension:
            source, where = inner.pop(0)  # what the first loop goes over is made once
            later = [(each, what, node, within) for each, what in reversed(inner) if type(each) in wanted]
            waiting.extend(later)
            waiting.append((source, where, node, loop))
            continue
        waiting.extend([(each, what, node, within) for each, what in reversed(inner) if type(each) in wanted])
    return found


def _called(node: syntax.Call, context: str) -> Contexts:
    arguments = [(argument, "argument") for argument in node.args]
    keywords = [(keyword.value, "argument") for keyword in node.keywords]
    return [(node.func, "receiver"), *arguments, *keywords]


def _generated(node: syntax.Comprehension, context: str) -> Contexts:
    found: Contexts = []
    for loop in node.generators:
        found.append((loop.source, "iterated"))
        found.extend((condition, "tested") for condition in loop.conditions)
    return found + [(element, "collected") for element in node.elements]


def _starred(node: syntax.Starred, context: str) -> Contexts:
    return [(node.value, context if type(node.value) is syntax.Call else "iterated")]


def _yielded(node: syntax.Yield, context: str) -> Contexts:
    return [] if node.value is None else [(node.value, "iterated" if node.delegates else "yielded")]


_COMPARED = {
    "not": "tested",
    "compare": "compared",
    "in": "compared",
    "is": "compared",
    "is not": "compared",
    "slice": "other",
}


def _operands(node: syntax.Operation, context: str) -> Contexts:
    operator, operands = node.operator, node.operands
    if operator in ("and", "or"):
        return [*((each, "tested") for each in operands[:-1]), (operands[-1], context)]
    if operator == "if":
        return [(operands[0], "tested"), *((each, context) for each in operands[1:])]
    if operator == ":=":
        return [(operands[0], "target"), (operands[1], context)]
    where = _COMPARED.get(operator, "operand")
    return [(each, where) for each in operands]


_INSIDE: dict[type, Callable[[Any, str], Contexts]] = {
    syntax.Call: _called,
    syntax.Await: lambda node, context: [(node.value, "awaited")],
    syntax.Attribute: lambda node, context: [(node.value, "receiver")],
    syntax.Subscript: lambda node, context: [(node.value, "receiver"), (node.index, "other")],
    syntax.Operation: _operands,
    syntax.Comprehension: _generated,
    syntax.Starred: _starred,
    syntax.Yield: _yielded,
    syntax.Collection: lambda node, context: [(each, "collected") for each in node.items],
    syntax.Mapping: lambda node, context: [(each, "collected") for each in syntax.operands(node)],
    syntax.Template: lambda node, context: [(each, "formatted") for each in node.parts],
}
