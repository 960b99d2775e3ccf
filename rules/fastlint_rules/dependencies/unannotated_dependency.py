"""A dependency is declared as a default: `= Depends(...)`, and not in `Annotated`.

`user: User = Depends(get_user)` says the same as `user: Annotated[User, Depends(get_user)]` to FastAPI, and
something else to everybody who reads or calls the function.

## Why

To Python, and to type checkers, the parameter has a default that is no `User`. Whoever calls the function
without it gets the `Depends` object, and the error comes up somewhere else. An `Annotated` can have a name
and be used again (`CurrentUser = Annotated[User, Depends(get_user)]`), and required parameters may come
after it. FastAPI's documentation recommends it since 0.95.

## Bad

```python
from fastapi import Depends, FastAPI

app = FastAPI()


def get_user() -> str:
    return "ada"


@app.get("/")
def read_root(greeting: str = "hello", user: str = Depends(get_user)) -> str:
    return f"{greeting} {user}"
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def get_user() -> str:
    return "ada"


@app.get("/")
def read_root(greeting: str = "hello", *, user: Annotated[str, Depends(get_user)]) -> str:
    return f"{greeting} {user}"
```

## When it is fine

A matter of taste, so that this rule only runs where it is selected. One finding stands for all such
parameters of a function. A parameter without a type gets that which its dependency is written to return;
where that cannot be told, or has to be imported, the fix writes `Any`, and is unsafe.

The fix keeps the order of the parameters, in which FastAPI runs the dependencies. What has no default any
more behind one that has becomes a keyword (`*`), as which FastAPI passes everything. The fix is safe where
the whole project's calls show that nobody passes it otherwise, and is not offered where one would fail.
With `from __future__ import annotations`, FastAPI looks the names up in the module: it is not offered for
local ones, and not safe where the argument is made on the spot (`Depends(Allow("admin"))`), because every
route gets its own then.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    FixRequest,
    HandlerParameter,
    MarkedSignature,
    Project,
    Rule,
    Safety,
    Severity,
    cst,
    is_evaluable,
    syntax,
)
from fastlint_rules.dependencies._annotating import (
    ANNOTATED,
    annotate,
    breaks_a_call,
    can_be_moved,
    doubt,
    has_text,
    is_made_anew,
)

rule = Rule(
    __name__,
    code="FL227",
    severity=Severity.INFO,
    since="0.1.0",
    default=False,
    requires=ANNOTATED,
    source="https://fastapi.tiangolo.com/tutorial/dependencies/#share-annotated-dependencies",
)


@rule.on(MarkedSignature)
def check(signature: MarkedSignature, project: Project) -> Iterator[Diagnostic]:
    plain = tuple(each for each in signature.dependencies if not each.metadata)
    if plain:
        yield rule.report(plain[0], _message(plain), help=_help(plain[0]), fix=_fix(signature, plain))


@rule.fix("Move it into `Annotated`", Safety.SAFE)
def move_into_annotated(name: cst.Name, edit: Edit) -> cst.Name:
    return annotate(name, edit, keeps_default=False)


def _message(parameters: tuple[HandlerParameter, ...]) -> str:
    names = [f"`{each.name}`" for each in parameters]
    if len(names) > 3:
        names = [*names[:2], f"{len(names) - 2} more"]
    subject = f"{', '.join(names[:-1])} and {names[-1]} are" if len(names) > 1 else f"{names[0]} is"
    return f"{subject} declared as a default, and not in `Annotated`"


def _help(parameter: HandlerParameter) -> str:
    assert parameter.default is not None
    kind, default = _kind(parameter), parameter.default.text()
    if not kind:
        return f"`{parameter.name}: Annotated[..., {default}]`, with the type of what that gives"
    return f"`{parameter.name}: Annotated[{kind}, {default}]`"


def _kind(parameter: HandlerParameter) -> str:
    """The type of a parameter; where it has none, that of what the dependency is written to return."""
    if parameter.annotation is not None:
        return parameter.annotation.text()
    injection = parameter.injection
    handlers = tuple(injection.handlers()) if injection is not None and injection.is_whole else ()
    handler = handlers[0] if len(handlers) == 1 else None
    returns = None if handler is None or handler.scope.node.is_generator else handler.returns
    if returns is None or returns.is_quoted or not isinstance(returns.node, syntax.Ref):
        return ""
    is_known = (returns.external() or "").startswith("builtins.") or (
        returns.place.path == parameter.place.path and is_evaluable(returns, parameter.function)
    )
    return returns.text() if is_known else ""


def _fix(signature: MarkedSignature, parameters: tuple[HandlerParameter, ...]) -> FixRequest | None:
    names = [each.name for each in parameters]
    if not all(map(_can_be_moved, parameters)) or breaks_a_call(signature, names):
        return None
    kinds = {each.name: _kind(each) for each in parameters if each.annotation is None}
    types = [f"{name}={kind}" for name, kind in kinds.items() if kind]
    reason = doubt(signature, names)
    untyped = next((name for name, kind in kinds.items() if not kind), None)
    if untyped is not None:
        reason = reason or f"it writes `Any` for `{untyped}`, of which no type is known"
    if any(map(is_made_anew, parameters)):
        reason = "what `Depends` is given there is made anew for every route"
    return move_into_annotated.at(
        signature,
        safety=Safety.UNSAFE if reason else None,
        reason=reason,
        names=",".join(names),
        types=",".join(types),
    )


def _can_be_moved(parameter: HandlerParameter) -> bool:
    default, annotation = parameter.default, parameter.annotation
    if default is None or not can_be_moved(parameter):
        return False
    if not default.is_call or default.argument("dependency", 0) is not None:
        return True
    # `Depends()` calls the type itself, which has to be there then, and is not in quotes
    return annotation is not None and not has_text(annotation.node)
