"""The key of a dependency override is nothing that the app depends on.

`dependency_overrides` is a plain dictionary. FastAPI looks up each callable that it is about to run as a
dependency, and only those: a key that it never looks up is never used, and never missed.

## Why

The override is silently without effect, and the test runs against the real thing: the real database, the
real mail server, the real permissions. It happens with a helper that a dependency calls, the class of a
callable instance, a new `partial`, lambda or product of a factory (equal is not enough, it must be the same
object), `Request` and `BackgroundTasks`, which FastAPI injects itself, and the overrides of a parent app
for the routes of a mounted one.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")

app = FastAPI()


@app.get("/token")
def read_token(token: Annotated[str, Depends(oauth2_scheme)]) -> str:
    return token


app.dependency_overrides[OAuth2PasswordBearer] = lambda: "test-token"
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")

app = FastAPI()


@app.get("/token")
def read_token(token: Annotated[str, Depends(oauth2_scheme)]) -> str:
    return token


app.dependency_overrides[oauth2_scheme] = lambda: "test-token"
```

## When it is fine

The key may be a dependency at any level and depth: of the app, a router, an included router, a websocket
route, a dependency of a dependency, or of another override. Code that looks into `dependency_overrides`
itself (middleware does) may use keys of its own. Where the app, its routes or the key cannot be told, or a
library holds the dependency, nothing is said.
"""

from __future__ import annotations

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL208",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/testing-dependencies/",
)
