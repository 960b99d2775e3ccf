"""`--stdin-filename`: standard input stands for one file, and standard output gets it when it is fixed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastlint.cli.console import print_content
from fastlint.location import locate

if TYPE_CHECKING:
    from fastlint.config import Settings
    from fastlint.diagnostic import FixRequest
    from fastlint.fixing.files import Replacement
    from fastlint.report import Report

    Lint = Callable[..., Report]


@dataclass
class Buffer:
    """One file, as it came in and as fixes leave it. Nothing of it is written to disk."""

    path: Path
    content: bytes

    @classmethod
    def read(cls, path: Path) -> Buffer:
        """What comes from standard input. Raises `click.ClickException` where nothing can."""
        if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] # it was closed (`<&-`)
            raise click.ClickException("cannot read standard input: it is closed")
        try:
            return cls(locate(path), sys.stdin.buffer.read())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise click.ClickException(f"cannot read standard input: {reason}") from error

    def through(self, lint: Lint) -> Lint:
        """The same run over the project with this file in it; fixes of other files are none here."""

        def run(paths: Sequence[Path], settings: Settings, **more: Any) -> Report:
            return self._own(lint(paths, settings, overlay={self.path: self.content}, **more))

        return run

    def _own(self, report: Report) -> Report:
        def is_here(request: FixRequest) -> bool:
            return all(locate(report.root / path) == self.path for path in request.paths)

        diagnostics = [each.with_requests(is_here) for each in report.diagnostics]
        return replace(report, diagnostics=diagnostics)

    def write(self, replacements: Sequence[Replacement]) -> None:
        """What `fixing.files.replace_all` does for files. Raises `NotWritten` for others."""
        from fastlint.fixing.files import NotWritten

        for path, expected, data in replacements:
            if locate(path) != self.path or expected != self.content:
                raise NotWritten("it is not what came from standard input", path)
            self.content = data

    def pass_on(self, deliver: Callable[[], int]) -> int:
        """The file on standard output, and on standard error what would be there else."""
        print_content(self.content)
        with redirect_stdout(sys.stderr):
            return deliver()
