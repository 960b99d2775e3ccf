"""Findings for programs: a list in the shape of ruff's JSON, with severity, help, trace and more beside it.

Rows and columns count from 1, columns in characters; file names are absolute
(https://docs.astral.sh/ruff/settings/#output-format).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from fastlint.diagnostic import Diagnostic, FixRequest, Place, Safety
from fastlint.output.formats import Format
from fastlint.report import Report

if TYPE_CHECKING:
    from fastlint.fixing.text import TextEdit

    Edits = Callable[[Report, Diagnostic], "Sequence[TextEdit] | None"]


class Location(Struct, frozen=True):
    row: int
    column: int


class Edit(Struct, frozen=True, omit_defaults=True):
    """A replacement; `filename` is there only where it is not the finding's own file."""

    content: str
    location: Location
    end_location: Location
    filename: str | None = None


class Fix(Struct, frozen=True):
    applicability: str
    message: str
    edits: list[Edit]


class Step(Struct, frozen=True):
    message: str
    filename: str
    location: Location
    end_location: Location


class Finding(Struct, frozen=True):
    code: str
    name: str
    severity: str
    message: str
    help: str
    filename: str
    location: Location
    end_location: Location
    fix: Fix | None
    choices: list[Fix]
    trace: list[Step]
    url: str | None


def render(report: Report, *, edits: Edits | None = None) -> bytes:
    """The findings as UTF-8 JSON, ended by a newline. `edits` computes a finding's edits."""
    return encode(list(findings(report, edits=edits)))


def findings(report: Report, *, edits: Edits | None = None) -> Iterator[Finding]:
    """The findings in the shape that they are written in."""
    compute = edits or computed_edits(report)
    return (_finding(report, diagnostic, compute) for diagnostic in report.diagnostics)


def encode(value: object) -> bytes:
    """Indented UTF-8 JSON, ended by a newline; half surrogates (undecodable file names) become `?`."""
    return msgspec.json.format(compact(value), indent=2) + b"\n"


def compact(value: object) -> bytes:
    """UTF-8 JSON on one line, with half surrogates as above."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_storable(msgspec.to_builtins(value)))


def _finding(report: Report, diagnostic: Diagnostic, edits: Edits) -> Finding:
    start, end = _locations(report, diagnostic.place)
    return Finding(
        code=diagnostic.code,
        name=diagnostic.name,
        severity=diagnostic.severity.value,
        message=diagnostic.message,
        help=diagnostic.help,
        filename=_filename(report, diagnostic.place.path),
        location=start,
        end_location=end,
        fix=_fix(report, diagnostic, diagnostic.fix, edits),
        choices=[choice for each in diagnostic.choices if (choice := _fix(report, diagnostic, each, edits))],
        trace=[_step(report, step.message, step.place) for step in diagnostic.trace],
        url=_url(diagnostic.code),
    )


def _fix(report: Report, diagnostic: Diagnostic, request: FixRequest | None, edits: Edits) -> Fix | None:
    found = edits(report, replace(diagnostic, fix=request)) if request else None
    if request is None or not found:
        return None
    if all(edit.place.path == diagnostic.place.path for edit in found):
        return Fix(request.safety.value, request.title, [_edit(report, edit) for edit in found])
    # Tools that know ruff's shape take every edit to be in the finding's file: they must not apply this one.
    somewhere = [replace(_edit(report, edit), filename=_filename(report, edit.place.path)) for edit in found]
    return Fix(Safety.DISPLAY.value, request.title, somewhere)


def computed_edits(report: Report) -> Edits:
    """What computes the edits of a finding's fix; each file is read once for all findings."""
    from fastlint import fixing

    return partial(fixing.edits, drafts=fixing.Drafts(report))


def _edit(report: Report, edit: TextEdit) -> Edit:
    return Edit(edit.content, *_locations(report, edit.place))


def _step(report: Report, message: str, place: Place) -> Step:
    return Step(message, _filename(report, place.path), *_locations(report, place))


def _locations(report: Report, place: Place) -> tuple[Location, Location]:
    line, column, end_line, end_column = report.characters(place)
    return Location(line, column), Location(end_line, end_column)


def _filename(report: Report, path: str) -> str:
    return str((report.root / path).absolute())


def _url(code: str) -> str | None:
    from fastlint.registry import find_rule

    rule = find_rule(code)
    return rule.url if rule else None


def _storable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_storable(item) for item in cast("list[object]", value)]
    return value


FORMAT = Format(render)
