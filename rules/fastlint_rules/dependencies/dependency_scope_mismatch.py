"""A dependency needs another one that ends before it does, or itself: the app does not start.

A dependency with `yield` lives as long as the request, and with `Depends(..., scope="function")` only until
the endpoint has returned. It can need what lives as long as it does, or longer.

## Why

FastAPI refuses a dependency that would use a session in its cleanup which has been closed by then. The
module with the route cannot be imported: `DependencyScopeError: The dependency "get_audit" has a scope of
"request", it cannot depend on dependencies with scope "function"`. It does so for every dependency with a
`yield` that asks for `scope="function"`, whatever it asks for has one itself or not, unless it is asked for
with `scope="function"` too. (An object whose `__call__` has the `yield` fails with an `AttributeError` on
0.121 and 0.135.) Before 0.121 `Depends` has no `scope`.

Dependencies that need each other in a circle have no end for FastAPI: `RecursionError` when the route is
added. Annotations make that possible, which are looked up later than they are written: with
`from __future__ import annotations`, in quotes, and in a class that asks for itself. (Up to 0.123.6 names in
the annotations of a class are not looked up so late, and what it asks for becomes a query parameter.)

Seen with 0.95.2, 0.115.14, 0.120.4, 0.121.0, 0.123.6, 0.123.7, 0.135.0 and 0.165.0.

## Bad

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI

written: list[str] = []


def get_session() -> Iterator[list[str]]:
    yield written


def get_audit(session: Annotated[list[str], Depends(get_session, scope="function")]) -> Iterator[list[str]]:
    yield session
    session.append("done")


app = FastAPI()


@app.get("/orders")
def read_orders(audit: Annotated[list[str], Depends(get_audit)]) -> list[str]:
    return audit
```

## Good

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI

written: list[str] = []


def get_session() -> Iterator[list[str]]:
    yield written


def get_audit(session: Annotated[list[str], Depends(get_session, scope="function")]) -> Iterator[list[str]]:
    yield session
    session.append("done")


app = FastAPI()


@app.get("/orders")
def read_orders(audit: Annotated[list[str], Depends(get_audit, scope="function")]) -> list[str]:
    return audit
```

## When it is fine

A dependency without `yield` can need whatever it likes, for it is over before the endpoint starts. (What
needs that one is not looked at by FastAPI, and may get what has been closed.) The other way round is fine
too: `scope="function"` may need what lives as long as the request.

There is no automatic fix: either one has to change, and when the cleanup runs is what the author has to
decide.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import DependencyCycle, Diagnostic, Injection, Outlived, Project, Rule, Severity, Step
from fastlint_rules._words import called_name
from fastlint_rules.dependencies._words import dependency_name

rule = Rule(
    __name__,
    code="FL221",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#early-exit-and-scope",
)


@rule.on(Outlived)
def check_scope(outlived: Outlived, project: Project) -> Iterator[Diagnostic]:
    if not project.holds("fastapi>=0.121", outlived.place.path):
        return
    name, needed = called_name(outlived.parameter.function), dependency_name(outlived.need)
    yield rule.report(
        outlived,
        f"`{name}` lives as long as the request, and `{needed}` ends with the endpoint: "
        "the app does not start (`DependencyScopeError`)",
        help=f"`{_scoped(outlived.use)}` where it is asked for, or no `scope` for `{needed}` here",
        trace=[Step(f"`{name}` is asked for {_how(outlived.use)} here", outlived.use.place)],
    )


def _scoped(use: Injection) -> str:
    """The `Depends` with another scope, as it is written there otherwise."""
    given = "" if use.argument is None else f"{use.argument.text()}, "
    return f'Depends({given}scope="function")'


def _how(use: Injection) -> str:
    return (
        'with `scope="request"`' if use.call.argument("scope") is not None else 'without `scope="function"`'
    )


@rule.on(DependencyCycle)
def check_cycle(cycle: DependencyCycle, project: Project) -> Iterator[Diagnostic]:
    if cycle.has_class and not project.holds("fastapi>=0.123.7", cycle.place.path):
        return
    names = [called_name(each) for each in cycle.functions]
    way = " → ".join(f"`{each}`" for each in (*names[1:], names[0]))
    yield rule.report(
        cycle,
        f"`{names[0]}` needs itself" + (f" ({way})" if len(names) > 1 else "") + ": "
        "FastAPI follows that without end, and the app does not start (`RecursionError`)",
        help="have what both need in a third dependency, or call the function in the body of the other one",
        trace=[
            Step(f"`{called_name(function)}` asks for `{dependency_name(need)}`", need.place)
            for function, need in zip(cycle.functions[1:], cycle.needs[1:], strict=True)
        ],
    )
