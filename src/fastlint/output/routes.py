"""What fastlint understood of the routes: as a table for people, in Markdown, as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from fastlint.listing import Row, by_app
from fastlint.output import table
from fastlint.output.cells import clean, width_of, wrap
from fastlint.output.json import encode
from fastlint.output.terminal import Line, Piece, Screen
from fastlint.output.text import FAINT, counted

HEADING = ("method", "path", "guards", "runs", "handler", "where", "response", "findings", "needs")
NOBODY = "no app"
MOST_NAMES = 3
PIECES = 3  # that a table has for each column: its text, what fills it up, and the gap
GUARD_STYLES = {True: "green", None: "yellow", False: "red"}
VERB_STYLES = {
    "GET": "green",
    "POST": "yellow",
    "PUT": "blue",
    "PATCH": "cyan",
    "DELETE": "red",
    "WS": "magenta",
}


def layout(rows: Sequence[Row], screen: Screen) -> Iterator[Line]:
    """A heading for each app; a line for each route where that fits the screen, else a few."""
    for number, (app, found) in enumerate(by_app(rows)):
        if number:
            yield []
        yield from _heading(app, found, screen)
        lines = table.columns(HEADING, map(_cells, found), screen)
        is_wrapped = len(lines) != len(found) + 1
        if screen.width is None or not (is_wrapped or any(_width(line) > screen.width for line in lines)):
            yield lines[0]
            yield from (_coloured(line, row) for line, row in zip(lines[1:], found, strict=True))
        else:
            yield from Blocks(found, screen).lines()


def markdown(rows: Sequence[Row]) -> str:
    """A table for each app (https://github.github.com/gfm/#tables-extension-)."""
    parts: list[str] = []
    for app, found in by_app(rows):
        lines = [f"## {_escaped(app or NOBODY)}", "", _sentence(found), ""]
        lines += [f"| {' | '.join(HEADING)} |", f"|{'---|' * len(HEADING)}"]
        lines += [f"| {' | '.join(map(_escaped, _cells(row)))} |" for row in found]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def json(rows: Sequence[Row]) -> bytes:
    return encode(rows)


def guards_of(row: Row) -> str:
    """The names of those that are certain; else of those that may guard it, each with a question mark."""
    if row.kind == "mount":
        return ""
    certain = dict.fromkeys(each.name for each in row.guards if each.certain)
    if certain:
        return _listed([*certain])
    names = dict.fromkeys("handler" if each.level == "handler" else each.name for each in row.guards)
    return _listed([f"{name}?" for name in names]) or "-"


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many there are more."""
    shown = names if len(names) <= MOST_NAMES else names[: MOST_NAMES - 1]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f", {more} more" if more else "")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        _verbs(row),
        row.path,
        guards_of(row),
        _runs(row),
        row.handler,
        str(row.location),
        row.response_model or "-",
        ", ".join(dict.fromkeys(each.code for each in row.findings)) or "-",
        ", ".join(each.name for each in row.others) or "-",
    )


def _verbs(row: Row) -> str:
    return ",".join(row.verbs)


def _runs(row: Row) -> str:
    return {"event loop": "loop", "threadpool": "thread"}.get(row.runs or "", "-")


def _coloured(line: Line, row: Row) -> Line:
    """A line of the table with its method and guards in their colours."""
    verbs, guards = HEADING.index("method") * PIECES, HEADING.index("guards") * PIECES
    styles = {
        verbs: VERB_STYLES.get(_verbs(row), ""),
        guards: "" if row.kind == "mount" else GUARD_STYLES[row.guarded],
    }
    return [Piece(piece.text, styles.get(at, piece.style)) for at, piece in enumerate(line)]


def _width(line: Line) -> int:
    return width_of("".join(piece.text for piece in line).rstrip())


def _heading(app: str | None, found: Sequence[Row], screen: Screen) -> Iterator[Line]:
    name, sentence = clean(app or NOBODY, screen.encoding), _sentence(found)
    if screen.width is None or width_of(name) + 2 + len(sentence) <= screen.width:
        yield [Piece(name, "bold underline"), Piece("  "), Piece(sentence, FAINT)]
        return
    yield [Piece(name, "bold underline")]
    yield [Piece(sentence, FAINT)]


def _sentence(found: Iterable[Row]) -> str:
    """`14 routes: 10 guarded, 2 perhaps, 2 unguarded`."""
    verdicts = Counter(row.guarded for row in found if row.kind != "mount")
    parts = [f"{verdicts[True]} guarded", f"{verdicts[None]} perhaps", f"{verdicts[False]} unguarded"]
    some = [part for part in parts if not part.startswith("0 ")]
    return f"{counted(sum(verdicts.values()), 'route')}: {', '.join(some)}" if some else "mounts only"


class Blocks:
    """Routes in a few lines each: method, path and guards, and the rest below."""

    def __init__(self, rows: Sequence[Row], screen: Screen) -> None:
        self.rows = rows
        self.screen = screen
        self.left = max(width_of(_verbs(row)) for row in rows) + table.GAP
        self.room = max(1, (screen.width or 0) - self.left)
        widths = [width_of(row.path) for row in rows if width_of(row.path) <= self.room * 0.6]
        self.column = max(widths, default=0) + table.GAP

    def lines(self) -> Iterator[Line]:
        for row in self.rows:
            yield from self._first(row)
            for text, style in _details(row, self.room):
                for part in wrap(self._clean(text), self.room):
                    yield [Piece(" " * self.left), Piece(part, style)]

    def _first(self, row: Row) -> Iterator[Line]:
        """Method, path and guards in one line, as far as there is room."""
        verbs, path, guards = _verbs(row), self._clean(row.path), self._clean(_guards_in_words(row))
        style = GUARD_STYLES[row.guarded] if row.kind != "mount" else ""
        front = [Piece(verbs, VERB_STYLES.get(verbs, "")), Piece(" " * (self.left - width_of(verbs)))]
        space = " " * max(table.GAP, self.column - width_of(path))
        if width_of(path) + len(space) + width_of(guards) <= self.room:
            yield [*front, Piece(path, "bold"), Piece(space), Piece(guards, style)]
            return
        first, *more = wrap(path, self.room)
        yield [*front, Piece(first, "bold")]
        yield from ([Piece(" " * self.left), Piece(text, "bold")] for text in more)
        for text in wrap(guards, self.room):
            yield [Piece(" " * self.left), Piece(text, style)]

    def _clean(self, text: str) -> str:
        return clean(text, self.screen.encoding)


def _guards_in_words(row: Row) -> str:
    return "no guard" if guards_of(row) == "-" else guards_of(row)


def _details(row: Row, room: int) -> Iterator[tuple[str, str]]:
    runs = f"  {_runs(row)}" if row.runs else ""
    response = f" -> {row.response_model}" if row.response_model else ""
    handler = f"{row.handler}{response}  {row.location}{runs}"
    needed = f"needs {', '.join(each.name for each in row.others)}" if row.others else ""
    if needed and width_of(handler) + 2 + width_of(needed) <= room:
        handler, needed = f"{handler}  {needed}", ""
    yield from ((text, FAINT) for text in (handler, needed) if text)
    for finding in row.findings:
        style = "bold red" if finding.severity == "error" else "bold yellow"
        yield f"{finding.code} {finding.name}, line {finding.location.line}", style


def _escaped(cell: str) -> str:
    """Text in a cell of a table: no bar ends it, and nothing in it is markup."""
    text = clean(cell)
    for char in "\\`*_[]<>|~":
        text = text.replace(char, "\\" + char)
    return text
