"""A synchronous HTTP client waits for the network on the event loop.

`requests`, `urllib`, `urllib3`, `http.client` and the sync half of `httpx` hold their thread until the
other server has answered. Called from an `async` handler, directly or through helpers, that thread is the
event loop.

## Why

The slowest server you call sets the pace of all your routes: while one request waits for it, no other is
read, answered or timed out. When that server hangs, so does yours, up to the client's timeout for each call
in turn, and `requests` has no timeout unless you give one. `async def` around the call does not help:
without an `await` there is no place where another request could run.

## Bad

```python
import httpx
from fastapi import FastAPI

RATES_URL = "https://rates.example.com/latest"

app = FastAPI()


@app.get("/rates")
async def rates() -> object:
    response = httpx.get(RATES_URL)
    return response.json()
```

## Good

```python
import httpx
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

RATES_URL = "https://rates.example.com/latest"

app = FastAPI()


@app.get("/rates")
async def rates() -> object:
    response = await run_in_threadpool(httpx.get, RATES_URL)
    return response.json()
```

One `httpx.AsyncClient` that the whole application shares is better still, because it needs no thread and
keeps its connections. Coming from `requests`, that is a rewrite and not a rename: redirects are not
followed, there is a timeout of five seconds, and `.ok` is called `.is_success`.

## When it is fine

In `def` routes and dependencies; in a function that is handed to a thread; with `httpx.AsyncClient`,
`aiohttp` and other clients whose calls are awaited. Creating a session or client connects to nothing and is
not reported.

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
    code="FL102",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/async/#in-a-hurry",
)

threads = Threads(rule)


@rule.on(LoopCall)
def check(call: LoopCall, project: Project) -> Iterator[Diagnostic]:
    yield from report(rule, call, threads.call, threads.handler)
