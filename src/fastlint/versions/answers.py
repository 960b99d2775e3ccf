"""What holds for the files of one directory: answers, from all levels up to the root and the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from fastlint.diagnostic import Problem
from fastlint.versions.declared import Level
from fastlint.versions.directory import read_level
from fastlint.versions.implied import implied
from fastlint.versions.pep508 import normalise, parse_requirement
from fastlint.versions.ranges import Range, everything, parse_range


def read_versions(root: Path, directory: Path, overrides: Mapping[str, str] | None = None) -> Versions:
    """What the project declares for the files of a directory at or below the root.

    `overrides` (`{"fastapi": ">=0.115"}`) are the settings' word, which is the last. What has not changed
    since it was last read is not read again, and gives the same object.
    """
    directories = [directory, *directory.parents]
    if root not in directories:
        directories = [root]
    inside = directories[: directories.index(root) + 1]
    levels = (read_level(root, each) for each in inside)
    declaring = tuple(level for level in levels if level is not None)
    return _versions(declaring, tuple(sorted((overrides or {}).items())))


@lru_cache(maxsize=256)
def _versions(levels: tuple[Level, ...], overrides: tuple[tuple[str, str], ...]) -> Versions:
    return Versions(levels, dict(overrides))


class Versions:
    """What holds for the files of one directory; `problems` are about the files it was read from."""

    def __init__(self, levels: Iterable[Level], overrides: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._levels = tuple(levels)
        self._overrides = {normalise(name): text for name, text in overrides.items()}
        self._declared: dict[str, Range | None] = {}
        self._answers: dict[str, tuple[bool, bool]] = {}
        for level in self._levels:
            self.problems += [problem for problem in level.problems if problem not in self.problems]

    def declared(self, package: str) -> Range | None:
        """The versions of a package that the project allows; None when it does not say.

        A bare `fastapi`, or `*`, says nothing: what is installed is the newest. The package `python` is
        the language itself. Where only FastAPI is declared, so is the Starlette that it brings.
        """
        name = normalise(package)
        if name not in self._declared:
            self._declared[name] = self._resolve(name) or self._implied(name)
        return self._declared[name]

    def requires(self, package: str) -> bool:
        """Whether the project names a package, in whatever version."""
        return any(level.names(normalise(package)) for level in self._levels)

    def always(self, requirement: str) -> bool:
        """Whether every version that the project allows satisfies `fastapi>=0.118`; no when it says nothing.

        Raises `ValueError` for what is no requirement.
        """
        return self._answer(requirement)[0]

    def possibly(self, requirement: str) -> bool:
        """Whether some version that the project allows satisfies `fastapi>=0.118`; yes when it says nothing.

        Raises `ValueError` for what is no requirement.
        """
        return self._answer(requirement)[1]

    def _answer(self, requirement: str) -> tuple[bool, bool]:
        if requirement not in self._answers:
            package, wanted = parse_requirement(requirement)
            allowed = self.declared(package)
            answer = (False, True) if allowed is None else (allowed <= wanted, bool(allowed & wanted))
            self._answers[requirement] = answer
        return self._answers[requirement]

    def _implied(self, name: str) -> Range | None:
        fastapi = None if name == "fastapi" else self.declared("fastapi")
        return None if fastapi is None else implied(name, fastapi)

    def _resolve(self, name: str) -> Range | None:
        if name in self._overrides:
            wanted = parse_range(self._overrides[name])
            return wanted if wanted and wanted != everything() else None
        pinned = [found for level in self._levels if (found := level.pinned(name))]
        ranged = (found for level in self._levels if (found := level.ranged(name)))
        # A bare `fastapi` in a member of a workspace leaves the say to the root.
        allowed = next((each for each in ranged if each != everything()), None)
        if not pinned or (allowed is not None and not pinned[0] & allowed):
            return allowed  # the lock is another project's, or older than the range
        return pinned[0]
