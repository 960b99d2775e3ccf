"""What runs when an app starts and stops: event handlers and lifespans, and which of them run at all.

An app runs its lifespan. Without one it runs its event handlers, to which `include_router` adds those of the
included router; since FastAPI 0.112.2 that router's own lifespan runs too, and by default it runs the same
handlers. A mounted app gets no start-up of its own. https://fastapi.tiangolo.com/advanced/events/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.absence import may_be_none
from fastlint.model.calls import last_name
from fastlint.model.conversion import Conversion, conversion
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo, traced_property
from fastlint.model.routers import Include, Router
from fastlint.model.routing import EVENTS, ROUTERS
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import External, FunctionValue, Instance, Literal, Partial, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

LISTS = {"on_startup": "startup", "on_shutdown": "shutdown"}
SERVERS = ("uvicorn.run", "uvicorn.Config", "hypercorn.run", "granian.Granian")
RUNNERS = ("_startup", "_shutdown")
OLD_RUNNERS = ("startup", "shutdown")
WITHOUT_RUNNERS = "starlette>=1.0"
"""Since then a router has no public methods that run its handlers (https://www.starlette.io/release-notes/)."""
TRANSPARENT = ("contextlib.contextmanager", "contextlib.asynccontextmanager")


@dataclass(frozen=True, slots=True)
class EventHandler:
    """One registration of what runs at `startup` or `shutdown`.

    `way` is on_event, add_event_handler, or the name of the list that it is added to. `given` is what is
    registered, unless that is the function below the decorator.
    """

    router: Router
    event: str
    way: str
    site: Expression
    functions: tuple[FunctionValue, ...]
    given: Expression | None = None

    @property
    def place(self) -> Place:
        return self.site.place

    @property
    def name(self) -> str:
        """The function as a message calls it."""
        return self.functions[0].scope.label if self.functions else "the handler"

    @property
    def outcome(self) -> str:
        """What becomes of it: generator, lifespan, mounted, twice, again; runs also where that is open."""
        return self.site.project.events.outcome(self)

    @property
    def is_called(self) -> bool:
        """Whether the project's own code calls it too."""
        return any(self.site.project.calls.is_called(each.scope) for each in self.functions)

    @property
    def is_beside_lifespan(self) -> bool:
        """Whether the app has a `lifespan`: if it runs all the same, that is what runs it."""
        events = self.site.project.events
        return any(events.has_lifespan(app) for app in events.apps(self.router))

    @property
    def conversion(self) -> Conversion | None:
        """The lifespan that its app could have instead; None where its app is not known."""
        return self.site.project.events.conversion(self)

    @property
    def cause(self) -> Place | None:
        """Where the reason for its outcome stands, as far as there is one."""
        return self.site.project.events.cause(self)


@dataclass(frozen=True, slots=True)
class IgnoredLifespan:
    """A lifespan that never runs: that of a `mounted` app, or one `assigned` to the app as an attribute."""

    reason: str
    router: Router
    value: Expression
    place: Place


class Events:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.application = project.application
        self.outcome = Memo(project.grounds, self._outcome)
        self._conversion = Memo(project.grounds, self._find_conversion)

    # Registrations

    @traced_property
    def handlers(self) -> tuple[EventHandler, ...]:
        found = {(each.router, each.site): each for each in self._handlers()}
        return tuple(sorted(found.values(), key=lambda each: each.place))

    def _handlers(self) -> Iterator[EventHandler]:
        for call in self.project.calls.named(*EVENTS):
            for way, router in self.application.called_on(call, *EVENTS):
                kind = call.argument("event_type", 0)
                event = kind.string() if kind is not None else None
                for values, given in self._registered(call):
                    yield EventHandler(router, event or "", way, call, tuple(_functions(values)), given)
        for call in self.project.calls.named("append", "insert", "extend"):
            yield from self._added_to_list(call)
        for router in self.application.routers:
            for way, event in LISTS.items():
                yield from self._listed(router, way, event)

    def _registered(self, call: Expression) -> Iterator[tuple[tuple[Value, ...], Expression | None]]:
        """What `on_event("startup")` or `add_event_handler("startup", f)` registers, if anything."""
        func = call.argument("func", 1)
        if func is not None:
            yield func.values(), func
            return
        for scope in call.scope.functions():
            if any(node is call.node for node in scope.node.decorators):
                yield (FunctionValue(scope, outer=call.frame),), None
                return
        for outer in self.project.calls.named(""):
            if isinstance(outer.node, syntax.Call) and outer.node.func is call.node and outer.args:
                yield outer.args[0].values(), outer.args[0]
                return

    def _added_to_list(self, call: Expression) -> Iterator[EventHandler]:
        """`app.router.on_startup.append(f)`."""
        method = call.func
        owner = method.owner
        way = "" if owner is None else last_name(owner.node)
        if owner is None or way not in LISTS or not call.args:
            return
        given = call.args[-1]
        items = given.items() or () if last_name(method.node) == "extend" else (given,)
        for router in self._owners(owner):
            for item in items:
                yield EventHandler(router, LISTS[way], way, item, tuple(_functions(item.values())), item)

    def _listed(self, router: Router, way: str, event: str) -> Iterator[EventHandler]:
        given = router.option(way)
        for item in (given.items() or ()) if given is not None else ():
            yield EventHandler(router, event, way, item, tuple(_functions(item.values())), item)

    def _owners(self, attribute: Expression) -> Iterator[Router]:
        """The apps and routers of which this is an attribute of the framework's."""
        for value in attribute.values():
            receiver = value.receiver if isinstance(value, External) else None
            if receiver is not None and self.application.is_router(receiver):
                yield self.application.router(receiver, attribute)

    # What becomes of them

    def conversion(self, handler: EventHandler) -> Conversion | None:
        """The lifespan that the one app of a handler could have; None where that is not one app."""
        apps = self.apps(handler.router)
        return self._conversion(apps[0]) if len(apps) == 1 else None

    def _find_conversion(self, app: Router) -> Conversion:
        return conversion(self.project, app)

    def _outcome(self, handler: EventHandler) -> str:
        if self._is_never_started(handler.functions):
            return "generator"
        if handler.is_called:
            return "runs"
        if any(self._is_run_by_hand(app) for app in self.apps(handler.router)):
            return "runs"
        if self.application.is_app(handler.router):
            return self._outcome_on_app(handler.router)
        return self._outcome_on_router(handler)

    def apps(self, router: Router) -> tuple[Router, ...]:
        """The app that it is, or those that include it."""
        if self.application.is_app(router):
            return (router,)
        return tuple(way[-1].parent for way in self._ways_to_app(router, ()))

    def cause(self, handler: EventHandler) -> Place | None:
        """What makes the outcome: where the app gets its lifespan, is mounted, or the router is included."""
        app = next(iter(self.apps(handler.router)), None)
        outcome = handler.outcome
        if app is None:
            return None
        if outcome == "lifespan":
            return self._place_of_lifespan(app)
        if outcome not in ("mounted", "twice", "again"):
            return None
        includes = self.application.parents(app if outcome == "mounted" else handler.router)
        return next((each.place for each in includes), None)

    def _place_of_lifespan(self, app: Router) -> Place | None:
        if app.site is not None and app.option("lifespan") is not None:
            return app.site.place_of("lifespan")
        return next((value.place for each, value in self._set_later if app.is_also(each)), None)

    def _is_never_started(self, functions: tuple[FunctionValue, ...]) -> bool:
        """Whether calling the functions only makes generators of them."""
        return bool(functions) and all(
            each.scope.node.is_generator and set(self._foreign_decorators(each.scope)) <= set(TRANSPARENT)
            for each in functions
        )

    def _foreign_decorators(self, scope: FunctionScope) -> Iterator[str]:
        for name in self.project.inference.functions.decorator_names(scope):
            if not name.endswith(".on_event"):
                yield name

    def _outcome_on_app(self, app: Router) -> str:
        if self.has_lifespan(app):
            return "lifespan"
        return "mounted" if self._is_only_mounted(app) else "runs"

    def _outcome_on_router(self, handler: EventHandler) -> str:
        ways = list(self._ways_to_app(handler.router, ()))
        if not ways or any(
            self.project.order.precedes(include.site, handler.site) for way in ways for include in way
        ):
            return "runs"
        merged = not self.project.always("fastapi<0.112.2", handler.place.path)
        outcomes = {self._outcome_in_app(handler.router, way, merged) for way in ways}
        if outcomes == {"runs"} and merged and self._is_included_again(ways):
            return "again"
        return outcomes.pop() if len(outcomes) == 1 else "runs"

    def _is_included_again(self, ways: list[tuple[Include, ...]]) -> bool:
        """Whether one app certainly gets a router, and runs its lifespan, by more than one way."""
        certain = [
            way[-1].parent
            for way in ways
            if all(self.project.order.always(each.added, each.added.scope) for each in way)
        ]
        return any(certain.count(app) > 1 and self.has_lifespan(app) for app in certain)

    def _outcome_in_app(self, router: Router, way: tuple[Include, ...], merged: bool) -> str:
        app = way[-1].parent
        by_lifespan = self.has_lifespan(app)
        if not by_lifespan and self._is_only_mounted(app):
            return "mounted"
        below = [router, *(include.parent for include in way[:-1])]
        default = [each for each in below if merged and self.has_lifespan(each) is False]
        times = len(default) + (by_lifespan is False)
        if by_lifespan is None or times == 1:
            return "runs"
        return "twice" if times else "lifespan"

    def _ways_to_app(self, router: Router, below: tuple[Include, ...]) -> Iterator[tuple[Include, ...]]:
        for include in self.application.parents(router):
            if include.is_mount or include in below:
                continue
            way = (*below, include)
            if self.application.is_app(include.parent):
                yield way
            else:
                yield from self._ways_to_app(include.parent, way)

    # Lifespans

    def has_lifespan(self, router: Router) -> bool | None:
        """Whether a lifespan takes the place of event handlers; None when that is not known."""
        given = self._is_given_lifespan(router)
        if given or not any(router.is_also(each) for each, _ in self._set_later):
            return given
        is_wrapped = any(router.is_also(each) for each in self._entered)
        return None if is_wrapped else True

    def _is_given_lifespan(self, router: Router) -> bool | None:
        given = router.option("lifespan")
        if given is None:
            return None if router.site is None or router.may_be_given("lifespan") else False
        if given.is_none:
            return False
        is_certain = any(map(_is_given, given.values())) and not _is_left_open(given)
        if isinstance(given.node, syntax.Operation) and may_be_none(given):
            return None
        return True if is_certain else None

    @traced_property
    def ignored_lifespans(self) -> tuple[IgnoredLifespan, ...]:
        return tuple(sorted({*self._mounted_lifespans(), *self._assigned()}, key=lambda each: each.place))

    def _mounted_lifespans(self) -> Iterator[IgnoredLifespan]:
        for router in self.application.routers:
            given = router.option("lifespan")
            if given is None or not self.has_lifespan(router) or not self._is_only_mounted(router):
                continue
            if not any(self._is_shared(each, router) for each in _functions(given.values())):
                assert router.site is not None
                yield IgnoredLifespan("mounted", router, given, router.site.place_of("lifespan"))

    def _is_shared(self, lifespan: FunctionValue, router: Router) -> bool:
        """Whether a lifespan is that of another app too, or called by the project."""
        others = [
            function
            for other in self.application.routers
            if not other.is_also(router) and not self._is_only_mounted(other)
            if (given := other.option("lifespan")) is not None
            for function in _functions(given.values())
        ]
        return any(each.scope is lifespan.scope for each in others) or self.project.calls.is_called(
            lifespan.scope
        )

    def _assigned(self) -> Iterator[IgnoredLifespan]:
        """`app.lifespan = lifespan`, on a class that has no use for it."""
        for target, value in self._assignments("lifespan"):
            for router in self._owners(target):
                if isinstance(router.instance.cls, External) and router not in self._read_lifespans:
                    yield IgnoredLifespan("assigned", router, value, target.place)

    @traced_property
    def _set_later(self) -> tuple[tuple[Router, Expression], ...]:
        """`app.router.lifespan_context = lifespan`."""
        return tuple(
            (router, value)
            for target, value in self._assignments("lifespan_context")
            for router in self._owners(target)
        )

    def _assignments(self, attribute: str) -> Iterator[tuple[Expression, Expression]]:
        for module in self.project.naming(attribute):
            for scope in module.within():
                for node in scope.statements():
                    if not isinstance(node, syntax.Assign) or node.value is None:
                        continue
                    for target in node.targets:
                        if last_name(target) == attribute:
                            yield Expression(target, scope.frame), Expression(node.value, scope.frame)

    # Who starts what

    def _is_only_mounted(self, router: Router) -> bool:
        """Whether an app is mounted, and neither its parent nor anything else starts it."""
        mounts = [include for include in self.application.parents(router) if include.is_mount]
        if not mounts or len(mounts) != len(self.application.parents(router)):
            return False
        if self._is_something_unknown_entered:
            return False
        return not any(router.is_also(each) for each in (*self._entered, *self._served))

    @traced_property
    def _entered(self) -> tuple[Router, ...]:
        """The apps whose lifespan the project's code reads or starts."""
        reads = [*self._reads("lifespan_context", "startup", "_startup")]
        given = [call.args[0] for call in self.project.calls.named("LifespanManager") if call.args]
        return (
            *(router for read in reads for router in self._owners(read)),
            *(router for each in given for router in self._apps(each)),
        )

    @traced_property
    def _is_something_unknown_entered(self) -> bool:
        return any(not read.values() for read in self._reads("lifespan_context"))

    @traced_property
    def _served(self) -> tuple[Router, ...]:
        """The apps that the project's code serves by themselves."""
        found: list[Router] = []
        for call in self._servers():
            given = call.argument("app", 0) or call.argument("target", 0)
            if given is not None and call.func.external() in SERVERS:
                found.extend(self._apps(given))
                found.extend(self._named(given.string() or ""))
        return tuple(found)

    def _servers(self) -> Iterator[Expression]:
        """The calls that may start a server, in files that do not touch the framework too."""
        for name in SERVERS:
            package, _, last = name.partition(".")
            for module in self.project.mentioning(package):
                for scope, node in self.project.calls.module(module).get(last, ()):
                    yield Expression(node, scope.frame)

    def _named(self, target: str) -> Iterator[Router]:
        """The app that `"shop.main:app"` names."""
        module, _, name = target.partition(":")
        for each in self.project.modules if name else ():
            if self.project.dotted(each).endswith(module.rpartition(".")[2]):
                for value in self.project.inference.names.member(each, name):
                    if isinstance(value, Instance) and self.application.is_router(value):
                        yield Router(Instance(value.cls, value.site))

    def _apps(self, expression: Expression) -> Iterator[Router]:
        for value in expression.values():
            if isinstance(value, Instance) and self.application.is_router(value):
                yield self.application.router(value, expression)

    def _is_run_by_hand(self, app: Router) -> bool:
        """Whether the project's code goes through an app's list of handlers itself."""
        return any(each.is_also(app) for reader in self._readers for each in self._meant(reader, app))

    @traced_property
    def _readers(self) -> tuple[Router, ...]:
        """The apps whose lists of handlers are read, other than to add to them."""
        added = {
            id(call.func.node.value)
            for call in self.project.calls.named("append", "insert", "extend")
            if isinstance(call.func.node, syntax.Attribute)
        }
        reads = [read for read in self._reads(*LISTS) if id(read.node) not in added]
        for read in self._reads(*RUNNERS, *OLD_RUNNERS):
            name = last_name(read.node)
            if name in RUNNERS or not self.project.holds(WITHOUT_RUNNERS, read.place.path):
                reads.append(read)
        given = [call.args[0] for call in self.project.calls.named("_DefaultLifespan") if call.args]
        return (
            *(router for read in reads for router in self._read_from(read)),
            *(router for each in given for router in self._apps(each) or (_unknown(each),)),
        )

    def _read_from(self, attribute: Expression) -> Iterator[Router]:
        """The apps of which this is an attribute, or one that is only known by the scope it is read in."""
        yield from self._owners(attribute)
        if attribute.owner is not None and not attribute.owner.values():
            yield _unknown(attribute)

    def _meant(self, router: Router, otherwise: Router) -> tuple[Router, ...]:
        """An app, or those whose lifespan gets it as a parameter; any one where that is not known."""
        if router.site is not None:
            return (router,)
        given = ((each, each.option("lifespan")) for each in self.application.routers)
        found = tuple(
            each
            for each, lifespan in given
            if lifespan is not None
            and any(function.scope is router.scope for function in _functions(lifespan.values()))
        )
        return found or (otherwise,)

    @traced_property
    def _read_lifespans(self) -> frozenset[Router]:
        return frozenset(router for read in self._reads("lifespan") for router in self._owners(read))

    def _reads(self, *attributes: str) -> Iterator[Expression]:
        """Every place that reads an attribute of one of these names."""
        for module in self.project.naming(*attributes):
            for scope in module.within():
                for statement in scope.statements():
                    for node in syntax.evaluated(statement):
                        if last_name(node) in attributes and _is_attribute(node):
                            yield Expression(node, scope.frame)


def _unknown(at: Expression) -> Router:
    return Router(Instance(External(ROUTERS[-1])), at.scope)


def _functions(values: tuple[Value, ...]) -> Iterator[FunctionValue]:
    for value in values:
        if isinstance(value, FunctionValue):
            yield value
        elif isinstance(value, Partial):
            yield from _functions(value.functions)


def _is_given(value: Value) -> bool:
    """Whether a value says that there is a lifespan; a mere annotation does not."""
    return not isinstance(value, Literal) and not (isinstance(value, Instance) and value.site is None)


def _is_left_open(given: Expression) -> bool:
    """Whether it is a parameter that no call is known to fill."""
    scope, node = given.scope, given.node
    if not isinstance(scope, FunctionScope) or not isinstance(node, syntax.Ref):
        return False
    return scope.parameter(node.path) is not None and node.path not in given.frame.arguments


def _is_attribute(node: syntax.Expr) -> bool:
    return isinstance(node, syntax.Attribute) or (isinstance(node, syntax.Ref) and "." in node.path)
