"""A context manager is the dependency, and FastAPI does not enter it.

`Depends` takes a function with `yield` as it is. Under `@contextmanager` or `@asynccontextmanager` it is no
such function any more.

## Why

Since FastAPI 0.123.5 every request that needs the dependency is a 500: FastAPI looks through the decorator,
sees the `yield`, and makes a context manager of what is one already (`'_GeneratorContextManager' object is
not an iterator`). Up to 0.123.4 the endpoint got the context manager itself. `session.execute` of that is an
`AttributeError`, and in a list of `dependencies` it did nothing at all.

A function that *returns* a context manager (`Depends(lambda: open_session())`) hands that out in every
version.

## Bad

```python
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, FastAPI


class Session:
    def names(self) -> list[str]:
        return ["ada"]

    def close(self) -> None: ...


@contextmanager
def get_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.close()


app = FastAPI()


@app.get("/names")
def read_names(session: Annotated[Session, Depends(get_session)]) -> list[str]:
    return session.names()
```

## Good

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI


class Session:
    def names(self) -> list[str]:
        return ["ada"]

    def close(self) -> None: ...


def get_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.close()


app = FastAPI()


@app.get("/names")
def read_names(session: Annotated[Session, Depends(get_session)]) -> list[str]:
    return session.names()
```

To have both, leave `get_session` as it is for `Depends`, and make another of it for code that is no endpoint:
`open_session = contextmanager(get_session)`.

## When it is fine

An endpoint that enters what it gets (`with session as opened`), where the project may still run on a FastAPI
that hands it out, and in any version where a function returns it. The decorator is dropped automatically
where nothing but `Depends` has the function and no endpoint enters what it gives.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Dependency,
    Diagnostic,
    Edit,
    FixRequest,
    Injection,
    Place,
    Project,
    Rule,
    Safety,
    Severity,
    Span,
    Step,
    cst,
    enters,
    is_called_or_handed_on,
    is_taken_as_entered,
    manager_decorator,
    returns_manager,
    syntax,
)
from fastlint_rules.dependencies._words import function_name

rule = Rule(
    __name__,
    code="FL214",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#context-managers",
)

ALWAYS_FAILS = "fastapi>=0.123.5"


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    decorator = manager_decorator(dependency)
    if decorator is not None:
        yield from _decorated(dependency, decorator, project)
    elif not dependency.function.node.is_generator and returns_manager(dependency):
        use = next(filter(is_taken_as_entered, dependency.injections), None)
        if use is not None:
            yield rule.report(
                dependency.returns[0],
                f"the context manager is handed out as it is: {_fails(use)}",
                help="give `Depends` the function with the `yield`, without `@contextmanager`",
                trace=[Step("nobody enters what this gets", use.place)],
            )


@rule.fix("Drop the decorator", Safety.SAFE)
def drop_decorator(function: cst.FunctionDef, edit: Edit) -> cst.FunctionDef:
    at = int(edit.params["position"])
    dropped = function.decorators[at]
    kept = [*function.decorators[:at], *function.decorators[at + 1 :]]
    for name in ("contextmanager", "asynccontextmanager"):
        edit.drop_import_if_unused(f"contextlib.{name}")
    comment = dropped.trailing_whitespace.comment
    said = [] if comment is None else [cst.EmptyLine(comment=comment)]
    lines = [*function.leading_lines, *dropped.leading_lines, *said]
    return function.with_changes(decorators=kept, leading_lines=lines)


def _decorated(dependency: Dependency, decorator: syntax.Expr, project: Project) -> Iterator[Diagnostic]:
    function = dependency.function
    place, name = Place(function.module.path, decorator.span), function_name(function)
    written = "@asynccontextmanager" if function.node.is_async else "@contextmanager"
    if project.holds(ALWAYS_FAILS, place.path):
        use: Injection | None = dependency.injections[0]
        outcome = "every request that needs it is a 500 (FastAPI 0.123.5 and later)"
    else:
        use = next(filter(is_taken_as_entered, dependency.injections), None)
        outcome = _fails(use) if use is not None else ""
    if use is None:
        return
    yield rule.report(
        place,
        f"`Depends` gets `{name}` under `{written}`: {outcome}",
        help=_help(dependency),
        trace=[Step(f"FastAPI calls `{name}` for this", use.place)],
        fix=_fix(dependency, decorator, project),
    )


def _fails(use: Injection) -> str:
    function, parameter = use.function, use.filled
    if function is None or parameter is None:
        return "nobody enters it"
    return f"`{function_name(function)}` uses it as if it were its `{parameter.name}`, an `AttributeError`"


def _help(dependency: Dependency) -> str:
    if is_called_or_handed_on(dependency.function):
        return "keep the plain function for `Depends`, and make `contextmanager(...)` of it for other code"
    return "drop the decorator: FastAPI enters and leaves a function with `yield` by itself"


def _fix(dependency: Dependency, decorator: syntax.Expr, project: Project) -> FixRequest | None:
    """Only where `Depends` alone has the function, and nobody enters what it gives.

    Safe where every request fails as it is: in the versions in which it does so, or as it is used.
    """
    function = dependency.function
    uses = [use for use in dependency.injections if not use.is_discarded]
    if is_called_or_handed_on(function) or any(map(enters, uses)):
        return None
    always_fails = project.always(ALWAYS_FAILS, function.module.path)
    is_certain = always_fails or all(map(is_taken_as_entered, uses))
    name = function.node.span
    column = name.column - len("async def " if function.node.is_async else "def ")
    position = next(index for index, each in enumerate(function.node.decorators) if each is decorator)
    return drop_decorator.at(
        Place(function.module.path, Span(name.line, column, name.end_line, name.end_column)),
        safety=None if is_certain else Safety.UNSAFE,
        reason="" if is_certain else "what an endpoint hands it on to may enter it",
        position=str(position),
    )
