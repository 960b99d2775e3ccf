"""A `def` dependency waits for something slow, and keeps one of the 40 threads for as long.

FastAPI runs `def` dependencies in a pool of threads, which all requests share. While one waits for another
server, for a process or for time to pass, its thread is taken.

## Why

A dependency runs for every route that has it, `async` ones too. Once 40 requests wait in it, the pool is
empty: whatever `def` route, `def` dependency or file response is next waits for one of them to end, wherever
it belongs. The event loop itself goes on, so that a health check which needs no thread sees nothing of it.

## Bad

```python
import time
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def get_rate() -> float:
    time.sleep(0.15)
    return 1.1


@app.get("/price")
async def read_price(amount: float, rate: Annotated[float, Depends(get_rate)]) -> float:
    return amount * rate


@app.get("/cart")
def read_cart() -> str:
    return "empty"
```

## Good

```python
import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


async def get_rate() -> float:
    await asyncio.sleep(0.15)
    return 1.1


@app.get("/price")
async def read_price(amount: float, rate: Annotated[float, Depends(get_rate)]) -> float:
    return amount * rate


@app.get("/cart")
def read_cart() -> str:
    return "empty"
```

An `async def` dependency with a client that is awaited keeps no thread. `async def` alone would be worse: the
same call then stops the event loop. What is the same for many requests can be kept for a while, or be fetched
by a task of the lifespan.

## When it is fine

Where few requests come, or where the pool is made larger
(`anyio.to_thread.current_default_thread_limiter().total_tokens = 200`). Advice, so that this rule only runs
where it is selected. Sessions of databases and their queries are not meant: a `def` dependency that yields a
session is as it should be. Nor are files, or what only the first request fetches: with `lru_cache`, or as
`if keys is None: keys = fetch()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Dependency, Diagnostic, Project, Rule, Severity, ThreadCall

rule = Rule(
    __name__,
    code="FL122",
    severity=Severity.INFO,
    since="0.1.0",
    default=False,
    source="https://fastapi.tiangolo.com/async/#dependencies",
)

SLOW = ("blocking-client-call", "blocking-http-call", "blocking-sleep", "blocking-subprocess")
KEEPING = "jwt.PyJWKClient."
"""A client that keeps the keys that it has fetched."""


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    call = dependency.slow_call(*SLOW)
    if call is None or call.name.startswith(KEEPING):
        return
    yield rule.report(
        call,
        f"{_subject(call)} {call.blocking.does or 'waits'}, and keeps one of the 40 threads that all "
        f"requests share: {_runs(dependency)}",
        help=_help(call),
        trace=call.trace,
    )


def _subject(call: ThreadCall) -> str:
    if call.is_direct:
        return f"`{call.name if call.name.count('.') < 3 else call.call.func.text()}`"
    return f"`{call.call.text()}` reaches `{call.name}`, which"


def _is_class(dependency: Dependency) -> bool:
    return dependency.function.owner is not None and dependency.function.name == "__init__"


def _runs(dependency: Dependency) -> str:
    function = dependency.function
    if function.owner is not None and _is_class(dependency):
        return f"a thread makes each `{function.owner.name}`"
    return f"`{function.label}` is a `def` dependency"


def _help(call: ThreadCall) -> str:
    instead = call.blocking.instead
    how = "let an `async def` function make it" if _is_class(call.dependency) else "make it an `async def`"
    using = f"use {instead}" if instead else "await an asynchronous client"
    return f"{how} and {using}, or keep what it gives for many requests"
