"""TOML: a text as tables, and the line where one of its keys stands."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What ends a value that goes on in the next line.
ENDINGS = ("", "\n]", '\n"""', "\n'''")


@lru_cache(maxsize=32)
def parse(text: str) -> dict[str, Any]:
    """The tables of a TOML text, to be read only. Raises `ValueError` for a syntax error."""
    return tomllib.loads(text)


def table(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The table in a table in a document; an empty one if there is none."""
    for key in keys:
        inner = document.get(key)
        if not isinstance(inner, dict):
            return {}
        document = cast("dict[str, Any]", inner)
    return document


def find_line(text: str, key: Sequence[str]) -> int:
    """The line, from 1, of a key in a TOML text that parses; array items are numbered from 0.

    Where the key itself is not written, that of the nearest table or array around it; 0 if there is none.
    """
    document = parse(text)
    while key and not _holds(document, key):
        key = key[:-1]
    if not key:
        return 0
    lines = text.replace("\r\n", "\n").split("\n")
    return bisect_left(range(len(lines)), True, key=lambda count: _holds(_beginning(lines[:count]), key))


def _beginning(lines: list[str]) -> dict[str, Any]:
    """What these first lines of a text say, without a value that cannot be told from its first lines."""
    counts = range(len(lines), -1, -1)
    texts = ("\n".join(lines[:count]) + ending for count in counts for ending in ENDINGS)
    return next(tables for text in texts if (tables := _parsed(text)) is not None)


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except ValueError:
        return None


def _holds(value: object, key: Sequence[str]) -> bool:
    """Whether a key is there; one with dots in it may be given as its parts, as messages have them."""
    if not key:
        return True
    if isinstance(value, list):
        items = cast("list[object]", value)
        return key[0].isdecimal() and int(key[0]) < len(items) and _holds(items[int(key[0])], key[1:])
    if not isinstance(value, dict):
        return False
    inner = cast("dict[str, object]", value)
    names = ((".".join(key[:count]), key[count:]) for count in range(1, len(key) + 1))
    return any(name in inner and _holds(inner[name], rest) for name, rest in names)
