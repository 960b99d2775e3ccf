"""A class or factory that makes the dependency is handed to `Depends` without being called.

FastAPI calls what it is given. Given `HTTPBearer`, it makes an `HTTPBearer` for every request and never
asks it anything; given `require_role`, it makes the checking function and never runs it.

## Why

The check does not happen and the route answers everybody. Where the constructor needs an argument, it
becomes a query parameter: `Depends(RoleChecker)` answers 422 until somebody adds `?role=x` and is let in,
and `Depends(OAuth2PasswordBearer)` opens with `?tokenUrl=x`. The OpenAPI schema shows no lock, which few
read.

## Bad

```python
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

app = FastAPI()


@app.get("/reports", dependencies=[Depends(HTTPBearer)])
def read_reports() -> list[str]:
    return ["revenue"]
```

## Good

```python
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

app = FastAPI()


@app.get("/reports", dependencies=[Depends(HTTPBearer())])
def read_reports() -> list[str]:
    return ["revenue"]
```

## When it is fine

A class whose constructor is the work is a dependency as it stands: `Depends(Pagination)`,
`Depends(OAuth2PasswordRequestForm)`. So is a class with `__call__`, or a function that returns a function,
where the route uses what it gets: it calls it, hands it on or is annotated with `Callable`. In a list of
`dependencies` nobody gets it, whatever its `__call__` takes.

The fix is offered where the class or factory needs no arguments. It is unsafe: whoever got in without a token
is turned away from then on.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    FixRequest,
    FunctionValue,
    Injection,
    Instance,
    Project,
    Rule,
    Safety,
    Severity,
    Value,
    cst,
    is_callable,
    may_be,
    product_of,
    required,
    syntax,
)
from fastlint_rules.dependencies._words import dependency_name

rule = Rule(
    __name__,
    code="FL204",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/advanced-dependencies/#use-the-instance-as-a-dependency",
)


@rule.on(Injection)
def check(injection: Injection, project: Project) -> Iterator[Diagnostic]:
    if injection.argument is not None and injection.argument.is_call:
        return  # what makes the dependency has been called
    uses = project.dependencies.uses_of(injection)
    is_listed = all(use.listed is not None for use in uses)
    products = [product_of(each, project, is_listed=is_listed) for each in injection.targets]
    product = products[0] if products and None not in products else None
    if product is None or not injection.is_whole:
        return
    if all(_is_misused(use, product, project) for use in uses):
        maker = dependency_name(injection)
        message = _message(maker, injection, product)
        yield rule.report(
            injection, message, help=_help(maker, injection, project), fix=_fix(injection, project)
        )


@rule.fix("Call it", Safety.UNSAFE)
def call_it(maker: cst.BaseExpression, edit: Edit) -> cst.Call:
    return cst.Call(maker)


def _fix(injection: Injection, project: Project) -> FixRequest | None:
    """Only where it needs no arguments, of which nothing here says what they would be."""
    maker = injection.argument
    if maker is None or maker.is_quoted or not isinstance(maker.node, syntax.Ref):
        return None
    if any(required(target, project) for target in injection.targets):
        return None
    return call_it.at(maker, reason="its check runs from then on, and turns clients away")


def _is_misused(use: Injection, product: Value, project: Project) -> bool:
    """Whether nobody wants what the maker gives: it is not read, or read as something else."""
    if use.is_discarded:
        return True
    types = use.filled.types if use.filled is not None else ()
    if isinstance(product, Instance):
        return bool(types) and all(may_be(product, type_, project) is False for type_ in types)
    return bool(types) and all(is_callable(type_, project) is False for type_ in types)


def _message(maker: str, injection: Injection, product: Value) -> str:
    if not isinstance(product, Instance):
        return f"`{maker}` makes the dependency: FastAPI runs it, and what it returns never runs"
    if any(isinstance(target, FunctionValue) for target in injection.targets):
        return f"`{maker}` makes the dependency: FastAPI runs it, and never asks the object that it returns"
    return f"`{maker}` is a class: FastAPI makes an object for each request and never asks it anything"


def _help(maker: str, injection: Injection, project: Project) -> str:
    needed = [name for target in injection.targets for name in required(target, project)]
    if not needed:
        return f"call it: `{maker}()`"
    opened = ", ".join(f"`?{name}=`" for name in dict.fromkeys(needed))
    return f"call it: `{maker}(...)`; as it is, {opened} in the query is all that it takes to get in"
