"""A parameter of a dependency that the code means for itself is read from the request.

FastAPI fills what a dependency declares as it fills what a route declares: a plain parameter with a default
is a query parameter, whoever was to set it. The same holds for the fields of settings that `Depends()` makes.

## Why

A limiter with `max_requests: int = 100` lets everybody through who asks for `?max_requests=1000000`, a check
with `required: bool = True` is off with `?required=false`, one with `secret: str = SECRET` takes what was
made with `?secret=...`, and a session that is made for `tenant_id: str = DEFAULT` is one for
`?tenant_id=...`. `functools.partial(limit, max_requests=5)` does not hide it: the 5 is a default like any
other. Nothing fails and the tests pass, for nobody sends such parameters but those who read of them in
`/docs`.

`settings: Settings = Depends()` is an error in any case. FastAPI gives the class all of its fields, and what
a constructor is given comes before the environment. `?secret_key=...` is the secret key of that request, and
without it the key is the default of the field, whatever the environment says. That was seen with FastAPI
0.103 and 0.165. In between there are versions that answer 500, or fail at import, and none that was asked
could describe the app in `/openapi.json`.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    secret_key: str = "from the environment"


app = FastAPI()


@app.get("/secret")
def read_secret(settings: Annotated[Settings, Depends()]) -> str:
    return settings.secret_key
```

## Good

```python
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    secret_key: str = "from the environment"


app = FastAPI()


@lru_cache
def get_settings() -> Settings:
    return Settings()


@app.get("/secret")
def read_secret(settings: Annotated[Settings, Depends(get_settings)]) -> str:
    return settings.secret_key
```

What only the code is to decide is given to something that is called: a callable object
(`Depends(RateLimit(max_requests=100))`) or a function that returns the dependency. Positional arguments of
`functools.partial` are safe too.

## When it is fine

Parameters that clients are meant to send: filters, pages, sorting, search, credentials, whatever the
dependency hands on to the endpoint, such as the tenant that a user may choose. What is declared in a path, or
by the route as well. Reported are, with a default and without a `Query()` or the like: what a request is
answered 401, 403, 413 or 429 by, a `max_...` or `min_...` that another parameter is compared with, whatever
changes a database session, a client or the settings that the dependency gives, and what `partial` sets.
Settings with a constructor of their own, which takes no fields, cannot be set.

The fix takes the settings from the function that makes them, or from a new one that keeps them, as
`uncached-settings` has it. It is safe though parameters leave the API: that anybody may send them, and that
the environment is not asked, is the bug, and `/openapi.json` of such an app fails. It is unsafe where code
changes settings that are kept, where a field has no default, which the environment has to have then, and
where the function does more than to make them. There is none where tests may override the class, which is
then no dependency any more. For the other parameters there is none either: who is to set them has to be
decided.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    ClientControlled,
    Diagnostic,
    Edit,
    FixRequest,
    InjectedSettings,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
)
from fastlint_rules.dependencies._words import function_name

rule = Rule(
    __name__,
    code="FL207",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/classes-as-dependencies/",
)


@rule.on(InjectedSettings)
def check_settings(settings: InjectedSettings, project: Project) -> Iterator[Diagnostic]:
    name = settings.cls.scope.name
    otherwise = "" if settings.required == settings.field else " else the default,"
    yield rule.report(
        settings,
        f"FastAPI fills `{name}` from the request: `?{settings.field}=...` of any client is "
        f"taken,{otherwise} and never the environment",
        help=f"`Depends(...)` of a function that returns `{name}()`",
        fix=_fix(settings),
        severity=Severity.ERROR,
    )


@rule.on(ClientControlled)
def check_parameter(controlled: ClientControlled, project: Project) -> Iterator[Diagnostic]:
    parameter = controlled.parameter
    is_elsewhere = controlled.why in ("switch", "limit", "bound")
    yield rule.report(
        controlled,
        f"any client can set `{parameter.name}`{_how(controlled)}: {_outcome(controlled)}",
        help=_help(controlled),
        trace=[Step(SHOWN[controlled.why], controlled.shown)] if is_elsewhere else (),
    )


SHOWN = {
    "switch": "it turns this off",
    "limit": "a request is refused by it here",
    "bound": "another parameter is held within it here",
}


def _how(controlled: ClientControlled) -> str:
    if controlled.is_in_body:
        return " in the body"
    return f" with `?{controlled.parameter.name}=...`"


def _outcome(controlled: ClientControlled) -> str:
    match controlled.why:
        case "given":
            return "what `partial` sets by name is the default of a query parameter"
        case "switch":
            return f"`{function_name(controlled.parameter.function)}` then lets it pass"
        case "limit":
            return f"it decides itself what `{function_name(controlled.parameter.function)}` refuses it by"
        case "bound":
            return "the bound does not bind who sets it too"
        case "resource":
            return f"the `{controlled.made}` that the endpoint gets is made by it"


def _help(controlled: ClientControlled) -> str:
    name, function = controlled.parameter.name, function_name(controlled.parameter.function)
    if controlled.why == "resource":
        return f"inject a function without `{name}`, which calls this one"
    if controlled.why == "bound":
        return f"make `{name}` a constant, or use `Query(le=...)` for the other parameter"
    owner = controlled.parameter.function.owner
    if owner is None:
        return (
            f"let `{function}` return the dependency, `Depends({function}({name}=...))`, or give `{name}` "
            "to a callable object"
        )
    if controlled.parameter.function.name == "__init__":
        return f"do this in `__call__`, so that `{owner.name}({name}=...)` is the dependency"
    return f"give `{name}` to the constructor of `{owner.name}`, which only the code calls"


def _fix(settings: InjectedSettings) -> FixRequest | None:
    if settings.is_overridden is not False:
        return None
    found = settings.provider
    keeps = found is None or found.is_remembered
    reason = (
        "code changes the settings, and all requests get the same" if keeps and settings.is_changed else ""
    )
    if found is not None and found.does_more:
        reason = reason or f"`{found.function.name}` does more than make them"
    if settings.required:
        reason = reason or f"`{settings.required}` has no default: the environment has to have it"
    safety = Safety.UNSAFE if reason else None
    if found is not None:
        code, module = found.spelled
        if not code:
            return None
        return use_function.at(settings, safety=safety, reason=reason, code=code, module=module)
    if settings.named is None or not settings.is_at_top or not settings.is_first_of_module:
        return None
    return make_function.at(settings, safety=safety, reason=reason, cls=settings.named.text())


@rule.fix("Get them from a function", Safety.SAFE)
def use_function(depends: cst.Call, edit: Edit) -> cst.Call:
    code, module = edit.params["code"], edit.params["module"]
    return _with(depends, edit.name(f"{module}.{code}") if module else cst.parse_expression(code))


@rule.fix("Make them in a function", Safety.SAFE)
def make_function(depends: cst.Call, edit: Edit) -> cst.Call:
    cls = edit.params["cls"]
    name = edit.free_name(f"get_{_snake(cls)}", f"provide_{_snake(cls)}", f"make_{_snake(cls)}")
    cache = edit.code(edit.name("functools.lru_cache"))
    edit.define_before(depends, f"@{cache}\ndef {name}() -> {cls}:\n    return {cls}()")
    return _with(depends, cst.Name(name))


def _with(depends: cst.Call, function: cst.BaseExpression) -> cst.Call:
    """`Depends(...)` of a function, in place of what it is given."""
    rest = [each for each in depends.args if each.keyword is not None and each.keyword.value != "dependency"]
    return depends.with_changes(args=[cst.Arg(function), *rest])


def _snake(name: str) -> str:
    """`app_settings` of `config.AppSettings`."""
    last = name.rpartition(".")[2]
    return "".join(
        f"_{each.lower()}" if each.isupper() and at and not last[at - 1].isupper() else each.lower()
        for at, each in enumerate(last)
    ).strip("_")
