"""What a function returns, statement by statement."""

from __future__ import annotations

from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.values import ClassValue, External, FunctionValue

BROAD = (External("builtins.Exception"), External("builtins.BaseException"))


@dataclass(frozen=True, slots=True)
class Returned:
    """One `return` of a handler, with what it returns."""

    statement: syntax.Return
    value: Expression

    @property
    def place(self) -> Place:
        return Place(self.value.place.path, self.statement.span)

    def would_catch(self, cls: External) -> bool:
        """Whether a `try` around it may catch such an exception, were it raised there."""
        return any(
            self._catches(handler.kind, cls)
            for statement in syntax.around(self.value.scope.body, self.statement)
            if isinstance(statement, syntax.Try) and syntax.encloses(statement.body, self.statement)
            for handler in statement.handlers
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
