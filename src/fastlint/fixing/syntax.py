"""The concrete syntax of one piece of a file: nodes, where they stand, and what a change of them makes."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from fastlint.fixing.text import LINE_END, Lines, Splice, difference, in_order, smaller
from fastlint.source import parse_quietly

if TYPE_CHECKING:
    import libcst as cst
    from libcst.metadata import CodeRange


LAST_LINE_END = re.compile(r"(?:\r\n|\r|\n)\Z")
"""Left out of what libcst reads: it would lose a last carriage return."""

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


class NotReadable(Exception):  # noqa: N818 - it reads as what happened
    """The concrete syntax of a text cannot be had, or would not give the text back."""


class Piece:
    """A run of whole statements at the top level of a file, from one line up to before another.

    Only the piece is parsed: a fix of ten lines costs ten lines, however long the file.
    Raises `NotReadable`.
    """

    def __init__(self, lines: Lines, first_line: int, end_line: int) -> None:
        import libcst

        self.lines = lines
        self.first_line = first_line
        self.start = lines.start(first_line)
        self.text = LAST_LINE_END.sub("", lines.text[self.start : lines.start(end_line)])
        try:
            config = libcst.PartialParserConfig(default_newline=lines.newline)
            self.module = libcst.parse_module(self.text, config)
            self.code = self.module.code
        except (libcst.ParserSyntaxError, RecursionError, ValueError) as error:
            raise NotReadable(str(error).partition("\n")[0]) from error
        self._code_lines = Lines(self.code)
        self._lost = _lost_form_feeds(self.text, self._code_lines)

    def find(self, kinds: tuple[type, ...], start: int, end: int) -> cst.CSTNode | None:
        """The innermost node of these types between two offsets of the file, its own brackets counted or not.
        A decorator is found by what stands behind its `@`.

        Where the two syntax trees see a node's end differently, the only one that begins there is meant.
        """
        import libcst

        exact: cst.CSTNode | None = None
        beginning: list[cst.CSTNode] = []
        meant = [each for each in {type(node) for node in self.positions} if issubclass(each, kinds)]
        for node in self.positions:
            if type(node) not in meant:
                continue
            seen = node.decorator if isinstance(node, libcst.Decorator) else node
            inner, outer = self.inner(seen), self.outer(seen)
            if (start, end) in (inner, outer) and (exact is None or self._is_within(node, exact)):
                exact = node
            elif start in (inner[0], outer[0]):
                beginning.append(node)
        if exact is None and len(beginning) == 1 and not _is_expression(beginning[0]):
            return beginning[0]
        return exact

    def inner(self, node: cst.CSTNode) -> tuple[int, int]:
        """The offsets of a node in the file, without the brackets around it."""
        found = self.positions[node]
        return self._offset(found.start.line, found.start.column), self._offset(
            found.end.line, found.end.column
        )

    def outer(self, node: cst.CSTNode) -> tuple[int, int]:
        """The offsets of a node in the file, with the brackets around it."""
        start, end = self.inner(node)
        left: Any = getattr(node, "lpar", ())
        right: Any = getattr(node, "rpar", ())
        if hasattr(right, "__len__") and left and right:  # those of a class or `with` are its own
            return self.inner(left[0])[0], self.inner(right[-1])[1]
        return start, end

    def claimed(self, node: cst.CSTNode) -> tuple[int, int]:
        """The offsets of all that goes with a node: those of a function or class with its decorators."""
        start, end = self.outer(node)
        decorators = getattr(node, "decorators", ())
        return (self.outer(decorators[0])[0], end) if decorators else (start, end)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, innermost first."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def changed(self, replacements: Mapping[cst.CSTNode, cst.CSTNode]) -> list[Splice]:
        """The file's splices when nodes give way to others, brackets added where the place needs them.

        Raises libcst's validation errors where the result is no syntax.
        """
        from fastlint.fixing.precedence import fitting

        root = self.module
        fitted = {
            old: fitting(self.parents.get(old), old, self._settled(new)) for old, new in replacements.items()
        }
        for old, new in fitted.items():
            root = self._with(root, old, new)  # which says where the result is no syntax
        quickly = self._on_one_line(fitted)
        if quickly is not None:
            return quickly
        return [self._in_file(splice) for splice in difference(self.code, root.code)]

    def _on_one_line(self, replacements: Mapping[cst.CSTNode, cst.CSTNode]) -> list[Splice] | None:
        """The splices of expressions that have no lines of their own: no other code has to be made anew."""
        import libcst

        whole: list[Splice] = []
        for old, new in replacements.items():
            if not isinstance(old, libcst.BaseExpression) or not isinstance(new, libcst.BaseExpression):
                return None
            start, end = self.outer(old)
            code = self.module.code_for_node(new)
            if LINE_END.search(code) or LINE_END.search(self.lines.text, start, end):
                return None
            whole.append(Splice(start, end, code))
        if any(one.end > other.start for one, other in pairwise(in_order(whole))):
            return None
        return [small for splice in whole for small in smaller(self.lines.text, splice)]

    def lost_comments(self, old: cst.CSTNode, new: cst.CSTNode | None) -> list[str]:
        """The comments inside a node that its replacement does not have."""
        missing = Counter(_comments(old))
        if new is not None:
            missing -= Counter(_comments(new))
        return list(missing.elements())

    def statement_line(self, node: cst.CSTNode) -> int:
        """The line (from 1, in the file) on which the statement around a node begins."""
        import libcst

        statements = (libcst.SimpleStatementLine, libcst.BaseCompoundStatement)
        found = next(
            (each for each in (node, *self.ancestors(node)) if isinstance(each, statements)), self.module
        )
        return self.lines.number(self.inner(found)[0])

    @cached_property
    def positions(self) -> Mapping[cst.CSTNode, CodeRange]:
        from fastlint.fixing.positions import positions

        return positions(self.module)

    @cached_property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        pending: list[cst.CSTNode] = [self.module]
        while pending:
            node = pending.pop()
            for child in children(node):
                found[child] = node
                pending.append(child)
        return found

    def _settled(self, node: cst.CSTNode) -> cst.CSTNode:
        """New code, with brackets around old code in it that its new surroundings would tear apart."""
        from fastlint.fixing.precedence import bracketed, falls_apart

        if node in self.parents:
            return node
        settled = node
        for child in children(node):
            moved = child in self.parents and type(self.parents[child]) is not type(node)
            apart = moved and falls_apart(node, child)
            new = bracketed(child) if apart else self._settled(child)
            if new is not child:
                settled = _replaced(settled, [_step(node, child)], new)
        return settled

    def _with(self, root: cst.Module, old: cst.CSTNode, new: cst.CSTNode) -> cst.Module:
        """The tree with one node replaced. Only the nodes above it are built anew."""
        path = [old, *self.ancestors(old)]
        steps = [_step(parent, child) for child, parent in pairwise(path)]
        return cast("cst.Module", _replaced(root, list(reversed(steps)), new))

    def _is_within(self, node: cst.CSTNode, other: cst.CSTNode) -> bool:
        return any(each is other for each in self.ancestors(node))

    def _offset(self, line: int, column: int) -> int:
        """The offset in the file of a position in the piece's code."""
        start = self.lines.start(self.first_line + line - 1)
        return start + column + self._lost.get(line, 0)

    def _in_file(self, splice: Splice) -> Splice:
        start, end = (self._in_file_at(offset) for offset in (splice.start, splice.end))
        return Splice(start, end, splice.content)

    def _in_file_at(self, offset: int) -> int:
        line = self._code_lines.number(offset)
        return self._offset(line, offset - self._code_lines.start(line))


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes directly below a node, whitespace and comments included."""
    for name in _fields(type(node)):
        value: Any = getattr(node, name)
        if isinstance(value, (list, tuple)):
            yield from filter(_is_node, cast("Sequence[Any]", value))
        elif _is_node(value):
            yield value


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _is_node(value: Any) -> bool:
    return _is_kind_of_node(value.__class__)


@cache  # asking an abstract class takes long
def _is_kind_of_node(kind: type[object]) -> bool:
    import libcst

    return issubclass(kind, libcst.CSTNode)


def names(node: cst.CSTNode) -> Iterator[str]:
    """Every name that the code of a node reads or binds: no attributes, no keywords of arguments."""
    import libcst

    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, libcst.Name):
            yield each.value
        if isinstance(each, (libcst.Attribute, libcst.Arg)):
            pending.append(each.value)
        else:
            pending += children(each)


def grade(text: str) -> int:
    """How far a text can be read: 3 this Python compiles it, 2 parses it, 1 a newer one may, 0 none."""
    try:
        tree = parse_quietly(text)
    except UNREADABLE:
        return 1 if _newer_python_reads(text) else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the user's code, which said so before
            compile(tree, "<fix>", "exec", dont_inherit=True)
    except UNREADABLE:
        return 2
    return 3


def _newer_python_reads(text: str) -> bool:
    from fastlint.index.lowering import lower

    lowered = lower(text)
    try:
        return lowered is not None and bool(parse_quietly(lowered))
    except UNREADABLE:
        return False


def _step(parent: cst.CSTNode, child: cst.CSTNode) -> tuple[str, int | None]:
    """Where a child hangs: its field, and its index in it."""
    for field in fields(parent):
        value: Any = getattr(parent, field.name)
        if value is child:
            return field.name, None
        if isinstance(value, (list, tuple)):
            for index, each in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] # any field
                if each is child:
                    return field.name, index
    raise LookupError("the node is not below its parent")


def _replaced(node: cst.CSTNode, steps: list[tuple[str, int | None]], new: cst.CSTNode) -> cst.CSTNode:
    path = [node]
    for name, index in steps:
        value: Any = getattr(path[-1], name)
        path.append(value if index is None else value[index])
    for (name, index), parent in zip(reversed(steps), reversed(path[:-1]), strict=True):
        if index is None:
            new = parent.with_changes(**{name: new})
        else:
            siblings: list[Any] = list(getattr(parent, name))
            siblings[index] = new
            new = parent.with_changes(**{name: siblings})
    return new


def _comments(node: cst.CSTNode) -> Iterator[str]:
    import libcst

    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, libcst.Comment):
            yield each.value
        pending += reversed(list(children(each)))


def _is_expression(node: cst.CSTNode) -> bool:
    import libcst

    return isinstance(node, libcst.BaseExpression)


def _lost_form_feeds(text: str, code: Lines) -> dict[int, int]:
    """How many characters libcst drops at the start of each line: form feeds, which mean nothing there."""
    if code.text == text:
        return {}
    lines = Lines(text)
    if len(lines) != len(code):
        raise NotReadable("its syntax tree does not give the text back")
    lost: dict[int, int] = {}
    for number in range(1, len(lines) + 1):
        before, after = lines.line(number), code.line(number)
        if before == after:
            continue
        if re.sub(r"^[ \t\f\ufeff]*", "", before) != re.sub(r"^[ \t\f]*", "", after):
            raise NotReadable("its syntax tree does not give the text back")
        lost[number] = len(before) - len(after)
    return lost
