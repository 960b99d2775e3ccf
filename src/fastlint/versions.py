"""What a project declares: which versions of its dependencies, and of Python, its code may run with.

Read from a file's directory and those above it, up to the root: pyproject.toml (PEP 621, PEP 735, Poetry, uv,
PDM), setup.cfg, setup.py (literals only), Pipfile, requirements files, and the lock files of uv, Poetry, PDM,
Pipenv and PEP 751. A lock wins over a range, a nearer directory over a farther one. What cannot be read is a
problem in one line, and counts as not declared.
"""

from __future__ import annotations

import ast
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from fastlint import toml
from fastlint.diagnostic import Problem

if TYPE_CHECKING:
    from packaging.version import Version

PYTHON = "python"
"""The name under which `requires-python` and Poetry's `python` are declared."""


@dataclass(frozen=True)
class Range:
    """A set of versions as disjoint intervals in order; pre-releases are not told from what they precede.

    An interval is a pair of cuts, and a cut a version with 0 (just before it) or 1 (just after it).
    """

    intervals: tuple[Interval, ...]

    def __bool__(self) -> bool:
        """Whether any version is in it."""
        return bool(self.intervals)

    def __and__(self, other: Range) -> Range:
        pairs = (
            (max(low, other_low), min(high, other_high))
            for low, high in self.intervals
            for other_low, other_high in other.intervals
        )
        return Range(tuple(pair for pair in pairs if pair[0] < pair[1]))

    def __invert__(self) -> Range:
        whole = everything().intervals[0]
        lows = (whole[0], *(high for _, high in self.intervals))
        highs = (*(low for low, _ in self.intervals), whole[1])
        return Range(tuple((low, high) for low, high in zip(lows, highs, strict=True) if low < high))

    def __or__(self, other: Range) -> Range:
        return ~(~self & ~other)

    def __le__(self, other: Range) -> bool:
        """Whether every version in this range is in the other."""
        return not self & ~other


@lru_cache(maxsize=1)
def everything() -> Range:
    from packaging.version import Version

    return Range((((Version("0.dev0"), 0), (Version("99999!0"), 0)),))


@lru_cache(maxsize=4096)
def parse_range(text: str) -> Range | None:
    """The versions that a specifier means, in PEP 440's notation or in Poetry's; None when it is neither.

    An empty one and `*` mean every version, a bare version means itself.
    """
    from packaging.version import InvalidVersion

    alternatives: list[Range] = []
    try:
        for alternative in text.split("||"):
            clauses = re.sub(r"([<>=!~^])\s+", r"\1", alternative).replace(",", " ").split()
            alternatives.append(reduce(Range.__and__, map(_clause, clauses), everything()))
    except (InvalidVersion, ValueError):
        return None
    return reduce(Range.__or__, alternatives)


