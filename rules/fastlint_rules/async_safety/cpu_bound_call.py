"""A long computation occupies the event loop.

Hashing a password, deriving a key, decoding or encoding an image, parsing or writing a table with pandas,
reading the text of a PDF, drawing one, running a model and compressing an upload keep a core busy for tens of
milliseconds to seconds. In an `async` handler, or in what it calls, nobody else is served meanwhile.

## Why

bcrypt with its default cost takes 0.2 to 0.4 s, argon2 0.1 to 0.3 s: slow on purpose, so five logins at the
same time are one to two seconds in which the server does not answer at all, health checks included. Saving a
photo of 12 megapixels as WebP takes 0.7 s, writing 200,000 rows as CSV 1.6 s, and, timed once by
hand, reading the text of a PDF of 50 pages with pypdf 0.5 s. `async def` does not help: there is no `await`
in the computation at which another request could run.

Most of this is C code that releases the GIL, and then a thread is enough: `run_in_threadpool`, or a `def`
route. What holds the GIL stops the loop from another thread too: of pandas those are `to_json`, `read_json`
and `to_csv`, which kept the loop still for 0.1 to 0.2 s at a time. That needs another process.

## Bad

```python
import hashlib
import secrets

from fastapi import FastAPI

ROUNDS = 600_000

app = FastAPI()


@app.post("/users")
async def sign_up(password: str) -> dict[str, str]:
    salt = secrets.token_bytes(16)
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS)
    return {"salt": salt.hex(), "hash": key.hex()}
```

## Good

```python
import hashlib
import secrets

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

ROUNDS = 600_000

app = FastAPI()


@app.post("/users")
async def sign_up(password: str) -> dict[str, str]:
    salt = secrets.token_bytes(16)
    key = await run_in_threadpool(hashlib.pbkdf2_hmac, "sha256", password.encode(), salt, ROUNDS)
    return {"salt": salt.hex(), "hash": key.hex()}
```

For what holds the GIL: `await loop.run_in_executor(processes, export, rows)`, where `processes` is one
`ProcessPoolExecutor` of the whole application.

## When it is fine

In `def` routes and in functions that are handed to a thread or process. What costs little is not reported:
opening an image to read its size, images that the code makes itself, keys with few rounds, plain digests,
compressing what was not uploaded, tables that a cached function reads once. A table of a hundred rows, or a
small image, is quicker than the hop to a thread: if it is always that small, ignore the finding there.

The fix has a thread make the call. It is unsafe, because other requests run meanwhile. Where that would hurt
it is left out: under a lock, in a `finally`, where something missing is made for everyone. Where nothing
needs the handler to be a coroutine function, making it a `def` is offered as the other choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, LoopCall, Project, Rule, Severity
from fastlint_rules.async_safety._blocking import report
from fastlint_rules.async_safety._threads import Threads

rule = Rule(
    __name__,
    code="FL107",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/async/#is-concurrency-better-than-parallelism",
)

PROCESS = (
    "a thread would stop the loop as well, so give it to a process: "
    "`await loop.run_in_executor(processes, ...)` with a `ProcessPoolExecutor`"
)

threads = Threads(rule)


@rule.on(LoopCall)
def check(call: LoopCall, project: Project) -> Iterator[Diagnostic]:
    advice = "" if call.blocking.thread else PROCESS
    yield from report(rule, call, threads.call, threads.handler, advice=advice)
