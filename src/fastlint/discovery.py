"""Where a project begins, which Python files it has, and from where its absolute imports resolve."""

from __future__ import annotations

import os
import posixpath
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from fastlint.diagnostic import Problem

if TYPE_CHECKING:
    from fastlint.config import Settings

CONFIG_FILES = (".fastlint.toml", "fastlint.toml")
IMPORT_MARKERS = ("pyproject.toml", "setup.cfg", "setup.py")
MARKERS = (*IMPORT_MARKERS, "requirements.txt")
ENVIRONMENT_MARKERS = frozenset({"pyvenv.cfg", "conda-meta"})


class Found(Struct, frozen=True):
    """The files of a project, sorted, as paths relative to its root with forward slashes.

    `files` is the whole project, `targets` the part of it that findings are wanted for.
    """

    files: tuple[str, ...]
    targets: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


# Where the project begins


def find_root(paths: Sequence[Path]) -> Path:
    """The project root, an absolute path, for what the user named; the same for a folder and its parts.

    The nearest directory with settings of fastlint, else the outermost with a project file inside the git
    repository, else (without git) the nearest with one, else the top of the git repository, else the
    directory itself, outside its package. Neither the file system's root nor a home directory becomes one
    by a stray requirements.txt or a repository of dotfiles, and what is above home is never looked at but
    for settings.
    """
    start = _common_directory(paths)
    for directory in (start, *start.parents):
        if find_config(directory):
            return directory
    candidates = list(_climb(start))
    top = next((i for i, directory in enumerate(candidates) if _has_git(directory)), None)
    within = candidates if top is None else candidates[: top + 1]
    marked = [directory for directory in within if any(_is_file(directory / name) for name in MARKERS)]
    if marked:
        return marked[0] if top is None else marked[-1]
    return _outside_package(start) if top is None else candidates[top]


