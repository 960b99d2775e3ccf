"""What is found in a tree of git, which is written into a folder for that, and remembered."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec import Struct

from fastlint import disk
from fastlint.cache.cache import Cache
from fastlint.config import Settings
from fastlint.fingerprint import Fingerprint, fingerprints
from fastlint.git.repository import Repository
from fastlint.git.tree import Tree, committed, digest, write
from fastlint.report import Report

Lint = Callable[..., Report]


class Outcome(Struct, frozen=True):
    """What was found in a tree, and what could not be done there (file and message)."""

    findings: frozenset[Fingerprint]
    troubles: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, report: Report) -> Outcome:
        found = fingerprints(report, report.diagnostics)
        return cls(frozenset(found), frozenset((each.path, each.message) for each in report.problems))


class Trees:
    """Trees of one repository, in folders in `scratch`; reports rest on them as long as these are there."""

    def __init__(self, repository: Repository, cache: Cache, scratch: Path) -> None:
        self.repository = repository
        self.cache = cache
        self._scratch = scratch
        self._numbers = itertools.count()
        self._trees: dict[str, Tree] = {}
        self._outcomes: dict[bytes, Outcome] = {}

    def of(self, commit: str) -> Tree:
        """The files of a commit. Raises `GitError`."""
        if commit not in self._trees:
            self._trees[commit] = committed(self.repository, commit)
        return self._trees[commit]

    def lint(self, tree: Tree, lint: Lint, settings: Settings, paths: Iterable[str] = ("",)) -> Report:
        """The report on a tree as if it were the project; on some of its paths, `""` being all of it.

        Raises `GitError`.
        """
        folder = self._scratch / str(next(self._numbers))
        write(self.repository, tree, folder)
        there = [folder / path for path in paths if (folder / path).exists()]
        if not there:
            return Report(self.repository.folder, settings=settings)
        report = lint(there, _rooted(settings, folder), cache=self.cache.passing())
        problems = [
            msgspec.structs.replace(each, path=self.at_home(each.path), message=self.at_home(each.message))
            for each in report.problems
        ]
        return replace(report, root=self.repository.folder, tree=folder, problems=problems)

    def outcome(self, tree: Tree, lint: Lint, settings: Settings, named: Sequence[str] = ()) -> Outcome:
        """What is found in a tree with settings that hold for all its folders; `named` are files that count
        though they are no part of the project. Raises `GitError`."""
        key = _key(tree, settings, named)
        found = self._outcomes.get(key) or self._remembered(key)
        if found is None:
            settled = msgspec.structs.replace(settings, takes_nested=False)
            found = Outcome.of(self.lint(tree, lint, settled, ("", *named)))
            self._remember(key, found)
        return found

    def at_home(self, text: str) -> str:
        """A message about such a folder, as one about the repository."""
        return re.sub(
            re.escape(f"{self._scratch}{os.sep}") + r"\d+", lambda _: str(self.repository.folder), text
        )

    def keep(self, tree: Tree, report: Report) -> None:
        """Remember a report on a whole tree, which may be what a later change is compared with."""
        if report.settings is not None:
            self._remember(_key(tree, report.settings, ()), Outcome.of(report))

    def _remembered(self, key: bytes) -> Outcome | None:
        data = self.cache.tree(key)
        try:
            return None if data is None else msgspec.msgpack.decode(data, type=Outcome)
        except ValueError:
            return None

    def _remember(self, key: bytes, outcome: Outcome) -> None:
        self._outcomes[key] = outcome
        self.cache.keep_tree(key, msgspec.msgpack.encode(outcome))


def _rooted(settings: Settings, root: Path) -> Settings:
    """The same settings for the project in another place."""
    nested = {
        folder: msgspec.structs.replace(own, root=root / folder, config_file=None)
        for folder, own in settings.nested.items()
    }
    return msgspec.structs.replace(settings, root=root, config_file=None, nested=nested)


def _key(tree: Tree, settings: Settings, named: Sequence[str]) -> bytes:
    """What findings in a tree depend on."""
    held = msgspec.structs.replace(_rooted(settings, Path()), force_exclude=False)
    given = msgspec.json.encode((held, sorted(named)), enc_hook=str, order="deterministic")
    return disk.digest(digest(tree) + given)
