"""The key of a dependency override is nothing that the app depends on.

`dependency_overrides` is a plain dictionary. FastAPI looks up each callable that it is about to run as a
dependency, and only those: a key that it never looks up is never used, and never missed.

## Why

The override is silently without effect, and the test runs against the real thing: the real database, the
real mail server, the real permissions. It happens with a helper that a dependency calls, the class of a
callable instance, a new `partial`, lambda or product of a factory (equal is not enough, it must be the same
object), `Request` and `BackgroundTasks`, which FastAPI injects itself, and the overrides of a parent app
for the routes of a mounted one.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")

app = FastAPI()


@app.get("/token")
def read_token(token: Annotated[str, Depends(oauth2_scheme)]) -> str:
    return token


app.dependency_overrides[OAuth2PasswordBearer] = lambda: "test-token"
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")

app = FastAPI()


@app.get("/token")
def read_token(token: Annotated[str, Depends(oauth2_scheme)]) -> str:
    return token


app.dependency_overrides[oauth2_scheme] = lambda: "test-token"
```

## When it is fine

The key may be a dependency at any level and depth: of the app, a router, an included router, a websocket
route, a dependency of a dependency, or of another override. Code that looks into `dependency_overrides`
itself (middleware does) may use keys of its own. Where the key cannot be told, or where a library, or a
decorator or base of the class, may hold the dependency, nothing is said; where the app or its routes cannot
be told, only of a key that no app depends on.

A fix is offered where the app depends on one thing only that can be meant: the object of the class, the same
method of it, what the same call has made, the function of the same name in another module, the dependency
that returns what the helper gives, or the mounted app that serves the routes. Where the key is taken out
again in the same function, that changes with it; where another function does so, nothing does.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    ClassValue,
    Diagnostic,
    Edit,
    External,
    FixRequest,
    FunctionValue,
    Override,
    Project,
    Retarget,
    Rule,
    Safety,
    Severity,
    Step,
    Value,
    all_callable,
    cst,
    is_passed_by_fastapi,
    retarget,
)
from fastlint_rules.dependencies._words import dependency_name

rule = Rule(
    __name__,
    code="FL208",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/testing-dependencies/",
)


@rule.on(Override)
def check(override: Override, project: Project) -> Iterator[Diagnostic]:
    keys = override.key.values()
    if override.apps and override.key.is_text and not override.key.is_call:
        yield rule.report(
            override,
            f"this override is never used: {override.key.text()} is a text, not the function",
            help="override the function itself",
        )
        return
    if all_callable(keys, project) is False or override.is_looked_up is not False:
        return  # what is not callable is a broken override
    meant = retarget(override)
    yield rule.report(
        override,
        f"this override is never used: {_why(override, keys[0], project)}",
        help=_help(override, keys[0], project, meant),
        trace=_trace(keys[0], project),
        fix=None if meant is None else _fix(meant),
    )


@rule.fix("Override what the route depends on", Safety.UNSAFE)
def override_the_dependency(key: cst.BaseExpression, edit: Edit) -> cst.BaseExpression:
    meant = _spelling(edit)
    top = [*edit.ancestors(key)][-2]
    for removed in _removed(top):
        if removed is not key and removed.deep_equals(key):
            edit.replace(removed, meant)
    edit.drop_import_if_unused(edit.params["replaced"])
    return meant


@rule.fix("Override it in the app that serves the route", Safety.UNSAFE)
def override_in_the_app(overrides: cst.Attribute, edit: Edit) -> cst.Attribute:
    edit.drop_import_if_unused(edit.params["replaced"])
    return overrides.with_changes(value=_spelling(edit))


def _spelling(edit: Edit) -> cst.BaseExpression:
    found = edit.name(edit.params["qualified"]) if edit.params["qualified"] else None
    for name in edit.params["rest"].split(".") if edit.params["rest"] else ():
        found = cst.Name(name) if found is None else cst.Attribute(found, cst.Name(name))
    if found is None:
        raise edit.refuse("it has no name there")
    return found


def _removed(statement: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """The keys that a statement takes out of a dict: `.pop(key)`, `del overrides[key]`."""
    if isinstance(statement, cst.Del) and isinstance(statement.target, cst.Subscript):
        index = statement.target.slice[0].slice
        if isinstance(index, cst.Index):
            yield index.value
    elif isinstance(statement, cst.Call) and isinstance(statement.func, cst.Attribute):
        yield from [each.value for each in statement.args[:1] if statement.func.attr.value == "pop"]
    for child in statement.children:
        yield from _removed(child)


def _fix(meant: Retarget) -> FixRequest:
    codemod = override_in_the_app if meant.is_app else override_the_dependency
    reason = "what runs against the real thing today gets the fake"
    return codemod.at(
        meant.place,
        reason=reason,
        qualified=meant.qualified,
        rest=meant.local or meant.rest,
        replaced=meant.replaced,
    )


def _why(override: Override, key: Value, project: Project) -> str:
    name, lookup = override.key.text(), project.dependencies.lookup
    if is_passed_by_fastapi(key, project):
        return f"FastAPI passes a `{name}` of its own and never looks for another"
    if override.key.is_call or (isinstance(key, FunctionValue) and key.scope.is_lambda):
        return "its key is a new object, and FastAPI looks for the one that is in `Depends`"
    if isinstance(key, (ClassValue, External)) and lookup.objects_of(key):
        return f"`{name}` is a class, and the routes depend on an object of it"
    if lookup.uses(key):
        return f"no route of this app depends on `{name}`, another app's do"
    return f"nothing depends on `{name}`, and the real thing runs"


def _help(override: Override, key: Value, project: Project, meant: Retarget | None) -> str:
    if meant is not None:
        app = meant.name if meant.is_app else override.owner.text()
        written = override.key.text() if meant.is_app else meant.name
        return f"`{app.removesuffix('.dependency_overrides')}.dependency_overrides[{written}]`"
    objects = project.dependencies.lookup.objects_of(key)
    if objects:
        return f"override the object: `dependency_overrides[{dependency_name(objects[0])}]`"
    callers = project.dependencies.lookup.callers(key)
    if callers:
        return f"override the dependency that calls it: `dependency_overrides[{callers[0][0].label}]`"
    if override.key.is_call:
        return "give the object a name, depend on it by that name and override that"
    return "override what stands in a `Depends`, of the app that serves the route"


def _trace(key: Value, project: Project) -> list[Step]:
    callers = project.dependencies.lookup.callers(key)
    return [Step(f"{function.label}() calls it", call.place) for function, call in callers[:1]]
