"""Where things stand in a file after an edit that changed no code: a comment, a docstring, blank lines.

Findings are then the same in other places. The model asks which of two lines comes first and whether they are
the same line, so an edit only counts as such where every line moves as a whole, and none past another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from fastlint.diagnostic import Diagnostic, FixRequest, Place, Span
from fastlint.index.syntax import Node, Statement

Moves = Mapping[Span, Span]


def moves(old: tuple[Statement, ...], new: tuple[Statement, ...]) -> Moves | None:
    """Where each node of a file has moved to; None when the code is not the same."""
    found: dict[Span, Span] = {}
    waiting: list[tuple[Any, Any]] = [(old, new)]
    while waiting:
        before, after = waiting.pop()
        kind: Any = before.__class__
        if kind is not after.__class__:
            return None
        if kind is tuple:
            if len(before) != len(after):
                return None
            waiting += zip(before, after, strict=True)
        elif kind is Span:
            if found.setdefault(before, after) != after:
                return None
        elif issubclass(kind, Node):
            waiting += [(getattr(before, name), getattr(after, name)) for name in kind.__struct_fields__]
        elif before != after:
            return None
    return found if _keeps_lines(found) else None


def _keeps_lines(found: Moves) -> bool:
    """Whether what is on one line stays on one line, and lines stay in their order."""
    lines: dict[int, int] = {}
    for old, new in found.items():
        for before, after in ((old.line, new.line), (old.end_line, new.end_line)):
            if lines.setdefault(before, after) != after:
                return False
    order = [lines[line] for line in sorted(lines)]
    return all(first < second for first, second in pairwise(order))


def moved(diagnostic: Diagnostic, by_path: Mapping[str, Moves]) -> Diagnostic | None:
    """The finding where it stands now; None when it is about a place that no node has."""

    def place(at: Place) -> Place:
        moves = by_path.get(at.path)
        return at if moves is None else Place(at.path, moves[at.span])

    try:
        return _rewritten(diagnostic, place)
    except KeyError:
        return None


def _rewritten(diagnostic: Diagnostic, place: Callable[[Place], Place]) -> Diagnostic:
    def moved_request(request: FixRequest) -> FixRequest:
        more = tuple(map(place, request.more))
        return msgspec.structs.replace(request, place=place(request.place), more=more)

    return msgspec.structs.replace(
        diagnostic,
        place=place(diagnostic.place),
        trace=tuple(msgspec.structs.replace(step, place=place(step.place)) for step in diagnostic.trace),
        fix=diagnostic.fix and moved_request(diagnostic.fix),
        choices=tuple(map(moved_request, diagnostic.choices)),
    )


__all__ = ["Moves", "moved", "moves"]
