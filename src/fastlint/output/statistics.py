"""How many findings each rule has: the most frequent first, then by code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from fastlint.diagnostic import Safety
from fastlint.output.formats import Format, for_people
from fastlint.output.table import columns
from fastlint.output.terminal import Line, Screen, plain
from fastlint.output.text import summary
from fastlint.report import Report


class Count(Struct, frozen=True):
    """The findings of one rule, and how many of them have a fix that can be applied."""

    code: str
    name: str
    count: int
    fixable: int


def counts(report: Report) -> list[Count]:
    """Every rule that found something: most findings first, then by code."""
    found = Counter((each.code, each.name) for each in report.diagnostics)
    fixable = Counter(
        each.code for each in report.diagnostics if each.fix and each.fix.safety != Safety.DISPLAY
    )
    rows = [Count(code, name, count, fixable[code]) for (code, name), count in found.items()]
    return sorted(rows, key=lambda row: (-row.count, row.code))


def layout(report: Report, screen: Screen) -> list[Line]:
    """The counts in columns."""
    rows = [
        (str(row.count), row.name, f"({row.code})", f"{row.fixable} fixable" if row.fixable else "")
        for row in counts(report)
    ]
    return columns((), rows, screen, right=frozenset({0}))


def render(report: Report) -> str:
    """The counts as plain text."""
    return plain(layout(report, Screen()))


def render_json(report: Report) -> bytes:
    """The counts as UTF-8 JSON."""
    from fastlint.output.json import encode

    return encode(counts(report))


def summarized(report: Report, *, screen: Screen, quiet: bool = False, fixed: str = "") -> Iterator[Line]:
    """The counts and, unless quiet, the last lines."""
    yield from layout(report, screen)
    if not quiet:
        yield from summary(report, screen=screen, fixed=fixed)


FORMATS = {"text": for_people(summarized), "concise": for_people(summarized), "json": Format(render_json)}
"""The formats that counts can be had in, by their names."""
