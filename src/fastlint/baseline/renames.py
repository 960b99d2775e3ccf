"""Which files git knows under another name since the baseline was last changed."""

from __future__ import annotations

from pathlib import Path

from fastlint.git import revisions
from fastlint.git.repository import GitError, Repository


def renames(root: Path, baseline: Path) -> dict[str, str]:
    """New names by old ones, relative to the root; none where there is no git or no repository."""
    try:
        repository = Repository(root)
        written = repository.word("rev-list", "-1", "HEAD", "--", str(baseline))
        commit = written or revisions.head(repository)
        former = revisions.renames(repository, commit) if commit else {}
    except GitError:
        return {}
    return {before: now for now, before in former.items()}
