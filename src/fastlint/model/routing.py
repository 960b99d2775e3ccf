"""Apps, routers, the include tree, and routes however they are registered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

APPS = ("starlette.applications.Starlette",)
ENDPOINTS = ("starlette.endpoints.HTTPEndpoint", "starlette.endpoints.WebSocketEndpoint")
ROUTERS = ("starlette.applications.Starlette", "starlette.routing.Router")
VERBS = {verb: verb.upper() for verb in ("get", "post", "put", "patch", "delete", "options", "head", "trace")}
DECORATORS = (*VERBS, "api_route", "route", "websocket", "websocket_route")
ADDERS = ("add_api_route", "add_route", "add_api_websocket_route", "add_websocket_route")


@dataclass(frozen=True, slots=True)
class Router:
    """An app or a router, known by the call that makes it.

    One that is only known by an annotation has no such call, and is told apart by the scope that names it.
    """

    instance: Instance
    scope: Scope | None = None

    @property
    def site(self) -> Expression | None:
        return self.instance.site

    @property
    def place(self) -> Place:
        assert self.site is not None
        return self.site.place

    def option(self, name: str) -> Expression | None:
        """What its constructor was given, through a subclass's own constructor too."""
        return constructor_option(self.instance, name)

    @property
    def prefix(self) -> str | None:
        """Its own prefix; None when that is not known."""
        given = self.option("prefix")
        return "" if given is None else given.string()


@dataclass(frozen=True, slots=True)
class Include:
    """`parent.include_router(child, ...)` or `parent.mount(path, child)`."""

    parent: Router
    child: Router
    site: Expression
    is_mount: bool = False

    @property
    def prefix(self) -> str | None:
        given = self.site.argument("path", 0) if self.is_mount else self.site.argument("prefix")
        return "" if given is None else given.string()

    @property
    def place(self) -> Place:
        return self.site.place


@dataclass(frozen=True, slots=True)
class Route:
    """One registration of a handler: a decorator, `add_api_route`, or a call of what a verb gives.

    `site` is the framework's call that has the options; `decorator` the expression above the handler,
    which is another one where the project wraps the framework's decorators.
    """

    handler: FunctionValue
    router: Router
    site: Expression
    verb: str
    decorator: Expression | None

    @property
    def function(self) -> FunctionScope:
        return self.handler.scope

    @property
    def place(self) -> Place:
        return (self.decorator or self.site).place

    @property
    def is_websocket(self) -> bool:
        return "websocket" in self.verb

    @property
    def methods(self) -> frozenset[str]:
        """The HTTP methods it answers; empty when they are not known, and for websockets."""
        if self.verb in VERBS:
            return frozenset([VERBS[self.verb]])
        given = self.option("methods")
        if given is None:
            return frozenset() if self.is_websocket else frozenset(["GET"])
        names = [item.string() for item in given.items() or ()]
        return frozenset(name.upper() for name in names if name is not None) if None not in names else frozenset()

    @property
    def path(self) -> str | None:
        """The path that the registration itself names; None when it is not known."""
        given = self.site.argument("path", 0)
        return None if given is None else given.string()

    def option(self, name: str) -> Expression | None:
        return self.site.keywords.get(name)

    @property
    def project(self) -> Project:
        return self.site.project

    @property
    def paths(self) -> tuple[str, ...]:
        """Its full paths, through every include; empty when they are not known."""
        own = self.path
        if own is None:
            return ()
        bases = self.project.application.bases(self.router)
        return tuple(base + own for base in bases if base is not None)

    @property
    def title(self) -> str:
        """`GET /orders/{id}`, for a message."""
        path = next(iter(self.paths), self.path or "?")
        verb = "websocket" if self.is_websocket else "/".join(sorted(self.methods))
        return f"{verb} {path}".strip()


