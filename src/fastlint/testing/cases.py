"""Cases on disk: a file is one, and so is a folder, which is a project with several files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from fastlint.rule import Rule


class Case(NamedTuple):
    """Code that a rule is tried on; `str` of it is a name for a test."""

    rule: Rule
    path: Path

    def __str__(self) -> str:
        return f"{self.rule.name}/{self.path.stem}"


def cases(folder: Path, rules: Iterable[Rule]) -> list[Case]:
    """The cases of a folder: it has a folder for each rule, called as its module, with the files and folders.

    Raises `LookupError` for a folder that is called as no rule.
    """
    known = {rule.name.replace("-", "_"): rule for rule in rules}
    return [
        Case(_rule(known, inner), path)
        for inner in sorted(folder.iterdir())
        if inner.is_dir() and inner.name != "__pycache__"
        for path in sorted(inner.iterdir())
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    ]


def _rule(known: dict[str, Rule], folder: Path) -> Rule:
    rule = known.get(folder.name)
    if rule is None:
        raise LookupError(f"{folder}: there is no rule of this name")
    return rule
