"""The order in which routes are tried, and the routes that no request reaches.

Starlette tries routes in the order in which they were added, and runs the first that matches path and method
(https://www.starlette.io/routing/#route-priority).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.judging import MOST_VALUES
from fastlint.model.memo import Memo
from fastlint.model.mounts import Mount, mounts
from fastlint.model.paths import covers
from fastlint.model.project import Project
from fastlint.model.routers import Include, Router
from fastlint.model.routing import ADDERS, INCLUDERS, ROUTERS, Route, loop_of
from fastlint.model.scopes import ClassScope, FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue, External, Instance

Way = tuple[Include, ...]
Served = tuple[Route, Way]
LATE_ROUTES = "fastapi>=0.137"
"""Since then a route counts that is added to a router after that was included."""
CHANGES = ("insert", "remove", "pop", "sort", "reverse", "clear")


@dataclass(frozen=True, slots=True)
class Entry:
    """A route as one router serves it.

    `path` starts behind that router's own prefix, `added` is what adds the route to it: the registration
    itself, or the outermost of the `includes`.
    """

    route: Route
    methods: frozenset[str]
    path: str
    added: Expression
    owner: Router
    includes: Way = ()

    @property
    def first(self) -> Include | None:
        return self.includes[0] if self.includes else None

    def answers_for(self, other: Entry) -> bool:
        """Whether it matches everything that another one matches."""
        route, late = self.route, other.route
        if route.is_websocket != late.is_websocket or route.function is late.function:
            return False
        if not route.is_websocket and not (other.methods and other.methods <= self.methods):
            return False
        return covers(self.path, other.path)


@dataclass(frozen=True, slots=True)
class ShadowedRoute:
    """A route that never runs, because an earlier route or mount answers; paths are full where known."""

    route: Route
    path: str
    earlier: Route | Mount
    earlier_path: str

    @property
    def is_same_path(self) -> bool:
        """Whether both match the same: neither order would let both run."""
        return covers(self.path, self.earlier_path)

    @property
    def place(self) -> Place:
        return self.route.place


def shadowed_routes(project: Project) -> tuple[ShadowedRoute, ...]:
    """One for each registration that no request reaches, whichever way its router is included."""
    return tuple(sorted(Tables(project).shadowed(), key=lambda each: each.place))


class Tables:
    """What each router serves, its own routes and those of included ones."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.application = project.application
        self.entries = Memo(project.grounds, self._find_entries, within=lambda _: ())
        self._keeps_paths = Memo(project.grounds, self._is_plain)
        self._reordered = _reordered(project)
        self._routes: dict[object, list[Entry]] = {}
        self._includes: dict[object, list[Include]] = {}
        self._mounts: dict[object, list[Mount]] = {}
        for mount in mounts(self.application):
            self._mounts.setdefault(mount.parent.key, []).append(mount)
        for route in self.application.routes:
            path = route.path
            is_in_order = not route.is_ready_made and not (route.is_apart and route.router.prefix)
            if path is not None and is_in_order and self._keeps_paths(route.router):
                entry = Entry(route, route.methods, path, route.added, route.router)
                maker = _constructed(route.router, entry.added)
                self._routes.setdefault(maker or route.router.key, []).append(entry)
        for include in self.application.includes:
            self._includes.setdefault(include.parent.key, []).append(include)

    def shadowed(self) -> Iterator[ShadowedRoute]:
        if self._reordered is None:
            return
        hidden: dict[Served, ShadowedRoute] = {}
        for router in self.application.routers:
            for entry, other in self._hidden(router):
                hidden.setdefault((entry.route, entry.includes), self._shadowed(router, entry, other))
        for route in dict.fromkeys(route for route, _ in hidden):
            ways = self._ways(route.router)
            found = [hidden.get((route, way[at:])) for way in ways for at in range(len(way) + 1)]
            first = next((each for each in found if each is not None), None)
            if first is not None and all(self._is_hidden(route, way, hidden) for way in ways):
                yield first

    def _hidden(self, router: Router) -> Iterator[tuple[Entry, Entry | Mount]]:
        """The routes that never run where this router serves them, each with what answers instead."""
        entries = self.entries(router)
        earlier = _Candidates(entries)
        for entry in entries:
            for other in earlier.of(entry):
                if other.answers_for(entry) and self._precedes(other, entry):
                    yield entry, other
                    break
            else:
                yield from ((entry, mount) for mount in self._taking(router, entry))

    def _taking(self, router: Router, entry: Entry) -> Iterator[Mount]:
        """The first mount of a router that takes all requests for a route."""
        for mount in self._mounts.get(router.key, ()):
            is_earlier = mount.parent == router and self.project.order.precedes(mount.site, entry.added)
            if is_earlier and mount.takes(entry.path):
                yield mount
                return

    def _is_hidden(self, route: Route, way: Way, hidden: Mapping[Served, ShadowedRoute]) -> bool:
        """Whether a route never runs where it is included this way, and only the framework orders routes."""
        routers = [route.router, *(include.parent for include in way)]
        if any(each.is_also(router) for each in self._reordered or () for router in routers):
            return False
        root = way[0].parent if way else route.router
        if not self.application.is_app(root) and (root.site is None or self._is_handed_over(root)):
            return False
        return any((route, way[at:]) in hidden for at in range(len(way) + 1))

    def _ways(self, router: Router) -> list[Way]:
        """Every way by which a router is included, the outermost include first.

        The ways to apps, if there are any; those of test suites count when there are no others.
        """
        ways = list(self._upwards(router, ()))
        apps = [way for way in ways if self.application.is_app(way[0].parent if way else router)]
        real = [way for way in apps if not (way and is_test(way[0].place.path))]
        return real or apps or ways

    def _upwards(self, router: Router, below: Way) -> Iterator[Way]:
        outer = [each for each in self.application.parents(router) if not each.is_mount and each not in below]
        for include in outer:
            yield from self._upwards(include.parent, (include, *below))
        if not outer:
            yield below

    def _is_handed_over(self, router: Router) -> bool:
        """Whether it is an argument of a call that is not the framework's."""
        site = router.site
        names = () if site is None else _names_of(site)
        return any(
            self.application.router(value, argument).is_also(router)
            for argument in _passed_on(self.project, names)
            for value in argument.instances(*ROUTERS)
        )

    def _find_entries(self, router: Router) -> tuple[Entry, ...]:
        """The routes that a router serves and of which the path from it on is known."""
        return (*self._own(router), *self._included(router))

    def _own(self, router: Router) -> Iterator[Entry]:
        for entry in self._routes.get(router.key, ()):
            if entry.owner.covers(router):
                yield entry
        cls = router.instance.cls
        for base in self.project.inference.classes.mro(cls) if router.site is not None else ():
            if isinstance(base, ClassValue):
                yield from self._routes.get(base.scope, ())

    def _included(self, router: Router) -> Iterator[Entry]:
        for include in self._includes.get(router.key, ()):
            if include.is_mount or not include.parent.covers(router):
                continue
            prefix, own = include.prefix, include.child.prefix
            if prefix is None or own is None or not self._keeps_paths(include.parent):
                continue
            for entry in self.entries(include.child):
                if not self._is_too_late(entry, include):
                    path, includes = prefix + own + entry.path, (include, *entry.includes)
                    yield Entry(entry.route, entry.methods, path, include.added, include.parent, includes)

    def _is_too_late(self, entry: Entry, include: Include) -> bool:
        """Whether a route is added after its router was included, and may not be seen any more."""
        is_late = self.project.order.follows(entry.added, include.added)
        return is_late and not self.project.always(LATE_ROUTES, include.place.path)

    def _precedes(self, one: Entry, other: Entry) -> bool:
        if one.first is not None and one.first is other.first:
            return False  # that is a matter of the included router alone
        by_class = [_constructed(each.owner, each.added) for each in (one, other)]
        if any(by_class) and by_class[0] is not by_class[1]:
            return by_class[1] is None and self.project.order.always(one.added, one.added.scope)
        if one.added.node is other.added.node:
            return self._is_earlier_in_loop(one, other)
        if one.owner != other.owner and one.owner.covers(other.owner):
            return self._is_added_by_maker(one)
        return self.project.order.precedes(one.added, other.added)

    def _is_added_by_maker(self, entry: Entry) -> bool:
        """Whether the code that makes a router adds a route to it before anybody else gets the router."""
        site = entry.owner.site
        return site is not None and self.project.order.always(entry.added, site.scope)

    def _is_earlier_in_loop(self, one: Entry, other: Entry) -> bool:
        """Whether the routers of both are items of a list that is included in a loop, in this order."""
        if one.first is None or other.first is None:
            return False
        site = one.first.site
        loop = loop_of(site)
        if loop is None or not self.project.order.runs_with(site, loop):
            return False
        order = self.application.looped(site)
        known = order.count(one.first.child) == order.count(other.first.child) == 1
        return known and order.index(one.first.child) < order.index(other.first.child)

    def _is_plain(self, router: Router) -> bool:
        """Whether the framework matches routes by their paths as they are written."""
        return _has_plain_class(router, self.project) and _has_plain_routes(router)

    def _shadowed(self, router: Router, entry: Entry, other: Entry | Mount) -> ShadowedRoute:
        base = next((each for each in self.application.bases(router) if each is not None), "")
        if isinstance(other, Mount):
            return ShadowedRoute(entry.route, base + entry.path, other, base + other.path)
        return ShadowedRoute(entry.route, base + entry.path, other.route, base + other.path)


