"""Findings as pylint's parseable output has them, a line each: `path:line: [code] message`.

Jenkins and others read it, as they read flake8's and ruff's format of this name
(https://flake8.pycqa.org/en/latest/internal/formatters.html#pylint-formatter).
"""

from __future__ import annotations

from fastlint.diagnostic import Diagnostic
from fastlint.output.cells import clean
from fastlint.output.formats import Format
from fastlint.output.text import shown_path
from fastlint.report import Report


def render(report: Report) -> bytes:
    """The findings as UTF-8 lines; paths are as one would open them from the current folder."""
    lines = [f"{_line(report, diagnostic)}\n" for diagnostic in report.diagnostics]
    return "".join(lines).encode("utf-8", "replace")


def _line(report: Report, diagnostic: Diagnostic) -> str:
    path = shown_path(report.root, diagnostic.place.path)
    return clean(f"{path}:{diagnostic.place.span.line}: [{diagnostic.code}] {diagnostic.message}")


FORMAT = Format(render)
