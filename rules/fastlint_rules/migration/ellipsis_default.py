"""`...` as a default says nothing: what has no default is required anyway.

`Query(...)`, `Field(...)` and the others declare the same without it.

## Why

A matter of taste, so that this rule only runs where it is selected. The `...` dates from the time when
`Query` needed a first argument and Pydantic took a missing default for `None`. FastAPI's documentation no
longer uses it. A reader who does not know that has to look it up.

## Bad

```python
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

app = FastAPI()


class Order(BaseModel):
    item: str = Field(...)
    quantity: int = Field(..., gt=0)


@app.post("/orders")
def order(order: Order, shop: Annotated[str, Query(..., min_length=1)]) -> str:
    return f"{order.quantity} {order.item} from {shop}"
```

## Good

```python
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

app = FastAPI()


class Order(BaseModel):
    item: str = Field()
    quantity: int = Field(gt=0)


@app.post("/orders")
def order(order: Order, shop: Annotated[str, Query(min_length=1)]) -> str:
    return f"{order.quantity} {order.item} from {shop}"
```

## When it is fine

With Pydantic 1, where a missing default of an optional field is `None`, and with FastAPI before 0.100: there
it is silent.

The fix is safe with Pydantic 2.11 and later. Before, `Field(...)` also took away the default that an alias
like `Annotated[int, Field(default=5)]` carries.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Edit, Expression, Project, Rule, Safety, Severity, calls_of, cst
from fastlint_rules._arguments import PARAMETERS, call_without, named

rule = Rule(
    __name__,
    code="FL912",
    severity=Severity.INFO,
    since="0.1.0",
    default=False,
    requires="pydantic>=2",
    source="https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#required-parameters",
)

FIELD = "pydantic.Field"


@rule.on(Project)
def check(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, *PARAMETERS, FIELD):
        default = call.argument("default", 0)
        if default is None or not default.is_ellipsis or not _is_of_today(call, project):
            continue
        is_same = project.holds("pydantic>=2.11", call.place.path)
        yield rule.report(
            default,
            f"`{call.func.text()}(...)` is required without the `...` as well",
            help="leave it out",
            fix=leave_out.at(
                call,
                safety=None if is_same else Safety.UNSAFE,
                reason="" if is_same else "a default that the annotation carries would come back",
            ),
        )


@rule.fix("Leave the `...` out", Safety.SAFE)
def leave_out(call: cst.Call, edit: Edit) -> cst.Call:
    default = named(call, "default") or call.args[0]
    if not isinstance(default.value, cst.Ellipsis):
        raise edit.refuse("the default is written elsewhere")
    return call_without(call, default)


def _is_of_today(call: Expression, project: Project) -> bool:
    """Whether FastAPI takes a parameter without a default as it takes one with `...`."""
    return call.func.external() == FIELD or project.holds("fastapi>=0.100", call.place.path)
