"""Which files belong to a test suite."""

from __future__ import annotations


def is_test(path: str) -> bool:
    """Whether a file is part of a test suite."""
    *folders, name = path.split("/")
    return name.startswith(("test_", "conftest.")) or bool({"test", "tests"} & set(folders))
