"""Modules that are loaded when they are first used."""

from __future__ import annotations

import importlib.util
import sys
from importlib import import_module
from types import ModuleType


def lazy(name: str) -> ModuleType:
    """The module of this name, executed at the first look at one of its attributes.

    So a rule may write `cst.Call` in an annotation and cost nothing until it fixes something.
    Raises `ModuleNotFoundError` at once when there is no such module.
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    if spec.loader is None:
        return import_module(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
