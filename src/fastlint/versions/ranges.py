"""Sets of versions, and what specifiers mean in PEP 440's notation and in Poetry's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

Cut = tuple["Version", int]
Interval = tuple[Cut, Cut]

_CLAUSE = re.compile(r"(~=|===|==|!=|<=|>=|<|>|\^|~|=)?v?([0-9][^\s*]*?)(\.\*)?")


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
