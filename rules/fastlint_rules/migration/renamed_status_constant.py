"""A status constant has another name since Starlette 0.48, and the old one warns.

The names follow RFC 9110 now: what the server cannot process is *content*, no longer an *entity*.

## Why

Each use of an old name is a deprecation warning, once an import and once a request, and a test suite that
takes warnings for errors stops there. Starlette removes such names: the two websocket constants that were
renamed earlier are an `AttributeError` by now, at import where they stand in a decorator, and on the day of
the error where they do not.

| old | new | |
|---|---|---|
| `HTTP_413_REQUEST_ENTITY_TOO_LARGE` | `HTTP_413_CONTENT_TOO_LARGE` | Starlette 0.48 |
| `HTTP_414_REQUEST_URI_TOO_LONG` | `HTTP_414_URI_TOO_LONG` | Starlette 0.48 |
| `HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE` | `HTTP_416_RANGE_NOT_SATISFIABLE` | Starlette 0.48 |
| `HTTP_422_UNPROCESSABLE_ENTITY` | `HTTP_422_UNPROCESSABLE_CONTENT` | Starlette 0.48 |
| `WS_1004_NO_STATUS_RCVD` | `WS_1005_NO_STATUS_RCVD` | gone in Starlette 0.46 |
| `WS_1005_ABNORMAL_CLOSURE` | `WS_1006_ABNORMAL_CLOSURE` | gone in Starlette 0.46 |

## Bad

```python
from fastapi import FastAPI, HTTPException, status

app = FastAPI()


@app.get("/orders/{quantity}")
def order(quantity: int) -> int:
    if quantity < 1:
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_ENTITY, "order at least one")
    return quantity
```

## Good

```python
from fastapi import FastAPI, HTTPException, status

app = FastAPI()


@app.get("/orders/{quantity}")
def order(quantity: int) -> int:
    if quantity < 1:
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, "order at least one")
    return quantity
```

## When it is fine

In a project that may run an older Starlette, which does not have the new names: there it is silent. FastAPI
says which Starlette comes with it, so that a pinned FastAPI is enough to tell.

The fix is safe, but for the websocket constants where their old names still work: the number changes too.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    ImportedName,
    Place,
    Project,
    Rule,
    Safety,
    Severity,
    cst,
    import_behind,
    imports_of,
    uses_of,
)

rule = Rule(
    __name__,
    code="FL903",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://starlette.dev/release-notes/#0480-september-13-2025",
)

MODULES = ("fastapi.status", "starlette.status")
ANSWERS = {
    "HTTP_413_REQUEST_ENTITY_TOO_LARGE": "HTTP_413_CONTENT_TOO_LARGE",
    "HTTP_414_REQUEST_URI_TOO_LONG": "HTTP_414_URI_TOO_LONG",
    "HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE": "HTTP_416_RANGE_NOT_SATISFIABLE",
    "HTTP_422_UNPROCESSABLE_ENTITY": "HTTP_422_UNPROCESSABLE_CONTENT",
}
CLOSURES = {
    "WS_1004_NO_STATUS_RCVD": "WS_1005_NO_STATUS_RCVD",
    "WS_1005_ABNORMAL_CLOSURE": "WS_1006_ABNORMAL_CLOSURE",
}
RENAMED = {**ANSWERS, **CLOSURES}
NAMES = tuple(f"{module}.{name}" for module in MODULES for name in RENAMED)


@rule.on(Project)
def check(project: Project, _: Project) -> Iterator[Diagnostic]:
    for use in uses_of(project, *NAMES):
        name, imported = use.external().rpartition(".")[2], import_behind(use)
        is_of_module = use.owner is not None and use.owner.external() in MODULES
        if imported is not None or is_of_module:  # else another module of the project takes it, and is told
            yield from _report(project, use.place, name, _fix(use, name, imported, project))
    for imported in imports_of(project, *NAMES):
        if not imported.is_used:
            yield from _report(project, imported.place, imported.name, None)


@rule.fix("Use its new name", Safety.SAFE, needs="starlette>=0.48")
def rename(used: cst.Attribute | cst.Name, edit: Edit) -> cst.BaseExpression:
    new = edit.params["new"]
    if isinstance(used, cst.Attribute):
        return used.with_changes(attr=cst.Name(new))
    module = edit.params["module"]
    edit.drop_import_if_unused(f"{module}.{edit.params['old']}")
    return edit.name(f"{module}.{new}")


def _report(project: Project, place: Place, name: str, fix: FixRequest | None) -> Iterator[Diagnostic]:
    new = RENAMED[name]
    if name in ANSWERS and project.holds("starlette>=0.48", place.path):
        said, severity = f"`{name}` is deprecated: each use of it warns", Severity.WARNING
    elif name in CLOSURES and project.holds("starlette>=0.46", place.path):
        said, severity = f"`{name}` is no more: Starlette has removed it", Severity.ERROR
    elif name in CLOSURES and project.holds("starlette>=0.27", place.path):
        said, severity = f"`{name}` is deprecated, and has the wrong number", Severity.WARNING
    else:
        return
    yield rule.report(place, said, help=f"its name is `{new}`", fix=fix, severity=severity)


def _fix(use: Expression, name: str, imported: ImportedName | None, project: Project) -> FixRequest:
    still_works = name in CLOSURES and not project.holds("starlette>=0.46", use.place.path)
    return rename.at(
        use,
        safety=Safety.UNSAFE if still_works else None,
        reason="the number that is sent changes with it" if still_works else "",
        old=name,
        new=RENAMED[name],
        module="" if imported is None else imported.module,
    )
