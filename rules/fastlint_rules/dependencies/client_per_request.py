"""Each request makes a client, an engine or a pool of its own, which all requests could share.

Clients of HTTP services, database engines, Redis clients and the like keep connections, so that the next call
need not open one. One that is made for a request and dropped after it keeps them for nobody.

## Why

Making one is work. `httpx.AsyncClient()` loads the certificates of all authorities, for 20 ms, on the event
loop: 50 requests a second that do it leave no time for anything else. The clients of OpenAI and Anthropic are
made of one. A client of `boto3` takes 3 ms, and 100 where it comes from a new `Session`. Then each of them
opens a connection, with a TLS handshake, for the one call that it is used for: 20 requests opened 20
connections and took 23 ms each, with a shared client it was one connection and 3 ms. An engine of SQLAlchemy
is cheap to make, but its pool is not closed when the request is over. 30 requests left 30 connections to the
database open, until the garbage collector came by.

## Bad

```python
import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/rates")
async def read_rates() -> str:
    async with httpx.AsyncClient() as client:
        answer = await client.get("https://rates.example.com/latest")
    return answer.text
```

## Good

```python
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

import httpx
from fastapi import FastAPI, Request


class State(TypedDict):
    client: httpx.AsyncClient


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[State]:
    async with httpx.AsyncClient() as client:
        yield {"client": client}


app = FastAPI(lifespan=lifespan)


@app.get("/rates")
async def read_rates(request: Request) -> str:
    answer = await request.state.client.get("https://rates.example.com/latest")
    return answer.text
```

An engine is best made in its module. There is no automatic fix: who closes the shared one has to be decided.

## When it is fine

What is made with something of the request: the key of its user, the host of its tenant. Headers, a timeout
or a base URL are no reason, for httpx takes them with each call too. A client that is kept, by a cache, in a
variable of the module, in an object that lives on, and one for a result that is kept. A client with a
transport of its own, or with a certificate context that is there already, which takes no time. One for each
websocket or stream, which lives as long as that. One that a `with` closes, in what routes that are no `GET`
and exception handlers call: much of that is asked for seldom.
`requests.Session`, `aiohttp.ClientSession`, password hashers: making them costs next to nothing. Background
jobs, the lifespan, tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import ClientPerRequest, Diagnostic, Project, Rule, Severity

rule = Rule(
    __name__,
    code="FL218",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://www.python-httpx.org/async/#opening-and-closing-clients",
)

ENGINES = ("sqlalchemy.create_engine", "sqlalchemy.ext.asyncio.create_async_engine")


@rule.on(ClientPerRequest)
def check(client: ClientPerRequest, project: Project) -> Iterator[Diagnostic]:
    name = client.made.name
    yield rule.report(
        client,
        f"each request that gets here {_makes(name)}: {client.made.cost}",
        help="make it once, in a variable of the module, and open sessions of it"
        if name in ENGINES
        else "make it once, in the lifespan, and use it for all requests",
        trace=client.trace,
    )


def _makes(name: str) -> str:
    is_class = name.rpartition(".")[2][:1].isupper()
    return f"makes its own `{name}`" if is_class else f"makes one of its own with `{name}`"
