"""A dependency override cannot work: one side is called, or its parameters come from the client.

The key is the dependency function itself, and the value is something that FastAPI can call with what it
finds in its signature, exactly like a dependency.

## Why

A key that is called (`overrides[get_region()]`) is the result, not the function: the override is silently
without effect and the real dependency runs. A value that is called, or a value that is not callable, fails
at the first request with `TypeError`. A `MagicMock()` is callable with `args` and `kwargs`, which FastAPI
takes for required query parameters: every request is a 422. So it is with a `sessionmaker`, with the `self`
of a method that is taken from its class, and with a parameter of a lambda or of a fake function. A pytest
fixture function refuses to be called directly, `lambda: fake_session()` around a generator injects the
generator object, and a function under `@contextmanager` is taken for the generator in it, which fails.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI


def get_region() -> str:
    return "production"


app = FastAPI()


@app.get("/region")
def read_region(region: Annotated[str, Depends(get_region)]) -> str:
    return region


app.dependency_overrides[get_region()] = lambda: "test"
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI


def get_region() -> str:
    return "production"


app = FastAPI()


@app.get("/region")
def read_region(region: Annotated[str, Depends(get_region)]) -> str:
    return region


app.dependency_overrides[get_region] = lambda: "test"
```

For a mock, write `lambda: mock`; for a fixture, take its value as a parameter and write `lambda: value`.

## When it is fine

A value that makes its callable when called: a factory, a class whose instances are callable, a
`functools.partial`. `create_autospec(function)` keeps the signature. Parameters that FastAPI fills itself
(`request: Request`), that carry a `Depends`, or that requests bring anyway, because the real dependency or
its route reads them from the query or path under the same name, are fine too. (One that the real dependency
has injected or reads from a header is not.) One with a default (`lambda user=user: user`) is a query
parameter, but works until a request sends it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    ClassValue,
    Coroutine,
    Diagnostic,
    Edit,
    Expression,
    FunctionValue,
    Override,
    Project,
    Rule,
    Safety,
    Severity,
    Stream,
    all_callable,
    cst,
    gives_callable,
    is_mock,
    is_session_maker,
    returned,
)
from fastlint_rules.dependencies._words import kind_of

rule = Rule(
    __name__,
    code="FL209",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/testing-dependencies/",
)

MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager")


@rule.on(Override)
def check(override: Override, project: Project) -> Iterator[Diagnostic]:
    if not override.is_of_an_app:
        return
    if override.key.is_call and gives_callable(override.key) is False:
        yield _called_key(override)
        return
    found = _problem(override, project)
    if found is not None:
        message, advice = found
        yield rule.report(override, message, help=advice)


@rule.fix("Use the function as the key", Safety.SAFE)
def drop_the_call(key: cst.Call, edit: Edit) -> cst.BaseExpression:
    if key.args:
        raise edit.refuse("the call has arguments, so it may be a factory")
    return key.func


def _called_key(override: Override) -> Diagnostic:
    key = override.key
    function = key.func.text()
    return rule.report(
        override,
        f"the key is {kind_of(key)} that `{function}()` returned: FastAPI looks for `{function}`, "
        "and the real dependency runs",
        help=f"`dependency_overrides[{function}]`",
        fix=None if key.has_arguments else drop_the_call.at(key),
    )


def _problem(override: Override, project: Project) -> tuple[str, str] | None:
    """Why the value cannot stand in for the dependency, and what to write."""
    value = override.value
    written = value.text()
    name = written.rpartition(".")[2]
    if _is_fixture(value, project):
        return (
            f"`{written}` is a fixture, and pytest does not let fixtures be called: every request fails",
            f"take `{name}` as a parameter of the test, and override with `lambda: {name}`",
        )
    if is_mock(value):
        return (
            "FastAPI takes the `args` and `kwargs` of a mock for query parameters: every request is a 422",
            "put it into a function: `lambda: mock`",
        )
    if is_session_maker(value):
        return (
            "FastAPI takes the options of a sessionmaker for a query parameter: every request is a 422",
            f"`lambda: {written}()`, or a function that yields a session and closes it",
        )
    if _is_decorated(value, project, *MANAGERS):
        return (
            f"FastAPI takes `{written}` for a generator, but it makes a context manager: every request fails",
            "override with the generator function, without its decorator: FastAPI enters it itself",
        )
    if _is_not_callable(value):
        return f"{kind_of(value)} cannot be called: every request fails with a `TypeError`", _uncalled(value)
    unbound = _unbound_self(value, project)
    if unbound:
        return (
            f"`{written}` is a method without its object: FastAPI takes `{unbound}` for a query parameter",
            f"make an object, and override with its method: `{written.rpartition('.')[0]}().{name}`",
        )
    for parameter in override.client_parameters[:1]:
        return (
            f"FastAPI takes `{parameter.name}` for a query parameter: a request without it is a 422",
            "use a function without it, or wrap the call in a lambda",
        )
    passed = _passed_on(value)
    if passed is not None:
        return (
            f"FastAPI injects {kind_of(passed)} and does not run it: the function around it is a plain one",
            f"`{passed.func.text()}` itself",
        )
    return None


def _is_fixture(value: Expression, project: Project) -> bool:
    return value.is_whole and all(
        isinstance(each, FunctionValue) and project.fixtures.is_fixture(each.scope) for each in value.values()
    )


def _is_decorated(value: Expression, project: Project, *names: str) -> bool:
    return value.is_whole and all(
        isinstance(each, FunctionValue)
        and not set(project.inference.functions.decorator_names(each.scope)).isdisjoint(names)
        for each in value.values()
    )


def _unbound_self(value: Expression, project: Project) -> str:
    """The parameter of a method, taken from its class, that nobody fills."""
    method = value.value()
    if not isinstance(method, FunctionValue) or not isinstance(method.receiver, ClassValue):
        return ""
    names = project.inference.functions.decorator_names(method.scope)
    first = method.scope.node.parameters[:1]
    return first[0].name if first and not names else ""


def _is_not_callable(value: Expression) -> bool:
    if value.is_call:
        return gives_callable(value) is False
    return value.is_whole and all_callable(value.values(), value.project) is False


def _uncalled(value: Expression) -> str:
    if not value.is_call or value.has_arguments:
        return f"`lambda: {value.text()}`"
    function = f"`{value.func.text()}`, which FastAPI calls for each request"
    is_deferred = any(isinstance(each, (Stream, Coroutine)) for each in value.values())
    return function if is_deferred else f"{function}, or `lambda: {value.text()}`"


def _passed_on(value: Expression) -> Expression | None:
    """The call of a generator or coroutine function that a plain function returns."""
    function = value.value()
    if not isinstance(function, FunctionValue):
        return None
    node = function.scope.node
    found = () if node.is_async or node.is_generator else returned(function)
    if all(each.value.is_call and isinstance(each.value.value(), (Stream, Coroutine)) for each in found):
        return found[0].value if found else None
    return None