def find_config(directory: Path) -> Path | None:
    """The file in this directory that holds settings of fastlint, if any."""
    for name in CONFIG_FILES:
        if _is_file(directory / name):
            return directory / name
    pyproject = directory / "pyproject.toml"
    return pyproject if _has_settings(pyproject) else None


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text, to be read only. Raises `ValueError` for a syntax error."""
    return _parse_toml(text)


@lru_cache(maxsize=32)
def _parse_toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _has_settings(pyproject: Path) -> bool:
    """Whether there is a `[tool.fastlint]`; a broken file that names fastlint counts, to be reported."""
    try:
        data = pyproject.read_bytes()
    except OSError:
        return False
    if b"fastlint" not in data:
        return False
    try:
        return "fastlint" in _table(parse_toml(data.decode("utf-8-sig")), "tool")
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
    return _is_folder(folder / ".git") or _is_file(folder / ".git")


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
    while _is_file(directory / "__init__.py") and directory != directory.parent:
        directory = directory.parent
    return directory


# Which files it has


def discover(root: Path, settings: Settings, paths: Sequence[Path]) -> Found:
    """Every Python file of the project, and those under the given paths (all of them, if none is given).

    Files that .gitignore or the settings exclude are left out, unless they are given themselves. Links to
    folders are not followed: what lies in the project is found under its own name. A link to a file is
    followed only out of the project.
    """
    walk = _Walk(_real(root), (*settings.exclude, *settings.extend_exclude))
    walk.below("", _gitignores_above(walk.root))
    targets: set[str] = set()
    for path in paths or (root,):
        targets.update(walk.given(path))
    return Found(
        tuple(sorted(walk.files)), tuple(sorted(targets)), tuple(dict.fromkeys(sorted(walk.problems)))
    )


class _Walk:
    """One pass over the project's folders."""

    def __init__(self, root: Path, exclude: tuple[str, ...]) -> None:
        self.root = root
        self.prefix = os.path.join(root, "")  # noqa: PTH118 - a string that ends in the separator
        self.exclude = compile_patterns(exclude)
        self.files: set[str] = set()
        self.folders: set[str] = set()
        self.problems: list[Problem] = []

    def given(self, path: Path) -> Iterable[str]:
        """The targets that a path of the user means; finds them if the walk passed them by."""
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            self.problems.append(Problem(str(path), _reason(error)))
            return ()
        try:
            relative = locate(path).relative_to(self.root).as_posix()
        except ValueError:
            self.problems.append(Problem(str(path), f"is outside the project, {self.root}"))
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

    def _given_folder(self, relative: str) -> Iterable[str]:
        if not relative:
            return tuple(self.files)
        if relative not in self.folders:
            self.below(f"{relative}/", ())
        return [file for file in self.files if file.startswith(f"{relative}/")]

    def below(self, folder: str, inherited: tuple[tuple[int, Patterns], ...]) -> None:
        """Collect the files under a folder (`""` or `a/b/`); `inherited` are the gitignores above it."""
        waiting = [(folder, inherited)]
        while waiting:
            folder, gitignores = waiting.pop()
            self.folders.add(folder[:-1])
            waiting += [(child, gitignores) for child, gitignores in self._children(folder, gitignores)]

    def _children(
        self, folder: str, gitignores: tuple[tuple[int, Patterns], ...]
    ) -> Iterator[tuple[str, tuple[tuple[int, Patterns], ...]]]:
        """Add the files of one folder; yield its folders that are worth a look, with their gitignores."""
        try:
            with os.scandir(f"{self.prefix}{folder}") as scan:
                entries = list(scan)
        except OSError as error:
            self.problems.append(Problem(folder.rstrip("/") or ".", _reason(error)))
            return
        names = {entry.name for entry in entries}
        if folder and not ENVIRONMENT_MARKERS.isdisjoint(names):
            return
        if ".gitignore" in names and (own := self._gitignore(folder)):
            gitignores = ((len(self.prefix) + len(folder), own), *gitignores)
        for entry in entries:
            name = entry.name
            if _is_own_folder(entry):
                if not self._ignored(f"{folder}{name}", name, True, gitignores):
                    yield f"{folder}{name}/", gitignores
            elif name.endswith(".py") and not self._ignored(f"{folder}{name}", name, False, gitignores):
                self._add(entry, f"{folder}{name}")

    def _ignored(
        self, path: str, name: str, folder: bool, gitignores: tuple[tuple[int, Patterns], ...]
    ) -> bool:
        if self.exclude.match(path, name, folder):
            return True
        if not gitignores:
            return False
        # Where a gitignore begins is counted in the absolute path: it may lie above the root.
        absolute = f"{self.prefix}{path}" if os.sep == "/" else f"{self.prefix}{path}".replace(os.sep, "/")
        for start, patterns in gitignores:
            verdict = patterns.match(absolute[start:], name, folder)
            if verdict is not None:
                return verdict
        return False

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

    def _gitignore(self, folder: str) -> Patterns | None:
        try:
            return _read_gitignore(f"{self.prefix}{folder}.gitignore")
        except OSError as error:
            self.problems.append(Problem(f"{folder}.gitignore", _reason(error)))
            return None


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    """Whether this is a folder and not a link to one, nor a junction of Windows."""
    if not entry.is_dir(follow_symlinks=False):
        return False
    return not (sys.version_info >= (3, 12) and entry.is_junction())


def _gitignores_above(root: Path) -> tuple[tuple[int, Patterns], ...]:
    """The gitignores of the repository that the root is a folder of, nearest first.

    None of them counts when they ignore the root itself: then it was chosen on purpose.
    """
    folders = (root, *root.parents)
    top = next((i for i, folder in enumerate(folders) if _has_git(folder)), 0)
    found: list[tuple[int, Patterns]] = []
    for folder in folders[1 : top + 1]:
        start = len(os.path.join(folder, ""))  # noqa: PTH118 - a string that ends in the separator
        try:
            patterns = _read_gitignore(str(folder / ".gitignore"))
        except OSError:
            continue
        if patterns.covers(root.relative_to(folder).as_posix(), folder=True):
            return ()
        found.append((start, patterns))
    return tuple(found)


