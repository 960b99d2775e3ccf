"""What the user set: `[tool.fastlint]` of pyproject.toml, or fastlint.toml, as one checked value.

Every mistake in it is one line with the file and the line of the offending key.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from fastlint import disk, toml
from fastlint.diagnostic import Diagnostic, Severity
from fastlint.location import find_config, find_root, find_settings
from fastlint.options import (
    FAIL_ON_DEFAULT,
    READERS,
    Complain,
    KnowledgeCheck,
    SettingError,
    check_knowledge_table,
    failing,
    kind,
)
from fastlint.patterns import compile_patterns, from_root

if TYPE_CHECKING:
    from fastlint.rule import Named

DEFAULT_EXCLUDE = (
    ".bzr/",
    ".direnv/",
    ".eggs/",
    ".fastlint_cache/",
    ".git/",
    ".hg/",
    ".hypothesis/",
    ".idea/",
    ".ipynb_checkpoints/",
    ".mypy_cache/",
    ".nox/",
    ".pants.d/",
    ".pyenv/",
    ".pytest_cache/",
    ".pytype/",
    ".ruff_cache/",
    ".svn/",
    ".tox/",
    ".venv/",
    ".vscode/",
    "__pycache__/",
    "__pypackages__/",
    "_build/",
    "buck-out/",
    "build/",
    "dist/",
    "node_modules/",
    "site-packages/",
    "venv/",
)
# Code and name of what the engine itself reports: selected, ignored and suppressed like any rule.
ENGINE_RULES = (
    ("FL001", "unused-suppression"),
    ("FL002", "malformed-suppression"),
    ("FL003", "suppression-without-reason"),
)
REASONS_REQUIRED = "FL003"
"""The one of them that is off unless `require-reason`, or a selector, asks for it."""


R = TypeVar("R", bound="Named")


class ConfigError(Exception):
    """A mistake in the configuration; its text is `path:line: message`. Line 0 means the whole file."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(path, line, message)
        self.path = path
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class Selection(Struct, frozen=True):
    """Which rules one source of settings asks for; an empty `select` keeps what was there before it."""

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def verdict(self, code: str, name: str) -> bool | None:
        """What the most specific selector says of a rule; where two are equal, to ignore it wins."""
        chosen = _specificity((*self.select, *self.extend_select), code, name)
        ignored = _specificity(self.ignore, code, name)
        return None if chosen == ignored == -1 else chosen > ignored


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one project. Paths and patterns are relative to `root`, an absolute path.

    `severity` maps a selector to the severity of the rules it means. `fail_on` is the mildest severity for
    which a run fails, or `never`; `max_warnings` of warnings may be found where it is `error`.
    `versions` maps a package, its name normalised, to a PEP 440 specifier or one version.
    `knowledge` is the table as written, `baseline` a path relative to the root. `overrides` are the
    selections of the command line, in order.
    `nested` are the settings of folders that have their own, where `takes_nested` says that they count: for
    a file, the nearest do.
    """

    root: Path
    config_file: Path | None = None
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    severity: dict[str, Severity] = {}
    fail_on: str = FAIL_ON_DEFAULT
    max_warnings: int | None = None
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    src: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    knowledge: dict[str, Any] = {}
    require_reason: bool = False
    baseline: str = ""
    overrides: tuple[Selection, ...] = ()
    takes_nested: bool = False
    nested: dict[str, Settings] = {}

    def override(
        self,
        *,
        select: Iterable[str] = (),
        extend_select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        force_exclude: bool = False,
    ) -> Settings:
        """These settings with the command line's wishes over them: its `select` replaces everything that
        the file says about rules, its `extend_select` and `ignore` change it."""
        selection = Selection(tuple(select), tuple(extend_select), tuple(ignore))
        return replace(
            self,
            overrides=(*self.overrides, selection),
            force_exclude=self.force_exclude or force_exclude,
        )

    def rules(self, all_rules: Iterable[R]) -> tuple[R, ...]:
        """The rules to run for some file, in the given order."""
        everywhere = (self, *self.nested.values())
        return tuple(
            rule
            for rule in all_rules
            if any(each.enables(rule.code, rule.name, default=rule.default) for each in everywhere)
        )

    def at(self, path: str) -> Settings:
        """The settings for a file; their paths are relative to their own root."""
        folder = path if self.nested else ""
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in self.nested:
                return self.nested[folder]
        return self

    @property
    def own_folders(self) -> tuple[str, ...]:
        """`src` of all settings, relative to the root."""
        nested = (f"{folder}/{path}" for folder, each in self.nested.items() for path in each.src)
        return (*self.src, *nested)

    @property
    def own_knowledge(self) -> dict[str, Any]:
        """The knowledge of all settings in one table."""
        merged: dict[str, Any] = {}
        for table in (self.knowledge, *(each.knowledge for each in self.nested.values())):
            _merge(merged, table)
        return merged

    def wants(self, path: str, rule: Named) -> bool:
        """Whether findings of a rule in a file are wanted by the settings that count there."""
        own = self.at(path)
        inside = path if own is self else path[len(own.root.relative_to(self.root).as_posix()) + 1 :]
        enabled = own.enables(rule.code, rule.name, default=rule.default)
        return enabled and not own.ignores(inside, rule.code, rule.name)

    def rated(self, diagnostic: Diagnostic) -> Diagnostic:
        """A finding with the severity that the settings for its file give its rule."""
        given = self.at(diagnostic.place.path).severity_of(diagnostic.code, diagnostic.name)
        return replace(diagnostic, severity=given) if given else diagnostic

    def severity_of(self, code: str, name: str) -> Severity | None:
        """What `severity` says of a rule: by the most specific selector, and by the gravest where two are
        equal; None where it says nothing."""
        meant = [selector for selector in self.severity if means(selector, code, name)]
        if not meant:
            return None
        closest = max(_closeness(selector, code) for selector in meant)
        given = {self.severity[selector] for selector in meant if _closeness(selector, code) == closest}
        return next(each for each in Severity if each in given)

    def excludes(self, path: str) -> bool:
        """Whether settings below the root exclude a file."""
        return any(
            path.startswith(f"{folder}/") and each.matches_exclude(path[len(folder) + 1 :])
            for folder, each in self.nested.items()
        )

    def matches_exclude(self, path: str) -> bool:
        return compile_patterns(tuple(map(from_root, (*self.exclude, *self.extend_exclude)))).match_file(path)

    def enables(self, code: str, name: str, *, default: bool = True) -> bool:
        """Whether one rule is to run, `default` being whether it does when nobody says anything."""
        enabled = default
        extended = (*self.extend_select, REASONS_REQUIRED) if self.require_reason else self.extend_select
        for layer in (Selection(self.select, extended, self.ignore), *self.overrides):
            verdict = layer.verdict(code, name)
            if layer.select:
                enabled = verdict is True
            elif verdict is not None:
                enabled = verdict
        return enabled

    @property
    def wants_reasons(self) -> bool:
        """Whether comments without a reason are reported."""
        return self.enables(REASONS_REQUIRED, dict(ENGINE_RULES)[REASONS_REQUIRED], default=False)

    def ignores(self, path: str, code: str, name: str) -> bool:
        """Whether `per-file-ignores` silences a rule in this file, a path relative to the root."""
        return any(
            any(means(selector, code, name) for selector in selectors) and _matches(glob, path)
            for glob, selectors in self.per_file_ignores.items()
        )


def _merge(into: dict[str, Any], table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        known = into.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(cast("dict[str, Any]", known), cast("dict[str, Any]", value))
        elif isinstance(known, list) and isinstance(value, list):
            into[key] = [*known, *value]
        else:
            into[key] = deepcopy(value)


def means(selector: str, code: str, name: str) -> bool:
    """Whether a selector means the rule with this code and name: `ALL`, the name, or the code's letters and
    the first of its digits."""
    letters = code.rstrip("0123456789")
    return selector in ("ALL", name) or (selector.startswith(letters) and code.startswith(selector))


def _specificity(selectors: Iterable[str], code: str, name: str) -> int:
    """How closely the closest selector means the rule: -1 not at all, 0 `ALL`, else how many characters."""
    return max(
        (_closeness(selector, code) for selector in selectors if means(selector, code, name)), default=-1
    )


def _closeness(selector: str, code: str) -> int:
    if selector == "ALL":
        return 0
    return len(selector) if code.startswith(selector) else len(code)


def _matches(glob: str, path: str) -> bool:
    inverted = glob.startswith("!")
    return compile_patterns((from_root(glob.removeprefix("!")),)).match_file(path) is not inverted


# Reading it


def load(
    start: Path,
    *,
    config: Path | None = None,
    isolated: bool = False,
    rules: Collection[Named] | None = None,
    check_knowledge: KnowledgeCheck | None = None,
) -> Settings:
    """The settings of the project around a path: of its file, of `config`, or (isolated) of none.

    `rules` are those that selectors may name, all that are installed by default. `check_knowledge` raises
    `ValueError(key, message)`, with the dotted path of the key, for a table that makes no sense.
    Raises `ConfigError`.
    """
    root = find_root([start])
    if isolated:
        return Settings(root=root)
    check_knowledge = check_knowledge or _check_knowledge
    if config is not None:
        return _read(config.absolute(), root, rules, check_knowledge)
    found = find_settings(root)
    settings = _read(found, root, rules, check_knowledge) if found else Settings(root=root)
    return replace(settings, takes_nested=True)


def with_nested(
    settings: Settings, folders: Iterable[str], rules: Collection[Named] | None = None
) -> Settings:
    """The settings with those of folders that have their own, where these count. Raises `ConfigError`."""
    if not settings.takes_nested:
        return settings
    nested: dict[str, Settings] = {}
    for folder in folders:
        path = find_config(settings.root / folder)
        if path is not None:
            own = _read(path, settings.root / folder, rules, _check_knowledge, is_nested=True)
            nested[folder] = replace(own, overrides=settings.overrides)
    return replace(settings, nested=nested)


class Written(NamedTuple):
    """A key as it stands in a file."""

    value: object
    line: int


def written(path: Path) -> dict[str, Written]:
    """The keys of settings that a file has. Raises `ConfigError`."""
    text = decoded(path, _content(path))
    prefix = _prefix(path)
    table = _table_at(path, parsed(path, text), prefix)
    return {key: Written(value, toml.find_line(text, (*prefix, key))) for key, value in table.items()}


def _check_knowledge(table: Mapping[str, Any]) -> None:
    from fastlint.knowledge import check

    check(table)


def _read(
    path: Path,
    root: Path,
    rules: Collection[Named] | None,
    check_knowledge: KnowledgeCheck,
    *,
    is_nested: bool = False,
) -> Settings:
    text = decoded(path, _content(path))
    document = parsed(path, text)
    prefix = _prefix(path)
    try:
        table = _table_at(path, document, prefix)
        values = _values(table, partial(selector_complaint, rules=rules))
        values |= failing(values.get("fail_on"), values.get("max_warnings"))
        if is_nested and "baseline" in values:
            raise SettingError(("baseline",), "a project has one baseline: `baseline` belongs in its root")
        if knowledge := values.get("knowledge"):
            check_knowledge_table(knowledge, check_knowledge)
    except SettingError as mistake:
        line = toml.find_line(text, (*prefix, *mistake.key))
        raise ConfigError(path, line, mistake.message) from None
    return Settings(root=root, config_file=path, **values)


def _prefix(path: Path) -> tuple[str, ...]:
    return ("tool", "fastlint") if path.name == "pyproject.toml" else ()


def _content(path: Path) -> bytes:
    try:
        return disk.read(path)
    except OSError as error:
        raise ConfigError(path, 0, f"cannot be read: {error.strerror or error}") from error


def decoded(path: Path, data: bytes) -> str:
    """The text of a file that a user wrote. Raises `ConfigError`."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, line, f"is not UTF-8: byte 0x{data[error.start]:02x}") from error


