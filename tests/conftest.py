"""What holds for all tests."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator

import pytest

from fastlint.cache.store import KEY_VARIABLE


@pytest.fixture(autouse=True, scope="session")
def no_key_in_the_home_of_whoever_runs_the_tests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, "tests")
        yield


@pytest.fixture(autouse=True, scope="session")
def interrupts_reach_what_the_tests_start() -> Iterator[None]:
    """Also where the tests are a background job of a shell, which ignores them, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pytest_collection_finish() -> None:
    """What is there before the first test stays: no test that collects garbage looks through it again."""
    gc.collect()
    gc.freeze()
