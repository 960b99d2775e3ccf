"""Findings as a table in GitHub's Markdown, for `$GITHUB_STEP_SUMMARY` or a comment.

The language is that of https://github.github.com/gfm/; a summary of a step may have one MiB
(https://docs.github.com/en/actions/reference/workflow-commands#step-isolation-and-limits).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fastlint.diagnostic import Diagnostic, Severity, Step
from fastlint.output.cells import clean
from fastlint.output.formats import Format
from fastlint.output.text import counted, from_before, listed
from fastlint.report import Report

MARKS = {Severity.ERROR: "🔴 error", Severity.WARNING: "🟡 warning", Severity.INFO: "🔵 info"}
ROOM = 1_000_000
"""Bytes of rows; with more, GitHub would take none of them."""
CODE = re.compile(r"(`[^`]*`)")
SPECIAL = re.compile(r"([\\`*_<>\[\]~&|#@!])")


def render(report: Report) -> bytes:
    """The findings and what could not be done, in UTF-8; paths are relative to the project's root."""
    lines = [f"### fastlint: {_heading(report)}", "", *_table(report)]
    lines += [line for note in _held_back(report) for line in (text(note), "")]
    if report.problems:
        lines += ["What could not be done:", "", *(f"- {text(str(problem))}" for problem in report.problems)]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _heading(report: Report) -> str:
    over = f"in {counted(report.files, 'file')}"
    new = f"new since {text(report.since)}" if report.since else ""
    if report.diagnostics:
        return " ".join(filter(None, (listed(report), new, over)))
    if report.problems:
        return f"no findings {over}, but not everything could be read"
    return f"all good: nothing {new} {over}" if new else f"all good {over}"


def _held_back(report: Report) -> Iterator[str]:
    if report.known:
        yield from_before(report)
    yield from report.notes


def _table(report: Report) -> Iterator[str]:
    if not report.diagnostics:
        return
    yield "| severity | where | what |"
    yield "|---|---|---|"
    room = ROOM
    for number, diagnostic in enumerate(report.diagnostics):
        row = _row(report, diagnostic)
        room -= len(row.encode("utf-8", "replace")) + 1
        if room < 0:
            yield ""
            yield f"{len(report.diagnostics) - number:,} more are left out."
            break
        yield row
    yield ""


def _row(report: Report, diagnostic: Diagnostic) -> str:
    line, column, _, _ = report.characters(diagnostic.place)
    where = code(f"{diagnostic.place.path}:{line}:{column}")
    what = [f"{_rule(diagnostic)}: {text(diagnostic.message)}", *map(_step, diagnostic.trace)]
    what += [f"Help: {text(diagnostic.help)}"] if diagnostic.help else []
    return f"| {MARKS[diagnostic.severity]} | {where} | {'<br>'.join(what)} |"


def _step(step: Step) -> str:
    return f"{code(f'{step.place.path}:{step.place.span.line}')} {text(step.message)}"


def _rule(diagnostic: Diagnostic) -> str:
    from fastlint.registry import find_rule

    rule = find_rule(diagnostic.code)
    name = text(diagnostic.name)
    return f"[**{name}**]({rule.url}) ({diagnostic.code})" if rule else f"**{name}** ({diagnostic.code})"


def text(given: str) -> str:
    """A message, whose code in backticks stays code; nothing else in it means anything to Markdown."""
    parts = CODE.split(clean(given))
    return "".join(_in_cell(part) if CODE.fullmatch(part) else SPECIAL.sub(r"\\\1", part) for part in parts)


def code(given: str) -> str:
    """Any text as code, between more backticks than it has."""
    inner = clean(given)
    fence = "`" * (max(map(len, re.findall("`+", inner)), default=0) + 1)
    space = " " if "`" in inner else ""
    return f"{fence}{space}{_in_cell(inner)}{space}{fence}"


def _in_cell(part: str) -> str:
    return part.replace("|", "\\|")


FORMAT = Format(render, has_notes=True)
