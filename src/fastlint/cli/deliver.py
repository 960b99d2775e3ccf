"""Where a report goes: findings to stdout or a file, the rest to stderr, its verdict to the exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from fastlint.cli import CLEAN, FAILED, FINDINGS
from fastlint.cli.color import is_color_asked_for
from fastlint.cli.console import complain, print_bytes, print_lines, tell, write_file
from fastlint.cli.outputs import send

if TYPE_CHECKING:
    from fastlint.cli.request import Request
    from fastlint.config import Settings
    from fastlint.diagnostic import Problem
    from fastlint.fixing import FileChange
    from fastlint.report import Report


def deliver(request: Request, settings: Settings, report: Report, fixed: str = "") -> int:
    """Print or write the findings and what could not be done; the exit code."""
    send(request, report, fixed)
    _finish(request, settings, report)
    return _exit_code(request, settings, report)


def deliver_diff(request: Request, settings: Settings, report: Report) -> int:
    """Print or write what fixes would change; the exit code."""
    from fastlint import fixing
    from fastlint.output import diff
    from fastlint.output.terminal import Screen, is_terminal
    from fastlint.output.text import counted

    changes = [
        change for change in fixing.preview(report, unsafe=request.unsafe_fixes) if change.old != change.new
    ]
    diffs = [_diff(report, change) for change in changes]
    if request.output_file or not (is_terminal(sys.stdout) or is_color_asked_for()):
        content = b"".join(diff.encoded(text, encoding) for text, encoding in diffs)
        if request.output_file:
            write_file(request.output_file, content)
        else:
            print_bytes(content)
    else:
        encoding = Screen.of(sys.stdout).encoding
        print_lines(line for text, _ in diffs for line in diff.paint(text, encoding))
    if not request.quiet:
        found = counted(len(report.diagnostics), "finding")
        for sentence in (f"{found}; {counted(len(changes), 'file')} would change.", *report.notes):
            tell(sentence)
    _finish(request, settings, report)
    return _exit_code(request, settings, report, would_change=bool(changes))


def _diff(report: Report, change: FileChange) -> tuple[str, str]:
    """The diff of one file with its byte order mark, and its encoding: what `git apply` compares with."""
    from fastlint.fixing.files import original
    from fastlint.output import diff
    from fastlint.output.text import shown_path

    source = report.source(change.path)
    encoding, mark = ("utf-8", "")
    if source is not None:
        read = original(source)
        encoding, mark = read.encoding, read.mark.decode("utf-8")
    path = shown_path(report.root, change.path)
    return diff.render(path, mark + change.old, mark + change.new), encoding


def _finish(request: Request, settings: Settings, report: Report) -> None:
    """What goes to stderr: what was read, for whoever asked, and what could not be done."""
    if request.verbose:
        for heading, text in _details(settings, report).items():
            tell(f"{heading + ':':<14} {text}")
        for error in report.raised:
            _tell_traceback(error)
    for problem in report.problems:
        complain(problem_line(report, problem))


def _tell_traceback(error: Exception) -> None:
    import traceback

    for line in "".join(traceback.format_exception(error)).splitlines():
        tell(line)


def _details(settings: Settings, report: Report) -> dict[str, str]:
    from fastlint.output.text import seconds

    return {
        "root": str(report.root),
        "configuration": str(settings.config_file or "none"),
        **report.details,
        "read": f"{report.files:,} files, {report.lines:,} lines",
        "time": seconds(report.seconds),
    }


def problem_line(report: Report, problem: Problem) -> str:
    """A problem with its path as one would open it from here; a path that was given is left as it was."""
    from msgspec.structs import replace

    from fastlint.output.text import shown_path

    if problem.path not in report.overlay and not os.path.lexists(report.root / problem.path):
        return str(problem)
    return str(replace(problem, path=shown_path(report.root, problem.path)))


def _exit_code(request: Request, settings: Settings, report: Report, *, would_change: bool = False) -> int:
    from fastlint.cli.verdict import NEVER, verdict

    is_failure, said = verdict(request, settings, report)
    for sentence in () if request.quiet else said:
        tell(sentence)
    if report.problems:
        return FAILED
    is_failure = is_failure or (would_change and (request.fail_on or settings.fail_on) != NEVER)
    return FINDINGS if is_failure else CLEAN
