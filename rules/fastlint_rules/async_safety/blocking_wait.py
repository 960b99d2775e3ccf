"""The event loop waits for another thread or process.

`Thread.join`, `Future.result` of `concurrent.futures`, `Queue.get`, `Event.wait` and the end of a
`with ThreadPoolExecutor()` hold their thread until another one is done, a file lock until another process is,
and `psutil.cpu_percent(interval=1)` for a second. In an `async` handler, or in what it calls, that thread is
the event loop.

## Why

Handing work to a thread does not help when the loop then stands still until it is finished: every other
request waits as if the work were done in the handler itself. And it can be for good. If what the other thread
is to do needs the loop (a coroutine that it schedules there, a callback, a response that is to be sent), each
waits for the other, and only a restart ends it.

A `def` function under `@retry(wait=...)` of tenacity, or under `backoff`, sleeps between its attempts: only
when something fails, but then the server has least to spare.

## Bad

```python
import time
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI

app = FastAPI()


def price(shop: str) -> float:
    time.sleep(0.2)
    return float(len(shop))


@app.get("/prices")
async def prices(shops: str) -> list[float]:
    with ThreadPoolExecutor() as pool:
        return list(pool.map(price, shops.split(",")))
```

## Good

```python
import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


def price(shop: str) -> float:
    time.sleep(0.2)
    return float(len(shop))


@app.get("/prices")
async def prices(shops: str) -> list[float]:
    return await asyncio.gather(*[asyncio.to_thread(price, shop) for shop in shops.split(",")])
```

`await asyncio.wrap_future(future)` waits for a future of a thread pool, `await loop.run_in_executor(pool, f)`
for a call in a pool of one's own, `asyncio.Queue` and `asyncio.Event` connect coroutines. A thread reaches
them by `loop.call_soon_threadsafe`. For async functions `@retry` sleeps with `await`.

## When it is fine

In `def` routes and in threads. With `timeout=0`, `block=False` or `get_nowait`; after `future.done()`,
`queue.empty()` and the like have been asked, or the future was awaited, when there is nothing left to wait
for: then nothing is reported. Putting something into a queue without a size never waits. Nor is
`with lock:` reported, as most locks are held for microseconds; to hold one across an `await` is
lock-across-await.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, LoopCall, Project, Rule, Severity
from fastlint_rules.async_safety._blocking import report

rule = Rule(
    __name__,
    code="FL108",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code",
)


@rule.on(LoopCall)
def check(call: LoopCall, project: Project) -> Iterator[Diagnostic]:
    yield from report(rule, call)
