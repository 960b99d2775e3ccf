"""How rules of several families call things in their messages."""

from __future__ import annotations

from fastlint.api import FunctionScope


def called_name(function: FunctionScope) -> str:
    """What FastAPI calls, as a person would: a class by its name, for its `__init__` or its `__call__`."""
    is_of_class = function.name in ("__init__", "__call__")
    return function.owner.name if function.owner is not None and is_of_class else function.label
