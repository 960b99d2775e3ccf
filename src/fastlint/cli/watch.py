"""`--watch`: check again whenever something changes that the findings rest on, until Ctrl-C."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastlint import disk
from fastlint.cache.cache import Cache
from fastlint.cli.console import tell
from fastlint.cli.guard import guarded
from fastlint.cli.project import root_of
from fastlint.config import DEFAULT_EXCLUDE
from fastlint.location import locate
from fastlint.versions.directory import declares

if TYPE_CHECKING:
    import watchfiles

    from fastlint.cli.request import Request

Run = Callable[["Request", Callable[..., Cache]], int]

TICK = 200
"""Milliseconds between two looks at what lies outside the project and is read all the same."""
NOISY = frozenset(
    folder.rstrip("/")
    for folder in DEFAULT_EXCLUDE
    if folder.startswith(".") or folder in ("__pycache__/", "node_modules/", "site-packages/")
)
"""Folders in which tools write all the time, and that hold no code of the project."""


def watch(request: Request, run: Run) -> int:
    """Run now and after each change. Ends by `KeyboardInterrupt`; raises `click.ClickException`.

    All runs share a cache: what they find is due to the rules that this process has loaded, whatever is
    installed in the meantime.
    """
    root = root_of(request.targets)
    of_root = cache(Cache.of)
    gc.enable()  # a run keeps what it makes until it ends, and this process goes on
    command = click.get_current_context().command

    def once() -> int:
        with click.Context(command):  # what a run needs until it ends
            return run(request, of_root)

    is_first = True
    for changes in _changes(root, Relevant(root, request.cache_dir)):
        if not (is_first or changes or _has_changed_above(root, request.config)):
            continue
        is_first = False
        click.clear()
        guarded(once, is_verbose=request.verbose)
        gc.collect()
        sys.stdout.flush()
        if not request.quiet:
            tell("Watching for changes: Ctrl-C ends it.")
    return 0


class Relevant:
    """Which changes can make a run find something else."""

    def __init__(self, root: Path, cache_dir: Path | None) -> None:
        self.root = root
        self.cache_dir = locate(cache_dir) if cache_dir else None

    def __call__(self, change: watchfiles.Change, path: str) -> bool:
        folder, name = os.path.split(path)
        if self._is_noise(Path(folder)):
            return False
        if name.endswith((".py", ".toml")) or name == ".gitignore":  # settings and baselines have any name
            return True
        return path in disk.files or declares(folder, name) or _may_be_folder(change, name)

    def _is_noise(self, folder: Path) -> bool:
        if self.cache_dir and folder.is_relative_to(self.cache_dir):
            return True
        return folder.is_relative_to(self.root) and not NOISY.isdisjoint(folder.relative_to(self.root).parts)


def _may_be_folder(change: watchfiles.Change, name: str) -> bool:
    """Whether a whole folder may have come or gone: nothing is told of what is in it then."""
    return change.name != "modified" and "." not in name


def _changes(root: Path, relevant: Relevant) -> Iterator[set[tuple[watchfiles.Change, str]]]:
    try:
        import watchfiles
    except ImportError:
        raise click.ClickException("--watch needs watchfiles: pip install 'fastlint[watch]'") from None
    return watchfiles.watch(
        root,
        watch_filter=relevant,
        rust_timeout=TICK,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )


def _has_changed_above(root: Path, config: Path | None) -> bool:
    """Whether a file has changed that is read and not watched: settings above the project, or `--config`."""
    above = {os.fspath(folder) for folder in root.parents}
    given = os.fspath(config.absolute()) if config else ""
    return not all(
        disk.is_same(path, seen)
        for path, seen in disk.files.items()
        if path == given or os.path.dirname(path) in above  # noqa: PTH120 - of many paths
    )
