"""A route or mounted app is open to everyone: the dependencies of the app do not run for it.

`FastAPI(dependencies=[Depends(require_user)])` is resolved for path operations, those of included routers,
and websockets. It is not for what `add_route` adds, for routes that are handed over ready-made, and for apps
and folders that are mounted.

## Why

The app looks closed as a whole, and every path operation that somebody tries without a token answers 401.
The one that was mounted, or came from Starlette, answers 200 to everybody, and no test of the others shows
it. Seen so with FastAPI 0.95.2, 0.115.14, 0.128.0 and 0.165.0.

## Bad

```python
import os
import secrets

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse


def require_key(request: Request) -> None:
    given = request.headers.get("X-Key", "")
    if not secrets.compare_digest(given.encode(), os.environ["API_KEY"].encode()):
        raise HTTPException(401)


async def list_jobs(request: Request) -> JSONResponse:
    return JSONResponse(["payroll"])


app = FastAPI(dependencies=[Depends(require_key)])
app.add_route("/jobs", list_jobs)
```

## Good

```python
import os
import secrets

from fastapi import Depends, FastAPI, HTTPException, Request


def require_key(request: Request) -> None:
    given = request.headers.get("X-Key", "")
    if not secrets.compare_digest(given.encode(), os.environ["API_KEY"].encode()):
        raise HTTPException(401)


async def list_jobs() -> list[str]:
    return ["payroll"]


app = FastAPI(dependencies=[Depends(require_key)])
app.add_api_route("/jobs", list_jobs)
```

## When it is fine

What is meant for everybody: say so in a comment. Nothing is said of paths that tell (`/health`, `/metrics`,
`/login`, `/webhook`, ...; of folders also `/static`, `/images` and the like), of what only redirects, of apps
of other packages, of mounted apps of which any route has a guard, of a folder that an included router mounts,
and where middleware around it, a decorator or the function itself turns clients away, or may. `/docs` and
`/openapi.json` are not covered either: `FastAPI(openapi_url=None)` takes them away.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Project, Rule, Severity, Step, Uncovered

rule = Rule(
    __name__,
    code="FL222",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/global-dependencies/",
)

MOST_ROUTES = 3


@rule.on(Uncovered)
def check(uncovered: Uncovered, project: Project) -> Iterator[Diagnostic]:
    guard = uncovered.guard
    steps = [Step(f"`{guard.name}` is a dependency of the app", guard.place)]
    if uncovered.is_folder:
        yield rule.report(
            uncovered,
            f"`{guard.name}` does not run for the files that are mounted here: they are open to everyone",
            help="send them from a route, by `FileResponse`, or check in a subclass of `StaticFiles`",
            trace=steps,
        )
        return
    first = uncovered.endpoints[0]
    if uncovered.mount is None:
        yield rule.report(
            uncovered,
            f"`{first.route.titled(first.path)}` is open to everyone: `{guard.name}` does not run for it, "
            f"because the `dependencies` of an app do not count for {_kind(first.route.is_injected)}",
            help=_instead(first.route.is_websocket),
            trace=steps,
        )
        return
    count = len(uncovered.endpoints)
    routes = "its route is" if count == 1 else f"its {count} routes are"
    steps += [
        Step(f"{each.route.titled(each.path)} has no guard", each.route.function.place)
        for each in uncovered.endpoints[:MOST_ROUTES]
    ]
    yield rule.report(
        uncovered,
        f"`{guard.name}` does not run for what is mounted here, and {routes} open to everyone: "
        "a mounted app has its own `dependencies` only",
        help="give the mounted app the same `dependencies`, or include a router in its place",
        trace=steps,
    )


def _kind(is_injected: bool) -> str:
    return "routes that are put there ready-made" if is_injected else "routes of Starlette"


def _instead(is_websocket: bool) -> str:
    name = "add_api_websocket_route" if is_websocket else "add_api_route"
    return f"add it with `{name}`, for which they do, or check in the function who asks"
