"""A lock for threads is held across an `await`.

`threading.Lock` keeps threads apart, and all requests of an `async` handler run in one. Held over an `await`,
it does not order them: a `Lock` stops the server for good, an `RLock` lets everybody in.

## Why

The first request takes the lock and is suspended at the `await`. The second one comes to the same lock and
waits for it, in the only thread there is: the first one can never go on and give the lock back. Nothing is
logged, nothing times out; the process is there and answers nobody until it is killed. A test with one
request at a time does not see it. A `Semaphore` does the same when all its places are taken.

An `RLock`, and a `Condition`, which is made of one, may be taken again by the thread that holds it, and all
coroutines are that thread. Ten requests that each added 1 to a counter under an `RLock`, with an `await`
between reading and writing it, left it at 1.

## Bad

```python
import asyncio
import threading

from fastapi import FastAPI

app = FastAPI()
lock = threading.Lock()
stock = {"lamp": 10}


async def reserve(item: str) -> None:
    await asyncio.sleep(0.01)


@app.post("/orders")
async def order(item: str) -> int:
    with lock:
        await reserve(item)
        stock[item] -= 1
    return stock[item]
```

## Good

```python
import asyncio

from fastapi import FastAPI

app = FastAPI()
lock = asyncio.Lock()
stock = {"lamp": 10}


async def reserve(item: str) -> None:
    await asyncio.sleep(0.01)


@app.post("/orders")
async def order(item: str) -> int:
    async with lock:
        await reserve(item)
        stock[item] -= 1
    return stock[item]
```

The fix makes an `asyncio.Lock` of it, or an `asyncio.Semaphore`, with `async with` and `await` wherever it is
taken. It is offered where all of that is in `async` functions, for a `def` route or a thread cannot take such
a lock, and for Python 3.10 and up, where it does not matter which loop runs when the lock is made. It is
unsafe: those who wait for the lock let others run meanwhile. An `RLock` is left alone, for a function that
holds it may call another one that takes it again. Where threads need it too, do what needs the lock without
`await`, or have the whole of it done in a thread.

## When it is fine

Without an `await` between taking the lock and giving it back: what is short blocks the loop only for as long
as a thread holds the lock. In `def` functions. With a lock that each call makes for itself. In a lifespan,
and in a single task that it starts, which meet no other holder on the loop. With the locks of `asyncio` and
`anyio`. Locks of objects of which it is not known that requests share them are not reported. Those of a dict
of the module, one for each key, are: requests with the same key share one.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    FixRequest,
    HeldLock,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
)
from fastlint_rules.async_safety._awaiting import awaited

rule = Rule(
    __name__,
    code="FL114",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.python.org/3/library/asyncio-sync.html",
)

MESSAGES = {
    "exclusive": "the next request waits for it on the event loop, this one can then never give it back, "
    "and the server hangs for good",
    "counting": "once its places are taken, the next request waits for one on the event loop, none is ever "
    "given back, and the server hangs for good",
    "reentrant": "it excludes nobody: all requests run in the thread that holds it, which may take it again",
}


@rule.on(HeldLock)
def check(held: HeldLock, project: Project) -> Iterator[Diagnostic]:
    kind = held.made.func.text() if held.made.instances(held.name) else held.name
    twin = "asyncio.Semaphore" if held.kind == "counting" else "asyncio.Lock"
    yield rule.report(
        held,
        f"`{held.lock.text()}` is held across an `await`: {MESSAGES[held.kind]}",
        help=f"`async with` an `{twin}` if no thread takes it too, else give it back before the `await`",
        trace=[
            Step(f"a lock for threads: {kind}()", held.made.place),
            Step("another request runs while this one waits here", held.suspended_at),
        ],
        fix=_fix(held, project),
    )


@rule.fix("Make it a lock of `asyncio`", Safety.UNSAFE)
def make_it_async(made: cst.Call, edit: Edit) -> cst.Call:
    edit.drop_import_if_unused(edit.params["kind"])
    for place in edit.more:
        node = edit.node(place, cst.Name, cst.Attribute, cst.Call)
        around = edit.ancestors(node)
        if isinstance(node, cst.Call):
            edit.replace(node, awaited(node))
            continue
        statement = next((each for each in around if isinstance(each, cst.With)), None)
        if statement is None:
            raise edit.refuse("nothing enters it there")
        edit.replace(statement, statement.with_changes(asynchronous=cst.Asynchronous()))
    return made.with_changes(func=edit.name(edit.params["twin"], prefer="module"))


def _fix(held: HeldLock, project: Project) -> FixRequest | None:
    found = held.retaking if project.holds("python>=3.10", held.made.place.path) else None
    if found is None:
        return None
    return make_it_async.at(
        held.made,
        reason="other requests run while one waits for it",
        more=[*found.entered, *found.acquired],
        kind=held.made.func.external(),
        twin=found.twin,
    )
