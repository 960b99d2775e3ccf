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

A function as a default is ordinary in functions that FastAPI does not call. (It does call the dataclasses
that are dependencies: their fields are parameters.) In a route or a dependency, constants, enum members, the
*result* of a call (`limit: int = default_limit()`), a parameter that is annotated as something to call, and
metadata that wraps a function (`AfterValidator(strip)`) are fine too. A bare function in `Annotated` counts
where some `Depends` calls it, or where it makes the very class that is annotated.

The fix is unsafe: requests that brought their own value are answered differently from then on.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    MARKERS,
    ClassValue,
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
    Step,
    TypeForm,
    Value,
    cst,
    injection_of_type,
)
from fastlint_rules.dependencies._words import function_name

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
        if bare is None:
            continue
        is_here = parameter.is_written_in(bare)
        if not is_here and not _is_first(parameter, bare, project):
            continue  # the alias is at fault once, however many use it
        yield rule.report(
            parameter if is_here else bare,
            _message(parameter, bare),
            help=_help(parameter, bare),
            trace=()
            if is_here
            else [Step(f"`{function_name(handler.scope)}` is annotated with it", parameter.place)],
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
    return next((each for each in parameter.metadata if _is_metadata(each, parameter, project)), None)


def _is_first(parameter: HandlerParameter, bare: Expression, project: Project) -> bool:
    """Whether no parameter before it gets the same expression from the same alias."""
    for handler in project.dependencies.handlers:
        for each in handler.parameters:
            if any(item.node is bare.node for item in each.metadata):
                return each == parameter
    return True


def _is_metadata(each: Expression, parameter: HandlerParameter, project: Project) -> bool:
    return _is_uncalled(each, project) or _gives_the_type(each, parameter, project)


def _gives_the_type(each: Expression, parameter: HandlerParameter, project: Project) -> bool:
    """Whether it is a function that makes what the annotation says, out of something else.

    `Annotated[User, get_user]`: a validator takes the same as it gives.
    """
    function = each.value()
    wanted = {_own_class(value) for value in parameter.types}
    if not isinstance(function, FunctionValue) or not wanted or None in wanted:
        return False
    calling = project.inference.calling
    given = {
        _own_class(provided)
        for result in calling.call(function, None)
        for provided in calling.provided(result)
    }
    taken = {
        _own_class(value)
        for handler in project.dependencies.handlers_of(function)
        for own in handler.parameters
        for value in own.types
    }
    return given == wanted and taken.isdisjoint(wanted)


def _own_class(value: Value) -> ClassValue | None:
    return value.cls if isinstance(value, Instance) and isinstance(value.cls, ClassValue) else None


def _is_default(default: Expression, parameter: HandlerParameter, handler: Handler, project: Project) -> bool:
    if parameter.takes_callable or not default.is_whole:
        return False
    value = default.value()
    if isinstance(value, FunctionValue) and not value.scope.is_lambda and handler.route is not None:
        return True
    if isinstance(value, TypeForm):
        return injection_of_type(value.expression) is not None
    if isinstance(value, ClassValue) and handler.route is not None and _is_made_for_depends(value, project):
        return parameter.annotation is None or value in map(_own_class, parameter.types)
    return _is_uncalled(default, project)


def _is_made_for_depends(cls: ClassValue, project: Project) -> bool:
    """Whether a class is no data that a client could send: only its constructor makes an object of it."""
    bases = project.inference.classes.external_bases(cls)
    return all(base in ("abc.ABC", "builtins.object") for base in bases) and not cls.scope.node.decorators


def _is_uncalled(expression: Expression, project: Project) -> bool:
    """Whether it is `Depends` itself, or a dependency that some `Depends` ought to be around."""
    value = expression.value()
    if isinstance(value, External):
        return value.name in MARKERS
    if isinstance(value, FunctionValue):
        return not value.scope.is_lambda and project.dependencies.is_dependency(value)
    if isinstance(value, ClassValue):
        return bool(project.dependencies.lookup.uses(value))
    return isinstance(value, Instance) and project.dependencies.is_dependency(value)


def _message(parameter: HandlerParameter, bare: Expression) -> str:
    outcome = f"the client supplies `{parameter.name}`"
    value = bare.value()
    if isinstance(value, External):
        return f"`{bare.text()}` is not called: nothing is injected, {outcome}"
    if isinstance(value, TypeForm):
        return f"`{bare.text()}` is the default here and not the annotation: nothing is injected, {outcome}"
    missed = "is never made" if isinstance(value, ClassValue) else "never runs"
    return f"`{bare.text()}` stands here without `Depends` and {missed}: {outcome}"


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
    is_value = isinstance(bare.value(), (ClassValue, FunctionValue, Instance))
    if bare == parameter.annotation or bare.is_quoted or not is_value:
        return None
    return wrap_in_depends.at(bare, reason="the dependency runs, and may reject requests that it did not see")
