"""Where code runs: what is reached on the event loop, and by which chain it blocks there.

From what the framework runs on the loop ordinary calls are followed; a function that is merely handed over
(`to_thread(f)`, `partial(f)`) is not called here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from fastlint.diagnostic import Place, Step
from fastlint.index import syntax
from fastlint.knowledge import Blocking
from fastlint.model.asked import Asked, Given, Running
from fastlint.model.changes import sets
from fastlint.model.edge import Edge
from fastlint.model.edges import Edges
from fastlint.model.escaping import Escapes
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo, traced_property
from fastlint.model.onloop import Root, Roots
from fastlint.model.registries import left_open
from fastlint.model.remembered import is_remembered, runs_at_import
from fastlint.model.scopes import FunctionScope
from fastlint.model.torn import shared, torn, touched
from fastlint.model.uses import Use
from fastlint.model.values import External, FunctionValue, Instance
from fastlint.model.waiting import seconds

if TYPE_CHECKING:
    from fastlint.model.project import Project

LONGEST_CHAIN = 12
ONCE = ("blocking-file-call", "cpu-bound-call")
"""The rules of what costs little where it is done once."""

VERBS = {
    "calls": "calls",
    "enters": "enters",
    "iterates": "goes through",
    "reads": "reads",
    "uses": "uses",
    "hands": "calls",
    "schedules": "calls",
    "starts": "calls",
    "repeats": "is repeated by",
}


@dataclass(frozen=True, slots=True)
class LoopCall:
    """A call on the event loop that blocks it, itself or further down.

    `function` is the function on the loop that makes the call, `steps` are the calls below it,
    the blocking one last (empty when the call itself blocks), `how` is that of its edge, `again`
    the further calls of the same helper that the function makes.
    """

    function: FunctionScope
    use: Use
    blocking: Blocking
    name: str
    steps: tuple[tuple[FunctionScope, Edge], ...]
    root: Root
    how: str = "calls"
    again: tuple[Use, ...] = ()

    @property
    def call(self) -> Expression:
        """The call in the function on the loop."""
        return self.use.call

    @property
    def place(self) -> Place:
        return self.use.call.place

    @property
    def awaits(self) -> bool:
        """Whether the function that makes the call awaits anything, so that it cannot be a plain `def`."""
        return self.function.awaits

    @property
    def movable(self) -> tuple[Use, ...]:
        """The call and those in `again`, as far as a thread can make them; () where not even the first."""
        from fastlint.model.offloading import movable

        return movable(self)

    @property
    def whole(self) -> str:
        """What a thread should do in one go with the call, such as a `with`; "" where the call will do."""
        from fastlint.model.offloading import whole

        return whole(self)

    @property
    def meant_for(self) -> Expression | None:
        """What is given the result of the call, and could make it itself: `to_thread(fetch(url))`."""
        from fastlint.model.offloading import meant_for

        return meant_for(self.use)

    @property
    def can_suspend(self) -> bool:
        """Whether the function may be suspended at the call: it holds no lock of threads there."""
        from fastlint.model.offloading import can_await, can_suspend

        return can_await(self.use) and can_suspend(self.use)

    @property
    def may_be_cancelled(self) -> bool:
        """Whether the call is made while a cancelled task cleans up, when the first `await` is the last."""
        from fastlint.model.offloading import may_be_cancelled

        return may_be_cancelled(self.use)

    @property
    def shared(self) -> str:
        """What others could use or change while the function, which does so too, is suspended; '' if nothing.

        It is a global that the function sets, or what it uses on both sides of the call.
        """
        return next((name for name, _ in self.function.foreign_bindings), "") or shared(self.use)

    @property
    def torn(self) -> str:
        """What the function reads before the call, and changes after it; '' if nothing."""
        return torn(self.use)

    @property
    def is_torn_for_all(self) -> bool:
        """Whether that is certainly the whole application's: a name of the module, or kept in the app."""
        path = self.torn
        return bool(path) and (self.function.is_foreign(path.partition(".")[0]) or ".app." in f".{path}.")

    @property
    def is_replaced(self) -> bool:
        """Whether code, that of a test for instance, puts something else in the place of what is called."""
        return sets(self.function.project, self.name.rpartition(".")[2])

    @property
    def runner(self) -> str:
        """What hands the call to a thread in its file: `run_in_threadpool`, `asyncio.to_thread`."""
        from fastlint.model.offloading import runner

        return runner(self)

    @property
    def is_of_http_route(self) -> bool:
        """Whether the function that makes the call is itself what answers HTTP requests."""
        from fastlint.model.plainly import is_for_websockets

        root = self.root
        is_route = root.role == "route" and root.function.scope is self.function and root.is_plain
        return is_route and not is_for_websockets(self.function)

    @property
    def could_be_plain(self) -> bool:
        """Whether the handler that makes the call can be a `def`, which runs in a thread."""
        from fastlint.model.plainly import could_be_plain

        return could_be_plain(self)

    @property
    def is_direct(self) -> bool:
        """Whether the call blocks itself, and not something further down."""
        return not self.steps

    @property
    def last(self) -> Use:
        """What blocks, here or at the end of the chain."""
        return self.steps[-1][1].use if self.steps else self.use

    @property
    def seconds(self) -> float | None:
        """How long it blocks, where that is written there."""
        return seconds(self.last.call, self.blocking)

    @property
    def trace(self) -> tuple[Step, ...]:
        """Why the function runs on the loop, where its own code does not say so, and the chain below."""
        is_root = self.root.function.scope is self.function
        return (*(self.root.reason if is_root else ()), *trace(self.steps))


