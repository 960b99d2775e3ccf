"""Where code goes through `app.routes`, in which an included router is one entry since FastAPI 0.137.

Before, `include_router` copied the routes. Since then the list has something in their place that has no
path, no name and no methods, and is no `APIRoute` (https://fastapi.tiangolo.com/release-notes/#01370).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.listinguses import ATTRIBUTES, Uses, uses_in_comprehension, uses_in_loop
from fastlint.model.routers import Include
from fastlint.model.routing import ROUTERS
from fastlint.model.scopes import FunctionScope, ModuleScope, Scope
from fastlint.model.values import FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

FRAMEWORK = ("fastapi.FastAPI", "fastapi.APIRouter")
MOST_CALLERS = 20
SCHEMA = "fastapi.openapi.utils.get_openapi"


@dataclass(frozen=True, slots=True)
class RouteListing:
    """A loop over the routes of an app or router that includes others; `include` is one of those.

    `is_after` says that what is included has been by then, whenever the loop runs. `is_whole` says that the
    loop goes through all of them, as a comprehension does.
    """

    source: Expression
    variable: str
    include: Include
    uses: Uses
    is_after: bool
    is_whole: bool

    @property
    def place(self) -> Place:
        return self.source.place

    @property
    def attribute(self) -> str:
        """An attribute that is read without asking, and that the entry of a router has not; '' for none."""
        if self.uses.tests or self.uses.asked:
            return ""
        return self.uses.first or next((each for each in self.uses.read if each in ATTRIBUTES), "")


@dataclass(frozen=True, slots=True)
class DiscardedSchema:
    """`app.openapi_schema = get_openapi(...)`, which the app makes anew when it is first asked for it."""

    target: Expression

    @property
    def place(self) -> Place:
        return self.target.place


def route_listings(project: Project) -> Iterator[RouteListing]:
    for module in project.naming("routes"):
        for scope in module.within():
            for source, variable, uses, is_whole in _listings(scope):
                found = _included(source)
                if found is not None and uses.is_for_routes is not False:
                    yield RouteListing(source, variable, found[0], uses, found[1], is_whole)


def discarded_schemas(project: Project) -> Iterator[DiscardedSchema]:
    found = [
        Expression(target, scope.frame)
        for module in project.naming("openapi_schema")
        for scope in module.within()
        for statement in scope.statements()
        if isinstance(statement, syntax.Assign) and statement.value is not None
        for target in statement.targets
        if last_name(target) == "openapi_schema" and _is_schema(Expression(statement.value, scope.frame))
    ]
    if not found or _is_overridden(project):
        return
    for target in found:
        owner = target.owner
        apps = () if owner is None else owner.instances("fastapi.FastAPI")
        is_asked_for = any(_is_named(each.node, "openapi") for each in target.scope.calls)
        if apps and all(each.external for each in apps) and not is_asked_for:
            yield DiscardedSchema(target)


def _is_named(call: syntax.Expr, name: str) -> bool:
    return isinstance(call, syntax.Call) and last_name(call.func) == name


def _is_schema(value: Expression) -> bool:
    """Whether it is what `get_openapi` gives, by whatever name."""
    node = value.node
    if isinstance(node, syntax.Ref):
        bindings = value.scope.bindings.get(node.path, [])
        if len(bindings) != 1 or bindings[0].value is None:
            return False
        node = bindings[0].value
    return isinstance(node, syntax.Call) and value.at(node.func).external() == SCHEMA


def _is_overridden(project: Project) -> bool:
    """Whether anything overrides the method that makes an app's schema: it keeps what it is given."""
    for module in project.naming("openapi"):
        for scope in module.within():
            if isinstance(scope, FunctionScope) and scope.owner is not None and scope.name == "openapi":
                return True
            for statement in scope.statements():
                targets = statement.targets if isinstance(statement, syntax.Assign) else ()
                if any(last_name(each) == "openapi" for each in targets):
                    return True
    return False


