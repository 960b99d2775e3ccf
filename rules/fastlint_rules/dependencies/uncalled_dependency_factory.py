"""A class or factory that makes the dependency is handed to `Depends` without being called.

FastAPI calls what it is given. Given `HTTPBearer`, it makes an `HTTPBearer` for every request and never
asks it anything; given `require_role`, it makes the checking function and never runs it.

## Why

The check does not happen and the route answers everybody. Where the constructor needs an argument, it
becomes a query parameter: `Depends(RoleChecker)` answers 422 until somebody adds `?role=x` and is let in,
and `Depends(OAuth2PasswordBearer)` opens with `?tokenUrl=x`. The OpenAPI schema shows no lock, which few
read.

## Bad

```python
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

app = FastAPI()


@app.get("/reports", dependencies=[Depends(HTTPBearer)])
def read_reports() -> list[str]:
    return ["revenue"]
```

## Good

```python
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

app = FastAPI()


@app.get("/reports", dependencies=[Depends(HTTPBearer())])
def read_reports() -> list[str]:
    return ["revenue"]
```

## When it is fine

A class whose constructor is the work is a dependency as it stands: `Depends(Pagination)`,
`Depends(OAuth2PasswordRequestForm)`. So is a class with `__call__`, or a function that returns a function,
where the route uses what it gets: it calls it, hands it on or is annotated with `Callable`.
"""

from __future__ import annotations

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL204",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/advanced-dependencies/#use-the-instance-as-a-dependency",
)
