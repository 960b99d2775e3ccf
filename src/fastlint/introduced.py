"""What a change introduced: the findings of a project as it is that it did not have as it was.

Whether a line was touched says nothing: a helper edited in one file stops the event loop in the route of
another. So the project is linted as it was too, with the settings of now, and what differs is new. Findings
are told apart by `fastlint.fingerprint`, and files followed through git's renames.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import msgspec

from fastlint.config import Settings
from fastlint.diagnostic import Problem
from fastlint.fingerprint import Fingerprint, fingerprints
from fastlint.git.linted import Lint, Trees
from fastlint.git.revisions import renames
from fastlint.git.tree import Tree, digest, staged
from fastlint.git.worktree import is_untouched
from fastlint.location import locate
from fastlint.report import Report


@dataclass
class Change:
    """What lies between some commits and now, in some paths; without commits, everything is new.

    `since` says in words what is compared with.
    """

    trees: Trees
    commits: Sequence[str]
    since: str
    paths: Sequence[Path]
    settings: Settings
    lint: Lint

    def in_working_tree(self) -> Report:
        """What is new, uncommitted changes and untracked files included. Raises `GitError`."""
        if any(self._is_untouched(self.trees.of(commit)) for commit in self.commits):
            return self._nothing
        return self._new(self.lint(self.paths, self.settings))

    def in_index(self) -> Report:
        """What is new in what is staged. Raises `GitError`."""
        tree = staged(self.trees.repository)
        problems = [problem for path in self.paths if (problem := self._problem(path, tree))]
        there = [inside for inside in self._inside if _has(tree, inside)]
        if not there or any(digest(self.trees.of(commit)) == digest(tree) for commit in self.commits):
            return replace(self._nothing, problems=problems)
        report = self._staged(tree, there)
        if "" in there and not report.is_special:
            self.trees.keep(tree, report)
        return self._new(replace(report, problems=[*report.problems, *problems]))

    def _staged(self, tree: Tree, paths: Sequence[str]) -> Report:
        """The report on what is staged: on the working tree, where that is the same and better known."""
        if is_untouched(self.trees.repository, tree):
            return self.lint([self.settings.root / path for path in paths], self.settings)
        return self.trees.lint(tree, self.lint, self.settings, paths)

    @property
    def _nothing(self) -> Report:
        return Report(self.settings.root, since=self.since, settings=self.settings)

    def _is_untouched(self, tree: Tree) -> bool:
        is_tracked = len(self._inside) == len(self.paths) and all(_has(tree, each) for each in self._inside)
        return is_tracked and is_untouched(self.trees.repository, tree)

    def _new(self, report: Report) -> Report:
        """The report without what was there before."""
        found = list(zip(report.diagnostics, fingerprints(report, report.diagnostics), strict=True))
        problems = report.problems
        settings = report.settings or self.settings
        named = self._inside if report.is_special else []  # files that count only because they are named
        for commit in self.commits if found or problems else ():
            before = self.trees.outcome(self.trees.of(commit), self.lint, settings, named)
            former = renames(self.trees.repository, commit)
            found = [pair for pair in found if _then(pair[1], former) not in before.findings]
            problems = [each for each in problems if _trouble(each, former) not in before.troubles]
        return replace(
            report,
            diagnostics=[diagnostic for diagnostic, _ in found],
            problems=problems,
            since=self.since,
            known=len(report.diagnostics) - len(found),
        )

    @cached_property
    def _inside(self) -> list[str]:
        """The paths that are in the project, relative to its root (which is `""`)."""
        root = self.settings.root
        located = (path for path in map(locate, self.paths) if path.is_relative_to(root))
        return ["" if path == root else path.relative_to(root).as_posix() for path in located]

    def _problem(self, path: Path, tree: Tree) -> Problem | None:
        """What is wrong with a path where only staged files count."""
        located, root = locate(path), self.settings.root
        if not located.is_relative_to(root):
            return Problem(str(path), f"is outside the project, {root}")
        if os.path.lexists(path) or _has(tree, located.relative_to(root).as_posix()):
            return None
        return Problem(str(path), "cannot be read: no such file or directory")


def _has(tree: Tree, path: str) -> bool:
    return not path or any(each.path == path or each.path.startswith(f"{path}/") for each in tree)


def _then(fingerprint: Fingerprint, former: Mapping[str, str]) -> Fingerprint:
    """The fingerprint that a finding had before its file was renamed."""
    path = former.get(fingerprint.path)
    return fingerprint if path is None else msgspec.structs.replace(fingerprint, path=path)


def _trouble(problem: Problem, former: Mapping[str, str]) -> tuple[str, str]:
    return former.get(problem.path, problem.path), problem.message
