"""`--fix`: fixes are written and the project linted again, until nothing is left to fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastlint.diagnostic import Problem
from fastlint.fixing.codemods import Find, find_codemod
from fastlint.fixing.files import NotWritten, replace
from fastlint.fixing.plan import FilePlan, plan

if TYPE_CHECKING:
    from fastlint.report import Report

    Lint = Callable[[Sequence[Path], Any], Report]
    Write = Callable[[Path, bytes, bytes], None]

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
    write: Write = replace,
) -> FixOutcome:
    """Lint, fix, and lint again until no fix is left, at most ten times.

    Each file is replaced at once, so that an interruption leaves it old or new. A file that cannot be
    written, or whose fixes do not come to rest, is left out of further rounds with one problem. `write` is
    given a file, what is in it and what should be; it raises `NotWritten` where that cannot be.
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
        written = [self._write(file) for file in self._planned()]
        return any(written)

    def give_up(self) -> bool:
        """Take back what was done to the files that still have fixes after the last round."""
        why = f"fixes still turn up after {ROUNDS} rounds"
        taken_back = [self._take_back(file, why) for file in self._planned()]
        return any(taken_back)

    def outcome(self) -> FixOutcome:
        fixed = sum((done.fixed for done in self.done.values()), Counter[str]())
        return FixOutcome(self.report, fixed, tuple(sorted(self.done)), sorted(self.problems))

    def _planned(self) -> list[FilePlan]:
        planned = plan(self.report, unsafe=self.unsafe, find=self.find)
        self.problems.update(dict.fromkeys(planned.problems))
        return [file for file in planned.files if file.change.path not in self.left]

    def _write(self, file: FilePlan) -> bool:
        path = file.change.path
        done = self.done.get(path) or _Done(file.original.data)
        try:
            data = file.original.encoded(file.change.new)
        except UnicodeEncodeError as error:
            return self._leave(path, f"its encoding {error.encoding} has no {error.object[error.start]!r}")
        if data in done.texts:
            return self._take_back(file, "fixes undo each other")
        if not self._replaced(path, file.original.data, data):
            return False
        done.texts.append(data)
        done.fixed.update(diagnostic.code for diagnostic in file.fixed)
        self.done[path] = done
        return True

    def _take_back(self, file: FilePlan, why: str) -> bool:
        """Make a file what it was before the first round."""
        path = file.change.path
        self.left.add(path)
        self.problems[Problem(path, f"{why} ({_names(file)}), so they were taken back")] = None
        done = self.done.pop(path, None)
        return done is not None and self._replaced(path, file.original.data, done.texts[0])

    def _replaced(self, path: str, expected: bytes, data: bytes) -> bool:
        try:
            self.write(self.report.root / path, expected, data)
        except NotWritten as error:
            return self._leave(path, str(error))
        return True

    def _leave(self, path: str, why: str) -> bool:
        self.left.add(path)
        self.problems[Problem(path, f"was not fixed: {why}")] = None
        return False


class _Done:
    """What one file said, round by round, and what was fixed in it."""

    def __init__(self, before: bytes) -> None:
        self.texts = [before]
        self.fixed = Counter[str]()


def _names(file: FilePlan) -> str:
    return ", ".join(sorted({diagnostic.name for diagnostic in file.fixed}))


def _engine() -> Lint:
    from fastlint import engine

    return engine.lint
