"""Which Starlette comes with which FastAPI, for a project that only declares FastAPI.

FastAPI names the versions of Starlette that it runs on (its own `pyproject.toml`, release by release).
"""

from __future__ import annotations

from functools import lru_cache, reduce
from itertools import pairwise

from fastlint.versions.ranges import Range, parse_range

STARLETTE = {
    "0.95.2": ">=0.27,<0.28",
    "0.107": ">=0.28,<0.29",
    "0.108": ">=0.29,<0.33",
    "0.109": ">=0.35,<0.36",
    "0.109.2": ">=0.36.3,<0.37",
    "0.110.1": ">=0.37.2,<0.38",
    "0.112.1": ">=0.37.2,<0.39",
    "0.115.2": ">=0.37.2,<0.41",
    "0.115.3": ">=0.40,<0.42",
    "0.115.7": ">=0.40,<0.46",
    "0.115.10": ">=0.40,<0.47",
    "0.116.1": ">=0.40,<0.48",
    "0.116.2": ">=0.40,<0.49",
    "0.120.1": ">=0.40,<0.50",
    "0.121.3": ">=0.40,<0.51",
    "0.128.3": ">=0.40,<1.0",
    "0.133": ">=0.40",
    "0.134": ">=0.46",
}
"""The versions of Starlette from one version of FastAPI on, up to the next."""

BEFORE = "<0.28"
"""Those of all earlier versions of FastAPI, told no further apart."""


def implied(package: str, fastapi: Range) -> Range | None:
    """The versions of a package that the allowed versions of FastAPI bring; None where they do not say."""
    if package != "starlette":
        return None
    found = [starlette for versions, starlette in _table() if versions & fastapi]
    return reduce(Range.__or__, found) if found else None


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[Range, Range], ...]:
    first, *_ = STARLETTE
    spans = [f"<{first}", *(f">={low},<{high}" for low, high in pairwise(STARLETTE)), f">={[*STARLETTE][-1]}"]
    pairs = zip(spans, (BEFORE, *STARLETTE.values()), strict=True)
    known = ((parse_range(versions), parse_range(starlette)) for versions, starlette in pairs)
    return tuple((versions, starlette) for versions, starlette in known if versions and starlette)
