"""The baseline as a file: TOML, grouped by file and rule, sorted, each entry a line of its own.

No line depends on the ones beside it, as the commas of JSON do: a diff shows what was mended, and when two
branches meet, the lines of both may be kept. It is read line by line because that leaves entries twice, with
different counts, which TOML refuses: the higher one holds then, and pruning settles it.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from fastlint import disk
from fastlint.config import ConfigError, decoded
from fastlint.output.cells import HOSTILE

VERSION = 1
HEADER = f"""\
# Findings that fastlint knows of and holds back: where each stands, its code, and how often it is there.
# `fastlint baseline --prune` takes out what is gone: also after a merge that kept the lines of both sides.
version = {VERSION}
"""
STRING = r"""'[^']*'|"(?:[^"\\]|\\.)*\""""
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
LINE = re.compile(
    rf"""\s*(?:
    \[ \s* (?P<path>{STRING}) \s* \. \s* (?P<rule>{STRING}|{BARE_KEY.pattern}) \s* \]
    | (?P<text>{STRING}) \s* = \s* (?P<count>[0-9]{{1,9}})
    | version \s* = \s* (?P<version>\S.*?)
    | (?P<conflict>(?:<{{7}}|\|{{7}}|={{7}}|>{{7}})(?:\s.*)?)
    )?\s*(?:\#.*)?""",
    re.VERBOSE,
)


class Entry(Struct, frozen=True, order=True):
    """What findings have in common that are told apart by their number alone. `text` is what they stand in
    and their line: `Orders.place: time.sleep(1)`."""

    path: str
    rule: str
    text: str


# Reading it


def read(file: Path) -> tuple[Counter[Entry], str, dict[str, int]]:
    """The entries of a baseline, with how many findings each stands for, its text, and the first line that
    names each rule.

    Raises `ConfigError`.
    """
    try:
        data = disk.content(str(file))[0]
    except OSError as error:
        raise ConfigError(file, 0, f"cannot be read: {error.strerror or error}") from error
    text = decoded(file, data).replace("\r\n", "\n")
    reader = _Reader()
    try:
        for line in text.split("\n"):
            reader.take(line)
    except ValueError as error:
        raise ConfigError(file, reader.line, str(error)) from None
    if not reader.version:
        raise ConfigError(file, 0, "is no baseline of fastlint: it is empty")
    return reader.entries, text, reader.rules


class _Reader:
    """What the lines up to here say. `take` raises `ValueError` with what is wrong with one."""

    def __init__(self) -> None:
        self.entries = Counter[Entry]()
        self.rules: dict[str, int] = {}
        self.line = 0
        self.version = ""
        self.table = ("", "")

    def take(self, line: str) -> None:
        self.line += 1
        found = LINE.fullmatch(line)
        if found is None and self.version:
            raise ValueError('expected `["path/of/file.py".name-of-rule]`, or below it `"code" = 1`')
        if found is not None and found["conflict"]:
            raise ValueError("a merge conflict is left here: keep the lines of both sides, then prune")
        if found is not None and found["version"]:
            self._require(found["version"])
        elif found is None or (not self.version and found[0].partition("#")[0].strip()):
            raise ValueError(f"is no baseline of fastlint: expected `version = {VERSION}`")
        elif found["path"]:
            self.table = _unquoted(found["path"]), _unquoted(found["rule"])
            self.rules.setdefault(self.table[1], self.line)
        elif found["text"]:
            self._add(_unquoted(found["text"]), int(found["count"]))

    def _require(self, version: str) -> None:
        if version != str(VERSION):
            raise ValueError(f"this baseline has version {version}, and this fastlint knows {VERSION} only")
        self.version = version

    def _add(self, text: str, count: int) -> None:
        path, rule = self.table
        if not path:
            raise ValueError('an entry stands below its `["path/of/file.py".name-of-rule]`')
        if count < 1:
            raise ValueError("how often a finding is there is a number from 1")
        entry = Entry(path, rule, text)
        self.entries[entry] = max(self.entries[entry], count)


def _unquoted(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    if not key.startswith('"'):
        return key
    try:
        return msgspec.json.decode(key.encode(), type=str)
    except ValueError:
        raise ValueError(f"{key} has an escape that means nothing") from None


# Writing it


def render(entries: Counter[Entry]) -> str:
    """The file's text: the same for the same entries."""
    blocks = [HEADER]
    for (path, rule), group in groupby(sorted(entries), key=lambda entry: (entry.path, entry.rule)):
        lines = [f"[{_quoted(path)}.{rule if BARE_KEY.fullmatch(rule) else _quoted(rule)}]\n"]
        lines += (f"{_quoted(entry.text)} = {entries[entry]}\n" for entry in group)
        blocks.append("".join(lines))
    return "\n".join(blocks)


def _quoted(text: str) -> str:
    """A TOML string, without escapes where that is possible (https://toml.io/en/v1.0.0#string)."""
    if ('"' in text or "\\" in text) and "'" not in text and not HOSTILE.search(text):
        return f"'{text}'"
    escaped = msgspec.json.encode(text).decode()
    return HOSTILE.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
