"""Findings for people: what happens, the code, why it is so, what to do."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from fastlint.diagnostic import Diagnostic, FixRequest, Place, Safety, Severity
from fastlint.output.cells import clean, ellipsis, encodable, width_of, widths, wrap
from fastlint.output.formats import for_people
from fastlint.output.terminal import Line, Piece, Screen, plain
from fastlint.report import Report

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
FAINT = "dim"
GUTTER = 5
LONGEST_LINE = 400
COMFORTABLE = 40
FIX_WITH = {
    Safety.SAFE: "`--fix`",
    Safety.UNSAFE: "`--fix --unsafe-fixes`",
    Safety.DISPLAY: "by hand",
}


def render(
    report: Report, *, screen: Screen | None = None, cwd: Path | None = None, quiet: bool = False
) -> str:
    """The findings and their summary as plain text; paths are relative to `cwd`."""
    return plain(layout(report, screen=screen or Screen(), cwd=cwd, quiet=quiet))


def layout(
    report: Report, *, screen: Screen, cwd: Path | None = None, quiet: bool = False, fixed: str = ""
) -> Iterator[Line]:
    """The findings and, unless quiet, the last lines; `fixed` is what they say about fixes that were made."""
    for index, diagnostic in enumerate(report.diagnostics):
        if index:
            yield []
        yield from Finding(report, diagnostic, screen, cwd).lines()
    if quiet:
        return
    if report.diagnostics:
        yield []
    yield from summary(report, screen=screen, fixed=fixed)


def shown_path(root: Path, path: str, cwd: Path | None = None) -> str:
    """A path below the root as one would open it from `cwd`; absolute where that is another drive.

    A name cannot pass for a command in the log of a CI service, where a line begins with it (`::error::`).
    """
    cwd = Path.cwd() if cwd is None else cwd
    if root == cwd:
        return f"./{path}" if path.startswith((":", "#")) else path
    try:
        return Path(os.path.relpath(root / path, cwd)).as_posix()
    except ValueError:
        return (root / path).as_posix()


class Finding:
    """The lines of one finding on one screen."""

    def __init__(self, report: Report, diagnostic: Diagnostic, screen: Screen, cwd: Path | None) -> None:
        self.report = report
        self.diagnostic = diagnostic
        self.screen = screen
        self.cwd = cwd
        self.clean = partial(clean, encoding=screen.encoding)
        self.style = STYLES[diagnostic.severity]
        self.place = report.characters(diagnostic.place)
        self.gutter = max(GUTTER, len(str(self.place[0])) + 2)

    def lines(self) -> Iterator[Line]:
        yield from self.heading()
        yield from self.excerpt()
        yield from self.trace()
        if self.diagnostic.help:
            yield from self.note("help: ", self.diagnostic.help, "bold cyan")
        if self.diagnostic.fix:
            yield from self.note("fix: ", self.clean(fix_line(self.diagnostic.fix)), "bold green")
        for choice in self.diagnostic.choices:
            yield from self.note("choice: ", self.clean(choice_line(choice)), "bold green")

    def heading(self) -> Iterator[Line]:
        line, column, _, _ = self.place
        location = self.clean(f"{self.path(self.diagnostic.place)}:{line}:{column}")
        severity, name = self.diagnostic.severity.value, self.clean(self.diagnostic.name)
        rest = [Piece(severity, self.style), Piece("  "), Piece(name, "bold")]
        code = [Piece(" "), Piece(f"({self.clean(self.diagnostic.code)})", FAINT)]
        whole = [Piece(location, "bold"), Piece("  "), *rest, *code]
        if self.fits(whole):
            yield whole
            return
        yield [Piece(location, "bold")]
        if self.fits([Piece("  "), *rest, *code]):
            yield [Piece("  "), *rest, *code]
            return
        yield [Piece("  "), *rest]
        yield [Piece("  "), *code[1:]]

    def excerpt(self) -> Iterator[Line]:
        """The line above, the line, and the carets with the message."""
        source = self.report.source(self.diagnostic.place.path)
        line, column, end_line, end_column = self.place
        if source is None or not 0 < line <= len(source.lines) or not source.lines[line - 1].strip():
            yield from self.message(indent=0, carets="")
            return
        text = source.lines[line - 1].rstrip("\r\n")
        end = end_column - 1 if end_line == line else len(text.rstrip())
        view = View(text, column - 1, end, self.room(), self.screen.encoding)
        above = source.lines[line - 2].rstrip("\r\n") if line > 1 else ""
        if above.strip():
            yield self.numbered(line - 1, view.show(above), FAINT)
        yield self.numbered(line, view.show(text), "")
        yield from self.message(indent=view.indent, carets="^" * view.length)

    def message(self, indent: int, carets: str) -> Iterator[Line]:
        """The message right of the carets; below them where that would be too narrow."""
        message = self.clean(self.diagnostic.message)
        room = self.room()
        if not carets:
            for text in wrap(message, room):
                yield [Piece(" " * 3), Piece(text, self.style)]
            return
        right = indent + len(carets) + 1
        if room is None or right + width_of(message) <= room or right + COMFORTABLE <= room:
            first, *rest = wrap(message, None if room is None else room - right)
            yield self.barred(" " * indent, Piece(f"{carets} {first}", self.style))
            for text in rest:
                yield self.barred(" " * right, Piece(text, self.style))
            return
        yield self.barred(" " * indent, Piece(carets, self.style))
        for text in wrap(message, room):
            yield self.barred("", Piece(text, self.style))

    def trace(self) -> Iterator[Line]:
        steps = [
            (self.clean(self.step_place(step.place)), self.clean(step.message))
            for step in self.diagnostic.trace
        ]
        if not steps:
            return
        longest = max(width_of(place) for place, _ in steps)
        # Places and messages stand side by side only where every message gets a readable column.
        room = self.room()
        beside = room is None or room + 2 - 3 - longest - 3 >= min(
            COMFORTABLE, max(width_of(m) for _, m in steps)
        )
        for index, (place, message) in enumerate(steps):
            last = index == len(steps) - 1
            yield from self.step(place, message, longest if beside else None, last)

    def step(self, place: str, message: str, longest: int | None, last: bool) -> Iterator[Line]:
        margin = " " * (self.gutter + 1)
        branch = Piece(margin + ("`- " if last else "|- "), FAINT)
        below = Piece(margin + ("   " if last else "|  "), FAINT)
        limit = self.screen.width
        left = len(margin) + 3
        if longest is None:
            yield [branch, Piece(place, "cyan")]
            for text in wrap(message, None if limit is None else limit - left - 2):
                yield [below, Piece("  " + text)]
            return
        first, *rest = wrap(message, None if limit is None else limit - left - longest - 3)
        yield [branch, Piece(place, "cyan"), Piece(" " * (longest - width_of(place) + 3)), Piece(first)]
        for text in rest:
            yield [below, Piece(" " * (longest + 3)), Piece(text)]

    def note(self, label: str, text: str, style: str) -> Iterator[Line]:
        left = 3 + len(label)
        limit = self.screen.width
        for index, part in enumerate(wrap(self.clean(text), None if limit is None else limit - left)):
            head = Piece(label, style) if index == 0 else Piece(" " * len(label))
            yield [Piece("   "), head, Piece(part)]

    def numbered(self, number: int, text: str, style: str) -> Line:
        return [Piece(f"{number:>{self.gutter}} | ", FAINT), Piece(text, style)]

    def barred(self, space: str, piece: Piece) -> Line:
        return [Piece(" " * self.gutter + " | ", FAINT), Piece(space), piece]

    def room(self) -> int | None:
        """Cells right of the gutter; None does not wrap."""
        return None if self.screen.width is None else max(1, self.screen.width - self.gutter - 3)

    def fits(self, line: Line) -> bool:
        return self.screen.width is None or sum(width_of(piece.text) for piece in line) <= self.screen.width

    def path(self, place: Place) -> str:
        return shown_path(self.report.root, place.path, self.cwd)

    def step_place(self, place: Place) -> str:
        return f"{self.path(place)}:{place.span.line}"


class View:
    """What is seen of a source line: all of it, or the part around the carets where it is too long."""

    def __init__(self, text: str, start: int, end: int, room: int | None, encoding: str) -> None:
        self.encoding = encoding
        self.room = room or LONGEST_LINE
        sizes = widths(text)
        before = sum(sizes[:start])
        length = max(1, sum(sizes[start:end]))
        spare = max(0, sum(sizes) - self.room)
        # A third of the room is for what stands left of the carets.
        self.left = min(spare, max(0, before - self.room // 3)) if before + length > self.room else 0
        self.indent = before - self.left
        self.length = max(1, min(length, self.room - self.indent))

    def show(self, text: str) -> str:
        """The seen part of a line, with its tabs as spaces and a mark where it was cut."""
        text = text.rstrip()
        sizes = widths(text)
        if not self.left and sum(sizes) <= self.room:
            return "".join(self.glyph(*pair) for pair in zip(text, sizes, strict=True))
        return self.cut(text, sizes)

    def cut(self, text: str, sizes: list[int]) -> str:
        mark = ellipsis(self.encoding)
        right = self.left + self.room
        stop = right if sum(sizes) <= right else right - 1
        start = self.left + 1 if self.left else 0
        shown, column, used = "", 0, start
        for char, size in zip(text, sizes, strict=True):
            if start <= column and column + size <= stop:
                shown += " " * (column - used) + self.glyph(char, size)
                used = column + size
            column += size
        head = mark if self.left and column > self.left else ""
        tail = " " * (stop - used) + mark if stop < right else ""
        return head + shown + tail

    def glyph(self, char: str, size: int) -> str:
        if char == "\t":
            return " " * size
        seen = clean(char, self.encoding)
        return ("?" * size) if seen == "?" else seen


def fix_line(fix: FixRequest) -> str:
    """A fix's title, what applies it, and why it is not safe."""
    reason = f": {fix.reason}" if fix.reason else ""
    return f"{fix.title} ({FIX_WITH[fix.safety]}){reason}"


