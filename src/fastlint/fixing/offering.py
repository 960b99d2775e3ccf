"""Which fixes there are: whether a codemod fits is only known once it is tried."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fastlint.diagnostic import Diagnostic, FixRequest
from fastlint.fixing.codemods import Broken, Find, changes, find_codemod
from fastlint.fixing.drafts import Drafts
from fastlint.fixing.files import NotWritten
from fastlint.fixing.plan import Fix
from fastlint.fixing.refusing import Refused

if TYPE_CHECKING:
    from fastlint.fixing.draft import Change
    from fastlint.report import Report

Asked = tuple[Diagnostic, FixRequest]


def offered(report: Report, *, find: Find = find_codemod) -> Report:
    """The report without the fixes and choices that are refused once they are tried."""
    asked = [(each, request) for each in report.diagnostics for request in each.requests]
    verdicts = _remembered(report, asked) if find is find_codemod else _tried(report, asked, find)
    possible = {id(request) for (_, request), good in zip(asked, verdicts, strict=True) if good}
    kept = [each.with_requests(lambda request: id(request) in possible) for each in report.diagnostics]
    return dataclasses.replace(report, diagnostics=kept)


def _remembered(report: Report, asked: Sequence[Asked]) -> list[bool]:
    """Whether each request can be done: as an earlier run has found, else tried now."""
    offers = report.offers
    if offers is None:
        return _tried(report, asked, find_codemod)
    keys = [offers.key(report, *each) for each in asked]
    new = {key: each for key, each in zip(keys, asked, strict=True) if key not in offers.known}
    found = dict(zip(new, _tried(report, [*new.values()], find_codemod), strict=True))
    answers = {key: found.get(key, offers.known.get(key, False)) for key in keys}
    offers.keep(answers)
    return [answers[key] for key in keys]


def _tried(report: Report, asked: Sequence[Asked], find: Find) -> list[bool]:
    """Whether each request gives files that Python reads."""
    drafts = Drafts(report)
    made: list[Fix | None] = []
    for _, group in groupby(asked, key=lambda each: each[0].place.path):
        made += [_made(drafts, *each, find) for each in group]
        drafts.forget()
    together = _going_together(fix for fix in made if fix is not None)
    sound = {path for path, fixes in together.items() if drafts[path].is_sound(*_changes(fixes, path))}

    def is_good(fix: Fix) -> bool:
        joined = all(path in sound and any(fix is each for each in together[path]) for path in fix.changes)
        return joined or all(drafts[path].is_sound(change) for path, change in fix.changes.items())

    return [fix is not None and is_good(fix) for fix in made]


def _made(drafts: Drafts, diagnostic: Diagnostic, request: FixRequest, find: Find) -> Fix | None:
    function = find(replace(diagnostic, fix=request))
    if function is None:
        return None
    try:
        return Fix([diagnostic], changes(drafts, request, function))
    except (NotWritten, Refused, Broken):
        return None


def _going_together(fixes: Iterable[Fix]) -> dict[str, list[Fix]]:
    """Those that do not get into each other's way, by file: whether Python reads it is asked once for all."""
    found: dict[str, list[Fix]] = {}
    for fix in fixes:
        if not any(fix.disturbs(other) for path in fix.changes for other in found.get(path, ())):
            for path in fix.changes:
                found.setdefault(path, []).append(fix)
    return found


def _changes(fixes: Iterable[Fix], path: str) -> list[Change]:
    return [fix.changes[path] for fix in fixes]
