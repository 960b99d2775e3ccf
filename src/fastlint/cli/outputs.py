"""Where findings go, and in which formats: one to standard output at most, any number to files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from fastlint.cli.console import print_bytes, print_lines, tell, write_file
from fastlint.output.formats import NAMES, find_format

if TYPE_CHECKING:
    from fastlint.cli.request import Request
    from fastlint.output.formats import Format
    from fastlint.report import Report


class Output(NamedTuple):
    """A format, and the file it goes to; None is standard output."""

    format: str
    file: Path | None = None


def outputs(context: click.Context, option: click.Parameter, values: Sequence[str]) -> tuple[Output, ...]:
    """What `--output-format` asks for: names of formats, each with a file after an equals sign or without."""
    found: list[Output] = []
    for value in values:
        name, equals, file = value.partition("=")
        if name not in NAMES:
            from fastlint.config import suggestion

            near = suggestion(name, NAMES) or f": choose from {', '.join(NAMES)}"
            raise click.BadParameter(f"unknown format `{name}`{near}", context, option)
        if equals and not file:
            raise click.BadParameter(f"`{value}` names no file", context, option)
        found.append(Output(name, Path(file) if file and file != "-" else None))
    return tuple(found)


def completions(context: click.Context, option: click.Parameter, incomplete: str) -> list[str]:
    """The formats that begin as typed, for shells."""
    return [name for name in NAMES if name.startswith(incomplete)]


def settled(given: Sequence[Output], file: Path | None) -> tuple[Output, ...]:
    """What `--output-format` and `--output-file` say together. Raises `click.UsageError` if they cannot."""
    chosen = list(given) or [Output("text")]
    if file is not None:
        if len(chosen) > 1 or chosen[0].file:
            raise click.UsageError("--output-file is for one format: leave it out, and write FORMAT=FILE")
        return (Output(chosen[0].format, file if file != Path("-") else None),)
    files = [output.file for output in chosen]
    if files.count(None) > 1:
        raise click.UsageError("only one format can be printed: give the others a file, as in sarif=FILE")
    for file in files:
        if files.count(file) > 1:
            raise click.UsageError(f"{file} cannot hold two formats")
    return tuple(chosen)


def verify_statistics(chosen: Sequence[Output]) -> None:
    """Raises `click.UsageError` for a format that counts cannot be had in."""
    from fastlint.output.statistics import FORMATS

    for output in chosen:
        if output.format not in FORMATS:
            possible = ", ".join(FORMATS)
            raise click.UsageError(f"--statistics has no {output.format} format: choose from {possible}")


def send(request: Request, report: Report, fixed: str) -> None:
    """Write the findings to files, then print them; what was fixed and what is held back is said on stderr
    where no format for people says it on stdout."""
    chosen = [(_format(request, output.format), output.file) for output in request.outputs]
    if request.statistics or any(each.layout for each, _ in chosen):
        report = _offered(report)
    for each, file in chosen:
        if file:
            write_file(file, each.render(report))
    printed = next((each for each, file in chosen if not file), None)
    if printed:
        _print(request, printed, report, fixed)
    if request.quiet or (printed and printed.layout):
        return
    notes = () if printed and printed.has_notes else report.notes
    for sentence in filter(None, (fixed, *notes)):
        tell(sentence)


def for_one_stream(request: Request) -> Request:
    """The request where findings and sentences go to one stream: data for programs stands there alone."""
    printed = [_format(request, output.format) for output in request.outputs if not output.file]
    return replace(request, quiet=True) if any(each.layout is None for each in printed) else request


def _print(request: Request, printed: Format, report: Report, fixed: str) -> None:
    if printed.layout is None:
        print_bytes(printed.render(report))
        return
    from fastlint.output.terminal import Screen

    print_lines(printed.layout(report, screen=Screen.of(sys.stdout), quiet=request.quiet, fixed=fixed))


def _format(request: Request, name: str) -> Format:
    if not request.statistics:
        return find_format(name)
    from fastlint.output.statistics import FORMATS

    return FORMATS[name]


def _offered(report: Report) -> Report:
    """The report with the fixes that there are: whether a codemod fits is only known once it is tried."""
    if not any(each.requests for each in report.diagnostics):
        return report
    from fastlint import fixing

    return fixing.offered(report)
