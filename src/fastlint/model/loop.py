"""Where code runs: what is reached on the event loop, and by which chain it blocks there.

Roots are what the framework runs on the loop (https://fastapi.tiangolo.com/async/): `async def` routes and
dependencies, middleware, exception handlers, background tasks, streams, websocket endpoints. Plain `def`
routes and dependencies run in the threadpool; the validators of their body, the serialisers of their response
and the `render` of their response class do not. From the roots ordinary calls are followed; a function that
is merely handed over (`to_thread(f)`, `partial(f)`) is not called here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Span, Step
from fastlint.index import syntax
from fastlint.knowledge import Blocking
from fastlint.model.expression import Expression, spelled
from fastlint.model.judging import gives_no_awaitable, yielded
from fastlint.model.markers import metadata
from fastlint.model.repetition import is_repeated
from fastlint.model.routing import RESPONSE
from fastlint.model.schemas import SERIALIZERS, VALIDATORS
from fastlint.model.scopes import Frame, FunctionScope, Scope
from fastlint.model.uses import Use, uses
from fastlint.model.values import (
    ClassValue,
    Coroutine,
    External,
    FunctionValue,
    Instance,
    Partial,
    Value,
    Values,
    is_vague,
)

if TYPE_CHECKING:
    from fastlint.model.project import Project

LONGEST_CHAIN = 12
ITERATORS = frozenset(
    f"builtins.{name}"
    for name in (
        "list", "tuple", "set", "dict", "sorted", "sum", "max", "min", "any", "all", "next", "enumerate",
        "zip", "map", "filter", "frozenset", "len",
    )
)  # fmt: skip
CACHES = ("functools.cache", "functools.lru_cache", "functools.cached_property")
ELSEWHERE = ("asyncio.run", "asyncio.run_coroutine_threadsafe", "anyio.run")


@dataclass(frozen=True, slots=True)
class Root:
    """What the framework runs on the loop, and how it is called in a message."""

    role: str
    function: FunctionValue
    place: Place


@dataclass(frozen=True, slots=True)
class Edge:
    """One call in a function: of another function of the project, or of something that blocks."""

    use: Use
    callee: FunctionValue | None = None
    blocking: Blocking | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class LoopCall:
    """A call on the event loop that blocks it, itself or further down.

    `function` is the function on the loop that makes the call, `steps` are the calls below it,
    the blocking one last (empty when the call itself blocks), `repeats` how many more calls of the same
    helper the function makes.
    """

    function: FunctionScope
    use: Use
    blocking: Blocking
    name: str
    steps: tuple[tuple[FunctionScope, Expression], ...]
    root: Root
    repeats: int = 0

    @property
    def call(self) -> Expression:
        return self.use.call

    @property
    def place(self) -> Place:
        return self.use.call.place

    @property
    def awaits(self) -> bool:
        """Whether the function that makes the call awaits anything, so that it cannot be a plain `def`."""
        return self.function.awaits

    @property
    def is_direct(self) -> bool:
        return not self.steps

    @property
    def trace(self) -> tuple[Step, ...]:
        return tuple(
            Step(f"{function.label}() calls {call.func.text()}()", call.place)
            for function, call in self.steps
        )


class EventLoop:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.inference = project.inference
        self._edges: dict[FunctionValue, tuple[Edge, ...]] = {}
        self._chains: dict[FunctionValue, dict[str, tuple[Edge, ...]]] = {}

    @cached_property
    def roots(self) -> tuple[Root, ...]:
        return tuple(dict.fromkeys(self._roots()))

    def _roots(self) -> Iterator[Root]:
        for route in self.project.application.routes:
            if route.function.node.is_async:
                yield Root(f"route {route.title}", route.handler, route.place)
        for dependency in self.project.dependencies.dependencies:
            if dependency.function.node.is_async:
                yield Root("dependency", dependency.handler, dependency.place)
        for hook in self.project.hooks.hooks:
            if hook.function.scope.node.is_async:
                yield Root(hook.role, hook.function, hook.place)
        for function in self._started():
            yield Root("task", function, function.scope.place)
        yield from self._around_handlers()

    def _around_handlers(self) -> Iterator[Root]:
        """What reads the body and writes the response: on the loop, whatever the handler is."""
        schemas = self.project.schemas
        for schema in schemas.bodies:
            for function in schema.methods(*VALIDATORS):
                yield Root("validator", function, function.scope.place)
        for schema in schemas.responses:
            for function in schema.methods(*SERIALIZERS):
                yield Root("serializer", function, function.scope.place)
        for route in self.project.application.routes:
            given = route.option("response_class")
            for value in given.values() if given is not None else ():
                if isinstance(value, ClassValue) and self.inference.classes.descends(value, RESPONSE):
                    method = self.inference.classes.method(Instance(value), "render")
                    if method is not None:
                        yield Root("response class", method, method.scope.place)

    def _started(self) -> Iterator[FunctionValue]:
        """Coroutines that start-up code leaves running."""
        functions = [*self.project.hooks.startups()]
        functions += [hook.function for hook in self.project.hooks.hooks if hook.role == "lifespan"]
        for function in functions:
            for use in uses(self.inference.calling.frame(function, None)):
                if not use.call.func.text().endswith(("create_task", "ensure_future", "start_soon")):
                    continue
                for argument in use.call.args[:1]:
                    for value in argument.values():
                        if isinstance(value, Coroutine) and isinstance(value.function, FunctionValue):
                            yield value.function

    @cached_property
    def functions(self) -> dict[FunctionValue, Root]:
        """Every function of the project that runs on the loop, with the root that it is reached from."""
        found: dict[FunctionValue, Root] = {}
        queue: deque[FunctionValue] = deque()
        for root in self.roots:
            if root.function not in found:
                found[root.function] = root
                queue.append(root.function)
        while queue:
            function = queue.popleft()
            for edge in self.edges(function):
                if edge.callee is not None and edge.callee not in found:
                    found[edge.callee] = found[function]
                    queue.append(edge.callee)
        return found

    @cached_property
    def reached(self) -> tuple[FunctionValue, ...]:
        """Every function of the project that a request can run, on the loop or in a thread."""
        handlers = [route.handler for route in self.project.application.routes]
        handlers += [dependency.handler for dependency in self.project.dependencies.dependencies]
        handlers += [hook.function for hook in self.project.hooks.hooks]
        found = dict.fromkeys([*handlers, *self.functions])
        queue = deque(found)
        while queue:
            for edge in self.edges(queue.popleft()):
                if edge.callee is not None and edge.callee not in found:
                    found[edge.callee] = None
                    queue.append(edge.callee)
        return tuple(found)

    @cached_property
    def calls(self) -> tuple[LoopCall, ...]:
        """What blocks the loop: one for each call that leads there and each rule that speaks of it."""
        found: dict[tuple[Place, str], LoopCall] = {}
        called_by_framework = {root.function.scope for root in self.roots}
        for function, root in self.functions.items():
            if not function.scope.node.is_async and function.scope not in called_by_framework:
                continue
            for call in self._blocking_calls(function, root):
                key = (call.place, call.blocking.rule)
                if key not in found or len(call.steps) < len(found[key].steps):
                    found[key] = call
        return tuple(_one_a_cause(found[key] for key in sorted(found)))

    def _blocking_calls(self, function: FunctionValue, root: Root) -> Iterator[LoopCall]:
        for edge in self.edges(function):
            if edge.blocking is not None:
                yield LoopCall(function.scope, edge.use, edge.blocking, edge.name, (), root)
            elif edge.callee is not None and not edge.callee.scope.node.is_async:
                for chain in self.chains(edge.callee).values():
                    last = chain[-1]
                    assert last.blocking is not None
                    steps = self._steps(edge.callee, chain)
                    yield LoopCall(function.scope, edge.use, last.blocking, last.name, steps, root)

    def _steps(
        self, start: FunctionValue, chain: tuple[Edge, ...]
    ) -> tuple[tuple[FunctionScope, Expression], ...]:
        functions = [start, *(edge.callee for edge in chain[:-1] if edge.callee is not None)]
        return tuple((function.scope, edge.use.call) for function, edge in zip(functions, chain, strict=True))

    def chains(self, function: FunctionValue) -> dict[str, tuple[Edge, ...]]:
        """The shortest way from a `def` function to something that blocks, for each rule."""
        known = self._chains.get(function)
        if known is not None:
            return known
        found: dict[str, tuple[Edge, ...]] = {}
        seen = {function}
        queue: deque[tuple[FunctionValue, tuple[Edge, ...]]] = deque([(function, ())])
        while queue:
            current, path = queue.popleft()
            for edge in self.edges(current):
                if edge.blocking is not None:
                    found.setdefault(edge.blocking.rule, (*path, edge))
                elif edge.callee is not None and edge.callee not in seen and len(path) < LONGEST_CHAIN:
                    seen.add(edge.callee)
                    if not edge.callee.scope.node.is_async:
                        queue.append((edge.callee, (*path, edge)))
        self._chains[function] = found
        return found

    def edges(self, function: FunctionValue) -> tuple[Edge, ...]:
        """What a function's own body calls."""
        known = self._edges.get(function)
        if known is None:
            known = self._edges[function] = tuple(self._find_edges(function))
        return known

    def _find_edges(self, function: FunctionValue) -> Iterator[Edge]:
        frame = self.inference.calling.frame(function, None)
        start = self._serving_from(function.scope)
        for use in uses(frame):
            if start is not None and use.call.node.span < start:
                continue
            values = self._called(use.call)
            externals = [value for value in values if isinstance(value, External)]
            if externals and len(externals) == len(values):
                yield from self._external_edges(use, externals)
                continue
            if self._is_anybodys(use.call):
                continue
            for value in _awaitable(values) if use.context == "awaited" else values:
                yield from self._value_edges(use, value)

    def _is_anybodys(self, call: Expression) -> bool:
        """Whether it calls what its callers hand in, and each hands in something else."""
        node: syntax.Expr | None = call.func.node
        frame: Frame | None = call.frame
        seen: set[tuple[FunctionScope, str]] = set()
        while frame is not None and isinstance(frame.scope, FunctionScope) and isinstance(node, syntax.Ref):
            name, scope = node.path, frame.scope
            if (scope, name) in seen:
                return False  # `task = wrap(task)`
            seen.add((scope, name))
            binding = scope.bindings.get(name, [None])[-1]
            if binding is None:
                frame = frame.outer
            elif binding.kind == "parameter":
                return name not in frame.arguments and self._differs(scope, name)
            else:
                node = _handed_on(binding.value)
        return False

    def _differs(self, scope: FunctionScope, name: str) -> bool:
        """Whether callers pass different functions for a parameter."""
        parameter = scope.parameter(name)
        if parameter is None or self.project.injected(scope, parameter):
            return False
        handed: set[Values | None] = set()
        for call in self.project.calls.of(scope):
            for value in call.func.values():
                if isinstance(value, FunctionValue) and value.scope is scope:
                    given = self.inference.calling.arguments(value, call).get(name)
                    handed.add(given.values() if given is not None else None)
        return len(handed) > 1

    def _called(self, call: Expression) -> Values:
        """What a call calls; of a partial, what that calls."""
        values: list[Value] = []
        for value in call.func.values():
            values.extend(value.functions if isinstance(value, Partial) else (value,))
        if all(map(is_vague, values)):
            return self.project.last_resort.callee(call) or tuple(values)
        return tuple(values)

    def _serving_from(self, scope: FunctionScope) -> Span | None:
        """Where a lifespan's body begins to run beside requests: after its `yield`."""
        if scope not in self._lifespans:
            return None
        return next((node.span for node in yielded(scope)), None)

    @cached_property
    def _lifespans(self) -> frozenset[FunctionScope]:
        return frozenset(hook.function.scope for hook in self.project.hooks.hooks if hook.role == "lifespan")

    def _external_edges(self, use: Use, externals: list[External]) -> Iterator[Edge]:
        if use.context == "awaited" and not all(map(gives_no_awaitable, externals)):
            return
        found = [self.project.knowledge.blocking(value.name) for value in externals]
        first = found[0]
        if first is not None and all(entry is not None and entry.rule == first.rule for entry in found):
            if self._counts(use, first, externals) and not self._continues(use, first):
                yield Edge(use, blocking=first, name=externals[0].name)
        elif use.context == "entered":
            leaving = self.project.knowledge.blocking(f"{externals[0].name}.__exit__")
            if leaving is not None:
                yield Edge(use, blocking=leaving, name=externals[0].name)

    def _continues(self, use: Use, blocking: Blocking) -> bool:
        """Whether it goes on with what a call of the same kind gave: that call is the finding."""
        return any(
            (entry := self.project.knowledge.blocking(name)) is not None and entry.rule == blocking.rule
            for call in use.call.func.calls()
            for name in call.func.externals()
        )

    def _counts(self, use: Use, blocking: Blocking, externals: list[External]) -> bool:
        """Whether this call is one that an entry means with its `when`."""
        assert isinstance(use.call.node, syntax.Call)
        if blocking.when == "given arguments":
            return bool(use.call.node.args or use.call.node.keywords)
        if blocking.when == "large":
            return not self._runs_once(use.call.scope) and self._is_large(use, externals)
        return True

    def _is_large(self, use: Use, externals: list[External]) -> bool:
        return is_repeated(use, externals) or any(map(self._is_upload, use.call.args))

    def _runs_once(self, scope: Scope) -> bool:
        """Whether a function remembers what it read: it is cached, or returns early once a name is set."""
        if not isinstance(scope, FunctionScope):
            return False
        if any(name in CACHES for name in self.inference.functions.decorator_names(scope)):
            return True
        return any(
            isinstance(node, syntax.If)
            and any(isinstance(each, syntax.Return) for each in node.body)
            and _tests_a_global(node.test, scope)
            for node in scope.statements()
        )

    def _is_upload(self, argument: Expression) -> bool:
        """What was read from an uploaded file, or sent as one."""
        if argument.instances("starlette.datastructures.UploadFile.read()"):
            return True
        scope = argument.scope
        if not isinstance(argument.node, syntax.Ref) or not isinstance(scope, FunctionScope):
            return False
        parameter = scope.parameter(argument.node.path)
        if parameter is None or scope.parent is None:
            return False
        declared = [parameter.default] if parameter.default is not None else []
        markers = [Expression(node, scope.parent.frame) for node in declared]
        if parameter.annotation is not None:
            markers.extend(metadata(Expression(parameter.annotation, scope.parent.frame)))
        return any(marker.instances("fastapi.File") for marker in markers)

    def _value_edges(self, use: Use, value: Value) -> Iterator[Edge]:
        match value:
            case FunctionValue():
                yield from self._function_edges(use, value)
            case ClassValue():
                instance = Instance(value, use.call)
                is_response = self.inference.classes.descends(value, RESPONSE)
                for name in ("__init__", "__post_init__", *(("render",) if is_response else ())):
                    method = self.inference.classes.method(instance, name)
                    if method is not None:
                        yield Edge(use, callee=method)
                if use.context == "entered":
                    yield from self._enter_edges(use, instance)
            case Instance():
                method = self.inference.classes.method(value, "__call__")
                if method is not None:
                    yield from self._function_edges(use, method)
            case Partial():
                for inner in value.functions:
                    yield from self._value_edges(use, inner)
            case _:
                pass

    def _enter_edges(self, use: Use, instance: Instance) -> Iterator[Edge]:
        is_async = isinstance(use.statement, syntax.With) and use.statement.is_async
        for name in ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__"):
            method = self.inference.classes.method(instance, name)
            if method is not None:
                yield Edge(use, callee=method)

    def _function_edges(self, use: Use, function: FunctionValue) -> Iterator[Edge]:
        name = self.project.qualified(function.scope)
        if self.project.knowledge.own.is_offloading(name):
            return
        blocking = self.project.knowledge.own.blocking(name)
        if blocking is not None:
            yield Edge(use, blocking=blocking, name=name)
            return
        for each in self.inference.functions.wrapped(function) or self._unknown_wrapper(function):
            if self._runs(use, each):
                yield Edge(use, callee=each)

    def _unknown_wrapper(self, function: FunctionValue) -> tuple[FunctionValue, ...]:
        """A coroutine function runs on a loop whatever decorates it; of a plain one nothing is known."""
        return (function,) if function.scope.node.is_async else ()

    def _runs(self, use: Use, function: FunctionValue) -> bool:
        """Whether the call runs the body: that of a generator runs where it is iterated."""
        if _is_argument_of(use, ELSEWHERE):
            return False
        if not function.scope.node.is_generator or function.scope.node.is_async:
            return True
        if use.context in ("iterated", "entered"):
            return True
        return use.context == "argument" and _is_iterated(use)


