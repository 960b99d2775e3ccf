"""What evidence of several rules needs around its tests."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def nothing_stays_open() -> Iterator[None]:
    """What a test leaves in threads of a request is collected with it: later tests would be told of it.

    Goes with `filterwarnings("ignore:unclosed database:ResourceWarning")`.
    """
    yield
    for thread in threading.enumerate():
        if "AnyIO" in thread.name:
            thread.join(5)
    gc.collect()
