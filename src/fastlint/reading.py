"""The facts of a project's files: from the cache, or found now, on one process or on many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fastlint.cache.cache import Cache
from fastlint.diagnostic import Problem
from fastlint.files import FileRecord, Files

if TYPE_CHECKING:
    from fastlint.index.facts import Facts

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Reading:
    """How files are read: on how many processes or on whose executor, who is told how far that is, and what
    is read in place of files."""

    jobs: int = 1
    executor: Executor | None = None
    progress: Progress | None = None
    overlay: Mapping[Path, bytes] = field(default_factory=dict[Path, bytes])


class Reader:
    """Reads each file once. `is_news`: a file was parsed of which that was not noted yet."""

    def __init__(self, files: Files, cache: Cache, reading: Reading) -> None:
        self.files = files
        self.cache = cache
        self.reading = reading
        self.is_news = False
        self._facts: dict[str, Facts | None] = {}

    def facts(self, path: str) -> Facts | None:
        """The facts of a file; None for one that cannot be read."""
        if path not in self._facts:
            self._facts[path] = self._find_facts(path)
        return self._facts[path]

    def parsed(self, path: str) -> FileRecord:
        """What is known of a file that was parsed."""
        record = self.files.records[path]
        if not record.is_parsed:
            self.facts(path)
        return self.files.records[path]

    def text(self, path: str) -> str | None:
        """The code of a file; None for one that cannot be read."""
        from fastlint.source import Source, Unreadable

        data = self.files.content(path)
        try:
            return None if data is None else Source(path, data).text
        except Unreadable:
            return None

    def read_ahead(self, paths: Sequence[str]) -> None:
        """Index files that will be needed, on several processes if that pays."""
        from fastlint.index.facts import decode
        from fastlint.index.spread import processes, spread

        waiting = [path for path in paths if not self._is_known(path)]
        files = [(path, data) for path in waiting if (data := self.files.content(path)) is not None]
        count = processes(self.reading.jobs, sum(len(data) for _, data in files))
        tell = self.reading.progress or _tell_nobody
        if count == 1 and self.reading.executor is None:
            for done, (path, _) in enumerate(files):
                tell(done, len(files))
                self.facts(path)
            return
        for path, data in spread(files, count, self.reading.executor, lambda done: tell(done, len(files))):
            record = self.files.records[path]
            facts = self._facts[path] = decode(data)
            self._note(path, record, facts)
            self.cache.keep_facts(record.seen.digest, data)

    def _find_facts(self, path: str) -> Facts | None:
        record = self.files.records.get(path)
        facts = None if record is None else self.cache.facts(record.seen.digest)
        data = None if facts is not None else self.files.content(path)
        if data is not None:
            from fastlint.index.facts import facts_of

            record, facts = self.files.records[path], facts_of(path, data)
            self._keep(record, facts)
        if record is not None and facts is not None:
            self._note(path, record, facts)
        return facts

    def _note(self, path: str, record: FileRecord, facts: Facts) -> None:
        if record.is_parsed:
            return
        self.is_news = True
        record.is_parsed = True
        record.lines = facts.lines
        record.suppressions = facts.suppressions
        record.trouble = Problem(path, facts.trouble, facts.line, facts.column) if facts.trouble else None

    def _keep(self, record: FileRecord, facts: Facts) -> None:
        if self.cache.is_on:
            from fastlint.index.facts import encode

            self.cache.keep_facts(record.seen.digest, encode(facts))

    def _is_known(self, path: str) -> bool:
        """Whether the facts of a file are in the cache; they are read when they are asked for."""
        record = self.files.records.get(path)
        return record is not None and self.cache.has_facts(record.seen.digest)


def _tell_nobody(done: int, total: int) -> None:
    pass
