"""Apps, routers, the include tree, and routes however they are registered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.answers import returning
from fastlint.model.calls import last_name
from fastlint.model.decorators import replaces
from fastlint.model.depending import depends_on
from fastlint.model.expression import Expression
from fastlint.model.injections import called_functions, given_by
from fastlint.model.memo import Memo, traced_property
from fastlint.model.readymade import ReadyMade, mount_of, ready_made
from fastlint.model.returns import Returned, returned
from fastlint.model.routers import Include, Router
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Value, Values

if TYPE_CHECKING:
    from fastlint.model.handlers import HandlerParameter
    from fastlint.model.project import Project

APPS = ("starlette.applications.Starlette",)
ENDPOINTS = ("starlette.endpoints.HTTPEndpoint", "starlette.endpoints.WebSocketEndpoint")
ROUTERS = ("starlette.applications.Starlette", "starlette.routing.Router")
VERBS = {verb: verb.upper() for verb in ("get", "post", "put", "patch", "delete", "options", "head", "trace")}
DECORATORS = (*VERBS, "api_route", "route", "websocket", "websocket_route")
UNINJECTED = ("route", "websocket_route", "add_route", "add_websocket_route")
ADDERS = ("add_api_route", "add_route", "add_api_websocket_route", "add_websocket_route")
INCLUDERS = ("include_router", "mount")
EVENTS = ("on_event", "add_event_handler")
RESPONSE = "starlette.responses.Response"
STREAMS = ("starlette.responses.StreamingResponse", "sse_starlette.EventSourceResponse")


@dataclass(frozen=True, slots=True)
class Route:
    """One registration of a handler: a decorator, `add_api_route`, or a call of what a verb gives.

    `site` is the framework's call that has the options; `decorator` the expression above the handler,
    which is another one where the project wraps the framework's decorators; `added` is what adds it.
    `given` are the parameters that a `functools.partial` fills already. One that `is_ready_made` is made by
    itself and put into the routes: `verb` is then the method that would have added it.
    """

    handler: FunctionValue
    router: Router
    site: Expression
    verb: str
    decorator: Expression | None
    added: Expression
    given: frozenset[str] = frozenset()
    is_ready_made: bool = False

    @property
    def function(self) -> FunctionScope:
        """The function that answers."""
        return self.handler.scope

    @property
    def place(self) -> Place:
        return self.added.place

    @property
    def is_websocket(self) -> bool:
        """Whether it is for websockets, of whatever kind."""
        return "websocket" in self.verb

    @property
    def is_injected(self) -> bool:
        """Whether FastAPI fills its parameters; Starlette's own routes are given the request alone."""
        return self.verb not in UNINJECTED

    @property
    def is_apart(self) -> bool:
        """Whether its router does not put its own prefix before it."""
        return self.is_ready_made or not self.is_injected

    @property
    def methods(self) -> frozenset[str]:
        """The HTTP methods it answers; empty when they are not known, and for websockets."""
        if self.verb in VERBS:
            return frozenset([VERBS[self.verb]])
        given = self.option("methods")
        if given is None:
            return frozenset() if self.is_websocket else frozenset(["GET"])
        names = [_method(item) for item in given.items() or ()]
        return (
            frozenset(name.upper() for name in names if name is not None)
            if None not in names
            else frozenset()
        )

    @property
    def path(self) -> str | None:
        """The path that the registration itself names; None when it is not known."""
        given = self.site.argument("path", 0)
        return None if given is None else given.string()

    def option(self, name: str) -> Expression | None:
        """A keyword argument of its registration."""
        return self.site.keywords.get(name)

    @property
    def response(self) -> Expression | None:
        """What responses are filtered and serialised by: `response_model`, else the return annotation.

        None without either, for `response_model=None` and `-> None`, and for a Response, which is sent as is.
        https://fastapi.tiangolo.com/tutorial/response-model/#response_model-priority
        """
        if self.is_websocket or not self.is_injected:
            return None
        given = self.option("response_model")
        if given is None and not self.site.opaque_keywords:
            given = self.annotation
        if given is None or given.is_none:
            return None
        inference = self.project.inference
        is_response = any(
            isinstance(value, (ClassValue, External)) and inference.classes.descends(value, RESPONSE)
            for value in given.values()
        )
        return None if is_response else given

    @property
    def is_unfiltered(self) -> bool:
        """Whether FastAPI sends all of what the handler returns, for want of a response model."""
        if self.is_websocket or not self.is_injected or self.site.opaque_keywords:
            return False
        given = self.option("response_model")
        return self.annotation is None if given is None else given.is_none

    @property
    def response_place(self) -> Place:
        """Where the code says what the response is: in the registration, or in the signature."""
        response = self.response
        if response is None:
            return self.place
        if self.option("response_model") is None:
            return response.place
        is_wrapped = self.decorator is not None and self.decorator.node is not self.site.node
        return self.place if is_wrapped else self.site.place_of("response_model")

    @property
    def annotation(self) -> Expression | None:
        """The return annotation of the handler."""
        node, parent = self.function.node.returns, self.function.parent
        if node is None or parent is None:
            return None
        return Expression(node, self.handler.outer or parent.frame)

    @property
    def guards(self) -> tuple[str, ...]:
        """The names of what is injected: by the handler itself, its routers, their includes and the app."""
        return tuple(
            name for injection in self.project.dependencies.of_route(self) for name in injection.names
        )

    def depends_on(self, *names: str) -> bool | None:
        """Whether FastAPI resolves a dependency of one of these names for it, whoever declares it: the
        handler, another dependency, its routers, their includes or the app. None where that is not known.

        A name is that of a function or class, or of an object's class, with as much of its dotted path as
        tells it from others: `"shop.security.require_admin"`, `"require_admin"`.
        """
        return depends_on(self, *names)

    @property
    def body(self) -> tuple[HandlerParameter, ...]:
        """The parameters, those of its dependencies too, that are read from the request body."""
        return self.project.schemas.body(self)

    @property
    def returns(self) -> tuple[Returned, ...]:
        """What the handler's own body returns."""
        return returned(self.handler)

    def returning(self, *classes: str) -> tuple[Returned, ...]:
        """The `return`s, of wrappers around the handler too, that give an object of some classes."""
        return returning(self, *classes)

    @property
    def project(self) -> Project:
        return self.site.project

    @property
    def paths(self) -> tuple[str, ...]:
        """Its full paths, through every include; empty when they are not known."""
        own = self.path
        if own is None:
            return ()
        application = self.project.application
        bases = application.outer_bases(self.router) if self.is_apart else application.bases(self.router)
        return tuple(base + own for base in bases if base is not None)

    @property
    def title(self) -> str:
        """`GET /orders/{id}`, for a message."""
        return self.titled(next(iter(self.paths), self.path or "?"))

    def titled(self, path: str) -> str:
        """The same for one of its paths."""
        verb = "websocket" if self.is_websocket else "/".join(sorted(self.methods))
        return f"{verb} {path}".strip()

    @property
    def bypassed(self) -> tuple[Expression, ...]:
        """The decorators above its own that make another function of the handler: no request gets there."""
        return self.project.application.bypassed(self)

    @property
    def lowest(self) -> Route:
        """The route of the same function whose decorator is applied first."""
        routes = [
            each
            for each in self.project.application.routes
            if each.function is self.function and each.position is not None
        ]
        return max(routes, key=lambda each: each.position or 0, default=self)

    @property
    def position(self) -> int | None:
        """The position of its decorator among those of its function."""
        own = None if self.decorator is None else self.decorator.node
        decorators = enumerate(self.function.node.decorators)
        return next((at for at, each in decorators if each is own), None)


