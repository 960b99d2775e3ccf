"""The code of the service itself: what imports the framework, and what a request runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope, ModuleScope
from fastlint.model.suites import is_test
from fastlint.model.uses import Use

if TYPE_CHECKING:
    from fastlint.model.project import Project

FRAMEWORK = ("fastapi", "starlette")


def service_modules(project: Project) -> tuple[ModuleScope, ...]:
    """The modules that import the framework and those of what a request runs, by path; no tests."""
    importing = (each for each in project.modules if imports_framework(each))
    reached = (function.scope.module for function in project.loop.reached)
    quiet = (each for path in project.quiet.modules if (each := project.module(path)) is not None)
    found = {*importing, *reached, *quiet}
    return tuple(sorted((each for each in found if not is_test(each.path)), key=lambda each: each.path))


def service_calls(project: Project, names: frozenset[str]) -> Iterator[Use]:
    """The calls of something with one of these last names, and what becomes of what they give."""
    for module in project.service:
        if not project.says(module, names):
            continue
        found = project.calls.module(module)
        pairs = [pair for name in sorted(names & found.keys()) for pair in found[name]]
        for scope, node in sorted(pairs, key=lambda pair: pair[1].span):
            reading = next((each for each in scope.calls if each.node is node), None)
            if reading is not None:
                yield Use(Expression(node, scope.frame), *reading[1:])


def coroutine_names(project: Project) -> dict[str, list[FunctionScope]]:
    """The names of what makes coroutines: methods of libraries, and functions of the service with those."""
    known = (name.rpartition(".")[2] for table in project.knowledge.tables for name in table.coroutines)
    found: dict[str, list[FunctionScope]] = {name: [] for name in known}
    for module in project.service:
        for scope in module.within():
            if isinstance(scope, FunctionScope) and scope.node.is_async:
                found.setdefault(scope.name, []).append(scope)
    return found


def imports_framework(module: ModuleScope) -> bool:
    """Whether some code of the module imports FastAPI or Starlette."""
    return any(
        isinstance(node, syntax.Import) and node.module.partition(".")[0] in FRAMEWORK
        for node in module.statements()
    )
