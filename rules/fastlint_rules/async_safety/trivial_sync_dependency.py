"""A `def` dependency that waits for nothing costs a thread for every request.

FastAPI calls `def` dependencies in a thread, because they may block. One that only looks at what it is given,
or makes an object of it, is done before the thread has begun.

## Why

To have a thread call it takes longer than all the rest of a small request: an empty `async` route answered
in 33 µs, in 41 µs with such a dependency as an `async def`, in 108 µs with it as a `def`, and in 357 µs with
five. And all requests share 40 threads. While slow `def` routes have them, an `async` route that gets its
page size from a `def` waits with them until one is free.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def get_page(skip: int = 0, limit: int = 50) -> range:
    return range(skip, skip + limit)


@app.get("/items")
async def list_items(page: Annotated[range, Depends(get_page)]) -> list[int]:
    return list(page)
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


async def get_page(skip: int = 0, limit: int = 50) -> range:
    return range(skip, skip + limit)


@app.get("/items")
async def list_items(page: Annotated[range, Depends(get_page)]) -> list[int]:
    return list(page)
```

A class in `Depends(Page)` is made by a thread too: let an `async def` function make it. One that has no
`__init__` of its own, such as a dataclass, is not reported.

## When it is fine

Where it does not matter, so that this rule only runs where it is selected. It is silent on whatever may
block, which is nearly everything: files, queries, attributes of objects that a database may have to load,
what a `__bool__`, `__add__` or `__get__` of the project may do, other packages (`[tool.fastlint.knowledge]`
can name what is `quick` of them). Nor does it speak of generators, decorated functions and lambdas.

The fix is safe where the whole project shows that FastAPI alone calls the function. Where it is handed to
something else, named in a text as in `getattr(deps, "get_page")`, or is a method, it is unsafe, and so it is
where code calls the `dependency` of a `Depends`. Where code calls it there is none: the call would give a
coroutine.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Dependency, Diagnostic, Edit, FixRequest, Project, Rule, Safety, Severity, cst
from fastlint_rules._words import called_name
from fastlint_rules.async_safety._awaiting import plain_def

rule = Rule(
    __name__,
    code="FL121",
    severity=Severity.INFO,
    since="0.1.0",
    default=False,
    source="https://fastapi.tiangolo.com/async/#dependencies",
)


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    if not dependency.needs_no_thread:
        return
    function = dependency.function
    is_class = function.owner is not None and function.name == "__init__"
    done, body = ("is made", "making it") if is_class else ("runs", "its body")
    yield rule.report(
        dependency,
        f"`{called_name(function)}` {done} in a thread on every request: the hop costs more than {body}",
        help="let an `async def` function make it" if is_class else "make it an `async def`",
        fix=_fix(dependency),
    )


@rule.fix("Make it an `async def`", Safety.SAFE)
def make_it_async(name: cst.Name, edit: Edit) -> cst.Name:
    function = plain_def(name, edit)
    edit.replace(function, function.with_changes(asynchronous=cst.Asynchronous()))
    return name


def _fix(dependency: Dependency) -> FixRequest | None:
    can, doubt = dependency.could_be_async
    if not can:
        return None
    return make_it_async.at(dependency, safety=Safety.UNSAFE if doubt else None, reason=doubt)