class Application:
    """What the project's code registers, resolved across modules."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._bases = Memo(project.grounds, self._find_bases, within=lambda _: (None,))
        self._parents = Memo(project.grounds, self._find_parents)

    @traced_property
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
            if not self._is_override(call.scope):
                yield from self._added(call, call.argument("endpoint", 1) or call.argument("route", 1))
        for call in self.project.calls.named(""):
            yield from self._applied(call)
        for router, site, verb in self.ready_made:
            given = None if verb == "mount" else site.argument("endpoint", 1)
            for value in () if given is None else given.values():
                for handler, filled in self._endpoints(value):
                    yield Route(handler, router, site, verb, None, site, filled, is_ready_made=True)

    @traced_property
    def ready_made(self) -> tuple[ReadyMade, ...]:
        """Routes and mounts that are put into the routes of an app or router."""
        return tuple(dict.fromkeys(ready_made(self)))

    def _decorated(self, scope: FunctionScope) -> Iterator[Route]:
        assert scope.parent is not None
        frame = scope.parent.frame
        handler = FunctionValue(scope, outer=frame)
        for node in scope.node.decorators:
            decorator = Expression(node, frame)
            for site, verb, router in self._registrations(decorator):
                yield Route(handler, router, site, verb, decorator, decorator)
            for value in decorator.values():
                if isinstance(value, FunctionValue):
                    yield from self._wrapped(value, handler, decorator)

    def _registrations(self, decorator: Expression) -> Iterator[tuple[Expression, str, Router]]:
        """The framework's calls that a decorator expression comes down to."""
        direct = list(self._verbs(decorator)) if decorator.is_call else []
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
                if verb in DECORATORS and self.is_router(value.receiver):
                    yield call, verb, self.router(value.receiver, call)

    def _wrapped(self, wrapper: FunctionValue, handler: FunctionValue, at: Expression) -> Iterator[Route]:
        """A decorator of the project that registers what it is given."""
        frame = self.project.inference.functions.applied_frame(wrapper, handler)
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
        for site, added in self._for_each_caller(call):
            for verb, router in self.called_on(site, *ADDERS):
                for value in Expression(endpoint.node, site.frame).values():
                    for handler, given in self._endpoints(value):
                        yield Route(handler, router, site, verb, decorator, decorator or added, given)

    def _for_each_caller(self, call: Expression) -> Iterator[tuple[Expression, Expression]]:
        """A call as each caller of its function makes it, where several parameters belong together."""
        scope = call.scope
        if not isinstance(scope, FunctionScope) or not call.frame.is_general or _parameters_in(call) < 2:
            yield call, call
            return
        callers = [
            (value, caller)
            for caller in self.project.calls.of(scope)
            for value in caller.func.values()
            if isinstance(value, FunctionValue) and value.scope is scope
        ]
        for function, caller in callers:
            yield Expression(call.node, self.project.inference.calling.frame(function, caller)), caller
        if not callers:
            yield call, call

    def _endpoints(self, value: Value) -> Iterator[tuple[FunctionValue, frozenset[str]]]:
        """The functions that answer for an endpoint, with the parameters that are filled already.

        That is itself, what a `partial` of it calls, its `__call__`, or the methods of an `HTTPEndpoint`.
        """
        if isinstance(value, ClassValue):
            for name in (*VERBS, "on_connect", "on_receive", "on_disconnect"):
                method = (
                    self.project.inference.classes.method(Instance(value), name)
                    if self.project.inference.classes.descends(value, *ENDPOINTS)
                    else None
                )
                if method is not None:
                    yield method, frozenset()
        else:
            for function in called_functions(value, self.project):
                yield function, given_by(value)

    def _applied(self, call: Expression, decorator: Expression | None = None) -> Iterator[Route]:
        """`router.get("/")(handler)`."""
        if not isinstance(call.node, syntax.Call) or not call.node.args:
            return
        maker = call.func
        for site, verb, router in self._registrations(maker):
            for value in call.args[0].values():
                for handler, given in self._endpoints(value):
                    yield Route(handler, router, site, verb, decorator, decorator or call, given)

    @traced_property
    def includes(self) -> tuple[Include, ...]:
        found: list[Include] = []
        for call in self.project.calls.named(*INCLUDERS):
            if self._is_override(call.scope):
                continue
            for site, added in self._for_each_caller(call):
                for name, parent in self.called_on(site, *INCLUDERS):
                    is_mount = name == "mount"
                    children = self._children(site, is_mount)
                    found += [Include(parent, child, site, added, is_mount) for child in children]
        for parent, site, verb in self.ready_made:
            if verb == "mount":
                has_routes = "routes" in site.keywords
                inner = (mount_of(site),) if has_routes else self._children(site, is_mount=True)
                found += [Include(parent, child, site, site, is_mount=True) for child in inner]
        return tuple(dict.fromkeys(found))

    def _children(self, call: Expression, is_mount: bool) -> tuple[Router, ...]:
        given = call.argument("app", 1) if is_mount else call.argument("router", 0)
        loop = None if is_mount else loop_of(call)
        if given is None or loop is None:
            return () if given is None else self._routers(given.values(), call)
        return self.looped(call) or self._included_from(call, self._iterated(call, loop))

    def looped(self, call: Expression) -> tuple[Router, ...]:
        """The routers that a loop over a written list may include by this call, in their order; else ()."""
        loop = loop_of(call)
        items = () if loop is None else call.at(loop.source).items() or ()
        found = [self._included_from(call, item.values()) for item in items]
        return tuple(each for routers in found for each in routers) if all(map(_is_one, found)) else ()

    def _iterated(self, call: Expression, loop: syntax.Loop) -> Values:
        return tuple(self.project.inference.calling.iterated(call.at(loop.source).values()))

    def _included_from(self, call: Expression, values: Values) -> tuple[Router, ...]:
        """The routers that `include_router(module.router)` includes when its variable has these values."""
        given = call.argument("router", 0)
        assert given is not None
        assert isinstance(given.node, syntax.Ref)
        for attribute in given.node.path.split(".")[1:]:
            values = self.project.inference.classes.attributes(values, attribute)
        return self._routers(values, call)

    def _routers(self, values: Values, at: Expression) -> tuple[Router, ...]:
        found = (value for value in values if isinstance(value, Instance) and self.is_router(value))
        return tuple(self.router(value, at) for value in found)

    def called_on(self, call: Expression, *names: str) -> Iterator[tuple[str, Router]]:
        """The routers and apps of which a call calls one of these methods, overridden or not."""
        for callee in call.func.values():
            if not isinstance(callee, (External, FunctionValue)) or not isinstance(callee.receiver, Instance):
                continue
            name = callee.name.rpartition(".")[2] if isinstance(callee, External) else callee.scope.name
            made = callee.receiver.site
            if name not in names or not self.is_router(callee.receiver):
                continue
            if made is None or not self.project.order.excludes(made, call):
                yield name, self.router(callee.receiver, call)

    def _is_override(self, scope: Scope) -> bool:
        """Whether a scope is a router's own `add_api_route` and the like: what calls that counts, not it."""
        if not isinstance(scope, FunctionScope) or scope.name not in (*ADDERS, *INCLUDERS):
            return False
        return scope.owner is not None and self.is_router(Instance(ClassValue(scope.owner)))

    def bypassed(self, route: Route) -> tuple[Expression, ...]:
        """The decorators above a route's own that make another function of its handler."""
        own = route.decorator
        above = (
            [] if own is None else [Expression(node, own.frame) for node in route.function.node.decorators]
        )
        position = next((at for at, each in enumerate(above) if own is not None and each.node is own.node), 0)
        return tuple(
            each
            for each in above[:position]
            if id(each.node) not in self.route_decorators and replaces(each, route.handler)
        )

    @traced_property
    def route_decorators(self) -> frozenset[int]:
        """The decorators that register routes, by the identity of their nodes."""
        return frozenset(id(route.decorator.node) for route in self.routes if route.decorator is not None)

    @traced_property
    def routers(self) -> tuple[Router, ...]:
        """Every app and router that something is registered on or that is included."""
        found = [
            *(route.router for route in self.routes),
            *(each for include in self.includes for each in (include.parent, include.child)),
            *(router for call in self._event_calls for _, router in self.called_on(call, *EVENTS)),
            *self.made,
        ]
        return tuple(dict.fromkeys(found))

    @traced_property
    def made(self) -> tuple[Router, ...]:
        """Apps and routers that the project makes."""
        found: list[Router] = []
        for call in self.project.calls.imported("FastAPI", "APIRouter", "Starlette", "Router"):
            found.extend(self.router(value, call) for value in call.instances(*ROUTERS))
        return tuple(dict.fromkeys(found))

    @property
    def _event_calls(self) -> Iterator[Expression]:
        return self.project.calls.named(*EVENTS)

    def router(self, instance: Instance, at: Expression) -> Router:
        plain = Instance(instance.cls, instance.site)
        return Router(plain, None if instance.site is not None else at.scope)

    def is_app(self, router: Router) -> bool:
        return self.project.inference.classes.descends(router.instance.cls, *APPS)

    def is_router(self, instance: Instance) -> bool:
        return self.project.inference.classes.descends(instance.cls, *ROUTERS)

    def parents(self, router: Router) -> tuple[Include, ...]:
        """Where a router is included or mounted; what its maker's callers make of it counts too."""
        return self._parents(router)

    def _find_parents(self, router: Router) -> tuple[Include, ...]:
        return tuple(each for each in self._included.get(router.key, ()) if each.child.is_also(router))

    @traced_property
    def _included(self) -> dict[object, list[Include]]:
        """The includes, by the key of what they include."""
        found: dict[object, list[Include]] = {}
        for include in self.includes:
            found.setdefault(include.child.key, []).append(include)
        return found

    def bases(self, router: Router) -> tuple[str | None, ...]:
        """What stands before a router's paths: its own prefix after those of every way to include it."""
        return self._bases(router)  # a router that includes itself has no path

    def outer_bases(self, router: Router) -> tuple[str | None, ...]:
        """The same without its own prefix."""
        outer = [
            _joined(base, include.prefix)
            for include in self.parents(router)
            for base in self.bases(include.parent)
        ]
        return tuple(dict.fromkeys(outer)) or ("",)

    def _find_bases(self, router: Router) -> tuple[str | None, ...]:
        outer = [
            _joined(_joined(base, include.prefix), include.child.prefix)
            for include in self.parents(router)
            for base in self.bases(include.parent)
        ]
        return tuple(dict.fromkeys(outer)) or (router.prefix,)

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


