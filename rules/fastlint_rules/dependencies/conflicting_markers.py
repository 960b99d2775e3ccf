"""A parameter has two markers (`Depends`, `Query`, ...), and FastAPI takes one of them.

Of several in `Annotated`, FastAPI takes the last and says nothing. A marker in `Annotated` and another as
the default do not go together: the app does not start, except that a `Depends` in `Annotated` ignores a
default that is none.

## Why

`Annotated[str, Depends(get_user), Query()]` is a query parameter. `get_user` never runs, and
`?user=admin` is all that it takes to be the admin. So it is where an alias brings the `Depends`
(`Annotated[CurrentUser, Query()]`). Of two `Depends` only the last runs: in
`Annotated[CurrentUser, Depends(require_admin)]` nobody is authenticated unless `require_admin` does it. And
a `Query(le=100)` before a `Depends` limits nothing.

## Bad

```python
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import OAuth2PasswordBearer

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


def get_user_name(token: Annotated[str, Depends(oauth2_scheme)]) -> str:
    if token != "ada-token":
        raise HTTPException(401)
    return "ada"


app = FastAPI()


@app.get("/orders")
def read_orders(user: Annotated[str, Depends(get_user_name), Query(description="The buyer")]) -> str:
    return f"the orders of {user}"
```

## Good

```python
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import OAuth2PasswordBearer

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


def get_user_name(token: Annotated[str, Depends(oauth2_scheme)]) -> str:
    if token != "ada-token":
        raise HTTPException(401)
    return "ada"


app = FastAPI()


@app.get("/orders")
def read_orders(user: Annotated[str, Depends(get_user_name)]) -> str:
    return f"the orders of {user}"
```

## When it is fine

Markers of one kind are merged: `Annotated[PageSize, Query(description="Rows")]` keeps the limits of
`PageSize`. A `Depends` may replace that of an alias where the alias's dependency runs anyway, because the
other one depends on it, or where it guards nothing (`Annotated[SessionDep, Depends(get_other_session)]`). A
dependency may take the type of a query parameter with its limits: `Annotated[PageSize, Depends(cap)]`.
Pydantic's `Field` and whatever else stands in `Annotated` is no marker.

The fix that keeps the `Depends` is unsafe: the dependency runs, and may reject requests that it did not
see. A default that FastAPI ignores, or that is the same `Depends` once more, is dropped safely where no
other code calls the function without that argument.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    FixRequest,
    Injection,
    MarkedSignature,
    Marker,
    MarkerConflict,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
)
from fastlint_rules.dependencies._annotating import breaks_a_call, doubt, rewritten
from fastlint_rules.dependencies._words import dependency_name

rule = Rule(
    __name__,
    code="FL216",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://github.com/fastapi/fastapi/blob/master/fastapi/dependencies/utils.py",
)


@rule.on(MarkerConflict)
def check(conflict: MarkerConflict, project: Project) -> Iterator[Diagnostic]:
    is_elsewhere = not conflict.parameter.is_written_in(conflict.taken.written)
    name = conflict.parameter.name
    yield rule.report(
        conflict,
        _message(conflict),
        help=_help(conflict),
        trace=[Step(f"`{name}` is annotated with it", conflict.parameter.place)] if is_elsewhere else (),
        fix=_fix(conflict),
    )


@rule.fix("Keep the `Depends`", Safety.UNSAFE)
def keep_the_dependency(annotated: cst.Subscript, edit: Edit) -> cst.BaseExpression:
    position = int(edit.params["drop"])
    if position >= len(annotated.slice):
        raise edit.refuse("the marker is not written there")
    kept = [each for at, each in enumerate(annotated.slice) if at != position]
    if len(kept) == 1 and isinstance(kept[0].slice, cst.Index):
        return kept[0].slice.value
    last = kept[-1].with_changes(comma=annotated.slice[-1].comma)
    return annotated.with_changes(slice=[*kept[:-1], last])


@rule.fix("Drop the default", Safety.SAFE)
def drop_the_default(name: cst.Name, edit: Edit) -> cst.Name:
    function = next(edit.ancestors(name))
    if not isinstance(function, cst.FunctionDef):
        raise edit.refuse("the parameters are not written there")

    def without_default(each: cst.Param) -> cst.Param:
        if each.name.value != edit.params["name"]:
            return each
        return each.with_changes(default=None, equal=cst.MaybeSentinel.DEFAULT)

    edit.replace(function.params, rewritten(function.params, without_default, edit))
    return name


def _message(conflict: MarkerConflict) -> str:
    lost, taken = _words(conflict.lost), _words(conflict.taken)
    if conflict.is_refused:
        return f"{taken} in `Annotated` and {lost} as the default: FastAPI refuses to start the app"
    if conflict.lost.annotated is None:
        return f"{lost} is ignored: {taken} in `Annotated` fills `{conflict.parameter.name}`"
    takes = f"of the markers in `Annotated` FastAPI takes the last, {taken}"
    if not conflict.lost.is_dependency:
        return f"{lost} is ignored: {takes}"
    runs = dependency_name(Injection(conflict.lost.made))
    if conflict.taken.is_dependency:
        return f"`{runs}` never runs: {takes}"
    return f"`{runs}` never runs: {takes}, and the client supplies `{conflict.parameter.name}`"


def _help(conflict: MarkerConflict) -> str:
    lost, taken = conflict.lost, conflict.taken
    if lost.is_dependency and taken.is_dependency and not conflict.is_refused:
        inner = dependency_name(Injection(lost.made))
        return (
            f"let `{dependency_name(Injection(taken.made))}` depend on `{inner}`, or inject each for itself"
        )
    if lost.is_dependency == taken.is_dependency:
        return "keep one of them"
    part = taken.part if lost.is_dependency else lost.part
    return f"keep the `Depends` alone; what is read from the {part} is a parameter of its own"


def _words(marker: Marker) -> str:
    if marker.is_dependency:
        name = marker.made.func.text()
        return f"`{name}({dependency_name(Injection(marker.made))})`"
    return f"`{marker.written.text()}`"


def _fix(conflict: MarkerConflict) -> FixRequest | None:
    annotated = conflict.taken.annotated
    if annotated is None:
        return None
    if conflict.lost.annotated is None:
        return _dropping(conflict)
    is_replaced = conflict.lost.is_dependency and not conflict.taken.is_dependency
    if annotated.is_quoted or conflict.is_refused or not is_replaced:
        return None
    return keep_the_dependency.at(
        annotated,
        reason="the dependency runs, and may reject requests that it did not see",
        drop=str(conflict.taken.position),
    )


def _dropping(conflict: MarkerConflict) -> FixRequest | None:
    """Without the default, where it has no say, or is what FastAPI refuses beside the same in `Annotated`."""
    parameter = conflict.parameter
    signature = MarkedSignature(parameter.function, (parameter,), ())
    is_same = conflict.is_refused and _is_same(conflict.taken, conflict.lost)
    if not (is_same or not conflict.is_refused) or breaks_a_call(signature, [parameter.name]):
        return None
    reason = doubt(signature, [parameter.name])
    return drop_the_default.at(
        signature, safety=Safety.UNSAFE if reason else None, reason=reason, name=parameter.name
    )


def _is_same(one: Marker, other: Marker) -> bool:
    """Whether two markers are one `Depends` of the same, without options."""
    if not one.is_dependency or not other.is_dependency or one.made.keywords or other.made.keywords:
        return False
    targets = Injection(one.made).targets
    is_one_kind = one.made.func.external() == other.made.func.external()
    return bool(targets) and is_one_kind and targets == Injection(other.made).targets
