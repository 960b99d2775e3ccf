"""The synchronous client of another service waits for its answer on the event loop.

boto3 and the clients of Google Cloud and Azure, `smtplib`, `ftplib`, paramiko, LDAP, name look-ups, Celery's
`AsyncResult.get` and the sync clients of OpenAI, Anthropic, LangChain, vector stores, Stripe, Elasticsearch
and Kafka hold their thread until the other side has answered. In an `async` handler, or in what it calls,
that thread is the event loop.

## Why

These services answer in tens of milliseconds on a good day, and a language model takes a minute. They also
retry by themselves: an S3 endpoint that was away kept the loop still for 1.3 s before boto3 gave up. For
all that time no other request is answered.

## Bad

```python
import smtplib
from email.message import EmailMessage

from fastapi import FastAPI

MAIL_SERVER = ("mail.example.com", 25)

app = FastAPI()


def send_invitation(address: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", address, "Welcome"
    with smtplib.SMTP(*MAIL_SERVER, local_hostname="shop.example.com") as server:
        server.send_message(message)


@app.post("/invitations")
async def invite(address: str) -> dict[str, str]:
    send_invitation(address)
    return {"invited": address}
```

## Good

```python
import smtplib
from email.message import EmailMessage

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

MAIL_SERVER = ("mail.example.com", 25)

app = FastAPI()


def send_invitation(address: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", address, "Welcome"
    with smtplib.SMTP(*MAIL_SERVER, local_hostname="shop.example.com") as server:
        server.send_message(message)


@app.post("/invitations")
async def invite(address: str) -> dict[str, str]:
    await run_in_threadpool(send_invitation, address)
    return {"invited": address}
```

Most of these services have an async client too: `AsyncOpenAI`, `AsyncAnthropic`, `AsyncElasticsearch`,
aioboto3, aiosmtplib, Stripe's methods that end in `_async`.

## When it is fine

In `def` routes and dependencies; in a function that is handed to a thread; in Celery tasks and other
workers that no handler calls. Creating a client sends nothing and is not reported, unless creating it
connects, as `smtplib.SMTP(host)` does. Nor is what only builds a request: a listing, a chain, a stream and a
query are reported where they are gone through or run.

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
    code="FL106",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/async/#in-a-hurry",
)

threads = Threads(rule)


@rule.on(LoopCall)
def check(call: LoopCall, project: Project) -> Iterator[Diagnostic]:
    yield from report(rule, call, threads.call, threads.handler)
