"""What a request leaves behind, and what it says when it goes."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def collect_garbage() -> None:
    """Collect what earlier requests left, what their threads hold a moment longer included."""
    for thread in threading.enumerate():
        if "AnyIO" in thread.name:
            thread.join(5)
    gc.collect()


@contextmanager
def never_awaited(match: str = "was never awaited") -> Iterator[None]:
    """What is done here throws a coroutine away, as the interpreter's warning says."""
    with pytest.warns(RuntimeWarning, match=match):  # noqa: PT031 - what is collected warns too
        yield
        collect_garbage()
