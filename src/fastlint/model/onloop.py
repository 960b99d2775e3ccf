"""What the framework runs on the event loop.

Those are (https://fastapi.tiangolo.com/async/) `async def` routes and dependencies, middleware, exception
handlers, background tasks, streams, websocket endpoints. Plain `def` routes and dependencies run in the
threadpool; the validators of their body, the serialisers of their response and the `render` of their response
class do not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Step
from fastlint.index.syntax import Expr, Subscript
from fastlint.model.around import around_handlers
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.joining import is_joined
from fastlint.model.service import imports_framework
from fastlint.model.suites import is_test
from fastlint.model.typing import GENERIC_ALIASES
from fastlint.model.uses import uses
from fastlint.model.values import Coroutine, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.edges import Edges
    from fastlint.model.project import Project
    from fastlint.model.routing import Route

ALONE = ("lifespan", "shutdown handler")

SEES_THROUGH = "fastapi>=0.123.5"
"""Since then FastAPI looks through `functools.wraps`, and takes objects with an async `__call__` for
coroutine functions in routes too (https://fastapi.tiangolo.com/release-notes/)."""

BEFORE_STREAMS = "fastapi<0.134"
"""Until then FastAPI made a list of what an endpoint with `yield` gives, on the loop, unless a response model
had a thread do it. Since then a thread goes through it (seen with 0.95.2, 0.115.14, 0.133.1 and 0.134.0).
"""

LAZY_TYPES = ("typing.Any", "typing.Iterable", "typing.Generator")
"""Response models for which Pydantic leaves the generator as it is."""

STARTING = frozenset(
    (
        *("create_task", "ensure_future", "start_soon"),
        *("add_done_callback", "call_at", "call_later", "call_soon", "call_soon_threadsafe"),
    )
)
"""The names of what starts a task, or schedules a call."""

SCHEDULER = "apscheduler.schedulers.asyncio.AsyncIOScheduler"
"""Runs jobs that are coroutine functions as tasks of the loop, and all others in threads
(https://apscheduler.readthedocs.io/en/3.x/modules/executors/asyncio.html)."""

REPEATING = tuple(f"{package}.tasks.repeat_every" for package in ("fastapi_utils", "fastapi_restful"))
"""What does the same with the function that it is written above
(https://fastapiutils.github.io/fastapi-utils/user-guide/repeated-tasks/)."""


@dataclass(frozen=True, slots=True)
class Root:
    """What the framework runs on the loop, and how it is called in a message.

    `is_plain` when nothing is wrapped around it, `is_alone` when no client waits for it: lifespans and event
    handlers run before the server takes the first connection, and after it has closed the last one
    (https://asgi.readthedocs.io/en/latest/specs/lifespan.html); the apps of a test suite have none.
    `reason` says where the framework is told to, if that is not where the function is.
    """

    role: str
    function: FunctionValue
    place: Place
    is_plain: bool = True
    is_alone: bool = False
    reason: tuple[Step, ...] = ()


class Roots:
    """Finds them."""

    def __init__(self, project: Project, edges: Edges) -> None:
        self.project = project
        self.edges = edges
        self.inference = project.inference

    def all(self) -> tuple[Root, ...]:
        return tuple(
            replace(root, is_alone=True) if is_test(root.place.path) else root
            for root in dict.fromkeys(self._roots())
        )

    def _roots(self) -> Iterator[Root]:
        for route in filter(self._is_awaited, self.project.application.routes):
            below = None if route.decorator is None else route.decorator.node
            yield from self._called(Root("route", route.handler, route.place), below)
        for route in filter(self._is_made_a_list_of, self.project.application.routes):
            yield Root("generator route", route.handler, route.place)
        for dependency in self.project.dependencies.dependencies:
            yield from self._called(Root("dependency", dependency.handler, dependency.place))
        for hook in self.project.hooks.hooks:
            is_alone = hook.role in ALONE
            yield from self._called(Root(hook.role, hook.function, hook.place, is_alone=is_alone))
        for function in self.project.hooks.startups():
            root = Root("startup handler", function, function.scope.place, is_alone=True)
            yield from self._called(root)
        for function in (*self._started(), *self._repeated()):
            yield Root("task", function, function.scope.place)
        for each in around_handlers(self.project):
            yield Root(each.role, each.function, each.function.scope.place, reason=(each.reason,))

    def _called(self, root: Root, below: Expr | None = None) -> Iterator[Root]:
        """A function that the framework calls, if it is a coroutine function, and the wrappers of it."""
        running = self.inference.functions.wrapped(root.function, below)
        is_plain = running is not None and all(each.scope is root.function.scope for each in running)
        if root.function.scope.node.is_async:
            yield replace(root, is_plain=is_plain)
        for each in () if is_plain else running or ():
            if self._is_wrapper_on_loop(each, root):
                yield replace(root, function=each, is_plain=False)

    def _is_awaited(self, route: Route) -> bool:
        """Whether the framework awaits what a coroutine function gives: not always did that of an object."""
        is_of_object = route.handler.scope.name == "__call__" and route.is_injected and not route.is_websocket
        return not is_of_object or self.project.holds(SEES_THROUGH, route.place.path)

    def _is_made_a_list_of(self, route: Route) -> bool:
        """Whether the framework goes on the loop through what a plain generator function gives."""
        node = route.function.node
        if not node.is_generator or node.is_async or not route.is_injected or route.is_websocket:
            return False
        running = self.inference.functions.wrapped(
            route.handler, None if route.decorator is None else route.decorator.node
        )
        if running is None or any(each.scope is not route.function for each in running):
            return False
        return self.project.always(BEFORE_STREAMS, route.place.path) and _is_lazy(route.response)

    def _is_wrapper_on_loop(self, wrapper: FunctionValue, root: Root) -> bool:
        """Whether the framework runs a wrapper on the loop, as it does with coroutine functions.

        A plain wrapper only where FastAPI looks at what it wraps.
        """
        is_route = root.role == "route"
        sees_through = self.project.holds(SEES_THROUGH, root.place.path)
        if wrapper.scope.node.is_async:
            return wrapper.scope.owner is None or not is_route or sees_through
        names = self.inference.functions.decorator_names(wrapper.scope)
        return (
            (is_route or root.role == "dependency")
            and root.function.scope.node.is_async
            and "functools.wraps" in names
            and sees_through
        )

    def _repeated(self) -> Iterator[FunctionValue]:
        """The coroutine functions that are run on the loop again and again."""
        for call in self._calls("repeat_every"):
            if call.func.external() in REPEATING:
                yield from filter(_is_async, self.project.hooks.decorated_by(call))
        jobs = [each for each in self._jobs() if _is_async(each)]
        if jobs and self._starts_scheduler():
            yield from jobs

    def _calls(self, *names: str) -> Iterator[Expression]:
        """Calls of something with one of these last names, in modules that do not touch the framework too."""
        for name in names:
            for module in self.project.mentioning(name):
                for scope, node in self.project.calls.module(module).get(name, ()):
                    yield Expression(node, scope.frame)

    def _jobs(self) -> Iterator[FunctionValue]:
        """What a scheduler of the loop is given to do."""
        if not self.project.mentioned(SCHEDULER.rpartition(".")[2]):
            return
        for call in self._calls("add_job", "scheduled_job"):
            owner = call.func.owner
            if owner is None or not owner.instances(SCHEDULER):
                continue
            if last_name(call.func.node) == "scheduled_job":
                yield from self.project.hooks.decorated_by(call)
            given = call.argument("func", 0)
            for value in () if given is None else given.values():
                if isinstance(value, FunctionValue):
                    yield value

    def _starts_scheduler(self) -> bool:
        """Whether it is the service that starts one, and not another process with a loop of its own."""
        starts = [
            call.scope
            for call in self._calls("start")
            if (owner := call.func.owner) is not None and owner.instances(SCHEDULER)
        ]
        if any(imports_framework(scope.module) for scope in starts):
            return True
        queue = deque(self.project.hooks.startups())
        queue.extend(hook.function for hook in self.project.hooks.hooks if hook.role == "lifespan")
        seen = set(queue)
        while queue:
            function = queue.popleft()
            if function.scope in starts:
                return True
            callees = {edge.callee for edge in self.edges.of(function) if edge.callee is not None}
            queue.extend(callees - seen)
            seen |= callees
        return False

    def _started(self) -> Iterator[FunctionValue]:
        """What code that runs at start-up leaves running when the first request may come: tasks, and what it
        schedules."""
        queue = deque(self.project.hooks.startups())
        queue.extend(hook.function for hook in self.project.hooks.hooks if hook.role == "lifespan")
        seen = set(queue)
        while queue:
            function = queue.popleft()
            for use in uses(self.inference.calling.frame(function, None)):
                if last_name(use.call.func.node) in STARTING and not is_joined(use):
                    for value in use.call.args[0].values() if use.call.args else ():
                        if isinstance(value, Coroutine) and isinstance(value.function, FunctionValue):
                            yield value.function
            for edge in self.edges.of(function):
                callee = edge.callee
                if callee is None or callee in seen:
                    continue
                if edge.how in ("schedules", "starts") and not is_joined(edge.use):
                    yield callee
                elif self.project.says(callee.scope.module, STARTING):
                    seen.add(callee)
                    queue.append(callee)


def _is_async(function: FunctionValue) -> bool:
    return function.scope.node.is_async


def _is_lazy(response: Expression | None) -> bool:
    """Whether a response model, or that there is none, leaves a generator as it is."""
    if response is None:
        return True
    node = response.node
    name = (response.at(node.value) if isinstance(node, Subscript) else response).external()
    return GENERIC_ALIASES.get(name, name) in LAZY_TYPES
