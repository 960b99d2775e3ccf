"""Security schemes that are an endpoint's only guard, and of which nobody checks what they give.

FastAPI's schemes take the credentials out of a request and look no further: any token, key or password passes
(https://fastapi.tiangolo.com/tutorial/security/first-steps/#what-it-does).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.closure import Need, needs, target_name
from fastlint.model.credentials import read_by
from fastlint.model.endpoints import Endpoint
from fastlint.model.guard import is_elsewhere
from fastlint.model.injections import Injection
from fastlint.model.products import is_security
from fastlint.model.routers import constructor_option
from fastlint.model.uses import name_uses
from fastlint.model.values import Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project


@dataclass(frozen=True, slots=True)
class UncheckedScheme:
    """A use of a security scheme that guards endpoints alone, and checks nothing there."""

    use: Injection
    scheme: Instance
    endpoints: tuple[Endpoint, ...]

    @property
    def place(self) -> Place:
        filled = self.use.filled
        return self.use.place if filled is None else filled.place

    @property
    def kind(self) -> str:
        """The name of its class."""
        return target_name(self.scheme)

    @property
    def is_optional(self) -> bool:
        """Whether requests without credentials pass too."""
        given = constructor_option(self.scheme, "auto_error")
        return given is not None and given.constant() is False


def unchecked_schemes(project: Project) -> Iterator[UncheckedScheme]:
    """Every use once, with the endpoints that it guards so."""
    schemes = (use for use in project.dependencies.uses if _scheme(use) is not None)
    if not any(use.is_discarded or _is_passed_on(use) for use in schemes):
        return
    found: dict[Place, tuple[Injection, Instance, list[Endpoint]]] = {}
    for endpoint in project.subjects(Endpoint):
        alone = _alone(endpoint, project)
        if alone is not None:
            use, scheme = alone
            place = UncheckedScheme(use, scheme, ()).place
            found.setdefault(place, (use, scheme, []))[2].append(endpoint)
    for use, scheme, endpoints in found.values():
        yield UncheckedScheme(use, scheme, tuple(endpoints))


def _alone(endpoint: Endpoint, project: Project) -> tuple[Injection, Instance] | None:
    """The first scheme of an endpoint, where there is nothing but schemes that may turn clients away."""
    declared = needs(endpoint)
    uses = [
        (each.injection, scheme)
        for need in declared
        for each in need.closure
        if (scheme := _scheme(each.injection)) is not None
    ]
    if not uses:
        return None
    guarding = [need for need in declared if project.guards.of_need(need) is not None]
    if any(_checks(need, project, is_dropped=False) for need in guarding):
        return None
    return uses[0] if len(project.guards.of(endpoint)) == len(guarding) else None


def _checks(need: Need, project: Project, *, is_dropped: bool) -> bool:
    """Whether a dependency may look at the credentials; `is_dropped` says that who gets it drops it."""
    use = need.injection
    goes_nowhere = use.is_discarded or (is_dropped and _is_passed_on(use))
    if _scheme(use) is not None:
        return not goes_nowhere
    if not need.is_followed or any(map(is_elsewhere, need.targets)):
        return True
    for function in use.functions():
        traits = project.guards.refusals.of(function)
        handlers = project.dependencies.handlers_of(function)
        if traits.answers or traits.hints or any(any(read_by(each.parameters)) for each in handlers):
            return True
    return any(_checks(each, project, is_dropped=goes_nowhere) for each in need.below)


def _scheme(use: Injection) -> Instance | None:
    """The scheme that a use is of, where that runs no code of the project."""
    targets = use.targets
    target = targets[0] if len(targets) == 1 else None
    if not isinstance(target, Instance) or not is_security(target, use.call.project):
        return None
    return None if any(True for _ in use.functions()) else target


def _is_passed_on(use: Injection) -> bool:
    """Whether a dependency does nothing with what it is given but to return it."""
    function, parameter = use.function, use.parameter
    if function is None or parameter is None or len(tuple(function.within())) > 1:
        return False
    readings = tuple(name_uses(function.frame, parameter.name))
    return bool(readings) and all(
        isinstance(each.statement, syntax.Return) and each.statement.value is each.call.node
        for each in readings
    )
