"""A dependency names a parameter of the function that it is for, which it cannot see.

A lambda in `Depends(...)` looks as if it stood in the function. It stands in its signature, which Python
evaluates outside of it, and FastAPI calls it on its own.

## Why

The name is looked up when a request comes: every one of them is a 500, `NameError: name 'item_id' is not
defined`. Where the parameter is called as a builtin function is, such as `id`, `type` or `filter`, there is
no error: the lambda gets that function, and looks for an item whose id is `<built-in function id>`. To other
linters that name is defined.

## Bad

```python
from fastapi import Depends, FastAPI

app = FastAPI()
ITEMS = {1: "lamp"}


@app.get("/items/{id}")
def read_item(id: int, item: str | None = Depends(lambda: ITEMS.get(id))) -> str | None:
    return item
```

## Good

```python
from fastapi import Depends, FastAPI

app = FastAPI()
ITEMS = {1: "lamp"}


def get_item(id: int) -> str | None:
    return ITEMS.get(id)


@app.get("/items/{id}")
def read_item(id: int, item: str | None = Depends(get_item)) -> str | None:
    return item
```

A dependency declares what it needs like an endpoint: with the same name it gets the same value of the path or
query. What a `Depends` gives, it gets by the same `Depends`, which FastAPI runs once for each request.

## When it is fine

A name that the module has too: that is what the dependency sees, whatever the parameter is. A parameter of
a function around both, such as a factory's. A `_`, which `gettext.install` makes a builtin function, and a
name that code of the project puts into `builtins`. What stands in a `try` that catches the error. Modules
with a `from ... import *`, or that set names in other ways than by statements, are not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Project, Rule, Severity, Step, UnboundName

rule = Rule(
    __name__,
    code="FL233",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#declare-the-dependency-in-the-dependant",
)


@rule.on(UnboundName)
def check(unbound: UnboundName, project: Project) -> Iterator[Diagnostic]:
    name, user = unbound.name, unbound.parameter.function.name
    who = "the lambda" if unbound.function.is_lambda else f"`{unbound.function.name}`"
    what = (
        f"it gets the builtin function `{name}` in its place"
        if unbound.is_builtin
        else f"every request that comes here is a 500: `name '{name}' is not defined`"
    )
    yield rule.report(
        unbound,
        f"`{name}` is a parameter of `{user}`, which {who} cannot see: {what}",
        help=_help(unbound),
        trace=[Step(f"`{name}` is a parameter of `{user}`", unbound.parameter.place)],
    )


def _help(unbound: UnboundName) -> str:
    name = unbound.name
    if unbound.parameter.injection is not None:
        return f"let the dependency be a function that gets `{name}` by the same `Depends`"
    return f"let the dependency be a function with a parameter `{name}`, which FastAPI fills in the same way"
