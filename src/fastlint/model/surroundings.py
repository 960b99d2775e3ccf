"""What turns clients away around dependencies: decorators of the handler, middleware, classes of routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.model.closure import target_name, words
from fastlint.model.credentials import NAMED, READS_HEADER, is_telling
from fastlint.model.endpoints import Endpoint
from fastlint.model.expression import Expression
from fastlint.model.extents import Extent, extent_of, overlap, passed
from fastlint.model.guard import Guard, is_elsewhere
from fastlint.model.memo import traced_property
from fastlint.model.refusals import REFUSALS, UNMISTAKABLE, Refusals, Traits
from fastlint.model.routers import Router
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

REQUIRES = "starlette.authentication.requires"
"""https://www.starlette.io/authentication/#permissions"""


class Surroundings:
    """Finds it, for each endpoint."""

    def __init__(self, project: Project, refusals: Refusals) -> None:
        self.project = project
        self.refusals = refusals

    def around(self, app: Router) -> Iterator[Guard]:
        """The middleware of an app, or of one that is not known, that may turn clients away."""
        around = extent_of(app)
        yield from (guard for extent, guard in self._middleware if overlap(extent, around))

    def before(self, endpoint: Endpoint) -> Iterator[Guard]:
        """What a request meets before its dependencies are resolved."""
        way = passed(endpoint)
        yield from (guard for extent, guard in self._middleware if overlap(extent, way))
        yield from self._route_classes(endpoint)

    def after(self, endpoint: Endpoint) -> Iterator[Guard]:
        """What it meets once they are: decorators below the route's own, and the handler itself."""
        yield from self._decorators(endpoint)
        function = endpoint.route.function
        traits = self.refusals.of(endpoint.route.handler)
        if traits.refusals or traits.hints:
            yield _guard(function.label, "handler", function.place, traits)

    def _decorators(self, endpoint: Endpoint) -> Iterator[Guard]:
        """Decorators between the handler and its route that turn clients away before the handler runs."""
        for decorator in _below(endpoint):
            called = decorator.func if decorator.is_call else decorator
            name = called.text()
            if called.external() == REQUIRES:
                yield Guard(name, "decorator", decorator.place, answers=(403,), is_certain=True)
                continue
            traits = Traits()
            for value in called.values():
                if isinstance(value, FunctionValue):
                    for inner in (value.scope, *_nested(value.scope)):
                        traits |= self.refusals.of(FunctionValue(inner, outer=value.outer))
            if is_telling(name.rpartition(".")[2]):
                traits |= Traits(hints=frozenset({NAMED}))
            if traits.refusals or traits.hints:
                is_certain = bool(traits.refusals & UNMISTAKABLE or (traits.refusals and traits.hints))
                yield replace(_guard(name, "decorator", decorator.place, traits), is_certain=is_certain)

    def _route_classes(self, endpoint: Endpoint) -> Iterator[Guard]:
        for router in endpoint.routers:
            for given in router.options("route_class"):
                for value in given.values():
                    if isinstance(value, ClassValue):
                        yield from self._class_guard(value, ("get_route_handler",), "router", given.place)

    def _class_guard(
        self, cls: ClassValue, methods: Iterable[str], level: str, place: Place
    ) -> Iterator[Guard]:
        traits = Traits(hints=frozenset({NAMED} if is_telling(cls.scope.name) else ()))
        for name in methods:
            method = self.project.inference.classes.method(Instance(cls), name)
            if method is not None:
                for scope in (method.scope, *_nested(method.scope)):
                    traits |= self.refusals.of(FunctionValue(scope, method.receiver))
        if _is_against_strangers(cls.scope.name, traits):
            yield _guard(cls.scope.name, level, place, traits)

    @traced_property
    def _middleware(self) -> tuple[tuple[Extent, Guard], ...]:
        return tuple(self._find_middleware())

    def _find_middleware(self) -> Iterator[tuple[Extent, Guard]]:
        """Middleware that may turn clients away, with what it is put around."""
        hooks, added = self.project.hooks, set[Place]()
        for middleware in hooks.middleware:
            added.add(middleware.place)
            extent = hooks.extents.of_middleware(middleware.site)
            if isinstance(middleware.cls, ClassValue):
                for guard in self._class_guard(
                    middleware.cls, ("dispatch", "__call__"), "middleware", middleware.place
                ):
                    yield extent, guard
            elif is_elsewhere(middleware.cls) and is_telling(target_name(middleware.cls)):
                name = target_name(middleware.cls)
                yield extent, Guard(name, "middleware", middleware.place, hints=(NAMED,))
        for hook in hooks.hooks:
            function, owner = hook.function, hook.function.scope.owner
            if hook.role != "middleware" or hook.place in added:
                continue
            if owner is not None:
                for guard in self._class_guard(
                    ClassValue(owner), (function.scope.name,), "middleware", hook.place
                ):
                    yield hook.extent, guard
            elif _is_against_strangers(function.scope.name, traits := self.refusals.of(function)):
                yield hook.extent, _guard(function.scope.name, "middleware", hook.place, traits)


def _guard(name: str, level: str, place: Place, traits: Traits) -> Guard:
    """What stands around dependencies and may turn clients away: it is not certain that it does so here."""
    return Guard(name, level, place, answers=tuple(sorted(traits.answers)), hints=tuple(sorted(traits.hints)))


def _is_against_strangers(name: str, traits: Traits) -> bool:
    """Whether middleware may turn away who is not known; a token against CSRF is no matter of who asks."""
    is_against = traits.answers & REFUSALS or READS_HEADER in traits.hints or is_telling(name)
    return bool(is_against) and "csrf" not in words(name)


def _below(endpoint: Endpoint) -> list[Expression]:
    """The decorators between a handler and its route, the outermost first."""
    route = endpoint.route
    nodes, parent = route.function.node.decorators, route.function.parent
    if parent is None:
        return []
    own = None if route.decorator is None else route.decorator.node
    start = next((at + 1 for at, node in enumerate(nodes) if node is own), 0)
    registered = route.project.application.route_decorators
    return [Expression(node, parent.frame) for node in nodes[start:] if id(node) not in registered]


def _nested(scope: FunctionScope) -> Iterator[FunctionScope]:
    for inner in scope.functions():
        yield inner
        yield from _nested(inner)
