"""An `Annotated` alias with `Depends` stands inside a union, where FastAPI does not see it.

FastAPI reads the metadata of the outermost `Annotated` only. In `CurrentUser | None` the outermost type is
the union, so the `Depends` in the alias is not found and the parameter becomes a body or query parameter.

## Why

The dependency never runs: authentication is off, and no error says so. A request without a body gets
`None`, which looks like the optional login that was meant. A request that brings a body is whoever the body
says: `{"name": "mallory", "is_admin": true}` arrives as the current user. `Optional[CurrentUser]` and
`Union[CurrentUser, None]` do the same, with or without `= None`.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)


class User(BaseModel):
    name: str
    is_admin: bool = False


def get_current_user(token: Annotated[str | None, Depends(oauth2_scheme)]) -> User | None:
    return User(name="ada") if token == "ada-token" else None


CurrentUser = Annotated[User | None, Depends(get_current_user)]

app = FastAPI()


@app.post("/whoami")
def whoami(user: CurrentUser | None) -> User | None:
    return user
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)


class User(BaseModel):
    name: str
    is_admin: bool = False


def get_current_user(token: Annotated[str | None, Depends(oauth2_scheme)]) -> User | None:
    return User(name="ada") if token == "ada-token" else None


CurrentUser = Annotated[User | None, Depends(get_current_user)]

app = FastAPI()


@app.post("/whoami")
def whoami(user: CurrentUser) -> User | None:
    return user
```

Where the alias's dependency rejects the anonymous, write a second one that returns `None` for them:
`OptionalUser = Annotated[User | None, Depends(get_optional_user)]`.

## When it is fine

`user: CurrentUser = None` runs the dependency and ignores the default. A union inside a parameter's own
marker (`Annotated[CurrentUser | None, Depends(get_optional_user)]`) runs that marker. Aliases of `Query`,
`Header` and the like describe a request parameter either way, and a function that FastAPI does not call may
take what it likes.
"""

from __future__ import annotations

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL203",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#share-annotated-dependencies",
)
