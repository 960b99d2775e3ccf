"""The facts of one file: its syntax, reduced to what the model asks about.

A small tree in place of `ast`: typed, serialisable and a fraction of its size. A dotted name is one `Ref`,
operators keep their operands only, and what nothing can ask about (docstrings, `pass`) is left out.
Everything is a msgspec struct, so that a module's facts go to a cache or another process as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

from msgspec import Struct

from fastlint.diagnostic import Span
from fastlint.suppression import Suppression


class Node(Struct, frozen=True, array_like=True, tag=True, gc=False, eq=False):
    """Something in the source; equal only to itself, so that it can stand for its place."""

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
    value: Union[str, int, float, bool, None]


class Collection(Node):
    """A list, tuple or set; `kind` is its type's name."""

    kind: str
    items: tuple[Expr, ...]


class Mapping(Node):
    """A dict; a key of None stands for `**value`."""

    keys: tuple[Union[Expr, None], ...]
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

    value: Union[Expr, None]
    delegates: bool


class Starred(Node):
    value: Expr


class Operation(Node):
    """Operands under an operator: `and`, `or`, `not`, `if` (test, then, else), `compare`, `:=`, `|`, `+`, ..."""

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
    """An expression of which only the place matters."""


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
    value: Union[Expr, None]
    annotation: Union[Expr, None]
    augmented: bool


class Alias(Node):
    """`type Name = value`."""

    name: str
    value: Expr


class Evaluate(Node):
    """An expression as a statement."""

    value: Expr


class Return(Node):
    value: Union[Expr, None]


class Raise(Node):
    value: Union[Expr, None]


class Scoped(Node):
    """`global` or `nonlocal`."""

    names: tuple[str, ...]


class If(Node):
    test: Expr
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


class Loop(Node):
    """`for target in source` or, without a target, `while source`."""

    target: Union[Expr, None]
    source: Expr
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]
    is_async: bool


class WithItem(Node):
    context: Expr
    target: Union[Expr, None]


class With(Node):
    items: tuple[WithItem, ...]
    body: tuple[Statement, ...]
    is_async: bool


class Handler(Node):
    """`except kind as name`."""

    kind: Union[Expr, None]
    name: str
    body: tuple[Statement, ...]


class Try(Node):
    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Statement, ...]
    final: tuple[Statement, ...]


class Case(Node):
    guard: Union[Expr, None]
    body: tuple[Statement, ...]


class Match(Node):
    subject: Expr
    cases: tuple[Case, ...]


class Parameter(Node):
    """`kind` is positional, normal, keyword, args or kwargs."""

    name: str
    kind: str
    annotation: Union[Expr, None]
    default: Union[Expr, None]


class Function(Node):
    """A function, method or lambda. Its span is that of its name; `head` is the whole `def ...:` line."""

    name: str
    parameters: tuple[Parameter, ...]
    decorators: tuple[Expr, ...]
    returns: Union[Expr, None]
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


Expr = Union[
    Ref,
    Attribute,
    Call,
    Constant,
    Collection,
    Mapping,
    Template,
    Subscript,
    Await,
    Yield,
    Starred,
    Operation,
    Comprehension,
    Lambda,
    Opaque,
]
Statement = Union[
    Import,
    Assign,
    Alias,
    Evaluate,
    Return,
    Raise,
    Scoped,
    If,
    Loop,
    With,
    Try,
    Match,
    Function,
    Class,
]


class Module(Struct, frozen=True, array_like=True, eq=False):
    """The facts of one file; `path` is relative to the project root."""

    path: str
    body: tuple[Statement, ...]
    suppressions: tuple[Suppression, ...] = ()
    lines: int = 0


def operands(node: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside an expression, in source order; a lambda's body is not inside."""
    match node:
        case Call():
            return (node.func, *node.args, *(keyword.value for keyword in node.keywords))
        case Attribute() | Await() | Starred():
            return (node.value,)
        case Collection():
            return node.items
        case Mapping():
            return (*(key for key in node.keys if key is not None), *node.values)
        case Template():
            return node.parts
        case Subscript():
            return (node.value, node.index)
        case Yield():
            return () if node.value is None else (node.value,)
        case Operation():
            return node.operands
        case Comprehension():
            sources = tuple(
                part for loop in node.generators for part in (loop.source, loop.target, *loop.conditions)
            )
            return sources + node.elements
        case _:
            return ()


def expressions(statement: Statement) -> tuple[Expr, ...]:
    """The expressions that a statement evaluates itself, in source order; nested bodies are not its own."""
    match statement:
        case Assign():
            value = () if statement.value is None else (statement.value,)
            return value + tuple(target for target in statement.targets if not isinstance(target, Ref))
        case Evaluate():
            return (statement.value,)
        case Return() | Raise():
            return () if statement.value is None else (statement.value,)
        case If():
            return (statement.test,)
        case Loop():
            return (statement.source,)
        case With():
            return tuple(item.context for item in statement.items)
        case Match():
            return (statement.subject,)
        case Function():
            defaults = (parameter.default for parameter in statement.parameters)
            return (*statement.decorators, *(default for default in defaults if default is not None))
        case Class():
            return (*statement.decorators, *statement.bases)
        case _:
            return ()


def blocks(statement: Statement) -> tuple[tuple[Statement, ...], ...]:
    """The blocks of a compound statement, except for those of functions and classes."""
    match statement:
        case If() | Loop():
            return (statement.body, statement.orelse)
        case With():
            return (statement.body,)
        case Try():
            return (
                statement.body,
                *(handler.body for handler in statement.handlers),
                statement.orelse,
                statement.final,
            )
        case Match():
            return tuple(case.body for case in statement.cases)
        case _:
            return ()


def statements(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """Every statement of a body and its nested blocks, in source order; nested functions are one statement."""
    for statement in body:
        yield statement
        for block in blocks(statement):
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
    first, last, span = block[0].span, block[-1].span, inner.span
    starts_in = (first.line, first.column) <= (span.line, span.column)
    return starts_in and (span.end_line, span.end_column) <= (last.end_line, last.end_column)


def walk(expression: Expr) -> Iterator[Expr]:
    """An expression and all that is inside it, outside first."""
    yield expression
    for operand in operands(expression):
        yield from walk(operand)
