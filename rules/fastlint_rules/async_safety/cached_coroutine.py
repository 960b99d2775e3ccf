"""A cache keeps what can be used only once, such as a coroutine, so every call but the first fails.

`functools.lru_cache` and `cache` keep what a call gives. Calling an `async def` gives a coroutine, calling a
function with `yield` a generator, and neither can be used a second time.

## Why

The first request is answered, and so is every test that makes one. The second gets the same coroutine from
the cache, and awaiting it raises `RuntimeError: cannot reuse already awaited coroutine`; a dependency with
`yield` fails with `generator didn't yield`. From then on every request is a 500 until the process restarts.
`functools.cached_property` and the decorators of cachetools do the same, and so does a cache that is given
the function: `cache(load)`.

A cached dependency has a second trap, in its parameters. Those are the key. With a Pydantic model, settings,
a plain dataclass or a list among them every request fails with `TypeError: unhashable type`. With the
`Request` or a session among them nothing is ever found, since each request has its own, and the cache keeps
those objects alive.

## Bad

```python
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


@lru_cache
async def get_limits() -> dict[str, int]:
    return {"rows": 100}


@app.get("/limits")
async def read_limits(limits: Annotated[dict[str, int], Depends(get_limits)]) -> dict[str, int]:
    return limits
```

## Good

```python
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


@lru_cache
def get_limits() -> dict[str, int]:
    return {"rows": 100}


@app.get("/limits")
async def read_limits(limits: Annotated[dict[str, int], Depends(get_limits)]) -> dict[str, int]:
    return limits
```

What has to be awaited is best made once in the lifespan and kept in its state, or cached by a decorator that
is made for coroutines, such as `async_lru.alru_cache`.

## When it is fine

A cache on a `def`, one that awaits what it caches (aiocache, fastapi-cache, async-lru), a decorator below the
cache that turns the coroutine into something that can be awaited again, and models and dataclasses with
`frozen=True`, which can be hashed.

To make the function a `def` is safe where it awaits nothing and nobody but `Depends` calls it. Where it is
mentioned elsewhere it is offered as unsafe, and where code of the project calls it not at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Cached, Diagnostic, Edit, FixRequest, Project, Rule, Safety, Severity, cst

rule = Rule(
    __name__,
    code="FL119",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.python.org/3/library/functools.html#functools.lru_cache",
)


@rule.on(Cached)
def check(cached: Cached, project: Project) -> Iterator[Diagnostic]:
    severity = Severity.WARNING if cached.why == "unique" else None
    yield rule.report(cached, _message(cached), help=_help(cached), fix=_fix(cached), severity=severity)


@rule.fix("Make it a `def`", Safety.SAFE)
def make_it_def(name: cst.Name, edit: Edit) -> cst.Name:
    function = next(edit.ancestors(name), None)
    if not isinstance(function, cst.FunctionDef) or function.asynchronous is None:
        raise edit.refuse("it is no `async def`")
    edit.replace(function, function.with_changes(asynchronous=None))
    return name


def _message(cached: Cached) -> str:
    cache = f"`{cached.name}`" if cached.is_applied else f"`@{cached.name}`"
    name = cached.function.label
    parameter = cached.parameter.name if cached.parameter is not None else ""
    if cached.why == "unhashable":
        return (
            f"{cache} looks for what it has by the arguments, and `{parameter}` has no hash: each call fails"
        )
    if cached.why == "unique":
        return f"{cache} finds nothing: each request has its own `{parameter}`, and the cache keeps them all"
    if cached.why == "generator":
        then = "every request after the first fails" if cached.is_dependency else "later calls get it used up"
        return f"{cache} keeps the generator of `{name}()`, which can be gone through once: {then}"
    return f"{cache} keeps the coroutine of `{name}()`, which can be awaited once: every later call fails"


def _help(cached: Cached) -> str:
    if cached.why in ("unhashable", "unique"):
        return "cache a function without this parameter, and call it here"
    if cached.why == "generator":
        return "take the cache off, and cache what the function needs"
    if not cached.function.awaits and not cached.calls:
        return f"make `{cached.function.name}` a `def`, or take the cache off"
    return "keep what it gives instead: in the lifespan's state, or with `async_lru.alru_cache`"


def _fix(cached: Cached) -> FixRequest | None:
    function = cached.function
    if (
        cached.is_applied
        or cached.why != "coroutine"
        or function.awaits
        or not cached.is_dependency
        or cached.calls
    ):
        return None
    if cached.is_only_injected:
        return make_it_def.at(function)
    return make_it_def.at(function, safety=Safety.UNSAFE, reason="others may await it")
