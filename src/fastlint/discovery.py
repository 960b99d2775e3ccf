"""Which Python files a project has."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from fastlint import disk
from fastlint.diagnostic import Problem
from fastlint.location import CONFIG_FILES, find_config, has_git, is_file, is_folder, locate, real
from fastlint.overlay import NOTHING, Overlay
from fastlint.patterns import compile_patterns, from_root, split_folders

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from fastlint.config import Settings

# The gitignores that count in a folder, the nearest first, each with where the paths it is asked about begin:
# that is counted in the absolute path, since it may lie above the root.
Gitignores: TypeAlias = "tuple[tuple[int, GitIgnoreSpec], ...]"

SETTINGS_FILES = frozenset({*CONFIG_FILES, "pyproject.toml"})
UNREMARKABLE = frozenset({"__pycache__", ".fastlint_cache", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
ENDINGS = (".py", ".toml", ".txt", ".in", ".cfg", ".lock")
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


def discover(root: Path, settings: Settings, paths: Sequence[Path], overlay: Overlay = NOTHING) -> Found:
    """Every Python file of the project, and those under the given paths (all of them, if none is given).

    Files that .gitignore or the settings exclude are left out, unless they are given themselves. Links to
    folders are not followed: what lies in the project is found under its own name. A link to a file is
    followed only out of the project. What is in the `overlay` is found as if it were on disk.
    """
    walk = _Walk(real(root), (*settings.exclude, *settings.extend_exclude), overlay)
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
            target = real(Path(entry.path))
            if not is_file(target) or target.is_relative_to(self.root):
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
            above = (parent for parent in (root / path).parents if parent == root or is_folder(parent))
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
    top = next((i for i, folder in enumerate(folders) if has_git(folder)), 0)
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
