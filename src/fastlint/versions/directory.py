"""Which files of a directory declare something. What has not changed is not read again in a run."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from fastlint import disk
from fastlint.versions.declared import Level
from fastlint.versions.files import BadFileError, DeclaringFile
from fastlint.versions.locks import read_lock, read_pipfile_lock
from fastlint.versions.pyproject import read_pipfile, read_pyproject
from fastlint.versions.requirements import read_requirements
from fastlint.versions.setup import read_setup_cfg, read_setup_py

Fingerprint = tuple[tuple[str, int, int], ...]

_FOLDER = "requirements"
_REQUIREMENTS_FILE = re.compile(r"(?:.*[-_.])?require(?:ment)?s(?:[-_.].*)?\.(?:txt|in)", re.IGNORECASE)
_LISTS = (".txt", ".in")
_MAX_BYTES = 50_000_000
_READERS: dict[str, Callable[[DeclaringFile, Level], None]] = {
    "pyproject.toml": read_pyproject,
    "setup.cfg": read_setup_cfg,
    "setup.py": read_setup_py,
    "Pipfile": read_pipfile,
    "uv.lock": read_lock,
    "poetry.lock": read_lock,
    "pdm.lock": read_lock,
    "pylock.toml": read_lock,
    "Pipfile.lock": read_pipfile_lock,
}


def read_level(root: Path, directory: Path) -> Level | None:
    """What the files of a directory declare; None where there are none."""
    fingerprint = _fingerprint(str(directory))
    return _level(root, directory, fingerprint, disk.memory()) if fingerprint else None


def _fingerprint(directory: str) -> Fingerprint:
    """The files here that declare something, each with its time and size."""
    names = _listing(directory)
    if _FOLDER in names:
        below = _listing(os.path.join(directory, _FOLDER))  # noqa: PTH118 - asked for every directory: fast
        names = (*(name for name in names if name != _FOLDER), *(f"{_FOLDER}/{name}" for name in below))
    found: list[tuple[str, int, int]] = []
    for name in names:
        try:
            status = os.stat(f"{directory}/{name}")  # noqa: PTH116 - likewise
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            found.append((name, status.st_mtime_ns, status.st_size))
    return tuple(found)


def _listing(directory: str) -> tuple[str, ...]:
    try:
        modified = os.stat(directory).st_mtime_ns  # noqa: PTH116 - likewise
        return _names_in(directory, modified, disk.memory())
    except (OSError, ValueError):
        return ()


@lru_cache(maxsize=4096)
def _names_in(directory: str, modified: int, memory: int) -> tuple[str, ...]:
    """What may declare something; which names a directory has does not change without its time."""
    names = sorted(os.listdir(directory))  # noqa: PTH208 - likewise
    return tuple(name for name in names if declares(directory, name))


def declares(directory: str, name: str) -> bool:
    """Whether a file of this name, or a folder with files, may declare something where it lies."""
    if name.endswith(_LISTS):
        return directory.endswith(_FOLDER) or _REQUIREMENTS_FILE.fullmatch(name) is not None
    return name == _FOLDER or name in _READERS


@lru_cache(maxsize=256)
def _level(root: Path, directory: Path, fingerprint: Fingerprint, memory: int) -> Level:
    level = Level()
    for name, _, size in fingerprint:
        file = DeclaringFile(root, directory / name)
        try:
            if size > _MAX_BYTES:
                raise file.bad(f"the file is too large: {size / 1e6:.0f} MB")
            _READERS.get(name, read_requirements)(file, level)
        except BadFileError as error:
            level.problems.append(error.problem)
        else:
            level.problems += file.problems[:1]
    return level
