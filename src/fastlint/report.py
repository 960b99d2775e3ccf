"""What a run found: findings, what could not be done, and the figures that the last line gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fastlint.diagnostic import Diagnostic, Place, Problem
from fastlint.overlay import Overlay

if TYPE_CHECKING:
    from fastlint.cache.offers import Offers
    from fastlint.config import Settings
    from fastlint.source import Source


@dataclass
class Report:
    """The outcome of one run over a project.

    `diagnostics` are sorted by `sort_key`; `files` and `lines` count what was considered, `seconds` is wall
    time. `details` is what `--verbose` shows: a heading and its text, in the order to show them. `targets`
    are the files that were checked, `notes` sentences for the last lines that people read. `is_shared` says
    of a file and one of its names whether other files use the name. `settings` are those of the run, with
    those of folders. `is_special`: a file was named that is no part of the project else, or is not on disk.
    `overlay` is what stood for files, `raised` what rules failed with, where they were asked in this run.
    `offers` know which fixes were refused in earlier runs.

    Of a report on a change, `since` says what it is compared with, and `known` how many findings were there
    before; where that is about files as git has them, they lie in `tree`.
    """

    root: Path
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    problems: list[Problem] = field(default_factory=list[Problem])
    files: int = 0
    lines: int = 0
    seconds: float = 0.0
    details: dict[str, str] = field(default_factory=dict[str, str])
    targets: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    overlay: Overlay = field(default_factory=dict[str, bytes])
    is_shared: Callable[[str, str], bool] = lambda path, name: False
    settings: Settings | None = field(default=None, repr=False)
    is_special: bool = False
    since: str = ""
    known: int = 0
    tree: Path | None = None
    raised: Sequence[Exception] = ()
    offers: Offers | None = field(default=None, repr=False)
    _sources: dict[str, Source | None] = field(default_factory=dict[str, "Source | None"], repr=False)

    def source(self, path: str) -> Source | None:
        """The file as it is now, or what stands for it, read once; None when that cannot be."""
        if path not in self._sources:
            self._sources[path] = _read(self.tree or self.root, path, self.overlay)
        return self._sources[path]

    def characters(self, place: Place) -> tuple[int, int, int, int]:
        """Line, column, end line and end column of a place, from 1 and in characters."""
        from fastlint.source import characters

        source = self.source(place.path)
        span = place.span
        if source is None:
            return span.line, span.column + 1, span.end_line, span.end_column + 1
        return characters(source, span)


def _read(root: Path, path: str, overlay: Overlay) -> Source | None:
    from fastlint.source import Source, Unreadable

    try:
        source = Source.read(root, path, overlay)
        source.text  # noqa: B018 - decodes it, or says that it cannot
    except Unreadable:  # a file may vanish or change between check and display
        return None
    return source
