"""What a loop has does not stay in a dependency: clients set `role=role`, and `role` is the last one.

A default, as in `lambda role=role: role`, is how Python functions keep the value that the variable of a loop
has now. FastAPI reads the signature of what it calls, and a parameter that nothing else fills is filled from
the query. Without it, `lambda: role` looks the variable up when a request comes, and the loop is over.

## Why

`GET /admin?role=guest` is answered as if `guest` were the role that the route asks for: a check that is made
this way is one that everybody passes. The parameter is in the documentation for all to see. It has no type,
so that what comes from a client is text, whatever the loop has. A value that cannot be copied, such as an
object with a lock, makes every request that does not send another one a 500 (with FastAPI 0.95 it cannot be
imported).

Without the default, every route has what the loop had last: all of `/admin` and `/guest` ask for the role
`guest`.

## Bad

```python
from fastapi import Depends, FastAPI, Header, HTTPException

app = FastAPI()


def get_roles(x_roles: str = Header()) -> list[str]:
    return x_roles.split(",")


for role in ("admin", "editor"):

    @app.get(f"/{role}")
    def read_page(has: list[str] = Depends(get_roles), role: str = Depends(lambda role=role: role)) -> str:
        if role not in has:
            raise HTTPException(403)
        return f"for a {role}"
```

## Good

```python
from collections.abc import Callable

from fastapi import Depends, FastAPI, Header, HTTPException

app = FastAPI()


def get_roles(x_roles: str = Header()) -> list[str]:
    return x_roles.split(",")


def always(role: str) -> Callable[[], str]:
    return lambda: role


for role in ("admin", "editor"):

    @app.get(f"/{role}")
    def read_page(has: list[str] = Depends(get_roles), role: str = Depends(always(role))) -> str:
        if role not in has:
            raise HTTPException(403)
        return f"for a {role}"
```

A function that makes the dependency keeps the value where no client gets at it. So does an object with a
`__call__`, and a `functools.partial` that passes it by position: what a partial passes by keyword is read
from the query as before.

## When it is fine

A default that is meant for clients, as in `def read_items(limit: int = DEFAULT_LIMIT)`: a `def` whose
parameter has a type is only reported for the variable of a loop that has the parameter's own name. A
parameter that is in the path of a route. A loop that is left by a `return`, where the variable stays as it
is. Tests, which have no clients but themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Handler, Project, Rule, Severity, is_of_tests, late_readings

rule = Rule(
    __name__,
    code="FL229",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#declare-the-dependency-in-the-dependant",
)

KEPT = {"loop": "what the loop has", "variable": "what the variable has"}


@rule.on(Handler)
def check(handler: Handler, project: Project) -> Iterator[Diagnostic]:
    for parameter in () if is_of_tests(handler.place.path) else handler.parameters:
        kept = parameter.captures
        if not kept or not parameter.is_from_client or parameter.may_be_in_path:
            continue
        name, default = parameter.name, parameter.default
        assert default is not None
        yield rule.report(
            parameter,
            f"`{name}={default.text()}` does not keep {KEPT[kept]}: FastAPI reads `{name}` from the request, "
            f"so that whoever sends `?{name}=...` puts something else in its place",
            help=_help(handler, name),
        )


@rule.on(Handler)
def check_late(handler: Handler, project: Project) -> Iterator[Diagnostic]:
    for read in () if is_of_tests(handler.place.path) else late_readings(handler):
        name = read.name
        what = "route" if handler.route is not None else "dependency"
        yield rule.report(
            read,
            f"`{name}` is looked up when a request comes, and the loop is over by then: "
            f"every {what} that the loop makes has the last `{name}`",
            help=_help(handler, name),
        )


def _help(handler: Handler, name: str) -> str:
    what = "route" if handler.route is not None else "dependency"
    return f"have a function make the {what}, as in `def make({name}): return lambda: {name}`"
