"""A route has a `response_model` that is its return annotation once more.

Without a `response_model`, FastAPI takes the return annotation for it.

## Why

The type is written twice, and only one of them counts: whoever changes the annotation alone changes nothing,
and gets a type checker that says one thing and an OpenAPI schema that says another. Two types that differ
mean something, so that a reader has to compare them on every route.

## Bad

```python
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    number: int


@app.get("/orders", response_model=list[Order])
def read_orders() -> list[Order]:
    return [Order(number=1)]
```

## Good

```python
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    number: int


@app.get("/orders")
def read_orders() -> list[Order]:
    return [Order(number=1)]
```

## When it is fine

A `response_model` of another type than what the function returns: it filters what clients get. Of a project
where some routes need one, it may be the convention that all have one.

The fix is safe: FastAPI makes the same response, and the same OpenAPI schema, of either. Nothing is said
where the annotation is text that FastAPI cannot evaluate, such as the name of what is only imported for type
checkers.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    Project,
    Route,
    Rule,
    Safety,
    Severity,
    cst,
    is_as_written,
    is_evaluable,
    is_same_type,
    syntax,
)
from fastlint_rules._arguments import call_without, named

rule = Rule(
    __name__,
    code="FL415",
    severity=Severity.INFO,
    since="0.1.0",
    default=False,
    requires="fastapi>=0.89",
    source="https://fastapi.tiangolo.com/tutorial/response-model/#response_model-parameter",
)

OPTION = "response_model"


@rule.on(Route)
def check(route: Route, project: Project) -> Iterator[Diagnostic]:
    given, annotation = route.option(OPTION), route.annotation
    if given is None or annotation is None or route.response is None or not _is_written(route):
        return
    if not is_as_written(route.function) or not is_same_type(given, annotation):
        return
    if not is_evaluable(annotation, route.function):
        return
    names = {each.external() for each in given.walk() if isinstance(each.node, syntax.Ref)}
    yield rule.report(
        route.site.place_of(OPTION),
        f"`{annotation.text()}` is the return annotation of `{route.function.label}` too",
        help=f"leave out `{OPTION}`",
        fix=leave_it_out.at(route.site, names=",".join(sorted(names - {""}))),
    )


@rule.fix("Leave it out", Safety.SAFE)
def leave_it_out(registration: cst.Call, edit: Edit) -> cst.Call:
    gone = named(registration, OPTION)
    if gone is None:
        raise edit.refuse("the option is not written there")
    for name in edit.params["names"].split(","):
        if name:
            edit.drop_import_if_unused(name)
    return call_without(registration, gone)


def _is_written(route: Route) -> bool:
    """Whether the option stands in the registration itself, and that is no call of a wrapper."""
    node = route.site.node
    is_own = route.decorator is None or route.decorator.node is node
    return is_own and isinstance(node, syntax.Call) and any(each.name == OPTION for each in node.keywords)
