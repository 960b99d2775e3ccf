"""`ORJSONResponse` and `UJSONResponse` warn, and are no faster than a response model any more.

FastAPI writes JSON straight from Pydantic where a route has a response model or a return type.

## Why

Since FastAPI 0.131 each of the two warns when it is made, subclassed, or used by a route: in a test suite
that takes warnings for errors, that is a failure. With a response model nothing is gained by them: Pydantic
would write the bytes itself, and instead makes a `dict` first, which orjson then writes.

## Bad

```python
from fastapi import FastAPI
from fastapi.responses import ORJSONResponse

app = FastAPI()


@app.get("/prices", response_class=ORJSONResponse)
def read_prices() -> dict[str, float]:
    return {"lamp": 9.5}


@app.get("/health")
def read_health() -> ORJSONResponse:
    return ORJSONResponse({"status": "well"})
```

## Good

```python
from fastapi import FastAPI
from fastapi.responses import JSONResponse

app = FastAPI()


@app.get("/prices")
def read_prices() -> dict[str, float]:
    return {"lamp": 9.5}


@app.get("/health")
def read_health() -> JSONResponse:
    return JSONResponse({"status": "well"})
```

## When it is fine

Where numpy arrays or `NaN` are returned without a response model: only orjson writes these. A subclass of
`JSONResponse` whose `render` calls `orjson.dumps` does so without a warning.

The fix is safe for a route with a response model, of which both write the same bytes, and for content of
strings and integers that stands in the call. Elsewhere it is unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    Expression,
    Project,
    Route,
    Rule,
    Safety,
    Severity,
    calls_of,
    cst,
    syntax,
)
from fastlint_rules._arguments import call_without, keywords, named

rule = Rule(
    __name__,
    code="FL902",
    severity=Severity.WARNING,
    since="0.1.0",
    requires="fastapi>=0.131",
    source="https://fastapi.tiangolo.com/advanced/custom-response/#orjson-or-response-model",
)

CLASSES = ("fastapi.responses.ORJSONResponse", "fastapi.responses.UJSONResponse")
INCLUDERS = tuple(
    f"fastapi.{owner}{method}" for owner in ("FastAPI", "APIRouter") for method in ("", ".include_router")
)
DEFAULT = "default_response_class"
OTHERWISE = "numpy arrays and `NaN` are no JSON without orjson"
SLASHES = "ujson escapes the slashes in strings"


@rule.on(Route)
def check_routes(route: Route, project: Project) -> Iterator[Diagnostic]:
    given = route.option("response_class")
    cls = "" if given is None else given.external()
    place = dict(keywords(route.site)).get("response_class")
    if cls not in CLASSES or place is None:
        return
    has_model = route.response is not None and not route.function.node.is_generator
    reason = _why_unsafe(cls) or ("" if has_model and not _has_default(project) else OTHERWISE)
    yield rule.report(
        place,
        f"`{_name(cls)}` is deprecated: each request warns"
        + (", and Pydantic writes this response faster" if has_model else ""),
        help="leave it out" if has_model else "give the route a response model instead",
        fix=leave_out.at(
            route.site,
            safety=Safety.UNSAFE if reason else None,
            reason=reason,
            option="response_class",
            cls=cls,
        ),
    )


@rule.on(Project)
def check_defaults(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, *INCLUDERS, giving=(DEFAULT,)):
        cls = call.keywords[DEFAULT].external()
        if cls in CLASSES:
            yield rule.report(
                dict(keywords(call))[DEFAULT],
                f"`{_name(cls)}` is deprecated: each request warns",
                help="leave it out, and give the routes response models",
                fix=leave_out.at(call, safety=Safety.UNSAFE, reason=OTHERWISE, option=DEFAULT, cls=cls),
            )


@rule.on(Project)
def check_responses(project: Project, _: Project) -> Iterator[Diagnostic]:
    for call in calls_of(project, *CLASSES):
        cls = call.func.external()
        content = call.argument("content", 0)
        is_plain = content is not None and _is_plain_json(content)
        reason = _why_unsafe(cls) or ("" if is_plain else OTHERWISE)
        yield rule.report(
            call.func,
            f"`{_name(cls)}` is deprecated: it warns when it is made",
            help="return the content with a response model, or a `JSONResponse`",
            fix=use_json_response.at(
                call.func, safety=Safety.UNSAFE if reason else None, reason=reason, cls=cls
            ),
        )


@rule.fix("Leave it out", Safety.SAFE)
def leave_out(call: cst.Call, edit: Edit) -> cst.Call:
    argument = named(call, edit.params["option"])
    if argument is None:
        raise edit.refuse("it is given otherwise")
    edit.drop_import_if_unused(edit.params["cls"])
    return call_without(call, argument)


@rule.fix("Make it a `JSONResponse`", Safety.SAFE)
def use_json_response(used: cst.Name | cst.Attribute, edit: Edit) -> cst.BaseExpression:
    edit.drop_import_if_unused(edit.params["cls"])
    new = edit.name("fastapi.responses.JSONResponse")
    around = next((each for each in edit.ancestors(used) if isinstance(each, cst.FunctionDef)), None)
    returns = None if around is None or around.returns is None else around.returns.annotation
    if returns is not None and returns.deep_equals(used):
        edit.replace(returns, new.deep_clone())
    return new


def _name(cls: str) -> str:
    return cls.rpartition(".")[2]


def _why_unsafe(cls: str) -> str:
    return SLASHES if _name(cls) == "UJSONResponse" else ""


def _has_default(project: Project) -> bool:
    """Whether something else may be the class of a route that names none."""
    return any(True for _ in project.naming(DEFAULT))


def _is_plain_json(content: Expression) -> bool:
    """Whether it is written out as JSON is, of which every library writes the same."""
    node = content.node
    if isinstance(node, syntax.Mapping):
        is_keyed = all(
            each is not None and isinstance(content.at(each).constant(), str) for each in node.keys
        )
        return is_keyed and all(_is_plain_json(content.at(each)) for each in node.values)
    if isinstance(node, syntax.Collection):
        return node.kind != "set" and all(_is_plain_json(content.at(each)) for each in node.items)
    is_float = isinstance(node, syntax.Constant) and isinstance(node.value, float)
    return content.is_text or (isinstance(node, syntax.Constant) and not is_float)
