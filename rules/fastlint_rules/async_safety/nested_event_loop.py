"""A second event loop is started, or waited for, inside the one that is running.

`asyncio.run`, `run_until_complete` and `run_coroutine_threadsafe(...).result()` are for threads without a
running loop. Async handlers have one. What libraries offer to plain code fails there too:
`anyio.from_thread.run`, `async_to_sync(...)(...)`, `sync_playwright()`, `run_sync` of a Pydantic AI agent.

## Why

`asyncio.run` and `run_until_complete` raise `RuntimeError` at once, so the route answers 500 every time,
and the coroutine never runs. `run_coroutine_threadsafe(...).result()` waits for a loop that cannot move
because it is waiting: without a timeout the server hangs for good.

In a `def` route, which runs in a thread, `asyncio.get_event_loop().run_until_complete(...)` raises too: such
a thread has no loop. There `asyncio.run` works, but on a new loop each time. A client that the application
shares, such as a module's `httpx.AsyncClient`, keeps connections that belong to the loop of an earlier
request: the first request succeeds, the second fails with `Event loop is closed`.

## Bad

```python
import asyncio

from fastapi import FastAPI

app = FastAPI()


async def load_user(user_id: int) -> dict[str, int]:
    await asyncio.sleep(0.01)
    return {"id": user_id}


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, int]:
    return asyncio.run(load_user(user_id))
```

## Good

```python
import asyncio

from fastapi import FastAPI

app = FastAPI()


async def load_user(user_id: int) -> dict[str, int]:
    await asyncio.sleep(0.01)
    return {"id": user_id}


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, int]:
    return await load_user(user_id)
```

From a `def` route, `anyio.from_thread.run(load_user, user_id)` runs the coroutine on the application's own
loop.

## When it is fine

Under `if __name__ == "__main__"`, in scripts, command lines and workers, in a function that is handed to a
thread or process, and in a `def` route when the coroutine brings its own clients and closes them.

The fix, where the second loop is started in the `async` function itself, is safe: what it replaces can only
raise. Where an `except` around it catches that, there is none: the handler is what runs today.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    FixRequest,
    LoopCall,
    OwnLoop,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
)
from fastlint_rules.async_safety._awaiting import awaited, can_be_caught, require_async

rule = Rule(
    __name__,
    code="FL110",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.python.org/3/library/asyncio-runner.html#asyncio.run",
)

RUNNERS = ("asyncio.run", "uvloop.run", "asyncio.AbstractEventLoop.run_until_complete")
"""What is given a coroutine and gives its result."""


@rule.on(LoopCall)
def check_loop(call: LoopCall, project: Project) -> Iterator[Diagnostic]:
    if call.blocking.rule != rule.name or project.imports("nest_asyncio"):
        return
    called = call.call.func.text()
    reason = "" if call.is_direct else f", it calls `{call.name}`"
    yield rule.report(
        call,
        f"`{called}()` can only fail here{reason}: an event loop is already running",
        help="`await` the coroutine" if call.name in RUNNERS else f"use {call.blocking.instead}",
        trace=call.trace,
        fix=_fix(call),
    )


@rule.on(OwnLoop)
def check_own_loop(start: OwnLoop, project: Project) -> Iterator[Diagnostic]:
    if start.client is None:
        called = start.call.func.text()
        message = f"`{called}()` can only fail here: it runs in a thread, which has no event loop"
        options = "`anyio.from_thread.run(...)`, `asyncio.run(...)`, or make the route `async`"
        if not project.imports("nest_asyncio"):
            yield rule.report(start, message, help=options)
        return
    yield rule.report(
        start,
        "each call runs a new event loop, and the client that the application shares does not survive "
        "the first: every other request fails",
        help="`anyio.from_thread.run(...)`, or make the route `async`",
        trace=[Step("the client is made once, for all loops", start.client.place)],
    )


@rule.fix("Await it", Safety.SAFE)
def await_it(call: cst.Call, edit: Edit) -> cst.BaseExpression:
    if len(call.args) != 1 or call.args[0].star or call.args[0].keyword:
        raise edit.refuse("it is given more than the coroutine")
    require_async(call, edit)
    edit.drop_import_if_unused(edit.params["runner"])
    new = awaited(call.args[0].value)
    return new.with_changes(lpar=call.lpar, rpar=call.rpar) if call.lpar else new


def _fix(call: LoopCall) -> FixRequest | None:
    if not call.is_direct or call.name not in RUNNERS or not call.function.node.is_async:
        return None
    return None if can_be_caught(call.call) else await_it.at(call, runner=call.name)
