"""Whether findings make a run fail: `--fail-on` and `--max-warnings`, on the command line or in the settings.

A run fails for a finding of the severity that it is to fail on, or of a graver one. All findings count when
nobody says anything. Where a number of warnings may remain, errors fail, and more warnings than these. What
the command line says stands in place of both settings. Where folders have settings of their own, these hold
for what is found there.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fastlint.diagnostic import Severity

if TYPE_CHECKING:
    from fastlint.cli.request import Request
    from fastlint.config import Settings
    from fastlint.report import Report

NEVER = "never"
GRAVEST_FIRST = [severity.value for severity in Severity]


class Budget(NamedTuple):
    """How many warnings may be found under a folder."""

    root: Path
    most: int


class Limits(NamedTuple):
    """What some findings may be without a failure."""

    fail_on: str
    budget: Budget | None

    @classmethod
    def of(cls, request: Request, whole: Settings, own: Settings) -> Limits:
        """Those for findings under the settings `own`, which are `whole` or some of a folder in it."""
        if request.fail_on:
            fail_on, root, most = request.fail_on, whole.root, request.max_warnings
        else:
            fail_on, root, most = own.fail_on, own.root, own.max_warnings
        return cls(fail_on, None if most is None else Budget(root, most))

    def forbid(self, severity: Severity) -> bool:
        if self.fail_on == NEVER:
            return False
        return GRAVEST_FIRST.index(severity.value) <= GRAVEST_FIRST.index(self.fail_on)


def verdict(request: Request, settings: Settings, report: Report) -> tuple[bool, list[str]]:
    """Whether the findings are a failure, and what is to be said of that."""
    settings = report.settings or settings
    warnings: Counter[Budget] = Counter()
    is_failure = False
    for each in report.diagnostics:
        limits = Limits.of(request, settings, settings.at(each.place.path))
        is_failure = is_failure or limits.forbid(each.severity)
        if limits.budget and each.severity is Severity.WARNING:
            warnings[limits.budget] += 1
    said = [
        f"too many warnings: {count}, and {budget.most} may remain (max-warnings)"
        for budget, count in warnings.items()
        if count > budget.most
    ]
    return is_failure or bool(said), said
