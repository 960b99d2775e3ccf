"""The files of a commit or of the index that a run reads, and a folder made of them to read them in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from fastlint import disk
from fastlint.discovery import matters
from fastlint.git.repository import LARGEST, GitError, Repository

LINK, SUBMODULE = "120000", "160000"
SKIPPED = "S"
"""What `git ls-files -t` says of a file that a sparse checkout leaves out."""
UNSAFE = ("", ".", "..", ".git")


class Entry(Struct, frozen=True, order=True):
    """A file, link or submodule: where, what (as git's modes tell), and the id of its object."""

    path: str
    mode: str
    object: str


Tree = tuple[Entry, ...]
"""Sorted by path."""


def committed(repository: Repository, commit: str) -> Tree:
    """The files of a commit, but for those that a sparse checkout leaves out. Raises `GitError`."""
    absent = {path for path, tag, _ in _index(repository) if _is_absent(repository, path, tag)}
    found = (line.partition("\t") for line in repository.lines("ls-tree", "-r", "-z", commit))
    entries = (Entry(path, *_mode_and_object(about)) for about, _, path in found)
    return _relevant(entry for entry in entries if entry.path not in absent)


def staged(repository: Repository) -> Tree:
    """The files of the index, with the same exception. Raises `GitError`, for conflicts too."""
    entries: list[Entry] = []
    for path, tag, (mode, name, stage) in _index(repository):
        if stage != "0":
            raise GitError(f"{path} has conflicts that are not resolved")
        if not _is_absent(repository, path, tag):
            entries.append(Entry(path, mode, name))
    return _relevant(entries)


def digest(tree: Tree) -> bytes:
    """The same for trees that a run cannot tell apart."""
    lines = (f"{entry.mode} {entry.object} {entry.path}" for entry in tree)
    return disk.digest("\0".join(lines).encode("utf-8", "surrogateescape"))


def write(repository: Repository, tree: Tree, folder: Path) -> None:
    """Make a folder with these files, without any link. Raises `GitError`.

    What a link out of the repository leads to is taken as it is now, a submodule as the commit has it.
    """
    try:
        (folder / ".git").mkdir(parents=True)  # the top of a project, whatever lies above
        for path, data in _read(repository, [each for each in tree if each.mode not in (LINK, SUBMODULE)]):
            _put(folder / path, data)
        for path, link in _read(repository, [each for each in tree if each.mode == LINK]):
            if data := _behind(repository.folder, folder, path, os.fsdecode(link)):
                _put(folder / path, data)
    except OSError as error:
        raise GitError(f"cannot write into a temporary folder: {error.strerror or error}") from error
    for entry in tree:
        inside = repository.folder / entry.path
        if entry.mode == SUBMODULE and (inside / ".git").exists():
            submodule = Repository(inside, is_submodule=True)
            write(submodule, _of_submodule(submodule, entry), folder / entry.path)


def _index(repository: Repository) -> Iterator[tuple[str, str, tuple[str, str, str]]]:
    """Path, tag, and mode, object and stage of each entry."""
    for line in repository.lines("ls-files", "-s", "-t", "-z"):
        about, _, path = line.partition("\t")
        tag, mode, name, stage = about.split()
        yield path, tag, (mode, name, stage)


def _is_absent(repository: Repository, path: str, tag: str) -> bool:
    return tag == SKIPPED and not os.path.lexists(repository.folder / path)


def _mode_and_object(about: str) -> tuple[str, str]:
    mode, _, name = about.split()
    return mode, name


def _relevant(entries: Iterable[Entry]) -> Tree:
    return tuple(
        sorted(
            entry
            for entry in entries
            if (entry.mode == SUBMODULE or matters(entry.path.rpartition("/")[2])) and _is_safe(entry.path)
        )
    )


def _is_safe(path: str) -> bool:
    """Whether a path leads nowhere else: git checks that when it makes a tree, others need not have."""
    parts = path.split("/")
    odd = sys.platform == "win32" and any(character in path for character in '\\:*?"<>|')
    return not odd and not any(part.lower() in UNSAFE for part in parts)


def _put(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def _behind(root: Path, folder: Path, path: str, link: str) -> bytes:
    """What a link leads to, which is code only where it leads out of the repository, as in a working tree."""
    target = Path(os.path.realpath((root / path).parent / link))
    if target.is_relative_to(root):
        target = folder / target.relative_to(root)
        if path.endswith(".py"):
            return b""
    return target.read_bytes() if target.is_file() and target.stat().st_size <= LARGEST else b""


def _read(repository: Repository, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
    found = repository.contents([entry.object for entry in entries])
    for entry, data in zip(entries, found, strict=True):
        if data is not None:
            yield entry.path, data


def _of_submodule(submodule: Repository, entry: Entry) -> Tree:
    try:
        return committed(submodule, entry.object)
    except GitError as error:
        raise GitError(f"the submodule {entry.path} lacks the commit that counts there: {error}") from error
