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
    lines: list[Line] = []
    for number, row in enumerate(cleaned):
        styles = ["bold"] * len(row) if heading and number == 0 else ["", "bold"] + [""] * len(row)
        lines.extend(_row(row, styles, sizes, screen.width, right))
    return lines


def _row(
    row: Sequence[str], styles: Sequence[str], sizes: Sequence[int], limit: int | None, right: frozenset[int]
) -> Iterator[Line]:
    *most, last = row
    line: Line = []
    for index, (cell, size) in enumerate(zip(most, sizes, strict=True)):
        space = " " * (size - width_of(cell))
        line.append(Piece(space + cell if index in right else cell + space, styles[index]))
        line.append(Piece(" " * GAP))
    left = sum(sizes) + GAP * len(sizes)
    style = styles[len(most)]
    if limit is not None and limit - left < min(READABLE, width_of(last)):
        yield line
        for text in wrap(last, limit - 2 * GAP):
            yield [Piece(" " * 2 * GAP), Piece(text, style)]
        return
    first, *rest = wrap(last, None if limit is None else limit - left)
    yield [*line, Piece(first, style)]
    for text in rest:
        yield [Piece(" " * left), Piece(text, style)]
