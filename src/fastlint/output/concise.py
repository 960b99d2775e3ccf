"""Findings for people, a line each: `path:line:column: severity: name (code): message`.

Editors and their problem matchers know the shape from compilers
(https://www.gnu.org/prep/standards/html_node/Errors.html). `[*]` stands behind what `--fix` mends.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.diagnostic import Diagnostic, Safety
from fastlint.output.cells import clean
from fastlint.output.formats import for_people
from fastlint.output.terminal import Line, Piece, Screen
from fastlint.output.text import FAINT, STYLES, shown_path, summary
from fastlint.report import Report


def layout(report: Report, *, screen: Screen, quiet: bool = False, fixed: str = "") -> Iterator[Line]:
    """The findings, a line each, and, unless quiet, the last lines."""
    for diagnostic in report.diagnostics:
        yield _line(report, diagnostic, screen.encoding)
    if not quiet:
        yield from summary(report, screen=screen, fixed=fixed)


def _line(report: Report, diagnostic: Diagnostic, encoding: str) -> Line:
    line, column, _, _ = report.characters(diagnostic.place)
    path = clean(shown_path(report.root, diagnostic.place.path), encoding)
    rule = clean(f"{diagnostic.name} ({diagnostic.code})", encoding)
    mark = " [*]" if diagnostic.fix and diagnostic.fix.safety is Safety.SAFE else ""
    return [
        Piece(path, "bold"),
        Piece(f":{line}:{column}: ", FAINT),
        Piece(diagnostic.severity.value, STYLES[diagnostic.severity]),
        Piece(f": {rule}: {clean(diagnostic.message, encoding)}"),
        Piece(mark, "bold green"),
    ]


FORMAT = for_people(layout)