def trace(steps: Iterable[tuple[FunctionScope, Edge]]) -> tuple[Step, ...]:
    """The calls of a chain, each with the function that makes it, for a finding."""
    return tuple(
        Step(f"{function.label}() {VERBS[edge.how]} {edge.text}", edge.call.place) for function, edge in steps
    )


class Way(NamedTuple):
    """A chain of calls; `running` makes the last one, `is_once` where a cache is among the functions."""

    running: Running
    is_once: bool
    path: tuple[Edge, ...]


class EventLoop:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.edges = Edges(project)
        self.asked = Asked(project)
        self.escapes = Escapes(project)
        self.chains = Memo(project.grounds, self._find_chains)
        self.left_open = Memo(project.grounds, left_open)
        self.touched = Memo(project.grounds, touched)
        self._runs_at_import = Memo(project.grounds, runs_at_import)

    @traced_property
    def roots(self) -> tuple[Root, ...]:
        return Roots(self.project, self.edges).all()

    @traced_property
    def functions(self) -> dict[FunctionValue, Root]:
        """Every function of the project that runs on the loop, with the root that it is reached from."""
        found: dict[FunctionValue, Root] = {}
        for (function, _), root in self._running.items():
            found.setdefault(function, root)
        return found

    @traced_property
    def leading_to_blocking(self) -> set[FunctionValue]:
        """The functions that run on the loop and lead to something that blocks, if they are called for it."""
        callers: dict[FunctionValue, list[FunctionValue]] = {root.function: [] for root in self.roots}
        queue = deque(callers)
        found: set[FunctionValue] = set()
        while queue:
            function = queue.popleft()
            for edge in self.edges_of(function):
                if edge.is_off_loop:
                    continue
                if edge.blocking is not None:
                    found.add(function)
                elif edge.callee is not None:
                    if edge.callee not in callers:
                        callers[edge.callee] = []
                        queue.append(edge.callee)
                    callers[edge.callee].append(function)
        leading = deque(found)
        while leading:
            for caller in callers[leading.popleft()]:
                if caller not in found:
                    found.add(caller)
                    leading.append(caller)
        return found

    @traced_property
    def _running(self) -> dict[Running, Root]:
        """The same, once for each way in which a function is called."""
        found: dict[Running, Root] = {}
        queue: deque[Running] = deque()
        for is_alone in (False, True):
            for root in self.roots:
                start: Running = (root.function, ())
                if root.is_alone is is_alone and start not in found:
                    found[start] = root
                    queue.append(start)
            while queue:
                caller = queue.popleft()
                for edge in self.on_loop(*caller):
                    callee = None if edge.callee is None else self.asked.runs(caller, edge)
                    if callee is not None and callee not in found:
                        found[callee] = found[caller]
                        queue.append(callee)
        return found

    def edges_of(self, function: FunctionValue) -> tuple[Edge, ...]:
        """What a function calls, as far as that leads to anything that is to be said."""
        return () if self.project.quiet.covers(function) else self.edges.of(function)

    def on_loop(self, function: FunctionValue, given: Given) -> Iterator[Edge]:
        """What a function calls when it runs on the loop, called in one way."""
        for edge in self.edges_of(function):
            is_reached = not given or self.asked.view(function, given).reaches(edge.use.call.node)
            if is_reached and not edge.is_off_loop and not self._was_run_before(edge):
                yield edge

    def _was_run_before(self, edge: Edge) -> bool:
        """Whether the callee only gives again what it gave when the application was imported."""
        if edge.callee is None or not is_remembered(edge.callee.scope):
            return False
        return self._runs_at_import(edge.callee.scope)

    @traced_property
    def reached(self) -> tuple[FunctionValue, ...]:
        """Every function of the project that a request can run, on the loop or in a thread.

        Without those that are quiet.
        """
        found = dict.fromkeys([*self._handlers, *self.functions])
        queue = deque(found)
        while queue:
            for edge in self.edges_of(queue.popleft()):
                if edge.callee is not None and edge.callee not in found:
                    found[edge.callee] = None
                    queue.append(edge.callee)
        return tuple(each for each in found if not self.project.quiet.covers(each))

    @property
    def starts(self) -> tuple[FunctionValue, ...]:
        """The functions that the framework runs itself."""
        return tuple(dict.fromkeys((*self._handlers, *(root.function for root in self.roots))))

    @traced_property
    def _handlers(self) -> tuple[FunctionValue, ...]:
        handlers = [route.handler for route in self.project.application.routes]
        handlers += [dependency.handler for dependency in self.project.dependencies.dependencies]
        handlers += [hook.function for hook in self.project.hooks.hooks]
        return tuple(handlers)

    @traced_property
    def answering(self) -> frozenset[FunctionScope]:
        """The functions of which the framework takes the result as it is: nobody awaits it.

        Of a websocket endpoint it awaits what the call gives, be that a function or a method.
        """
        routes = self.project.application.routes
        found = {each.function for each in routes if each.function.node.is_async or not each.is_websocket}
        for dependency in self.project.dependencies.dependencies:
            if not any(injection.is_awaited for injection in dependency.injections):
                found.add(dependency.function)
        return frozenset(found)

    @traced_property
    def calls(self) -> tuple[LoopCall, ...]:
        """What blocks the loop: one for each call that leads there and each rule that speaks of it."""
        found: dict[tuple[Place, str], LoopCall] = {}
        called_by_framework = {root.function.scope for root in self.roots}
        for running, root in self._running.items():
            scope = running[0].scope
            if not scope.node.is_async and scope not in called_by_framework:
                continue
            for call in self._blocking_calls(running, root):
                if root.is_alone and not call.blocking.fails:
                    continue
                key = (call.place, call.blocking.rule)
                if key not in found or len(call.steps) < len(found[key].steps):
                    found[key] = call
        return tuple(_one_a_cause(_first_causes(found[key] for key in sorted(found))))

    def _blocking_calls(self, running: Running, root: Root) -> Iterator[LoopCall]:
        scope = running[0].scope
        for edge in self.on_loop(*running):
            if edge.blocking is not None:
                yield LoopCall(scope, edge.use, edge.blocking, edge.name, (), root, edge.how)
            elif edge.callee is not None and not edge.callee.scope.node.is_async:
                for chain in self.chains(self.asked.runs(running, edge)).values():
                    last = chain[-1]
                    assert last.blocking is not None
                    steps = self._steps(edge.callee, chain)
                    yield LoopCall(scope, edge.use, last.blocking, last.name, steps, root, edge.how)

    def _steps(self, start: FunctionValue, chain: tuple[Edge, ...]) -> tuple[tuple[FunctionScope, Edge], ...]:
        functions = [start, *(edge.callee for edge in chain[:-1] if edge.callee is not None)]
        return tuple((function.scope, edge) for function, edge in zip(functions, chain, strict=True))

    def _find_chains(self, start: Running) -> dict[str, tuple[Edge, ...]]:
        """The shortest way from a `def` function to something that blocks, for each rule.

        What blocks only in an `except` is named where nothing else does.
        """
        found: dict[str, tuple[Edge, ...]] = {}
        is_once = is_remembered(start[0].scope)
        seen = {(start, is_once)}
        usual: deque[Way] = deque()
        failing: deque[Way] = deque()
        self._go_on(Way(start, is_once, ()), usual, failing)
        while usual or failing:
            caller, is_once, path = usual.popleft() if usual else failing.popleft()
            edge = path[-1]
            if edge.blocking is not None:
                if not (is_once and edge.blocking.rule in ONCE):
                    found.setdefault(edge.blocking.rule, path)
            elif edge.callee is not None and len(path) <= LONGEST_CHAIN:
                if edge.callee.scope.node.is_async:
                    continue
                callee = self.asked.runs(caller, edge)
                is_once = is_once or is_remembered(callee[0].scope)
                if (callee, is_once) not in seen:
                    seen.add((callee, is_once))
                    self._go_on(Way(callee, is_once, path), usual, failing)
        return found

    def _go_on(self, way: Way, usual: deque[Way], failing: deque[Way]) -> None:
        """Every call that the function at the end of a way makes, as the next step of it."""
        for edge in self.on_loop(*way.running):
            queue = failing if self.edges.is_caught(edge) else usual
            queue.append(way._replace(path=(*way.path, edge)))