def _read_gitignore(path: str) -> Patterns:
    text = Path(path).read_bytes().decode("utf-8", "surrogateescape")
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


# Patterns, as in .gitignore

Verdict = tuple[int, bool]
GLOB = re.compile(r"[*?\[\\]")


@lru_cache(maxsize=256)
def compile_patterns(lines: tuple[str, ...]) -> Patterns:
    """The patterns of one .gitignore; what git finds invalid matches nothing."""
    return Patterns(lines)


class Patterns:
    """Patterns with the meaning of https://git-scm.com/docs/gitignore; the last that matches decides.

    Nearly all patterns of real projects are a name or `*.suffix`, which two look-ups answer. A library
    that turns each into a regular expression takes ten times the time of the walk itself.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._names: dict[str, Verdict] = {}
        self._paths: dict[str, Verdict] = {}
        self._suffixes: dict[str, Verdict] = {}
        names: list[tuple[str, Verdict]] = []
        paths: list[tuple[str, Verdict]] = []
        for index, line in enumerate(lines):
            self._add(line, index, names, paths)
        self._name_globs = _Globs(names)
        self._path_globs = _Globs(paths)

    def match(self, path: str, name: str, folder: bool) -> bool | None:
        """Whether this entry, relative to the .gitignore, is ignored (True) or taken back (False).

        An entry of an ignored folder is not known to be ignored: ask for its folders first, as `covers` does.
        """
        best: Verdict | None = self._names.get(name)
        if self._paths:
            best = _later(best, self._paths.get(path))
        best = _later(best, self._suffix(name))
        if folder:
            name, path = f"{name}/", f"{path}/"
            best = _later(best, self._names.get(name))
            best = _later(best, self._paths.get(path))
            best = _later(best, self._suffix(name))
        best = _later(best, self._name_globs.match(name))
        best = _later(best, self._path_globs.match(path))
        return None if best is None else best[1]

    def covers(self, path: str, *, folder: bool = False) -> bool:
        """Whether this path or a folder that it lies in is ignored."""
        parts = path.split("/")
        for count in range(1, len(parts)):
            if self.match("/".join(parts[:count]), parts[count - 1], True):
                return True
        return bool(self.match(path, parts[-1], folder))

    def _suffix(self, name: str) -> Verdict | None:
        if not self._suffixes:
            return None
        best: Verdict | None = None
        dot = name.find(".")
        while dot >= 0:
            best = _later(best, self._suffixes.get(name[dot:]))
            dot = name.find(".", dot + 1)
        return best

    def _add(
        self, line: str, index: int, names: list[tuple[str, Verdict]], paths: list[tuple[str, Verdict]]
    ) -> None:
        pattern = _without_trailing_spaces(line)
        if not pattern or pattern.startswith("#"):
            return
        verdict = (index, not pattern.startswith("!"))
        pattern = pattern.removeprefix("!")
        end = "/" if pattern.endswith("/") else ""
        pattern = pattern.removesuffix("/")
        anchored = "/" in pattern
        pattern = pattern.removeprefix("/")
        if not pattern:
            return
        if pattern == "**":
            anchored = False
        if pattern.startswith("**/") and "/" not in pattern[3:]:
            pattern, anchored = pattern[3:], False
        if not GLOB.search(pattern):
            (self._paths if anchored else self._names)[pattern + end] = verdict
        elif not anchored and pattern.startswith("*.") and not GLOB.search(pattern[1:]):
            self._suffixes[pattern[1:] + end] = verdict
        else:
            (paths if anchored else names).append((_regex(pattern) + (end or "/?"), verdict))


class _Globs:
    """Many globs as one regular expression, the last of them tried first."""

    def __init__(self, rules: list[tuple[str, Verdict]]) -> None:
        self._verdicts = [verdict for _, verdict in reversed(rules)]
        regex = "|".join(f"({regex})" for regex, _ in reversed(rules))
        self._regex = re.compile(regex, re.DOTALL) if rules else None

    def match(self, subject: str) -> Verdict | None:
        if self._regex is None or not (found := self._regex.fullmatch(subject)):
            return None
        return self._verdicts[(found.lastindex or 1) - 1]


def _later(one: Verdict | None, other: Verdict | None) -> Verdict | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


def _without_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" ")
    if stripped == line:
        return line
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return f"{stripped} " if backslashes % 2 else stripped


PIECE = re.compile(
    r"""(?P<deep_start>\A\*\*+/) | (?P<deep_end>/\*\*+\Z) | (?P<deep>/\*\*+(?=/))
    | (?P<segment>(?:\A|(?<=/))\*+(?=/|\Z)) | (?P<star>\*+) | (?P<one>\?) | \\(?P<escaped>.)
    | \[(?P<negated>[!^])?(?P<set>\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]
    | (?P<literal>[^\[\\])""",
    re.VERBOSE | re.DOTALL,
)
CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"!-~",
    "lower": "a-z",
    "print": r" -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
NEVER = "(?!)"


def _regex(glob: str) -> str:
    """The regular expression of one pattern; of nothing at all where git finds it invalid."""
    glob = re.sub(r"(\A|/)(?:\*\*+/)+", r"\1**/", glob)
    parts: list[str] = []
    position = 0
    while position < len(glob):
        piece = PIECE.match(glob, position)
        if piece is None:  # a bracket that is never closed, a backslash at the end
            return NEVER
        parts.append(_piece(piece))
        position = piece.end()
    regex = "".join(parts)
    try:
        re.compile(regex)
    except re.error:  # a range that runs backwards
        return NEVER
    return regex


def _piece(piece: re.Match[str]) -> str:
    kind = piece.lastgroup
    if kind == "set":
        return _bracket(piece["set"], negated=bool(piece["negated"]))
    if kind in ("escaped", "literal"):
        return re.escape(piece[kind])
    return {
        "deep_start": "(?:.*/)?",
        "deep_end": "/.+",
        "deep": "(?:/.*)?",
        "segment": "[^/]+",
        "star": "[^/]*",
        "one": "[^/]",
    }[str(kind)]


def _bracket(text: str, *, negated: bool) -> str:
    members = re.sub(
        r"\[:(?P<name>[a-z]+):\]|\\(?P<escaped>.)|(?P<special>[\]\[^&~|])",
        lambda found: (
            CLASSES.get(found["name"], "") if found["name"] else re.escape(found["escaped"] or found[0])
        ),
        text,
        flags=re.DOTALL,
    )
    return f"(?!/)[{'^' if negated else ''}{members}]"


# From where its imports resolve


def source_roots(root: Path, files: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """The folders (`""` is the root) from which absolute imports resolve, the most explicit first.

    First the `src` of the settings, then what the project's build and test tools declare, then what the
    layout says: the root, folders with a project file and their `src`, the parents of packages.
    """
    folders = _folders(files)
    packages = {_parent(file) for file in files if posixpath.basename(file) == "__init__.py"}
    declared = [_inside(path) for path in settings.src]
    built: list[str | None] = []
    natural = {""}
    for folder in sorted(folders):
        present = _markers_in(os.path.join(root, folder))  # noqa: PTH118 - asked of each folder: a Path is slow
        if not present.isdisjoint(IMPORT_MARKERS):
            natural |= {folder, *({_join(folder, "src")} & folders - packages)}
            built += [_inside(_join(folder, path)) for path in _declared(root / folder, present)]
        elif present and folder not in packages:
            natural.add(folder)
    known = {*declared, *built, *natural}
    natural |= {_parent(_outermost(package, packages, known)) for package in packages - {""}}
    everything = [*declared, *built, *sorted(natural)]
    return tuple(dict.fromkeys(path for path in everything if path is not None))


def _markers_in(folder: str) -> set[str]:
    return {name for name in MARKERS if os.path.isfile(f"{folder}{os.sep}{name}")}  # noqa: PTH113 - as above


def _folders(files: Iterable[str]) -> set[str]:
    """Every folder that holds one of these files, at any depth."""
    found = {""}
    for file in files:
        folder = _parent(file)
        while folder not in found:
            found.add(folder)
            folder = _parent(folder)
    return found


def _outermost(package: str, packages: set[str], roots: set[str | None]) -> str:
    """The highest package around this one below a source root: one folder without `__init__.py` in between
    does not end a package, it is a namespace in it."""
    outermost = package
    folder = _parent(package)
    while folder not in roots:
        if folder in packages:
            outermost = folder
        folder = _parent(folder)
    return outermost


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _join(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))


def _inside(path: str) -> str | None:
    """The path relative to the root in its one spelling, or None when it leads out or is a glob."""
    path = posixpath.normpath(path.replace("\\", "/"))
    if path.startswith(("/", "../")) or path == ".." or "*" in path:
        return None
    return "" if path == "." else path


def _declared(folder: Path, present: set[str]) -> Iterator[str]:
    if "pyproject.toml" in present:
        yield from _declared_in_pyproject(folder / "pyproject.toml")
    if "setup.cfg" in present:
        yield from _declared_in_setup_cfg(folder / "setup.cfg")


def _declared_in_pyproject(path: Path) -> Iterator[str]:
    """Source folders in the words of setuptools, poetry, hatch, uv, pdm and pytest; another tool's errors
    are left to it."""
    try:
        document = parse_toml(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError):
        return
    tool = _table(document, "tool")
    setuptools = _table(tool, "setuptools")
    yield from _package_directories(_table(setuptools, "package-dir").items())
    yield from _texts(_table(setuptools, "packages", "find").get("where"))
    for package in _list(_table(tool, "poetry").get("packages")):
        if isinstance(package, dict):
            yield from _texts(cast("dict[str, Any]", package).get("from"))
    for hatch in (_table(tool, "hatch", "build"), _table(tool, "hatch", "build", "targets", "wheel")):
        yield from (_parent(package) or "." for package in _texts(hatch.get("packages")))
        yield from _hatch_sources(hatch.get("sources"))
    yield from _texts(_table(tool, "uv", "build-backend").get("module-root"))
    yield from _texts(_table(tool, "pdm", "build").get("package-dir"))
    for pytest in (_table(tool, "pytest"), _table(tool, "pytest", "ini_options")):
        declared = pytest.get("pythonpath")
        yield from declared.split() if isinstance(declared, str) else _texts(declared)


def _hatch_sources(sources: object) -> Iterator[str]:
    """`sources = ["src"]` and `sources = {"src" = ""}` both take the folder off the path."""
    yield from _texts(sources)
    if isinstance(sources, dict):
        yield from _package_directories(
            (to, folder) for folder, to in cast("dict[str, Any]", sources).items() if isinstance(to, str)
        )


def _package_directories(pairs: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """The source root behind each `package = folder`: `lib` for `"a.b" = "lib/a/b"`, and for `"" = "lib"`."""
    for package, folder in pairs:
        tail = package.replace(".", "/").strip("/")
        if not isinstance(folder, str):
            continue
        path = folder.rstrip("/")
        if not tail:
            yield path or "."
        elif f"/{path}".endswith(f"/{tail}"):
            yield path[: -len(tail)] or "."


def _declared_in_setup_cfg(path: Path) -> Iterator[str]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, configparser.Error):
        return
    lines = parser.get("options", "package_dir", fallback="").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    yield from _package_directories((package.strip(), folder.strip()) for package, _, folder in pairs)
    yield from parser.get("options.packages.find", "where", fallback="").split()
    yield from parser.get("tool:pytest", "pythonpath", fallback="").split()


def _table(table: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        inner = table.get(key)
        if not isinstance(inner, dict):
            return {}
        table = cast("dict[str, Any]", inner)
    return table


def _list(value: object) -> list[Any]:
    return [*cast("Iterable[Any]", value)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in _list(value) if isinstance(item, str)]
