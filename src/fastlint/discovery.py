"""Where a project begins, and which Python files it has."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from fastlint import disk, toml
from fastlint.diagnostic import Problem
from fastlint.overlay import NOTHING, Overlay
from fastlint.patterns import compile_patterns, from_root, split_folders

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from fastlint.config import Settings

# The gitignores that count in a folder, the nearest first, each with where the paths it is asked about begin:
# that is counted in the absolute path, since it may lie above the root.
Gitignores: TypeAlias = "tuple[tuple[int, GitIgnoreSpec], ...]"

CONFIG_FILES = (".fastlint.toml", "fastlint.toml")
IMPORT_MARKERS = ("pyproject.toml", "setup.cfg", "setup.py")
SETTINGS_FILES = frozenset({*CONFIG_FILES, "pyproject.toml"})
MARKERS = (*IMPORT_MARKERS, "requirements.txt")
UNREMARKABLE = frozenset({"__pycache__", ".fastlint_cache", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
ENDINGS = (".py", ".toml", ".txt", ".in", ".cfg", ".lock")
MOST_ASKED = 200
"""How many files are asked whether they import from their own folder by its name."""
ENVIRONMENT_MARKERS = frozenset({"pyvenv.cfg", "conda-meta"})


class Found(Struct, frozen=True):
    """The files of a project, sorted, as paths relative to its root with forward slashes.

    `files` is the whole project, `targets` the part of it that findings are wanted for, `folders` what was
    looked through (the root is ""), `configured` what of that has settings of its own, but for the root.
    `is_special`: a file was named that is no part of the project else, or one is not on disk.
    """

    files: tuple[str, ...]
    targets: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    folders: dict[str, FolderSeen] = {}
    configured: tuple[str, ...] = ()
    is_special: bool = False


class FolderSeen(Struct, frozen=True, array_like=True):
    """A folder as it was looked through: its time (0 where that would prove nothing), and a digest of what in
    it matters to a run."""

    modified: int
    names: bytes


# Where the project begins


def find_root(paths: Sequence[Path]) -> Path:
    """The project root, an absolute path, for what the user named; the same for a folder and its parts.

    The top of the git repository; without one, the nearest folder with settings of fastlint, else with a
    project file, else the folder itself, outside its package. Neither the file system's root nor a home
    directory becomes one by a stray requirements.txt or a repository of dotfiles, and what is above home is
    never looked at but for settings.
    """
    start = _common_directory(paths)
    candidates = list(_climb(start))
    top = next((directory for directory in candidates if _has_git(directory)), None)
    if top is not None:
        return top
    for directory in (start, *start.parents):
        if find_config(directory):
            return directory
    for directory in candidates:
        if any(_is_file(directory / name) for name in MARKERS):
            return directory
    return _outside_package(start)


def find_settings(root: Path) -> Path | None:
    """The file with the settings of a project: in its root, or in the nearest folder above that has one."""
    found = (find_config(directory) for directory in (root, *root.parents))
    return next((path for path in found if path is not None), None)


def find_config(directory: Path) -> Path | None:
    """The file in this directory that holds settings of fastlint, if any."""
    for name in CONFIG_FILES:
        if _is_file(directory / name):
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


def _common_directory(paths: Sequence[Path]) -> Path:
    directories = [_directory_of(path) for path in paths] or [Path.cwd()]
    try:
        return Path(os.path.commonpath(directories))
    except ValueError:  # on different drives of Windows
        return directories[0]


def _directory_of(path: Path) -> Path:
    """The real directory that a path is or lies in; the nearest that exists."""
    located = locate(path)
    while not _is_folder(located) and located != located.parent:
        located = located.parent
    return located


def locate(path: Path) -> Path:
    """The absolute path without links in its folders; a link to a file keeps its own name and place."""
    if _is_folder(path) or path.name in ("", ".."):
        return _real(path)
    return _real(path.parent) / path.name


def _real(path: Path) -> Path:
    """As `Path.resolve`, which before Python 3.13 raises for links that go in circles."""
    return Path(os.path.realpath(path))


def _is_folder(path: Path) -> bool:
    """As `Path.is_dir`, which before Python 3.14 raises in a folder that may not be searched."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _has_git(folder: Path) -> bool:
    return disk.exists(folder / ".git")


