"""With which commits a change is compared."""

from __future__ import annotations

import re
from pathlib import Path

from fastlint.git.repository import GitError, Repository

PLAIN = re.compile(r"[\w./-]+")
"""Names of branches that may stand in a command line as they are."""


def require(repository: Repository) -> None:
    """Raises `GitError` where there is no repository with a working tree."""
    try:
        inside = repository.ask("rev-parse", "--is-inside-work-tree").strip() == b"true"
    except GitError as error:
        if "not a git repository" not in str(error):
            raise
        raise GitError(f"{repository.folder} is in no git repository") from None
    if not inside:
        raise GitError(f"{repository.folder} is no working tree of git")


def head(repository: Repository) -> str:
    """The last commit; empty where there is none yet."""
    return commit(repository, "HEAD")


def commit(repository: Repository, name: str) -> str:
    """The object id of a commit by any name that git knows; empty where that names none."""
    if not name or name.startswith("-"):
        return ""
    return repository.word("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")


def fork_point(repository: Repository, name: str) -> str:
    """The newest commit that HEAD and a commit have in common, as `git diff NAME...HEAD` compares.

    Raises `GitError`, which says what to fetch.
    """
    base = commit(repository, name)
    if not base:
        raise GitError(f"`{name}` is no commit in this repository{_fetch(repository, name)}")
    ours = head(repository)
    common = repository.word("merge-base", base, ours) if ours else base
    if not common:
        raise GitError(f"`{name}` and HEAD have no commit in common here{_fetch(repository, name)}")
    return common


def before_commit(repository: Repository) -> tuple[str, ...]:
    """The parents that the next commit will have: none for the first, more than one for a merge."""
    ours = head(repository)
    if not ours:
        return ()
    merged = Path(repository.folder, repository.word("rev-parse", "--git-path", "MERGE_HEAD"))
    try:
        return (ours, *merged.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return (ours,)


def staged_paths(repository: Repository) -> set[str]:
    """What the next commit changes, relative to the repository's folder. Raises `GitError`."""
    if not (ours := head(repository)):
        return set(repository.lines("ls-files", "-z"))
    return set(repository.lines("diff-index", "--cached", "--name-only", "--relative", "-z", ours))


def renames(repository: Repository, commit: str) -> dict[str, str]:
    """The files of the index that a commit has under another name, with that name. Raises `GitError`."""
    options = ("--cached", "-M", "-l2000", "--name-status", "--diff-filter=R", "--relative", "-z")
    words = iter(repository.lines("diff-index", *options, commit))
    return {now: before for _, before, now in zip(words, words, words, strict=True)}


def is_first_of_shallow(repository: Repository, commit: str) -> bool:
    """Whether a commit has parents that are not here, as a shallow clone has none of its first commits'."""
    return _is_shallow(repository) and repository.word("rev-list", "-1", "--parents", commit) == commit


def _is_shallow(repository: Repository) -> bool:
    return repository.word("rev-parse", "--is-shallow-repository") == "true"


def _fetch(repository: Repository, name: str) -> str:
    """What to do about history that is not here."""
    is_shallow = _is_shallow(repository)
    remotes = repository.word("remote").splitlines()
    remote, _, branch = name.partition("/")
    if not is_shallow and not remotes:
        return ""
    command = "git fetch --unshallow" if is_shallow else "git fetch"
    if remote in remotes and PLAIN.fullmatch(branch):
        command += f" {remote} +{branch}:refs/remotes/{remote}/{branch}"
    return f": fetch it first (`{command}`; in GitHub Actions, `fetch-depth: 0` for actions/checkout)"
