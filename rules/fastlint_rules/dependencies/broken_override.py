"""A dependency override cannot work: one side is called, or its parameters come from the client.

The key is the dependency function itself, and the value is something that FastAPI can call with what it
finds in its signature, exactly like a dependency.

## Why

A key that is called (`overrides[get_region()]`) is the result, not the function: the override is silently
without effect and the real dependency runs. A value that is called, or a value that is not callable, fails
at the first request with `TypeError`. A `MagicMock()` is callable with `args` and `kwargs`, which FastAPI
takes for required query parameters: every request is a 422. So it is with a parameter of a lambda or of a
fake function. A pytest fixture function refuses to be called directly, and `lambda: fake_session()` around a
generator injects the generator object.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI


def get_region() -> str:
    return "production"


app = FastAPI()


@app.get("/region")
def read_region(region: Annotated[str, Depends(get_region)]) -> str:
    return region


app.dependency_overrides[get_region()] = lambda: "test"
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI


def get_region() -> str:
    return "production"


app = FastAPI()


@app.get("/region")
def read_region(region: Annotated[str, Depends(get_region)]) -> str:
    return region


app.dependency_overrides[get_region] = lambda: "test"
```

For a mock, write `lambda: mock`; for a fixture, take its value as a parameter and write `lambda: value`.

## When it is fine

A value that makes its callable when called: a factory, a class whose instances are callable, a
`functools.partial`. `create_autospec(function)` keeps the signature. Parameters that FastAPI fills itself
(`request: Request`), that carry a `Depends`, or that the real dependency has under the same name are fine
too. One with a default (`lambda user=user: user`) is a query parameter, but works until a request sends it.
"""

from __future__ import annotations

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL209",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/testing-dependencies/",
)
