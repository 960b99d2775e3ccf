"""What the files of one directory declare, and what follows where they declare a package more than once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

from fastlint.diagnostic import Problem
from fastlint.versions.pep508 import normalise
from fastlint.versions.ranges import Range, parse_range

PYTHON = "python"
"""The name under which `requires-python` and Poetry's `python` are declared."""


@dataclass
class Group:
    """Declarations that belong together: a specifier for a package, which may hold only under a marker."""

    plain: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    marked: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])

    def add(self, name: str, specifier: str, *, marked: bool = False) -> None:
        declared = self.marked if marked else self.plain
        declared.setdefault(normalise(name), []).append(specifier)

    def allowed(self, name: str) -> Range | None:
        """Every entry holds that has no marker; of those with one, any may be the one that holds."""
        plain, marked = _known(self.plain.get(name, ())), _known(self.marked.get(name, ()))
        if marked:
            plain.append(reduce(Range.__or__, marked))
        return reduce(_both, plain) if plain else None


@dataclass(eq=False)
class Level:
    """What the files of one directory declare.

    All of `main` and `constraints` hold together; `others` (extras, groups, further requirements files) are
    alternatives that count for what the main ones do not name; `overrides` replace everything.
    """

    main: list[Group] = field(default_factory=list[Group])
    others: list[Group] = field(default_factory=list[Group])
    constraints: list[Group] = field(default_factory=list[Group])
    overrides: list[Group] = field(default_factory=list[Group])
    pins: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])
    problems: list[Problem] = field(default_factory=list[Problem])

    def pin(self, name: str, version: str) -> None:
        self.pins.setdefault(normalise(name), set()).add(version)

    def names(self, name: str) -> bool:
        """Whether a package is declared or locked here."""
        groups = (*self.main, *self.others, *self.constraints, *self.overrides)
        return name in self.pins or any(name in group.plain or name in group.marked for group in groups)

    def pinned(self, name: str) -> Range | None:
        ranges = _known(self.pins.get(name, ()))
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


def of_python(specifier: object) -> Group:
    """What `requires-python` and the like declare; nothing where it is no string."""
    group = Group()
    if isinstance(specifier, str):
        group.add(PYTHON, specifier)
    return group


def _all_of(groups: list[Group], name: str) -> Range | None:
    found = [each for group in groups if (each := group.allowed(name)) is not None]
    return reduce(_both, found) if found else None


def _any_of(groups: list[Group], name: str) -> Range | None:
    found = [each for group in groups if (each := group.allowed(name)) is not None]
    return reduce(Range.__or__, found) if found else None


def _known(specifiers: Iterable[str]) -> list[Range]:
    """What can be read, and allows anything at all."""
    return [known for each in specifiers if (known := parse_range(each))]


def _both(one: Range, other: Range) -> Range:
    """What both allow; where they contradict each other, the first."""
    return one & other or one
