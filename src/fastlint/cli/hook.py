"""`fastlint hook`: what pre-commit runs, which names files and does not say why.

It names those of a commit, and then the question is what the commit introduces, wherever that shows: an
edited helper breaks routes in files that are not named. With `--all-files` and `--files` it names others, and
then it is what is wrong in these: a look at the commit alone would find nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastlint.cli.check import Check, check

if TYPE_CHECKING:
    from fastlint.git.repository import Repository


@click.command(
    "hook", cls=Check, params=check.params, short_help="Check what a commit introduces (for pre-commit)."
)
@click.pass_context
def hook(context: click.Context, /, **given: Any) -> int:
    """Check what a commit introduces, in whatever file; pre-commit runs this.

    Where all given PATHs are staged, or none is given and something is staged, this is `--staged` for the
    whole project; with --fix it is `--diff-base HEAD` for the PATHs. Between two commits (`pre-commit run
    --from-ref A --to-ref B`, or before a push) it is `--diff-base A`. Else the PATHs are checked as they are.
    Excluded files are left out even if they are named.
    """
    from fastlint.git.repository import GitError

    try:
        asked = question(given)
    except GitError as error:
        raise click.ClickException(str(error)) from error
    code: int = context.invoke(check, **{**given, "force_exclude": True, **asked})
    return code


def question(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `check` that the situation asks for. Raises `GitError`."""
    from fastlint.cli.project import root_of
    from fastlint.git import revisions
    from fastlint.git.repository import Repository

    if given["staged"] or given["diff_base"] is not None:
        return {}
    repository = Repository(root_of(given["paths"] or (Path(),)))
    revisions.require(repository)
    paths = given["paths"] if given["fix"] else (repository.folder,)  # where else to write nobody said
    if base := _pushed(repository):
        return {"diff_base": base, "paths": paths}
    if not _is_commit(repository, given["paths"]):
        return {}
    if not given["fix"]:
        return {"staged": True, "paths": paths}
    return {"diff_base": "HEAD"} if revisions.head(repository) else {}


def _pushed(repository: Repository) -> str:
    """The commit that pre-commit compares with, where what it compares is checked out (HEAD)."""
    from fastlint.git import revisions

    ends = [os.environ.get(f"PRE_COMMIT_{end}_REF", "") for end in ("FROM", "TO")]
    base, to = (revisions.commit(repository, name) for name in ends)
    return base if base and to and to == revisions.head(repository) else ""


def _is_commit(repository: Repository, paths: tuple[Path, ...]) -> bool:
    from fastlint.git import revisions
    from fastlint.location import locate

    staged = {repository.folder / path for path in revisions.staged_paths(repository)}
    return bool(staged) and all(locate(path) in staged for path in paths)
