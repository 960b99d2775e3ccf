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

## When it is fine

Several routes on one function (`@app.get` above `@app.post`). A decorator that gives back the function it
got, after it has noted it in a list or set an attribute on it: the route has the same function. Other
libraries' decorators are only judged where fastlint's tables say that they give another function, as the best
known caches, limits and retries do.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Project, Route, Rule, Severity, Step

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
            help=f"move `@{name}` below the route's decorator, or make it a dependency",
            trace=[Step(f"`{route.title}` is registered here", route.place)],
        )
