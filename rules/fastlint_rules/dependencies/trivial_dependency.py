"""A dependency does nothing but to return a constant.

`Depends` is there for what a request has to ask for, make, or check. A constant needs none of that.

## Why

Who reads the endpoint has to look up what the dependency gives, and finds the same value for every request.
FastAPI has a thread call the function each time, if it is a `def`: requests that need no thread otherwise
wait for one while slow `def` endpoints have them all.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def get_page_size() -> int:
    return 50


@app.get("/pages")
async def count_pages(items: int, page_size: Annotated[int, Depends(get_page_size)]) -> int:
    return -(-items // page_size)
```

## Good

```python
from fastapi import FastAPI

PAGE_SIZE = 50

app = FastAPI()


@app.get("/pages")
async def count_pages(items: int) -> int:
    return -(-items // PAGE_SIZE)
```

## When it is fine

To have a place where tests or other packages can put something else: a dependency that the project itself
overrides somewhere is not reported. Advice, so that this rule only runs where it is selected. Settings,
objects, an empty collection and `None` are no constants to it, and neither is what code gives another value.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Dependency, Diagnostic, Project, Rule, Severity

rule = Rule(
    __name__,
    code="FL226",
    severity=Severity.INFO,
    since="0.1.0",
    default=False,
    source="https://fastapi.tiangolo.com/tutorial/dependencies/",
)


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    constant = dependency.constant
    uses = dependency.injections
    if constant is None or not all(use.is_whole and len(use.targets) == 1 for use in uses):
        return
    if dependency.is_overridden:
        return
    function = dependency.function
    name = "the lambda" if function.is_lambda else f"`{function.name}`"
    value = constant.text()
    shown = "the same constant" if "..." in value else f"`{value}`"
    how = "" if function.node.is_async else ", which takes a thread each time"
    yield rule.report(
        dependency,
        f"there is nothing to inject: {name} gives every request {shown}{how}",
        help="use the constant itself, unless other code is to override this",
    )
