"""`Query(regex=...)`, `example=` and extra keywords have other names now, and some are refused.

`Query`, `Path`, `Body`, `Form`, `Header`, `Cookie` and `File` take what Pydantic 2 calls its options. What
they took before warns, does nothing, or is a `TypeError`.

## Why

`regex=` and `example=` warn at each import. `min_items=` and `max_items=` are worse: with Pydantic 2 they
only decorate the schema, and a request with a thousand items passes a limit of ten. Since FastAPI 0.155 they
are a `TypeError`, and so is every other keyword that was meant for the schema (`Query(nullable=True)`): the
app does not start any more.

| old | new | |
|---|---|---|
| `regex="^a"` | `pattern="^a"` | warns since FastAPI 0.100 |
| `example="ada"` | `examples=["ada"]` | warns since FastAPI 0.100 |
| `min_items=1`, `max_items=9` | `min_length=1`, `max_length=9` | refused since FastAPI 0.155 |
| `nullable=True` and others | `json_schema_extra={"nullable": True}` | refused since FastAPI 0.155 |
| `FastAPI(openapi_prefix="/api")` | `--root-path /api` of the server | refused since FastAPI 0.153 |
| `FastAPI(root_path="/api")` | `--root-path /api` of the server | warns since FastAPI 0.146 |

## Bad

```python
from typing import Annotated

from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/users")
def find_users(
    name: Annotated[str, Query(regex="^[a-z]+$")],
    tags: Annotated[list[str], Query(min_items=1, deprecated_by="labels")],
) -> list[str]:
    return [name, *tags]
```

## Good

```python
from typing import Annotated

from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/users")
def find_users(
    name: Annotated[str, Query(pattern="^[a-z]+$")],
    tags: Annotated[list[str], Query(min_length=1, json_schema_extra={"deprecated_by": "labels"})],
) -> list[str]:
    return [name, *tags]
```

## When it is fine

In a project that may run FastAPI before 0.100: there `pattern=` is taken and checks nothing. `min_items`
works with Pydantic 1.

The fix of `regex` and of extra keywords is safe, that of `min_items` where it is refused today: elsewhere it
starts to check what was not checked. That of `example` is unsafe: the example moves within the schema, from
the parameter to its type.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    Place,
    Project,
    Rule,
    Safety,
    Severity,
    calls_of,
    cst,
)
from fastlint_rules._arguments import PARAMETERS, is_plain, keyword, keywords, renamed, without

rule = Rule(
    __name__,
    code="FL901",
    severity=Severity.WARNING,
    since="0.1.0",
    requires="fastapi>=0.100",
    source="https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#regular-expressions",
)

KNOWN = frozenset(
    (
        *("default", "default_factory", "annotation", "alias", "alias_priority", "validation_alias"),
        *("serialization_alias", "convert_underscores", "title", "description", "gt", "ge", "lt", "le"),
        *("min_length", "max_length", "pattern", "discriminator", "strict", "validate_default", "union_mode"),
        *("fail_fast", "multiple_of", "allow_inf_nan", "max_digits", "decimal_places", "examples"),
        *("openapi_examples", "deprecated", "include_in_schema", "json_schema_extra", "media_type", "embed"),
    )
)
RENAMED = {"regex": "pattern", "example": "examples", "min_items": "min_length", "max_items": "max_length"}
PREFIXES = ("openapi_prefix", "root_path")
REFUSED = "fastapi>=0.155"
UNCHECKED = "requests are refused then that are accepted today"
MOVED = "the example moves within the OpenAPI schema"


@rule.on(Project)
def check(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, *PARAMETERS):
        given = dict(keywords(call))
        for old in [name for name in given if name in RENAMED]:
            yield from _report_renamed(call, old, given, project)
        extra = [name for name in given if name not in KNOWN and name not in RENAMED]
        if extra:
            yield _report_extra(call, extra, given, project)


@rule.on(Project)
def check_prefix(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, "fastapi.FastAPI", giving=PREFIXES):
        for name, place in (pair for pair in keywords(call) if pair[0] in PREFIXES):
            if name == "openapi_prefix":
                yield _report_prefix(place, project)
            elif call.keywords[name].string() and project.holds("fastapi>=0.146", place.path):
                yield rule.report(
                    place,
                    "`root_path=` of the app is deprecated: the server is told what it is served below",
                    help="start the server with `--root-path`",
                )


@rule.fix("Use its new name", Safety.SAFE, needs="fastapi>=0.100")
def rename(argument: cst.Arg, edit: Edit) -> cst.Arg:
    if argument.keyword is None or argument.keyword.value not in RENAMED:
        raise edit.refuse("the argument is written otherwise")
    changed = renamed(argument, RENAMED[argument.keyword.value])
    if argument.keyword.value != "example":
        return changed
    return changed.with_changes(value=cst.List([cst.Element(argument.value)]))


@rule.fix("Move it into `json_schema_extra`", Safety.SAFE, needs="fastapi>=0.100")
def move_into_schema(call: cst.Call, edit: Edit) -> cst.Call:
    names = edit.params["names"].split()
    moved = [each for each in call.args if each.keyword is not None and each.keyword.value in names]
    entries = [
        cst.DictElement(edit.string(each.keyword.value), each.value)
        for each in moved
        if each.keyword is not None
    ]
    first = moved[0]
    added = keyword("json_schema_extra", cst.Dict(entries)).with_changes(
        comma=first.comma, whitespace_after_arg=first.whitespace_after_arg
    )
    args = [added if each is first else each for each in call.args]
    return call.with_changes(args=without(args, *moved[1:]))


def _report_renamed(
    call: Expression, old: str, given: dict[str, Place], project: Project
) -> Iterator[Diagnostic]:
    place, new = given[old], RENAMED[old]
    written = f"`{call.func.text()}({old}=...)`"
    is_refused = old.endswith("items") and project.holds(REFUSED, place.path)
    if is_refused:
        message = f"{written} is a `TypeError`: FastAPI has removed it"
    elif not old.endswith("items"):
        message = f"{written} is deprecated: each use of it warns"
    elif project.holds("pydantic>=2", place.path):
        message = f"{written} checks nothing, and FastAPI 0.155 refuses it"
    else:
        return  # Pydantic 1 checks it
    yield rule.report(
        place,
        message,
        help="`examples=[...]` takes a list of them" if old == "example" else f"`{new}=` is its name",
        fix=None if new in given else _rename(old, place, is_refused),
        severity=Severity.ERROR if is_refused else None,
    )


def _rename(old: str, place: Place, is_refused: bool) -> FixRequest:
    if old == "regex" or is_refused:
        return rename.at(place)
    return rename.at(place, safety=Safety.UNSAFE, reason=MOVED if old == "example" else UNCHECKED)


def _report_extra(
    call: Expression, extra: list[str], given: dict[str, Place], project: Project
) -> Diagnostic:
    place = given[extra[0]]
    can_move = "json_schema_extra" not in given and is_plain(call)
    is_refused = project.holds(REFUSED, place.path)
    can_be_refused = project.possibly(REFUSED, place.path)
    written = f"`{call.func.text()}({extra[0]}=...)`"
    return rule.report(
        place,
        f"{written} is a `TypeError`: FastAPI takes no extra keywords any more"
        if is_refused
        else f"{written} is a `TypeError` from FastAPI 0.155 on",
        help=f'`json_schema_extra={{"{extra[0]}": ...}}` puts it into the schema',
        fix=move_into_schema.at(call, names=" ".join(extra)) if can_move else None,
        severity=Severity.ERROR if is_refused else Severity.WARNING if can_be_refused else Severity.INFO,
    )


def _report_prefix(place: Place, project: Project) -> Diagnostic:
    is_refused = project.holds("fastapi>=0.153", place.path)
    return rule.report(
        place,
        "`openapi_prefix=` is a `TypeError`: FastAPI has removed it"
        if is_refused
        else "`openapi_prefix=` is deprecated, and FastAPI 0.153 refuses it",
        help="start the server with `--root-path`",
        severity=Severity.ERROR if is_refused else None,
    )
