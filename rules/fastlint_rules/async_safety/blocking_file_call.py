"""Copying, archiving or writing large files happens on the event loop.

File calls have no asynchronous form: every one holds its thread until the disk, or the network drive behind
it, is done. This rule speaks where that can take long: whole uploads, files in a loop, files that are gone
through line by line, `shutil`, archives.

## Why

Copying 300 MB took 0.17 s on a fast local disk, with every other request waiting; on a network volume, a
full disk or a throttled cloud disk the same call takes seconds. It grows with what users send you, so it is
quick in every test and slow on the day someone uploads a video. Line by line a file of 48 MB took more than
twice as long as in one piece, before anything was done with a line.

## Bad

```python
import shutil
from pathlib import Path

from fastapi import FastAPI, UploadFile

TARGET = Path("uploads/latest.bin")

app = FastAPI()


@app.post("/files")
async def store(upload: UploadFile) -> dict[str, str]:
    with TARGET.open("wb") as target:
        shutil.copyfileobj(upload.file, target)
    return {"stored": TARGET.name}
```

## Good

```python
import shutil
from pathlib import Path

from fastapi import FastAPI, UploadFile

TARGET = Path("uploads/latest.bin")

app = FastAPI()


@app.post("/files")
def store(upload: UploadFile) -> dict[str, str]:
    with TARGET.open("wb") as target:
        shutil.copyfileobj(upload.file, target)
    return {"stored": TARGET.name}
```

A `def` route runs in a thread, the `with` and all. Where something has to be awaited too, hand the whole
`with` to `run_in_threadpool`, in a function of its own.

`aiofiles` and `anyio.open_file` do the same behind an async interface, one hop to a thread for each call:
in a loop over small pieces, one function that does all of it in one thread is faster.

## When it is fine

In `def` routes; in a lifespan, when no request waits; in a function that is handed to a thread. Opening one
file, or reading or writing one in one piece, such as a configuration or a template, is taken to be small:
that is quicker than the hop to a thread would be, and is not reported. Nor is `writestr` of an archive in
memory that does not compress, which only copies. `UploadFile`'s own `await upload.read()` uses a thread where
it has to.

In a `finally` an `await` is not enough: a cancelled request, such as a stream whose client has left, goes no
further than the first one. `with anyio.CancelScope(shield=True):` around it lets the thread clean up.

The fix has a thread make the call. It is unsafe, because other requests run meanwhile. Where that would hurt
it is left out: under a lock, in a `finally`, where something missing is made for everyone. Where nothing
needs the handler to be a coroutine function, it is made a `def` instead, or that is offered as the other
choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, LoopCall, Project, Rule, Severity
from fastlint_rules.async_safety._blocking import report
from fastlint_rules.async_safety._threads import Threads

rule = Rule(
    __name__,
    code="FL104",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/request-files/#uploadfile",
)

threads = Threads(rule)


@rule.on(LoopCall)
def check(call: LoopCall, project: Project) -> Iterator[Diagnostic]:
    yield from report(rule, call, threads.call, threads.handler)
