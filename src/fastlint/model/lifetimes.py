"""How long dependencies live.

A dependency with `yield` lives as long as the request, unless its `Depends` says `scope="function"`: then it
ends with the endpoint, before the response is sent. What lives longer cannot need what ends before it
(https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#early-exit-and-scope).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.model.decorators import is_as_written
from fastlint.model.expression import Expression
from fastlint.model.handlers import HandlerParameter
from fastlint.model.injections import Injection
from fastlint.model.scopes import FunctionScope

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency
    from fastlint.model.project import Project

REQUEST, FUNCTION = "request", "function"


@dataclass(frozen=True, slots=True)
class Outlived:
    """A parameter of a dependency, filled by what ends before the dependency does.

    `use` is where the dependency is asked for with the longer life, `need` the `Depends` of the parameter.
    """

    parameter: HandlerParameter
    need: Injection
    use: Injection

    @property
    def place(self) -> Place:
        return self.parameter.place


def scope_of(use: Injection) -> str:
    """`function` or `request`, as a `Depends` says of what is to be torn down; '' where that is not known."""
    given = use.call.argument("scope")
    if given is not None:
        return given.string() or ""
    return "" if use.call.opaque_keywords else REQUEST


def ends_late(use: Injection) -> bool:
    """Whether what FastAPI injects there ends with the request, and not with the function that gets it."""
    return scope_of(use) == REQUEST


def ends_late_together(dependency: Dependency) -> tuple[Injection, ...]:
    """The uses that have to change together for a dependency to end before the response is sent.

    Empty where one of them cannot: another dependency with `yield` gets it, and ends with the request.
    """
    found: dict[Expression, Injection] = {}
    for use in dependency.injections:
        call = use.call
        if call.opaque_keywords or call.func.external() != "fastapi.Depends" or call.is_quoted:
            return ()
        if not ends_late(use):
            continue
        is_alone = use.is_whole and len(use.targets) == 1
        if not is_alone or (use.function is not None and _keeper(use.function, set())):
            return ()
        found.setdefault(call, use)
    return tuple(found.values())


def needed_longer(dependency: Dependency) -> FunctionScope | None:
    """A dependency with `yield` that ends with the request, and needs it."""
    late = (each.function for each in dependency.injections if ends_late(each))
    found = (_keeper(each, set()) for each in late if each is not None)
    return next((each for each in found if each is not None), None)


def _keeper(function: FunctionScope, seen: set[FunctionScope]) -> FunctionScope | None:
    """A dependency with `yield` that ends with the request and needs what a function gets, maybe itself."""
    if function in seen:
        return None
    seen.add(function)
    late = [each for each in function.project.dependencies.injections_of(function) if ends_late(each)]
    if late and function.node.is_generator:
        return function
    found = (_keeper(each.function, seen) for each in late if each.function is not None)
    return next((each for each in found if each is not None), None)


def outlived(project: Project) -> Iterator[Outlived]:
    """Each such parameter once."""
    if not any(True for _ in project.naming("scope")):
        return
    for dependency in project.dependencies.dependencies:
        function = dependency.function
        if not function.node.is_generator or not is_as_written(function):
            continue
        needs = [each for each in project.dependencies.of_function(function) if scope_of(each) == FUNCTION]
        use = next(filter(ends_late, dependency.injections if needs else ()), None)
        for need in needs if use is not None else ():
            parameter = need.filled
            if parameter is not None and use is not None:
                yield Outlived(parameter, need, use)
