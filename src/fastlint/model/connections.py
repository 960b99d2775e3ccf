"""What code does with the connection of a database session: takes it, gives it back, waits while it has it.

A session takes a connection of its pool with its first statement, and has it until it commits, rolls back or
is closed (https://docs.sqlalchemy.org/en/20/orm/session_basics.html#framing-out-a-begin-commit-rollback-block).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from fastlint.diagnostic import Place, Step
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.edge import Edge
from fastlint.model.holding import Body, Names, held_in
from fastlint.model.locks import suspensions
from fastlint.model.reads import read_names
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import Use, uses
from fastlint.model.values import ClassValue, External, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

RULE = "blocking-database-call"
ENDING = ("commit", "rollback", "close", "reset", "invalidate")
"""Methods of a session that give its connection back."""
LOOKING = ("builtins.", "logging.", "inspect.")
"""What is given a session and does nothing with its connection."""
Block = tuple[syntax.Statement, ...]


class Taking(NamedTuple):
    """A call that takes a connection; `below` is what takes it in the function that is called."""

    function: FunctionScope
    edge: Edge
    below: Taking | None = None

    @property
    def place(self) -> Place:
        """The call in the function itself."""
        return self.edge.call.place

    @property
    def trace(self) -> tuple[Step, ...]:
        """The chain to the statement that takes it, for a finding."""
        if self.below is None:
            return (Step(f"{self.function.label}() takes a connection: {self.edge.text}", self.place),)
        return (Step(f"{self.function.label}() calls {self.edge.text}", self.place), *self.below.trace)


State = Taking | Literal["free", "held", "other"]
"""What a session has: no connection, one that was taken here or by the caller, or nobody can tell."""


class Outcome(NamedTuple):
    """What a session may have when a function has returned, and what it had where that waited."""

    after: tuple[State, ...]
    waiting: State | None


class Connections:
    """Follows one session through the functions that get it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[tuple[FunctionValue, Names, str], Outcome] = {}
        self._bodies: dict[tuple[FunctionValue, Names], Body] = {}

    def body(self, function: FunctionValue, names: Names) -> Body:
        """A function that gets the session under some names."""
        key = (function, names)
        if key not in self._bodies:
            self._bodies[key] = Body(function, names)
        return self._bodies[key]

    def outcome(self, body: Body, start: Literal["free", "held", "other"]) -> Outcome:
        """What becomes of the connection in a function that has the session."""
        key = (body.function, body.names, start)
        if key not in self._known:
            self._known[key] = Outcome(("other",), None)  # for a function that calls itself
            self._known[key] = _Running(self, body).run(start)
        return self._known[key]


class Event(NamedTuple):
    """What evaluating a node does to the connection; `loses`: code that is not seen gets the session."""

    kind: Literal["takes", "gives", "waits", "loses", "calls"]
    node: syntax.Node
    edge: Edge | None = None
    names: Names = ()

    @property
    def order(self) -> tuple[int, int]:
        """Arguments are evaluated before the call that they are of."""
        return self.node.span.end_line, self.node.span.end_column


