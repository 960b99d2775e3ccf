"""`--fix`: fixes are written and the project linted again, until nothing is left to fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastlint.diagnostic import Diagnostic, Problem
from fastlint.fixing.codemods import Find, find_codemod
from fastlint.fixing.files import NotWritten, Replacement, replace_all
from fastlint.fixing.plan import FilePlan, plan

if TYPE_CHECKING:
    from fastlint.report import Report

    Lint = Callable[[Sequence[Path], Any], Report]
    Write = Callable[[Sequence[Replacement]], None]

ROUNDS = 10


@dataclass
class FixOutcome:
    """What fixing came to: the last report, fixes by rule code, the files written, and what went wrong."""

    report: Report
    fixed: Counter[str] = field(default_factory=Counter[str])
    files: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list[Problem])


def fix(
    paths: Sequence[Path],
    settings: Any,
    *,
    unsafe: bool,
    lint: Lint | None = None,
    find: Find = find_codemod,
    write: Write = replace_all,
) -> FixOutcome:
    """Lint, fix, and lint again until no fix is left, at most ten times.

    Each file is replaced at once, so that an interruption leaves it old or new; files that a fix changes
    together all are, or none is. A file that cannot be written, or whose fixes do not come to rest, is left
    out of further rounds with one problem. `write` is given files, what is in each and what should be; it
    raises `NotWritten` where that cannot be.
    """
    run = lint or _engine()
    run_through = _Run(run(paths, settings), unsafe, find, write)
    for _ in range(ROUNDS):
        if not run_through.round():
            return run_through.outcome()
        run_through.report = run(paths, settings)
    if run_through.give_up():
        run_through.report = run(paths, settings)
    return run_through.outcome()


@dataclass
class _Run:
    """The state between rounds: what was done to each file, and which files are left alone."""

    report: Report
    unsafe: bool
    find: Find
    write: Write
    done: dict[str, _Done] = field(default_factory=dict[str, "_Done"])
    left: set[str] = field(default_factory=set[str])
    problems: dict[Problem, None] = field(default_factory=dict[Problem, None])

    def round(self) -> bool:
        """Write what one round fixes; False when that is nothing."""
        is_more = [self._write(group) for group in self._planned()]
        return any(is_more)

    def give_up(self) -> bool:
        """Take back what was done to the files that still have fixes after the last round."""
        why = f"fixes still turn up after {ROUNDS} rounds"
        taken_back = [self._take_back(group, why) for group in self._planned()]
        return any(taken_back)

    def outcome(self) -> FixOutcome:
        fixed = sum((done.fixed for done in self.done.values()), Counter[str]())
        return FixOutcome(self.report, fixed, tuple(sorted(self.done)), sorted(self.problems))

    def _planned(self) -> list[list[FilePlan]]:
        planned = plan(self.report, unsafe=self.unsafe, find=self.find, left=self.left)
        self.problems.update(dict.fromkeys(planned.problems))
        return planned.groups

    def _write(self, group: list[FilePlan]) -> bool:
        """Whether another round may have something to do: files were written, or there is one less to fix."""
        replacements = [self._replacement(file) for file in group]
        written = [each for each in replacements if each is not None]
        if len(written) < len(group):
            return len(group) > 1
        done = [self.done.get(file.change.path) or _Done(file.original.data) for file in group]
        pairs = zip(written, done, strict=True)
        if any(each.data in before.texts for each, before in pairs if each.data != each.expected):
            return self._take_back(group, "fixes undo each other")
        if not self._replaced(written):
            return len(group) > 1
        together = {file.change.path for file in group}
        for file, each, state in zip(group, written, done, strict=True):
            state.add(each.data, file.fixed, together)
            self.done[file.change.path] = state
        return True

    def _replacement(self, file: FilePlan) -> Replacement | None:
        path = self.report.root / file.change.path
        try:
            return Replacement(path, file.original.data, file.original.encoded(file.change.new))
        except UnicodeEncodeError as error:
            why = f"its encoding {error.encoding} has no {error.object[error.start]!r}"
            self._leave(file.change.path, why)
            return None

    def _take_back(self, group: list[FilePlan], why: str) -> bool:
        """Make files, and those that changed together with them, what they were before the first round."""
        names = ", ".join(sorted({each.name for file in group for each in file.fixed}))
        pending = [file.change.path for file in group]
        replacements: list[Replacement] = []
        while pending:
            path = pending.pop()
            if path in self.left:
                continue
            self.left.add(path)
            self.problems[Problem(path, f"{why} ({names}), so they were taken back")] = None
            done = self.done.pop(path, None)
            if done is not None:
                replacements.append(Replacement(self.report.root / path, done.texts[-1], done.texts[0]))
                pending += done.together
        return bool(replacements) and self._replaced(replacements)

    def _replaced(self, replacements: list[Replacement]) -> bool:
        try:
            self.write(replacements)
        except NotWritten as error:
            path = error.path or replacements[0].path
            self._leave(path.relative_to(self.report.root).as_posix(), str(error))
            return False
        return True

    def _leave(self, path: str, why: str) -> None:
        self.left.add(path)
        self.problems[Problem(path, f"was not fixed: {why}")] = None


class _Done:
    """What one file said, round by round, what was fixed in it, and which files changed with it."""

    def __init__(self, before: bytes) -> None:
        self.texts = [before]
        self.fixed = Counter[str]()
        self.together = set[str]()

    def add(self, data: bytes, fixed: list[Diagnostic], together: set[str]) -> None:
        """Note what one round did."""
        self.texts.append(data)
        self.fixed.update(diagnostic.code for diagnostic in fixed)
        self.together |= together


def _engine() -> Lint:
    from fastlint import engine

    return engine.lint
