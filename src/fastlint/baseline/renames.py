"""Which files git knows under another name since the baseline was last changed."""

from __future__ import annotations

from pathlib import Path

from fastlint.git import revisions
from fastlint.git.repository import GitError, Repository


def renames(root: Path, baseline: Path) -> dict[str, str]:
    """New names by old ones, relative to the root; none where there is no git or no repository."""
    try:
        repository = Repository(root)
        commit = _base(repository, baseline)
        former = revisions.renames(repository, commit) if commit else {}
    except GitError:
        return {}
    return {before: now for now, before in former.items()}


def is_cut_short(root: Path, baseline: Path) -> bool:
    """Whether the history that is here may begin after files were renamed: in a shallow clone."""
    try:
        repository = Repository(root)
        return revisions.is_first_of_shallow(repository, _base(repository, baseline))
    except GitError:
        return False


def _base(repository: Repository, baseline: Path) -> str:
    """The commit that last changed the baseline, else the last one; empty where there is none yet."""
    written = repository.word("rev-list", "-1", "HEAD", "--", str(baseline))
    return written or revisions.head(repository)
