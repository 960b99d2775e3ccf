"""What a decorator does with the function that it is given, where it asks of what kind that is."""

from __future__ import annotations

from collections.abc import Callable

from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.reachable import Branches
from fastlint.model.scopes import Frame, FunctionScope, Scope
from fastlint.model.values import FunctionValue


def _is_coroutine_function(node: syntax.Function) -> bool:
    return node.is_async and not node.is_generator


KINDS: dict[str, Callable[[syntax.Function], bool]] = {
    "asgiref.sync.iscoroutinefunction": _is_coroutine_function,
    "asyncio.iscoroutinefunction": _is_coroutine_function,
    "inspect.iscoroutinefunction": _is_coroutine_function,
    "starlette._utils.is_async_callable": _is_coroutine_function,
    "inspect.isasyncgenfunction": lambda node: node.is_async and node.is_generator,
    "inspect.isgeneratorfunction": lambda node: node.is_generator and not node.is_async,
}
ASKING = frozenset(name.rpartition(".")[2] for name in KINDS)


def given_kind(frame: Frame) -> ForItsArgument | None:
    """What runs of a function for the arguments of one call; None where it asks nothing about them."""
    scope = frame.scope
    if not isinstance(scope, FunctionScope) or not _is_given_any(frame):
        return None
    return ForItsArgument(scope, frame) if _asks(scope) or _asks(scope.parent) else None


def _asks(scope: Scope | None) -> bool:
    return (
        isinstance(scope, FunctionScope)
        and scope.project.says(scope.module, ASKING)
        and any(
            isinstance(call.node, syntax.Call) and last_name(call.node.func) in ASKING for call in scope.calls
        )
    )


def _is_given_any(frame: Frame | None) -> bool:
    while frame is not None:
        if frame.arguments:
            return True
        frame = frame.outer
    return False


class ForItsArgument(Branches):
    def __init__(self, scope: FunctionScope, frame: Frame) -> None:
        self._frame = frame
        super().__init__(scope)

    def truth(self, test: Expr) -> bool | None:
        match test:
            case syntax.Ref():
                outer = self._frame.outer
                around = None if outer is None else given_kind(outer)
                return None if around is None else around.named(test.path)
            case syntax.Call() if last_name(test.func) in ASKING and test.args:
                return self._is_kind(Expression(test, self._frame))
            case _:
                return None

    def _is_kind(self, call: Expression) -> bool | None:
        """Whether what was passed is of the kind that is asked for."""
        kind = KINDS.get(call.func.external())
        argument = call.args[0]
        if kind is None or not isinstance(argument.node, syntax.Ref) or not self._is_passed(argument.node):
            return None
        found = argument.values()
        answers = {kind(value.scope.node) for value in found if isinstance(value, FunctionValue)}
        is_known = len(answers) == 1 and all(isinstance(value, FunctionValue) for value in found)
        return answers.pop() if is_known else None

    def _is_passed(self, name: syntax.Ref) -> bool:
        """Whether it is what this call passes, and not one of all that are ever passed."""
        frame: Frame | None = self._frame
        while frame is not None:
            if name.path in frame.arguments:
                return len(frame.scope.bindings[name.path]) == 1
            if name.path in frame.scope.bindings:
                return False
            frame = frame.outer
        return False
