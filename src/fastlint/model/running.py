"""What code makes of the question whether an event loop is running, when one is.

`asyncio.get_running_loop()` raises a `RuntimeError` where none is, and a loop that `get_event_loop()` gives
on the thread of a running one is that one (https://docs.python.org/3/library/asyncio-eventloop.html).
"""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.index.syntax import Expr, Statement
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.reachable import Branches
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import FunctionValue, Instance

RAISING = ("asyncio.get_running_loop", "asyncio.current_task", "sniffio.current_async_library")
RUNNING = ("asyncio.get_running_loop", "asyncio._get_running_loop", "asyncio.get_event_loop")
ASKING = frozenset(
    ("get_running_loop", "_get_running_loop", "current_task", "current_async_library", "is_running")
)


def asks(scope: FunctionScope) -> bool:
    """Whether a function asks itself whether a loop is running."""
    return scope.project.says(scope.module, ASKING) and any(
        isinstance(call.node, syntax.Call) and last_name(call.node.func) in ASKING for call in scope.calls
    )


class OnTheLoop(Branches):
    """A function on the thread of a running loop."""

    def __init__(self, scope: FunctionScope, callers: tuple[FunctionScope, ...] = ()) -> None:
        self._callers = (*callers, scope)
        super().__init__(scope)

    def succeeds(self, statement: Statement) -> bool:
        return any(
            isinstance(node, syntax.Call) and self._at(node).func.external() in RAISING
            for expression in syntax.expressions(statement)
            for node in syntax.walk(expression)
        )

    def truth(self, test: Expr) -> bool | None:
        match test:
            case syntax.Operation() if test.operator in ("is", "is not"):
                return self._is_nothing(test)
            case syntax.Operation() if test.operator == ":=":
                return self.decides(test.operands[1])
            case syntax.Call():
                return self._call(self._at(test))
            case _:
                return True if _is_running_loop(self._at(test)) else None

    def _at(self, node: Expr) -> Expression:
        return Expression(node, self.scope.frame)

    def _is_nothing(self, test: syntax.Operation) -> bool | None:
        """`loop is None`, `loop is not None`."""
        left, right = test.operands
        if not isinstance(right, syntax.Constant) or right.value is not None:
            return None
        held = self.decides(left)
        if held is None or (not held and not self._at(left).is_none):
            return None
        return held is (test.operator == "is not")

    def _call(self, call: Expression) -> bool | None:
        if _is_running_loop(call):
            return True
        owner = call.func.owner
        if owner is not None and last_name(call.func.node) == "is_running":
            return True if self._holds_running_loop(owner) else None
        value = call.func.value()
        return self._answer(value.scope) if isinstance(value, FunctionValue) else None

    def _holds_running_loop(self, owner: Expression) -> bool:
        node = owner.node
        is_name = isinstance(node, syntax.Ref) and node.path in self.scope.bindings
        return self.decides(node) is True if is_name else _is_running_loop(owner)

    def _answer(self, scope: FunctionScope) -> bool | None:
        """What a function of the project answers on the loop."""
        if scope.node.is_async or scope.node.is_generator or scope in self._callers or not asks(scope):
            return None
        inside = OnTheLoop(scope, self._callers)
        answers = {False if node is None else inside.decides(node) for node in inside.results()}
        if not inside.leaves:
            answers.add(False)
        return answers.pop() if len(answers) == 1 else None


def _is_running_loop(expression: Expression) -> bool:
    found = expression.values()
    return bool(found) and all(
        isinstance(value, Instance)
        and value.external == "asyncio.AbstractEventLoop"
        and value.site is not None
        and value.site.is_call
        and value.site.func.external() in RUNNING
        for value in found
    )
