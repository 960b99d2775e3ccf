"""A dependency is called inside `Depends`, so FastAPI gets its result.

`Depends` takes the function and FastAPI calls it once a request. `Depends(get_session())` calls it once, at
import, and hands over what came out: a generator, a coroutine, a plain object.

## Why

The result is not callable, and the module fails at import: `TypeError: <generator object ...> is not a
callable object`, or an `AssertionError` in a list of `dependencies`. What a plain function does happens while
the module is read, before a database is there. In an app's or a router's `dependencies` the import even
succeeds until the first route is added. Where the call gives `None`, `x: Model = Depends(f())` means
`Depends()`: the model is read from the query string and the function is never asked again.

## Bad

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI


class Session:
    def names(self) -> list[str]:
        return ["ada"]

    def close(self) -> None: ...


def get_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.close()


app = FastAPI()


@app.get("/names")
def read_names(session: Annotated[Session, Depends(get_session())]) -> list[str]:
    return session.names()
```

## Good

```python
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI


class Session:
    def names(self) -> list[str]:
        return ["ada"]

    def close(self) -> None: ...


def get_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.close()


app = FastAPI()


@app.get("/names")
def read_names(session: Annotated[Session, Depends(get_session)]) -> list[str]:
    return session.names()
```

## When it is fine

A call whose result is callable: a factory (`Depends(require_role("admin"))`), an instance of a class with
`__call__`, a security scheme (`Depends(HTTPBearer())`), `functools.partial`. A function whose result cannot
be told is left alone. The call is dropped automatically only where it has no arguments and the function is
a generator or a coroutine function, for then the old code could not be imported.
"""

from __future__ import annotations

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL201",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#declare-the-dependency-in-the-dependant",
)
