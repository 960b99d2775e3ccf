"""One file while it is being fixed: what it says, and the changes that were accepted for it."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from functools import cached_property

from fastlint.diagnostic import Span
from fastlint.fixing import imports
from fastlint.fixing.imports import Range, Wishes
from fastlint.fixing.scopes import Names
from fastlint.fixing.syntax import NotReadable, Piece, grade
from fastlint.fixing.text import Lines, Splice, merged, spliced


@dataclass
class Change:
    """What one fix does to one file: its splices, the parts they settle, and what it asks of the imports."""

    splices: list[Splice] = field(default_factory=list[Splice])
    claims: list[Range] = field(default_factory=list[Range])
    wishes: Wishes = field(default_factory=Wishes)
    written: set[str] = field(default_factory=set[str])

    def disturbs(self, other: Change) -> bool:
        """Whether the two claim the same text."""
        return any((a < d and c < b) or (a, b) == (c, d) for a, b in self.claims for c, d in other.claims)

    def repeats(self, other: Change) -> bool:
        return self.claims == other.claims and self.splices == other.splices


class Draft:
    """A file's text, its syntax where it is needed, and the changes accepted so far."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.lines = Lines(text)
        self.changes: list[Change] = []
        self._pieces: dict[tuple[int, int], Piece] = {}

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
            found = [*imports.splices(self.names, self.lines, wishes, gone, written), *found]
        return merged(self.text, found)

    def is_sound(self, *more: Change) -> bool:
        """Whether Python reads the result at least as well as it read the text."""
        return grade(self.result(*more)) >= self.grade

    def piece(self, span: Span) -> Piece:
        """The syntax around a span. Raises `NotReadable`."""
        first, end = self._piece_lines(span)
        if (first, end) not in self._pieces:
            self._pieces[first, end] = Piece(self.lines, first, end)
        return self._pieces[first, end]

    @cached_property
    def grade(self) -> int:
        return grade(self.text)

    @cached_property
    def tree(self) -> ast.Module | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they are the user's to see when the code runs
                return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    @cached_property
    def names(self) -> Names:
        """The file's names. Raises `NotReadable` when the running Python cannot parse it."""
        if self.tree is None:
            raise NotReadable("this Python cannot parse the file, so its imports are left alone")
        return Names(self.tree, self.text)

    def _piece_lines(self, span: Span) -> tuple[int, int]:
        """The first line of the top-level statements around a span, and the line after their last."""
        statements = self.tree.body if self.tree else []
        around = [each for each in statements if _first(each) <= span.end_line and _last(each) >= span.line]
        if not around:
            return 1, len(self.lines) + 1
        first, last = _first(around[0]), _last(around[-1])
        on_these_lines = [each for each in statements if _first(each) <= last and _last(each) >= first]
        return _first(on_these_lines[0]), _last(on_these_lines[-1]) + 1


def _first(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _last(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno
