"""Requirements files: https://pip.pypa.io/en/stable/reference/requirements-file-format/"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fastlint import disk
from fastlint.versions.declared import Group, Level
from fastlint.versions.files import BadFileError, DeclaringFile

_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?=[^\s=-]))(.+)")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_FOLDER = re.compile(r"[\w.-]+[/\\]")
# What the environment says is not known: pip puts it there, for `${VERSION}` in capital letters.
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
_NAMED = re.compile(r"[A-Z0-9][A-Z0-9._-]*(?=\s*[\[=<>~!(])", re.IGNORECASE)
_OPTION = re.compile(r"\s--?[a-z].*")


def read_requirements(file: DeclaringFile, level: Level) -> None:
    group = Group()
    Requirements(level).read(file, group)
    is_main = file.path.name.lower() == "requirements.txt"
    (level.main if is_main else level.others).append(group)


@dataclass(frozen=True)
class Requirements:
    """Reads a requirements file and those that it includes, each once; constraints go to the level."""

    level: Level
    paths: set[Path] = field(default_factory=set[Path])

    def read(self, file: DeclaringFile, group: Group) -> None:
        self.paths.add(file.path)
        for number, line in _logical_lines(file.text()):
            if _VARIABLE.search(line):
                if named := _NAMED.match(line):
                    group.add(named[0], "")
            elif include := _INCLUDE.fullmatch(line):
                constrains, name = include[1] in ("-c", "--constraint"), include[2].strip("\"' ")
                target = Group() if constrains else group
                self.include(file, name, target, number)
                if constrains:
                    self.level.constraints.append(target)
            elif not line.startswith("-") and not _FOLDER.match(line):
                file.add(group, _OPTION.sub("", line), number)

    def include(self, file: DeclaringFile, name: str, group: Group, line: int = 0) -> None:
        """Read a file that another one names, unless it is beyond the root or on the network."""
        included = DeclaringFile(file.root, Path(os.path.normpath(file.path.parent / name)))
        if "://" in name or included.path in self.paths or not included.path.is_relative_to(file.root):
            return
        if not disk.exists(included.path) or not included.path.is_file():
            file.complain(f"there is no file `{name}`", line)
            return
        try:
            self.read(included, group)
        except BadFileError as error:
            included.problems.append(error.problem)
        file.problems.extend(included.problems)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, joined over their backslashes, each with its number from 1."""
    parts: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        code = without_comment(line)
        if code.endswith("\\"):
            parts.append(code[:-1])
            continue
        joined = "".join([*parts, code]).strip()
        if joined:
            yield number - len(parts), joined
        parts = []


def without_comment(line: str) -> str:
    return _COMMENT.sub("", line)
