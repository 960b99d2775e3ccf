"""`--diff-base` and `--staged`: runs that report only what a change introduced."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from fastlint.output.cells import clean

if TYPE_CHECKING:
    from fastlint.cache.cache import Cache
    from fastlint.cli.request import Request
    from fastlint.config import Settings
    from fastlint.git.linted import Trees
    from fastlint.report import Report

Lint = Callable[..., "Report"]

OBJECT_ID = re.compile(r"^([0-9a-f]{10})[0-9a-f]{30,}$")


def changed(request: Request, root: Path, cache: Cache, lint: Lint) -> Lint:
    """`lint`, narrowed to the change that the command line asks about, if it does.

    Raises `click.ClickException`, as the narrowed one does, for what git cannot do.
    """
    if request.diff_base is None and not request.staged:
        return lint
    from fastlint.git import revisions
    from fastlint.git.linted import Trees
    from fastlint.git.repository import GitError, Repository

    try:
        repository = Repository(root)
        revisions.require(repository)
        if request.diff_base is None:
            commits = revisions.before_commit(repository)
            since = " and ".join(("HEAD", "MERGE_HEAD")[: len(commits)])
        else:
            commits = (revisions.fork_point(repository, request.diff_base),)
            since = OBJECT_ID.sub(r"\1", clean(request.diff_base))
    except GitError as error:
        raise click.ClickException(f"{_option(request)}: {error}") from error
    trees = Trees(repository, cache, _scratch())
    return partial(_narrowed, request, trees, commits, since, lint)


def _narrowed(
    request: Request,
    trees: Trees,
    commits: Sequence[str],
    since: str,
    lint: Lint,
    paths: Sequence[Path],
    settings: Settings,
    **more: Any,
) -> Report:
    from fastlint.git.repository import GitError
    from fastlint.introduced import Change

    started = time.perf_counter()
    change = Change(trees, commits, since, paths, settings, partial(lint, **more))
    try:
        report = change.in_index() if request.staged else change.in_working_tree()
    except GitError as error:
        raise click.ClickException(f"{_option(request)}: {error}") from error
    except click.ClickException as error:  # about the settings of a folder
        raise click.ClickException(trees.at_home(error.message)) from error
    report.seconds = time.perf_counter() - started
    report.details["compared with"] = ", ".join(commits) or "nothing: there is no commit yet"
    return report


def _option(request: Request) -> str:
    return "--staged" if request.staged else "--diff-base"


def _scratch() -> Path:
    """A folder that is there until the command ends: what is printed rests on the files in it."""
    folder = TemporaryDirectory(prefix="fastlint-", ignore_cleanup_errors=True)
    return Path(os.path.realpath(click.get_current_context().with_resource(folder)))
