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
) -> FixOutcome:
    """Lint, fix, and lint again until no fix is left, at most ten times.

    Each file is replaced at once, so that an interruption leaves it old or new. A file that cannot be written,
    or whose fixes do not come to rest, is left out of further rounds with one problem.
    """
    run = lint or _engine()
    run_through = _Run(run(paths, settings), unsafe, find)
    for _ in range(ROUNDS):
        if not run_through.round():
            return run_through.outcome()
        run_through.report = run(paths, settings)
    run_through.give_up()
    return run_through.outcome()


@dataclass
class _Run:
    """The state between rounds: which texts a file had, which files are left alone."""

    report: Report
    unsafe: bool
    find: Find
    fixed: Counter[str] = field(default_factory=Counter[str])
    written: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    left: set[str] = field(default_factory=set[str])
    problems: dict[Problem, None] = field(default_factory=dict[Problem, None])

    def round(self) -> bool:
        """Write what one round fixes; False when that is nothing."""
        planned = plan(self.report, unsafe=self.unsafe, find=self.find)
        self.problems.update(dict.fromkeys(planned.problems))
        files = [file for file in planned.files if file.change.path not in self.left]
        return sum(self._write(file) for file in files) > 0

    def outcome(self) -> FixOutcome:
        return FixOutcome(self.report, self.fixed, tuple(sorted(self.written)), sorted(self.problems))

    def give_up(self) -> None:
        """Name the files that still have fixes after the last round."""
        for file in plan(self.report, unsafe=self.unsafe, find=self.find).files:
            names = _names(file)
            self._leave(file, f"fixes still turn up after {ROUNDS} rounds ({names}), so fixing stopped")

    def _write(self, file: FilePlan) -> bool:
        path, new = file.change.path, file.change.new
        earlier = self.written.get(path, [])
        if new in earlier:
            self._leave(file, f"fixes undo each other ({_names(file)}), so fixing it stopped")
            return False
        try:
            replace(self.report.root / path, file.original.data, file.original.encoded(new))
        except NotWritten as error:
            self._leave(file, str(error))
            return False
        except UnicodeEncodeError as error:
            self._leave(file, f"its encoding {error.encoding} has no {error.object[error.start]!r}")
            return False
        self.written[path] = [*(earlier or [file.change.old]), new]
        self.fixed.update(diagnostic.code for diagnostic in file.fixed)
        return True

    def _leave(self, file: FilePlan, why: str) -> None:
        self.left.add(file.change.path)
        self.problems[Problem(file.change.path, why)] = None


def _names(file: FilePlan) -> str:
    return ", ".join(sorted({diagnostic.name for diagnostic in file.fixed}))


def _engine() -> Lint:
    from fastlint import engine

    return engine.lint
