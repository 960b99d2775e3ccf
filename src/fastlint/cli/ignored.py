"""`--add-ignore`: comments for what is found, and what remains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fastlint.cli.request import Request
    from fastlint.config import Settings
    from fastlint.report import Report

    Lint = Callable[..., Report]


def reason(context: click.Context, option: click.Parameter, value: str) -> str:
    """One line that a comment can end in."""
    from fastlint.output.cells import HOSTILE

    value = value.strip()
    if not value:
        return value
    from fastlint.fixing.ignoring import is_reason

    if HOSTILE.search(value) or not is_reason(value):
        message = "a comment cannot say that: it takes one line, without comments for other tools"
        raise click.BadParameter(message, context, option)
    return value


def ignored(request: Request, settings: Settings, lint: Lint) -> tuple[str, Report]:
    """What was done, in a sentence, and what remains. Raises `click.UsageError` where a reason is missing."""
    from fastlint.cli.check import checked
    from fastlint.fixing.ignoring import ignore
    from fastlint.output.text import counted

    if not request.reason and settings.wants_reasons:
        raise click.UsageError("this project wants a reason in every comment: --reason TEXT")
    outcome = ignore(checked(request, settings, lint), request.reason)
    report = checked(request, settings, lint)
    report = replace(report, problems=[*report.problems, *outcome.problems])
    if not outcome.count:
        return "", report
    said = f"Wrote comments for {counted(outcome.count, 'finding')} in {counted(len(outcome.files), 'file')}."
    return said, report
