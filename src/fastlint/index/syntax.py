"""The facts of one file: its syntax, reduced to what the model asks about.

A small tree in place of `ast`: typed, serialisable and a fraction of its size. A dotted name is one `Ref`,
operators keep their operands only, and what nothing can ask about (docstrings, `pass`) is left out.
Everything is a msgspec struct, so that a module's facts go to a cache or another process as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from fastlint.diagnostic import Span


class Node(Struct, array_like=True, tag=True, gc=False, eq=False):
    """Something in the source; equal only to itself, so that it can stand for its place. Never changed."""

    span: Span


# Expressions


class Ref(Node):
    """A dotted name: `app`, `settings.cors.origins`."""

    path: str


class Attribute(Node):
    """An attribute of what is no name: `get_client().get`."""

    value: Expr
    name: str


class Keyword(Node):
    """`name=value` in a call; `**value` has no name."""

    name: str | None
    value: Expr


class Call(Node):
    func: Expr
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]


class Constant(Node):
    value: str | int | float | bool | None


class Collection(Node):
    """A list, tuple or set; `kind` is its type's name."""

    kind: str
    items: tuple[Expr, ...]


class Mapping(Node):
    """A dict; a key of None stands for `**value`."""

    keys: tuple[Expr | None, ...]
    values: tuple[Expr, ...]


class Template(Node):
    """An f-string: its literal parts and its values."""

    parts: tuple[Expr, ...]


class Subscript(Node):
    value: Expr
    index: Expr


class Await(Node):
    value: Expr


class Yield(Node):
    """`yield value`, or `yield from value`."""

    value: Expr | None
    delegates: bool


class Starred(Node):
    value: Expr


class Operation(Node):
    """Operands under an operator: `and`, `not`, `if` (test, then, else), `is`, `in` (`not in` too), `compare`
    (other comparisons, and chains of them), `:=`, `|`, ...
    """

    operator: str
    operands: tuple[Expr, ...]


class Generator(Node):
    """One `for target in source if ...` of a comprehension."""

    target: Expr
    source: Expr
    conditions: tuple[Expr, ...]
    is_async: bool


class Comprehension(Node):
    """`kind` is list, set, dict or generator."""

    kind: str
    elements: tuple[Expr, ...]
    generators: tuple[Generator, ...]


class Lambda(Node):
    function: Function


class Opaque(Node):
    """An expression of which only the place matters.

    Its `text` is that of `...`, `b""` for all bytes that are written out, and else empty.
    """

    text: str = ""


# Statements


class Import(Node):
    """`from module import name as alias`, one name each.

    `name` is empty for `import module`, and `*` for a star import. `level` counts the leading dots.
    """

    module: str
    name: str
    alias: str
    level: int


class Assign(Node):
    """`a = b = value`, `a: annotation = value`, `a += value` (`augmented`)."""

    targets: tuple[Expr, ...]
    value: Expr | None
    annotation: Expr | None
    augmented: bool


class Alias(Node):
    """`type Name = value`."""

    name: str
    value: Expr


class Evaluate(Node):
    """An expression as a statement, or what an `assert` tests (`asserted`)."""

    value: Expr
    asserted: bool = False


class Return(Node):
    value: Expr | None


class Raise(Node):
    value: Expr | None


class Scoped(Node):
    """`global` or `nonlocal`."""

    names: tuple[str, ...]


class If(Node):
    test: Expr
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


class Loop(Node):
    """`for target in source` or, without a target, `while source`."""

    target: Expr | None
    source: Expr
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]
    is_async: bool


class WithItem(Node):
    context: Expr
    target: Expr | None


class With(Node):
    items: tuple[WithItem, ...]
    body: tuple[Statement, ...]
    is_async: bool


class Handler(Node):
    """`except kind as name`."""

    kind: Expr | None
    name: str
    body: tuple[Statement, ...]


class Try(Node):
    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Statement, ...]
    final: tuple[Statement, ...]


class Case(Node):
    guard: Expr | None
    body: tuple[Statement, ...]


class Match(Node):
    subject: Expr
    cases: tuple[Case, ...]


class Parameter(Node):
    """`kind` is positional, normal, keyword, args or kwargs."""

    name: str
    kind: str
    annotation: Expr | None
    default: Expr | None


class Function(Node):
    """A function, method or lambda. Its span is that of its name."""

    name: str
    parameters: tuple[Parameter, ...]
    decorators: tuple[Expr, ...]
    returns: Expr | None
    body: tuple[Statement, ...]
    is_async: bool
    is_generator: bool


class Class(Node):
    """A class. Its span is that of its name."""

    name: str
    bases: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    decorators: tuple[Expr, ...]
    body: tuple[Statement, ...]


Expr = (
    Ref
    | Attribute
    | Call
    | Constant
    | Collection
    | Mapping
    | Template
    | Subscript
    | Await
    | Yield
    | Starred
    | Operation
    | Comprehension
    | Lambda
    | Opaque
)
Statement = (
    Import
    | Assign
    | Alias
    | Evaluate
    | Return
    | Raise
    | Scoped
    | If
    | Loop
    | With
    | Try
    | Match
    | Function
    | Class
)


class Module(Struct, frozen=True, array_like=True, eq=False):
    """The facts of one file; `path` is relative to the project root."""

    path: str
    body: tuple[Statement, ...]


