"""One file while it is being fixed: what it says, and the changes that were accepted for it."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fastlint.diagnostic import Span
from fastlint.fixing.importing import Range, import_splices
from fastlint.fixing.imports import Wishes
from fastlint.fixing.located import last_line
from fastlint.fixing.scopes import Names
from fastlint.fixing.syntax import NotReadable, Piece, grade
from fastlint.fixing.text import Lines, Splice, merged, spliced
from fastlint.source import Source

OPENED = re.compile(r"""(?<=[\s(\[{,:=])["'](?!["'])""")
MAX_DEPTH = 150
"""How many levels of `ast` nodes a statement may have: libcst takes several calls for each."""


@dataclass
class Change:
    """What one fix does to one file: its splices, the parts they settle, and what it asks of the imports.

    `written` are the names that the new code mentions, `defined` those that it brings.
    """

    splices: list[Splice] = field(default_factory=list[Splice])
    claims: list[Range] = field(default_factory=list[Range])
    wishes: Wishes = field(default_factory=Wishes)
    written: set[str] = field(default_factory=set[str])
    defined: set[str] = field(default_factory=set[str])

    def disturbs(self, other: Change) -> bool:
        """Whether the two claim the same text."""
        return any((a < d and c < b) or (a, b) == (c, d) for a, b in self.claims for c, d in other.claims)

    def repeats(self, other: Change) -> bool:
        return self.claims == other.claims and self.splices == other.splices


class Draft:
    """A file's text, its syntax where it is needed, and the changes accepted so far; `is_shared` is the
    report's.

    Raises `Unreadable` for a file that cannot be decoded or parsed.
    """

    def __init__(
        self, source: Source, is_shared: Callable[[str, str], bool] = lambda path, name: False
    ) -> None:
        self.is_shared = is_shared
        self.path = source.path
        self.text = source.text
        self.tree = source.tree
        self.lines = Lines(source.text)
        self.changes: list[Change] = []
        self._pieces: dict[tuple[int, int], Piece] = {}

    @property
    def quote(self) -> str:
        """The quote in which most short strings of the file begin."""
        quotes = [each[0] for each in OPENED.findall(self.text)]
        return "'" if quotes.count("'") > quotes.count('"') else '"'

    def result(self, *more: Change) -> str:
        """The text with every accepted change, and perhaps some more, done together."""
        return spliced(self.text, self.splices(*more))

    def splices(self, *more: Change) -> list[Splice]:
        """The smallest splices of all changes together, their imports settled once."""
        changes = [*self.changes, *more]
        found = [splice for change in changes for splice in change.splices]
        wishes = Wishes()
        for change in changes:
            wishes.add(change.wishes)
        if wishes.wanted or wishes.dropped:
            gone = [claim for change in changes for claim in change.claims]
            written = {name for change in changes for name in change.written}
            found = [*import_splices(self.names, self.lines, wishes, gone, written), *found]
        return merged(self.text, found)

    def is_sound(self, *more: Change) -> bool:
        """Whether Python reads the result at least as well as it read the text."""
        return grade(self.result(*more)) >= self.grade

    def piece(self, span: Span) -> Piece:
        """The syntax around a span. Raises `NotReadable`."""
        statements = self._statements(span)
        if not statements:
            raise NotReadable("no statement stands there")
        first, end = _first(statements[0]), last_line(statements[-1]) + 1
        if (first, end) not in self._pieces:
            _require_bearable_depth(statements)
            self._pieces[first, end] = Piece(self.lines, first, end)
        return self._pieces[first, end]

    def forget(self) -> None:
        """Let the syntax go; it is read again where it is needed."""
        self._pieces.clear()

    @cached_property
    def grade(self) -> int:
        return grade(self.text)

    @cached_property
    def names(self) -> Names:
        return Names(self.tree, self.text)

    def _statements(self, span: Span) -> list[ast.stmt]:
        """The top-level statements around a span, and those that share their lines."""
        around = self._on_lines(span.line, span.end_line)
        return self._on_lines(_first(around[0]), last_line(around[-1])) if around else []

    def _on_lines(self, first: int, last: int) -> list[ast.stmt]:
        begins, ends = self._extents
        return self.tree.body[bisect_left(ends, first) : bisect_right(begins, last)]

    @cached_property
    def _extents(self) -> tuple[list[int], list[int]]:
        """The first and the last lines of the top-level statements, both ascending."""
        return [_first(each) for each in self.tree.body], [last_line(each) for each in self.tree.body]


def _require_bearable_depth(statements: Sequence[ast.AST]) -> None:
    """Raise `NotReadable` before libcst, which recurses in native code, meets its stack's end."""
    level = list(statements)
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise NotReadable("the code is nested too deeply")


def _first(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])
