"""Patterns with the meaning of https://git-scm.com/docs/gitignore, as pathspec reads them.

Importing pathspec costs more than walking through a project: what is only a folder's name needs none of it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

FOLDER = re.compile(r"[\w.-]+/")
DOT = re.compile(r"\A(!?)(?:\./+)+")
EVERYTHING = re.compile(r"(?:(\A!?)\*|(\A!?|/)\*\*+(?:/\*)?)(/?)\Z")


def from_root(pattern: str) -> str:
    """A pattern of the settings as git would read it: `./gen/` is `/gen/`, which git takes for nothing."""
    return DOT.sub(r"\1/", pattern)


@lru_cache(maxsize=256)
def compile_patterns(lines: tuple[str, ...]) -> GitIgnoreSpec:
    """The patterns of one .gitignore or one setting; a line that git finds invalid matches nothing.

    Ask it for files as `a/b.py` and for folders as `a/`, from above to below: the patterns for a folder hold
    for what is in it.
    """
    from pathspec import GitIgnoreSpec

    patterns: list[GitIgnoreSpecPattern] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of `re`, about `[[` and `&&` in a bracket
        for line in lines:
            with suppress(ValueError, re.error):
                patterns += GitIgnoreSpec.from_lines([_for_folders(line)]).patterns
    # Not "best": the same files must be found whatever else is installed.
    return GitIgnoreSpec(patterns, backend="simple")


def _for_folders(line: str) -> str:
    """The line with a last `*` or `**` spelled so that pathspec, made for files, is right about folders too.

    It takes `a/**` to ignore `a` itself, and `*` to weigh more than a later `!*/`.
    """
    return EVERYTHING.sub(r"\1\2**/?*\3", line)


def split_folders(patterns: Sequence[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The folders that patterns name (`build` for `build/`), and the patterns that say more than a name."""
    if any(pattern.startswith("!") for pattern in patterns):  # it may take back what another excludes
        return frozenset(), tuple(patterns)
    folders = frozenset(pattern[:-1] for pattern in patterns if FOLDER.fullmatch(pattern))
    return folders, tuple(pattern for pattern in patterns if not FOLDER.fullmatch(pattern))