def _climb(start: Path) -> Iterator[Path]:
    yield start
    home = _home()
    for directory in start.parents:
        if directory == directory.parent:
            return
        if directory != home or any(_is_file(directory / name) for name in IMPORT_MARKERS):
            yield directory
        if directory == home:
            return


def _home() -> Path | None:
    try:
        return _real(Path.home())
    except RuntimeError:
        return None


def _outside_package(directory: Path) -> Path:
    """The folder above a package: it has an `__init__.py`, or its own files import from it by its name."""
    while directory != directory.parent and (
        _is_file(directory / "__init__.py") or _is_named_inside(directory)
    ):
        directory = directory.parent
    return directory


def _is_named_inside(package: Path) -> bool:
    """Whether files of a folder import from it by its name: `from app.models import ...` in `app/main.py`."""
    inner = package / package.name  # `shop/shop/`: that is what they import from
    if not package.name.isidentifier() or _is_folder(inner) or _is_file(inner.with_suffix(".py")):
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
            yield from (path for path in entries if path.suffix == ".py" and _is_file(path))
            inner += [
                path
                for path in entries
                if path.name.isidentifier() and path.is_dir() and not path.is_symlink()
            ]
        folders = inner


# Which files it has


def discover(root: Path, settings: Settings, paths: Sequence[Path], overlay: Overlay = NOTHING) -> Found:
    """Every Python file of the project, and those under the given paths (all of them, if none is given).

    Files that .gitignore or the settings exclude are left out, unless they are given themselves. Links to
    folders are not followed: what lies in the project is found under its own name. A link to a file is
    followed only out of the project. What is in the `overlay` is found as if it were on disk.
    """
    walk = _Walk(_real(root), (*settings.exclude, *settings.extend_exclude), overlay)
    walk.below("", _gitignores_above(walk.root))
    walk.files = {path for path in walk.files if not settings.excludes(path)}
    ordinary = len(walk.files)
    unseen, walk.problems = walk.problems, list[Problem]()
    targets: set[str] = set()
    for path in paths or (root,):
        targets.update(walk.given(path, only_ordinary=settings.force_exclude))
    asked = [problem for problem in unseen if _is_asked_about(problem.path, walk.root, paths)]
    return Found(
        tuple(sorted(walk.files)),
        tuple(sorted(targets)),
        tuple(dict.fromkeys(sorted((*asked, *walk.problems)))),
        {} if unseen or walk.problems else walk.folders,
        tuple(sorted(walk.configured)),
        is_special=len(walk.files) > ordinary or walk.has_unwritten,
    )


def _is_asked_about(problem: str, root: Path, paths: Sequence[Path]) -> bool:
    place = root / problem
    return not paths or any(place.is_relative_to(located) for located in map(locate, paths))


def among(
    root: Path,
    files: Collection[str],
    folders: Mapping[str, FolderSeen],
    configured: Sequence[str],
    paths: Sequence[Path],
    overlay: Overlay = NOTHING,
) -> Found | None:
    """What `discover` finds, of a project whose files and folders are known; None where it must look."""
    if not all(path in files for path in overlay):
        return None
    targets: set[str] = set()
    for path in paths or (root,):
        try:
            relative = locate(path).relative_to(root).as_posix()
        except ValueError:
            return None
        if relative in files:
            targets.add(relative)
        elif relative == "." or relative in folders:
            targets.update(
                files if relative == "." else (each for each in files if each.startswith(f"{relative}/"))
            )
        else:
            return None
    return Found(tuple(files), tuple(sorted(targets)), folders=dict(folders), configured=tuple(configured))


