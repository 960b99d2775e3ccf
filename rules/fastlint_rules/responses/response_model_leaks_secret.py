"""A response model carries a password, its hash, or another secret to the client.

The schema of the response, with what it inherits, nests and takes as a parameter, has a field that is a
secret by its name and text by its type. FastAPI sends every field of the response model.

## Why

The usual way in is a base class: `UserOut(UserIn)` says "the user and an id", and is the password as well.
It answers 200, the documentation shows the field, and no test looks for what should be absent. The same
happens one level down (`Order.customer`, `Page[UserInDB]`) and in a union: `UserOut | UserInDB` is sent as
the class that the value has, with everything in it. A field of type `Any` or `dict`, a generic without its
parameter and `extra="allow"` filter nothing either, so a secret that is put into them gets out.

## Bad

```python
from fastapi import FastAPI
from pydantic import BaseModel


class UserIn(BaseModel):
    name: str
    password: str


class UserOut(UserIn):
    id: int


app = FastAPI()


@app.post("/users", response_model=UserOut)
def create_user(user: UserIn):
    return {"id": 1, **user.model_dump()}
```

## Good

```python
from fastapi import FastAPI
from pydantic import BaseModel


class UserBase(BaseModel):
    name: str


class UserIn(UserBase):
    password: str


class UserOut(UserBase):
    id: int


app = FastAPI()


@app.post("/users", response_model=UserOut)
def create_user(user: UserIn):
    return {"id": 1, **user.model_dump()}
```

## When it is fine

- In a request body, where the password belongs.
- A route that returns an object of a subclass while its model is the harmless base: FastAPI filters by the
  model, also in lists and nested fields.
- `SecretStr` (sent as asterisks), `Field(exclude=True)`, private attributes, a field serializer that masks
  it, `response_model_exclude` or `response_model_include` that leave it out.
- A field that is about a secret and not one: `has_password: bool`, `password_changed_at: datetime`,
  `token_count: int`.
- The answer of a token endpoint (`access_token`), a page token, a CSRF token: they are there for the
  client.
- A secret that the server has just made and shows once: API keys, client secrets and tokens in the response
  of a `POST`. A password or its hash is reported there too.
"""

from __future__ import annotations

from fastlint.api import Rule, Severity

rule = Rule(
    __name__,
    code="FL401",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/response-model/#return-the-same-input-data",
)