class _Candidates:
    """Entries by what they could answer for: a path without parameters only answers for itself."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._fixed: dict[str, list[Entry]] = {}
        self._open: dict[str, list[tuple[int, Entry]]] = {}
        for position, entry in enumerate(entries):
            start, brace, _ = entry.path.partition("{")
            if brace:
                self._open.setdefault(start, []).append((position, entry))
            else:
                self._fixed.setdefault(start, []).append(entry)

    def of(self, entry: Entry) -> Iterator[Entry]:
        yield from self._fixed.get(entry.path, ())
        starts = (entry.path[:end] for end in range(len(entry.path) + 1))
        found = [pair for start in starts for pair in self._open.get(start, ())]
        yield from (each for _, each in sorted(found, key=lambda pair: pair[0]))


def _passed_on(project: Project, names: tuple[str, ...]) -> Iterator[Expression]:
    """The arguments of one of these names in calls that include no router."""
    for module in project.naming(*names):
        for scope in module.within():
            for statement in scope.statements():
                for node in syntax.evaluated(statement):
                    if isinstance(node, syntax.Call) and last_name(node.func) not in INCLUDERS:
                        given = (*node.args, *(keyword.value for keyword in node.keywords))
                        yield from (
                            Expression(each, scope.frame) for each in given if last_name(each) in names
                        )


def _names_of(site: Expression) -> tuple[str, ...]:
    """The names, also those of attributes, that are bound to what a call makes."""
    scope = site.scope
    names = [name for name, each in scope.bindings.items() if any(one.value is site.node for one in each)]
    if isinstance(scope, FunctionScope):
        names += [path.rpartition(".")[2] for path, one in scope.targets if one.value is site.node]
    return tuple(names)


def _constructed(owner: Router, added: Expression) -> ClassScope | None:
    """The class whose constructor adds a route to every router that is made of it."""
    cls, scope = owner.instance.cls, added.scope
    if owner.site is not None or not isinstance(cls, ClassValue) or not isinstance(scope, FunctionScope):
        return None
    return cls.scope if scope.owner is cls.scope and scope.name == "__init__" else None


def _has_plain_class(router: Router, project: Project) -> bool:
    """Whether a router's class passes the paths that it is given on as they are."""
    if isinstance(router.instance.cls, External):
        return True
    methods = [project.inference.classes.method(router.instance, name) for name in (*ADDERS, *INCLUDERS)]
    return all(method is None or _passes_path(method.scope) for method in methods)


