"""What a run knew and found, so that the next one need not find it again.

A finding depends on the facts of the files that the model read, on which files there are, on which of them
can touch the framework and have the words that were asked for, on the configuration, and on what the project
declares. Where all that is as it was, so are the findings.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from fastlint import disk
from fastlint.diagnostic import Diagnostic, Problem
from fastlint.discovery import FolderSeen, looks_the_same
from fastlint.files import FileRecord
from fastlint.rule import RuleKey


class Snapshot(Struct):
    """A run. `read` are the files whose facts the model asked for, `asked` the words that it looked for.
    `memory` is a digest of what was kept of the single functions (`cache.memory`)."""

    environment: str
    root: str
    folders: dict[str, FolderSeen]
    configured: tuple[str, ...]
    files: dict[str, FileRecord]
    landmarks: dict[str, disk.Seen]
    present: dict[str, bool]
    read: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    problems: tuple[Problem, ...] = ()
    details: dict[str, str] = {}
    memory: bytes = b""

    def folders_are_same(self) -> bool:
        """Whether discovery would find what it found: no folder has other files, nor other ignore files."""
        return bool(self.folders) and all(
            looks_the_same(os.path.join(self.root, path), seen)  # noqa: PTH118 - asked for every folder
            for path, seen in self.folders.items()
        )

    def surroundings_are_same(self) -> bool:
        """Whether what was read beside the code is as it was."""
        return all(disk.is_same(path, seen) for path, seen in self.landmarks.items()) and all(
            os.path.exists(path) is there  # noqa: PTH110 - as above
            for path, there in self.present.items()
        )


class Catalogue(Struct):
    """The installed rules, without importing them; `packages` are the folders that they come from."""

    environment: str
    packages: tuple[str, ...]
    rules: tuple[RuleKey, ...]


def encode(value: Snapshot | Catalogue) -> bytes:
    return msgspec.msgpack.encode(value)


def decode_snapshot(data: bytes) -> Snapshot | None:
    """None for what is no snapshot, such as one of an older fastlint."""
    try:
        return msgspec.msgpack.decode(data, type=Snapshot)
    except ValueError:
        return None


def decode_catalogue(data: bytes) -> Catalogue | None:
    try:
        return msgspec.msgpack.decode(data, type=Catalogue)
    except ValueError:
        return None


def surroundings(root: Path) -> tuple[dict[str, disk.Seen], dict[str, bool]]:
    """What this process has read and looked for in a project and in the folders above it."""
    above = {os.fspath(folder) for folder in root.parents}
    inside = os.path.join(root, "")  # noqa: PTH118 - a string that ends in the separator

    def counts(path: str) -> bool:
        return path.startswith(inside) or os.path.dirname(path) in above  # noqa: PTH120 - of many paths

    return (
        {path: seen for path, seen in disk.files.items() if counts(path)},
        {path: there for path, there in disk.present.items() if counts(path)},
    )
