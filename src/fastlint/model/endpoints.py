"""Routes as apps serve them: a registration once for every way that leads to it, with its whole path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.injections import Injection, listed
from fastlint.model.routers import Include, Router
from fastlint.model.routing import ENDPOINTS, Route
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue
from fastlint.model.ways import Way, Ways, joined, known_as, whole_path, written

if TYPE_CHECKING:
    from fastlint.model.project import Project

MOUNTERS = ("mount", "frontend")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route as one app serves it; `way` are the includes and mounts to its router, the outermost first."""

    route: Route
    way: Way = ()

    @property
    def root(self) -> Router:
        """The outermost app or router on the way."""
        return self.way[0].parent if self.way else self.route.router

    @property
    def app(self) -> Router | None:
        """The outermost app; None for a router that no app is known to include."""
        return self.root if self.is_of_app else None

    @property
    def is_of_app(self) -> bool:
        """Whether an app is known to serve it."""
        return self.route.project.application.is_app(self.root)

    @property
    def place(self) -> Place:
        return self.route.place

    @property
    def path(self) -> str:
        """The whole path, with `UNKNOWN` for what is not known of it."""
        application, route = self.route.project.application, self.route
        base = whole_path(application, self.root, self.way, is_apart=route.is_apart)
        return base + written(route.site.argument("path", 0))

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods it answers; empty for websockets and where they are not known.

        Starlette's own routes answer HEAD where they answer GET, and a class of methods each by its name
        (https://github.com/encode/starlette/blob/master/starlette/routing.py).
        """
        route, owner = self.route, self.route.function.owner
        classes = route.project.inference.classes
        if owner is not None and classes.descends(ClassValue(owner), *ENDPOINTS):
            return () if route.is_websocket else (route.function.name.upper(),)
        found = set(route.methods)
        return tuple(sorted(found | {"HEAD"} if "GET" in found and not route.is_injected else found))

    @property
    def is_on_loop(self) -> bool:
        """Whether it runs on the event loop, and not in a thread of the pool."""
        route = self.route
        below = None if route.decorator is None else route.decorator.node
        running = route.project.inference.functions.wrapped(route.handler, below) or (route.handler,)
        scopes = {each.scope for each in running}
        return route.is_websocket or any(
            root.function.scope in scopes and root.place == route.place
            for root in route.project.loop.roots
            if root.role == "route"
        )

    @property
    def served(self) -> Way:
        """The part of the way that its dependencies come from: an app adds none to what is mounted in it."""
        mounts = [at for at, include in enumerate(self.way) if include.is_mount]
        return self.way[mounts[-1] + 1 :] if mounts else self.way

    @property
    def routers(self) -> tuple[Router, ...]:
        """The apps and routers of that part, the outermost first."""
        way = self.served
        first = way[0].parent if way else self.route.router
        return (first, *(include.child for include in way))

    @property
    def apps(self) -> tuple[Router, ...]:
        """The apps that a request passes, mounted ones too: their middleware sees it."""
        passed = (self.root, *(include.child for include in self.way))
        return tuple(each for each in passed if self.route.project.application.is_app(each))

    def lists(self) -> Iterator[tuple[str, Expression, Expression | None]]:
        """Where `dependencies=[...]` may be given for it, in the order in which they run: whose they are
        (app, include, router or route), the call, and the argument if there is one."""
        way, route = self.served, self.route
        for router, include in zip(self.routers, (None, *way), strict=True):
            if include is not None:
                yield "include", include.site, include.site.argument("dependencies")
            level = "app" if route.project.application.is_app(router) else "router"
            adds = not route.is_ready_made or include is not (way[-1] if way else None)
            if router.site is not None and adds:
                given = [*router.options("dependencies")]
                yield from ((level, router.site, each) for each in given or (None,))
        yield "route", route.site, route.option("dependencies") or _handed_on(route)

    @property
    def injections(self) -> tuple[tuple[str, Injection], ...]:
        """What FastAPI resolves for it, in order, and whose it is: app, include, router, route, parameter."""
        if not self.route.is_injected:
            return ()
        found = [(level, each) for level, site, given in self.lists() for each in listed(given, site)]
        own = self.route.project.dependencies.of_function(self.route.function)
        return (*found, *(("parameter", each) for each in own))


@dataclass(frozen=True, slots=True)
class MountPoint:
    """`app.mount(path, ...)` or `app.frontend(path, ...)` as one app serves it.

    `target` is the app that is mounted, where it is the project's.
    """

    parent: Router
    site: Expression
    way: Way
    target: Router | None

    @property
    def place(self) -> Place:
        return self.site.place

    @property
    def root(self) -> Router:
        """The outermost app or router on the way."""
        return self.way[0].parent if self.way else self.parent

    @property
    def path(self) -> str:
        """The whole path, with `UNKNOWN` for what is not known of it."""
        base = whole_path(self.site.project.application, self.root, self.way)
        return joined(base, written(self.site.argument("path", 0)).rstrip("/")) or "/"

    @property
    def is_of_app(self) -> bool:
        """Whether an app is known to serve it."""
        return self.site.project.application.is_app(self.root)

    @property
    def mounted(self) -> Expression | None:
        """What is mounted, as it is written."""
        """What is mounted: an app, or the folder of a frontend."""
        return self.site.argument("app", 1) or self.site.argument("directory")


def endpoints(project: Project) -> tuple[Endpoint, ...]:
    """Every route once for each way by which an app serves it, else for each router that none includes."""
    application = project.application
    ways = Ways(application)
    found = (Endpoint(route, way) for route in application.routes for way in ways.to(route.router))
    unique: dict[object, Endpoint] = {}
    for each in found:
        key = (each.route.function, each.route.site.node, *known_as(each.root), each.path, each.methods)
        unique.setdefault((*map(_identity, key),), each)
    return tuple(unique.values())


def mount_points(project: Project) -> tuple[MountPoint, ...]:
    """Everything that is mounted, once for each way to where it is."""
    application = project.application
    ways = Ways(application)
    mounted: dict[int, list[Include]] = {}
    for include in application.includes:
        if include.is_mount:
            mounted.setdefault(id(include.site.node), []).append(include)
    unique: dict[object, MountPoint] = {}
    for call in project.calls.named(*MOUNTERS):
        for _, parent in application.called_on(call, *MOUNTERS):
            for way in ways.to(parent):
                inner = mounted.get(id(call.node), [])
                point = MountPoint(parent, call, way, inner[0].child if inner else None)
                unique.setdefault((id(call.node), _identity(point.root.key), point.path), point)
    return tuple(unique.values())


def _handed_on(route: Route) -> Expression | None:
    """The dependencies that the project's own function, which registers the route, gets in its `**kwargs`."""
    scope, outer = route.site.scope, route.added
    if not isinstance(scope, FunctionScope) or not outer.is_call or outer.node is route.site.node:
        return None
    collected = {each.name for each in scope.node.parameters if each.kind == "kwargs"}
    given = route.site.node.keywords if isinstance(route.site.node, syntax.Call) else ()
    spread = {each.value.path for each in given if each.name is None and isinstance(each.value, syntax.Ref)}
    return outer.argument("dependencies") if collected & spread else None


def _identity(part: object) -> object:
    return id(part) if isinstance(part, syntax.Node) else part
