"""Path patterns, as Starlette compiles them, and which of them match all that another one matches."""

from __future__ import annotations

import re
from functools import cache

PARAMETER = re.compile(r"{([a-zA-Z_]\w*)(?::([a-zA-Z_]\w*))?}", re.ASCII)
"""https://github.com/encode/starlette/blob/master/starlette/routing.py"""

# One character for everything that a converter accepts, where it stands in the later path.
_ANY, _TEXT, _INT, _FLOAT, _UUID = "\ue000\ue001\ue002\ue003\ue004"
_STAND_INS = {"path": _ANY, "str": _TEXT, "int": _INT, "float": _FLOAT, "uuid": _UUID}
_DIGITS = f"[0-9{_INT}]+"
_HEX = "[0-9a-fA-F]"
_ACCEPTED = {
    "path": ".*",
    "str": f"[^/{_ANY}]+",
    "int": _DIGITS,
    "float": rf"(?:{_FLOAT}|{_DIGITS}(?:\.{_DIGITS})?)",
    "uuid": f"(?:{_UUID}|{_HEX}{{8}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{12}})",
}


def names_in(path: str) -> frozenset[str]:
    """The parameters of a path, by name."""
    return frozenset(found[1] for found in PARAMETER.finditer(path))


def covers(earlier: str, later: str) -> bool:
    """Whether a path matches everything that another one matches; False where a converter is not known."""
    if "{" not in earlier:
        return earlier == later
    if not _stood_in(later).startswith(earlier[: earlier.index("{")]):
        return False
    pattern = _pattern(earlier)
    return pattern is not None and _stood_in(later) != "" and pattern.fullmatch(_stood_in(later)) is not None


@cache
def _stood_in(path: str) -> str:
    """The path with a character in place of each parameter; '' where a converter is not known."""
    if any(converter not in _STAND_INS for converter in _converters(path)):
        return ""
    return PARAMETER.sub(lambda match: _STAND_INS[match[2] or "str"], path)


@cache
def _pattern(path: str) -> re.Pattern[str] | None:
    if any(converter not in _ACCEPTED for converter in _converters(path)):
        return None
    text, end = "", 0
    for match in PARAMETER.finditer(path):
        text += re.escape(path[end : match.start()]) + _ACCEPTED[match[2] or "str"]
        end = match.end()
    return re.compile(text + re.escape(path[end:]), re.DOTALL)


def _converters(path: str) -> list[str]:
    return [match[2] or "str" for match in PARAMETER.finditer(path)]
