"""A dependency stands in a signature without `Depends`, so the client supplies its value.

FastAPI only runs what is wrapped in `Depends`. A bare function as a default, in `Annotated` or as the
annotation is a value like any other, and the parameter becomes an ordinary query or body parameter.

## Why

Nothing fails. `user: User = get_current_user` never calls the function: a request without the parameter
gets the function object, and a request that sends `{"name": "mallory", "is_admin": true}` *is* that user.
The same holds for `Annotated[User, get_current_user]`, for an annotation that is the function, for `=
CurrentUser` where `: CurrentUser` was meant, and for `Depends` that is not called. Tests that send no such
parameter pass.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


class User(BaseModel):
    name: str
    is_admin: bool = False


def get_current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> User:
    if token != "ada-token":
        raise HTTPException(401)
    return User(name="ada")


app = FastAPI()


@app.post("/orders")
def create_order(user: User = get_current_user) -> User:
    return user
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


class User(BaseModel):
    name: str
    is_admin: bool = False


def get_current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> User:
    if token != "ada-token":
        raise HTTPException(401)
    return User(name="ada")


app = FastAPI()


@app.post("/orders")
def create_order(user: User = Depends(get_current_user)) -> User:
    return user
```

## When it is fine

A function as a default is ordinary in functions that FastAPI does not call. In a route or a dependency,
constants, enum members, the *result* of a call (`limit: int = default_limit()`), a parameter that is
annotated as something to call, and metadata that wraps a function (`AfterValidator(strip)`) are fine too.

The fix is unsafe: requests that brought their own value are answered differently from then on.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    MARKERS,
    Diagnostic,
    Edit,
    Expression,
    External,
    FixRequest,
    FunctionValue,
    Handler,
    HandlerParameter,
    Instance,
    Project,
    Rule,
    Safety,
    Severity,
    TypeForm,
    cst,
    injection_of_type,
)

rule = Rule(
    __name__,
    code="FL202",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#declare-the-dependency-in-the-dependant",
)


@rule.on(Handler)
def check(handler: Handler, project: Project) -> Iterator[Diagnostic]:
    for parameter in handler.parameters:
        if parameter.is_for_fastapi:
            continue
        bare = _bare(parameter, handler, project)
        if bare is not None:
            yield rule.report(
                parameter,
                _message(parameter, bare),
                help=_help(parameter, bare),
                fix=_fix(parameter, bare),
            )


@rule.fix("Wrap it in `Depends`", Safety.UNSAFE)
def wrap_in_depends(function: cst.BaseExpression, edit: Edit) -> cst.Call:
    return cst.Call(edit.name("fastapi.Depends"), [cst.Arg(function)])


def _bare(parameter: HandlerParameter, handler: Handler, project: Project) -> Expression | None:
    """What stands in a parameter as if FastAPI called it."""
    default, annotation = parameter.default, parameter.annotation
    if default is not None and _is_default(default, parameter, handler, project):
        return default
    if annotation is not None and not annotation.is_call and isinstance(annotation.value(), FunctionValue):
        return annotation
    return next((each for each in parameter.metadata if _is_uncalled(each, project)), None)


def _is_default(default: Expression, parameter: HandlerParameter, handler: Handler, project: Project) -> bool:
    if parameter.takes_callable or not default.is_whole:
        return False
    value = default.value()
    if isinstance(value, FunctionValue) and value.scope.name != "<lambda>" and handler.route is not None:
        return True
    if isinstance(value, TypeForm):
        return injection_of_type(value.expression) is not None
    return _is_uncalled(default, project)


def _is_uncalled(expression: Expression, project: Project) -> bool:
    """Whether it is `Depends` itself, or a dependency that some `Depends` ought to be around."""
    value = expression.value()
    if isinstance(value, External):
        return value.name in MARKERS
    if isinstance(value, FunctionValue):
        return value.scope.name != "<lambda>" and project.dependencies.is_dependency(value)
    return isinstance(value, Instance) and project.dependencies.is_dependency(value)


def _message(parameter: HandlerParameter, bare: Expression) -> str:
    outcome = f"the client supplies `{parameter.name}`"
    value = bare.value()
    if isinstance(value, External):
        return f"`{bare.text()}` is not called: nothing is injected, {outcome}"
    if isinstance(value, TypeForm):
        return f"`{bare.text()}` is the default here and not the annotation: nothing is injected, {outcome}"
    return f"`{bare.text()}` stands here without `Depends` and never runs: {outcome}"


def _help(parameter: HandlerParameter, bare: Expression) -> str:
    value = bare.value()
    if isinstance(value, External):
        return f"`{bare.text()}(...)` with the function that it is to call"
    if isinstance(value, TypeForm):
        return f"`{parameter.name}: {bare.text()}`"
    if bare == parameter.annotation:
        return f"`{parameter.name} = Depends({bare.text()})`"
    return f"`Depends({bare.text()})`"


def _fix(parameter: HandlerParameter, bare: Expression) -> FixRequest | None:
    is_value = isinstance(bare.value(), (FunctionValue, Instance))
    if bare == parameter.annotation or bare.is_quoted or not is_value:
        return None
    return wrap_in_depends.at(bare, reason="the dependency runs, and may reject requests that it did not see")
