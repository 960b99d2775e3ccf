"""The functions whose parameters FastAPI fills, and from where each of them comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.callables import DATA, is_callable
from fastlint.model.expression import Expression
from fastlint.model.markers import PARAMETER_MARKERS, URL_MARKERS, metadata
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, FunctionValue, Instance, Value, Values

if TYPE_CHECKING:
    from fastlint.model.injections import Injection
    from fastlint.model.routing import Route

PASSED_BY_FASTAPI = (
    "starlette.requests.HTTPConnection",
    "starlette.responses.Response",
    "starlette.background.BackgroundTasks",
    "fastapi.security.SecurityScopes",
)
"""What FastAPI passes by a parameter's annotation alone."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A function whose parameters FastAPI fills: that of a route, or one that some `Depends` calls.

    `route` is one of those that it serves; None for a dependency. `given` are the parameters that a
    `functools.partial` fills already.
    """

    function: FunctionValue
    route: Route | None = None
    given: frozenset[str] = frozenset()

    @property
    def scope(self) -> FunctionScope:
        """The function as it is written."""
        return self.function.scope

    @property
    def place(self) -> Place:
        return self.scope.place

    @property
    def returns(self) -> Expression | None:
        """The return annotation."""
        node, parent = self.scope.node.returns, self.scope.parent
        return None if node is None or parent is None else Expression(node, parent.frame)

    @property
    def parameters(self) -> tuple[HandlerParameter, ...]:
        """The parameters that FastAPI fills, without `self`."""
        found = self.scope.node.parameters
        inference = self.scope.project.inference
        if (
            self.scope.owner is not None
            and "builtins.staticmethod" not in inference.functions.decorator_names(self.scope)
        ):
            found = found[1:]
        return tuple(HandlerParameter(self.scope, each) for each in found if each.name not in self.given)


@dataclass(frozen=True, slots=True)
class HandlerParameter:
    """One parameter of a function that FastAPI injects."""

    function: FunctionScope
    node: syntax.Parameter

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def place(self) -> Place:
        return Place(self.function.module.path, self.node.span)

    @property
    def is_collector(self) -> bool:
        """Whether it is `*args` or `**kwargs`."""
        return self.node.kind in ("args", "kwargs")

    @property
    def annotation(self) -> Expression | None:
        """Its annotation, as it is evaluated around the function."""
        return self._outside(self.node.annotation)

    @property
    def default(self) -> Expression | None:
        """Its default, as it is evaluated around the function."""
        return self._outside(self.node.default)

    @property
    def metadata(self) -> tuple[Expression, ...]:
        """What `Annotated` adds to its type."""
        return () if self.annotation is None else metadata(self.annotation)

    def is_written_in(self, expression: Expression) -> bool:
        """Whether an expression stands in the signature itself, and not in an alias."""
        written = [each for each in (self.annotation, self.default) if each is not None]
        return any(inner.node is expression.node for each in written for inner in each.walk()) or (
            expression.is_quoted and expression.place.path == self.place.path
        )

    @property
    def types(self) -> Values:
        """The objects that its annotation allows; () when that is not known."""
        annotation = self.annotation
        return () if annotation is None else annotation.project.inference.annotations.annotated(annotation)

    @property
    def captures(self) -> str:
        """What its default keeps for the function: the variable of a loop, or of the code around it.

        "" where it is no such default, or may be meant for clients.
        """
        from fastlint.model.captured import captures

        return captures(self)

    @property
    def takes_callable(self) -> bool:
        """Whether its annotation asks for something to call."""
        annotation = self.annotation
        if annotation is None:
            return False
        if any(is_callable(value, annotation.project) for value in self.types):
            return True
        return any(part.external() == "typing.Callable" for part in annotation.walk())

    @property
    def injection(self) -> Injection | None:
        """The `Depends` that fills it."""
        return self.function.project.dependencies.of_parameter(self.function, self.node)

    @property
    def marker(self) -> Expression | None:
        """The `Query()`, `Header()` and the like that says where its value comes from."""
        given = (*self.metadata, *((self.default,) if self.default is not None else ()))
        return next((each for each in given if each.instances(*PARAMETER_MARKERS)), None)

    @property
    def is_passed(self) -> bool:
        """Whether FastAPI passes an object of its own, such as the `Request`."""
        inference = self.function.project.inference
        return any(
            isinstance(value, Instance) and inference.classes.descends(value.cls, *PASSED_BY_FASTAPI)
            for value in self.types
        )

    @property
    def is_for_fastapi(self) -> bool:
        """Whether only FastAPI can fill it as it is meant: by a `Depends`, a `Header()` or a `Request`."""
        return self.injection is not None or self.marker is not None or self.is_passed

    @property
    def is_from_client(self) -> bool | None:
        """Whether FastAPI takes it from the query or the body by its type; None when that cannot be told."""
        if self.is_for_fastapi:
            return False
        if self.annotation is None or self.is_collector:
            return True
        known = bool(self.types) and all(_is_data_type(value) for value in self.types)
        return True if known else None

    @property
    def is_in_url(self) -> bool:
        """Whether it may come from the query or the path."""
        marker = self.marker
        if marker is not None:
            return bool(marker.instances(*URL_MARKERS))
        return self.is_from_client is not False

    @property
    def may_be_in_path(self) -> bool:
        """Whether the path of a route for which the function runs may have it."""
        from fastlint.model.captured import may_be_in_path

        return may_be_in_path(self)

    def _outside(self, node: syntax.Expr | None) -> Expression | None:
        assert self.function.parent is not None
        return None if node is None else Expression(node, self.function.parent.frame)


def _is_data_type(value: Value) -> bool:
    """Whether a type is one that FastAPI reads from the query or the body."""
    return isinstance(value, Instance) and (isinstance(value.cls, ClassValue) or value.cls.name in DATA)
