"""Rows in columns; what is too long for the screen wraps in the last one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fastlint.output.cells import clean, width_of, wrap
from fastlint.output.terminal import Line, Piece, Screen

GAP = 2
READABLE = 30


def columns(
    heading: Sequence[str],
    rows: Iterable[Sequence[str]],
    screen: Screen,
    *,
    right: frozenset[int] = frozenset(),
) -> list[Line]:
    """The rows below their heading (none where it is empty); the columns in `right` are flush right."""
    cleaned = [[clean(cell, screen.encoding) for cell in row] for row in (*filter(None, [heading]), *rows)]
    if not cleaned:
        return []
    sizes = [max(width_of(row[index]) for row in cleaned) for index in range(len(cleaned[0]) - 1)]
    left = sum(sizes) + GAP * len(sizes)
    longest = max(width_of(row[-1]) for row in cleaned)
    below = screen.width is not None and screen.width - left < min(READABLE, longest)
    lines: list[Line] = []
    for number, row in enumerate(cleaned):
        is_heading = bool(heading) and number == 0
        styles = ["bold"] * len(row) if is_heading else ["", "bold"] + [""] * len(row)
        front = _front(row, styles, sizes, right)
        last = Piece(row[-1], styles[len(sizes)])
        if not below:
            lines.extend(_beside(front, last, left, screen.width))
        elif is_heading:
            lines.append(front)
        else:
            lines.extend(_below(front, last, screen.width))
    return lines


def _front(row: Sequence[str], styles: Sequence[str], sizes: Sequence[int], right: frozenset[int]) -> Line:
    """All columns but the last."""
    line: Line = []
    for index, size in enumerate(sizes):
        cell = row[index]
        space = Piece(" " * (size - width_of(cell)))
        line += [space, Piece(cell, styles[index])] if index in right else [Piece(cell, styles[index]), space]
        line.append(Piece(" " * GAP))
    return line


def _beside(front: Line, last: Piece, left: int, limit: int | None) -> Iterator[Line]:
    first, *rest = wrap(last.text, None if limit is None else limit - left)
    yield [*front, Piece(first, last.style)]
    for text in rest:
        yield [Piece(" " * left), Piece(text, last.style)]


def _below(front: Line, last: Piece, limit: int | None) -> Iterator[Line]:
    yield front
    for text in wrap(last.text, None if limit is None else limit - 2 * GAP):
        yield [Piece(" " * 2 * GAP), Piece(text, last.style)]