def operands(node: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside an expression, in source order; a lambda's body is not inside."""
    inside = _OPERANDS.get(type(node))
    return () if inside is None else inside(node)


def expressions(statement: Statement) -> tuple[Expr, ...]:
    """The expressions that a statement evaluates itself, in source order; nested bodies are not its own."""
    own = _EXPRESSIONS.get(type(statement))
    return () if own is None else own(statement)


def blocks(statement: Statement) -> tuple[tuple[Statement, ...], ...]:
    """The blocks of a compound statement, except for those of functions and classes."""
    inner = _BLOCKS.get(type(statement))
    return () if inner is None else inner(statement)


def _optional(node: Expr | None) -> tuple[Expr, ...]:
    return () if node is None else (node,)


def _assigned(node: Assign) -> tuple[Expr, ...]:
    return (
        *_optional(node.value),
        *[target for target in node.targets if type(target) is not Ref],
    )


def _defined(node: Function) -> tuple[Expr, ...]:
    defaults = [each.default for each in node.parameters if each.default is not None]
    return (*node.decorators, *defaults)


def _generated(node: Comprehension) -> tuple[Expr, ...]:
    sources = [part for loop in node.generators for part in (loop.source, loop.target, *loop.conditions)]
    return (*sources, *node.elements)


_OPERANDS: dict[type, Callable[[Any], tuple[Expr, ...]]] = {
    Call: lambda node: (node.func, *node.args, *[keyword.value for keyword in node.keywords]),
    Attribute: lambda node: (node.value,),
    Await: lambda node: (node.value,),
    Starred: lambda node: (node.value,),
    Collection: lambda node: node.items,
    Mapping: lambda node: (*[key for key in node.keys if key is not None], *node.values),
    Template: lambda node: node.parts,
    Subscript: lambda node: (node.value, node.index),
    Yield: lambda node: _optional(node.value),
    Operation: lambda node: node.operands,
    Comprehension: _generated,
}
_EXPRESSIONS: dict[type, Callable[[Any], tuple[Expr, ...]]] = {
    Assign: _assigned,
    Evaluate: lambda node: (node.value,),
    Return: lambda node: _optional(node.value),
    Raise: lambda node: _optional(node.value),
    If: lambda node: (node.test,),
    Loop: lambda node: (node.source,),
    With: lambda node: tuple([item.context for item in node.items]),
    Match: lambda node: (node.subject,),
    Function: _defined,
    Class: lambda node: (*node.decorators, *node.bases),
}
_BLOCKS: dict[type, Callable[[Any], tuple[tuple[Statement, ...], ...]]] = {
    If: lambda node: (node.body, node.orelse),
    Loop: lambda node: (node.body, node.orelse),
    With: lambda node: (node.body,),
    Try: lambda node: (node.body, *[each.body for each in node.handlers], node.orelse, node.final),
    Match: lambda node: tuple([case.body for case in node.cases]),
}


def statements(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """Every statement of a body and its nested blocks, in source order; a nested function is one of them."""
    for statement in body:
        yield statement
        inner = _BLOCKS.get(type(statement))
        if inner is not None:
            for block in inner(statement):
                yield from statements(block)


def around(body: tuple[Statement, ...], inner: Node) -> Iterator[Statement]:
    """The compound statements of a body that have a node in one of their blocks, outside first."""
    for statement in body:
        for block in blocks(statement):
            if encloses(block, inner):
                yield statement
                yield from around(block, inner)


def encloses(block: tuple[Statement, ...], inner: Node) -> bool:
    """Whether a node is in a block."""
    if not block:
        return False
    span = inner.span
    return _start(block[0]) <= (span.line, span.column) and (span.end_line, span.end_column) <= _end(
        block[-1]
    )


def _start(statement: Statement) -> tuple[int, int]:
    """Where a statement starts: a function or class, whose span is that of its name, with its decorators."""
    span = statement.span
    if isinstance(statement, (Function, Class)) and statement.decorators:
        span = statement.decorators[0].span
    return span.line, span.column


def _end(statement: Statement) -> tuple[int, int]:
    """Where a statement ends, as far as what is known of it goes."""
    span = statement.span
    found = span.end_line, span.end_column
    if not isinstance(statement, (Function, Class)):
        return found
    if statement.body:
        return max(found, _end(statement.body[-1]))
    return max((found, *((each.span.end_line, each.span.end_column) for each in _written(statement))))


def _written(statement: Function | Class) -> Iterator[Expr]:
    """The annotations, defaults and bases of a definition."""
    if isinstance(statement, Class):
        yield from statement.bases
        return
    for each in (
        statement.returns,
        *(one for p in statement.parameters for one in (p.annotation, p.default)),
    ):
        if each is not None:
            yield each


def evaluated(statement: Statement) -> Iterator[Expr]:
    """All that is inside the expressions that a statement evaluates itself."""
    for expression in expressions(statement):
        yield from walk(expression)


def walk(expression: Expr) -> Iterator[Expr]:
    """An expression and all that is inside it, outside first."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        inside = _OPERANDS.get(type(node))
        if inside is not None:
            waiting.extend(reversed(inside(node)))


def above(root: Expr, node: Expr) -> list[Expr]:
    """The expressions around a node below a root, outside first; [] where it is not below it."""
    for inner in operands(root):
        if inner is node:
            return [root]
        found = above(inner, node)
        if found:
            return [root, *found]
    return []
