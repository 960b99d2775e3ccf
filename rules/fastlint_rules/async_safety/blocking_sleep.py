"""`time.sleep` runs on the event loop, so every request waits for it.

An `async` handler, and every function it calls, runs on the one thread that serves all requests. While that
thread sleeps, no other request, websocket, timer or health check moves.

## Why

A route that sleeps for a second answers alone: a hundred of them in flight at once take a hundred seconds,
and the load balancer's health check waits with them. FastAPI runs `def` routes and dependencies in a thread
pool; `async def` ones it runs in place. The same is true of code that a handler reaches through ordinary
calls, however many modules away, and of places that do not look like it: the teardown of an async
dependency, validators of the request body, and custom `Response.render` methods, the last two even when the
route is a `def`.

## Bad

```python
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
async def report() -> dict[str, str]:
    time.sleep(0.15)
    return {"status": "done"}
```

## Good

```python
import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
async def report() -> dict[str, str]:
    await asyncio.sleep(0.15)
    return {"status": "done"}
```

## When it is fine

In `def` routes, dependencies, exception handlers and background tasks, which run in a thread; in a function
that is handed to one (`run_in_threadpool`, `asyncio.to_thread`, `run_in_executor`) instead of being called;
in a lifespan, or a start-up or shutdown handler, when no request can be waiting, and in the tasks that those
wait for; in a coroutine that a thread gives to `asyncio.run`; in scripts and workers that no handler reaches.

The fix is safe where the sleep stands in the `async` function itself. In a `finally` it is unsafe, because a
cancelled request goes no further than the first `await` there; so it is where the function sets a global,
where it uses what others see on both sides of the sleep and changes it (`seats["left"] -= 1`), or
where a test replaces `time.sleep`. Under a lock of threads there is none.
Inside a sync helper a sleep cannot be awaited: the fix, an unsafe one, has a thread call the helper.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Edit, FixRequest, LoopCall, Project, Rule, Safety, Severity, cst
from fastlint_rules.async_safety._awaiting import awaited, require_async
from fastlint_rules.async_safety._blocking import report
from fastlint_rules.async_safety._threads import Threads

rule = Rule(
    __name__,
    code="FL101",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/async/#very-technical-details",
)


threads = Threads(rule)


@rule.on(LoopCall)
def check(call: LoopCall, project: Project) -> Iterator[Diagnostic]:
    is_direct = call.is_direct and call.name == "time.sleep"
    yield from report(rule, call, _suspended if is_direct else threads.call, threads.handler)


@rule.fix("Sleep without blocking", Safety.SAFE)
def sleep_in_the_loop(call: cst.Call, edit: Edit) -> cst.Await | cst.Call:
    if len(call.args) != 1 or call.args[0].star or call.args[0].keyword:
        raise edit.refuse("`time.sleep` takes one argument, by position")
    require_async(call, edit)
    edit.drop_import_if_unused("time.sleep")
    sleep = call.with_changes(func=edit.name("asyncio.sleep", prefer="module"))
    return sleep if isinstance(next(edit.ancestors(call), None), cst.Await) else awaited(sleep)


def _suspended(call: LoopCall) -> FixRequest | None:
    """`asyncio.sleep`, unless the function holds something that it must not hold while others run."""
    if call.how != "calls" or not call.function.node.is_async or not call.can_suspend:
        return None
    reason = _why_unsafe(call)
    return sleep_in_the_loop.at(call, safety=Safety.UNSAFE if reason else None, reason=reason)


def _why_unsafe(call: LoopCall) -> str:
    if call.may_be_cancelled:
        return "a cancelled request does no more than that there"
    if call.shared:
        return f"another request may use or change `{call.shared}` while this one sleeps"
    return (
        "code puts something else in the place of `sleep`, and would not any more" if call.is_replaced else ""
    )
