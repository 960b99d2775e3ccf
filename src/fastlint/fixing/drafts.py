"""The files that the fixes of one report are about, each read when the first of them names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.fixing.draft import Draft
from fastlint.fixing.files import NotWritten, Original, original
from fastlint.source import Unreadable

if TYPE_CHECKING:
    from fastlint.report import Report


class Drafts:
    """The drafts of files by their paths, with what each file was."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._read: dict[str, Draft | NotWritten] = {}
        self.originals: dict[str, Original] = {}

    def __getitem__(self, path: str) -> Draft:
        """A file while it is being fixed. Raises `NotWritten`, which says why it cannot be."""
        if path not in self._read:
            self._read[path] = self._opened(path)
        found = self._read[path]
        if isinstance(found, NotWritten):
            raise found
        return found

    @property
    def opened(self) -> list[Draft]:
        """Those that could be read, in the order in which they were named."""
        return [each for each in self._read.values() if isinstance(each, Draft)]

    def forget(self) -> None:
        """Let the syntax of all files go; what was found stays."""
        for draft in self.opened:
            draft.forget()

    def _opened(self, path: str) -> Draft | NotWritten:
        source = self._report.source(path)
        if source is None:
            return NotWritten("it cannot be read")
        try:
            draft = Draft(source, self._report.is_shared)
            self.originals[path] = original(source)
        except Unreadable as error:
            return NotWritten(error.message)
        except NotWritten as error:
            return error
        return draft