def _listings(scope: Scope) -> Iterator[tuple[Expression, str, Uses, bool]]:
    for loop in scope.statements():
        if not isinstance(loop, syntax.Loop) or not isinstance(loop.target, syntax.Ref):
            continue
        if _is_routes(loop.source) and not _is_guarded(scope, loop):
            uses = uses_in_loop(loop, loop.target.path, scope.frame)
            yield Expression(loop.source, scope.frame), loop.target.path, uses, False
    for node, reading in scope.comprehensions:
        target, source = node.generators[0].target, node.generators[0].source
        if not isinstance(target, syntax.Ref) or not _is_routes(source):
            continue
        if not _is_guarded(scope, reading.statement):
            uses = uses_in_comprehension(node, target.path, scope.frame)
            yield Expression(source, scope.frame), target.path, uses, node.kind != "generator"


def _is_routes(source: syntax.Expr) -> bool:
    return last_name(source) == "routes"


def _is_guarded(scope: Scope, statement: syntax.Statement) -> bool:
    """Whether an `except` may catch what the loop raises."""
    tries = [each for each in syntax.around(scope.body, statement) if isinstance(each, syntax.Try)]
    inside = [each for each in syntax.statements((statement,)) if isinstance(each, syntax.Try)]
    return any(each.handlers for each in (*tries, *inside))


def _included(source: Expression) -> tuple[Include, bool] | None:
    """A router that is included in the one whose routes these are, and whether that is certain by then."""
    found = [(include, each) for instance, each in _owners(source) for include in _includes(instance, source)]
    order = source.project.order
    certain = [
        include for include, at in found if order.precedes(include.site, at) or _is_served(include, at)
    ]
    if certain:
        return certain[0], True
    later = [include for include, at in found if _is_later(include, at)]
    return (later[0], False) if later else None


def _owners(source: Expression) -> Iterator[tuple[Instance, Expression]]:
    """The apps of which these are the routes, and the place from where the loop is reached with each."""
    owner = _router(source.owner)
    if owner is None:
        return
    known = [each for each in owner.instances(*ROUTERS) if each.site is not None]
    for each in known:
        yield each, source
    scope = source.scope
    if known or not isinstance(scope, FunctionScope):
        return
    for call in islice(source.project.calls.of(scope), MOST_CALLERS):
        for value in call.func.values():
            if isinstance(value, FunctionValue) and value.scope is scope:
                frame = source.project.inference.calling.frame(value, call)
                for each in Expression(owner.node, frame).instances(*ROUTERS):
                    if each.site is not None:
                        yield each, call


def _router(owner: Expression | None) -> Expression | None:
    """`app` of `app.router`."""
    if owner is not None and last_name(owner.node) == "router" and owner.owner is not None:
        outer = owner.owner
        if outer.instances(*ROUTERS):
            return outer
    return owner


def _includes(instance: Instance, at: Expression) -> Iterator[Include]:
    application = at.project.application
    router = application.router(instance, at)
    classes = at.project.inference.classes
    for include in application.includes:
        if (
            not include.is_mount
            and include.parent.is_also(router)
            and classes.descends(instance.cls, *FRAMEWORK)
        ):
            yield include


def _is_served(include: Include, at: Expression) -> bool:
    """Whether a route is what runs it, and the router was included when the app's module was imported."""
    scope, site = at.scope, include.site
    if not isinstance(site.scope, ModuleScope) or next(syntax.around(site.scope.body, site.node), None):
        return False
    return any(route.function is scope for route in at.project.application.routes)


def _is_later(include: Include, at: Expression) -> bool:
    """Whether code that runs when it is called does so once the app is there: in another function."""
    order = at.project.order
    return (
        isinstance(at.scope, FunctionScope)
        and at.scope is not include.site.scope
        and not order.precedes(at, include.site)
    )