class _Running:
    """One function as it runs, on all ways through it on which nothing is raised."""

    def __init__(self, connections: Connections, body: Body) -> None:
        self.connections = connections
        self.body = body
        self.waiting: State | None = None
        self.returned: list[State] = []
        self.finals: list[Block] = []
        self.events = events(body)

    def run(self, start: State) -> Outcome:
        after = self._block(self.body.scope.body, (start,))
        return Outcome(_merged((*after, *self.returned)), self.waiting)

    def _block(self, block: Block, states: tuple[State, ...]) -> tuple[State, ...]:
        for statement in block:
            states = self._statement(statement, states) if states else ()
        return states

    def _statement(self, statement: syntax.Statement, states: tuple[State, ...]) -> tuple[State, ...]:
        for event in self.events.get(id(statement), ()):
            states = self._evaluate(event, states)
        match statement:
            case syntax.If():
                return self._either((statement.body, statement.orelse), states)
            case syntax.Match():
                cases = tuple(case.body for case in statement.cases)
                return _merged((*states, *self._either(cases, states)))
            case syntax.Loop():
                once = _merged((*states, *self._block(statement.body, states)))
                return _merged((*once, *self._block((*statement.body, *statement.orelse), once)))
            case syntax.With():
                return self._with(statement, states)
            case syntax.Try():
                self.finals.append(statement.final)
                states = self._block((*statement.body, *statement.orelse), states)
                self.finals.pop()
                return self._block(statement.final, states)
            case syntax.Return():
                for final in reversed(self.finals):
                    states = self._block(final, states)
                self.returned += states
                return ()
            case syntax.Raise():
                return ()
            case _:
                return states

    def _either(self, blocks: tuple[Block, ...], states: tuple[State, ...]) -> tuple[State, ...]:
        return _merged(state for block in blocks for state in self._block(block, states))

    def _with(self, statement: syntax.With, states: tuple[State, ...]) -> tuple[State, ...]:
        before = len(self.returned)
        states = self._block(statement.body, states)
        if any(self._is_ended_by(each) for each in statement.items):
            self.returned[before:] = ["free" for _ in self.returned[before:]]
            return ("free",) if states else ()
        return states

    def _is_ended_by(self, item: syntax.WithItem) -> bool:
        """`with db:`, `with db.begin():`"""
        context = self.body.at(item.context)
        owner = context.func.owner if context.is_call else None
        if owner is not None:
            return last_name(context.func.node) == "begin" and "" in held_in(owner, self.body.names)
        return "" in held_in(context, self.body.names)

    def _evaluate(self, event: Event, states: tuple[State, ...]) -> tuple[State, ...]:
        match event.kind:
            case "takes":
                assert event.edge is not None
                taking = Taking(self.body.scope, event.edge)
                return _merged(taking if each == "free" else each for each in states)
            case "gives":
                return ("free",)
            case "loses":
                return ("other",)
            case "waits":
                self._wait(states)
                return states
            case "calls":
                return _merged(after for each in states for after in self._call(event, each))

    def _wait(self, states: Iterable[State]) -> None:
        if self.waiting is None:
            self.waiting = next((each for each in states if each not in ("free", "other")), None)

    def _call(self, event: Event, state: State) -> Iterator[State]:
        """What the session may have after a call of a function that gets it."""
        edge = event.edge
        assert edge is not None
        assert edge.callee is not None
        start = "held" if isinstance(state, Taking) else state
        outcome = self.connections.outcome(self.connections.body(edge.callee, event.names), start)
        if outcome.waiting is not None:
            self._wait((self._above(outcome.waiting, edge, state),))
        for each in outcome.after:
            yield self._above(each, edge, state)

    def _above(self, state: State, edge: Edge, before: State) -> State:
        """The state that a callee ends in, for its caller."""
        if isinstance(state, Taking):
            return Taking(self.body.scope, edge, state)
        return before if state == "held" else state


def events(body: Body) -> dict[int, tuple[Event, ...]]:
    """What a function does to the connection, by the statement, in the order in which it is done."""
    found: dict[int, list[Event]] = {}
    followed: set[int] = set()
    called: set[int] = set()
    for edge in body.scope.project.loop.edges.of(body.function):
        event = _event_of_edge(edge, body)
        if edge.callee is not None:
            called.add(id(edge.call.node))
        if event is not None:
            followed.add(id(event.node))
            found.setdefault(id(edge.use.statement), []).append(event)
    for use in uses(body.frame):
        event = _event_of_use(use, body, called)
        if event is not None and id(event.node) not in followed:
            found.setdefault(id(use.statement), []).append(event)
    for statement, node in suspensions(body.scope.body, body.frame):
        if not isinstance(node, syntax.Await) or id(node.value) not in followed:
            found.setdefault(id(statement), []).append(Event("waits", node))
    for statement, inner in _inner(body.scope):
        if any(name.partition(".")[0] in read_names(inner) for name in body.names):
            found.setdefault(id(statement), []).append(Event("loses", statement))
    return {key: tuple(sorted(each, key=lambda event: event.order)) for key, each in found.items()}


def _event_of_edge(edge: Edge, body: Body) -> Event | None:
    if edge.callee is not None:
        names = body.passed(edge)
        return Event("calls", edge.call.node, edge, names) if names else None
    if edge.blocking is None or edge.blocking.rule != RULE or not body.comes_from_it(edge.call):
        return None
    is_end = edge.call.is_call and last_name(edge.call.func.node) in ENDING
    return Event("gives" if is_end else "takes", edge.call.node, edge)


def _event_of_use(use: Use, body: Body, called: set[int]) -> Event | None:
    call = use.call
    owner = call.func.owner
    if owner is not None and last_name(call.func.node) in ENDING and "" in held_in(owner, body.names):
        return Event("gives", call.node)
    given = (*call.args, *call.keywords.values())
    if id(call.node) in called or not any("" in held_in(each, body.names) for each in given):
        return None
    for value in call.func.values():
        if isinstance(value, ClassValue) or (isinstance(value, External) and value.name.startswith(LOOKING)):
            return None
    return Event("loses", call.node)


def _inner(scope: FunctionScope) -> Iterator[tuple[syntax.Statement, FunctionScope]]:
    """The functions inside of a function, each with the statement that it stands in."""
    for statement in scope.statements():
        if isinstance(statement, syntax.Function):
            yield statement, scope.function(statement)
            continue
        for each in syntax.evaluated(statement):
            if isinstance(each, syntax.Lambda):
                yield statement, scope.function(each.function)


def _merged(states: Iterable[State]) -> tuple[State, ...]:
    """Each state once, and of those that took a connection the first."""
    found: dict[str, State] = {}
    for state in states:
        found.setdefault("taken" if isinstance(state, Taking) else state, state)
    return tuple(found.values())
