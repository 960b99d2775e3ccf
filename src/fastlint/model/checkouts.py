"""Database sessions that keep a connection of a pool while their request waits for something else.

FastAPI enters and leaves a `def` dependency in threads, and needs the loop to start each of them; it runs
`def` handlers in 40 threads (https://www.starlette.io/threadpool/). Who has a connection needs the loop, or
a thread, to get on and give it back. Who waits for a connection in an `async` handler keeps the loop from all
others, and who does so in a `def` handler keeps a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from fastlint.diagnostic import Place, Step
from fastlint.index import syntax
from fastlint.model.changes import sets
from fastlint.model.connections import Connections, Taking, events
from fastlint.model.expression import Expression
from fastlint.model.handlers import HandlerParameter
from fastlint.model.holding import Body, holders
from fastlint.model.judging import is_none, yielded
from fastlint.model.pools import most_connections
from fastlint.model.scopes import FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.values import Instance
from fastlint.model.yielding import is_plain

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency
    from fastlint.model.project import Project
    from fastlint.model.routing import Route

SESSION = "sqlalchemy.orm.Session"
REGISTRY = "sqlalchemy.orm.scoped_session"
THREADS = 40
"""How many threads run the `def` handlers of an application (https://www.starlette.io/threadpool/)."""
LIMITER = "total_tokens"
"""What sets how many threads run `def` handlers."""


class Admission(NamedTuple):
    """How many requests may have a session at once: `most` if each `Depends` that opens one sets a limit.

    `unlimited` is the first that sets none, `is_partial` says that others do. `most` is None where it is not
    known.
    """

    most: int | None
    unlimited: Expression | None
    is_partial: bool


@dataclass(frozen=True, slots=True)
class Checkout:
    """A handler that takes a connection for a session, and keeps it while it needs what others block.

    `needs` says what that is. `parameter` brings the session, which `opened` yields; `limit` is how many
    connections there are, 0 where that is not known. `is_suspended` says that it awaits something meanwhile.
    """

    parameter: HandlerParameter
    opened: FunctionScope
    taking: Taking
    needs: Literal["loop", "thread"]
    limit: int
    is_suspended: bool
    admission: Admission

    @property
    def function(self) -> FunctionScope:
        """The handler."""
        return self.parameter.function

    @property
    def place(self) -> Place:
        return self.parameter.place

    @property
    def trace(self) -> tuple[Step, ...]:
        """Where the session is opened, and the chain to the statement that takes the connection."""
        return (Step(f"{self.opened.label}() opens the session", self.opened.place), *self.taking.trace)


def checkouts(project: Project) -> Iterator[Checkout]:
    """Those of all sessions that dependencies yield, and that have a pool which can be empty."""
    for dependency in project.dependencies.dependencies:
        if not dependency.function.node.is_generator or is_test(dependency.place.path):
            continue
        session = _session(dependency)
        limit = None if session is None else most_connections(session, project)
        admission = _admission(dependency)
        if limit is not None and not _is_limited(admission, limit):
            yield from _Session(dependency, limit, admission).checkouts()


def _session(dependency: Dependency) -> Expression | None:
    """The session that a dependency yields; None where it yields anything else."""
    function, inference = dependency.function, dependency.function.project.inference
    nodes = [each.value for each in yielded(function)]
    if len(nodes) != 1 or not isinstance(nodes[0], syntax.Ref) or not is_plain(function):
        return None
    if function.parameter(nodes[0].path.partition(".")[0]) is not None:
        return None  # it passes on what it gets
    given = Expression(nodes[0], inference.calling.frame(dependency.handler, None))
    values = given.values() or inference.functions.yields(dependency.handler)
    found = [each for each in values if not is_none(each)]
    sessions = [
        each
        for each in found
        if isinstance(each, Instance)
        and inference.classes.descends(each.cls, SESSION)
        and not inference.classes.descends(each.cls, REGISTRY)
    ]
    is_known = bool(sessions) and len(sessions) == len(found) and not any(map(_is_of_thread, sessions))
    return given if is_known else None


def _is_of_thread(session: Instance) -> bool:
    """Whether a registry makes it, which has one for each thread."""
    makers = session.site.func.values() if session.site is not None and session.site.is_call else ()
    return any(isinstance(each, Instance) and each.external == REGISTRY for each in makers)


def _admission(dependency: Dependency) -> Admission:
    """What `max_concurrency` says, each `Depends` for itself.

    https://fastapi.tiangolo.com/release-notes/, 0.163.0
    """
    given = {each.call: each.call.argument("max_concurrency") for each in dependency.injections}
    limits = {call: each for call, each in given.items() if each is not None and not each.is_none}
    unlimited = min(given.keys() - limits.keys(), key=lambda call: call.place, default=None)
    numbers = [each.constant() for each in limits.values()]
    known = [each for each in numbers if isinstance(each, int)]
    is_known = unlimited is None and len(known) == len(numbers)
    return Admission(sum(known) if is_known else None, unlimited, bool(limits) and unlimited is not None)


def _is_limited(admission: Admission, limit: int) -> bool:
    """Whether no more requests have a session than there are connections, or nobody can tell."""
    if admission.unlimited is not None:
        return False
    return admission.most is None or not limit or admission.most <= limit


class _Session:
    """A dependency that yields sessions, and what the handlers that get one do with it."""

    def __init__(self, dependency: Dependency, limit: int, admission: Admission) -> None:
        self.project = dependency.function.project
        self.dependency = dependency
        self.limit = limit
        self.admission = admission
        self.connections = Connections(self.project)
        self.dependencies = self.project.dependencies
        self._run: dict[int, tuple[FunctionScope, ...]] = {}
        self.holders = holders(dependency)

    def checkouts(self) -> Iterator[Checkout]:
        if self._is_taken_at_once():
            return
        for function in self.holders:
            found = self._on_loop(function) if function.node.is_async else self._in_thread(function)
            if found is not None:
                yield found

    def _is_taken_at_once(self) -> bool:
        """Whether the dependency itself takes the connection, before a handler has the session."""
        [given] = yielded(self.dependency.function)
        assert isinstance(given.value, syntax.Ref)
        body = Body(self.dependency.handler, (given.value.path,))
        return any(
            event.kind in ("takes", "calls", "loses") and event.node.span < given.span
            for each in events(body).values()
            for event in each
        )

    def _on_loop(self, function: FunctionScope) -> Checkout | None:
        """An `async` handler that takes a connection, and needs the loop before it is given back."""
        outcome = self.connections.outcome(self.holders[function], "free")
        taking = outcome.waiting
        if not isinstance(taking, Taking) and self._is_emptied_in_one_turn():
            taking = next((each for each in outcome.after if isinstance(each, Taking)), None)
        if not isinstance(taking, Taking) or self._is_taken_before(function):
            return None
        return self._checkout(function, taking, "loop", outcome.waiting is not None)

    def _is_emptied_in_one_turn(self) -> bool:
        """Whether more sessions can come out of threads in one turn of the loop than there are connections.

        They are closed in later turns, each in a thread of its own. A handler that is suspended keeps its
        connection for as many turns as that takes.
        """
        is_left_in_thread = not self.dependency.function.node.is_async
        return is_left_in_thread and 0 < self.limit < THREADS and not sets(self.project, LIMITER)

    def _in_thread(self, function: FunctionScope) -> Checkout | None:
        """A `def` dependency that takes a connection, before a thread is needed for what comes after it."""
        taking = None if self.dependencies.is_of_route(function) else self._keeps(function)
        if taking is None or self._is_taken_before(function) or sets(self.project, LIMITER):
            return None
        if not any(self._needs_thread_after(each, function) for each in self._routes_of(function)):
            return None
        return self._checkout(function, taking, "thread", False)

    def _checkout(
        self, function: FunctionScope, taking: Taking, needs: Literal["loop", "thread"], is_suspended: bool
    ) -> Checkout | None:
        node = function.parameter(self.holders[function].names[0].partition(".")[0])
        if node is None:
            return None
        parameter = HandlerParameter(function, node)
        opened = self.dependency.function
        return Checkout(parameter, opened, taking, needs, self.limit, is_suspended, self.admission)

    def _keeps(self, function: FunctionScope) -> Taking | None:
        """The call by which a handler takes the connection that it leaves to what comes after it."""
        body = self.holders.get(function)
        after = () if body is None else self.connections.outcome(body, "free").after
        return next((each for each in after if isinstance(each, Taking)), None)

    def _is_taken_before(self, function: FunctionScope) -> bool:
        """Whether another handler of the same request has taken the connection by then."""
        if any(self._keeps(each) is not None for each in self._below(function)):
            return True
        routes = self._routes_of(function)
        return bool(routes) and all(self._is_taken_in(each, function) for each in routes)

    def _is_taken_in(self, route: Route, function: FunctionScope) -> bool:
        return any(
            self._keeps(each) is not None and not each.node.is_async and function not in self._below(each)
            for each in self._run_for(route)
            if each not in (function, route.function)
        )

    def _needs_thread_after(self, route: Route, function: FunctionScope) -> bool:
        if not route.function.node.is_async:
            return True
        run = self._run_for(route)
        return any(not each.node.is_async and function in self._below(each) for each in run)

    def _routes_of(self, function: FunctionScope) -> tuple[Route, ...]:
        """The routes whose requests run a handler."""
        if self.dependencies.is_of_route(function):
            return tuple(each for each in self.project.application.routes if each.function is function)
        return tuple(
            each for each in self.dependencies.routes_of(function) if function in self._run_for(each)
        )

    def _run_for(self, route: Route) -> tuple[FunctionScope, ...]:
        """The handlers that a request to a route runs."""
        known = self._run.get(id(route))
        if known is None:
            handlers = self.dependencies.handlers_of_route(route)
            known = self._run[id(route)] = tuple(each.scope for each in handlers)
        return known

    def _below(self, function: FunctionScope) -> frozenset[FunctionScope]:
        """The dependencies of a handler, at every depth."""
        found: set[FunctionScope] = set()
        queue: list[FunctionScope] = [function]
        while queue:
            for use in self.dependencies.of_function(queue.pop()):
                new = {each.scope for each in use.functions()} - found
                found |= new
                queue += new
        return frozenset(found)