def choice_line(choice: FixRequest) -> str:
    """What a choice does, and what to know about it."""
    return f"{choice.title}: {choice.reason}" if choice.reason else choice.title


def summary(report: Report, *, screen: Screen, fixed: str = "") -> Iterator[Line]:
    """The last lines: how many, what `--fix` can do about it, how long over how many files."""
    over = f"{counted(report.files, 'file')} ({seconds(report.seconds)})"
    for style, sentence in _sentences(report, over, fixed):
        for text in wrap(encodable(sentence, screen.encoding), screen.width):
            yield [Piece(text, style)]


def _sentences(report: Report, over: str, fixed: str) -> Iterator[tuple[str, str]]:
    if fixed:
        yield "bold green", fixed
    if report.diagnostics:
        found = f"New since {report.since}:" if report.since else "Found"
        yield "bold", f"{found} {listed(report)} in {over}."
    elif report.problems:
        yield "bold", f"No findings in {over}, but not everything could be read."
    elif report.since:
        over = f" in {over}" if report.files else ""
        yield "", f"All good: nothing new since {report.since}{over}."
    elif not report.files:
        yield "", "Nothing to check: no Python files found."
    else:
        yield "", f"All good: nothing to report in {over}."
    if report.known:
        yield FAINT, from_before(report)
    if offer := _offer(report):
        yield "", offer
    yield from (("", note) for note in report.notes)


def from_before(report: Report) -> str:
    return f"{counted(report.known, 'finding')} from before {_is(report.known)} not shown."


def _offer(report: Report) -> str:
    safeties = Counter(diagnostic.fix.safety for diagnostic in report.diagnostics if diagnostic.fix)
    safe, unsafe = safeties[Safety.SAFE], safeties[Safety.UNSAFE]
    if safe and unsafe:
        return f"{safe:,} can be fixed with `--fix`, {unsafe:,} more with `--fix --unsafe-fixes`."
    if safe or unsafe:
        return f"{safe or unsafe:,} can be fixed with {FIX_WITH[Safety.SAFE if safe else Safety.UNSAFE]}."
    return ""


def listed(report: Report) -> str:
    """How many findings there are of each severity: `2 errors, 1 warning and 1 info`."""
    severities = Counter(diagnostic.severity for diagnostic in report.diagnostics)
    parts = [
        f"{count} {severity.value}" if severity is Severity.INFO else counted(count, severity.value)
        for severity in Severity
        if (count := severities[severity])
    ]
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`, `1,024 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def seconds(value: float) -> str:
    """A duration in seconds, as people say it."""
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


FORMAT = for_people(layout)
