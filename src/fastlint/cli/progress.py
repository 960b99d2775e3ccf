"""A bar on stderr for runs that take long enough to wonder."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from fastlint.output.terminal import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 0.7  # seconds that a run may take before a bar appears
FRAME = 0.05  # seconds between two updates of the bar


class Bar:
    """Called with what is done and what there is; shows nothing before `PATIENCE` is over."""

    def __init__(self, *, shown: bool | None = None) -> None:
        self.shown = is_terminal(sys.stderr) if shown is None else shown
        self.started = self.updated = time.monotonic()
        self.bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar:
            self.bar[0].stop()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self.shown or now - self.started < PATIENCE or now - self.updated < FRAME:
            return
        self.updated = now
        progress, task = self.bar = self.bar or _start(total)
        progress.update(task, completed=done, total=total)


def _start(total: int) -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    progress = Progress(
        TextColumn("Checking"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task("", total=total)
    progress.start()
    return progress, task
