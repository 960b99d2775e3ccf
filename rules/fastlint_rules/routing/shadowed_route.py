"""An earlier route matches everything that this one matches, so this one never runs.

Routes are tried in the order in which they were added, across all included routers, and the first that
matches path and method answers.

## Why

`/users/{user_id}` takes `/users/me` with `user_id="me"`. With `user_id: int` it takes it too: the type is
checked after the route has been chosen, so the client gets 422, not the next route. Both are in the
documentation, so the schema, the generated client and the code all say that the route exists. Across files
the order is that of `include_router`, which nobody reads as a list of priorities. A mount is tried in its
turn as well, and takes every request below its path: behind `app.mount("/", StaticFiles(...))` no route runs.

## Bad

```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, int]:
    return {"id": user_id}


@app.get("/users/me")
async def read_me() -> dict[str, str]:
    return {"name": "Ada"}
```

## Good

```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/users/me")
async def read_me() -> dict[str, str]:
    return {"name": "Ada"}


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, int]:
    return {"id": user_id}
```

## When it is fine

Other methods; other prefixes; another number of segments; a trailing slash on one of them; a websocket
beside an HTTP route. A converter in the path, unlike an annotation, decides which route is chosen:
`/users/{id:int}` leaves `/users/me` alone. Routes of different apps, and of routers that are never included
together. A route that runs where its router is included a second time. A route that documents what another
one of the same path, with `include_in_schema=False`, answers. Routers whose order or matching the project
changes itself are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Mount, Project, Route, Rule, Severity, ShadowedRoute, Step

rule = Rule(
    __name__,
    code="FL505",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/path-params/#order-matters",
)


@rule.on(ShadowedRoute)
def check(shadowed: ShadowedRoute, project: Project) -> Iterator[Diagnostic]:
    route, earlier = shadowed.route, shadowed.earlier
    if shadowed.is_same_path and _is_hidden(earlier) and not _is_hidden(route):
        return  # the one answers, and the other is what the documentation shows of it
    if isinstance(earlier, Mount):
        name, answers = f"what is mounted at `{earlier.path}`", f"`{earlier.path}` is mounted here"
    else:
        title = earlier.titled(shadowed.earlier_path)
        name, answers = f"`{title}`", f"`{earlier.function.label}` answers `{title}`"
    yield rule.report(
        route,
        f"`{route.function.label}` never runs: {name} is tried first and takes `{shadowed.path}`",
        help=_help(shadowed),
        trace=[Step(answers, earlier.place)],
    )


def _is_hidden(route: Route | Mount) -> bool:
    """Whether the documentation leaves it out."""
    shown = route.option("include_in_schema") if isinstance(route, Route) else None
    return shown is not None and shown.constant() is False


def _help(shadowed: ShadowedRoute) -> str:
    earlier = shadowed.earlier
    if isinstance(earlier, Mount):
        return "register it before the mount: a mount takes every request below its path, and answers 404"
    label = earlier.function.label
    if shadowed.is_same_path:
        return f"give it a path of its own, or remove it or `{label}`"
    if shadowed.route.router == earlier.router:
        return f"move it above `{label}`"
    return f"include its router before that of `{label}`"
