"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fastlint.cache.store import KEY_VARIABLE


@pytest.fixture(autouse=True, scope="session")
def no_key_in_the_home_of_whoever_runs_the_tests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, "tests")
        yield
