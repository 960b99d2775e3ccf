"""Arguments and entries of the concrete syntax: found by name, renamed, taken out with their layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from fastlint.api import Expression, Place, cst, syntax

Listed = TypeVar("Listed", "cst.Arg", "cst.BaseDictElement")

PARAMETERS = tuple(
    f"{module}.{name}"
    for module in ("fastapi", "fastapi.params")
    for name in ("Query", "Path", "Body", "Form", "Header", "Cookie", "File")
)
"""The functions and classes that say what a parameter of a route is."""


def keywords(call: Expression) -> Iterator[tuple[str, Place]]:
    """The keyword arguments that are written in a call, each with the place of all of `name=value`."""
    assert isinstance(call.node, syntax.Call)
    for keyword in call.node.keywords:
        if keyword.name is not None:
            yield keyword.name, Place(call.place.path, keyword.span)


def is_plain(call: Expression) -> bool:
    """Whether all that a call passes is written out, without `*` and `**`."""
    assert isinstance(call.node, syntax.Call)
    starred = any(isinstance(each, syntax.Starred) for each in call.node.args)
    return not starred and all(each.name is not None for each in call.node.keywords)


def named(call: cst.Call, name: str) -> cst.Arg | None:
    """The keyword argument of a name."""
    found = (each for each in call.args if each.keyword is not None and each.keyword.value == name)
    return next(found, None)


def renamed(argument: cst.Arg, name: str) -> cst.Arg:
    return argument.with_changes(keyword=cst.Name(name))


def without(items: Sequence[Listed], *gone: object) -> list[Listed]:
    """The arguments of a call, or the entries of a dict, with some left out and the layout kept."""
    left = [item for item in items if not any(item is each for each in gone)]
    if left and left[-1] is not items[-1]:
        left[-1] = _as_last(left[-1], items[-1])
    return left


def _as_last(item: Listed, last: Listed) -> Listed:
    """An item that ends as the last one did: with or without a comma, before the same bracket."""
    comma = last.comma
    if isinstance(comma, cst.Comma) and isinstance(item.comma, cst.Comma):
        comma = comma.with_changes(whitespace_after=_joined(item.comma, comma))
    if isinstance(last, cst.Arg):
        return item.with_changes(comma=comma, whitespace_after_arg=last.whitespace_after_arg)
    return item.with_changes(comma=comma)


def _joined(own: cst.Comma, last: cst.Comma) -> cst.BaseParenthesizableWhitespace:
    """The comment behind an item, and the line that follows the last one."""
    line, end = own.whitespace_after, last.whitespace_after
    if isinstance(line, cst.ParenthesizedWhitespace) and isinstance(end, cst.ParenthesizedWhitespace):
        return end.with_changes(first_line=line.first_line)
    return end


def call_without(call: cst.Call, *gone: object) -> cst.Call:
    """A call with some arguments left out; without any, its brackets stand together."""
    left = without(call.args, *gone)
    before = call.whitespace_before_args if left else cst.SimpleWhitespace("")
    return call.with_changes(args=left, whitespace_before_args=before)


def without_entry(mapping: cst.Dict, entry: cst.DictElement) -> cst.Dict:
    """A `{...}` with one entry left out and the layout kept."""
    left = without(mapping.elements, entry)
    changed = mapping.with_changes(elements=left)
    if not left or entry is not mapping.elements[-1]:
        return changed
    above, end = mapping.elements[-2].comma, mapping.rbrace.whitespace_before
    line = above.whitespace_after if isinstance(above, cst.Comma) else None
    if not isinstance(line, cst.ParenthesizedWhitespace) or not isinstance(end, cst.ParenthesizedWhitespace):
        return changed
    kept = end.with_changes(first_line=line.first_line)
    return changed.with_changes(rbrace=mapping.rbrace.with_changes(whitespace_before=kept))


def keyword(name: str, value: cst.BaseExpression) -> cst.Arg:
    """`name=value`."""
    tight = cst.SimpleWhitespace("")
    equal = cst.AssignEqual(whitespace_before=tight, whitespace_after=tight)
    return cst.Arg(value, keyword=cst.Name(name), equal=equal)


def first(call: cst.Call, argument: cst.Arg) -> cst.Arg:
    """An argument to stand before those of a call, on a line of its own where they have theirs."""
    before = call.whitespace_before_args
    commas = [each.comma for each in call.args[:-1] if isinstance(each.comma, cst.Comma)]
    space: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if isinstance(before, cst.ParenthesizedWhitespace) and any(map(_breaks, commas)):
        space = cst.ParenthesizedWhitespace(indent=before.indent, last_line=before.last_line)
    return argument.with_changes(comma=cst.Comma(whitespace_after=space))


def _breaks(comma: cst.Comma) -> bool:
    return isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace)
