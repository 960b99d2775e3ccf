"""A loop over `app.routes` does not get to the routes of included routers.

Since FastAPI 0.137 `include_router` copies no routes: the list has one entry for the router, which is no
`APIRoute` and has no path, name or methods.

## Why

`[route.path for route in app.routes]` fails with an `AttributeError` at the first included router. With
`isinstance(route, APIRoute)` in front, as most code has it, nothing fails: the permission map, the metrics'
labels, the operation ids or the test that asks whether every route has a guard quietly cover the app's own
routes only.

In the same version, `app.openapi_schema = get_openapi(...)` stopped to have an effect: the first request for
the schema makes it anew.

## Bad

```python
from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/users")


@router.get("/me")
def read_me() -> str:
    return "ada"


app = FastAPI()
app.include_router(router)
PATHS = [route.path for route in app.routes]
```

## Good

```python
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

router = APIRouter(prefix="/users")


@router.get("/me")
def read_me() -> str:
    return "ada"


app = FastAPI()
app.include_router(router)
PATHS = [route.path for route in iter_route_contexts(app.routes)]
```

`iter_route_contexts` is there since 0.138. What it gives has the attributes of a route, with the whole path,
and the route itself as `original_route`, for `isinstance`. Nothing can be set on it: operation ids come from
`FastAPI(generate_unique_id_function=lambda route: route.name)`.

## When it is fine

An app that includes no router, or only after the loop. A loop that looks for mounts, or into the entries of
included routers itself. Where the app or what it includes cannot be told, nothing is said.

The fix is safe in a comprehension that reads an attribute of each entry, once a router is included for
certain: that can only fail. It is unsafe where the loop skips routers today, and there is none where it sets
attributes or hands a route on. An `openapi_schema` that is assigned is fine where `app.openapi` is a function
of your own.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    DiscardedSchema,
    Edit,
    FixRequest,
    Project,
    RouteListing,
    Rule,
    Safety,
    Severity,
    Step,
    cst,
)

rule = Rule(
    __name__,
    code="FL513",
    severity=Severity.ERROR,
    since="0.1.0",
    requires="fastapi>=0.137",
    source="https://fastapi.tiangolo.com/release-notes/",
)

HAS_CONTEXTS = "fastapi>=0.138"


@rule.on(RouteListing)
def check(listing: RouteListing, project: Project) -> Iterator[Diagnostic]:
    name, source = listing.variable, listing.source.text()
    if listing.attribute:
        outcome = f"`{name}.{listing.attribute}` fails with an `AttributeError` there"
    elif listing.uses.is_for_routes or listing.uses.asked:
        outcome = "it is skipped here, with all of its routes"
    else:
        return
    yield rule.report(
        listing,
        f"an included router is one entry of `{source}`, and no route: {outcome}",
        help=_help(listing),
        trace=[Step("this router is included", listing.include.place)],
        fix=_fix(listing, project),
    )


@rule.on(DiscardedSchema)
def check_schema(schema: DiscardedSchema, project: Project) -> Iterator[Diagnostic]:
    yield rule.report(
        schema,
        "this schema is never served: the app makes its own when it is first asked for it",
        help="assign a function that makes it to `app.openapi`",
    )


@rule.fix("Go through all routes", Safety.SAFE, needs=HAS_CONTEXTS)
def go_through_all(source: cst.BaseExpression, edit: Edit) -> cst.Call:
    """`iter_route_contexts(app.routes)`, of which each has its route as `original_route`."""
    loop = next((each for each in edit.ancestors(source) if isinstance(each, (cst.For, cst.CompFor))), None)
    inside = next((each for each in edit.ancestors(source) if isinstance(each, cst.BaseComp)), loop)
    if loop is None or inside is None or loop.iter is not source:
        raise edit.refuse("no loop goes through it")
    for argument in _asked(inside, edit.params["variable"]):
        edit.replace(argument, cst.Attribute(cst.Name(edit.params["variable"]), cst.Name("original_route")))
    return cst.Call(edit.name("fastapi.routing.iter_route_contexts"), [cst.Arg(source)])


def _asked(node: cst.CSTNode, variable: str) -> Iterator[cst.BaseExpression]:
    """The variable wherever its class is asked for."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "isinstance":
        given = node.args[0].value
        if isinstance(given, cst.Name) and given.value == variable:
            yield given
    for child in node.children:
        yield from _asked(child, variable)


def _help(listing: RouteListing) -> str:
    if listing.uses.written in ("operation_id", "unique_id"):
        return "`FastAPI(generate_unique_id_function=lambda route: route.name)` names all operations"
    if listing.uses.written:
        return f"set `{listing.uses.written}` where the routes are declared"
    return f"`iter_route_contexts({listing.source.text()})` of `fastapi.routing` goes through all routes"


def _fix(listing: RouteListing, project: Project) -> FixRequest | None:
    if not listing.uses.is_readable or not project.holds(HAS_CONTEXTS, listing.place.path):
        return None
    if listing.uses.first and listing.attribute and listing.is_after and listing.is_whole:
        return go_through_all.at(listing, variable=listing.variable)
    reason = "routes that are left out today are there then"
    return go_through_all.at(listing, safety=Safety.UNSAFE, reason=reason, variable=listing.variable)
