"""What is set in the context of a request and lost: nobody who comes later sees it.

A `def` dependency runs in a thread, which has a copy of the context; so does each half of one with a `yield`.
What it sets is in that copy, and its token is of no use to another one. `BaseHTTPMiddleware` runs what is
inside of it in a task, which has a copy too
(https://docs.python.org/3/library/contextvars.html, https://www.starlette.io/middleware/#limitations).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from fastlint.diagnostic import Place, Span, Step
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.decorators import is_as_written
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.memo import Memo, traced_property
from fastlint.model.mentions import aliases
from fastlint.model.plainhandlers import next_of
from fastlint.model.calculating import is_quick
from fastlint.model.scopes import ClassScope, FunctionScope, ModuleScope, Scope
from fastlint.model.suites import is_test
from fastlint.model.uses import uses
from fastlint.model.values import FunctionValue, Values

if TYPE_CHECKING:
    from fastlint.model.project import Project

VARIABLE = "contextvars.ContextVar"
DEEPEST = 4
DEEPEST_IN_MIDDLEWARE = 2
MOST_CALLS = 60

BINDERS = ("structlog.contextvars.bind_contextvars",)
UNBINDERS = ("structlog.contextvars.clear_contextvars", "structlog.contextvars.unbind_contextvars")
BOUND = {"structlog.contextvars.bound_contextvars": "unseen", "loguru.logger.contextualize": "reset"}
"""Managers that bind while they are entered, and what comes of one that is entered over a `yield`."""


@dataclass(frozen=True, slots=True)
class LostContext:
    """Something that a `function` sets, resets or reads in the context, where that has no effect.

    `how` is unseen, for what a `def` dependency sets, reset, for a token that its second half gives back,
    task, for what a `def` endpoint sets for a background task, or middleware, for what is read outside of the
    task in which it was set. `call` is what does it in the
    function, `trace` how that comes to it, and who is not to see it. Where it `is_of_log`, `variable` is the
    function of a library that binds values to what is logged.
    """

    function: FunctionScope
    how: str
    variable: str
    call: Expression
    trace: tuple[Step, ...]
    is_of_log: bool = False

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def is_quick(self) -> bool:
        """Whether the function certainly does nothing that would hold up the event loop."""
        return is_quick(self.function)

    @property
    def is_called(self) -> bool:
        """Whether code of the project calls the function itself, or may do so."""
        calls = self.function.project.calls.of(self.function)
        return any(not (found := call.func.values()) or _is_of(self.function, found) for call in calls)

    @property
    def blocks(self) -> str:
        """A call in it, or further down, that would, by its dotted name; '' if none is known."""
        found = self.function.project.loop.chains((FunctionValue(self.function), ()))
        return next((chain[-1].name for chain in found.values()), "")


class Way(NamedTuple):
    """A function and the calls by which it gets to something, its own call first."""

    top: FunctionScope
    calls: tuple[Expression, ...]


def lost_contexts(project: Project) -> Iterator[LostContext]:
    """The first one of each variable in each function."""
    found: dict[tuple[FunctionScope, str], LostContext] = {}
    for context in (*_variables(project), LogContext(project)):
        for each in context.lost():
            key = (each.function, each.variable)
            if key not in found or each.place < found[key].place:
                found[key] = each
    yield from sorted(found.values(), key=lambda each: (each.place, each.variable))


def _variables(project: Project) -> Iterator[Variable]:
    """The context variables that the code of the service makes."""
    middleware = Answered(project)
    for module in project.mentioning("ContextVar"):
        names = () if is_test(module.path) else {"ContextVar", *aliases(module, "ContextVar")}
        calls = project.calls.module(module)
        for scope, node in (each for name in sorted(names) for each in calls.get(name, ())):
            name = _bound_name(scope, node)
            if name and isinstance(scope, (ModuleScope, ClassScope)):
                call = Expression(node, scope.frame)
                if call.func.external() == VARIABLE:
                    yield Variable(call, name, middleware)


def _bound_name(scope: Scope, node: syntax.Call) -> str:
    names = (name for name, found in scope.bindings.items() for each in found if each.value is node)
    return next(names, "")


class Context:
    """Something that is kept in the context of a request: the calls that set it, and the ways to them."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._ways = Memo(project.grounds, self._find_ways)
        self._plain_ways = Memo(project.grounds, self._find_plain_ways)

    def lost(self) -> Iterator[LostContext]:
        """What has no effect of that."""
        raise NotImplementedError

    def ways_to(self, call: Expression) -> tuple[Way, ...]:
        """The functions that get to a call, each with its way there."""
        scope = call.scope
        assert isinstance(scope, FunctionScope)
        return tuple(Way(top, (*calls, call)) for top, calls in self._ways(scope))

    def plain_ways_to(self, call: Expression) -> tuple[Way, ...]:
        """Those of them on which no function is asynchronous."""
        scope = call.scope
        assert isinstance(scope, FunctionScope)
        return tuple(Way(top, (*calls, call)) for top, calls in self._plain_ways(scope))

    def from_threads(self, call: Expression) -> Iterator[Way]:
        """Those of them that run in a thread, as dependencies."""
        for way in self.plain_ways_to(call):
            if self.project.dependencies.injections_of(way.top) and is_as_written(way.top):
                yield way

    def _find_ways(self, function: FunctionScope) -> tuple[Way, ...]:
        return tuple(self._upwards(function, is_plain=False))

    def _find_plain_ways(self, function: FunctionScope) -> tuple[Way, ...]:
        return () if function.node.is_async else tuple(self._upwards(function, is_plain=True))

    def _upwards(self, function: FunctionScope, *, is_plain: bool) -> Iterator[Way]:
        """A function itself, and all that call it, at every depth."""
        seen = {function}
        queue = [(Way(function, ()), 0)]
        for way, depth in queue:
            yield way
            for call in self._callers(way.top) if depth < DEEPEST else ():
                outer = call.scope
                if isinstance(outer, FunctionScope) and outer not in seen:
                    seen.add(outer)
                    if not (is_plain and outer.node.is_async):
                        queue.append((Way(outer, (call, *way.calls)), depth + 1))

    def _callers(self, function: FunctionScope) -> Iterator[Expression]:
        calls = list(islice(self.project.calls.among(self.project.service, function), MOST_CALLS + 1))
        for call in calls if len(calls) <= MOST_CALLS else ():
            if _is_of(function, call.func.values()):
                yield call


