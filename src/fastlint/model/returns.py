"""What a function returns, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.catching import would_catch, would_swallow
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import External, FunctionValue, Instance


@dataclass(frozen=True, slots=True)
class Returned:
    """One `return` of a handler, with what it returns."""

    statement: syntax.Return
    value: Expression

    @property
    def place(self) -> Place:
        return Place(self.value.place.path, self.statement.span)

    @property
    def is_passed_on(self) -> bool:
        """Whether it is what a `Depends` gave: what is wrong with that is wrong where it comes from."""
        node, scope = self.value.node, self.value.scope
        if not isinstance(node, syntax.Ref) or not isinstance(scope, FunctionScope):
            return False
        parameter = scope.parameter(node.path)
        if parameter is None or len(scope.bindings[node.path]) > 1:
            return False
        return scope.project.dependencies.of_parameter(scope, parameter) is not None

    def may_be(self, *classes: str) -> bool:
        """Whether an object of one of these classes may be returned, after all tests before it."""
        if not self.value.instances(*classes):
            return False
        inference = self.value.project.inference
        return self.value.is_certainly(*classes) or any(
            isinstance(each, Instance) and inference.classes.descends(each.cls, *classes)
            for each in self.value.left()
        )

    def would_catch(self, cls: External) -> bool:
        """Whether a `try` or a `with` around it may catch such an exception, were it raised there."""
        return any(would_catch(each, self.statement, self.value.frame, cls) for each in self._around())

    def would_swallow(self, cls: External) -> bool:
        """Whether what catches it may let the function go on as if nothing had been raised."""
        return any(would_swallow(each, self.statement, self.value.frame, cls) for each in self._around())

    def _around(self) -> Iterator[syntax.Statement]:
        return syntax.around(self.value.scope.body, self.statement)


def returned(function: FunctionValue) -> tuple[Returned, ...]:
    """What a function's own body returns."""
    scope = function.scope
    frame = scope.project.inference.calling.frame(function, None)
    return tuple(
        Returned(node, Expression(node.value, frame))
        for node in scope.statements()
        if isinstance(node, syntax.Return) and node.value is not None
    )
