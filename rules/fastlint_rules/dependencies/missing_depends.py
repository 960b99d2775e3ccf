"""A dependency stands in a signature without `Depends`, so the client supplies its value.

FastAPI only runs what is wrapped in `Depends`. A bare function as a default, in `Annotated` or as the
annotation is a value like any other, and the parameter becomes an ordinary query or body parameter.

## Why

Nothing fails. `user: User = get_current_user` never calls the function: a request without the parameter
gets the function object, and a request that sends `{"name": "mallory", "is_admin": true}` *is* that user.
The same holds for `Annotated[User, get_current_user]`, for an annotation that is the function, for `=
CurrentUser` where `: CurrentUser` was meant, and for `Depends` that is not called. Tests that send no such
parameter pass.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


class User(BaseModel):
    name: str
    is_admin: bool = False


def get_current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> User:
    if token != "ada-token":
        raise HTTPException(401)
    return User(name="ada")


app = FastAPI()


@app.post("/orders")
def create_order(user: User = get_current_user) -> User:
    return user
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


class User(BaseModel):
    name: str
    is_admin: bool = False


def get_current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> User:
    if token != "ada-token":
        raise HTTPException(401)
    return User(name="ada")


app = FastAPI()


@app.post("/orders")
def create_order(user: User = Depends(get_current_user)) -> User:
    return user
```

## When it is fine

A function as a default is ordinary in functions that FastAPI does not call. In a route or a dependency,
constants, enum members, the *result* of a call (`limit: int = default_limit()`) and metadata that wraps a
function (`AfterValidator(strip)`) are fine too.
"""

from __future__ import annotations

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL202",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#declare-the-dependency-in-the-dependant",
)