def _awaitable(values: Values) -> Values:
    """Where one of several functions is awaited: the coroutine functions among them."""
    awaitable = tuple(
        value for value in values if not isinstance(value, FunctionValue) or value.scope.node.is_async
    )
    return awaitable or values


def _handed_on(value: syntax.Expr | None) -> syntax.Expr | None:
    """The name behind `visit = cast(Visitor, function)` and `visit = function`."""
    return value.args[-1] if isinstance(value, syntax.Call) and value.args else value


def _one_a_cause(calls: Iterable[LoopCall]) -> Iterator[LoopCall]:
    """One call for each helper that a function enters, however often it does."""
    found: dict[object, LoopCall] = {}
    for call in calls:
        key = (call.function, call.blocking.rule, call.steps[0][0] if call.steps else call.place)
        first = found.get(key)
        found[key] = call if first is None else replace(first, repeats=first.repeats + 1)
    yield from found.values()


def _tests_a_global(test: syntax.Expr, scope: FunctionScope) -> bool:
    """`if CACHE:`, `if _settings is not None:`: a name of the module decides, by being set."""
    if isinstance(test, syntax.Operation) and test.operator == "not":
        return False
    operand = test.operands[0] if isinstance(test, syntax.Operation) and test.operands else test
    if not isinstance(operand, syntax.Ref):
        return False
    name = operand.path.partition(".")[0]
    bindings = scope.module.bindings.get(name, ())
    is_own = name in scope.bindings and name not in scope.foreign
    return not is_own and any(binding.kind == "value" for binding in bindings)


def _is_argument_of(use: Use, names: tuple[str, ...]) -> bool:
    outer = use.outer
    if use.context != "argument" or not isinstance(outer, syntax.Call):
        return False
    return use.call.at(outer.func).external() in names


def _is_iterated(use: Use) -> bool:
    outer = use.outer
    if not isinstance(outer, syntax.Call):
        return False
    name = use.call.at(outer.func).external()
    return name in ITERATORS or spelled(outer.func).endswith((".join", ".extend"))
