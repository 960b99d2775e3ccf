"""What a project declares: which versions of its dependencies, and of Python, its code may run with.

Read from a file's directory and those above it, up to the root: pyproject.toml (PEP 621, PEP 735, Poetry, uv,
PDM, Hatch), setup.cfg, setup.py (literals only), Pipfile, requirements files, and the lock files of uv,
Poetry, PDM, Pipenv and PEP 751. A lock wins over a range, a nearer directory over a farther one. What cannot
be read is a problem in one line, and counts as not declared.
"""

from __future__ import annotations

from fastlint.versions.answers import Versions, read_versions
from fastlint.versions.ranges import Range, parse_range

__all__ = ["Range", "Versions", "parse_range", "read_versions"]