class _Walk:
    """One pass over the project's folders."""

    def __init__(self, root: Path, exclude: tuple[str, ...], overlay: Overlay) -> None:
        self.root = root
        self.overlay = overlay
        self.unwritten = _unwritten(root, overlay)
        self.has_unwritten = bool(self.unwritten)
        self.prefix = os.path.join(root, "")  # noqa: PTH118 - a string that ends in the separator
        self.excluded_folders, patterns = split_folders([*map(from_root, exclude)])
        self.exclude = compile_patterns(patterns) if patterns else None
        self.files: set[str] = set()
        self.folders: dict[str, FolderSeen] = {}
        self.configured: list[str] = []
        self.problems: list[Problem] = []

    def given(self, path: Path, *, only_ordinary: bool = False) -> Iterable[str]:
        """The targets that a path of the user means; finds them if the walk passed them by, unless only those
        are wanted that it found."""
        try:
            mode = stat.S_IFREG if self._has_content(path) else path.stat().st_mode
        except (OSError, ValueError) as error:
            self.problems.append(Problem(str(path), _reason(error)))
            return ()
        try:
            relative = locate(path).relative_to(self.root).as_posix()
        except ValueError:
            self.problems.append(Problem(str(path), f"is outside the project, {self.root}"))
            return ()
        if only_ordinary and relative not in self.files and relative not in self.folders and relative != ".":
            return ()
        if stat.S_ISDIR(mode):
            return self._given_folder("" if relative == "." else relative)
        if not stat.S_ISREG(mode):
            self.problems.append(Problem(str(path), "is not a regular file"))
            return ()
        if not _is_text(relative):
            self.problems.append(_unnameable(relative))
            return ()
        self.files.add(relative)
        return (relative,)

    def _has_content(self, path: Path) -> bool:
        """Whether something stands for a file that may not be on disk."""
        if not self.overlay:
            return False
        located = locate(path)
        return located.is_relative_to(self.root) and located.relative_to(self.root).as_posix() in self.overlay

    def _given_folder(self, relative: str) -> Iterable[str]:
        if not relative:
            return tuple(self.files)
        if relative not in self.folders:
            self.below(f"{relative}/", (), chosen=True)
        return [file for file in self.files if file.startswith(f"{relative}/")]

    def below(self, folder: str, gitignores: Gitignores, *, chosen: bool = False) -> None:
        """Collect the files under a folder (`""` or `a/b/`); `gitignores` are those above it.

        Patterns that exclude a `chosen` folder itself hold only for what they match seen from there.
        """
        seen_from = len(folder) if chosen and self.exclude and self.exclude.match_file(folder) else 0
        waiting = [(folder, gitignores)]
        while waiting:
            folder, gitignores = waiting.pop()
            waiting += self._children(folder, gitignores, seen_from)

    def _children(
        self, folder: str, gitignores: Gitignores, seen_from: int
    ) -> Iterator[tuple[str, Gitignores]]:
        """Add the files of one folder; yield its folders that are worth a look, with their gitignores."""
        try:
            self.folders[folder[:-1]], entries = _look_through(f"{self.prefix}{folder}")
        except OSError as error:
            self.problems.append(Problem(folder.rstrip("/") or ".", _reason(error)))
            return
        names = {entry.name for entry in entries}
        if folder and not ENVIRONMENT_MARKERS.isdisjoint(names):
            return
        if folder and not SETTINGS_FILES.isdisjoint(names) and find_config(Path(self.prefix + folder)):
            self.configured.append(folder[:-1])
        if ".gitignore" in names and (own := self._gitignore(folder)):
            gitignores = ((len(self.prefix) + len(folder), own), *gitignores)
        for entry in entries:
            path = f"{folder}{entry.name}"
            if _is_own_folder(entry):
                path += "/"
                if entry.name not in self.excluded_folders and not self._ignored(path, gitignores, seen_from):
                    yield path, gitignores
            elif path.endswith(".py") and not self._ignored(path, gitignores, seen_from):
                self._add(entry, path)
        for path in self.unwritten.get(folder, ()):
            between = path[len(folder) :].split("/")[:-1]
            if self.excluded_folders.isdisjoint(between) and not self._ignored(path, gitignores, seen_from):
                self.files.add(path)

    def _ignored(self, path: str, gitignores: Gitignores, seen_from: int) -> bool:
        if self.exclude and self.exclude.match_file(path[seen_from:]):
            return True
        if not gitignores:
            return False
        absolute = f"{self.prefix}{path}" if os.sep == "/" else f"{self.prefix}{path}".replace(os.sep, "/")
        verdicts = (patterns.check_file(absolute[start:]).include for start, patterns in gitignores)
        return next((verdict for verdict in verdicts if verdict is not None), False)

    def _add(self, entry: os.DirEntry[str], path: str) -> None:
        if not _is_text(path):
            self.problems.append(_unnameable(path))
            return
        if entry.is_symlink():
            target = _real(Path(entry.path))
            if not _is_file(target) or target.is_relative_to(self.root):
                return
        elif not entry.is_file(follow_symlinks=False):
            return
        self.files.add(path)

    def _gitignore(self, folder: str) -> GitIgnoreSpec | None:
        try:
            return _read_gitignore(f"{self.prefix}{folder}.gitignore")
        except OSError as error:
            self.problems.append(Problem(f"{folder}.gitignore", _reason(error)))
            return None


