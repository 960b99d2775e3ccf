"""A dependency returns its rejection, and nobody reads what it returns.

A dependency ends the request by raising. What it returns is the value of a parameter: in a list of
`dependencies`, or for a parameter that the body does not use, it is thrown away.

## Why

The route runs as if the check had passed. `return HTTPException(401)`, `return JSONResponse(..., 401)`,
`return RedirectResponse("/login")` and `return False` all answer 200 with the protected content: FastAPI
sends the response that the *route* returns, never one that a dependency returned.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException


def verify_key(x_api_key: Annotated[str, Header()] = "") -> None:
    if x_api_key != "s3cret":
        return HTTPException(401, "invalid API key")


app = FastAPI()


@app.get("/reports", dependencies=[Depends(verify_key)])
def read_reports() -> list[str]:
    return ["revenue"]
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException


def verify_key(x_api_key: Annotated[str, Header()] = "") -> None:
    if x_api_key != "s3cret":
        raise HTTPException(401, "invalid API key")


app = FastAPI()


@app.get("/reports", dependencies=[Depends(verify_key)])
def read_reports() -> list[str]:
    return ["revenue"]
```

For a redirect, raise an exception of your own and turn it into `RedirectResponse` in an exception handler,
or raise `HTTPException(303, headers={"Location": "/login"})`.

## When it is fine

A route that reads the value and acts on it (`if not allowed: raise ...`, `if isinstance(user, Response):
return user`). A dependency that raises its rejections may return `False` for something else. A function
that is no dependency may build an exception and return it to whoever raises it.
"""

from __future__ import annotations

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL205",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-in-path-operation-decorators/",
)
