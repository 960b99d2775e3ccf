"""An `async def` function is handed to what calls it and awaits nothing, so its body never runs.

`run_in_threadpool`, `asyncio.to_thread`, executors, `Thread`, `call_later` and the like call the function
that they are given. Calling an `async def` gives a coroutine, and that is the end of it.

## Why

Nothing fails. The thread has called the function, the request is answered with 200, and the mail was not
sent, the row not written. The coroutine is thrown away with one `RuntimeWarning: coroutine ... was never
awaited` in the log. Only where the result is needed does it show: the route gets a coroutine object in place
of the rows that it asked for.

Background tasks do await `async def` functions, but they go by what they are handed: a lambda around one is
a plain function, and what it gives is dropped. With a call in place of the function, `add_task(send(...))`,
they get a coroutine, which nobody can call: the client has its 200 already when that fails.

## Bad

```python
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

app = FastAPI()
sent: list[str] = []


async def send_receipt(address: str) -> None:
    sent.append(address)


@app.post("/orders")
async def create_order(address: str) -> dict[str, str]:
    await run_in_threadpool(send_receipt, address)
    return {"status": "created"}
```

## Good

```python
from fastapi import FastAPI

app = FastAPI()
sent: list[str] = []


async def send_receipt(address: str) -> None:
    sent.append(address)


@app.post("/orders")
async def create_order(address: str) -> dict[str, str]:
    await send_receipt(address)
    return {"status": "created"}
```

## When it is fine

An `async def` handed to `asyncio.run`, `anyio.from_thread.run`, `create_task` or a background task itself,
all of which run it; a coroutine that is fetched from the thread and awaited afterwards; a function that a
decorator makes synchronous.

Awaiting the function directly is safe where the old code could only fail, since it used the coroutine as if
it were the result, or the function. Everywhere else it starts work that never ran before, which is the point,
and is offered as unsafe. A function that is `async` only in name and blocks inside belongs in a thread: make
it a `def`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Edit, FixRequest, Project, Rule, Safety, Severity, Unrun, cst
from fastlint_rules.async_safety._awaiting import can_be_caught, require_async

rule = Rule(
    __name__,
    code="FL112",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.python.org/3/library/asyncio-dev.html#detect-never-awaited-coroutines",
)

POOLS = {
    "anyio.to_thread.run_sync": 0,
    "asyncio.AbstractEventLoop.run_in_executor": 1,
    "asyncio.to_thread": 0,
    "starlette.concurrency.run_in_threadpool": 0,
}
"""What gives the result of the function to whoever awaits it, and the position of the function."""

STARTERS = ("multiprocessing.Process", "threading.Thread", "threading.Timer")
REASON = "it starts work that never ran before"


@rule.on(Unrun)
def check(call: Unrun, project: Project) -> Iterator[Diagnostic]:
    caller = f"`{call.call.func.text()}`"
    what = f"{caller} only calls it, and nobody awaits the coroutine that it gets"
    if call.is_made:
        what = f"{caller} is given its coroutine in place of the function, and fails as it calls that"
    message = f"`{call.name}()` never runs: {what}"
    yield rule.report(call, message, help=_help(call), fix=_fix(call))


@rule.fix("Await it here", Safety.UNSAFE)
def await_it(call: cst.Call, edit: Edit) -> cst.Call:
    require_async(call, edit)
    caller = edit.params["caller"]
    position = POOLS[caller]
    given, rest = call.args[position], call.args[position + 1 :]
    if any(each.keyword or each.star for each in call.args[: position + 1]):
        raise edit.refuse("the function is not handed over by its position")
    made = _made(given.value)
    takes_keywords = caller == "anyio.to_thread.run_sync"
    if rest and (made is not None or (takes_keywords and any(each.keyword for each in rest))):
        raise edit.refuse("what is passed beside the function is not all for it")
    if made is None and not isinstance(given.value, (cst.Name, cst.Attribute)):
        raise edit.refuse("it is not a function by its name")
    for name in (caller, "fastapi.concurrency.run_in_threadpool"):
        edit.drop_import_if_unused(name)
    return made or call.with_changes(func=given.value, args=rest)


@rule.fix("Hand over the function itself", Safety.UNSAFE)
def hand_it_over(call: cst.Call, edit: Edit) -> cst.Call:
    made = _made(call.args[0].value)
    if made is None or len(call.args) > 1 or call.args[0].keyword or call.args[0].star:
        raise edit.refuse("it does not just call the function")
    if any(each.keyword and each.keyword.value in ("func", "self") for each in made.args):
        raise edit.refuse("an argument has the name of one of the task's own")
    return call.with_changes(args=[cst.Arg(made.func), *made.args])


def _made(given: cst.BaseExpression) -> cst.Call | None:
    """The call that a lambda without parameters makes, or the call itself."""
    if isinstance(given, cst.Call):
        return given
    if not isinstance(given, cst.Lambda) or given.params.params or not isinstance(given.body, cst.Call):
        return None
    return given.body


def _help(call: Unrun) -> str:
    name = call.name
    if call.is_task:
        return f"hand over the function itself: `{call.call.func.text()}({name}, ...)`"
    if call.caller in STARTERS:
        return f"`asyncio.create_task({name}(...))` on the loop, or `target=asyncio.run, args=({name}(...),)`"
    if call.caller.endswith(".submit"):
        return f"`await {name}(...)`, or `{call.call.func.text()}(asyncio.run, {name}(...))`"
    if call.caller in POOLS:
        return f"`await {name}(...)`, or make `{name}` a `def` if it blocks"
    if call.caller == "anyio.from_thread.run_sync":
        return f"`anyio.from_thread.run({name}, ...)`"
    return f"hand over a `def` that does `asyncio.create_task({name}(...))`, and keep the task"


def _fix(call: Unrun) -> FixRequest | None:
    if call.is_task:
        return hand_it_over.at(call, reason=REASON) if len(call.call.args) == 1 else None
    if call.caller not in POOLS or not call.is_awaited:
        return None
    if call.fails and not can_be_caught(call.call):
        return await_it.at(call, safety=Safety.SAFE, caller=call.caller)
    return await_it.at(call, reason=REASON, caller=call.caller)
