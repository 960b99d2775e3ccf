"""What counts for a file or a folder: each setting with the place that it comes from, and the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from fastlint.config import ENGINE_RULES, REASONS_REQUIRED, Settings, Written, written
from fastlint.options import READERS
from fastlint.rule import RuleKey

DEFAULT = "default"
COMMAND_LINE = "command line"
SELECTING = ("select", "extend-select", "ignore")


class Setting(Struct, frozen=True):
    """A value; `source` is the file that says so, `command line` or `default`. `line` is 0 but in a file."""

    value: Any
    source: str
    line: int = 0


class Enabled(Struct, frozen=True):
    """A rule that is asked."""

    code: str
    name: str


class Effective(Struct, frozen=True):
    """What counts for a file, or for those of a folder; all paths are absolute.

    `root` is where the paths in the settings begin, `configuration` the file that they are read from.
    """

    path: Path
    is_folder: bool
    root: Path
    configuration: Path | None
    settings: dict[str, Setting]
    rules: tuple[Enabled, ...]


def effective(
    settings: Settings, paths: Iterable[str], rules: Sequence[RuleKey], given: Mapping[str, Any]
) -> list[Effective]:
    """What counts for paths relative to the root (a folder ends in a slash, the root is `./`), and for the
    folders in them with settings of their own; `given` are keys that the command line settles."""
    ours = (RuleKey(code, name, default=code != REASONS_REQUIRED) for code, name in ENGINE_RULES)
    known = sorted((*rules, *ours), key=lambda rule: rule.code)
    asked = set(paths)
    nested = (f"{folder}/" for folder in settings.nested)
    asked |= {folder for folder in nested if any(_holds(path, folder) for path in asked)}
    root_first = sorted(asked, key=lambda path: (path != "./", path))
    return [_effective(settings, path, known, given) for path in root_first]


def _holds(path: str, folder: str) -> bool:
    return path == "./" or (path.endswith("/") and folder.startswith(path))


def _effective(
    settings: Settings, path: str, known: Sequence[RuleKey], given: Mapping[str, Any]
) -> Effective:
    is_folder = path.endswith("/")
    own = settings.at(f"{path}x.py".removeprefix("./") if is_folder else path)
    enabled = (
        rule
        for rule in known
        if own.enables(rule.code, rule.name, default=rule.default)
        and (is_folder or settings.wants(path, rule))
    )
    rules = tuple(Enabled(rule.code, rule.name) for rule in enabled)
    shown = dict(_settings(own)) | {key: Setting(value, COMMAND_LINE) for key, value in given.items()}
    return Effective(settings.root / path, is_folder, own.root, own.config_file, shown, rules)


def _settings(own: Settings) -> Iterator[tuple[str, Setting]]:
    """Every setting, and what the command line says: its `--select` leaves nothing of what the file says."""
    said = written(own.config_file) if own.config_file else {}
    is_replaced = any(each.select for each in own.overrides)
    for key in READERS:
        name = key.replace("-", "_")
        if key not in SELECTING:
            yield key, _setting(own, said, key)
            continue
        if not is_replaced:
            yield key, _setting(own, said, key)
        if given := tuple(rule for each in own.overrides for rule in getattr(each, name)):
            yield f"--{key}", Setting(given, COMMAND_LINE)


def _setting(own: Settings, said: Mapping[str, Written], key: str) -> Setting:
    value = getattr(own, key.replace("-", "_"))
    if key == "force-exclude" and value and not (key in said and said[key].value):
        return Setting(value, COMMAND_LINE)
    if key in said:
        return Setting(value, str(own.config_file), said[key].line)
    return Setting(value, DEFAULT)
