"""What the knowledge tables say of libraries, compared with those that are installed here."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
import typing
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from fastlint.knowledge import Knowledge

BUILT_IN = Knowledge.load()

OPAQUE = object()
"""Something whose type only running the library would tell."""

MISSING = object()

GIVE_AWAITABLES = (
    "aiofiles.",
    "aiohttp.ClientSession.",
    "asyncio.",
    "asyncpg.Pool.",
    "redis.asyncio.",
    "starlette.requests.Request.form",
)
"""Plain functions that give something to await."""


@cache
def is_installed(package: str) -> bool:
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None


def installed(names: Iterator[str]) -> list[str]:
    """The names of packages that are installed; of what several packages share, by what comes next."""
    return sorted({name for name in names if _is_there(name) and any(map(is_installed, _packages(name)))})


def _is_there(name: str) -> bool:
    """Whether this Python is new enough to have it."""
    return sys.version_info >= (3, 11) or not name.startswith("asyncio.Runner.")


def _packages(name: str) -> Iterator[str]:
    parts = name.split(".")
    for length in range(1, len(parts)):
        yield (package := ".".join(parts[:length]))
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is not None:
            return


def spellings(name: str) -> Iterator[str]:
    """A name and the other names of the same thing."""
    yield name
    for table in BUILT_IN.tables:
        for other, target in table.aliases.items():
            if name == target or name.startswith(f"{target}."):
                yield other + name[len(target) :]


def real(name: str) -> Any:
    """What a name stands for in the installed library: an object, `OPAQUE` or `MISSING`."""
    found = [_one(each) for each in spellings(name)]
    known = [each for each in found if each is not OPAQUE and each is not MISSING]
    return known[0] if known else OPAQUE if OPAQUE in found else MISSING


def _one(name: str) -> Any:
    parts = name.split(".")
    value: Any = MISSING
    for length in range(len(parts), 0, -1):
        value = _module(".".join(parts[:length]))
        if value is not MISSING:
            parts = parts[length:]
            break
    for position, part in enumerate(parts):
        if value is MISSING or value is OPAQUE:
            return value
        value = _member(value, part.removesuffix("()"))
        if part.endswith("()") or (
            position < len(parts) - 1 and not inspect.isclass(value) and not inspect.ismodule(value)
        ):
            value = _given(value)
    return value


def _module(name: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except Exception:
        return MISSING


def _member(owner: Any, name: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return inspect.getattr_static(owner, name) if inspect.isclass(owner) else getattr(owner, name)
    except AttributeError:
        pass
    if inspect.isclass(owner):
        hints = _hints(owner)
        if name in hints:
            return hints[name]
        if "__getattr__" in dir(owner) or re.search(rf"\bself\.{name}\b *[:=]", _source(owner)):
            return OPAQUE
    return OPAQUE if inspect.ismodule(owner) and hasattr(owner, "__getattr__") else MISSING


def _source(owner: type) -> str:
    return "".join(map(_own_source, owner.__mro__))


def _own_source(owner: type) -> str:
    try:
        return inspect.getsource(owner)
    except (OSError, TypeError):
        return ""


def _hints(value: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(value)
    except Exception:
        return {}


def _given(value: Any) -> Any:
    """The class of what a call, or a property, gives."""
    if inspect.isclass(value) or value is OPAQUE or value is MISSING:
        return value
    plain = getattr(value, "fget", None) or getattr(value, "func", None) or getattr(value, "__func__", value)
    given = _hints(plain).get("return", OPAQUE)
    given = typing.get_origin(given) or given
    return given if inspect.isclass(given) and given is not Any else OPAQUE


def plain(value: Any, *names: str) -> Any:
    """The function that a method or descriptor stands for."""
    for name in ("__func__", "func", "fget", *names):
        value = getattr(value, name, value)
    return value


def is_coroutine(value: Any) -> bool:
    return inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value)


def exact(names: Iterator[str]) -> Iterator[str]:
    return (name for name in names if "*" not in name)


BLOCKING = installed(
    exact(name for table in BUILT_IN.tables for entry in table.blocking for name in entry.calls)
)
EXCLUDED = installed(
    exact(name for table in BUILT_IN.tables for entry in table.blocking for name in entry.excluded)
)
COROUTINES = installed(
    exact(name.removeprefix("!") for table in BUILT_IN.tables for name in table.coroutines)
)
GIVEN = installed(exact(name for table in BUILT_IN.tables for name in table.returns))


@pytest.mark.parametrize("name", [*BLOCKING, *EXCLUDED, *COROUTINES, *GIVEN])
def test_what_a_table_names_exists(name: str) -> None:
    assert real(name) is not MISSING


@pytest.mark.parametrize("name", BLOCKING)
def test_what_is_said_to_block_is_no_coroutine_function(name: str) -> None:
    assert not is_coroutine(plain(real(name)))


@pytest.mark.parametrize("name", COROUTINES)
def test_what_is_said_to_be_awaited_can_be(name: str) -> None:
    found = real(name)
    assert found is OPAQUE or is_coroutine(plain(found, "__wrapped__")) or name.startswith(GIVE_AWAITABLES)
