"""Dependencies that certainly give something else than the parameters which get it are annotated with.

FastAPI passes on what a dependency gives, whatever the annotation says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.handlers import HandlerParameter
from fastlint.model.nominal import NONE, Classes, classes_of, labels, may_have, may_pass_for
from fastlint.model.provided import given_by_calling
from fastlint.model.suites import is_test
from fastlint.model.uses import name_uses
from fastlint.model.values import ClassValue, External, FunctionValue, Value

if TYPE_CHECKING:
    from fastlint.model.injections import Injection
    from fastlint.model.project import Project

SUBSCRIPTED = ("builtins.dict", "builtins.list", "builtins.str", "builtins.tuple")
DATA = ("builtins.dict", "builtins.list")


@dataclass(frozen=True, slots=True)
class Misfit:
    """A parameter, what it is annotated with, and what its dependency gives instead.

    `source` is where the code says so; None for a class or a security scheme.
    """

    parameter: HandlerParameter
    wanted: Classes
    given: Classes
    source: Place | None

    @property
    def gives(self) -> str:
        """What it gives, as an annotation has it."""
        return labels(self.given, self.wanted)

    @property
    def wants(self) -> str:
        """What it is annotated with, without what `Annotated` adds."""
        return labels(self.wanted, self.given)

    @property
    def missing(self) -> str:
        """An attribute that is read of the parameter and that it has not then; '' where none is."""
        return next((each for each in self._read if not self._has(each)), "")

    @property
    def is_alike(self) -> bool:
        """Whether all that is done with the parameter works all the same, as far as that is known."""
        if self._is_answer:
            return True
        if self._is_subscripted:
            return not self.missing and any(each.name in SUBSCRIPTED for each in self._elsewhere)
        are_own = all(isinstance(each, ClassValue) for each in self.given)
        return are_own and self._is_meant and bool(self._read) and not self.missing

    @property
    def _is_meant(self) -> bool:
        """Whether nothing is read that the annotated type has too, and may do in another way: a `commit`."""
        project = self.parameter.function.project
        elsewhere = [each for each in self.wanted if isinstance(each, External) and each != NONE]
        return all(not may_have(each, name, project) for each in elsewhere for name in self._read)

    @property
    def _is_answer(self) -> bool:
        """Whether a route does nothing but to return it, and it is data, which is validated then."""
        function = self.parameter.function
        uses = (*name_uses(function.frame, self.parameter.name),)
        return (
            all(each.context == "returned" for each in uses)
            and all(isinstance(each, ClassValue) or each == NONE or each.name in DATA for each in self.given)
            and any(each.function is function for each in function.project.application.routes)
        )

    @property
    def _elsewhere(self) -> Iterator[External]:
        return (each for each in self.given if isinstance(each, External))

    @property
    def _is_subscripted(self) -> bool:
        """Whether the function takes an item of the parameter: `user["name"]`."""
        return any(
            isinstance(node, syntax.Subscript)
            and isinstance(node.value, syntax.Ref)
            and node.value.path == self.parameter.name
            for statement in self.parameter.function.statements()
            for node in syntax.evaluated(statement)
        )

    @property
    def _read(self) -> tuple[str, ...]:
        """The attributes that are read of the parameter."""
        uses = name_uses(self.parameter.function.frame, self.parameter.name)
        paths = (use.call.text().split(".") for use in uses)
        return tuple(dict.fromkeys(path[1] for path in paths if len(path) > 1))

    def _has(self, attribute: str) -> bool:
        return any(may_have(each, attribute, self.parameter.function.project) for each in self.given)


def misfit(use: Injection) -> Misfit | None:
    """Whether what a dependency gives is certainly none of what its parameter is annotated with."""
    parameter, targets = use.filled, use.targets
    annotation = None if parameter is None else parameter.annotation
    if parameter is None or annotation is None or use.argument is None or len(targets) != 1:
        return None
    wanted = classes_of(annotation)
    if wanted is None or wanted == (NONE,) or not use.is_whole:
        return None
    project = use.call.project
    found = given_by_calling(targets[0], project, NONE in wanted)
    if found is None or any(may_pass_for(one, other, project) for one in found.possible for other in wanted):
        return None
    if use.is_discarded or _is_replaced(targets[0], project):
        return None
    return Misfit(parameter, wanted, found.classes, found.source)


def _is_replaced(target: Value, project: Project) -> bool:
    """Whether the service itself puts another dependency in its place."""
    if not isinstance(target, (FunctionValue, ClassValue)):
        return False
    overrides = project.dependencies.overrides_of(target.scope)
    return any(not is_test(each.place.path) for each in overrides)
