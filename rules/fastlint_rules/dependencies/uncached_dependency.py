"""A dependency with `use_cache=False` runs again in a request that has its answer already.

FastAPI runs a dependency once a request, for everyone who needs it. `use_cache=False` asks it not to.

## Why

What the dependency reads is read again: `get_user` asks the database for the same user twice, verifies the
same token twice, and every endpoint that has both pays for it. The two may even differ: one half of the
request then works with a user whom the other half has never seen. What it needs itself is still cached, so
that two users are not two sessions.

The name suggests a cache between requests. There is none: each request starts anew, with or without it. Of a
first use it changes nothing at all, as those after it take what that gave.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException

TOKENS = {"secret": "ada"}


def get_name(x_token: Annotated[str, Header()]) -> str:
    if len(x_token) > 64 or x_token not in TOKENS:
        raise HTTPException(401)
    return TOKENS[x_token]


def get_greeting(name: Annotated[str, Depends(get_name)]) -> str:
    return f"Hello {name}"


app = FastAPI()


@app.get("/")
def greet(
    greeting: Annotated[str, Depends(get_greeting)],
    name: Annotated[str, Depends(get_name, use_cache=False)],
) -> str:
    return f"{greeting}, or {name.title()}"
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException

TOKENS = {"secret": "ada"}


def get_name(x_token: Annotated[str, Header()]) -> str:
    if len(x_token) > 64 or x_token not in TOKENS:
        raise HTTPException(401)
    return TOKENS[x_token]


def get_greeting(name: Annotated[str, Depends(get_name)]) -> str:
    return f"Hello {name}"


app = FastAPI()


@app.get("/")
def greet(
    greeting: Annotated[str, Depends(get_greeting)],
    name: Annotated[str, Depends(get_name)],
) -> str:
    return f"{greeting}, or {name.title()}"
```

## When it is fine

Where each use is to have its own: a session or a client, a number from `random` or `uuid`, the time, the next
item of something. A dependency with `yield`, one that counts or writes something, and one of which it is not
known that it gives plain data. `Security` with scopes. A dependency that no request needs twice.

The fix is safe where the dependency does nothing but look at its parameters, and gives text or a number. It
is unsafe where it reads what another dependency of the request could change in between, such as
`request.state`, and where code overrides it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Edit, FixRequest, Project, Rerun, Rule, Safety, Severity, Step, cst
from fastlint_rules._arguments import call_without
from fastlint_rules.dependencies._words import dependency_name

rule = Rule(
    __name__,
    code="FL231",
    severity=Severity.INFO,
    since="0.1.0",
    default=False,
    source="https://fastapi.tiangolo.com/tutorial/dependencies/sub-dependencies/#using-the-same-dependency-multiple-times",
)


@rule.on(Rerun)
def check(rerun: Rerun, project: Project) -> Iterator[Diagnostic]:
    name, path = dependency_name(rerun.injection), rerun.endpoint.route.titled(rerun.endpoint.path)
    yield rule.report(
        rerun,
        f"`{name}` runs {rerun.runs} times for each `{path}`, and gives the same"
        if rerun.runs > 1
        else f"`use_cache=False` changes nothing: `{name}` runs once for each `{path}`",
        help="leave out `use_cache=False`",
        trace=_trace(rerun),
        fix=_fix(rerun),
    )


@rule.fix("Leave out `use_cache=False`", Safety.SAFE)
def leave_out(depends: cst.Call, edit: Edit) -> cst.Call:
    given = [each for each in depends.args if each.keyword is not None and each.keyword.value == "use_cache"]
    if not given:
        raise edit.refuse("it is not written there")
    return call_without(depends, *given)


def _trace(rerun: Rerun) -> Iterator[Step]:
    if rerun.other.place != rerun.place:
        yield Step("the same request needs it here too", rerun.other.place)


def _fix(rerun: Rerun) -> FixRequest | None:
    if rerun.injection.call.is_quoted:
        return None
    reason = rerun.doubt if rerun.runs > 1 else ""
    return leave_out.at(rerun, safety=Safety.UNSAFE if reason else None, reason=reason)
