"""Imports that fixes need, and how code spells what they import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fastlint.fixing.scopes import Imported, Names, Position

Style = Literal["name", "module"]


@dataclass(frozen=True)
class Import:
    """`import module [as alias]`, or `from module import name [as alias]`."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def target(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module

    @property
    def local(self) -> str:
        return self.alias or self.name or self.module

    @property
    def bound(self) -> str:
        return self.local.partition(".")[0]

    def spells(self, qualified: str) -> str | None:
        if qualified == self.target:
            return self.local
        module, _, attribute = qualified.rpartition(".")
        return f"{self.local}.{attribute}" if module == self.target else None

    def __str__(self) -> str:
        alias = f" as {self.alias}" if self.alias else ""
        return (
            f"from {self.module} import {self.name}{alias}" if self.name else f"import {self.module}{alias}"
        )

    @property
    def item(self) -> str:
        return f"{self.name} as {self.alias}" if self.alias else self.name


@dataclass
class Wishes:
    """What fixes ask of a file's imports."""

    wanted: list[Import] = field(default_factory=list[Import])
    dropped: list[Imported] = field(default_factory=list[Imported])

    def add(self, other: Wishes) -> None:
        self.wanted += [each for each in other.wanted if each not in self.wanted]
        self.dropped += [each for each in other.dropped if each not in self.dropped]


def spelled(
    names: Names, wishes: Sequence[Wishes], qualified: str, at: Position, prefer: Style
) -> tuple[str, Import | None]:
    """How code at a position writes a qualified name, and the import that it needs for that."""
    module, _, builtin = qualified.rpartition(".")
    if module == "builtins" and names.meaning(builtin, at) is None:
        return builtin, None
    existing = [
        (imported.spells(qualified), imported)
        for scope, imported in names.imports
        if names.usable(scope, imported, at)
    ]
    spellings = [spelling for spelling, _ in existing if spelling]
    if spellings:
        return min(spellings, key=lambda spelling: (spelling.count("."), len(spelling))), None
    planned = [each for wish in wishes for each in wish.wanted]
    usable = [
        wanted
        for wanted in planned
        if wanted.spells(qualified) and not names.is_taken(wanted.bound, at, _bound_target(wanted))
    ]
    chosen = min(usable, key=lambda wanted: bool(wanted.alias), default=None)
    if chosen is None or chosen.alias:  # another place may have needed an alias, and this one does not
        new = _unambiguous(names, planned, _new_import(qualified, prefer), at)
        chosen = new if chosen is None or not new.alias else chosen
    return chosen.spells(qualified) or chosen.local, chosen


def _new_import(qualified: str, prefer: Style) -> Import:
    module, _, name = qualified.rpartition(".")
    if not module:
        return Import(qualified)
    return Import(module) if prefer == "module" else Import(module, name)


def _unambiguous(names: Names, planned: Sequence[Import], new: Import, at: Position) -> Import:
    """The import under a name that is free: its own, else with its module's before it, else underscored."""
    last = new.module.rpartition(".")[2]
    candidates = [new.alias, f"{last}_{new.name}" if new.name else f"{last}_"]
    for alias in _endless(candidates):
        named = Import(new.module, new.name, alias)
        rivals = [each for each in planned if each.bound == named.bound and each.target != named.target]
        if not rivals and not names.is_taken(named.bound, at, _bound_target(named)):
            return named
    raise AssertionError("underscores do not run out")


def _endless(candidates: list[str]) -> Iterator[str]:
    yield from candidates
    last = candidates[-1]
    while True:
        last += "_"
        yield last


def _bound_target(new: Import) -> str:
    return new.target if new.alias or new.name else new.bound
