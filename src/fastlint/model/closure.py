"""What FastAPI resolves before a handler runs: each dependency with what it depends on itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.injections import Injection
from fastlint.model.products import is_security
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Partial, Value

if TYPE_CHECKING:
    from fastlint.model.endpoints import Endpoint

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Need:
    """One dependency of an endpoint, or of one of its dependencies.

    `level` says who declares it: app, include, router, route, parameter (of the handler) or dependency.
    """

    injection: Injection
    level: str

    @property
    def place(self) -> Place:
        return self.injection.place

    @property
    def name(self) -> str:
        """How the code calls it; a class that only the annotation names, and a lambda, by their own name."""
        argument = self.injection.argument
        if argument is not None and not isinstance(argument.node, syntax.Lambda):
            return _spelled(argument)
        names = [named for target in self.targets if (named := target_name(target))]
        return names[0] if names else "?"

    @property
    def targets(self) -> tuple[Value, ...]:
        return self.injection.targets

    @property
    def is_followed(self) -> bool:
        """Whether all that it calls is known."""
        return bool(self.targets) and self.injection.is_whole

    @property
    def schemes(self) -> tuple[Instance, ...]:
        """The security schemes that it is itself."""
        project = self.injection.call.project
        return tuple(
            each for each in self.targets if isinstance(each, Instance) and is_security(each, project)
        )

    @property
    def below(self) -> tuple[Need, ...]:
        """What it depends on itself."""
        dependencies = self.injection.call.project.dependencies
        inner = [each for target in self.targets for each in dependencies.below(target)]
        unique = {(each.call, each.parameter and each.parameter.name): each for each in inner}
        return tuple(Need(each, "dependency") for each in unique.values())

    @property
    def closure(self) -> Iterator[Need]:
        """Itself and everything below it, each once."""
        seen: set[Expression] = set()
        queue: list[Need] = [self]
        while queue:
            need = queue.pop(0)
            if need.injection.call not in seen:
                seen.add(need.injection.call)
                yield need
                queue.extend(need.below)


def needs(endpoint: Endpoint) -> tuple[Need, ...]:
    """What an endpoint depends on, in the order in which FastAPI resolves it; each `Depends` once."""
    found: dict[Expression, Need] = {}
    for level, injection in endpoint.injections:
        found.setdefault(injection.call, Need(injection, level))
    return tuple(found.values())


def target_name(target: Value) -> str:
    """The name of what is called."""
    match target:
        case FunctionValue():
            return target.scope.label
        case ClassValue():
            return target.scope.name
        case External():
            return target.name.rpartition(".")[2]
        case Instance():
            return target_name(target.cls)
        case Partial():
            return next(map(target_name, target.functions), "")
        case _:
            return ""


def words(name: str) -> tuple[str, ...]:
    """The words of an identifier, in lower case."""
    return tuple(word.lower() for word in WORD.findall(name))


def _spelled(argument: Expression) -> str:
    """`RoleChecker('admin')`, or `RoleChecker(...)` where its arguments are longer."""
    node = argument.node
    if isinstance(node, syntax.Call):
        given = [*node.args, *(each.value for each in node.keywords)]
        if given and all(isinstance(each, (syntax.Constant, syntax.Ref)) for each in given):
            parts = [argument.at(each).text() for each in node.args]
            parts += [f"{each.name or '**'}={argument.at(each.value).text()}" for each in node.keywords]
            text = f"{argument.func.text()}({', '.join(parts)})"
            return text if len(text) <= 40 else argument.text()
    return argument.text()
