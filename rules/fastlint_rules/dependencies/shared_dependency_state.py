"""A collection in the body of a class dependency is one for all requests, which put things in.

FastAPI makes an object of the class for each request, or calls a function that does. A list that stands in
the body of the class is made once, and every one of those objects has the same.

## Why

What one request puts in, the next one finds there: messages for another user, the filters of an earlier
search, the same entry once for each call. It grows until the process restarts, and each worker has its own. A
test that makes one request sees nothing of it.

Defaults are another matter, whatever one has learnt of them: of `tags: list[str] = []` and `Query([])`, each
request gets a copy.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


class Notices:
    texts: list[str] = []

    def add(self, text: str) -> None:
        self.texts.append(text)


@app.post("/orders")
def create_order(item: str, notices: Annotated[Notices, Depends()]) -> list[str]:
    notices.add(f"{item} is ordered")
    return notices.texts
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


class Notices:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, text: str) -> None:
        self.texts.append(text)


@app.post("/orders")
def create_order(item: str, notices: Annotated[Notices, Depends()]) -> list[str]:
    notices.add(f"{item} is ordered")
    return notices.texts
```

There is no automatic fix, for it may be meant so.

## When it is fine

What is said to be of the class: annotated as `ClassVar`, or reached by the name of the class or as `cls`. A
cache, a registry, the counts of a limiter: whatever is looked up by a key, or taken out again. A collection
that the constructor replaces, by `setattr` too, or that nobody changes. Models of Pydantic and dataclasses,
which copy such defaults or refuse them. An object that is made once and given to `Depends` itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Project, Rule, Severity, SharedState, Step

rule = Rule(
    __name__,
    code="FL225",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://docs.python.org/3/tutorial/classes.html#class-and-instance-variables",
)


@rule.on(SharedState)
def check(state: SharedState, project: Project) -> Iterator[Diagnostic]:
    cls, name = state.cls.name, state.name
    yield rule.report(
        state,
        f"`{name}` is one {state.kind} for all requests, though each has its own `{cls}`: what one puts in, "
        "the next one finds",
        help=f"make it in `__init__` (`self.{name} = ...`), or say that it is meant so: `ClassVar`",
        trace=[Step(f"{state.changer.label}() puts something in", state.changed)],
    )
