"""Tasks that are started and that nobody keeps.

The event loop holds tasks weakly: https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.callables import is_plain
from fastlint.model.expression import Expression
from fastlint.model.reads import reads
from fastlint.model.scopes import FunctionScope
from fastlint.model.service import service_calls
from fastlint.model.uses import Use
from fastlint.model.values import Coroutine, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

STARTERS = ("asyncio.create_task", "asyncio.ensure_future", "asyncio.AbstractEventLoop.create_task")
STARTING = frozenset(name.rpartition(".")[2] for name in STARTERS)


@dataclass(frozen=True, slots=True)
class DroppedTask:
    """A call that gives a task which is gone once the statement, or the function, is over.

    `name` is the variable that is given it and never read, or ''. `maker` is the function of the project that
    starts it, where the call itself does not.
    """

    use: Use
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
    def keeper(self) -> str:
        """The set of its module that keeps other tasks until they are done; '' if there is none."""
        module = self.call.scope.module
        for scope, node in module.project.calls.module(module).get("add_done_callback", ()):
            given = Expression(node, scope.frame).args[:1]
            name, _, method = given[0].text().rpartition(".") if given else ("", "", "")
            if method == "discard" and name in module.bindings:
                return name
        return ""


def dropped_tasks(project: Project) -> Iterator[DroppedTask]:
    """Every such call in the code of the service."""
    makers: dict[FunctionScope, None] = {}
    for use in service_calls(project, STARTING):
        if not _starts(use.call):
            continue
        scope = use.call.scope
        if use.context == "returned" and isinstance(scope, FunctionScope) and _only_gives(scope, use):
            makers[scope] = None
        name = _variable(use)
        if use.context == "statement" or name:
            yield DroppedTask(use, name)
    for use in service_calls(project, frozenset(each.name for each in makers)):
        maker = _maker(use, makers)
        name = "" if maker is None else _variable(use)
        if maker is not None and (use.context == "statement" or name):
            yield DroppedTask(use, name, maker)


def _starts(call: Expression) -> bool:
    """Whether it makes a new task."""
    name = call.func.external()
    if name != "asyncio.ensure_future":
        return name in STARTERS
    given = call.args[0].values() if call.args else ()
    return bool(given) and all(isinstance(each, Coroutine) for each in given)


def _only_gives(scope: FunctionScope, use: Use) -> bool:
    """Whether a function just gives its caller the task."""
    is_whole = isinstance(use.statement, syntax.Return) and use.statement.value is use.call.node
    return is_whole and not scope.node.is_generator and not scope.node.is_async


def _maker(use: Use, makers: dict[FunctionScope, None]) -> FunctionScope | None:
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
