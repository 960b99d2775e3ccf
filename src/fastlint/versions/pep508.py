"""Requirements as PEP 508 writes them: `fastapi[all]>=0.118; python_version >= "3.10"`."""

from __future__ import annotations

import re
from functools import lru_cache

from fastlint.versions.ranges import Range, parse_range

REQUIREMENT = re.compile(
    r"""
    (?P<name>[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?) \s*
    (?:\[[^\]]*\])? \s*
    (?: @ \s* (?P<url>[^;]+?(?=\s+;|\s*$)) | \(? (?P<specifier>[^;()@]*) \)? ) \s*
    (?: ; (?P<marker>.*) )?
    """,
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def normalise(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@lru_cache(maxsize=1024)
def parse_requirement(text: str) -> tuple[str, Range]:
    """The package and the versions that are wanted of it. Raises `ValueError`."""
    match = REQUIREMENT.fullmatch(text.strip())
    wanted = parse_range(match["specifier"] or "") if match else None
    if match is None or wanted is None:
        raise ValueError(f"`{text}` is not a requirement")
    return match["name"], wanted
