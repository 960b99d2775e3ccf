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
`Header` and the like describe a request parameter either way, and a function or dataclass that FastAPI does
not call may take what it likes.

There is a fix where the alias's dependency says that it may return `None`. It is unsafe: what the client
sends in its place today is not read any more, and a dependency that can reject a client who sends nothing (a
security scheme with `auto_error=True`, a header without a default, a `raise`) costs the route its anonymous
callers.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    Handler,
    HandlerParameter,
    Injection,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    TypeForm,
    allows_none,
    cst,
    hidden_injections,
    may_reject,
    syntax,
    union_parts,
)
from fastlint_rules.dependencies._words import class_name

rule = Rule(
    __name__,
    code="FL203",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#share-annotated-dependencies",
)


@rule.on(Handler)
def check(handler: Handler, project: Project) -> Iterator[Diagnostic]:
    for parameter in handler.parameters:
        if parameter.annotation is None or parameter.is_for_fastapi:
            continue
        for part, injection in hidden_injections(parameter.annotation):
            yield _report(parameter, parameter.annotation, part, injection)


def _report(
    parameter: HandlerParameter, annotation: Expression, part: Expression, injection: Injection
) -> Diagnostic:
    runs = _name(part, injection)
    return rule.report(
        parameter,
        f"FastAPI sees no `Depends` inside a union: `{runs}` never runs, and the client supplies "
        f"`{parameter.name}`",
        help=_help(parameter, part, injection),
        trace=[
            *_aliases(annotation),
            Step(f"`{part.text()}` is injected by this `{injection.call.func.text()}`", injection.place),
        ],
        fix=_fix(annotation, part, injection),
    )


def _name(part: Expression, injection: Injection) -> str:
    """What `Depends(load)` calls, or the class that `Depends()` makes."""
    if injection.argument is not None:
        return injection.argument.text()
    made = part.project.inference.annotations.annotated(part)
    return class_name(made[0]) if len(made) == 1 else "the dependency"


def _aliases(annotation: Expression) -> Iterator[Step]:
    """Where the union is written, when that is not the signature."""
    value = annotation.value() if isinstance(annotation.node, syntax.Ref) else None
    if isinstance(value, TypeForm):
        yield Step(f"`{annotation.text()}` is this union", value.expression.place)
        yield from _aliases(value.expression)


@rule.fix("Use the alias alone", Safety.UNSAFE)
def alias_alone(annotation: cst.BaseExpression, edit: Edit) -> cst.BaseExpression:
    node = annotation
    for step in edit.params["path"].split("."):
        inner = _members(node)
        if int(step) >= len(inner):
            raise edit.refuse("the union is not written as its type is read")
        node = inner[int(step)]
    return node


def _members(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What stands directly in `A | B` or `Union[A, B]`."""
    if isinstance(node, cst.BinaryOperation):
        return [node.left, node.right]
    if isinstance(node, cst.Subscript):
        return [each.slice.value for each in node.slice if isinstance(each.slice, cst.Index)]
    return []


def _help(parameter: HandlerParameter, part: Expression, injection: Injection) -> str:
    if _gives_none(injection):
        return f"`{parameter.name}: {part.text()}`, which may be `None` already"
    return "write a second dependency that returns `None` instead of raising, and annotate with that"


def _fix(annotation: Expression, part: Expression, injection: Injection) -> FixRequest | None:
    """Where the dependency gives `None` itself, and the union stands in the signature as code."""
    others = [each for each in union_parts(annotation) if each != part]
    path = _path(annotation.node, part.node)
    if not path or not _gives_none(injection) or not all(map(_is_none, others)):
        return None
    way = ".".join(map(str, path))
    if may_reject(injection):
        reason = "the dependency may reject a client who sends nothing"
        return alias_alone.at(annotation, reason=reason, path=way)
    return alias_alone.at(annotation, reason="the client does not supply it any more", path=way)


def _path(node: syntax.Expr, part: syntax.Expr) -> list[int] | None:
    """The way from a union as it is written to one of its members, as positions; None where there is none."""
    if node is part:
        return []
    for position, inner in enumerate(_written(node)):
        rest = _path(inner, part)
        if rest is not None:
            return [position, *rest]
    return None


def _written(node: syntax.Expr) -> tuple[syntax.Expr, ...]:
    match node:
        case syntax.Operation(operator="|"):
            return node.operands
        case syntax.Subscript():
            return node.index.items if isinstance(node.index, syntax.Collection) else (node.index,)
        case _:
            return ()


def _gives_none(injection: Injection) -> bool:
    returned = [handler.returns for handler in injection.handlers()]
    return bool(returned) and all(each is not None and allows_none(each) for each in returned)


def _is_none(part: Expression) -> bool:
    return isinstance(part.node, syntax.Constant) and part.node.value is None
