"""A dependency fails on what a client may send, and the client is told that the server is broken.

FastAPI answers 4xx for what it validates itself and for an `HTTPException`. A `ValueError`, `KeyError`,
`IndexError` or SQLAlchemy's `NoResultFound` of a dependency that nothing catches is a 500.

## Why

`int(page)`, `UUID(token)`, `request.headers["X-Key"]` and `authorization.split(" ")[1]` are right for what
the client should send, `await request.json()` for a body that is JSON, and `scalar_one()` for an id that is
there. Whoever sends something else, a bot on any day, gets "Internal Server Error", the error tracker gets a
trace, and somebody is called at night. In an authentication it says 500 where it should say 401.

## Bad

```python
from uuid import UUID

from fastapi import Depends, FastAPI, Request

app = FastAPI()


def get_tenant(request: Request) -> UUID:
    return UUID(request.headers["X-Tenant"])


@app.get("/orders")
def list_orders(tenant: UUID = Depends(get_tenant)) -> str:
    return str(tenant)
```

## Good

```python
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Header

app = FastAPI()


def get_tenant(x_tenant: Annotated[UUID, Header()]) -> UUID:
    return x_tenant


@app.get("/orders")
def list_orders(tenant: UUID = Depends(get_tenant)) -> str:
    return str(tenant)
```

## When it is fine

Where something in front of the app lets no such request through: say so in a comment. Nothing is said where a
`try`, an exception handler of the app or middleware catches the exception or may, where the value is tested
for more than being there or shown to a function that may test it, and where FastAPI validates it (`pattern=`,
a type of its own). Of a session nothing is said where any function asks whether it has the item. Of what a
function further down does with the value, only that is seen which is all that it does: `return UUID(text)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Project, Rule, Severity, Step, Uncaught

rule = Rule(
    __name__,
    code="FL232",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/handling-errors/",
)


TEXTS = {
    "UUID": "a text that is no UUID",
    "int": "a text that is no integer",
    "float": "a text that is no number",
    "Decimal": "a text that is no number",
    "loads": "a text that is no JSON",
    "b64decode": "a text that is no base64",
    "fromisoformat": "a text that is no such date or time",
    "strptime": "a text of another format",
}
"""What fails, by the name of the function that does."""


@rule.on(Uncaught)
def check(failure: Uncaught, project: Project) -> Iterator[Diagnostic]:
    yield rule.report(
        failure,
        f"{_when(failure)} is answered with 500: `{failure.source}` {_whose(failure)}, this raises "
        f"`{failure.error}`, and nothing catches it",
        help=_cure(failure),
        trace=[] if failure.inner is None else [Step("it is raised here", failure.inner.place)],
    )


def _when(failure: Uncaught) -> str:
    if failure.error == "NoResultFound":
        return "a request for what is not there"
    if _is_body(failure):
        return "a body that is no JSON"
    if failure.split:
        return "a text with fewer parts"
    if failure.absent:
        return "a request without it"
    if failure.error == "KeyError":
        return f"a text that is no name in `{failure.of}`" if failure.of else "a text that is no key there"
    return TEXTS.get(failure.called, "a text that is none of its values")


def _whose(failure: Uncaught) -> str:
    return "may not be there yet" if _is_of_session(failure) else "is the client's"


def _is_of_session(failure: Uncaught) -> bool:
    return failure.absent and ".session[" in failure.source


def _is_body(failure: Uncaught) -> bool:
    return failure.called == "json" or (failure.called == "loads" and failure.source.endswith("body()"))


def _cure(failure: Uncaught) -> str:
    if failure.split:
        return "use `.partition()` and look at what it gives, or raise 401 where there is nothing"
    if failure.of:
        return f"annotate the parameter as `{failure.of}`, which goes by value, or catch it and raise 4xx"
    if _is_of_session(failure):
        return "use `.get()`, and raise 401 where it gives `None`"
    if failure.absent:
        asked = "`Header()`, `Query()`, `Cookie()` or `Form()`"
        return f"let FastAPI ask for it with {asked}, or use `.get()` and raise 4xx"
    if failure.error == "KeyError":
        return "use `.get()`, and raise 4xx where it gives `None`"
    if failure.error == "NoResultFound":
        return "use `scalar_one_or_none()` or `one_or_none()`, and raise 404 where it gives `None`"
    if _is_body(failure):
        return "declare the body as a parameter, so that FastAPI answers 422, or catch it and raise 4xx"
    return "annotate a parameter with the type, so that FastAPI answers 422, or catch it and raise 4xx"
