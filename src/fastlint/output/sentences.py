"""A finding in plain lines, for the formats that have one text for all that there is to say."""

from __future__ import annotations

from fastlint.diagnostic import Diagnostic
from fastlint.report import Report


def sentences(report: Report, diagnostic: Diagnostic) -> list[str]:
    """What happens and where, each step of why, and what to do; paths are relative to the project's root."""
    line, column, _, _ = report.characters(diagnostic.place)
    steps = [f"{step.place.path}:{step.place.span.line}: {step.message}" for step in diagnostic.trace]
    help_line = [f"help: {diagnostic.help}"] if diagnostic.help else []
    return [f"{diagnostic.place.path}:{line}:{column}: {diagnostic.message}", *steps, *help_line]