class LogContext(Context):
    """What logging libraries add to all that is logged in the same context."""

    def lost(self) -> Iterator[LostContext]:
        """What `def` dependencies bind."""
        undone = tuple(self._calls(*UNBINDERS))
        for call in self._calls(*BINDERS):
            for top, calls in self.from_threads(call):
                if not _is_undone(call, calls, undone):
                    yield self._lost(top, "unseen", calls)
        for call in self._calls(*BOUND):
            for top, calls in self.from_threads(call):
                if all(map(_is_entered_over_yield, calls)):
                    yield self._lost(top, BOUND[call.func.external()], calls)

    def _lost(self, top: FunctionScope, how: str, calls: tuple[Expression, ...]) -> LostContext:
        name = last_name(calls[-1].func.node)
        steps = [Step(f"`{call.func.text()}` is called here", call.place) for call in calls[1:]]
        return LostContext(top, how, name, calls[0], tuple(steps), is_of_log=True)

    def _calls(self, *names: str) -> Iterator[Expression]:
        """The calls of these functions, by functions of the service."""
        for name in {each.rpartition(".")[2] for each in names}:
            for module in self.project.mentioning(name):
                calls = () if is_test(module.path) else self.project.calls.module(module).get(name, ())
                for scope, node in calls:
                    call = Expression(node, scope.frame)
                    if isinstance(scope, FunctionScope) and call.func.external() in names:
                        yield call


