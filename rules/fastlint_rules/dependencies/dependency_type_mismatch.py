"""A parameter is annotated with another type than its dependency gives.

FastAPI passes on whatever the dependency gives. The annotation beside `Depends` is checked by nobody: not by
FastAPI, and not by a type checker, to which `Depends` is `Any`.

## Why

`user: Annotated[User, Depends(get_user_id)]` starts, and fails with an `AttributeError` when `user.name` is
read, which is a 500. `session: Session` that gets an `AsyncSession` does not even fail: nobody awaits what
its methods give, so that `session.commit()` commits nothing. And whoever reads the endpoint believes the
annotation, type checkers and editors among them.

It takes little: the wrong one of two functions, `HTTPBearer` in place of `OAuth2PasswordBearer` (which gives
credentials, and not the token), a check that used to return the user and now returns nothing.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI, Header


class User:
    def __init__(self, number: int) -> None:
        self.number = number
        self.name = "ada"


def get_user_id(x_user: Annotated[int, Header()]) -> int:
    return x_user


def get_user(user_id: Annotated[int, Depends(get_user_id)]) -> User:
    return User(user_id)


app = FastAPI()


@app.get("/me")
def read_me(user: Annotated[User, Depends(get_user_id)]) -> str:
    return user.name
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI, Header


class User:
    def __init__(self, number: int) -> None:
        self.number = number
        self.name = "ada"


def get_user_id(x_user: Annotated[int, Header()]) -> int:
    return x_user


def get_user(user_id: Annotated[int, Depends(get_user_id)]) -> User:
    return User(user_id)


app = FastAPI()


@app.get("/me")
def read_me(user: Annotated[User, Depends(get_user)]) -> str:
    return user.name
```

## When it is fine

Whatever may fit: a base class and a class that descends from it, either way round, an abstract class with
which others are registered, a protocol, `Any`, a type variable, an `int` where a `float` is asked for, a
`User | None` for a `User`, as it is `None` only sometimes. A parameter that nothing reads. A dependency that
the app overrides itself, or that only raises `NotImplementedError` until somebody does. It is a warning where
what is done with it works all the same: both are classes of the project and have whatever is read, as a row
and its schema; nothing is read that the annotated type has; it is a `dict` and used as one; or a route only
returns it, for FastAPI to validate.

What a function gives is what its annotation says, and without one what all of its `return`s are seen to give.
Where both differ, and one of them fits, the rule is silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Injection, Misfit, Place, Project, Rule, Severity, Step, misfit
from fastlint_rules.dependencies._words import dependency_name

rule = Rule(
    __name__,
    code="FL220",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#share-annotated-dependencies",
)


@rule.on(Injection)
def check(injection: Injection, project: Project) -> Iterator[Diagnostic]:
    found: dict[Place, tuple[Injection, Misfit]] = {}
    for use in project.dependencies.uses_of(injection):
        each = misfit(use)
        if each is None:
            continue
        place = (
            use.place if each.parameter.is_written_in(use.call) or _is_in_alias(use) else each.parameter.place
        )
        if place not in found or (each.missing and not found[place][1].missing):
            found[place] = use, each
    for place, (use, each) in found.items():
        wanted = _kind(each.wants)
        yield rule.report(
            place,
            f"`{each.parameter.name}` is annotated as {wanted}, but {_gives(use, each)}: {_outcome(each)}",
            help=f"annotate it as `{each.gives}`, or depend on what gives {wanted}",
            trace=[] if each.source is None else [Step(f"it gives {_kind(each.gives)}", each.source)],
            severity=Severity.WARNING if each.is_alike else None,
        )


def _is_in_alias(use: Injection) -> bool:
    """Whether the type stands beside the `Depends`, and not with each parameter."""
    return use.filled is not None and use.filled.default is None


def _gives(use: Injection, found: Misfit) -> str:
    name, given = dependency_name(use), _kind(found.gives)
    return f"gets {given}" if name in (found.gives, "...") else f"`{name}` gives {given}"


def _outcome(found: Misfit) -> str:
    if found.missing:
        return f"`{found.parameter.name}.{found.missing}` raises an `AttributeError`"
    return "neither FastAPI nor a type checker compares them, and it is passed on as it is"


def _kind(name: str) -> str:
    return "nothing" if name == "None" else f"`{name}`"
