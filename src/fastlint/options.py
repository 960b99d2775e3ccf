"""The values of `[tool.fastlint]`: what each key may hold, and what is said of anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from fastlint.diagnostic import Severity

Complain = Callable[[str], str]
"""What is wrong with the selector of a rule, or `""`."""
SEVERITIES = tuple(severity.value for severity in Severity)
FAIL_ON = (*SEVERITIES, "never")
FAIL_ON_DEFAULT = Severity.INFO.value
KnowledgeCheck = Callable[[Mapping[str, Any]], object]


class SettingError(Exception):
    """What is wrong, and the key below our table where it is."""

    def __init__(self, key: tuple[str, ...], message: str) -> None:
        super().__init__(key, message)
        self.key = key
        self.message = message


def _strings(key: tuple[str, ...], value: object, complain: Complain) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingError(key, f"`{key[-1]}` must be an array of strings, not {kind(value)}")
    items = cast("list[object]", value)
    return tuple(_string((*key, str(index)), item, f"`{key[-1]}`") for index, item in enumerate(items))


def _string(key: tuple[str, ...], value: object, where: str) -> str:
    if not isinstance(value, str):
        raise SettingError(key, f"{where} must hold strings, not {kind(value)}")
    return value


def _selectors(key: tuple[str, ...], value: object, complain: Complain) -> tuple[str, ...]:
    selectors = _strings(key, value, complain)
    for index, selector in enumerate(selectors):
        if complaint := complain(selector):
            raise SettingError((*key, str(index)), complaint)
    return selectors


def _items(key: tuple[str, ...], value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict):
        raise SettingError(key, f"`{key[-1]}` must be a table, not {kind(value)}")
    yield from cast("dict[str, object]", value).items()


def _per_file_ignores(key: tuple[str, ...], value: object, complain: Complain) -> dict[str, tuple[str, ...]]:
    return {glob: _selectors((*key, glob), inner, complain) for glob, inner in _items(key, value)}


def _folders(key: tuple[str, ...], value: object, complain: Complain) -> tuple[str, ...]:
    folders = _strings(key, value, complain)
    for index, folder in enumerate(folders):
        if _is_outside(folder):
            raise SettingError(
                (*key, str(index)), f"`{folder}` must be a folder inside the project, relative to its root"
            )
    return folders


def _file(key: tuple[str, ...], value: object, complain: Complain) -> str:
    if not isinstance(value, str):
        raise SettingError(key, f"`{key[-1]}` must be a string, not {kind(value)}")
    if _is_outside(value):
        raise SettingError(key, f"`{value}` must be a file inside the project, relative to its root")
    return value


def _is_outside(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return parts[0] in ("", "~") or ".." in parts or ":" in parts[0]


def _versions(key: tuple[str, ...], value: object, complain: Complain) -> dict[str, str]:
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
            raise SettingError(key, f"`{text}` is neither a version nor a PEP 440 specifier") from None
    return text


def _knowledge(key: tuple[str, ...], value: object, complain: Complain) -> dict[str, Any]:
    return dict(_items(key, value))


def check_knowledge_table(table: Mapping[str, Any], check: KnowledgeCheck) -> None:
    try:
        check(table)
    except ValueError as error:
        key, message = error.args if len(error.args) == 2 else (_key_in(str(error)), str(error))
        parts = str(key).removeprefix("knowledge.").split(".")
        raise SettingError(("knowledge", *parts), str(message)) from error


def _key_in(message: str) -> str:
    """The dotted key that a message of msgspec ends in: "... - at `$.blocking[0].reason`"."""
    found = re.search(r"at `\$([^`]*)`$", message)
    return re.sub(r"\[(\w+)\]", r".\1", found[1]).lstrip(".") if found else ""


def kind(value: object) -> str:
    names: dict[type[Any], str] = {
        bool: "a boolean",
        int: "an integer",
        float: "a float",
        str: "a string",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")


def _severities(key: tuple[str, ...], value: object, complain: Complain) -> dict[str, Severity]:
    severities: dict[str, Severity] = {}
    for selector, name in _items(key, value):
        if complaint := complain(selector):
            raise SettingError((*key, selector), complaint)
        advice = ": put the rule into `ignore` to turn it off" if name == "off" else ""
        severities[selector] = Severity(_choice((*key, selector), name, SEVERITIES, advice))
    return severities


def _fail_on(key: tuple[str, ...], value: object, complain: Complain) -> str:
    return _choice(key, value, FAIL_ON)


def failing(fail_on: str | None, max_warnings: int | None) -> dict[str, Any]:
    """What the two say together where either is said: a number of warnings may remain only where errors
    alone fail a run, which it implies."""
    if max_warnings is None:
        return {}
    if fail_on not in (None, Severity.ERROR.value):
        allowed = "lets all findings pass" if fail_on == "never" else "fails for the first warning"
        message = f'`max-warnings` goes with `fail-on = "error"`: `fail-on = "{fail_on}"` {allowed}'
        raise SettingError(("max-warnings",), message)
    return {"fail_on": Severity.ERROR.value}


def _choice(key: tuple[str, ...], value: object, choices: Sequence[str], advice: str = "") -> str:
    if value not in choices:
        *most, last = [f'"{choice}"' for choice in choices]
        raise SettingError(key, f"`{key[-1]}` must be {', '.join(most)} or {last}{advice}")
    return str(value)


def _count(key: tuple[str, ...], value: object, complain: Complain) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise SettingError(key, f"`{key[-1]}` must be a number from 0")
    return value


def _boolean(key: tuple[str, ...], value: object, complain: Complain) -> bool:
    if not isinstance(value, bool):
        raise SettingError(key, f"`{key[-1]}` must be a boolean, not {kind(value)}")
    return value


READERS: dict[str, Callable[[tuple[str, ...], object, Complain], Any]] = {
    "select": _selectors,
    "extend-select": _selectors,
    "ignore": _selectors,
    "severity": _severities,
    "fail-on": _fail_on,
    "max-warnings": _count,
    "per-file-ignores": _per_file_ignores,
    "exclude": _strings,
    "extend-exclude": _strings,
    "force-exclude": _boolean,
    "src": _folders,
    "versions": _versions,
    "knowledge": _knowledge,
    "require-reason": _boolean,
    "baseline": _file,
}