def _passes_path(override: FunctionScope) -> bool:
    """Whether an overridden method calls the framework's once, with the path that it was given itself."""
    calls = [
        inner
        for statement in override.statements()
        for inner in syntax.evaluated(statement)
        if isinstance(inner, syntax.Call) and last_name(inner.func) == override.name
    ]
    parameters = override.node.parameters[1:]
    if len(calls) != 1 or not calls[0].args or not parameters:
        return False
    first, name = calls[0].args[0], parameters[0].name
    passed = first.value if isinstance(first, syntax.Starred) else first
    is_same = isinstance(passed, syntax.Ref) and passed.path == name and len(override.bindings[name]) == 1
    return is_same and not any(keyword.name == "prefix" for keyword in calls[0].keywords)


def _has_plain_routes(router: Router) -> bool:
    """Whether its routes match as the framework's do: their class has no `matches` of its own."""
    given = [*router.options("route_class")]
    if not given:
        return not router.may_be_given("route_class")
    return all(
        isinstance(value, ClassValue) and "matches" not in _own_names(value, each.project)
        for each in given
        for value in each.values() or (None,)
    )


def _own_names(cls: ClassValue, project: Project) -> set[str]:
    order = project.inference.classes.mro(cls)
    return {name for each in order if isinstance(each, ClassValue) for name in each.scope.bindings}


def _reordered(project: Project) -> tuple[Router, ...] | None:
    """The routers whose list of routes the project's code changes; None where it is not known whose."""
    found: list[Router] = []
    for changed in _changed_lists(project):
        values = () if changed.owner is None else changed.owner.values()
        routers = [
            each for each in values if isinstance(each, Instance) and project.application.is_router(each)
        ]
        if not values or len(values) >= MOST_VALUES or any(each.site is None for each in routers):
            return None
        found += [project.application.router(each, changed) for each in routers]
    return tuple(found)


def _changed_lists(project: Project) -> Iterator[Expression]:
    """`app.router.routes` where something is done to it that can change its order."""
    for call in project.calls.named(*CHANGES):
        owner = call.func.owner
        if owner is not None and last_name(owner.node) == "routes":
            yield owner
    for module in project.naming("routes"):
        for scope in module.within():
            for node in scope.statements():
                for target in node.targets if isinstance(node, syntax.Assign) else ():
                    changed = Expression(
                        target.value if isinstance(target, syntax.Subscript) else target, scope.frame
                    )
                    if last_name(changed.node) == "routes" and changed.owner is not None:
                        yield changed
