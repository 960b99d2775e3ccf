"""Where a project begins, and where its settings are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

from fastlint import disk, toml

CONFIG_FILES = (".fastlint.toml", "fastlint.toml")
IMPORT_MARKERS = ("pyproject.toml", "setup.cfg", "setup.py")
MARKERS = (*IMPORT_MARKERS, "requirements.txt")
MOST_ASKED = 200
"""How many files are asked whether they import from their own folder by its name."""


class DifferentProjects(ValueError):  # noqa: N818 - it reads as what is the matter
    """Paths of different repositories, in one line."""


def find_root(paths: Sequence[Path]) -> Path:
    """The project root, an absolute path, for what the user named; the same for a folder and its parts.

    The top of the git repository; without one, the nearest folder with settings of fastlint, else with a
    project file, else the folder itself, outside its package. Neither the file system's root nor a home
    directory becomes one by a stray requirements.txt or a repository of dotfiles, and what is above home is
    never looked at but for settings.

    Raises `DifferentProjects` for paths of several repositories that lie in none together.
    """
    start = _common_directory(paths)
    candidates = list(_climb(start))
    if top := _top(candidates):
        return top
    _require_one_repository(paths)
    for directory in (start, *start.parents):
        if find_config(directory):
            return directory
    for directory in candidates:
        if any(is_file(directory / name) for name in MARKERS):
            return directory
    return _outside_package(start)


def find_settings(root: Path) -> Path | None:
    """The file with the settings of a project: in its root, or in the nearest folder above that has one."""
    found = (find_config(directory) for directory in (root, *root.parents))
    return next((path for path in found if path is not None), None)


def find_config(directory: Path) -> Path | None:
    """The file in this directory that holds settings of fastlint, if any."""
    for name in CONFIG_FILES:
        if is_file(directory / name):
            return directory / name
    pyproject = directory / "pyproject.toml"
    return pyproject if _has_settings(pyproject) else None


def _has_settings(pyproject: Path) -> bool:
    """Whether there is a `[tool.fastlint]`; a broken file that names fastlint counts, to be reported."""
    try:
        data = disk.read(pyproject)
    except OSError:
        return False
    if b"fastlint" not in data:
        return False
    try:
        return "fastlint" in toml.table(toml.parse(data.decode("utf-8-sig")), "tool")
    except (ValueError, RecursionError):
        return True


def _top(directories: Iterable[Path]) -> Path | None:
    return next((directory for directory in directories if has_git(directory)), None)


def _require_one_repository(paths: Sequence[Path]) -> None:
    """For paths that have no repository in common: none of them may be in one."""
    named = {_directory_of(path): path for path in reversed(paths)}
    tops = {path: _top(_climb(directory)) for directory, path in reversed(named.items())}
    for path, other in pairwise(tops):
        if tops[path] != tops[other]:
            raise DifferentProjects(f"{path} and {other} are different projects: run fastlint once for each")


def _common_directory(paths: Sequence[Path]) -> Path:
    directories = [_directory_of(path) for path in paths] or [Path.cwd()]
    try:
        return Path(os.path.commonpath(directories))
    except ValueError:  # on different drives of Windows
        return directories[0]


def _directory_of(path: Path) -> Path:
    """The real directory that a path is or lies in; the nearest that exists."""
    located = locate(path)
    while not is_folder(located) and located != located.parent:
        located = located.parent
    return located


def locate(path: Path) -> Path:
    """The absolute path without links in its folders; a link to a file keeps its own name and place."""
    if is_folder(path) or path.name in ("", ".."):
        return real(path)
    return real(path.parent) / path.name


def real(path: Path) -> Path:
    """As `Path.resolve`, which before Python 3.13 raises for links that go in circles."""
    return Path(os.path.realpath(path))


def is_folder(path: Path) -> bool:
    """As `Path.is_dir`, which before Python 3.14 raises in a folder that may not be searched."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def has_git(folder: Path) -> bool:
    return disk.exists(folder / ".git")


def _climb(start: Path) -> Iterator[Path]:
    yield start
    home = _home()
    for directory in start.parents:
        if directory == directory.parent:
            return
        if directory != home or any(is_file(directory / name) for name in IMPORT_MARKERS):
            yield directory
        if directory == home:
            return


def _home() -> Path | None:
    try:
        return real(Path.home())
    except RuntimeError:
        return None


def _outside_package(directory: Path) -> Path:
    """The folder above a package: it has an `__init__.py`, or its own files import from it by its name."""
    while directory != directory.parent and (
        is_file(directory / "__init__.py") or _is_named_inside(directory)
    ):
        directory = directory.parent
    return directory


def _is_named_inside(package: Path) -> bool:
    """Whether files of a folder import from it by its name: `from app.models import ...` in `app/main.py`."""
    inner = package / package.name  # `shop/shop/`: that is what they import from
    if not package.name.isidentifier() or is_folder(inner) or is_file(inner.with_suffix(".py")):
        return False
    imports = re.compile(rb"^[ \t]*(?:from|import)[ \t]+%s\b" % package.name.encode(), re.MULTILINE)
    try:
        return any(imports.search(path.read_bytes()) for path in islice(_code_in(package), MOST_ASKED))
    except OSError:
        return False


def _code_in(folder: Path) -> Iterator[Path]:
    """Python files of a folder and of those in it, the nearest first."""
    folders = [folder]
    while folders:
        inner: list[Path] = []
        for each in folders:
            entries = sorted(each.iterdir())
            yield from (path for path in entries if path.suffix == ".py" and is_file(path))
            inner += [
                path
                for path in entries
                if path.name.isidentifier() and path.is_dir() and not path.is_symlink()
            ]
        folders = inner
