"""A decorator hides that a function is an `async def`: it is not awaited, and never runs.

The framework looks at a function to know whether to await what it gives. A decorator that returns a plain
`def` around an `async def` gives it the `def` to look at.

## Why

The `def` runs in a thread, and what it returns is a coroutine that nobody awaits. The route is a 500. In a
list of `dependencies` nobody looks at the result: the check of the caller's rights never runs, and the client
gets its 200. A background task is not run, an event handler does nothing, and in place of an exception
handler's answer the client gets a 500; the log has one `RuntimeWarning: coroutine ... was never awaited`. The
same goes for generators: nothing before the `yield` is done.

How much FastAPI sees depends on its version. `functools.wraps` leaves a reference to what it wraps, and
FastAPI follows that for routes and dependencies since 0.123.5; up to 0.123.4 it did not. Without `wraps` it
cannot in any version, and takes `*args, **kwargs` for two query parameters besides: every request is a 422.
Background tasks, exception handlers and event handlers are run by Starlette, which never follows it. With
0.123.4 and before, `Depends(functools.partial(f))` of a coroutine function and an endpoint that is an object
with an `async def __call__` are not awaited either.

Seen with 0.95.2, 0.115.14, 0.123.4, 0.123.5 and 0.165.0.

## Bad

```python
import functools
from collections.abc import Callable
from typing import Any

from fastapi import BackgroundTasks, FastAPI

sent: list[str] = []


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        print(function.__name__)
        return function(*args, **kwargs)

    return wrapper


@logged
async def send_mail(to: str) -> None:
    sent.append(to)


app = FastAPI()


@app.post("/users")
async def create_user(email: str, tasks: BackgroundTasks) -> None:
    tasks.add_task(send_mail, email)
```

## Good

```python
import functools
from collections.abc import Callable
from typing import Any

from fastapi import BackgroundTasks, FastAPI

sent: list[str] = []


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        print(function.__name__)
        return await function(*args, **kwargs)

    return wrapper


@logged
async def send_mail(to: str) -> None:
    sent.append(to)


app = FastAPI()


@app.post("/users")
async def create_user(email: str, tasks: BackgroundTasks) -> None:
    tasks.add_task(send_mail, email)
```

A decorator for both kinds asks once, where it is applied: `if inspect.iscoroutinefunction(function)` it
returns an `async def`, else a `def`.

## When it is fine

A wrapper with `functools.wraps` around a route or dependency, where the project may run on FastAPI 0.123.5 or
later. Around websocket endpoints and middleware, which are awaited unasked. A wrapper that runs the coroutine
itself, that is marked by `inspect.markcoroutinefunction`, or that looks at what the function gave. Decorators
of other packages are not looked into.

There is no automatic fix: what the wrapper does before and after the call would have to be written anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Project, Rule, Severity, Step, Undetected

rule = Rule(
    __name__,
    code="FL120",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/release-notes/",
)

SEES_LESS = "fastapi<0.123.5"

OUTCOMES = {
    "background task": "the task never runs",
    "exception handler": "the error becomes a 500, and the handler never runs",
    "event handler": "it never runs",
}


@rule.on(Undetected)
def check(found: Undetected, project: Project) -> Iterator[Diagnostic]:
    if found.is_seen_by_newer and not project.always(SEES_LESS, found.place.path):
        return
    yield rule.report(
        found,
        f"{_why(found)}: {_outcome(found)}",
        help=_help(found),
        trace=[
            *([] if found.wrapper is None else [Step("this is what is called instead", found.wrapper.place)]),
            *(Step(f"the {found.role} is given here", use) for use in found.uses[:1] if use != found.place),
        ],
    )


def _why(found: Undetected) -> str:
    name, kind = found.function.label, "generator" if found.is_generator else "`async def`"
    before = " before 0.123.5" if found.is_seen_by_newer else ""
    who = "FastAPI" if found.role in ("route", "dependency") else "Starlette"
    if found.how == "partial":
        return f"{who}{before} does not see that `{name}` in a `partial` is an `async def`"
    if found.how == "object":
        return f"{who}{before} does not see the `async def __call__` of an object"
    return f"{who}{before} sees a plain wrapper, and not that `{name}` is {_article(kind)} {kind}"


def _outcome(found: Undetected) -> str:
    if found.collectors:
        wanted = " and ".join(f"`{each}`" for each in found.collectors)
        return f"it asks the client for {wanted}, and every request is a 422"
    if found.role == "route":
        return "nobody awaits what it gives, and every request is a 500"
    if found.role == "dependency":
        made = "generator" if found.is_generator else "coroutine"
        given = f"the endpoint gets a {made}, and the function never runs"
        return "the function never runs, and requests go through without it" if found.is_discarded else given
    return OUTCOMES[found.role]


def _help(found: Undetected) -> str:
    if found.how == "partial":
        return f"an `async def` that awaits `{found.function.label}`, in place of the `partial`"
    if found.how == "object":
        return "give it the bound method: `obj.__call__`"
    owner = None if found.wrapper is None else found.wrapper.owner
    if owner is not None and not found.is_generator:  # FastAPI has not always awaited an object either
        wrapping = "whose wrapper is an `async def` under `functools.wraps`, and awaits what it calls"
        return f"decorate it with a function in place of `{owner.name}`, {wrapping}"
    wrapper = "the wrapper" if found.wrapper is None else f"`{found.wrapper.label}`"
    if found.is_generator:
        return f"have {wrapper} be a generator too, or decorate what the generator calls"
    return f"make {wrapper} an `async def` under `functools.wraps`, that awaits what it calls"


def _article(kind: str) -> str:
    return "an" if kind.startswith("`a") else "a"
