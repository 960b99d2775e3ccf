"""What a project declares, folder by folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastlint.config import Settings
from fastlint.diagnostic import Problem

if TYPE_CHECKING:
    from fastlint.versions import Versions


class Declared:
    """Asked for files; `problems` are what could not be read on the way."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self.problems: set[Problem] = set()
        self._folders: dict[str, Versions] = {}

    def versions(self, path: str) -> Versions:
        """What the project declares for the code of a file."""
        from fastlint.versions import read_versions

        folder = path.rpartition("/")[0]
        known = self._folders.get(folder)
        if known is None:
            declared = dict(self.settings.at(path).versions)
            known = self._folders[folder] = read_versions(self.root, self.root / folder, declared)
            self.problems.update(known.problems)
        return known
