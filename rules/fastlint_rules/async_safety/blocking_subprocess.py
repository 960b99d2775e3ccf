"""The event loop waits for another process to finish.

`subprocess.run` and its relatives, `Popen.wait`, `Popen.communicate` and `os.system` hold their thread
until the process has ended. So do libraries that start a program for each call: pdf2image, pytesseract,
pdfkit, pydub, GitPython. In an `async` handler, or in what it calls, that thread is the event loop.

## Why

Converters, compilers, `git` and `ffmpeg` run for seconds, and for all that time the server answers nobody.
A process that never ends takes the server with it: without `timeout=` there is nothing left that could stop
it, because the code that would is waiting on the loop too.

## Bad

```python
import subprocess

from fastapi import FastAPI

RENDER = ["wkhtmltopdf", "invoice.html", "invoice.pdf"]

app = FastAPI()


@app.post("/invoices")
async def render() -> dict[str, int]:
    finished = subprocess.run(RENDER, timeout=30)
    return {"exit_code": finished.returncode}
```

## Good

```python
import subprocess

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

RENDER = ["wkhtmltopdf", "invoice.html", "invoice.pdf"]

app = FastAPI()


@app.post("/invoices")
async def render() -> dict[str, int]:
    finished = await run_in_threadpool(subprocess.run, RENDER, timeout=30)
    return {"exit_code": finished.returncode}
```

`asyncio.create_subprocess_exec` needs no thread and can be cancelled, but hands its output and its exit
code out differently.

## When it is fine

In `def` routes and in functions that are handed to a thread. `subprocess.Popen(...)` alone starts a process
in a few milliseconds and is not reported; waiting for it is. The processes of `asyncio` are awaited.

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
    code="FL105",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.python.org/3/library/subprocess.html#subprocess.run",
)

threads = Threads(rule)


@rule.on(LoopCall)
def check(call: LoopCall, project: Project) -> Iterator[Diagnostic]:
    yield from report(rule, call, threads.call, threads.handler)
