"""All fixes of a report that can be done together, and the files as they would be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fastlint.diagnostic import Diagnostic, FixRequest, Problem, Safety
from fastlint.fixing.codemods import Broken, Find, change, find_codemod
from fastlint.fixing.draft import Change, Draft
from fastlint.fixing.edit import Refused
from fastlint.fixing.files import NotWritten, Original, original
from fastlint.fixing.text import TextEdit
from fastlint.source import Unreadable

if TYPE_CHECKING:
    from fastlint.report import Report


@dataclass(frozen=True)
class FileChange:
    """A file before and after its fixes; `path` is relative to the project root, with forward slashes."""

    path: str
    old: str
    new: str


@dataclass
class FilePlan:
    """The fixes of one file that go together, the file as it was read, and what it becomes."""

    change: FileChange
    original: Original
    fixed: list[Diagnostic]


@dataclass
class Plan:
    """What one round does; `problems` are fixes that were dropped because something is wrong with them."""

    files: list[FilePlan] = field(default_factory=list[FilePlan])
    problems: list[Problem] = field(default_factory=list[Problem])


def preview(report: Report, *, unsafe: bool, find: Find = find_codemod) -> list[FileChange]:
    """Every file that fixes would change, with all fixes of it that go together. Nothing is written."""
    return [file.change for file in plan(report, unsafe=unsafe, find=find).files]


def edits(
    report: Report, diagnostic: Diagnostic, *, find: Find = find_codemod
) -> tuple[TextEdit, ...] | None:
    """The smallest edits of the text that mend one finding, however safe; None when there is no fix here."""
    request = diagnostic.fix
    function = find(diagnostic) if request else None
    if request is None or function is None:
        return None
    try:
        draft, _ = _read(report, request.place.path)
        made = change(draft, request, function)
    except (NotWritten, Refused, Broken):
        return None
    if not draft.is_sound(made):
        return None
    return tuple(
        TextEdit(draft.lines.span(splice.start, splice.end), splice.content) for splice in draft.splices(made)
    )


def refusal(report: Report, diagnostic: Diagnostic, *, find: Find = find_codemod) -> str:
    """Why a finding's fix cannot be made; "" where it can, or where the finding has none."""
    request = diagnostic.fix
    function = find(diagnostic) if request else None
    if request is None or function is None:
        return ""
    try:
        change(_read(report, request.place.path)[0], request, function)
    except (NotWritten, Refused, Broken) as error:
        return str(error)
    return ""


def offered(report: Report, *, find: Find = find_codemod) -> Report:
    """The report without the fixes that are refused once they are tried."""
    diagnostics = [
        each if each.fix is None or edits(report, each, find=find) else replace(each, fix=None)
        for each in report.diagnostics
    ]
    return dataclasses.replace(report, diagnostics=diagnostics)


def plan(report: Report, *, unsafe: bool, find: Find = find_codemod) -> Plan:
    """The fixes of a report, each file's in the order of their places; what overlaps waits for another."""
    found = Plan()
    for path, diagnostics in _by_file(report.diagnostics, unsafe).items():
        found.files += _planned(report, path, diagnostics, find, found.problems)
    return found


def applies(request: FixRequest | None, *, unsafe: bool) -> bool:
    """Whether a fix may be applied at the asked safety."""
    return request is not None and (
        request.safety is Safety.SAFE or (unsafe and request.safety is Safety.UNSAFE)
    )


def _planned(
    report: Report, path: str, diagnostics: list[Diagnostic], find: Find, problems: list[Problem]
) -> Iterator[FilePlan]:
    try:
        draft, read = _read(report, path)
    except NotWritten as error:
        problems.append(Problem(path, f"was not fixed: {error}"))
        return
    candidates: list[tuple[Diagnostic, Change]] = []
    for diagnostic in diagnostics:
        made = _change(draft, diagnostic, find, problems)
        if made is None or any(made.repeats(other) for _, other in candidates):
            continue
        if not any(made.disturbs(other) for _, other in candidates):
            candidates.append((diagnostic, made))
            draft.changes.append(made)
    fixed = _sound(draft, candidates, problems)
    new = draft.result()
    if fixed and new != draft.text:
        yield FilePlan(FileChange(draft.path, draft.text, new), read, fixed)


def _change(draft: Draft, diagnostic: Diagnostic, find: Find, problems: list[Problem]) -> Change | None:
    request = diagnostic.fix
    function = find(diagnostic)
    if request is None or function is None:
        return None
    try:
        return change(draft, request, function)
    except Refused:
        return None
    except Broken as error:
        problems.append(_problem(draft, diagnostic, str(error)))
        return None


def _sound(
    draft: Draft, candidates: list[tuple[Diagnostic, Change]], problems: list[Problem]
) -> list[Diagnostic]:
    """Keep in the draft what leaves the file readable: all at once, else one by one."""
    if draft.is_sound():
        return [diagnostic for diagnostic, _ in candidates]
    draft.changes.clear()
    fixed: list[Diagnostic] = []
    for diagnostic, made in candidates:
        if draft.is_sound(made):
            draft.changes.append(made)
            fixed.append(diagnostic)
        else:
            problems.append(_problem(draft, diagnostic, "the fixed file would not be valid Python"))
    return fixed


def _problem(draft: Draft, diagnostic: Diagnostic, why: str) -> Problem:
    span = diagnostic.place.span
    column = draft.lines.offset(span.line, span.column) - draft.lines.start(span.line) + 1
    return Problem(draft.path, f"the fix of {diagnostic.name} was left out: {why}", span.line, column)


def _by_file(diagnostics: list[Diagnostic], unsafe: bool) -> dict[str, list[Diagnostic]]:
    """The findings with a fix that applies, by the file that it changes."""
    found: dict[str, list[Diagnostic]] = {}
    for diagnostic in sorted(diagnostics, key=lambda each: each.sort_key):
        if diagnostic.fix is not None and applies(diagnostic.fix, unsafe=unsafe):
            found.setdefault(diagnostic.fix.place.path, []).append(diagnostic)
    return found


def _read(report: Report, path: str) -> tuple[Draft, Original]:
    """A file as it is now. Raises `NotWritten`, which says why it cannot be fixed."""
    try:
        source = report.source(path)
        if source is None:
            raise NotWritten("it cannot be read")
        return Draft(source, report.is_shared), original(source)
    except Unreadable as error:
        raise NotWritten(error.message) from error