def _unwritten(root: Path, overlay: Overlay) -> dict[str, list[str]]:
    """The files that are only in the overlay, by the folder around them that there is (`""` or `a/b/`)."""
    found: dict[str, list[str]] = {}
    for path in overlay:
        if path.endswith(".py") and not os.path.lexists(root / path):
            above = (parent for parent in (root / path).parents if parent == root or _is_folder(parent))
            folder = next(above).relative_to(root).as_posix()
            found.setdefault("" if folder == "." else f"{folder}/", []).append(path)
    return found


def _look_through(folder: str) -> tuple[FolderSeen, list[os.DirEntry[str]]]:
    modified = os.stat(folder).st_mtime_ns  # noqa: PTH116 - asked for every folder: a Path is slow
    with os.scandir(folder) as scan:
        entries = list(scan)
    names = sorted(entry.name for entry in entries if _matters(entry))
    proves = time.time_ns() - modified > disk.GRANULARITY
    return FolderSeen(
        modified if proves else 0, disk.digest("/".join(names).encode("utf-8", "surrogateescape"))
    ), entries


def matters(name: str) -> bool:
    """Whether a file of this name can change what a run finds: code, what declares or ignores something."""
    return name.endswith(ENDINGS) or name in (".gitignore", "Pipfile")


def _matters(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if matters(name) or name == ".git":
        return True
    return name not in UNREMARKABLE and entry.is_dir()


def looks_the_same(folder: str, seen: FolderSeen) -> bool:
    """Whether a folder has what it had; a walk would go the same way through it."""
    try:
        if seen.modified and os.stat(folder).st_mtime_ns == seen.modified:  # noqa: PTH116 - as above
            return True
        return _look_through(folder)[0].names == seen.names
    except OSError:
        return False


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    """Whether this is a folder and not a link to one, nor a junction of Windows."""
    if not entry.is_dir(follow_symlinks=False):
        return False
    return not (sys.version_info >= (3, 12) and entry.is_junction())


def _gitignores_above(root: Path) -> Gitignores:
    """The gitignores of the repository that the root is a folder of, nearest first.

    None of them counts when they ignore the root itself: then it was chosen on purpose.
    """
    folders = (root, *root.parents)
    top = next((i for i, folder in enumerate(folders) if _has_git(folder)), 0)
    found: list[tuple[int, GitIgnoreSpec]] = []
    for folder in folders[1 : top + 1]:
        start = len(os.path.join(folder, ""))  # noqa: PTH118 - a string that ends in the separator
        try:
            patterns = _read_gitignore(str(folder / ".gitignore"))
        except OSError:
            continue
        if patterns.match_file(f"{root.relative_to(folder).as_posix()}/"):
            return ()
        found.append((start, patterns))
    return tuple(found)


def _read_gitignore(path: str) -> GitIgnoreSpec:
    text = disk.read(path).decode("utf-8", "surrogateescape")
    lines = text.removeprefix("\ufeff").split("\n")
    return compile_patterns(tuple(line.removesuffix("\r") for line in lines))


def _reason(error: OSError | ValueError) -> str:
    strerror = getattr(error, "strerror", None) or str(error)
    return f"cannot be read: {strerror[:1].lower()}{strerror[1:]}"


def _is_text(path: str) -> bool:
    """Whether a file's name can be written down: bytes that are not UTF-8 come as lone surrogates."""
    return path.isascii() or not any("\ud800" <= character <= "\udfff" for character in path)


def _unnameable(path: str) -> Problem:
    shown = path.encode("utf-8", "backslashreplace").decode()
    return Problem(shown, "cannot be read: its name is not valid UTF-8")
