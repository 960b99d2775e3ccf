"""Which files git knows under another name since the baseline was last changed.

Asked of the commit that changed it and of the index, whose contents git has already: no file of the working
tree is read, and so no filter, hook or driver that a repository configures is run.
"""

from __future__ import annotations

import os
import subprocess
from itertools import islice
from pathlib import Path

QUIET = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
RENAMES = ("diff-index", "--cached", "-M", "--diff-filter=R", "--name-status", "-z", "--relative")
SAFE = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=all")


def renames(root: Path, baseline: Path) -> dict[str, str]:
    """New names by old ones, relative to the root; none where there is no git or no repository."""
    commit = (_git(root, "rev-list", "-1", "HEAD", "--", f":(literal){baseline}") or "").strip() or "HEAD"
    told = _git(root, *RENAMES, *SAFE, commit, "--", "*.py") or ""
    parts = iter(told.split("\0"))
    found: dict[str, str] = {}
    while len(triple := tuple(islice(parts, 3))) == 3:
        _, old, new = triple
        found[old] = new
    return found


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints; None where it cannot say."""
    command = ("git", "--no-pager", "-C", os.fspath(root), *QUIET, *arguments)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **ENVIRONMENT},
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.decode("utf-8", "surrogateescape")