class Variable(Context):
    """One context variable: who sets, resets and reads it."""

    def __init__(self, made: Expression, name: str, middleware: Answered) -> None:
        super().__init__(made.project)
        self._middleware = middleware
        self.made = made
        self.name = name

    @traced_property
    def _sets(self) -> tuple[Expression, ...]:
        return self._calls("set", self._paths("set") & {module.path for module in self.project.service})

    @traced_property
    def _resets(self) -> tuple[Expression, ...]:
        return self._calls("reset", self._paths("reset"))

    @traced_property
    def _gets(self) -> tuple[Expression, ...]:
        return self._calls("get", self._paths("get"))

    def _calls(self, method: str, paths: set[str]) -> tuple[Expression, ...]:
        """The calls of one of its methods, by functions in some files."""
        return tuple(
            call
            for path in sorted(paths)
            if not is_test(path) and (module := self.project.module(path)) is not None
            for scope, node in self.project.calls.module(module).get(method, ())
            if isinstance(scope, FunctionScope) and self._is_of(call := Expression(node, scope.frame))
        )

    def _paths(self, method: str) -> set[str]:
        """The files that may name it: its own, and those that name that one too."""
        path = self.made.place.path
        folder, _, file = path.rpartition("/")
        found = {path}
        for word in {file.removesuffix(".py"), folder.rpartition("/")[2]} - {"__init__", ""}:
            found |= self.project.mentioned(self.name, method, word)
        return found

    def _is_of(self, call: Expression) -> bool:
        owner = call.func.owner
        if owner is None or not last_name(owner.node):
            return False
        made = owner.instances(VARIABLE)
        return len(made) == 1 and made[0].site is not None and made[0].site.node is self.made.node

    def lost(self) -> Iterator[LostContext]:
        """What is set in threads, or read outside of the task in which it was set."""
        if self._sets:
            yield from self._in_dependencies()
            yield from self._in_endpoints()
            yield from self._in_middleware()

    # A dependency in a thread

    def _in_dependencies(self) -> Iterator[LostContext]:
        """What `def` dependencies set."""
        for call in self._sets:
            for top, calls in self.from_threads(call):
                pauses = [each.span for each in yielded(top)]
                is_cleanup = any(each < calls[0].place.span for each in pauses)
                if is_cleanup or _is_undone(call, calls, self._resets):
                    continue
                reset = next(self._late_resets(top, calls), None)
                way = _steps(calls, "is set")
                if reset is not None:
                    yield LostContext(top, "reset", self.name, reset, way)
                    continue
                reader = self._reader_beside(top)
                if reader is not None:
                    seen = Step("this reads what was there before", reader.place)
                    yield LostContext(top, "unseen", self.name, calls[0], (*way[1:], seen))

    def _late_resets(self, top: FunctionScope, calls: tuple[Expression, ...]) -> Iterator[Expression]:
        """What gives a token back in the half after the `yield`, of which the set is before."""
        pauses = [each.span for each in yielded(top)]
        if not pauses:
            return
        for reset in self._resets:
            for way in self.plain_ways_to(reset):
                first, last = calls[0].place.span, way.calls[0].place.span
                if way.top is top and any(first < each < last for each in pauses):
                    yield way.calls[0]
        inner = [call.scope for call in calls[1:] if _is_entered_over_yield(calls[0])]
        if any(reset.scope in inner for reset in self._resets):
            yield calls[0]

    def _reader_beside(self, top: FunctionScope) -> Expression | None:
        """What reads it, and not only on behalf of a function; after its `yield`, it does so itself."""
        pauses = [each.span for each in yielded(top)]
        for get in self._gets:
            for way in self._last(self.ways_to(get)):
                if way.top is not top or any(each < way.calls[0].place.span for each in pauses):
                    return get
        return None

    def _last(self, ways: tuple[Way, ...]) -> Iterator[Way]:
        """Those of some ways that nobody else is known to be on before."""
        for way in ways:
            if self._is_inside(way.top) or not any(each.calls[1:] == way.calls for each in ways):
                yield way

    # An endpoint in a thread

    def _in_endpoints(self) -> Iterator[LostContext]:
        """What `def` endpoints set, and a background task that they start reads."""
        for call in self._sets:
            for top, calls in self.plain_ways_to(call):
                if not self.project.dependencies.is_of_route(top):
                    continue
                reader = None if _is_undone(call, calls, self._resets) else self._reader_in_tasks(top)
                if reader is not None:
                    seen = Step("the background task reads what was there before", reader.place)
                    trace = (*_steps(calls, "is set")[1:], seen)
                    yield LostContext(top, "task", self.name, calls[0], trace)

    def _reader_in_tasks(self, top: FunctionScope) -> Expression | None:
        """What reads it in a background task that a function starts."""
        tasks = {
            each.function.scope
            for each in self.project.hooks.hooks
            if each.role == "background task" and _is_in(each.place, top)
        }
        ways = ((get, way) for get in self._gets for way in (self.ways_to(get) if tasks else ()))
        return next((get for get, way in ways if way.top in tasks), None)

    # A middleware

    def _in_middleware(self) -> Iterator[LostContext]:
        """What middleware of `BaseHTTPMiddleware` reads once the request has been answered."""
        gets = self._calls("get", self._paths("get") & self._middleware.paths)
        reads = [(top, (*calls, get)) for get in gets for top, calls in self._from_middleware(get)]
        sets = [(call, way) for call in self._sets if reads for way in self._last(self.ways_to(call))]
        inside = [
            (call, way)
            for call, way in sets
            if self._is_inside(way.top) and not _is_undone(call, way.calls, self._resets)
        ]
        if not inside or not all(self._is_inside(way.top) or _is_empty(call) for call, way in sets):
            return
        call, way = min(inside, key=lambda each: not each[1].top.node.is_async)
        setting = Step(f"`{way.top.label}` has it set here, inside of `call_next`", call.place)
        for top, calls in reads:
            trace = (*_steps(calls, "is read")[1:], setting)
            yield LostContext(top, "middleware", self.name, calls[0], trace)

    def _from_middleware(self, get: Expression) -> Iterator[Way]:
        """The middleware that gets to a call after the request has been answered."""
        for top, calls in self._middleware.to(get.scope):
            first = calls[0] if calls else get
            if self._middleware.answered_at[top] < first.place.span:
                yield Way(top, calls)

    def _is_inside(self, function: FunctionScope) -> bool:
        """Whether it is an endpoint, or a dependency."""
        dependencies = self.project.dependencies
        return dependencies.is_of_route(function) or bool(dependencies.injections_of(function))


