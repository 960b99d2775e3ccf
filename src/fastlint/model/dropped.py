"""Tasks that are started and that nobody keeps.

The event loop holds tasks weakly: https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.callables import is_nothing, is_plain
from fastlint.model.expression import Expression
from fastlint.model.reads import reads
from fastlint.model.scopes import FunctionScope
from fastlint.model.service import service_calls
from fastlint.model.threaded import is_handler_in_a_thread, runs_in_threads_only
from fastlint.model.uses import Use
from fastlint.model.values import ClassValue, Coroutine, FunctionValue, Partial, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

STARTERS = ("asyncio.create_task", "asyncio.ensure_future", "asyncio.AbstractEventLoop.create_task")
CALLABLE = (ClassValue, FunctionValue, Partial)
STARTING = frozenset(name.rpartition(".")[2] for name in STARTERS)


@dataclass(frozen=True, slots=True)
class DroppedTask:
    """A call that gives a task which is gone once the statement, or the function, is over.

    `start` is the call that starts it. `name` is the variable that is given it and never read, or ''. `maker`
    is the function of the project that starts it, where the call itself does not.
    """

    use: Use
    start: Expression
    name: str = ""
    maker: FunctionScope | None = None

    @property
    def call(self) -> Expression:
        """The call that gives the task."""
        return self.use.call

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def function(self) -> FunctionScope | None:
        """The function that makes the call."""
        return self.call.scope if isinstance(self.call.scope, FunctionScope) else None

    @property
    def work(self) -> str:
        """How the code calls what the task runs; '' where that is not a call."""
        given = self.call.args[0] if self.maker is None and self.call.args else None
        return given.func.text() if given is not None and given.is_call else ""

    @property
    def keepers(self) -> tuple[str, ...]:
        """The sets of its module that keep other tasks until they are done."""
        module, found = self.call.scope.module, dict[str, None]()
        for scope, node in module.project.calls.module(module).get("add_done_callback", ()):
            given = Expression(node, scope.frame).args[:1]
            name, _, method = given[0].text().rpartition(".") if given else ("", "", "")
            if method == "discard" and name in module.bindings:
                found[name] = None
        return tuple(found)

    @property
    def can_only_raise(self) -> bool:
        """Whether it asks for the running loop in a function that runs in threads, where there is none."""
        function = self.function
        return function is not None and _needs_a_loop(self.start) and runs_in_threads_only(function)


def dropped_tasks(project: Project) -> Iterator[DroppedTask]:
    """Every such call in the code of the service."""
    makers: dict[FunctionScope, Expression] = {}
    for use in service_calls(project, STARTING):
        if not _starts(use.call):
            continue
        scope = use.call.scope
        if use.context == "returned" and isinstance(scope, FunctionScope) and _only_gives(scope, use):
            makers[scope] = use.call
        yield from _dropped(use, use.call, None)
    for use in service_calls(project, frozenset(each.name for each in makers)):
        maker = _maker(use, makers)
        if maker is not None:
            yield from _dropped(use, makers[maker], maker)


def _dropped(use: Use, start: Expression, maker: FunctionScope | None) -> Iterator[DroppedTask]:
    """The task that a call gives, where nothing keeps it.

    A `def` handler starts none, unless something else than the framework calls it too.
    """
    name = _variable(use)
    if use.context != "statement" and not name:
        return
    task = DroppedTask(use, start, name, maker)
    in_a_thread = task.function is not None and is_handler_in_a_thread(task.function)
    if not in_a_thread or not _needs_a_loop(start) or task.can_only_raise:
        yield task


def _needs_a_loop(start: Expression) -> bool:
    """Whether a task is started on the loop that runs in its thread, and there is none of that thread."""
    if start.func.external() == "asyncio.create_task":
        return True
    owner = start.func.owner
    asked = owner.func.external() if owner is not None and owner.is_call else start.func.external()
    if asked == "asyncio.get_running_loop":
        return True
    is_set = bool(start.project.mentioned("set_event_loop"))
    return asked in ("asyncio.ensure_future", "asyncio.get_event_loop") and not is_set


def _starts(call: Expression) -> bool:
    """Whether it makes a new task that may have to wait.

    What never waits is done in one step, for which the loop holds it. A function itself is no work.
    """
    name = call.func.external()
    if name not in STARTERS:
        return False
    given = call.args[0].values() if call.args else ()
    if given and all(isinstance(each, CALLABLE) or _never_waits(each) for each in given):
        return False
    if name != "asyncio.ensure_future":
        return True
    return bool(given) and all(isinstance(each, Coroutine) for each in given)


def _never_waits(value: Value) -> bool:
    """Whether it is a coroutine without an `await`; of what stands for others, theirs may have one."""
    function = value.function if isinstance(value, Coroutine) and value.certain else None
    if not isinstance(function, FunctionValue) or function.scope.awaits or not function.scope.node.is_async:
        return False
    return not all(isinstance(each, syntax.Raise) or is_nothing(each) for each in function.scope.body)


def _only_gives(scope: FunctionScope, use: Use) -> bool:
    """Whether a function just gives its caller the task."""
    is_whole = isinstance(use.statement, syntax.Return) and use.statement.value is use.call.node
    return is_whole and not scope.node.is_generator and not scope.node.is_async


def _maker(use: Use, makers: Collection[FunctionScope]) -> FunctionScope | None:
    """The function that a call gets its task from, when it can call no other."""
    function = use.call.func.value()
    if not isinstance(function, FunctionValue) or function.scope not in makers:
        return None
    return function.scope if is_plain(function, use.call.project) else None


def _variable(use: Use) -> str:
    """The local variable that a task is assigned to and that nothing reads, '' where it is kept or may be.

    It holds the task until the function is over: one that goes on to wait for something keeps it as long.
    """
    scope, statement = use.call.scope, use.statement
    if (
        use.context != "assigned"
        or not isinstance(statement, syntax.Assign)
        or statement.value is not use.call.node
    ):
        return ""
    target = statement.targets[0] if len(statement.targets) == 1 else None
    if not isinstance(scope, FunctionScope) or not isinstance(target, syntax.Ref) or "." in target.path:
        return ""
    is_kept = target.path in scope.foreign or reads(scope, target.path) or scope.node.is_generator
    return "" if is_kept or _waits_after(scope, statement) else target.path


def _waits_after(scope: FunctionScope, statement: syntax.Statement) -> bool:
    """Whether a function may wait for something after a statement."""
    line = statement.span.line
    if any(isinstance(each, syntax.Loop) for each in syntax.around(scope.body, statement)):
        return scope.awaits
    waiting = (each.node for each in readings(scope.body, syntax.Await))
    entering = (
        each for each in scope.statements() if isinstance(each, (syntax.With, syntax.Loop)) and each.is_async
    )
    return any(each.span.line > line for each in (*waiting, *entering)) or any(
        isinstance(each, syntax.With) and each.is_async for each in syntax.around(scope.body, statement)
    )
