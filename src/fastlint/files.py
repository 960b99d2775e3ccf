"""The files of a project: what the run before knew of them, and what is in them, read when it matters."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from fastlint import disk
from fastlint.diagnostic import Problem
from fastlint.overlay import NOTHING, Overlay
from fastlint.suppression import Suppression

RELEVANT = (
    rb"fastapi|starlette|\bDepends\b|APIRouter|dependency_overrides|\bTestClient\b|include_router"
    rb"|add_api_route|add_middleware|add_task\b"
    rb"|^[ \t]*@[\w.]+\.(?:get|post|put|patch|delete|head|options|trace|websocket|api_route|route"
    rb"|on_event|middleware|exception_handler)\b"
)
"""What a file has that can touch the framework."""

PROPERTY = re.compile(
    rb"^[ \t]*@(?:functools\.)?(?:cached_)?property\b[^\n]*\n(?:[ \t]*[@#][^\n]*\n)*"
    rb"[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)",
    re.MULTILINE,
)
"""A property, as far as that can be told without parsing: reading one runs code."""

_WORDS = bytes(byte if chr(byte).isalnum() or byte in b"_" or byte > 127 else 32 for byte in range(256))


class FileRecord(Struct, array_like=True):
    """What is known of a file without reading it again; what follows `is_parsed`, of one that was parsed.

    `properties` are the names of those that it seems to define, `words` is a digest of those words in it that
    the model asked for, `trouble` why it has no facts.
    """

    seen: disk.Seen
    size: int
    is_relevant: bool
    is_utf8: bool
    speaks_of_us: bool
    properties: tuple[str, ...] = ()
    words: bytes = b""
    is_parsed: bool = False
    lines: int = 0
    suppressions: tuple[Suppression, ...] = ()
    trouble: Problem | None = None


class Files:
    """Paths are relative to the root, with forward slashes.

    `changed` are those whose content is not what `known` says. `is_stale`: its times no longer hold.
    `having` are the words that were asked for, with the files that have each. What is in the `overlay` is
    read in place of the files.
    """

    def __init__(
        self,
        root: Path,
        paths: Iterable[str],
        known: Mapping[str, FileRecord],
        overlay: Overlay = NOTHING,
    ) -> None:
        self.root = root
        self.overlay = overlay
        self.records: dict[str, FileRecord] = {}
        self.problems: list[Problem] = []
        self.changed: list[str] = []
        self.is_stale = False
        self.having: dict[str, list[str]] = {}
        self._contents: dict[str, bytes | None] = {}
        self._own_words: dict[str, set[bytes]] = {}
        self._prefix = os.path.join(root, "")  # noqa: PTH118 - a string that ends in the separator
        for path in paths:
            self._look_at(path, known.get(path))

    def _look_at(self, path: str, known: FileRecord | None) -> None:
        if known is not None and known.seen.stamp is not None and path not in self.overlay:
            try:
                if disk.stamp(os.stat(self._prefix + path)) == known.seen.stamp:  # noqa: PTH116 - of every file
                    self.records[path] = known
                    return
            except (OSError, ValueError):
                pass
        self._examine(path, known)

    def _examine(self, path: str, known: FileRecord | None) -> None:
        from fastlint.source import Unreadable, content

        try:
            data, stamp = content(self.root, path, self.overlay)
        except Unreadable as error:
            self.problems.append(error.problem)
            self.changed.append(path)
            self._contents[path] = None
            return
        self._contents[path] = data
        seen = disk.Seen(stamp and disk.settled(stamp), disk.digest(data))
        if known is not None and known.seen.digest == seen.digest:
            if stamp is not None:  # what stands for a file says nothing about its times
                self.is_stale = self.is_stale or known.seen != seen
                known.seen = seen
            self.records[path] = known
            return
        self.changed.append(path)
        self.records[path] = FileRecord(
            seen, len(data), _is_relevant(data), _is_utf8(data), b"fastlint" in data, _properties(data)
        )

    def content(self, path: str) -> bytes | None:
        """The bytes of a file; None for one that cannot be read."""
        if path not in self._contents and path in self.records:
            self._examine(path, self.records[path])
        return self._contents.get(path)

    @property
    def relevant(self) -> list[str]:
        """The files that can touch the framework."""
        return [path for path, record in self.records.items() if record.is_relevant]

    @property
    def properties(self) -> frozenset[str]:
        """The names of all properties that the files seem to define."""
        return frozenset(name for record in self.records.values() for name in record.properties)

    def mentions(self, word: str) -> Iterable[str]:
        """The files whose text has a word in it."""
        found = self.having.get(word)
        if found is None:
            found = self.having[word] = self._words.get(word.encode(), [])
        return found

    def recall(self, having: Mapping[str, list[str]], changed: Iterable[str]) -> None:
        """Take over which files had some words, all but those that have changed since."""
        changed = frozenset(changed)
        for word, paths in having.items():
            there = [path for path in changed if self.has(path, word)]
            self.having[word] = [*(path for path in paths if path not in changed), *there]

    def has(self, path: str, word: str) -> bool:
        """Whether the text of a file has a word in it."""
        if path not in self._own_words:
            self._own_words[path] = _words_of(self.content(path) or b"")
        return word.encode() in self._own_words[path]

    @cached_property
    def _words(self) -> dict[bytes, list[str]]:
        """Every word of the project, with the files that have it."""
        found: dict[bytes, list[str]] = {}
        for path in self.records:
            for word in _words_of(self.content(path) or b""):
                found.setdefault(word, []).append(path)
        return found

    def settle_words(self) -> tuple[str, ...]:
        """Note in each file's record which words were asked for that it has; the words."""
        found: dict[str, list[bytes]] = {}
        for word in sorted(self.having, key=str.encode):
            for path in self.having[word]:
                found.setdefault(path, []).append(word.encode())
        for path, record in self.records.items():
            record.words = disk.digest(b" ".join(found.get(path, ())))
        return tuple(sorted(self.having))

    def words_among(self, path: str, asked: frozenset[bytes]) -> bytes:
        """A digest of those of some words that a file has."""
        return disk.digest(b" ".join(sorted(asked & _words_of(self.content(path) or b""))))


def _words_of(data: bytes) -> set[bytes]:
    return set(data.translate(_WORDS).split())


def _is_relevant(data: bytes) -> bool:
    return re.search(RELEVANT, data, re.MULTILINE) is not None


def _properties(data: bytes) -> tuple[str, ...]:
    found = PROPERTY.findall(data) if b"property" in data else ()
    return tuple(sorted({name.decode("utf-8", "replace") for name in found}))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
