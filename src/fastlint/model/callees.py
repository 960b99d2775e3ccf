"""What a call calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.narrowing import possible
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.values import (
    Coroutine,
    FunctionValue,
    Instance,
    Partial,
    Stream,
    Value,
    Values,
    is_vague,
)

if TYPE_CHECKING:
    from fastlint.model.project import Project

AWAITABLE = (
    *("asyncio.Future", "asyncio.Task"),
    *(f"typing.{name}" for name in ("Any", "Awaitable", "Coroutine")),
)


class Callees:
    """Finds it for the calls of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.inference = project.inference

    def is_anybodys(self, call: Expression) -> bool:
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
                return name not in frame.arguments and self.differs(scope, name)
            else:
                node = _handed_on(binding.value)
        return False

    def differs(self, scope: FunctionScope, name: str) -> bool:
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

    def called(self, call: Expression) -> Values:
        """What a call calls; of a partial, what that calls."""
        values: list[Value] = []
        for value in self._callees(call.func):
            values.extend(value.functions if isinstance(value, Partial) else (value,))
        if all(map(is_vague, values)):
            return self.project.last_resort.callee(call) or tuple(values)
        return tuple(values)

    def _callees(self, function: Expression) -> Values:
        """What a called name stands for, where tests may have ruled out some of its receivers."""
        values, node = function.values(), function.node
        if len(values) < 2 or not isinstance(node, syntax.Ref):
            return values
        path, _, name = node.path.rpartition(".")
        owner = function.owner if path in function.scope.classified else None
        return values if owner is None else self.inference.classes.attributes(possible(owner), name)

    def awaited(self, values: Values) -> Values:
        """What may be called where the result is awaited: not a plain function whose result cannot be."""
        coroutines = tuple(
            value for value in values if not isinstance(value, FunctionValue) or value.scope.node.is_async
        )
        return coroutines or tuple(value for value in values if self.may_give_awaitable(value))

    def may_give_awaitable(self, value: Value) -> bool:
        """By what it returns: that may be a coroutine whatever the annotation says."""
        if not isinstance(value, FunctionValue):
            return True
        if not value.scope.node.is_async and not value.scope.gives:
            return False
        functions, frame = self.inference.functions, self.inference.calling.frame(value, None)
        results = functions.body_returns(value.scope, frame)
        return not results or any(
            isinstance(each, (Coroutine, Stream))
            or (isinstance(each, Instance) and each.external in AWAITABLE)
            for each in (*results, *functions.declared(value.scope, value))
        )


def _handed_on(value: syntax.Expr | None) -> syntax.Expr | None:
    """The name behind `visit = cast(Visitor, function)` and `visit = function`."""
    return value.args[-1] if isinstance(value, syntax.Call) and value.args else value
