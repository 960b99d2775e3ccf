"""What a run found out about single functions, for a run in which only some files have changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from fastlint.files import FileRecord, Files
from fastlint.model.memo import of_word
from fastlint.model.quiet import Recollection


class Memory(Struct, frozen=True):
    """`files` are the digests of all files at that time, `having` the words that were asked for, each with
    the positions of the files that had it."""

    files: dict[str, bytes]
    having: dict[str, tuple[int, ...]]
    recollection: Recollection

    def changed(self, files: Files) -> frozenset[str]:
        """The inputs of the model that are not what they were: files, and words that other files have now.

        The files know then which of them have the words.
        """
        paths = [path for path, record in files.records.items() if self.files.get(path) != record.seen.digest]
        files.recall(self._having(), paths)
        return frozenset((*paths, *map(of_word, self._changed_words(files, paths))))

    def _having(self) -> dict[str, list[str]]:
        paths = tuple(self.files)
        return {word: [paths[each] for each in found] for word, found in self.having.items()}

    def _changed_words(self, files: Files, changed: list[str]) -> Iterator[str]:
        positions = {path: position for position, path in enumerate(self.files)}
        for path in changed:
            position = positions[path]
            for word, found in self.having.items():
                if (position in found) is not files.has(path, word):
                    yield word


def memory_of(
    records: Mapping[str, FileRecord], having: Mapping[str, list[str]], known: Recollection
) -> Memory:
    positions = {path: position for position, path in enumerate(records)}
    return Memory(
        {path: record.seen.digest for path, record in records.items()},
        {word: tuple(sorted(positions[path] for path in paths)) for word, paths in having.items()},
        known,
    )


def encode(memory: Memory) -> bytes:
    return msgspec.msgpack.encode(memory)


def decode(data: bytes) -> Memory | None:
    try:
        return msgspec.msgpack.decode(data, type=Memory)
    except ValueError:
        return None
