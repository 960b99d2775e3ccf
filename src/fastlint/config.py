"""What the user set: `[tool.fastlint]` of pyproject.toml, or fastlint.toml, as one checked value.

Every mistake in it is one line with the file and the line of the offending key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct
from msgspec.structs import replace

from fastlint.discovery import compile_patterns, find_config, find_root, parse_toml

if TYPE_CHECKING:
    from fastlint.rule import Rule

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
ENGINE_RULES = (("FL001", "unused-suppression"), ("FL002", "malformed-suppression"))

KnowledgeCheck = Callable[[Mapping[str, Any]], object]


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

    `versions` maps a package, its name normalised, to a PEP 440 specifier or one version.
    `knowledge` is the table as written. `overrides` are the selections of the command line, in order.
    """

    root: Path
    config_file: Path | None = None
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    src: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    knowledge: dict[str, Any] = {}
    overrides: tuple[Selection, ...] = ()

    def override(
        self, *, select: Iterable[str] = (), extend_select: Iterable[str] = (), ignore: Iterable[str] = ()
    ) -> Settings:
        """These settings with the command line's wishes over them: its `select` replaces everything that
        the file says about rules, its `extend_select` and `ignore` change it."""
        selection = Selection(tuple(select), tuple(extend_select), tuple(ignore))
        return replace(self, overrides=(*self.overrides, selection))

    def rules(self, all_rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """The rules to run, in the given order."""
        return tuple(rule for rule in all_rules if self.enables(rule.code, rule.name, default=rule.default))

    def enables(self, code: str, name: str, *, default: bool = True) -> bool:
        """Whether one rule is to run, `default` being whether it does when nobody says anything."""
        enabled = default
        for layer in (Selection(self.select, self.extend_select, self.ignore), *self.overrides):
            verdict = layer.verdict(code, name)
            if layer.select:
                enabled = verdict is True
            elif verdict is not None:
                enabled = verdict
        return enabled

    def ignores(self, path: str, code: str, name: str) -> bool:
        """Whether `per-file-ignores` silences a rule in this file, a path relative to the root."""
        return any(
            any(means(selector, code, name) for selector in selectors) and _matches(glob, path)
            for glob, selectors in self.per_file_ignores.items()
        )


def means(selector: str, code: str, name: str) -> bool:
    """Whether a selector (`ALL`, a code, the start of one, a name) means the rule with this code and name."""
    return selector in ("ALL", name) or (selector.startswith("FL") and code.startswith(selector))


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
    if glob.startswith("!"):
        return not _matches(glob[1:], path)
    return compile_patterns((glob,)).covers(path)


# Reading it


def load(
    start: Path,
    *,
    config: Path | None = None,
    isolated: bool = False,
    rules: Collection[Rule] | None = None,
    check_knowledge: KnowledgeCheck | None = None,
) -> Settings:
    """The settings for a path: of the nearest file upward that has some, of `config`, or (isolated) of none.

    `rules` are those that selectors may name, all that are installed by default. `check_knowledge` raises
    `ValueError(key, message)`, with the dotted path of the key, for a table that makes no sense.
    Raises `ConfigError`.
    """
    root = find_root([start])
    if isolated:
        return Settings(root=root)
    if config is None:
        config = find_config(root)
        return _read(config, root, rules, check_knowledge) if config else Settings(root=root)
    return _read(config.absolute(), root, rules, check_knowledge)


def _read(
    path: Path, root: Path, rules: Collection[Rule] | None, check_knowledge: KnowledgeCheck | None
) -> Settings:
    text = _text(path)
    document = _document(path, text)
    prefix = ("tool", "fastlint") if path.name == "pyproject.toml" else ()
    try:
        table = _table_at(path, document, prefix)
        values = _values(table, _Known(rules))
        _check_knowledge(values.get("knowledge", {}), check_knowledge)
    except _SettingError as mistake:
        line = find_line(text, (*prefix, *mistake.key))
        raise ConfigError(path, line, mistake.message) from None
    return Settings(root=root, config_file=path, **values)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(path, 0, f"cannot be read: {error.strerror or error}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, line, f"is not UTF-8: byte 0x{data[error.start]:02x}") from error


def _document(path: Path, text: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
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
        raise _SettingError((), f"`tool.fastlint` must be a table, not {_kind(table)}")
    return cast("dict[str, Any]", table)


class _SettingError(Exception):
    """What is wrong, and the key below our table where it is."""

    def __init__(self, key: tuple[str, ...], message: str) -> None:
        super().__init__(key, message)
        self.key = key
        self.message = message


class _Known:
    """The rules that a selector may mean; loaded only when there is a selector to check."""

    def __init__(self, rules: Collection[Rule] | None) -> None:
        self._rules = rules

    def complaint(self, selector: str) -> str:
        return selector_complaint(selector, self._rules)


def selector_complaint(selector: str, rules: Collection[Rule] | None = None) -> str:
    """What is wrong with a selector, or `""`; `rules` are all that are installed by default."""
    if rules is None:
        from fastlint.registry import all_rules

        rules = all_rules()
    known = [*((rule.code, rule.name) for rule in rules), *ENGINE_RULES]
    if any(means(selector, code, name) for code, name in known):
        return ""
    return f"unknown rule `{selector}`{suggestion(selector, [part for rule in known for part in rule])}"


def suggestion(word: str, words: Iterable[str]) -> str:
    """`, did you mean ...?` with the nearest of the words, or nothing."""
    folded = {known.lower(): known for known in words}
    near = get_close_matches(word.lower().replace("_", "-"), folded, n=1)
    return f", did you mean `{folded[near[0]]}`?" if near else ""


def _values(table: dict[str, Any], known: _Known) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in table.items():
        reader = _READERS.get(key)
        if reader is None:
            raise _SettingError((key,), f"unknown key `{key}`{suggestion(key, _READERS)}")
        values[key.replace("-", "_")] = reader((key,), value, known)
    return values


def _strings(key: tuple[str, ...], value: object, known: _Known) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _SettingError(key, f"`{key[-1]}` must be an array of strings, not {_kind(value)}")
    items = cast("list[object]", value)
    return tuple(_string((*key, str(index)), item, f"`{key[-1]}`") for index, item in enumerate(items))


def _string(key: tuple[str, ...], value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _SettingError(key, f"{where} must hold strings, not {_kind(value)}")
    return value


def _selectors(key: tuple[str, ...], value: object, known: _Known) -> tuple[str, ...]:
    selectors = _strings(key, value, known)
    for index, selector in enumerate(selectors):
        if complaint := known.complaint(selector):
            raise _SettingError((*key, str(index)), complaint)
    return selectors


def _items(key: tuple[str, ...], value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict):
        raise _SettingError(key, f"`{key[-1]}` must be a table, not {_kind(value)}")
    yield from cast("dict[str, object]", value).items()


def _per_file_ignores(key: tuple[str, ...], value: object, known: _Known) -> dict[str, tuple[str, ...]]:
    return {glob: _selectors((*key, glob), inner, known) for glob, inner in _items(key, value)}


def _folders(key: tuple[str, ...], value: object, known: _Known) -> tuple[str, ...]:
    folders = _strings(key, value, known)
    for index, folder in enumerate(folders):
        parts = folder.replace("\\", "/").split("/")
        if parts[0] in ("", "~") or ".." in parts or ":" in parts[0]:
            raise _SettingError(
                (*key, str(index)), f"`{folder}` must be a folder inside the project, relative to its root"
            )
    return folders


def _versions(key: tuple[str, ...], value: object, known: _Known) -> dict[str, str]:
    from packaging.utils import canonicalize_name

    return {
        canonicalize_name(package): _version((*key, package), inner) for package, inner in _items(key, value)
    }


def _version(key: tuple[str, ...], value: object) -> str:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    text = _string(key, value, "`versions`")
    try:
        Version(text)
    except InvalidVersion:
        try:
            SpecifierSet(text)
        except InvalidSpecifier:
            raise _SettingError(key, f"`{text}` is neither a version nor a PEP 440 specifier") from None
    return text


def _knowledge(key: tuple[str, ...], value: object, known: _Known) -> dict[str, Any]:
    return dict(_items(key, value))


def _check_knowledge(table: Mapping[str, Any], check: KnowledgeCheck | None) -> None:
    if check is None:
        return
    try:
        check(table)
    except ValueError as error:
        key, message = error.args if len(error.args) == 2 else (_key_in(str(error)), str(error))
        parts = str(key).removeprefix("knowledge.").split(".")
        raise _SettingError(("knowledge", *parts), str(message)) from error


def _key_in(message: str) -> str:
    """The dotted key that a message of msgspec ends in: "... - at `$.blocking[0].reason`"."""
    found = re.search(r"at `\$([^`]*)`$", message)
    return re.sub(r"\[(\w+)\]", r".\1", found[1]).lstrip(".") if found else ""


def _kind(value: object) -> str:
    names: dict[type[Any], str] = {
        bool: "a boolean",
        int: "an integer",
        float: "a float",
        str: "a string",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")


_READERS: dict[str, Callable[[tuple[str, ...], object, _Known], Any]] = {
    "select": _selectors,
    "extend-select": _selectors,
    "ignore": _selectors,
    "per-file-ignores": _per_file_ignores,
    "exclude": _strings,
    "extend-exclude": _strings,
    "src": _folders,
    "versions": _versions,
    "knowledge": _knowledge,
}


# Where a key stands


def find_line(text: str, key: Sequence[str]) -> int:
    """The line, from 1, of a key in a TOML text that parses; array items are numbered from 0.

    Where the key itself is not written, that of the nearest table or array around it; 0 if there is none.
    """
    lines = _Lines(text).lines
    # Keys with dots in them are compared by their joined form, as `check_knowledge` names them.
    wanted = ".".join(key)
    while wanted and wanted not in lines:
        wanted = wanted.rpartition(".")[0]
    return lines.get(wanted, 0)


_TOKEN = re.compile(
    r"""(?P<skip>[\ \t\r]+|\#[^\n]*)
    | (?P<newline>\n)
    | (?P<text>\"\"\"(?:\\.|[^\\])*?\"\"\"(?!\")|'{3}.*?'{3}(?!')|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')
    | (?P<bare>[^\s\#\"'\[\]{}=,.]+)
    | (?P<mark>[\[\]{}=,.])""",
    re.VERBOSE | re.DOTALL,
)


class _Lines:
    """One pass over the tokens of a TOML text: the line of every key and array item, by dotted path."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self._tokens = [*_tokens(text), ("end", "", 0)]
        self._at = 0
        self._last_items: dict[str, int] = {}
        table: tuple[str, ...] = ()
        while self._kind != "end":
            if self._kind == "newline":
                self._at += 1
            elif self._text == "[":
                table = self._header()
            else:
                self._pair(table)

    @property
    def _kind(self) -> str:
        return self._tokens[min(self._at, len(self._tokens) - 1)][0]

    @property
    def _text(self) -> str:
        return self._tokens[min(self._at, len(self._tokens) - 1)][1]

    @property
    def _line(self) -> int:
        return self._tokens[min(self._at, len(self._tokens) - 1)][2]

    def _note(self, path: tuple[str, ...], line: int) -> None:
        self.lines.setdefault(".".join(path), line)

    def _header(self) -> tuple[str, ...]:
        """`[a.b]`, or `[[a.b]]` whose items are counted; gives the path of the table that it opens."""
        line = self._line
        self._at += 1
        is_item = self._text == "["
        self._at += is_item
        keys = self._keys()
        path: tuple[str, ...] = ()
        for index, key in enumerate(keys, start=1):
            path += (key,)
            self._note(path, line)
            joined = ".".join(path)
            if is_item and index == len(keys):
                self._last_items[joined] = self._last_items.get(joined, -1) + 1
            if joined in self._last_items:
                path += (str(self._last_items[joined]),)
        self._note(path, line)
        self._at += 2 if is_item else 1
        return path

    def _pair(self, table: tuple[str, ...]) -> None:
        line = self._line
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path, line)
        self._at += 1  # the equals sign
        self._value(path)

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while self._kind in ("bare", "text") or self._text == ".":
            if self._kind != "mark":
                keys.append(_unquoted(self._text))
            self._at += 1
        return keys

    def _value(self, path: tuple[str, ...]) -> None:
        if self._text in ("[", "{"):
            self._container(path, inline_table=self._text == "{")
            return
        while self._kind not in ("newline", "end") and self._text not in (",", "]", "}"):
            self._at += 1

    def _container(self, path: tuple[str, ...], *, inline_table: bool) -> None:
        self._at += 1
        index = 0
        while self._text not in ("]", "}") and self._kind != "end":
            if self._kind == "newline" or self._text == ",":
                self._at += 1
            elif inline_table:
                self._pair(path)
            else:
                self._note((*path, str(index)), self._line)
                self._value((*path, str(index)))
                index += 1
        self._at += 1


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and line of each token but space and comments."""
    line, position = 1, 0
    while token := _TOKEN.match(text, position):
        if token.lastgroup != "skip":
            yield str(token.lastgroup), token[0], line
        line += token[0].count("\n")
        position = token.end()


def _unquoted(key: str) -> str:
    return str(parse_toml(f"key = {key}")["key"]) if key[0] in "\"'" else key
