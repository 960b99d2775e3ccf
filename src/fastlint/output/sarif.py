"""Findings as SARIF 2.1.0, which code scanning reads:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec.structs import replace

from fastlint import __version__
from fastlint.diagnostic import Diagnostic, FixRequest, Place, Problem, Safety, Severity, Step
from fastlint.fingerprint import Fingerprint, fingerprints
from fastlint.output import sarif_objects as sarif
from fastlint.output.formats import Format
from fastlint.output.json import computed_edits, encode
from fastlint.report import Report
from fastlint.rule import Rule

if TYPE_CHECKING:
    from fastlint.output.json import Edits

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/fastlint/fastlint"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
ROOT = "%SRCROOT%"
"""The project's root, for which readers put their own checkout: a report holds no paths of one machine."""
FINGERPRINT = "fastlint/v1"
"""Not `primaryLocationLineHash`: GitHub's action computes that itself, and warns of one that differs."""


def render(report: Report, *, edits: Edits | None = None) -> bytes:
    """Findings, rules and what could not be done, as UTF-8 JSON. `edits` computes a finding's edits."""
    from fastlint import registry

    rules = [*registry.comment_rules(), *registry.all_rules()]
    return encode(_log(report, rules, edits or computed_edits(report)))


def _log(report: Report, rules: list[Rule], edits: Edits) -> sarif.Log:
    indices = {rule.code: index for index, rule in enumerate(rules)}
    prints = fingerprints(report, report.diagnostics)
    run = sarif.Run(
        tool=sarif.Tool(sarif.Driver("fastlint", __version__, HOME, [_rule(rule) for rule in rules])),
        invocations=[_invocation(report)],
        original_uri_base_ids={ROOT: sarif.UriBase(sarif.Message("The root of the project."))},
        results=[
            _result(report, each, indices.get(each.code, -1), fingerprint, edits)
            for each, fingerprint in zip(report.diagnostics, prints, strict=True)
        ],
        column_kind="unicodeCodePoints",
    )
    return sarif.Log(SCHEMA, "2.1.0", [run])


def _rule(rule: Rule) -> sarif.Descriptor:
    page = inspect.cleandoc(rule.page)
    return sarif.Descriptor(
        id=rule.code,
        name=rule.name,
        short_description=sarif.Message(rule.summary),
        full_description=sarif.Message(rule.summary),
        help=sarif.Message(page, markdown=page),
        help_uri=rule.url,
        default_configuration=sarif.Configuration(LEVELS[rule.severity], rule.default),
    )


def _result(
    report: Report, diagnostic: Diagnostic, index: int, fingerprint: Fingerprint, edits: Edits
) -> sarif.Result:
    # Braces stay single, although section 3.11.5 doubles them: readers show `/items/{{id}}` as it stands.
    advice = f"\nhelp: {diagnostic.help}" if diagnostic.help else ""
    return sarif.Result(
        rule_id=diagnostic.code,
        rule_index=index,
        level=LEVELS[diagnostic.severity],
        message=sarif.Message(f"{diagnostic.message}{advice}"),
        locations=[sarif.Location(_physical(report, diagnostic.place))],
        partial_fingerprints={FINGERPRINT: fingerprint.digest},
        code_flows=[_code_flow(report, diagnostic)] if diagnostic.trace else [],
        fixes=[fix for each in diagnostic.requests for fix in _fixes(report, diagnostic, each, edits)],
    )


def _code_flow(report: Report, diagnostic: Diagnostic) -> sarif.CodeFlow:
    """The way from the finding to its cause."""
    steps = [Step(diagnostic.message, diagnostic.place), *diagnostic.trace]
    locations = [
        sarif.Location(_physical(report, step.place), message=sarif.Message(step.message)) for step in steps
    ]
    return sarif.CodeFlow([sarif.ThreadFlow([sarif.ThreadFlowLocation(each) for each in locations])])


def _fixes(report: Report, diagnostic: Diagnostic, request: FixRequest, edits: Edits) -> list[sarif.Fix]:
    """What `--fix` or `--fix --unsafe-fixes` applies, or a choice beside it: each mends the finding alone."""
    if request.safety is Safety.DISPLAY:
        return []
    replaced: dict[str, list[sarif.Replacement]] = {}
    for edit in edits(report, replace(diagnostic, fix=request)) or ():
        replacement = sarif.Replacement(_region(report, edit.place), sarif.Content(edit.content))
        replaced.setdefault(edit.place.path, []).append(replacement)
    if not replaced:
        return []
    changes = [sarif.Change(_artifact(path), replacements) for path, replacements in replaced.items()]
    return [sarif.Fix(_title(request), changes)]


def _title(request: FixRequest) -> sarif.Message:
    if request.safety is Safety.SAFE:
        return sarif.Message(request.title)
    reason = f": {request.reason}" if request.reason else ""
    return sarif.Message(f"{request.title} (may change the behaviour{reason})")


def _invocation(report: Report) -> sarif.Invocation:
    return sarif.Invocation(not report.problems, [_notification(problem) for problem in report.problems])


def _notification(problem: Problem) -> sarif.Notification:
    region = sarif.Region(problem.line, problem.column or None) if problem.line else None
    location = sarif.Location(sarif.PhysicalLocation(_artifact(problem.path), region))
    return sarif.Notification(sarif.Message(problem.message), [location], "error")


def _physical(report: Report, place: Place) -> sarif.PhysicalLocation:
    return sarif.PhysicalLocation(_artifact(place.path), _region(report, place))


def _region(report: Report, place: Place) -> sarif.Region:
    return sarif.Region(*report.characters(place))


def _artifact(path: str) -> sarif.ArtifactLocation:
    return sarif.ArtifactLocation(quote(path.encode("utf-8", "surrogateescape")), ROOT)


FORMAT = Format(render)
