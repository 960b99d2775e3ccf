"""A file that declares something: its text, its requirements, and what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fastlint import disk, toml
from fastlint.diagnostic import Problem
from fastlint.versions.declared import Group
from fastlint.versions.pep508 import REQUIREMENT
from fastlint.versions.ranges import parse_range

_MAX_LENGTH = 2_000


class BadFileError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class DeclaringFile:
    """A file below the root; of its `problems`, the first is told."""

    root: Path
    path: Path
    problems: list[Problem] = field(default_factory=list[Problem])

    def complain(self, message: str, line: int = 0) -> None:
        self.problems.append(self.bad(message, line).problem)

    def bad(self, message: str, line: int = 0) -> BadFileError:
        try:
            path = self.path.relative_to(self.root).as_posix()
        except ValueError:
            path = self.path.as_posix()
        return BadFileError(Problem(path, message, line))

    def data(self) -> bytes:
        """Raises `BadFileError`, as `text` and `tables` do."""
        try:
            return disk.read(self.path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self.bad(f"the file cannot be read: {reason}") from None

    def text(self) -> str:
        data = self.data()
        try:
            # PowerShell writes `pip freeze > requirements.txt` in UTF-16.
            wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
            return data.decode("utf-16" if wide else "utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.bad("the file is not UTF-8", data.count(b"\n", 0, error.start) + 1) from None

    def tables(self) -> dict[str, Any]:
        try:
            return toml.parse(self.text())
        except (ValueError, RecursionError) as error:
            place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
            message = str(error)[: place.start()] if place else str(error)
            raise self.bad(f"not valid TOML: {message}", int(place[1]) if place else 0) from None

    def group(self, value: object) -> Group:
        """The requirements that a string or a sequence of strings consists of."""
        group = Group()
        for each in strings(value):
            self.add(group, each)
        return group

    def add(self, group: Group, requirement: str, line: int | tuple[str, ...] = 0) -> None:
        """Add a requirement as PEP 508 writes it; `line` is where it stands, or its key in a TOML file."""
        text = requirement.strip()
        if not text or _is_location(text):
            return
        match = REQUIREMENT.fullmatch(text) if len(text) <= _MAX_LENGTH else None
        if match is None or parse_range(match["specifier"] or "") is None:
            number = line if isinstance(line, int) else toml.find_line(self.text(), line)
            self.complain(f"`{text:.100}` is not a requirement", number)
        elif not match["url"]:
            group.add(match["name"], match["specifier"] or "", marked=bool(match["marker"]))


def strings(value: object) -> list[str]:
    """The strings of a sequence; a lone one is a sequence of itself."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, (list, tuple)):
        return []
    return [each for each in cast("list[object]", value) if isinstance(each, str)]


def _is_location(text: str) -> bool:
    """Whether this is a path or an address: what it installs cannot be known."""
    return (
        "://" in text
        or text.startswith((".", "/", "~", "\\", "file:"))
        or text.endswith((".whl", ".tar.gz", ".zip"))
    )
