"""What the functions that FastAPI calls return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.absence import may_be_none
from fastlint.model.expression import Expression
from fastlint.model.values import ClassValue, External, FunctionValue

BROAD = (External("builtins.Exception"), External("builtins.BaseException"))
SUPPRESS = "contextlib.suppress"


@dataclass(frozen=True, slots=True)
class Returned:
    """One `return` of a handler, with what it returns."""

    statement: syntax.Return
    value: Expression

    @property
    def place(self) -> Place:
        return Place(self.value.place.path, self.statement.span)

    def is_only(self, cls: str) -> bool:
        """Whether nothing but an object of a class can be returned, `None` included."""
        value = self.value
        if not value.is_whole or len(value.instances(cls)) < len(value.values()):
            return False
        return not may_be_none(value)

    def would_catch(self, cls: External) -> bool:
        """Whether a `try` around it may catch such an exception, were it raised there."""
        return any(True for _ in self._catching(cls))

    def would_swallow(self, cls: External) -> bool:
        """Whether what catches it may let the function go on as if nothing had been raised."""
        if any(self._is_suppressed(statement, cls) for statement in self._around()):
            return True
        return any(not _ends_in_raise(handler) for handler in self._catching(cls))

    def _around(self) -> Iterator[syntax.Statement]:
        return syntax.around(self.value.scope.body, self.statement)

    def _catching(self, cls: External) -> Iterator[syntax.Handler]:
        for statement in self._around():
            if isinstance(statement, syntax.Try) and syntax.encloses(statement.body, self.statement):
                yield from (each for each in statement.handlers if self._catches(each.kind, cls))

    def _is_suppressed(self, statement: syntax.Statement, cls: External) -> bool:
        return isinstance(statement, syntax.With) and any(
            self._catches(kind, cls)
            for item in statement.items
            if isinstance(item.context, syntax.Call)
            and self.value.at(item.context.func).external() == SUPPRESS
            for kind in item.context.args
        )

    def _catches(self, kind: syntax.Expr | None, cls: External) -> bool:
        if kind is None:
            return True
        if isinstance(kind, syntax.Collection):
            return any(self._catches(item, cls) for item in kind.items)
        caught = self.value.at(kind).value()
        if not isinstance(caught, (ClassValue, External)):
            return True
        inference = self.value.project.inference
        return (
            caught in BROAD
            or inference.classes.is_subclass(cls, caught)
            or inference.classes.is_subclass(caught, cls)
        )


def returned(function: FunctionValue) -> tuple[Returned, ...]:
    """What a function's own body returns."""
    scope = function.scope
    frame = scope.project.inference.calling.frame(function, None)
    return tuple(
        Returned(node, Expression(node.value, frame))
        for node in scope.statements()
        if isinstance(node, syntax.Return) and node.value is not None
    )


def _ends_in_raise(handler: syntax.Handler) -> bool:
    return bool(handler.body) and isinstance(handler.body[-1], syntax.Raise)
