"""`--add-ignore`: a comment for each finding, where `fastlint.suppression` lets it count.

It goes to the end of a line of the finding, into the comment that is there already, or, where a line ends in
a string or a backslash, above the statement. What it says is read back before it is written: the code must be
the same, and every finding silenced.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from fastlint.config import REASONS_REQUIRED, means
from fastlint.diagnostic import Diagnostic, Problem
from fastlint.fixing.commenting import Comments
from fastlint.fixing.files import NotWritten, original, replace
from fastlint.source import Source, Unreadable
from fastlint.suppression import ENGINE_CODES, find

if TYPE_CHECKING:
    from fastlint.report import Report


@dataclass
class Ignored:
    """What came of it: how many findings have a comment now, the files written, and what went wrong."""

    count: int = 0
    files: list[str] = field(default_factory=list[str])
    problems: list[Problem] = field(default_factory=list[Problem])


def is_reason(text: str) -> bool:
    """Whether a comment with this reason is read as it is meant."""
    [*found] = find(f"x  # fastlint: ignore[x] -- {text}")
    return bool(text) and [each.reason for each in found] == [text]


def ignore(report: Report, reason: str = "") -> Ignored:
    """Write comments for all findings of a report but those about comments; they get the reason they lack.

    Each file is replaced at once; one that cannot be written is left with a problem.
    """
    outcome = Ignored()
    wanted = (each for each in report.diagnostics if _can_be_ignored(each, reason))
    for path, findings in groupby(wanted, key=lambda each: each.place.path):
        source = report.source(path)
        try:
            if source is None:
                raise NotWritten("it cannot be read any more")
            _write(report, source, list(findings), reason, outcome)
        except (NotWritten, Unreadable) as error:
            outcome.problems.append(Problem(path, f"got no comments: {error}"))
        except UnicodeEncodeError as error:
            missing = f"its encoding {error.encoding} has no {error.object[error.start]!r}"
            outcome.problems.append(Problem(path, f"got no comments: {missing}"))
    return outcome


def _can_be_ignored(finding: Diagnostic, reason: str) -> bool:
    """A comment that silences nothing is to be removed, and one that is wrong to be mended."""
    return finding.code not in ENGINE_CODES or (finding.code == REASONS_REQUIRED and bool(reason))


def _write(report: Report, source: Source, findings: list[Diagnostic], reason: str, outcome: Ignored) -> None:
    file = original(source)
    text, done = commented(source, findings, reason)
    outcome.problems += (
        Problem(source.path, f"`{each.name}` got no comment: there is no place for one", each.place.span.line)
        for each in findings
        if each not in done
    )
    if done:
        replace(report.root / source.path, file.data, file.encoded(text))
        outcome.files.append(source.path)
        outcome.count += len(done)


def commented(source: Source, findings: Sequence[Diagnostic], reason: str) -> tuple[str, list[Diagnostic]]:
    """The text of a file with comments, and the findings that they silence: all of them, if that is possible.

    Raises `Unreadable` and `UnicodeEncodeError`.
    """
    text = _attempt(source, findings, reason)
    if text is not None:
        return text, list(findings)
    text, done = source.text, list[Diagnostic]()
    for finding in findings:
        longer = _attempt(source, [*done, finding], reason)
        if longer is not None:
            text, done = longer, [*done, finding]
    return text, done


def _is_same_code(before: Source, after: Source, text: str) -> bool:
    try:
        return after.text == text and ast.dump(after.tree) == ast.dump(before.tree)
    except (Unreadable, RecursionError):
        return False


def _attempt(source: Source, findings: Iterable[Diagnostic], reason: str) -> str | None:
    """The text with comments for all of these findings, if it reads as it should."""
    comments = Comments(source.text, source.tree, reason)
    for finding in findings:
        if not comments.add(finding):
            return None
    text = comments.text()
    after = Source(source.path, original(source).encoded(text))
    if not _is_same_code(source, after, text):
        return None
    found = find(text, after.tree)
    for finding in findings:
        span = comments.moved(finding.place.span)
        if finding.code not in ENGINE_CODES and not any(
            each.covers(span) and any(means(name, finding.code, finding.name) for name in each.selectors)
            for each in found
            if not each.malformed
        ):
            return None
    return text
