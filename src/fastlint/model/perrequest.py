"""Clients, engines and pools that a request makes for itself, though all requests could share one.

A route, a dependency, middleware or an exception handler makes it, or a function of the project that it
calls. What is kept is no such thing:
in a variable of the module, in an object that lives on, by a cache. Neither is what needs something of the
request to be made, such as the key of its user, nor what lives as long as a stream or a websocket.

What is left open holds connections. What is closed again has cost no more than the time that it takes to make
it, which counts as often as it is spent: so it counts for a route that reads, and for a dependency, wherever
it is made, and less and less for what is asked for seldom.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Step
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.edge import Edge
from fastlint.model.environment import SETTINGS
from fastlint.model.expression import Expression
from fastlint.model.judging import MANAGERS
from fastlint.model.keeping import is_kept
from fastlint.model.remembering import may_remember
from fastlint.model.scopes import Binding, Frame, FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.uses import Use
from fastlint.model.values import ClassValue, External, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project
    from fastlint.model.routing import Route

GIVEN_TO_REQUESTS = frozenset(("auth", "base_url", "follow_redirects", "headers", "params", "timeout"))
"""What httpx takes with each request too, so that it needs no client of its own."""
OWN_TRANSPORT = frozenset(("app", "connection_pool", "http_client", "mounts", "poolclass", "transport"))
"""Arguments after which making it costs something else, or next to nothing."""
DEEPEST = 4
LONGEST_CHAIN = 3
"""How many calls may lead there: what is further down has less and less to do with the request."""
EACH_REQUEST = ("middleware", "authentication backend", "route class")
"""What is called for each request, besides routes and dependencies."""
READING = frozenset(("GET", "HEAD"))
"""Methods of routes that are asked often; the others have to make themselves what they close again."""


Way = tuple[tuple[FunctionScope, Edge], ...]
"""Calls that lead somewhere, each with the function that makes it."""


@dataclass(frozen=True, slots=True)
class MadeClient:
    """A call that makes such an object; `name` is what it makes, `cost` what that costs each time."""

    use: Use
    name: str
    cost: str

    @property
    def call(self) -> Expression:
        return self.use.call

    @property
    def place(self) -> Place:
        return self.use.call.place

    @property
    def is_closed(self) -> bool:
        """Whether it is made for a `with`."""
        return self.use.context == "entered"


@dataclass(frozen=True, slots=True)
class ClientPerRequest:
    """A client that each request makes for itself; `edges` lead from a handler to the call, callers first."""

    made: MadeClient
    handler: FunctionScope
    edges: Way

    @property
    def call(self) -> Expression:
        """The call that makes it."""
        return self.made.call

    @property
    def place(self) -> Place:
        return self.made.place

    @property
    def trace(self) -> tuple[Step, ...]:
        """The chain from the handler to the call, for a finding."""
        return tuple(
            Step(f"{function.label}() calls {edge.text}", edge.call.place) for function, edge in self.edges
        )


def clients_per_request(project: Project) -> Iterator[ClientPerRequest]:
    """Every such call, once, with the shortest chain that leads there."""
    found = {function: project.quiet.said("clients", function) for function in project.loop.reached}
    loud = {function: clients for function, clients in found.items() if clients}
    ways = Ways(project) if loud else None
    seen: set[Place] = set()
    for function, clients in sorted(loud.items(), key=lambda pair: pair[0].scope.place):
        for made in clients:
            way = None if ways is None else ways.to(function, made.is_closed)
            if way is not None and made.place not in seen:
                seen.add(made.place)
                yield ClientPerRequest(made, (way[0][0] if way else function.scope), way)


def clients_in(function: FunctionValue) -> Iterator[MadeClient]:
    """What one function makes and neither keeps nor needs the request for."""
    scope = function.scope
    knowledge, bindings = scope.project.knowledge, scope.module.bindings
    names = knowledge.client_names
    frame: Frame | None = None
    for reading in scope.calls:
        node = reading.node
        name = last_name(node.func) if isinstance(node, syntax.Call) else ""
        if name not in names and not name[:1].isupper() and not _is_renamed(bindings.get(name), names):
            continue
        frame = frame or scope.project.inference.calling.frame(function, None)
        use = Use(Expression(node, frame), *reading[1:])
        made = _made_name(use.call)
        cost = knowledge.client(made) if made else ""
        is_own = cost and not is_kept(use) and not _depends_on_request(use.call, made)
        if is_own and not is_test(scope.module.path) and not may_remember(scope):
            yield MadeClient(use, made, cost)


def _is_renamed(bindings: list[Binding] | None, names: frozenset[str]) -> bool:
    """Whether a name is that under which a module imports what makes such an object."""
    return bindings is not None and any(
        isinstance(each.node, syntax.Import) and each.node.name in names for each in bindings
    )


def _made_name(call: Expression) -> str:
    """The name of what makes an object that is to be shared, where a call does."""
    values = call.func.values()
    names = {_name(each) for each in values}
    return names.pop() if len(names) == 1 else ""


def _name(value: object) -> str:
    if isinstance(value, External):
        return value.name
    if isinstance(value, ClassValue):
        project = value.scope.project
        bases = project.inference.classes.external_bases(value)
        return next((each for each in bases if project.knowledge.client(each)), "")
    return ""


# What it is made with


def _depends_on_request(call: Expression, name: str) -> bool:
    """Whether it is made with something that differs from request to request, or may."""
    if call.opaque_keywords or any(isinstance(each.node, syntax.Starred) for each in call.args):
        return True
    keywords = call.keywords
    if not OWN_TRANSPORT.isdisjoint(keywords):
        return True
    is_httpx = name.startswith("httpx.")
    if is_httpx and "verify" in keywords and keywords["verify"].constant() is not True:
        return True
    given = [each for key, each in keywords.items() if not (is_httpx and key in GIVEN_TO_REQUESTS)]
    owner = call.func.owner if last_name(call.func.node) in ("client", "resource") else None
    made_on = [owner] if owner is not None else []
    return not all(_is_fixed(each, 0) for each in (*call.args, *given, *made_on))


def _is_fixed(value: Expression, depth: int) -> bool:
    """Whether a value is the same for all requests, as far as the function itself tells."""
    if depth > DEEPEST:
        return False
    return all(
        _is_fixed_name(each, depth) for each in value.walk() if isinstance(each.node, syntax.Ref)
    ) and all(_is_fixed_call(each) for each in value.calls())


def _is_fixed_name(read: Expression, depth: int) -> bool:
    scope = read.scope
    assert isinstance(read.node, syntax.Ref)
    root = read.node.path.partition(".")[0]
    bindings = scope.bindings.get(root, ()) if isinstance(scope, FunctionScope) else ()
    if not bindings:
        return not isinstance(scope.parent, FunctionScope) or root not in scope.parent.bindings
    if len(bindings) > 1:
        return False
    binding = bindings[0]
    if binding.kind == "import":
        return True
    if binding.kind == "parameter":
        found = read.at(_root(read.node, read)).values()
        classes = read.project.inference.classes
        return bool(found) and all(
            isinstance(each, Instance) and classes.descends(each.cls, *SETTINGS) for each in found
        )
    return (
        binding.kind == "value"
        and binding.value is not None
        and not binding.unpack
        and _is_fixed(read.at(binding.value), depth + 1)
    )


def _root(node: syntax.Ref, near: Expression) -> syntax.Ref:
    made = syntax.Ref(node.span, node.path.partition(".")[0])
    near.project.inference.keep(made)
    return made


def _is_fixed_call(call: Expression) -> bool:
    """Whether a call gives the same each time: that of another package, or one that gives settings."""
    values = call.func.values()
    if all(isinstance(each, External) for each in values):
        return bool(values)
    found = call.values()
    classes = call.project.inference.classes
    return bool(found) and all(
        isinstance(each, Instance) and classes.descends(each.cls, *SETTINGS) for each in found
    )


# The way there


class Ways:
    """How requests get to functions of which nobody keeps what they give."""

    def __init__(self, project: Project) -> None:
        self._injected = {
            each.handler: LONGEST_CHAIN
            for each in project.dependencies.dependencies
            if not is_test(each.handler.scope.module.path)
        }
        self._starts = dict(self._injected)
        """For each handler how many calls may lead from there to a client that is closed again."""
        for route in project.application.routes:
            if not route.is_websocket and not is_test(route.handler.scope.module.path):
                most = max(self._starts.get(route.handler, -1), _longest_to_closed(route))
                self._starts[route.handler] = most
        for hook in project.hooks.hooks:
            if hook.role in EACH_REQUEST or hook.role == "exception handler":
                most = LONGEST_CHAIN if hook.role in EACH_REQUEST else 0
                if not is_test(hook.function.scope.module.path):
                    self._starts[hook.function] = max(self._starts.get(hook.function, -1), most)
        self._callers: dict[FunctionValue, list[tuple[FunctionValue, Edge]]] = {}
        for function in project.loop.reached:
            for edge in project.loop.edges_of(function):
                if edge.callee is not None and edge.how != "schedules" and not edge.is_off_loop:
                    self._callers.setdefault(edge.callee, []).append((function, edge))

    def to(self, function: FunctionValue, is_closed: bool) -> Way | None:
        """The shortest chain from a handler to a function; None where there is none, or only a long one.

        `is_closed` says that what the function makes is closed again.
        """
        queue: deque[tuple[FunctionValue, Way]] = deque([(function, ())])
        seen = {function}
        while queue:
            current, way = queue.popleft()
            if may_remember(current.scope) or self._is_stream(current):
                continue
            if current in self._starts and (not is_closed or len(way) <= self._starts[current]):
                return way
            callers = self._callers.get(current, ()) if len(way) < LONGEST_CHAIN else ()
            for caller, edge in sorted(callers, key=lambda pair: pair[1].call.place):
                if caller not in seen and not is_kept(edge.use):
                    seen.add(caller)
                    queue.append((caller, ((caller.scope, edge), *way)))
        return None

    def _is_stream(self, function: FunctionValue) -> bool:
        """Whether a function is a generator that lives as long as what goes through what it yields."""
        scope = function.scope
        if not scope.node.is_generator or function in self._injected:
            return False
        decorators = scope.project.inference.functions.decorator_names(scope)
        return not any(each in MANAGERS for each in decorators)


def _longest_to_closed(route: Route) -> int:
    """How many calls may lead from a route to a client that is closed again."""
    return LONGEST_CHAIN if not route.methods or READING.intersection(route.methods) else 0