class Versions:
    """What holds for the files of one directory; `problems` are about the files it was read from."""

    def __init__(self, levels: Iterable[_Level], overrides: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._levels = tuple(levels)
        self._overrides = {normalise(name): text for name, text in overrides.items()}
        self._declared: dict[str, Range | None] = {}
        self._answers: dict[str, tuple[bool, bool]] = {}
        for level in self._levels:
            self.problems += [problem for problem in level.problems if problem not in self.problems]

    def declared(self, package: str) -> Range | None:
        """The versions of a package that the project allows; None when it does not say.

        The package `python` is the language itself.
        """
        name = normalise(package)
        if name not in self._declared:
            self._declared[name] = self._resolve(name)
        return self._declared[name]

    def always(self, requirement: str) -> bool:
        """Whether every version that the project allows satisfies `fastapi>=0.118`; no when it says nothing.

        Raises `ValueError` for what is no requirement.
        """
        return self._answer(requirement)[0]

    def possibly(self, requirement: str) -> bool:
        """Whether some version that the project allows satisfies `fastapi>=0.118`; yes when it says nothing.

        Raises `ValueError` for what is no requirement.
        """
        return self._answer(requirement)[1]

    def _answer(self, requirement: str) -> tuple[bool, bool]:
        if requirement not in self._answers:
            package, wanted = _requirement(requirement)
            allowed = self.declared(package)
            answer = (False, True) if allowed is None else (allowed <= wanted, bool(allowed & wanted))
            self._answers[requirement] = answer
        return self._answers[requirement]

    def _resolve(self, name: str) -> Range | None:
        if name in self._overrides:
            return parse_range(self._overrides[name]) or None
        pinned = [found for level in self._levels if (found := level.pinned(name))]
        ranged = [found for level in self._levels if (found := level.ranged(name))]
        # A bare `fastapi` in a member of a workspace leaves the say to the root.
        narrowed = [each for each in ranged if each != everything()]
        allowed = next(iter([*narrowed, *ranged]), None)
        if not pinned or (allowed is not None and not pinned[0] & allowed):
            return allowed  # the lock is another project's, or older than the range
        return pinned[0]


def read_versions(root: Path, directory: Path, overrides: Mapping[str, str] | None = None) -> Versions:
    """What the project declares for the files of a directory at or below the root.

    `overrides` (`{"fastapi": ">=0.115"}`) are the settings' word, which is the last. What has not changed
    since it was last read is not read again, and gives the same object.
    """
    directories = [directory, *directory.parents]
    if root not in directories:
        directories = [root]
    inside = directories[: directories.index(root) + 1]
    levels = (_level(root, each, _fingerprint(str(each))) for each in inside)
    declaring = tuple(level for level in levels if level is not None)
    return _versions(declaring, tuple(sorted((overrides or {}).items())))


@lru_cache(maxsize=256)
def _versions(levels: tuple[_Level, ...], overrides: tuple[tuple[str, str], ...]) -> Versions:
    return Versions(levels, dict(overrides))


@lru_cache(maxsize=4096)
def normalise(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


# Specifiers

Cut = tuple["Version", int]
Interval = tuple[Cut, Cut]

_CLAUSE = re.compile(r"(~=|===|==|!=|<=|>=|<|>|\^|~|=)?v?([0-9][^\s*]*?)(\.\*)?")


def _clause(text: str) -> Range:
    """Raises `ValueError` (`InvalidVersion` is one)."""
    if text in ("*", "==*", ">=*"):
        return everything()
    match = _CLAUSE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    from packaging.version import Version

    operator, number, wildcard = match[1] or "==", match[2].partition("+")[0], bool(match[3])
    version = Version(number)
    if operator == "!=":
        return ~_equal(version, wildcard)
    if operator in ("==", "===", "="):
        return _equal(version, wildcard)
    if operator in ("^", "~", "~="):
        return _between(version, _next_after(version, operator))
    (low, high) = everything().intervals[0]
    at = (version, 1 if operator in (">", "<=") else 0)
    return Range(((at, high),)) if operator[0] == ">" else Range(((low, at),))


def _equal(version: Version, wildcard: bool) -> Range:
    return (
        _between(version, _bump(version, len(version.release)))
        if wildcard
        else Range((((version, 0), (version, 1)),))
    )


def _between(low: Version, high: Version) -> Range:
    return Range((((low, 0), (high, 0)),))


def _next_after(version: Version, operator: str) -> Version:
    """The first version that `^1.2.3`, `~1.2.3` or `~=1.2.3` does not mean.

    https://python-poetry.org/docs/dependency-specification/ and PEP 440.
    """
    release = version.release
    if operator == "~=":
        if len(release) < 2:
            raise ValueError(f"~={version}")
        return _bump(version, len(release) - 1)
    if operator == "~":
        return _bump(version, min(len(release), 2))
    significant = next((index for index, part in enumerate(release) if part), len(release) - 1)
    return _bump(version, significant + 1)


def _bump(version: Version, count: int) -> Version:
    """The release after all those that share the first `count` numbers."""
    from packaging.version import Version

    numbers = (*version.release[: count - 1], version.release[count - 1] + 1)
    return Version(f"{version.epoch}!{'.'.join(map(str, numbers))}")


_REQUIREMENT = re.compile(
    r"""
    (?P<name>[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?) \s*
    (?:\[[^\]]*\])? \s*
    (?: @ \s* (?P<url>[^;]+?(?=\s+;|\s*$)) | \(? (?P<specifier>[^;()@]*) \)? ) \s*
    (?: ; (?P<marker>.*) )?
    """,
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def _requirement(text: str) -> tuple[str, Range]:
    match = _REQUIREMENT.fullmatch(text.strip())
    wanted = parse_range(match["specifier"] or "") if match else None
    if match is None or wanted is None:
        raise ValueError(f"`{text}` is not a requirement")
    return match["name"], wanted


# One directory


class _Entry(NamedTuple):
    """One declaration of a package: its specifier, and whether it holds only under a marker."""

    specifier: str
    marked: bool = False


_Group = dict[str, list[_Entry]]
_Key = tuple[str, ...]


@dataclass(eq=False)
class _Level:
    """What the files of one directory declare.

    All of `main` and `constraints` hold together; `others` (extras, groups, further requirements files) are
    alternatives that count for what the main ones do not name; `overrides` replace everything.
    """

    main: list[_Group] = field(default_factory=list[_Group])
    others: list[_Group] = field(default_factory=list[_Group])
    constraints: list[_Group] = field(default_factory=list[_Group])
    overrides: list[_Group] = field(default_factory=list[_Group])
    pins: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])
    problems: list[Problem] = field(default_factory=list[Problem])

    def pinned(self, name: str) -> Range | None:
        ranges = [each for version in self.pins.get(name, ()) if (each := parse_range(version))]
        return reduce(Range.__or__, ranges) if ranges else None

    def ranged(self, name: str) -> Range | None:
        overridden = _all_of(self.overrides, name)
        if overridden is not None:
            return overridden
        allowed = _all_of(self.main, name)
        if allowed is None:
            allowed = _any_of(self.others, name)
        constrained = _all_of(self.constraints, name)
        if allowed is None or constrained is None:
            return allowed or constrained
        return _both(allowed, constrained)


def _all_of(groups: list[_Group], name: str) -> Range | None:
    found = [each for group in groups if (each := _in_group(group, name)) is not None]
    return reduce(_both, found) if found else None


def _any_of(groups: list[_Group], name: str) -> Range | None:
    found = [each for group in groups if (each := _in_group(group, name)) is not None]
    return reduce(Range.__or__, found) if found else None


def _in_group(group: _Group, name: str) -> Range | None:
    """Every entry holds that has no marker; of those with one, any may be the one that holds."""
    entries = [(each.marked, parse_range(each.specifier)) for each in group.get(name, ())]
    plain = [known for marked, known in entries if known and not marked]
    marked = [known for marked, known in entries if known and marked]
    if marked:
        plain.append(reduce(Range.__or__, marked))
    return reduce(_both, plain) if plain else None


def _both(one: Range, other: Range) -> Range:
    """What both allow; where they contradict each other, the first."""
    return one & other or one


_FOLDER = "requirements"
_REQUIREMENTS_FILE = re.compile(r"(?:.*[-_.])?requirements(?:[-_.].*)?\.txt", re.IGNORECASE)
_MAX_BYTES = 50_000_000
_MAX_LENGTH = 2_000
_Fingerprint = tuple[tuple[str, int, int], ...]


def _fingerprint(directory: str) -> _Fingerprint:
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
        return _names_in(directory, os.stat(directory).st_mtime_ns)  # noqa: PTH116 - likewise
    except (OSError, ValueError):
        return ()


@lru_cache(maxsize=4096)
def _names_in(directory: str, modified: int) -> tuple[str, ...]:
    """What may declare something; which names a directory has does not change without its time."""
    inside = directory.endswith(_FOLDER)
    names = sorted(os.listdir(directory))  # noqa: PTH208 - likewise
    return tuple(name for name in names if _declares(name) or (inside and name.endswith(".txt")))


def _declares(name: str) -> bool:
    if name.endswith(".txt"):
        return _REQUIREMENTS_FILE.fullmatch(name) is not None
    return name == _FOLDER or name in _READERS


@lru_cache(maxsize=256)
def _level(root: Path, directory: Path, fingerprint: _Fingerprint) -> _Level | None:
    if not fingerprint:
        return None
    level = _Level()
    for name, _, size in fingerprint:
        file = _File(root, directory / name)
        try:
            if size > _MAX_BYTES:
                raise file.bad(f"the file is too large: {size / 1e6:.0f} MB")
            _READERS.get(name, _read_requirements)(file, level)
        except _BadFileError as error:
            level.problems.append(error.problem)
        else:
            level.problems += file.problems[:1]
    return level


# Files


class _BadFileError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class _File:
    """A file that declares something; of its `problems`, the first is told."""

    root: Path
    path: Path
    problems: list[Problem] = field(default_factory=list[Problem])

    def complain(self, message: str, line: int = 0) -> None:
        self.problems.append(self.bad(message, line).problem)

    def bad(self, message: str, line: int = 0) -> _BadFileError:
        try:
            path = self.path.relative_to(self.root).as_posix()
        except ValueError:
            path = self.path.as_posix()
        return _BadFileError(Problem(path, message, line))

    def data(self) -> bytes:
        try:
            return self.path.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self.bad(f"the file cannot be read: {reason}") from None

    def text(self) -> str:
        data = self.data()
        try:
            # PowerShell writes `pip freeze > requirements.txt` in UTF-16.
            wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
            return data.decode("utf-16" if wide else "utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.bad("the file is not UTF-8", data.count(b"\n", 0, error.start) + 1) from None

    def tables(self) -> dict[str, Any]:
        try:
            return toml.parse(self.text())
        except (ValueError, RecursionError) as error:
            place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
            message = str(error)[: place.start()] if place else str(error)
            raise self.bad(f"not valid TOML: {message}", int(place[1]) if place else 0) from None


def _add(file: _File, group: _Group, requirement: str, line: int | _Key = 0) -> None:
    """Add a requirement as PEP 508 writes it; `line` is where it stands, or its key in a TOML file."""
    text = requirement.strip()
    if not text or _is_location(text):
        return
    match = _REQUIREMENT.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    if match is None or parse_range(match["specifier"] or "") is None:
        number = line if isinstance(line, int) else toml.find_line(file.text(), line)
        file.complain(f"`{text:.100}` is not a requirement", number)
    elif not match["url"]:
        _add_specifier(group, match["name"], match["specifier"] or "", marked=bool(match["marker"]))


def _add_specifier(group: _Group, name: str, specifier: str, *, marked: bool = False) -> None:
    group.setdefault(normalise(name), []).append(_Entry(specifier, marked))


def _is_location(text: str) -> bool:
    """Whether this is a path or an address: what it installs cannot be known."""
    return (
        "://" in text
        or text.startswith((".", "/", "~", "\\", "file:"))
        or text.endswith((".whl", ".tar.gz", ".zip"))
    )


def _read_pyproject(file: _File, level: _Level) -> None:
    document = file.tables()
    main = _read_list(file, document, ("project", "dependencies"))
    _read_python(main, toml.table(document, "project").get("requires-python"))
    level.main += [main, *_poetry(file, document, ("tool", "poetry", "dependencies"))]
    for key in (
        ("project", "optional-dependencies"),
        ("dependency-groups",),
        ("tool", "pdm", "dev-dependencies"),
    ):
        level.others += [_read_list(file, document, (*key, name)) for name in toml.table(document, *key)]
    level.others += _poetry(file, document, ("tool", "poetry", "dev-dependencies"))
    for name in toml.table(document, "tool", "poetry", "group"):
        level.others += _poetry(file, document, ("tool", "poetry", "group", name, "dependencies"))
    for name in _strings(toml.table(document, "tool", "setuptools", "dynamic", "dependencies").get("file")):
        _include(file, name, False, 0, main, _Seen(level.constraints))
    level.others.append(_read_list(file, document, ("tool", "uv", "dev-dependencies")))
    level.constraints.append(_read_list(file, document, ("tool", "uv", "constraint-dependencies")))
    level.overrides.append(_read_list(file, document, ("tool", "uv", "override-dependencies")))


def _read_list(file: _File, document: dict[str, Any], key: tuple[str, ...]) -> _Group:
    """The requirements of an array; tables in it (`{include-group = "test"}`) are read where they stand."""
    group: _Group = {}
    items: object = toml.table(document, *key[:-1]).get(key[-1], [])
    if not isinstance(items, list):
        file.complain(f"`{'.'.join(key)}` is not an array", toml.find_line(file.text(), key))
        return group
    for index, item in enumerate(cast("list[object]", items)):
        if isinstance(item, str):
            _add(file, group, item, (*key, str(index)))
    return group


def _read_python(group: _Group, specifier: object) -> None:
    if isinstance(specifier, str):
        _add_specifier(group, PYTHON, specifier)


def _poetry(file: _File, document: dict[str, Any], key: tuple[str, ...]) -> list[_Group]:
    """A table of Poetry or of a Pipfile: `name = "^1.2"`, `{version = "^1.2"}`, or several such tables."""
    group: _Group = {}
    for name, value in toml.table(document, *key).items():
        alternatives = cast("list[object]", value) if isinstance(value, list) else [value]
        for each in alternatives:
            specifier, marked = _poetry_entry(each)
            if parse_range(specifier) is None:
                line = toml.find_line(file.text(), (*key, name))
                file.complain(f"`{specifier:.100}` is not a version constraint", line)
                continue
            _add_specifier(group, name, specifier, marked=marked or len(alternatives) > 1)
    return [group]


def _poetry_entry(value: object) -> tuple[str, bool]:
    if isinstance(value, str):
        return value, False
    if not isinstance(value, dict):
        return "", False
    entry = cast("dict[str, object]", value)
    version = entry.get("version", "")
    marked = any(key in entry for key in ("markers", "python", "platform", "python_version", "sys_platform"))
    return version if isinstance(version, str) else "", marked


def _read_pipfile(file: _File, level: _Level) -> None:
    document = file.tables()
    level.main += _poetry(file, document, ("packages",))
    level.others += _poetry(file, document, ("dev-packages",))
    python = toml.table(document, "requires")
    group: _Group = {}
    if isinstance(version := python.get("python_version"), str):
        _read_python(group, f"=={version}.*")
    level.main.append(group)


def _read_setup_cfg(file: _File, level: _Level) -> None:
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(file.text())
    except configparser.Error as error:
        line = re.search(r"line:? +(\d+)", str(error))
        raise file.bad("not a valid configuration file", int(line[1]) if line else 0) from None
    main: _Group = {}
    for requirement in parser.get("options", "install_requires", fallback="").splitlines():
        _add(file, main, _COMMENT.sub("", requirement))
    _read_python(main, parser.get("options", "python_requires", fallback=None))
    level.main.append(main)
    if parser.has_section("options.extras_require"):
        for _, requirements in parser.items("options.extras_require"):
            group: _Group = {}
            for requirement in requirements.splitlines():
                _add(file, group, _COMMENT.sub("", requirement))
            level.others.append(group)


def _read_setup_py(file: _File, level: _Level) -> None:
    """The literal arguments of `setup()`, or those that a module-level name holds. The file is never run."""
    from fastlint.source import parse_quietly

    text = file.text()
    if "setuptools" not in text and "distutils" not in text:
        return  # a module of that name
    try:
        tree = parse_quietly(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # that it cannot be parsed is said where it is linted
    names = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for call in _setup_calls(tree):
        for keyword in call.keywords:
            value = names.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
            if keyword.arg and value is not None:
                _read_setup_argument(file, level, keyword.arg, _literal(value))


def _setup_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for statement in tree.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                function = node.func
                if getattr(function, "attr", getattr(function, "id", None)) == "setup":
                    yield node


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _read_setup_argument(file: _File, level: _Level, argument: str, value: object) -> None:
    if argument == "install_requires":
        level.main.append(_from_strings(file, value))
    elif argument == "extras_require" and isinstance(value, dict):
        extras = cast("dict[object, object]", value)
        level.others += [_from_strings(file, each) for each in extras.values()]
    elif argument == "python_requires":
        group: _Group = {}
        _read_python(group, value)
        level.main.append(group)


def _from_strings(file: _File, value: object) -> _Group:
    group: _Group = {}
    for each in _strings(value):
        _add(file, group, each)
    return group


def _strings(value: object) -> list[str]:
    """The strings of a sequence; a lone one is a sequence of itself."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, (list, tuple)):
        return []
    return [each for each in cast("list[object]", value) if isinstance(each, str)]


_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?=[^\s=-]))(.+)")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_OPTION = re.compile(r"\s--?[a-z].*")


@dataclass(frozen=True)
class _Seen:
    """What reading a requirements file has gathered beside its requirements."""

    constraints: list[_Group]
    paths: set[Path] = field(default_factory=set[Path])


def _read_requirements(file: _File, level: _Level) -> None:
    group: _Group = {}
    _read_requirements_file(file, group, _Seen(level.constraints))
    is_main = file.path.name.lower() == "requirements.txt"
    (level.main if is_main else level.others).append(group)


def _read_requirements_file(file: _File, group: _Group, seen: _Seen) -> None:
    """https://pip.pypa.io/en/stable/reference/requirements-file-format/"""
    seen.paths.add(file.path)
    for number, line in _logical_lines(file.text()):
        if include := _INCLUDE.fullmatch(line):
            _include(
                file, include[2].strip("\"' "), include[1] in ("-c", "--constraint"), number, group, seen
            )
        elif not line.startswith("-"):
            _add(file, group, _OPTION.sub("", line), number)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, joined over their backslashes, each with its number from 1."""
    parts: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        code = _COMMENT.sub("", line)
        if code.endswith("\\"):
            parts.append(code[:-1])
            continue
        joined = "".join([*parts, code]).strip()
        if joined:
            yield number - len(parts), joined
        parts = []


def _include(file: _File, name: str, constrains: bool, line: int, group: _Group, seen: _Seen) -> None:
    """Read a requirements file that another one names, unless it is beyond the root or on the network."""
    included = _File(file.root, Path(os.path.normpath(file.path.parent / name)))
    if "://" in name or included.path in seen.paths or not included.path.is_relative_to(file.root):
        return
    if not included.path.is_file():
        file.complain(f"there is no file `{name}`", line)
        return
    target: _Group = {} if constrains else group
    try:
        _read_requirements_file(included, target, seen)
    except _BadFileError as error:
        included.problems.append(error.problem)
    file.problems.extend(included.problems)
    if constrains:
        seen.constraints.append(target)


_NAME = re.compile(rb'\nname *= *["\']([^"\'\r\n]+)')
_VERSION = re.compile(rb'\nversion *= *["\']([^"\'\r\n]+)')
_CONFLICT = b"\n<<<<<<< "


def _read_lock(file: _File, level: _Level) -> None:
    """A lock of uv, Poetry, PDM or PEP 751, searched and not parsed: it may have megabytes."""
    data = b"\n" + file.data()
    conflict = data.find(_CONFLICT)
    if conflict >= 0:
        raise file.bad("the file has a merge conflict", data.count(b"\n", 0, conflict) + 1)
    for block in data.split(b"\n[[package")[1:]:
        package = block.partition(b"\n[")[0]  # without the tables below it
        name, version = _NAME.search(package), _VERSION.search(package)
        if name and version and package.startswith((b"]]", b"s]]")):
            _pin(level, name[1].decode("utf-8", "replace"), version[1].decode("utf-8", "replace"))


def _pin(level: _Level, name: str, version: str) -> None:
    level.pins.setdefault(normalise(name), set()).add(version)


def _read_pipfile_lock(file: _File, level: _Level) -> None:
    import json

    try:
        document: object = json.loads(file.text())
    except json.JSONDecodeError as error:
        raise file.bad(f"not valid JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise file.bad("not valid JSON: nested too deeply") from None
    tables = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    for section in ("default", "develop"):
        for name in toml.table(tables, section):
            version: object = toml.table(tables, section, name).get("version")
            if isinstance(version, str):
                _pin(level, name, version)


_READERS: dict[str, Callable[[_File, _Level], None]] = {
    "pyproject.toml": _read_pyproject,
    "setup.cfg": _read_setup_cfg,
    "setup.py": _read_setup_py,
    "Pipfile": _read_pipfile,
    "uv.lock": _read_lock,
    "poetry.lock": _read_lock,
    "pdm.lock": _read_lock,
    "pylock.toml": _read_lock,
    "Pipfile.lock": _read_pipfile_lock,
}
