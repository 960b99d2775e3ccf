"""What evidence of several rules needs around its tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.evidence.garbage import collect_garbage


@pytest.fixture
def nothing_stays_open() -> Iterator[None]:
    """What a test leaves in threads of a request is collected with it: later tests would be told of it.

    Goes with `filterwarnings("ignore:unclosed database:ResourceWarning")`.
    """
    yield
    collect_garbage()