def _method(expression: Expression) -> str | None:
    """`"GET"` or `HTTPMethod.GET`."""
    kind, _, member = expression.external().removesuffix(".value").rpartition(".")
    return member if kind == "http.HTTPMethod" else expression.string()


def _parameters_in(call: Expression) -> int:
    """How many parameters of its function a call is made of."""
    scope = call.scope
    if not isinstance(scope, FunctionScope):
        return 0
    first = scope.node.parameters[0].name if scope.owner is not None and scope.node.parameters else ""
    names = {node.path.partition(".")[0] for node in syntax.walk(call.node) if isinstance(node, syntax.Ref)}
    return sum(each.name in names for each in scope.node.parameters if each.name != first)


def loop_of(call: Expression) -> syntax.Loop | None:
    """The loop whose variable an `include_router` includes."""
    given = call.argument("router", 0)
    name = (
        given.node.path.partition(".")[0] if given is not None and isinstance(given.node, syntax.Ref) else ""
    )
    loops = [
        node
        for node in syntax.around(call.scope.body, call.node)
        if isinstance(node, syntax.Loop) and isinstance(node.target, syntax.Ref) and node.target.path == name
    ]
    return loops[-1] if loops else None


def _is_one(found: tuple[Router, ...]) -> bool:
    return len(found) == 1


def _names(call: Expression, names: tuple[str, ...]) -> bool:
    return isinstance(call.node, syntax.Call) and last_name(call.node.func) in names


def _joined(base: str | None, prefix: str | None) -> str | None:
    return None if base is None or prefix is None else base.rstrip("/") + prefix if prefix else base
