"""`HTTPException` is returned, not raised.

FastAPI turns an exception into an error response when it is raised. One that is returned is a value like
any other: it is serialised and sent.

## Why

The client gets **200** with `{"status_code": 404, "detail": "...", "headers": null}` as the body, and goes
on as if there were an item. With a response model or a return annotation it is a 500 instead, because the
exception is no such model. Either way logs, metrics and retries see something that did not happen.

## Bad

```python
from fastapi import FastAPI, HTTPException

app = FastAPI()
items = {1: {"name": "Lamp"}}


@app.get("/items/{item_id}")
async def read_item(item_id: int):
    if item_id not in items:
        return HTTPException(404, "No such item")
    return items[item_id]
```

## Good

```python
from fastapi import FastAPI, HTTPException

app = FastAPI()
items = {1: {"name": "Lamp"}}


@app.get("/items/{item_id}")
async def read_item(item_id: int):
    if item_id not in items:
        raise HTTPException(404, "No such item")
    return items[item_id]
```

## When it is fine

A function that builds the exception for somebody who raises it: `raise not_found("item")`. A result that is
looked at before it is returned (`if isinstance(found, HTTPException): raise found`), also by a decorator
between the handler and its route. An exception handler, which gets the exception and returns a response. A
class of your own that is merely called `HTTPException`. In a dependency the mistake is worse, because the
route runs all the same: that is what `returned-rejection` reports.

The fix is offered where the whole returned value is the exception, and never `None`. It is safe where the old
answer was a 500; a 200 that becomes a 404 is a change that clients may see. Nor is it safe in a `try` whose
`except` would catch what is raised, or a `with` that would suppress it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    External,
    FixRequest,
    Project,
    Returned,
    Route,
    Rule,
    Safety,
    Severity,
    cst,
)

rule = Rule(
    __name__,
    code="FL407",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/handling-errors/#raise-an-httpexception-in-your-code",
)


EXCEPTION = "starlette.exceptions.HTTPException"


@rule.on(Route)
def check(route: Route, project: Project) -> Iterator[Diagnostic]:
    if route.is_websocket:
        return
    for returned in route.returning(EXCEPTION):
        if returned.is_passed_on:
            continue
        yield rule.report(
            returned,
            f"`HTTPException` is returned, not raised: {_answer(route)}",
            help="`raise` it",
            fix=_fix(returned, route),
        )


@rule.fix("Raise it", Safety.SAFE)
def raise_it(statement: cst.Return, edit: Edit) -> cst.Raise:
    if statement.value is None:
        raise edit.refuse("nothing is returned")
    return cst.Raise(statement.value, semicolon=statement.semicolon)


def _is_answered(route: Route) -> bool:
    """Whether the exception becomes a body, for want of a model that it is not."""
    return route.is_injected and route.response is None


def _answer(route: Route) -> str:
    if _is_answered(route):
        return "the client gets 200, with the exception as the body"
    return "the client gets a 500, because the exception is no such response"


def _fix(returned: Returned, route: Route) -> FixRequest | None:
    """Only where nothing but the exception can be returned, and it would get out."""
    if not returned.value.is_certainly(EXCEPTION) or returned.would_swallow(External(EXCEPTION)):
        return None
    if returned.would_catch(External(EXCEPTION)):
        return raise_it.at(
            returned, safety=Safety.UNSAFE, reason="an `except` or a `with` around it would catch it"
        )
    if any(map(_is_answered, _routes(route))):
        return raise_it.at(returned, safety=Safety.UNSAFE, reason="what was a 200 gets its own status")
    return raise_it.at(returned)


def _routes(route: Route) -> tuple[Route, ...]:
    """All the routes that the same function answers."""
    routes = route.project.application.routes
    return tuple(each for each in routes if each.function is route.function)