def parsed(path: Path, text: str) -> dict[str, Any]:
    """The tables of a TOML file. Raises `ConfigError`."""
    try:
        return toml.parse(text)
    except ValueError as error:
        message = str(error)
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
        line = 0 if place is None else int(place[1] or len(text.splitlines()) or 1)
        raise ConfigError(path, line, message[: place.start()] if place else message) from error
    except RecursionError as error:
        raise ConfigError(path, 0, "is nested too deeply") from error


def _table_at(path: Path, document: dict[str, Any], prefix: tuple[str, ...]) -> dict[str, Any]:
    """Our part of the file."""
    table: object = document
    for key in prefix:
        if not isinstance(table, dict) or key not in table:
            raise ConfigError(path, 0, "has no [tool.fastlint]")
        table = cast("dict[str, object]", table)[key]
    if not isinstance(table, dict):
        raise SettingError((), f"`tool.fastlint` must be a table, not {kind(table)}")
    return cast("dict[str, Any]", table)


def _values(table: dict[str, Any], complain: Complain) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in table.items():
        reader = READERS.get(key)
        if reader is None:
            raise SettingError((key,), f"unknown key `{key}`{suggestion(key, READERS)}")
        values[key.replace("-", "_")] = reader((key,), value, complain)
    return values


def selector_complaint(selector: str, rules: Collection[Named] | None = None) -> str:
    """What is wrong with a selector, or `""`; `rules` are all that are installed by default."""
    if rules is None:
        from fastlint.registry import all_rules

        rules = all_rules()
    known = [*((rule.code, rule.name) for rule in rules), *ENGINE_RULES]
    if any(means(selector, code, name) for code, name in known):
        return ""
    if any(means(selector.upper(), code, name) for code, name in known):
        return f"unknown rule `{selector}`, did you mean `{selector.upper()}`?"
    return f"unknown rule `{selector}`{suggestion(selector, [part for rule in known for part in rule])}"


def suggestion(word: str, words: Iterable[str]) -> str:
    """`, did you mean ...?` with the nearest of the words, or nothing."""
    folded = {known.lower(): known for known in words}
    near = get_close_matches(word.lower().replace("_", "-"), folded, n=1)
    return f", did you mean `{folded[near[0]]}`?" if near else ""
