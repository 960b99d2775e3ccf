"""A function whose defaults are `Depends(...)` or `Query(...)` is called without those arguments.

Only FastAPI replaces such a default. To Python it is a value like any other: who calls the function as a
plain one and does not pass the argument gets the `Depends` or `Query` object itself.

## Why

`Depends` fails at the first use (`'Depends' object has no attribute 'query'`). `Query`, `Header` and `Body`
fail silently: `archived: bool = Query(False)` is an object, and every object is true. The route that calls
another route answers 200 with the wrong rows, a filter that is `Query(None)` is no `None`, and a limit is
compared with an object.

## Bad

```python
from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/orders")
def read_orders(archived: bool = Query(False)) -> list[str]:
    return ["new", "archived"] if archived else ["new"]


@app.get("/report")
def read_report() -> dict[str, list[str]]:
    return {"orders": read_orders()}
```

## Good

```python
from typing import Annotated

from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/orders")
def read_orders(archived: Annotated[bool, Query()] = False) -> list[str]:
    return ["new", "archived"] if archived else ["new"]


@app.get("/report")
def read_report() -> dict[str, list[str]]:
    return {"orders": read_orders()}
```

Passing the argument does as well. What both routes need is best a function of its own that neither `Depends`
nor `Query` stands in.

## When it is fine

A parameter that is passed, that the function does not read (a guard that the caller's route has too) or sets
itself first, or at which it looks before (`isinstance(archived, bool)`), and `Query(True)`, which is as true
as `True`. A function under a decorator that is not known may be called by that decorator's rules. Of a
`Depends` in a test nothing is said: the test fails, or all that uses it is a mock.

The fix is safe: FastAPI reads `Annotated[bool, Query()] = False` as it read `= Query(False)`. It is offered
where every argument that is missing has a plain default, and does the same for the others of that function.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    MARKERS,
    Diagnostic,
    DirectCall,
    Edit,
    Expression,
    FixRequest,
    HandlerParameter,
    Project,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
    syntax,
)
from fastlint_rules.dependencies._annotating import ANNOTATED, annotate
from fastlint_rules.dependencies._words import function_name

rule = Rule(
    __name__,
    code="FL217",
    severity=Severity.ERROR,
    since="0.1.0",
    source="https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#advantages-of-annotated",
)


@rule.on(DirectCall)
def check(direct: DirectCall, project: Project) -> Iterator[Diagnostic]:
    parameter, *others = direct.unfilled
    more = f" (and so {_listed(others)})" if others else ""
    yield rule.report(
        direct,
        f"only FastAPI fills `{parameter.name}`: in this call it is {_object(parameter)}{more}",
        help=_help(direct),
        trace=[Step(f"`{function_name(direct.function)}` leaves it to FastAPI", parameter.place)],
        fix=_fix(direct, project),
    )


@rule.fix("Move it into `Annotated`, with a default of Python's", Safety.SAFE)
def move_into_annotated(name: cst.Name, edit: Edit) -> cst.Name:
    return annotate(name, edit, keeps_default=True)


def _object(parameter: HandlerParameter) -> str:
    default = parameter.default
    assert default is not None
    if default.instances(*MARKERS):
        return f"the `{_name(default)}` object, not what it injects"
    given = _given(default)
    if given is not None and isinstance(given.node, syntax.Constant) and not given.node.value:
        return f"the `{_name(default)}` object, which is true where `{given.text()}` is not"
    return f"the `{_name(default)}` object, not a value"


def _name(default: Expression) -> str:
    return default.func.text().rpartition(".")[2] if default.is_call else default.text()


def _listed(others: list[HandlerParameter]) -> str:
    names = [f"`{each.name}`" for each in others[:3]]
    rest = len(others) - len(names)
    is_or_are = "is" if len(others) == 1 else "are"
    return f"{is_or_are} {', '.join(names)}{f' and {rest} more' if rest else ''}"


def _help(direct: DirectCall) -> str:
    passed = ", ".join(f"`{each.name}=`" for each in direct.unfilled[:3])
    if _moves(direct):
        return f"pass {passed}, or declare it with `Annotated` and a default of Python's"
    return f"pass {passed}, or call a function that both share"


def _fix(direct: DirectCall, project: Project) -> FixRequest | None:
    first = direct.unfilled[0]
    if not _moves(direct) or not project.holds(ANNOTATED, first.place.path):
        return None
    others = [HandlerParameter(direct.function, each) for each in direct.function.node.parameters]
    names = ",".join(each.name for each in others if each in direct.unfilled or _is_like_them(each))
    return move_into_annotated.at(direct.function, names=names)


def _moves(direct: DirectCall) -> bool:
    """Whether all that is missing has a default that Python can have as well."""
    return all(map(_has_plain_default, direct.unfilled))


def _has_plain_default(parameter: HandlerParameter) -> bool:
    default = parameter.default
    if (
        default is None
        or parameter.annotation is None
        or parameter.metadata
        or parameter.annotation.is_quoted
    ):
        return False
    if not default.is_call or default.instances(*MARKERS) or len(default.args) > 1:
        return False
    return isinstance(getattr(_given(default), "node", None), syntax.Constant)


def _is_like_them(parameter: HandlerParameter) -> bool:
    """Whether it is declared in the old way as well: a signature is not left with both."""
    return parameter.marker is not None and _has_plain_default(parameter)


def _given(default: Expression) -> Expression | None:
    """The default that a `Query(...)` has itself."""
    return default.argument("default", 0) if default.is_call else None
