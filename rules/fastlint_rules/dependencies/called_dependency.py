"""A dependency is called inside `Depends`, so FastAPI gets its result.

`Depends` takes the function and FastAPI calls it once a request. `Depends(get_session())` calls it once, at
import, and hands over what came out: a generator, a coroutine, a plain object.

## Why

The result is not callable, and the module fails at import: `TypeError: <generator object ...> is not a
callable object`, or an `AssertionError` in a list of `dependencies`. What a plain function does happens while
the module is read, before a database is there. In an app's or a router's `dependencies` the import even
succeeds until the first route is added. Where the call gives `None`, `x: Model = Depends(f())` means
`Depends()`: the model is read from the query string and the function is never asked again.

## Bad

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
def read_names(session: Annotated[Session, Depends(get_session())]) -> list[str]:
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

## When it is fine

A call whose result is callable: a factory (`Depends(require_role("admin"))`), an instance of a class with
`__call__`, a security scheme (`Depends(HTTPBearer())`), `functools.partial`. A function whose result cannot
be told is left alone. The call is dropped automatically only where it has no arguments and the function is
a generator or a coroutine function, for then the old code could not be imported. An `async def` that returns
the dependency stays as it is: given to `Depends` itself, what it returns would never run.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Coroutine,
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    FunctionValue,
    Injection,
    Project,
    Rule,
    Safety,
    Severity,
    cst,
    gives_callable,
    is_callable,
)
from fastlint_rules.dependencies._words import kind_of

rule = Rule(
    __name__,
    code="FL201",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#declare-the-dependency-in-the-dependant",
)


@rule.on(Injection)
def check(injection: Injection, project: Project) -> Iterator[Diagnostic]:
    called = injection.argument
    if called is None or not called.is_call or gives_callable(called) is not False:
        return
    function = called.func.text()
    yield rule.report(
        injection,
        f"`{function}()` is called once, at import: `{injection.call.func.text()}` gets {kind_of(called)}, "
        "which FastAPI cannot call",
        help=_help(called, f"{injection.call.func.text()}({function})"),
        fix=_fix(injection, called),
    )


@rule.fix("Pass the function itself", Safety.SAFE)
def drop_the_call(depends: cst.Call, edit: Edit) -> cst.Call:
    for index, argument in enumerate(depends.args):
        called = argument.value
        is_the_dependency = argument.keyword.value == "dependency" if argument.keyword else index == 0
        if not is_the_dependency or argument.star or not isinstance(called, cst.Call):
            continue
        if called.args:
            raise edit.refuse("the call has arguments, so it may be a factory")
        function = argument.with_changes(value=called.func)
        return depends.with_changes(args=[*depends.args[:index], function, *depends.args[index + 1 :]])
    raise edit.refuse("no dependency is called there")


def _help(called: Expression, uncalled: str) -> str:
    if _gives_dependency(called):
        return f"make `{called.func.text()}` a `def`: what a coroutine function makes has to be awaited first"
    if called.has_arguments:
        return "give it the function, and have the arguments injected, or make it a factory that returns one"
    return f"`{uncalled}`: FastAPI calls it for each request"


def _fix(injection: Injection, called: Expression) -> FixRequest | None:
    """Safe where the result is never callable, so that the code cannot have worked."""
    if called.has_arguments or called.is_quoted or _gives_dependency(called):
        return None
    if all(isinstance(value, FunctionValue) and _is_deferred(value) for value in called.func.values()):
        return drop_the_call.at(injection)
    return drop_the_call.at(
        injection, safety=Safety.UNSAFE, reason="what the call does now happens for each request"
    )


def _gives_dependency(called: Expression) -> bool:
    """Whether it is a coroutine of which the result is what FastAPI is to call."""
    return any(
        is_callable(result, called.project)
        for value in called.values()
        if isinstance(value, Coroutine)
        for result in value.results
    )


def _is_deferred(function: FunctionValue) -> bool:
    """Whether calling it runs nothing of its body."""
    return function.scope.node.is_async or function.scope.node.is_generator
