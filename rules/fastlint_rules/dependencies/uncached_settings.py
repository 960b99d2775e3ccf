"""A dependency makes the settings anew for every request, so that each reads the environment again.

An object of a `BaseSettings` is filled when it is made: from the environment, from the `.env` file, from
secrets. A dependency that makes one does all of that once a request, whether it returns it or not. One that
calls `load_dotenv` reads the file once a request as well.

## Why

It is the most expensive line of many endpoints. A class with a `.env` file of 50 lines took 2 ms to make, and
one with 20 fields and no file 0.3 ms, where getting a kept object takes next to nothing. In an `async def`
that is time for which the event loop stands still. Nothing is gained by it: the environment of a process is
as it was when it started, and two requests that see different settings are a riddle rather than a feature.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    greeting: str = "hello"


def get_settings() -> Settings:
    return Settings()


app = FastAPI()


@app.get("/")
def read_root(settings: Annotated[Settings, Depends(get_settings)]) -> str:
    return settings.greeting
```

## Good

```python
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    greeting: str = "hello"


@lru_cache
def get_settings() -> Settings:
    return Settings()


app = FastAPI()


@app.get("/")
def read_root(settings: Annotated[Settings, Depends(get_settings)]) -> str:
    return settings.greeting
```

An object in the module that the function returns is as good.

## When it is fine

A function that keeps what it made, in a cache, in a variable of its module or in the state of the app. A
class that gives the same object again, by a `__new__` or a metaclass of its own. A route that makes settings
itself: it may be about them, and want to know what holds now. Tests.

The fix is unsafe: who changes the environment later, as tests do with `monkeypatch.setenv`, has to call
`get_settings.cache_clear()` from then on, and whoever changes the object changes it for all. There is none
for a function with parameters, nor for an `async def`, whose coroutine no cache can keep: make that a `def`,
or keep the settings in the module.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    ClassValue,
    Dependency,
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    FunctionScope,
    Project,
    Rule,
    Safety,
    SettingsOfRequest,
    Severity,
    Step,
    cst,
    is_of_tests,
    reads_env_file,
    settings_made_anew,
)
from fastlint_rules.dependencies._words import function_name

rule = Rule(
    __name__,
    code="FL219",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/settings/#creating-the-settings-only-once-with-lru_cache",
)


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    if is_of_tests(dependency.place.path):
        return
    made = settings_made_anew(dependency)
    found = made or reads_env_file(dependency)
    if found is None:
        return
    yield rule.report(
        dependency,
        _message(dependency.function, _called(dependency, found), is_file=made is None),
        help=_help(dependency),
        trace=() if found.scope is dependency.function else [Step("they are made here", found.place)],
        fix=_fix(dependency),
    )


@rule.on(SettingsOfRequest)
def check_own(settings: SettingsOfRequest, project: Project) -> Iterator[Diagnostic]:
    yield rule.report(
        settings,
        f"each request makes its own `{settings.call.func.text()}` here, which reads the environment again",
        help="make them once, in a variable of the module or in a function with `@lru_cache`",
        trace=() if settings.site is None else [Step("a dependency calls it here", settings.site.place)],
    )


@rule.fix("Keep the settings with `lru_cache`", Safety.UNSAFE)
def keep_them(name: cst.Name, edit: Edit) -> cst.Name:
    function = next(edit.ancestors(name), None)
    if not isinstance(function, cst.FunctionDef):
        raise edit.refuse("no function is there")
    cache = cst.Decorator(edit.name("functools.lru_cache"))
    edit.replace(function, function.with_changes(decorators=[*function.decorators, cache]))
    return name


def _called(dependency: Dependency, call: Expression) -> str:
    """What is called; the class that a class method is asked of, where that says `cls`."""
    name, cls = call.func.text(), dependency.handler.receiver
    is_own = name == dependency.function.receiver and isinstance(cls, ClassValue)
    return cls.scope.name if is_own and isinstance(cls, ClassValue) else name


def _message(function: FunctionScope, called: str, *, is_file: bool) -> str:
    who = f"`{function_name(function)}`" if not function.is_lambda else "this"
    if is_file:
        return f"{who} calls `{called}` for every request, which reads the `.env` file again"
    return f"{who} makes `{called}` anew for every request, which reads the environment again"


def _help(dependency: Dependency) -> str:
    function = dependency.function
    if function.node.is_async:
        return "make it a `def` with `@lru_cache`, or keep the settings in a variable of the module"
    if function.node.parameters or function.is_lambda:
        return "keep them: in a function with `@lru_cache` and without parameters, or in a variable"
    return "`@lru_cache` above it"


def _fix(dependency: Dependency) -> FixRequest | None:
    node = dependency.function.node
    if node.is_async or node.parameters or node.decorators or node.name == "<lambda>":
        return None
    return keep_them.at(
        dependency,
        reason="all requests share what it returns, and later changes of the environment are not seen",
    )
