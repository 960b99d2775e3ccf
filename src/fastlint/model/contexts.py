"""What is set in the context of a request and lost: nobody who comes later sees it.

A `def` dependency runs in a thread, which has a copy of the context; so does each half of one with a `yield`.
What it sets is in that copy, and its token is of no use to another one. `BaseHTTPMiddleware` runs what is
inside of it in a task, which has a copy too
(https://docs.python.org/3/library/contextvars.html, https://www.starlette.io/middleware/#limitations).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Step
from fastlint.index import syntax
from fastlint.model.answered import Answered
from fastlint.model.asynchronous import Async, could_be_async
from fastlint.model.calls import last_name
from fastlint.model.contextways import Context, Way, is_entered_over_yield, is_undone
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.memo import traced_property
from fastlint.model.mentions import aliases
from fastlint.model.once import constructions
from fastlint.model.quick import is_quick
from fastlint.model.scopes import ClassScope, FunctionScope, ModuleScope, Scope
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

VARIABLE = "contextvars.ContextVar"
BINDERS = ("structlog.contextvars.bind_contextvars",)
UNBINDERS = ("structlog.contextvars.clear_contextvars", "structlog.contextvars.unbind_contextvars")
BOUND = {"structlog.contextvars.bound_contextvars": "unseen", "loguru.logger.contextualize": "reset"}
"""Managers that bind while they are entered, and what comes of one that is entered over a `yield`."""


@dataclass(frozen=True, slots=True)
class LostContext:
    """Something that a `function` sets, resets or reads in the context, where that has no effect.

    `how` is unseen, for what a `def` dependency sets, reset, for a token that its second half gives back,
    task, for what a `def` endpoint sets for a background task, or middleware, for what is read outside of the
    task in which it was set. `call` is what does it in the function, `trace` how that comes to it, and who is
    not to see it. Where it `is_of_log`, `variable` is the function of a library that binds values to what is
    logged.
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
        return is_quick(FunctionValue(self.function))

    @property
    def could_be_async(self) -> Async:
        """Whether the function can be an `async def`, and what speaks against it."""
        return could_be_async(self.function)

    @property
    def blocks(self) -> str:
        """A call in it, or further down, that would, by its dotted name; '' if none is known."""
        found = self.function.project.loop.chains((FunctionValue(self.function), ()))
        return next((chain[-1].name for chain in found.values()), "")


def lost_contexts(project: Project) -> Iterator[LostContext]:
    """The first one of each variable in each function; what raises comes before what is not seen."""
    found: dict[tuple[FunctionScope, str], LostContext] = {}
    contexts: list[Variable | LogContext] = [*_variables(project), LogContext(project)]
    for context in contexts:
        for each in context.lost():
            key = (each.function, each.variable)
            if key not in found or _rank(each) < _rank(found[key]):
                found[key] = each
    yield from sorted(found.values(), key=lambda each: (each.place, each.variable))


def _rank(lost: LostContext) -> tuple[bool, Place]:
    return lost.how != "reset", lost.place


def _variables(project: Project) -> Iterator[Variable]:
    """The context variables that the code of the service makes."""
    middleware = Answered(project)
    for module in project.mentioning("ContextVar"):
        names = () if is_test(module.path) else {"ContextVar", *aliases(module, "ContextVar")}
        calls = project.calls.module(module)
        for scope, node in (each for name in sorted(names) for each in calls.get(name, ())):
            name = _bound_name(scope, node) or _kept_name(scope, node)
            if name:
                call = Expression(node, scope.frame)
                if call.func.external() == VARIABLE:
                    yield Variable(call, name, middleware)


def _bound_name(scope: Scope, node: syntax.Call) -> str:
    """The name of a variable that a module or class has."""
    if not isinstance(scope, (ModuleScope, ClassScope)):
        return ""
    names = (name for name, found in scope.bindings.items() for each in found if each.value is node)
    return next(names, "")


def _kept_name(scope: Scope, node: syntax.Call) -> str:
    """The attribute in which the one object of a class keeps it."""
    if not isinstance(scope, FunctionScope) or scope.owner is None or scope.name != "__init__":
        return ""
    names = (
        name for name, found in scope.owner.attributes.items() for _, each in found if each.value is node
    )
    made = list(constructions(ClassValue(scope.owner)))
    is_one = len(made) == 1 and isinstance(made[0].scope, ModuleScope)
    return next(names, "") if is_one else ""


class LogContext(Context):
    """What logging libraries add to all that is logged in the same context."""

    def lost(self) -> Iterator[LostContext]:
        """What `def` dependencies bind."""
        undone = tuple(self._calls(*UNBINDERS))
        for call in self._calls(*BINDERS):
            for top, calls in self.from_threads(call):
                if not is_undone(call, calls, undone):
                    yield self._lost(top, "unseen", calls)
        for call in self._calls(*BOUND):
            for top, calls in self.from_threads(call):
                if all(map(is_entered_over_yield, calls)):
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
                if is_cleanup or is_undone(call, calls, self._resets):
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
        inner = [call.scope for call in calls[1:] if is_entered_over_yield(calls[0])]
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
                reader = None if is_undone(call, calls, self._resets) else self._reader_in_tasks(top)
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
            if self._is_inside(way.top) and not is_undone(call, way.calls, self._resets)
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


def _is_in(place: Place, function: FunctionScope) -> bool:
    first, last = function.body[0].span, function.body[-1].span
    return place.path == function.module.path and first.line <= place.span.line <= last.end_line


def _steps(calls: tuple[Expression, ...], done: str) -> tuple[Step, ...]:
    """The calls on a way to one of a variable."""
    *outer, last = calls
    steps = [Step(f"`{call.func.text()}` is called here", call.place) for call in outer]
    return (*steps, Step(f"`{last.func.owner.text() if last.func.owner else ''}` {done} here", last.place))


def _is_empty(call: Expression) -> bool:
    """Whether it sets what says that nothing is known yet: `None`, `""`."""
    given = call.args[0].node if len(call.args) == 1 else None
    return isinstance(given, syntax.Constant) and not given.value
