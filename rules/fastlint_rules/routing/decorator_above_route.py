"""A decorator stands above the route's decorator, so no request ever goes through it.

Decorators apply from the bottom up. `@app.get` registers the function as it is at that moment and gives it
back; what a decorator above it makes of the function is bound to the name in the module, where no request
passes.

## Why

The code reads as if it were protected, cached, audited or rate limited, and is not. `@require_admin` above
`@app.delete` answers 200 to everyone: an authentication bypass that no error, log or type checker shows. A
unit test that calls the function directly does go through the decorator, and passes.

## Bad

```python
from collections.abc import Callable
from functools import wraps
from typing import Any

from fastapi import FastAPI, HTTPException, Request

app = FastAPI()


def require_admin(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    async def guarded(request: Request) -> Any:
        if request.headers.get("x-role") != "admin":
            raise HTTPException(403)
        return await endpoint(request)

    return guarded


@require_admin
@app.get("/reports")
async def read_reports(request: Request) -> list[str]:
    return ["revenue"]
```

## Good

```python
from collections.abc import Callable
from functools import wraps
from typing import Any

from fastapi import FastAPI, HTTPException, Request

app = FastAPI()


def require_admin(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    async def guarded(request: Request) -> Any:
        if request.headers.get("x-role") != "admin":
            raise HTTPException(403)
        return await endpoint(request)

    return guarded


@app.get("/reports")
@require_admin
async def read_reports(request: Request) -> list[str]:
    return ["revenue"]
```

The decorator needs `functools.wraps`: without it FastAPI reads the wrapper's parameters. For authentication
a dependency does the same and has no order to get wrong.

The fix is offered where FastAPI sees the same endpoint behind the decorator: its wrapper has the endpoint's
signature, takes by keyword what that asks for, and is a coroutine function where the endpoint is one.

## When it is fine

Several routes on one function (`@app.get` above `@app.post`). A decorator that gives back the function it
got, after it has noted it in a list or set an attribute on it: the route has the same function. Other
libraries' decorators are only judged where fastlint's tables say that they give another function, as the best
known caches, limits and retries do.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    Place,
    Project,
    Route,
    Rule,
    Safety,
    Severity,
    Span,
    Step,
    cst,
    obstacle,
)

rule = Rule(
    __name__,
    code="FL509",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://github.com/fastapi/fastapi/blob/master/fastapi/routing.py",
)


@rule.on(Route)
def check(route: Route, project: Project) -> Iterator[Diagnostic]:
    for decorator in route.bypassed:
        name = decorator.text().removesuffix("(...)")
        yield rule.report(
            decorator,
            f"no request goes through `@{name}`: `{route.function.label}` is registered before it is applied",
            help=_help(name, decorator, route),
            trace=[Step(f"`{route.title}` is registered here", route.place)],
            fix=_fix(route),
        )


@rule.fix("Move it below the route's decorator", Safety.UNSAFE)
def move_below(function: cst.FunctionDef, edit: Edit) -> cst.FunctionDef:
    """All that requests do not go through moves, in its order, each with its comments."""
    moved = [int(each) for each in edit.params["moved"].split(",")]
    below = int(edit.params["below"])
    kept = [each for at, each in enumerate(function.decorators) if at not in moved]
    at = below + 1 - len(moved)
    decorators = [*kept[:at], *(function.decorators[each] for each in moved), *kept[at:]]
    return function.with_changes(decorators=decorators)


def _help(name: str, decorator: Expression, route: Route) -> str:
    why = obstacle(decorator, route)
    if why:
        return f"make it a dependency, or move it below the route's decorator; for that, {why}"
    return f"move `@{name}` below the route's decorator, or make it a dependency"


def _fix(route: Route) -> FixRequest | None:
    """Only where FastAPI sees the same endpoint behind all of them."""
    lowest = route.lowest
    function, below, moved = lowest.function, lowest.position, lowest.bypassed
    if below is None or any(obstacle(each, lowest) is not None for each in moved):
        return None
    positions = [
        at for at, each in enumerate(function.node.decorators) if any(each is one.node for one in moved)
    ]
    name = function.node.span
    column = name.column - len("async def " if function.node.is_async else "def ")
    return move_below.at(
        Place(function.module.path, Span(name.line, column, name.end_line, name.end_column)),
        reason="requests go through it from then on, and may be turned away",
        moved=",".join(map(str, positions)),
        below=str(below),
    )
