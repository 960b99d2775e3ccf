"""OAuth2 scopes are asked for and not checked, or checked and never asked for.

`Security(get_user, scopes=["admin"])` enforces nothing by itself. FastAPI hands the scopes to the dependency,
at any depth below, that takes `SecurityScopes`; that one has to compare them with what the token allows.

## Why

Where nothing below takes `SecurityScopes`, the scope is shown in the docs and every signed-in user gets in.
The other way round, a dependency that goes through `security_scopes.scopes` finds an empty list when every
route depends on it by `Depends`: the loop is not entered, and the check lets every token pass. Scopes of
another dependency of the route, or of its router, do not reach it.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import OAuth2PasswordBearer

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token", scopes={"admin": "Everything"})
tokens = {"ada-token": ["admin"], "bob-token": ["read"]}


def get_scopes(token: Annotated[str, Depends(oauth2_scheme)]) -> list[str]:
    if token not in tokens:
        raise HTTPException(401)
    return tokens[token]


app = FastAPI()


@app.delete("/orders", dependencies=[Security(get_scopes, scopes=["admin"])])
def delete_orders() -> str:
    return "deleted"
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token", scopes={"admin": "Everything"})
tokens = {"ada-token": ["admin"], "bob-token": ["read"]}


def get_scopes(required: SecurityScopes, token: Annotated[str, Depends(oauth2_scheme)]) -> list[str]:
    if token not in tokens:
        raise HTTPException(401)
    if not set(required.scopes).issubset(tokens[token]):
        raise HTTPException(403)
    return tokens[token]


app = FastAPI()


@app.delete("/orders", dependencies=[Security(get_scopes, scopes=["admin"])])
def delete_orders() -> str:
    return "deleted"
```

## When it is fine

A route may use `Depends` with a dependency that checks scopes, and need none; that is reported only where no
`Security` of the whole project leads scopes there. A dependency that has the scope's name in its own code, or
that answers 403, may check it by itself. Security schemes (`Security(oauth2_scheme, scopes=[...])`) show
scopes in the docs. What leads to code that is not here is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, EmptyScopes, Project, Rule, Severity, Step, UncheckedScopes
from fastlint_rules.dependencies._words import dependency_name, function_name

rule = Rule(
    __name__,
    code="FL223",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/advanced/security/oauth2-scopes/#use-securityscopes",
)

MOST_USES = 3


@rule.on(UncheckedScopes)
def check(unchecked: UncheckedScopes, project: Project) -> Iterator[Diagnostic]:
    name = dependency_name(unchecked.use)
    scopes = ", ".join(f"`{each}`" for each in unchecked.scopes)
    yield rule.report(
        unchecked,
        f"nobody checks {scopes}: neither `{name}` nor what it depends on takes `SecurityScopes`",
        help="take `required: SecurityScopes` where the token is read, and raise where it lacks one of "
        "`required.scopes`",
    )


@rule.on(EmptyScopes)
def check_empty(empty: EmptyScopes, project: Project) -> Iterator[Diagnostic]:
    name = dependency_name(empty.uses[0]) if empty.uses else function_name(empty.parameter.function)
    yield rule.report(
        empty,
        f"`{empty.parameter.name}.scopes` is always empty, and its check lets every token pass: no "
        f"`Security(..., scopes=[...])` leads to `{name}`",
        help=f"`Security({name}, scopes=[...])` where a scope is needed, or drop the check",
        trace=[Step("gives no scopes", each.place) for each in empty.uses[:MOST_USES]],
        severity=Severity.WARNING,
    )
