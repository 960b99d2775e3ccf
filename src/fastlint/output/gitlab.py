"""Findings as a code quality report of GitLab, as `artifacts:reports:codequality` takes it:
https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

from msgspec import Struct

from fastlint.diagnostic import Diagnostic, Severity
from fastlint.fingerprint import fingerprints
from fastlint.output.formats import Format
from fastlint.output.json import encode
from fastlint.report import Report

SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


class Lines(Struct, frozen=True):
    begin: int
    end: int


class Location(Struct, frozen=True):
    """`path` is relative to the root of the repository, which is the project's."""

    path: str
    lines: Lines


class Issue(Struct, frozen=True):
    """`fingerprint` stays the same when lines move: by it GitLab tells new findings from known ones."""

    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: Location


def render(report: Report) -> bytes:
    """The findings as UTF-8 JSON."""
    prints = fingerprints(report, report.diagnostics)
    pairs = zip(report.diagnostics, prints, strict=True)
    return encode([_issue(diagnostic, fingerprint.digest) for diagnostic, fingerprint in pairs])


def _issue(diagnostic: Diagnostic, fingerprint: str) -> Issue:
    place = diagnostic.place
    return Issue(
        description=f"{diagnostic.code}: {diagnostic.message}",
        check_name=diagnostic.name,
        fingerprint=fingerprint,
        severity=SEVERITIES[diagnostic.severity],
        location=Location(place.path, Lines(place.span.line, place.span.end_line)),
    )


FORMAT = Format(render)