def _first_causes(calls: Iterable[LoopCall]) -> Iterator[LoopCall]:
    """Without what repeats a call that blocks anyway: nobody needs to be told that it takes longer still."""
    for _, group in groupby(calls, key=lambda call: call.place):
        at_one_place = tuple(group)
        others = [call for call in at_one_place if not call.steps or call.steps[-1][1].how != "repeats"]
        yield from others or at_one_place


def _one_a_cause(calls: Iterable[LoopCall]) -> Iterator[LoopCall]:
    """One call for each helper that a function enters, and for each object that it works on."""
    found: dict[object, LoopCall] = {}
    for call in calls:
        key = (call.function, call.blocking.rule, _cause(call))
        first = found.get(key)
        found[key] = call if first is None else replace(first, again=(*first.again, call.use))
    yield from found.values()


def _cause(call: LoopCall) -> object:
    """What several calls are reported as one for: the helper, or the object that they work on.

    An object is told by the call that makes it, or by its name in the function.
    """
    if call.blocking.once and all(_is_of_receiver(*each) for each in call.steps):
        for value in call.call.func.values():
            receiver = value.receiver if isinstance(value, (External, FunctionValue)) else None
            if isinstance(receiver, Instance) and receiver.site is not None:
                return id(receiver.site.node)
        owner = call.call.func.owner
        if owner is not None and isinstance(owner.node, syntax.Ref):
            return owner.node.path
    return call.steps[0][0] if call.steps else call.place


def _is_of_receiver(method: FunctionScope, edge: Edge) -> bool:
    """Whether a method works on what its object has, or is: `self.archive.writestr(...)`."""
    owner = edge.call.func.owner
    return owner is not None and f"{owner.text()}.".startswith(f"{method.receiver or '?'}.")