class Application:
    """What the project's code registers, resolved across modules."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._bases: dict[Router, tuple[str | None, ...]] = {}

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        found: dict[tuple[object, ...], Route] = {}
        for route in self._routes():
            key = (route.handler.scope, route.router, route.site, route.decorator)
            found.setdefault(key, route)
        return tuple(sorted(found.values(), key=lambda route: (route.function.module.path, route.place)))

    def _routes(self) -> Iterator[Route]:
        for module in self.project.modules:
            for scope in module.within():
                if isinstance(scope, FunctionScope) and scope.node.decorators:
                    yield from self._decorated(scope)
        for call in self.project.calls.named(*ADDERS):
            yield from self._added(call, call.argument("endpoint", 1) or call.argument("route", 1))
        for call in self.project.calls.named(""):
            yield from self._applied(call)

    def _decorated(self, scope: FunctionScope) -> Iterator[Route]:
        assert scope.parent is not None
        frame = scope.parent.frame
        handler = FunctionValue(scope, outer=frame)
        for node in scope.node.decorators:
            decorator = Expression(node, frame)
            for site, verb, router in self._registrations(decorator):
                yield Route(handler, router, site, verb, decorator)
            for value in decorator.values() if isinstance(node, syntax.Call) else ():
                if isinstance(value, FunctionValue):
                    yield from self._wrapped(value, handler, decorator)

    def _registrations(self, decorator: Expression) -> Iterator[tuple[Expression, str, Router]]:
        """The framework's calls that a decorator expression comes down to."""
        if not isinstance(decorator.node, syntax.Call):
            return
        direct = list(self._verbs(decorator))
        yield from direct
        if direct:
            return
        for value in decorator.values():
            if isinstance(value, Instance) and value.external.endswith("()") and value.site is not None:
                yield from self._verbs(value.site)

    def _verbs(self, call: Expression) -> Iterator[tuple[Expression, str, Router]]:
        for value in call.func.values():
            if isinstance(value, External) and value.receiver is not None:
                verb = value.name.rpartition(".")[2]
                if verb in DECORATORS and self._is_router(value.receiver):
                    yield call, verb, self.router(value.receiver, call)

    def _wrapped(self, wrapper: FunctionValue, handler: FunctionValue, at: Expression) -> Iterator[Route]:
        """A decorator of the project that registers what it is given."""
        frame = self.project.inference.applied_frame(wrapper, handler)
        if frame is None:
            return
        for node in wrapper.scope.statements():
            for expression in syntax.expressions(node):
                for call in Expression(expression, frame).calls():
                    if _names(call, ADDERS):
                        yield from self._added(call, call.argument("endpoint", 1), at)
                    elif isinstance(call.node, syntax.Call) and isinstance(call.node.func, syntax.Call):
                        yield from self._applied(call, at)

    def _added(
        self, call: Expression, endpoint: Expression | None, decorator: Expression | None = None
    ) -> Iterator[Route]:
        if endpoint is None:
            return
        for callee in call.func.values():
            if not isinstance(callee, External) or callee.receiver is None:
                continue
            verb = callee.name.rpartition(".")[2]
            if verb in ADDERS and self._is_router(callee.receiver):
                router = self.router(callee.receiver, call)
                for value in endpoint.values():
                    for handler in self._endpoints(value):
                        yield Route(handler, router, call, verb, decorator)

    def _endpoints(self, value: Value) -> Iterator[FunctionValue]:
        """The functions that answer for an endpoint: itself, or the methods of an `HTTPEndpoint`."""
        if isinstance(value, FunctionValue):
            yield value
        elif isinstance(value, ClassValue) and self.project.inference.descends(value, *ENDPOINTS):
            for name in (*VERBS, "on_connect", "on_receive", "on_disconnect"):
                method = self.project.inference.method(Instance(value), name)
                if method is not None:
                    yield method

    def _applied(self, call: Expression, decorator: Expression | None = None) -> Iterator[Route]:
        """`router.get("/")(handler)`."""
        if not isinstance(call.node, syntax.Call) or not call.node.args:
            return
        maker = call.func
        for site, verb, router in self._registrations(maker):
            for value in call.args[0].values():
                if isinstance(value, FunctionValue):
                    yield Route(value, router, site, verb, decorator)

    @cached_property
    def includes(self) -> tuple[Include, ...]:
        found: list[Include] = []
        for call in self.project.calls.named("include_router", "mount"):
            for callee in call.func.values():
                if not isinstance(callee, External) or callee.receiver is None:
                    continue
                if not self._is_router(callee.receiver):
                    continue
                is_mount = callee.name.endswith(".mount")
                child = call.argument("app", 1) if is_mount else call.argument("router", 0)
                for value in child.instances(*ROUTERS) if child is not None else ():
                    parent = self.router(callee.receiver, call)
                    found.append(Include(parent, self.router(value, call), call, is_mount))
        return tuple(found)

    @cached_property
    def routers(self) -> tuple[Router, ...]:
        """Every app and router that something is registered on or that is included."""
        found = [
            *(route.router for route in self.routes),
            *(each for include in self.includes for each in (include.parent, include.child)),
            *(event.router for event in self.events),
            *self.made,
        ]
        return tuple(dict.fromkeys(found))

    @cached_property
    def made(self) -> tuple[Router, ...]:
        """Apps and routers that the project makes."""
        found: list[Router] = []
        for call in self.project.calls.named("FastAPI", "APIRouter", "Starlette"):
            found.extend(self.router(value, call) for value in call.instances(*ROUTERS))
        return tuple(dict.fromkeys(found))

    @cached_property
    def events(self) -> tuple[EventHandler, ...]:
        return tuple(self._events())

    def _events(self) -> Iterator[EventHandler]:
        for call in self.project.calls.named("on_event", "add_event_handler"):
            for callee in call.func.values():
                if not isinstance(callee, External) or callee.receiver is None:
                    continue
                if self._is_router(callee.receiver):
                    event = call.argument("event_type", 0)
                    router = self.router(callee.receiver, call)
                    name = (event.string() if event is not None else None) or ""
                    yield EventHandler(router, name, call)

    def router(self, instance: Instance, at: Expression) -> Router:
        plain = Instance(instance.cls, instance.site)
        return Router(plain, None if instance.site is not None else at.scope)

    def is_app(self, router: Router) -> bool:
        return self.project.inference.descends(router.instance.cls, *APPS)

    def _is_router(self, instance: Instance) -> bool:
        return self.project.inference.descends(instance.cls, *ROUTERS)

    def parents(self, router: Router) -> tuple[Include, ...]:
        return self._parents.get(router, ())

    @cached_property
    def _parents(self) -> dict[Router, tuple[Include, ...]]:
        found: dict[Router, tuple[Include, ...]] = {}
        for include in self.includes:
            found[include.child] = (*found.get(include.child, ()), include)
        return found

    def bases(self, router: Router) -> tuple[str | None, ...]:
        """What stands before a router's paths: its own prefix after those of every way to include it."""
        if router not in self._bases:
            self._bases[router] = (None,)  # a router that includes itself has no path
            own = router.prefix
            outer = [
                _joined(base, include.prefix)
                for include in self.parents(router)
                for base in self.bases(include.parent)
            ]
            self._bases[router] = tuple(_joined(base, own) for base in outer or [""])
        return self._bases[router]

    def roots(self, router: Router) -> frozenset[Router]:
        """The outermost routers (apps, as a rule) that serve a router's routes; mounts end the way."""
        found: set[Router] = set()
        seen: set[Router] = set()
        queue = [router]
        while queue:
            current = queue.pop()
            if current in seen:
                continue
            seen.add(current)
            outer = [include.parent for include in self.parents(current) if not include.is_mount]
            queue.extend(outer)
            if not outer:
                found.add(current)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class EventHandler:
    """`@app.on_event("startup")`, or a call of `add_event_handler`."""

    router: Router
    event: str
    site: Expression

    @property
    def place(self) -> Place:
        return self.site.place


def constructor_option(instance: Instance, name: str) -> Expression | None:
    """An argument that reaches the framework's constructor, through a subclass's own one too."""
    site = instance.site
    if site is None:
        return None
    inference = site.project.inference
    if isinstance(instance.cls, External):
        return site.argument(name)
    method = inference.method(instance, "__init__")
    if method is None:
        return site.argument(name)
    frame = inference.frame(method, site)
    for node in method.scope.statements():
        for expression in syntax.expressions(node):
            for call in Expression(expression, frame).calls():
                if not _names(call, ("__init__",)):
                    continue
                given = call.argument(name)
                if given is not None:
                    return given
                if call.opaque_keywords:
                    return site.argument(name)
    return None


def _names(call: Expression, names: tuple[str, ...]) -> bool:
    return isinstance(call.node, syntax.Call) and last_name(call.node.func) in names


def _joined(base: str | None, prefix: str | None) -> str | None:
    return None if base is None or prefix is None else base.rstrip("/") + prefix if prefix else base
