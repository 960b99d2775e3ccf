"""What the last run over a project left that still holds, and what this one leaves to the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from fastlint.cache.cache import Cache
from fastlint.cache.snapshot import Snapshot
from fastlint.config import Settings
from fastlint.diagnostic import Diagnostic, Problem
from fastlint.discovery import Found
from fastlint.reading import Reader

if TYPE_CHECKING:
    from fastlint.cache.moves import Moves
    from fastlint.model.quiet import Recollection


@dataclass(frozen=True)
class Outcome:
    """What the rules say about a whole project, before anything is silenced, and the files it rests on.

    `memory` is what is left of single functions, `is_known` says that no rule was asked, `raised` is what
    rules failed with, by their codes.
    """

    findings: Sequence[Diagnostic]
    read: frozenset[str]
    problems: tuple[Problem, ...]
    details: Mapping[str, str]
    memory: Recollection | None = None
    is_known: bool = False
    raised: Mapping[str, Exception] = field(default_factory=dict[str, Exception])


class History:
    """Of one project with these settings; `previous` is the last run, over whatever files and by whatever
    fastlint."""

    def __init__(
        self, cache: Cache, settings: Settings, previous: Snapshot | None, found: Found, reader: Reader
    ) -> None:
        self.cache = cache
        self.settings = settings
        self.previous = previous
        self.found = found
        self.reader = reader
        self.files = reader.files

    def outcome(self) -> Outcome | None:
        """That of the last run, if nothing has changed that it rests on; None if something has."""
        last = self._last
        if last is None:
            return None
        findings: Sequence[Diagnostic] = last.findings
        if self.files.changed:
            changes = self._changes(last)
            if changes is None:
                return None
            from fastlint.cache.moves import moved

            there = [moved(each, changes) for each in findings]
            findings = [each for each in there if each is not None]
            if len(findings) < len(there):
                return None
        return Outcome(findings, frozenset(last.read), last.problems, last.details, is_known=True)

    def recollection(self) -> tuple[Recollection, Collection[str]]:
        """What the last run found out about single functions, and which inputs have changed since."""
        from fastlint.model.quiet import Recollection

        last = self._last
        if last is None or any(self._has_other_relevance(path, last) for path in self.files.changed):
            return Recollection(), ()
        memory = self.cache.memory(self.settings, last.memory)
        return (Recollection(), ()) if memory is None else (memory.recollection, memory.changed(self.files))

    def keep(self, outcome: Outcome) -> None:
        """Leave what is known now to the next run."""
        if not self.cache.keeps_runs or not self._is_ordinary or outcome.raised:
            return
        if outcome.is_known and not (self.files.changed or self.files.is_stale or self.reader.is_news):
            return
        from fastlint.cache.snapshot import surroundings

        if outcome.is_known and self.previous is not None:
            asked, near = self.previous.asked, (self.previous.landmarks, self.previous.present)
            memory = self.previous.memory
        else:
            asked, near = self.files.settle_words(), surroundings(self.settings.root)
            memory = b"" if outcome.memory is None else self._keep_memory(outcome.memory)
        kept = Snapshot(
            environment=self.cache.environment,
            root=str(self.settings.root),
            folders=self.found.folders,
            configured=self.found.configured,
            files=self.files.records,
            landmarks=near[0],
            present=near[1],
            read=tuple(sorted(outcome.read)),
            asked=asked,
            findings=tuple(outcome.findings),
            problems=outcome.problems,
            details=dict(outcome.details),
            memory=memory,
        )
        self.cache.keep_snapshot(self.settings, kept)

    def _keep_memory(self, known: Recollection) -> bytes:
        from fastlint.cache.memory import memory_of

        return self.cache.keep_memory(self.settings, memory_of(self.files.records, self.files.having, known))

    @cached_property
    def _last(self) -> Snapshot | None:
        """The last run, if it was over the same files, in the same surroundings, by the same rules."""
        last = self.previous
        if last is None or last.environment != self.cache.environment or not self._is_ordinary:
            return None
        if last.files.keys() != self.files.records.keys() or not last.surroundings_are_same():
            return None
        return last

    @property
    def _is_ordinary(self) -> bool:
        """Whether the files are those of the project, no others, and all of them can be read."""
        return not self.found.is_special and not self.files.problems

    def _has_other_relevance(self, path: str, last: Snapshot) -> bool:
        return last.files[path].is_relevant is not self.files.records[path].is_relevant

    def _changes(self, last: Snapshot) -> dict[str, Moves] | None:
        """Where the code of changed files has moved to; None where it is not the same code."""
        from fastlint.cache.moves import moves

        asked = frozenset(word.encode() for word in last.asked)
        found: dict[str, Moves] = {}
        for path in self.files.changed:
            before, now = last.files[path], self.files.records[path]
            now.words = self.files.words_among(path, asked)
            if (before.is_relevant, before.words) != (now.is_relevant, now.words):
                return None
            if path not in last.read:
                continue
            old, new = self.cache.facts(before.seen.digest), self.reader.facts(path)
            if old is None or new is None or old.trouble:
                return None
            there = moves(old.body, new.body)
            if there is None:
                return None
            found[path] = there
        return found
