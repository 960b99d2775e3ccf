"""A response model carries a password, its hash, or another secret to the client.

The schema of the response, with what it inherits, nests and takes as a parameter, has a field that is a
secret by its name and text by its type. FastAPI sends every field of the response model.

## Why

The usual way in is a base class: `UserOut(UserIn)` says "the user and an id", and is the password as well.
It answers 200, the documentation shows the field, and no test looks for what should be absent. The same
happens one level down (`Order.customer`, `Page[UserInDB]`) and in a union: `UserOut | UserInDB` is sent as
the class that the value has, with everything in it. A field of type `Any` or `dict`, a generic without its
parameter and `extra="allow"` filter nothing either, so a secret that is put into them gets out. So does
everything where there is no response model: `response_model=None`, or neither it nor a return annotation. And
`response_model_exclude={"password"}` leaves nothing out of a list: that takes `{"__all__": {"password"}}`.

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
  it, a `ClassVar` in a subclass, `response_model_exclude` or `response_model_include` that leave it out.
- A field that the code takes out or overwrites before it returns the object or its dict:
  `found.pop("password")`, `del`, `found["password"] = "***"`, `user.password = ""`.
- A field that is about a secret and not one: `has_password: bool`, `password_changed_at: datetime`,
  `token_count: int`.
- The answer of a token endpoint (`access_token`), a page token, a CSRF token: they are there for the
  client. So is an API key that its owner may look up: keys of that name are not judged.
- A secret that the server has just made and shows once: client secrets, seeds and reset tokens in the
  response of a `POST`, or of whatever rotates, resets or regenerates one; a `new_password`. A `POST` that
  only creates a user must not answer with the password, and nothing with its hash.
- A secret that the path asks for (`/hooks/{id}/secret`) or that the client has sent in it
  (`/checkouts/{client_secret}`). A `client_secret` without a `client_id` beside it is the public token of a
  payment.
- A value that passes through something that says it masks or redacts (`mask(found)`,
  `read(apply_mask=True)`), and a form that the handler refuses when it has a password.
- What an administrator has configured, on a route whose path or dependencies are named after administrators:
  the password of a mail server, a client secret. A user's password or its hash is reported there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fastlint.api import Diagnostic, Project, Route, Rule, Severity, Way
from fastlint_rules.responses._secrets import (
    is_hash,
    is_named_by,
    is_password,
    is_public,
    is_secret,
    makes,
)

rule = Rule(
    __name__,
    code="FL401",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/response-model/#return-the-same-input-data",
)


ADMINISTRATOR = re.compile(r"admin|superuser|staff", re.IGNORECASE)


@rule.on(Route)
def check(route: Route, project: Project) -> Iterator[Diagnostic]:
    leaks = {way.path: way for way in project.schemas.sent(route, lambda way: _is_leak(way, route))}
    if not leaks:
        return
    leak = next(iter(leaks.values()))
    yield rule.report(
        leak.carried.at.place if leak.carried and route.is_unfiltered else route.response_place,
        f"{_cause(leak, route)}`{leak.path}`{_origin(leak)} is sent to the client{_others(len(leaks) - 1)}",
        help=_help(leak),
        trace=leak.trace,
    )


def _is_leak(way: Way, route: Route) -> bool:
    """A user's password always is, but a new one; what was just made, what was asked for by its name, and
    what administrators configure, they may see."""
    is_reading = not route.methods or "GET" in route.methods
    if is_password(way.field):
        return is_reading or is_hash(way.field) or not _makes(route)
    is_deliberate = way.carried is not None and way.carried.is_single
    if not is_secret(way.field) or is_deliberate or route.methods == frozenset(["POST"]):
        return False
    if is_public(way.field, way.beside) or (not is_reading and _makes(route)):
        return False
    if any(is_named_by(path, way.field) for path in (*route.paths, route.path or "")):
        return False
    return not any(ADMINISTRATOR.search(name) for name in (*route.paths, *route.guards))


def _makes(route: Route) -> bool:
    """Whether a route says that it hands out a new secret."""
    return makes(route.function.name) or makes((route.path or "").rpartition("/")[2])


def _cause(leak: Way, route: Route) -> str:
    if leak.carried is None:
        return ""
    if route.is_unfiltered:
        return "no response model filters what is returned: "
    holder = f"`{leak.carried.holder}`" if leak.carried.holder else "the response model"
    return f"{holder} filters nothing: "


def _origin(leak: Way) -> str:
    return f", inherited from `{leak.owner}`," if leak.is_inherited else ""


def _others(count: int) -> str:
    return f", and {count} other secret{'s' if count > 1 else ''}" if count else ""


def _help(leak: Way) -> str:
    name = leak.field.name
    if leak.carried is not None:
        return f"declare a response model without `{name}`: FastAPI sends what the model has, no more"
    if leak.is_inherited:
        return f"let `{leak.holder}` inherit from a model without `{name}`"
    return f"use a model without `{name}` instead of `{leak.holder}`"
