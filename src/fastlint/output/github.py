"""Findings as annotations of a GitHub workflow: https://docs.github.com/en/actions/reference/workflow-commands.

GitHub shows the first ten errors, the first ten warnings and the first ten notices of a step; all that is
printed stands in the step's log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from fastlint.diagnostic import Diagnostic, Problem, Severity
from fastlint.output.cells import clean
from fastlint.output.formats import Format
from fastlint.output.sentences import sentences
from fastlint.report import Report

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
SHOWN = 10
"""Annotations of one command that GitHub shows of a step."""


def render(report: Report) -> bytes:
    """The findings, and what could not be done, as UTF-8 lines; paths are relative to the project's root."""
    lines = [
        *(_annotation(report, diagnostic) for diagnostic in report.diagnostics),
        *map(_problem, report.problems),
        *_limits(report),
    ]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _annotation(report: Report, diagnostic: Diagnostic) -> str:
    line, column, end_line, end_column = report.characters(diagnostic.place)
    where: dict[str, str | int] = {"file": diagnostic.place.path, "line": line, "endLine": end_line}
    if line == end_line:  # GitHub takes columns for one line only
        where |= {"col": column, "endColumn": end_column}
    title = f"{diagnostic.name} ({diagnostic.code})"
    # The log shows no more than the message, which therefore begins with the place.
    return command(COMMANDS[diagnostic.severity], {**where, "title": title}, sentences(report, diagnostic))


def _problem(problem: Problem) -> str:
    place = {name: value for name, value in (("line", problem.line), ("col", problem.column)) if value}
    return command("error", {"file": problem.path, **place, "title": "fastlint"}, [str(problem)])


def command(name: str, properties: Mapping[str, str | int], lines: Iterable[str]) -> str:
    """A workflow command, escaped as the runner decodes it
    (https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts)."""
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {written}::{'%0A'.join(map(_data, lines))}"


def _data(text: str) -> str:
    return clean(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _limits(report: Report) -> Iterator[str]:
    """What the log says of annotations that GitHub leaves out."""
    found = Counter(COMMANDS[diagnostic.severity] for diagnostic in report.diagnostics)
    found["error"] += len(report.problems)
    for name, count in found.items():
        if count > SHOWN:
            yield f"GitHub annotates with {SHOWN} of these {count} {name}s; all of them are in this log."


FORMAT = Format(render)
