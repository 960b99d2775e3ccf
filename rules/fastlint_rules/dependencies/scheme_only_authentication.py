"""A security scheme is a route's only guard: it asks for a token, and nobody checks the token.

`OAuth2PasswordBearer`, `HTTPBearer`, `APIKeyHeader` and the like take the credentials out of the request and
hand them on. Whether they are valid is for a dependency to find out that gets them.

## Why

The docs show a lock, requests without a token are refused, and so the route looks safe. But
`Authorization: Bearer x` gets in, and so does `X-API-Key: x`. With `auto_error=False` not even that is asked
for.

## Bad

```python
from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")

app = FastAPI()


@app.get("/reports", dependencies=[Depends(oauth2_scheme)])
def read_reports() -> list[str]:
    return ["revenue"]
```

## Good

```python
import secrets
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")
sessions = {secrets.token_urlsafe(): "ada"}


def get_user_name(token: Annotated[str, Depends(oauth2_scheme)]) -> str:
    if token not in sessions:
        raise HTTPException(401)
    return sessions[token]


app = FastAPI()


@app.get("/reports", dependencies=[Depends(get_user_name)])
def read_reports() -> list[str]:
    return ["revenue"]
```

## When it is fine

Where a proxy in front of the app checks the token, and the scheme is there for the docs: say so in a comment
(`# fastlint: ignore[scheme-only-authentication] the gateway checks it`). Nothing is said where the handler or
a dependency reads what the scheme gives, whatever it does with it, where anything else guards the route or
may (another dependency, middleware, a decorator, code that reads the request's credentials), and where that
cannot be followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Project, Rule, Severity, Step, UncheckedScheme

rule = Rule(
    __name__,
    code="FL206",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/security/first-steps/#what-it-does",
)

ASKED_FOR = {"HTTPBasic": "name and password", "HTTPDigest": "credentials"}
MOST_ROUTES = 3


@rule.on(UncheckedScheme)
def check(unchecked: UncheckedScheme, project: Project) -> Iterator[Diagnostic]:
    argument = unchecked.use.argument
    name = unchecked.kind if argument is None else argument.text()
    yield rule.report(
        unchecked,
        f"`{name}` is all that guards {_routes(unchecked)}, and {_who_passes(unchecked)}",
        help="depend on a function that takes what it gives, checks it and raises 401",
        trace=_trace(unchecked),
    )


def _who_passes(unchecked: UncheckedScheme) -> str:
    if unchecked.is_optional:
        return "with `auto_error=False` it lets everybody pass"
    asked = ASKED_FOR.get(unchecked.kind) or ("key" if unchecked.kind.startswith("APIKey") else "token")
    return f"nobody looks at what it gives: any {asked} passes"


def _routes(unchecked: UncheckedScheme) -> str:
    first, *others = unchecked.endpoints
    listed = unchecked.use.listed
    if others or listed is None or listed.node is first.route.site.node:
        return f"{len(others) + 1} routes" if others else "this route"
    return f"`{'/'.join(first.methods)} {first.path}`"


def _trace(unchecked: UncheckedScheme) -> list[Step]:
    found = unchecked.endpoints
    steps = [
        Step(f"{'/'.join(each.methods)} {each.path} has no other guard".lstrip(), each.route.function.place)
        for each in found[:MOST_ROUTES]
    ]
    rest = len(found) - len(steps)
    if rest:
        steps.append(Step(f"and {rest} more", found[MOST_ROUTES].route.function.place))
    return steps
