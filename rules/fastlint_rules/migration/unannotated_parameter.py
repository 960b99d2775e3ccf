"""`Query(...)`, `Body(...)` and the like stand as the default of a parameter, and not in `Annotated`.

`limit: int = Query(10, le=100)` says the same as `limit: Annotated[int, Query(le=100)] = 10` to FastAPI,
and something else to everybody who reads or calls the function.

## Why

To Python the default is the `Query` object, not 10: whoever calls the function as a plain one gets that. A
required parameter (`= Query()`) looks like an optional one, and type checkers do not see that it is missing
in a call. FastAPI's documentation recommends `Annotated` since 0.95.

## Bad

```python
from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/orders")
def read_orders(shop: str = Query(min_length=2), limit: int = Query(10, le=100)) -> str:
    return f"{limit} orders of {shop}"
```

## Good

```python
from typing import Annotated

from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/orders")
def read_orders(
    shop: Annotated[str, Query(min_length=2)],
    limit: Annotated[int, Query(le=100)] = 10,
) -> str:
    return f"{limit} orders of {shop}"
```

## When it is fine

A matter of taste, so that this rule only runs where it is selected. One finding stands for all such
parameters of a function. Parameters without a type, and those with a `default_factory`, are left alone.

The fix keeps the order of the parameters, which is that of the OpenAPI schema. What has no default any more
behind one that has becomes a keyword (`*`), as which FastAPI passes everything. The fix is safe where the
whole project's calls show that nobody passes it otherwise, and is not offered where one would fail, or
where FastAPI could not look up a name in it (`from __future__ import annotations` and a local name).
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    HandlerParameter,
    MarkedSignature,
    Project,
    Rule,
    Safety,
    Severity,
    cst,
    syntax,
)
from fastlint_rules.dependencies._annotating import (
    ANNOTATED,
    annotate,
    breaks_a_call,
    can_be_moved,
    doubt,
    has_text,
)

rule = Rule(
    __name__,
    code="FL911",
    severity=Severity.INFO,
    since="0.1.0",
    default=False,
    requires=ANNOTATED,
    source="https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#advantages-of-annotated",
)


@rule.on(MarkedSignature)
def check(signature: MarkedSignature, project: Project) -> Iterator[Diagnostic]:
    found = tuple(each for each in signature.values if _is_plain(each))
    if not found:
        return
    more = len(found) - 1
    subject = f"`{found[0].name}` and {more} more have" if more else f"`{found[0].name}` has"
    yield rule.report(
        found[0],
        f"{subject} `{_kind(found[0])}` as the default, and not in `Annotated`",
        help=_help(found[0]),
        fix=_fix(signature, found),
    )


@rule.fix("Move it into `Annotated`", Safety.SAFE)
def move_into_annotated(name: cst.Name, edit: Edit) -> cst.Name:
    return annotate(name, edit, keeps_default=True)


def _is_plain(parameter: HandlerParameter) -> bool:
    """Whether a parameter has a type, and as its default a marker that is made there."""
    default = parameter.default
    if default is None or parameter.annotation is None or parameter.metadata or not default.is_call:
        return False
    is_open = default.opaque_keywords or len(default.args) > 1 or not default.func.external()
    return not is_open and "default_factory" not in default.keywords


def _given(parameter: HandlerParameter) -> Expression | None:
    """The default that a marker has; None where the parameter is required."""
    assert parameter.default is not None
    given = parameter.default.argument("default", 0)
    return None if given is None or isinstance(given.node, syntax.Opaque) else given


def _kind(parameter: HandlerParameter) -> str:
    assert parameter.default is not None
    return parameter.default.func.text()


def _help(parameter: HandlerParameter) -> str:
    assert parameter.annotation is not None
    given = _given(parameter)
    value = "" if given is None else f" = {given.text()}"
    return f"`{parameter.name}: Annotated[{parameter.annotation.text()}, {_kind(parameter)}(...)]{value}`"


def _fix(signature: MarkedSignature, parameters: tuple[HandlerParameter, ...]) -> FixRequest | None:
    required = [each.name for each in parameters if _given(each) is None]
    if not all(map(_can_be_moved, parameters)) or breaks_a_call(signature, required):
        return None
    reason = doubt(signature, required)
    return move_into_annotated.at(
        signature,
        safety=Safety.UNSAFE if reason else None,
        reason=reason,
        names=",".join(each.name for each in parameters),
    )


def _can_be_moved(parameter: HandlerParameter) -> bool:
    """Whether FastAPI reads it as it did: a type in quotes would stay text, and a path has no default."""
    annotation, default = parameter.annotation, parameter.default
    if annotation is None or default is None or not can_be_moved(parameter):
        return False
    is_of_path = bool(default.instances("fastapi.params.Path", "fastapi.Path"))
    return not has_text(annotation.node) and not (is_of_path and _given(parameter) is not None)
