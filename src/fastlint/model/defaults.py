"""What a setting is where nobody has set it: defaults of settings, and of the environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.values import Instance

ENVIRONMENT = ("os.getenv", "os.environ.get", "os.environ.setdefault")
KEPT = tuple(f"builtins.str.{name}" for name in ("strip", "lstrip", "rstrip", "lower"))
SPLIT = "builtins.str.split"
CONFIG = "starlette.config.Config"
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and where it is written."""

    text: str
    at: Expression


def text(expression: Expression, depth: int = 0) -> Text | None:
    """The text that an expression stands for, or falls back to when the environment says nothing."""
    literal = expression.literal(syntax.Constant)
    written = expression.string()
    if written is not None:
        return Text(written, literal or expression)
    call = _call(expression)
    if call is None or depth > DEEPEST:
        return None
    name = call.func.external()
    inner: Expression | None = None
    if name in ENVIRONMENT:
        inner = call.argument("default", 1)
    elif call.func.instances(CONFIG):
        inner = call.argument("default", 2)
    elif name in KEPT:
        inner = call.func.owner
    return None if inner is None else text(inner, depth + 1)


def texts(expression: Expression, depth: int = 0) -> Iterator[Text]:
    """The texts that are in a list for certain, written out or split from a default, maybe not all."""
    if depth > DEEPEST:
        return
    node = expression.node
    if isinstance(node, syntax.Starred):
        yield from texts(expression.at(node.value), depth + 1)
        return
    added = expression.literal(syntax.Operation)
    listed = expression.literal(syntax.Collection)
    if listed is not None and isinstance(listed.node, syntax.Collection):
        for item in listed.node.items:
            yield from _member(listed.at(item), depth)
    elif added is not None and isinstance(added.node, syntax.Operation) and added.node.operator == "+":
        for operand in added.node.operands:
            yield from texts(added.at(operand), depth + 1)
    else:
        yield from _split(expression, depth)


def _member(item: Expression, depth: int) -> Iterator[Text]:
    if isinstance(item.node, syntax.Starred):
        yield from texts(item, depth + 1)
    elif (found := text(item)) is not None:
        yield found


def _split(expression: Expression, depth: int) -> Iterator[Text]:
    call = _call(expression)
    if call is None or call.func.external() != SPLIT:
        return
    receiver = call.func.owner
    whole = None if receiver is None else text(receiver, depth + 1)
    by = call.argument("sep", 0)
    separator = None if by is None else by.string()
    if whole is not None and separator != "":
        yield from (Text(part, whole.at) for part in whole.text.split(separator))


def _call(expression: Expression) -> Expression | None:
    """The call that makes what an expression stands for."""
    value = expression.value()
    site = value.site if isinstance(value, Instance) else None
    if site is None and isinstance(expression.node, syntax.Call):
        return expression
    return site if site is not None and isinstance(site.node, syntax.Call) else None
