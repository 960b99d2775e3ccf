"""OAuth2 scopes: which `Security(..., scopes=[...])` asks for them, and which dependency gets to see them.

FastAPI collects the scopes of every `Security` on the way from a route down to the dependency that takes
`SecurityScopes`; a `Depends` adds none, and what stands beside does not count
(https://fastapi.tiangolo.com/advanced/security/oauth2-scopes/#dependency-tree-and-scopes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.closure import Need
from fastlint.model.expression import Expression
from fastlint.model.guard import is_elsewhere
from fastlint.model.handlers import Handler, HandlerParameter
from fastlint.model.injections import Injection
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

SECURITY_SCOPES = "fastapi.security.SecurityScopes"


@dataclass(frozen=True, slots=True)
class UncheckedScopes:
    """A `Security(..., scopes=[...])` of which nothing that it runs gets to see the scopes."""

    use: Injection
    scopes: tuple[str, ...]

    @property
    def place(self) -> Place:
        return self.use.place


@dataclass(frozen=True, slots=True)
class EmptyScopes:
    """A dependency that refuses by the scopes it is asked for, and is never asked for any."""

    parameter: HandlerParameter
    uses: tuple[Injection, ...]

    @property
    def place(self) -> Place:
        return self.parameter.place


def unchecked_scopes(project: Project) -> Iterator[UncheckedScopes]:
    for use in project.dependencies.injections:
        scopes = _scopes(use) if use.is_security else ()
        if not scopes or not use.targets:
            continue
        reached = tuple(Need(use, "").closure)
        functions = [each for need in reached for each in need.injection.functions()]
        if not functions or any(map(_may_hide, reached)):
            continue
        if any(_takes_scopes(each) for need in reached for each in need.injection.handlers()):
            continue
        if not any(_says(each, scopes) or _forbids(each) for each in functions):
            yield UncheckedScopes(use, scopes)


def empty_scopes(project: Project) -> Iterator[EmptyScopes]:
    if any(True for _ in project.calls.imported("SecurityScopes")):
        return  # somebody makes them and passes them
    checking = [(handler, each) for handler in _dependencies(project) for each in _takes_scopes(handler)]
    checking = [(handler, each) for handler, each in checking if _refuses_by(handler, each)]
    given = _given(project) if checking else None
    if given is None:
        return
    for handler, parameter in checking:
        if handler.scope not in given:
            yield EmptyScopes(parameter, project.dependencies.injections_of(handler.scope))


def _dependencies(project: Project) -> Iterator[Handler]:
    return (each for each in project.dependencies.handlers if each.route is None)


def _given(project: Project) -> frozenset[FunctionScope] | None:
    """The functions to which scopes lead, or may; None where that is not known."""
    found: set[FunctionScope] = set()
    for use in project.dependencies.injections:
        if use.is_security and _scopes(use) != ():
            for need in Need(use, "").closure:
                if not need.is_followed or any(map(_is_result, need.targets)):
                    return None
                found.update(each.scope for each in need.injection.functions())
    return frozenset(found)


def _is_result(target: Value) -> bool:
    """Whether it is what a function of another package gave, which may be anything."""
    return isinstance(target, Instance) and target.external.endswith("()")


def _scopes(use: Injection) -> tuple[str, ...] | None:
    """The scopes that a `Security` asks for; None where some of them are not known."""
    given = use.call.argument("scopes", 1)
    if given is None:
        return None if use.call.opaque_keywords or _has_starred(use.call) else ()
    items = () if given.is_none else given.items()
    texts = None if items is None else tuple(each.string() for each in items)
    if texts is None or None in texts:
        return None
    return tuple(text for text in texts if text is not None)


def _has_starred(call: Expression) -> bool:
    return any(isinstance(each.node, syntax.Starred) for each in call.args)


def _may_hide(need: Need) -> bool:
    """Whether something may take the scopes that is not seen here."""
    if not need.is_followed or any(map(is_elsewhere, need.targets)):
        return True
    return any(each.is_collector for handler in need.injection.handlers() for each in handler.parameters)


def _takes_scopes(handler: Handler) -> tuple[HandlerParameter, ...]:
    return tuple(
        each
        for each in handler.parameters
        if any(isinstance(value, Instance) and value.external == SECURITY_SCOPES for value in each.types)
    )


def _says(function: FunctionValue, scopes: tuple[str, ...]) -> bool:
    """Whether the code of a function has one of the scopes in it: it checks that by itself."""
    return any(
        isinstance(node, syntax.Constant) and node.value in scopes
        for statement in function.scope.statements()
        for node in syntax.evaluated(statement)
    )


def _forbids(function: FunctionValue) -> bool:
    """Whether a function can tell somebody who is known that he may not: the scope may be what it asks."""
    return 403 in function.scope.project.guards.refusals.of(function).answers


def _refuses_by(handler: Handler, parameter: HandlerParameter) -> bool:
    """Whether a function goes through the scopes, and can turn a client away."""
    path = f"{parameter.name}.scopes"
    is_compared = any(
        isinstance(each.node, syntax.Ref) and each.node.path == path and each.context != "tested"
        for each in readings(handler.scope.body, syntax.Ref)
    )
    return is_compared and bool(handler.scope.project.guards.refusals.of(handler.function).answers)
