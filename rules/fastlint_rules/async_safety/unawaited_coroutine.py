"""A coroutine is created and used without `await`, so its body never runs.

Calling an `async def` function gives a coroutine object. Nothing of the function runs until someone awaits
it.

## Why

It depends on what is done with the object, and most outcomes are silent. As a statement, the work is not
done and the client gets its 200. As a condition it is always true: `if not is_admin(...)` lets everyone in.
In a dependency whose only job is to raise, authorization does not take place. With an `AsyncSession`,
`session.commit()` loses the row and `if not session.get(...)` never answers 404. Only where the value
itself is needed, because it is returned or read, does the route fail with a 500. The log has one
`RuntimeWarning: coroutine ... was never awaited`.

A function that returns the coroutine hides it: `async def get(self): return self.session.get(1)` gives a
coroutine to whoever awaits it. It is reported where some caller needs the result. In a middleware,
`call_next(request)` makes one too.

A statement is reported wherever it stands in the code of the service, in event handlers and registered
services too: nobody else can have the coroutine.

## Bad

```python
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException

app = FastAPI()


async def is_admin(token: str) -> bool:
    return token == "the-admin-token"


@app.get("/secret")
async def secret(token: Annotated[str, Header()]) -> str:
    if not is_admin(token):
        raise HTTPException(403)
    return "SECRET"
```

## Good

```python
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException

app = FastAPI()


async def is_admin(token: str) -> bool:
    return token == "the-admin-token"


@app.get("/secret")
async def secret(token: Annotated[str, Header()]) -> str:
    if not await is_admin(token):
        raise HTTPException(403)
    return "SECRET"
```

## When it is fine

A coroutine that is kept and awaited later, given to `gather`, `create_task`, `wait_for` or a task group,
returned to a caller who awaits it, or by a plain websocket endpoint to the framework, which does; a function
that a decorator makes synchronous; an `async def` name that was rebound to something else.

Adding `await` is safe where the old code could only fail: an attribute of a coroutine, a loop over it, a
calculation. Where it starts work that never ran before, which is the point, it is offered as unsafe; in a
`def` function there is no place for it, and the function must become `async`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    External,
    FixRequest,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    Unawaited,
    cst,
)
from fastlint_rules.async_safety._awaiting import awaited, can_be_caught, require_async

rule = Rule(
    __name__,
    code="FL111",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.python.org/3/library/asyncio-dev.html#detect-never-awaited-coroutines",
)

OUTCOMES = {
    "statement": "it never runs",
    "unread": "it never runs",
    "tested": "a coroutine is always true",
    "compared": "a coroutine is compared, and equals nothing",
    "iterated": "a coroutine cannot be iterated",
    "receiver": "a coroutine has no such attribute",
    "subscripted": "a coroutine has no items",
    "called": "a coroutine cannot be called",
    "operand": "a coroutine cannot be calculated with",
    "formatted": "the text shows a coroutine object",
    "argument": "a coroutine object is passed on in place of its result",
    "returned": "a coroutine object is returned in place of its result",
}

PASSES = "it never runs, and this dependency lets every request pass"

PLAIN = {f"starlette.datastructures.UploadFile.{name}": name for name in ("read", "write", "seek", "close")}
"""What a `def` can call of the file of an upload, whose methods are no coroutines."""


@rule.on(Unawaited)
def check(call: Unawaited, project: Project) -> Iterator[Diagnostic]:
    outcome = PASSES if call.is_of_guard else OUTCOMES[call.outcome]
    message = f"`{call.name}()` is not awaited: {outcome}"
    needed = [Step("the result is needed here", call.needed_at)] if call.needed_at is not None else []
    yield rule.report(call, message, help=_help(call), trace=needed, fix=_fix(call))


@rule.fix("Await it", Safety.UNSAFE)
def await_it(call: cst.Call, edit: Edit) -> cst.Await:
    require_async(call, edit)
    return awaited(call)


def _help(call: Unawaited) -> str:
    if call.function is None:
        return f"`asyncio.run({call.name}(...))`"
    if call.function.node.is_async:
        return f"`await {call.name}(...)`"
    if isinstance(call.coroutine.function, External) and call.coroutine.function.name in PLAIN:
        owner, _, method = call.name.rpartition(".")
        return f"`{owner}.file.{method}(...)`, or make `{call.function.name}` an `async def` and `await` it"
    if call.function.is_lambda:
        return f"an `async def` in place of the `lambda`, to `await {call.name}(...)` in it"
    return f"make `{call.function.name}` an `async def` and `await` it"


def _fix(call: Unawaited) -> FixRequest | None:
    if call.function is None or not call.function.node.is_async:
        return None
    if call.fails and not can_be_caught(call.call):
        return await_it.at(call, safety=Safety.SAFE)
    return await_it.at(call, reason="it starts work that never ran before")
