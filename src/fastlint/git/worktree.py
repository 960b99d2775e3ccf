"""Whether a working tree is what git has, asked without git: it would run the filters of attributes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastlint.discovery import matters
from fastlint.git.repository import Repository
from fastlint.git.tree import LINK, SUBMODULE, Entry, Tree


def is_untouched(repository: Repository, tree: Tree) -> bool:
    """Whether all files that a run reads are those of a tree, line endings aside; no where it is unclear."""
    if any(entry.mode in (LINK, SUBMODULE) for entry in tree):
        return False
    others = repository.lines("ls-files", "-o", "-z", "--exclude-per-directory=.gitignore")
    if any(path.endswith("/") or matters(path.rpartition("/")[2]) for path in others):
        return False
    return _tracked(repository) == {entry.path for entry in tree} and all(
        _is_same(repository.folder, entry) for entry in tree
    )


def _tracked(repository: Repository) -> set[str]:
    """What the index has of such files: one that a commit lacks may be there."""
    return {path for path in repository.lines("ls-files", "-z") if matters(path.rpartition("/")[2])}


def _is_same(folder: Path, entry: Entry) -> bool:
    try:
        data = (folder / entry.path).read_bytes()
    except OSError:
        return False
    if _name(data, len(entry.object)) == entry.object:
        return True
    unix = data.replace(b"\r\n", b"\n")  # as `core.autocrlf` checks out: it is the same code
    return unix != data and _name(unix, len(entry.object)) == entry.object


def _name(data: bytes, length: int) -> str:
    """The id of a content (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage)."""
    algorithm = "sha1" if length == 40 else "sha256"
    return hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
