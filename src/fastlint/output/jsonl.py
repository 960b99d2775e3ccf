"""Findings for programs that read as they come: those of the JSON format, a line each (https://jsonlines.org)."""

from __future__ import annotations

from fastlint.output import json
from fastlint.output.formats import Format
from fastlint.report import Report


def render(report: Report) -> bytes:
    """The findings as UTF-8 JSON, each on a line of its own."""
    return b"".join(json.compact(finding) + b"\n" for finding in json.findings(report))


FORMAT = Format(render)