class Answered:
    """The middleware of `BaseHTTPMiddleware`, and what it calls once the request has been answered."""

    def __init__(self, project: Project) -> None:
        self.project = project

    @traced_property
    def answered_at(self) -> dict[FunctionScope, Span]:
        """Where each of them awaits what `call_next` gives."""
        hooks = self.project.hooks.hooks
        scopes = dict.fromkeys(each.function.scope for each in hooks if each.role == "middleware")
        found = {scope: _answered_at(scope) for scope in scopes}
        return {scope: span for scope, span in found.items() if span is not None}

    @property
    def paths(self) -> set[str]:
        """The files of all that they get to."""
        return {scope.module.path for scope in self._ways}

    def to(self, scope: Scope) -> Iterator[Way]:
        """The ways from them to a function, which is not asynchronous itself unless it is one of them."""
        return iter(self._ways.get(scope, ()))

    @traced_property
    def _ways(self) -> dict[Scope, list[Way]]:
        found: dict[Scope, list[Way]] = {}
        queue = [(Way(scope, ()), scope) for scope in self.answered_at]
        for way, scope in queue:
            found.setdefault(scope, []).append(way)
            for use in uses(scope.frame) if len(way.calls) < DEEPEST_IN_MIDDLEWARE else ():
                further = Way(way.top, (*way.calls, use.call))
                values = (each for each in use.call.func.values() if isinstance(each, FunctionValue))
                queue.extend((further, each.scope) for each in values if not each.scope.node.is_async)
        return found


def _is_in(place: Place, function: FunctionScope) -> bool:
    first, last = function.body[0].span, function.body[-1].span
    return place.path == function.module.path and first.line <= place.span.line <= last.end_line


def _is_of(function: FunctionScope, values: Values) -> bool:
    return any(isinstance(each, FunctionValue) and each.scope is function for each in values)


def _steps(calls: tuple[Expression, ...], done: str) -> tuple[Step, ...]:
    """The calls on a way to one of a variable."""
    *outer, last = calls
    steps = [Step(f"`{call.func.text()}` is called here", call.place) for call in outer]
    return (*steps, Step(f"`{last.func.owner.text() if last.func.owner else ''}` {done} here", last.place))


def _is_undone(call: Expression, calls: tuple[Expression, ...], resets: tuple[Expression, ...]) -> bool:
    """Whether the function that sets it resets it again, before it goes on to anybody else."""
    scope = call.scope
    assert isinstance(scope, FunctionScope)
    pauses = [each.span for each in yielded(scope)]
    is_entered = _is_entered(call)
    is_reset = is_entered or any(each.scope is scope and each.place.span > call.place.span for each in resets)
    if not is_reset:
        return False
    if not pauses or (is_entered and not _is_entered_over_yield(call)):
        return True
    return len(calls) > 1 and not _is_entered_over_yield(calls[-2])


def _is_entered(call: Expression) -> bool:
    """Whether a `with` enters what a call gives; leaving a token resets its variable since Python 3.14."""
    contexts = (
        item.context.span
        for statement in call.scope.statements()
        if isinstance(statement, syntax.With)
        for item in statement.items
    )
    return call.node.span in contexts


def _is_entered_over_yield(call: Expression) -> bool:
    """Whether a manager is entered by a `with` that has a `yield` in it."""
    scope = call.scope
    assert isinstance(scope, FunctionScope)
    return any(_is_within(call, each.span, scope) for each in yielded(scope))


def _is_within(call: Expression, inner: Span, function: FunctionScope) -> bool:
    """Whether a node stands in the `with` that a call is the context of."""
    for statement in function.statements():
        if isinstance(statement, syntax.With) and any(each.context is call.node for each in statement.items):
            return (
                statement.span.line <= inner.line
                and any(each.span <= inner for each in statement.body)
                and inner <= _end(statement.body[-1])
            )
    return False


def _end(statement: syntax.Statement) -> Span:
    span = statement.span
    return Span(span.end_line, span.end_column, span.end_line, span.end_column)


def _answered_at(function: FunctionScope) -> Span | None:
    """Where a middleware awaits what `call_next` gives."""
    name = next_of(function) if function.node.is_async else ""
    for reading in function.calls if name else ():
        node = reading.node
        if isinstance(reading.statement, syntax.Return):
            continue  # nothing is read after that
        if isinstance(node, syntax.Call) and isinstance(node.func, syntax.Ref) and node.func.path == name:
            return node.span if reading.context == "awaited" else None
    return None


def _is_empty(call: Expression) -> bool:
    """Whether it sets what says that nothing is known yet: `None`, `""`."""
    given = call.args[0].node if len(call.args) == 1 else None
    return isinstance(given, syntax.Constant) and not given.value
