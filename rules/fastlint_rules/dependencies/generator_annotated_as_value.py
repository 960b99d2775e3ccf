"""A dependency with `yield` is annotated as what it yields, not as an iterator.

Calling a function with a `yield` gives a generator: `-> Session` is true for the endpoint, and for nobody
else.

## Why

FastAPI does not look at it, so nothing fails. A type checker does: it refuses the annotation ("The return
type of a generator function should be `Generator` or one of its supertypes"), and then believes it, so that
`with get_session() as session` in a script looks right and `next(get_session())` looks wrong. Who reads the
signature is told that the function can be called for a session.

This is the advice of PEP 484, which asks for `Generator`, `Iterator` or `Iterable`.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI


class Session:
    def name(self) -> str:
        return "ada"

    def close(self) -> None: ...


def get_session() -> Session:
    session = Session()
    try:
        yield session
    finally:
        session.close()


app = FastAPI()


@app.get("/name")
def read_name(session: Annotated[Session, Depends(get_session)]) -> str:
    return session.name()
```

## Good

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI


class Session:
    def name(self) -> str:
        return "ada"

    def close(self) -> None: ...


def get_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.close()


app = FastAPI()


@app.get("/name")
def read_name(session: Annotated[Session, Depends(get_session)]) -> str:
    return session.name()
```

## When it is fine

`Any`, `object`, a protocol, a type variable, and whatever is not known to be no iterator. A function that
also answers a route: FastAPI reads its annotation. Where code does something else with the function than to
call it, the fix is unsafe: that may read the annotation too.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Dependency,
    Diagnostic,
    Edit,
    FunctionScope,
    Place,
    Project,
    Rule,
    Safety,
    Severity,
    cst,
    is_annotated_as_item,
    is_plain,
    spelled,
    syntax,
)
from fastlint_rules.dependencies._words import function_name

rule = Rule(
    __name__,
    code="FL228",
    severity=Severity.INFO,
    since="0.1.0",
    default=False,
    source="https://peps.python.org/pep-0484/#annotating-generator-functions-and-coroutines",
)


@rule.on(Dependency)
def check(dependency: Dependency, project: Project) -> Iterator[Diagnostic]:
    function = dependency.function
    returns = function.node.returns
    if returns is None or not is_annotated_as_item(function):
        return
    if not is_plain(function) or project.dependencies.is_of_route(function):
        return
    kind = "AsyncIterator" if function.node.is_async else "Iterator"
    item = str(returns.value) if isinstance(returns, syntax.Constant) else spelled(returns)
    place = Place(function.module.path, returns.span)
    doubt = "" if function.owner is not None else dependency.use_elsewhere.doubt
    yield rule.report(
        place,
        f"calling `{function_name(function)}` gives an iterator, and not the `{item}` of its annotation",
        help=f"`-> {kind}[{item}]`",
        fix=annotate_as_iterator.at(
            place,
            safety=Safety.UNSAFE if doubt else None,
            reason=doubt,
            name=f"{_module(function, kind, project)}.{kind}",
        ),
    )


@rule.fix("Annotate it as an iterator", Safety.SAFE)
def annotate_as_iterator(item: cst.BaseExpression, edit: Edit) -> cst.Subscript:
    element = cst.SubscriptElement(cst.Index(item.with_changes(lpar=[], rpar=[])))
    return cst.Subscript(edit.name(edit.params["name"]), [element])


def _module(function: FunctionScope, kind: str, project: Project) -> str:
    """Where it comes from: where it is imported from already, and before Python 3.9 what can have an item."""
    is_there = any(
        isinstance(each, syntax.Import) and each.module == "typing" and each.name == kind
        for each in function.module.statements()
    )
    is_new = project.holds("python>=3.9", function.place.path)
    return "collections.abc" if is_new and not is_there else "typing"
