"""Around which apps, mounts and routes the project puts middleware and handlers, and what a request passes.

Each is known by the call that makes it, as a router is. What is given to one of several apps, by a function
that is called for each, is around all of them; what cannot be told is around all there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.model.closure import needs
from fastlint.model.endpoints import Endpoint
from fastlint.model.expression import Expression
from fastlint.model.injections import may_hold
from fastlint.model.memo import traced_property
from fastlint.model.routers import Router
from fastlint.model.scopes import FunctionScope
from fastlint.model.suites import is_test

if TYPE_CHECKING:
    from fastlint.model.project import Project

Extent = frozenset[object] | None
"""The keys of apps, mounts and routes; None where they are not known."""

MIDDLEWARE = "starlette.middleware.Middleware"
TAKING = ("Mount", "Route", "WebSocketRoute")
"""What takes `middleware=[...]` besides apps and routers."""


def overlap(one: Extent, other: Extent) -> bool:
    """Whether two extents may have something in common."""
    return one is None or other is None or not one.isdisjoint(other)


def passed(endpoint: Endpoint) -> Extent:
    """What a request passes on its way to an endpoint."""
    if not endpoint.is_of_app:
        return None
    routers = (endpoint.root, *(include.child for include in endpoint.way))
    calls = (endpoint.route.site, *(include.site for include in endpoint.way))
    known = extent_of(*routers)
    return known and known | {id(call.node) for call in calls}


def extent_of(*routers: Router) -> Extent:
    """These, where it is known where they are made."""
    is_known = bool(routers) and all(each.site is not None for each in routers)
    return frozenset(each.key for each in routers) if is_known else None


class Extents:
    """Finds them."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def of_call(self, call: Expression, name: str) -> Extent:
        """The apps of which a call calls a method."""
        return extent_of(*(router for _, router in self.project.application.called_on(call, name)))

    def of_middleware(self, site: Expression) -> Extent:
        """What the middleware is put around that `add_middleware(...)` or `Middleware(...)` tells of."""
        added = self.of_call(site, "add_middleware")
        listed = self._listed.get(id(site.node))
        return listed if added is None else added

    @traced_property
    def _listed(self) -> dict[int, frozenset[object]]:
        """Whose `middleware=[...]` may hold what each call makes, by the node of the call."""
        project = self.project
        routers = project.application.routers
        given = [(each.key, stack) for each in routers for stack in each.options("middleware")]
        for call in project.calls.imported(*TAKING):
            stack = call.keywords.get("middleware")
            if stack is not None:
                given.append((id(call.node), stack))
        opaque = {each.key for each in routers if each.may_be_given("middleware")}
        opaque |= {key for key, stack in given if stack.items() is None}
        found: dict[int, set[object]] = {}
        for key, stack in given:
            for item in may_hold(stack):
                for made in item.instances(MIDDLEWARE):
                    if made.site is not None:
                        found.setdefault(id(made.site.node), {*opaque}).add(key)
        return {node: frozenset(keys) for node, keys in found.items()}

    def of_dependency(self, function: FunctionScope) -> Extent:
        """What the requests pass for which a dependency runs, those of tests aside."""
        return self._running.get(function)

    @traced_property
    def _running(self) -> dict[FunctionScope, Extent]:
        found: dict[FunctionScope, Extent] = {}
        for endpoint in self.project.subjects(Endpoint):
            if is_test(endpoint.place.path):
                continue
            extent = passed(endpoint)
            closure = (each for need in needs(endpoint) for each in need.closure)
            for function in {each.scope for need in closure for each in need.injection.functions()}:
                known = found.get(function, extent)
                found[function] = None if known is None or extent is None else known | extent
        return found
