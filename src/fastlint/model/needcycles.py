"""Dependencies that need each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.decorators import is_as_written
from fastlint.model.injections import Injection, called_functions
from fastlint.model.reads import root_name
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project


@dataclass(frozen=True, slots=True)
class DependencyCycle:
    """Dependencies that need each other in a circle; `needs` are the parameters on the way round."""

    needs: tuple[Injection, ...]

    @property
    def functions(self) -> tuple[FunctionScope, ...]:
        """The functions of the circle, in the order in which each needs the next."""
        return tuple(each.function for each in self.needs if each.function is not None)

    @property
    def has_class(self) -> bool:
        """Whether a class is among them, for whose annotations names are looked up since FastAPI 0.123.7."""
        return any(each.name == "__init__" for each in self.functions)

    @property
    def place(self) -> Place:
        parameter = self.needs[0].filled
        return self.needs[0].place if parameter is None else parameter.place


def dependency_cycles(project: Project) -> Iterator[DependencyCycle]:
    """Each circle once, and each function in one of them at most."""
    needs = {
        each.function: tuple(_certain_needs(each.function, project))
        for each in project.dependencies.dependencies
    }
    _without_ends(needs)
    told: set[FunctionScope] = set()
    for start in needs:
        way = () if start in told else _way_round(start, needs)
        if way and told.isdisjoint(cycle := DependencyCycle(way).functions):
            told.update(cycle)
            yield DependencyCycle(way)


Needs = dict[FunctionScope, tuple[tuple[Injection, FunctionScope], ...]]


def _certain_needs(function: FunctionScope, project: Project) -> Iterator[tuple[Injection, FunctionScope]]:
    """The functions that a dependency certainly runs before it.

    What a function of the project makes is another one for each of its callers, and not looked into.
    """
    if isinstance(function.parent, FunctionScope) or not is_as_written(function):
        return
    for need in project.dependencies.of_function(function):
        targets = need.targets
        if len(targets) != 1 or not need.is_whole or _is_bound_anew(need):
            continue
        if isinstance(targets[0], (FunctionValue, ClassValue, Instance)):
            for called in called_functions(targets[0], project):
                yield need, called.scope


def _is_bound_anew(need: Injection) -> bool:
    """Whether the name that `Depends` is given may be that of several things, one after the other."""
    argument = need.argument
    if argument is None or not isinstance(argument.node, syntax.Ref):
        return False
    bindings = argument.scope.module.bindings.get(root_name(argument.node), ())
    return len(bindings) != 1


def _without_ends(needs: Needs) -> None:
    """Leave only what is in a circle, or leads to one."""
    is_changed = True
    while is_changed:
        ends = [each for each, below in needs.items() if not any(inner in needs for _, inner in below)]
        for each in ends:
            del needs[each]
        is_changed = bool(ends)


def _way_round(start: FunctionScope, needs: Needs) -> tuple[Injection, ...]:
    """The shortest way from a function back to itself; () if there is none."""
    seen: set[FunctionScope] = set()
    ways: list[tuple[tuple[Injection, ...], FunctionScope]] = [((), start)]
    for way, function in ways:
        for need, inner in needs.get(function, ()):
            if inner is start:
                return (*way, need)
            if inner not in seen:
                seen.add(inner)
                ways.append(((*way, need), inner))
    return ()
