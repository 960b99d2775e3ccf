"""Contents that stand for files, whatever is on disk: what an editor has not saved, or standard input.

A run is told of them by their paths. Below it everything that reads code (the search for files, the index,
the fixes, the excerpts in the output) reads what stands for a file in place of the file, which need not
exist. Settings and what a project declares are read from disk alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

Overlay = Mapping[str, bytes]
"""Contents by path, relative to the root and with forward slashes."""

NOTHING: Overlay = MappingProxyType({})


def inside(root: Path, contents: Mapping[Path, bytes]) -> Overlay:
    """The contents that stand for files of a project; all paths are as `location.locate` gives them."""
    return {
        path.relative_to(root).as_posix(): data
        for path, data in contents.items()
        if path.is_relative_to(root)
    }
