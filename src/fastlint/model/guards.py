"""What turns clients away from an endpoint who may not use it, as far as the code proves it.

A dependency guards for certain when a security scheme in its closure answers for itself (`auto_error`), when
code that it reaches can answer 401 (a websocket: close with 1008), and when it is about users (it has a
scheme, reads credentials or is named so) and can answer 403 or redirect: a feature that is off answers 403
too. What only looks like that may guard: a scheme that lets everybody pass, what reads credentials, what is
named so, what cannot be followed, a 401 or 403 of the handler's own code or of middleware. An endpoint is
open when there is neither.
https://fastapi.tiangolo.com/tutorial/security/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from fastlint.model.closure import Need, needs, target_name, words
from fastlint.model.credentials import NAMED, READS, READS_HEADER, is_telling, read_by, unresolved
from fastlint.model.endpoints import Endpoint
from fastlint.model.expression import Expression
from fastlint.model.guard import Guard, is_elsewhere, is_of_project
from fastlint.model.handlers import Handler
from fastlint.model.injections import Injection
from fastlint.model.markers import MARKERS
from fastlint.model.memo import Memo, traced_property
from fastlint.model.refusals import UNMISTAKABLE, Refusals, Traits
from fastlint.model.routers import Router, constructor_option
from fastlint.model.routing import ROUTERS
from fastlint.model.surroundings import Surroundings
from fastlint.model.values import Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

UNFOLLOWED = "cannot be followed"


class Guards:
    """Finds them, for each endpoint."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.refusals = Refusals(project)
        self._around = Surroundings(project, self.refusals)
        self._of_need = Memo(project.grounds, self._find_guard)

    def of(self, endpoint: Endpoint) -> tuple[Guard, ...]:
        """The guards of an endpoint, in the order in which a request meets them."""
        return (
            *self._around.before(endpoint),
            *(guard for need in needs(endpoint) if (guard := self.of_need(need)) is not None),
            *self._unfollowed(endpoint),
            *self._around.after(endpoint),
        )

    def verdict(self, endpoint: Endpoint) -> bool | None:
        """Whether an endpoint is guarded: True for certain, False for certainly not, None where it may be."""
        found = self.of(endpoint)
        if any(each.is_certain for each in found):
            return True
        return None if found else False

    def may_be_around(self, app: Router) -> bool:
        """Whether middleware of an app may turn clients away, whatever they ask for."""
        return any(True for _ in self._around.around(app))

    def of_need(self, need: Need) -> Guard | None:
        """The guard that a dependency is; None where it turns nobody away."""
        known = self._of_need(_by_itself(need))
        return known and replace(known, level=need.level)

    def _find_guard(self, need: Need) -> Guard | None:
        if "csrf" in words(need.name):
            return None
        schemes: dict[str, bool] = {}
        traits = Traits()
        for each in need.closure:
            for scheme in each.schemes:
                name = target_name(scheme)
                schemes[name] = schemes.get(name, False) or _raises_itself(scheme)
            traits |= self._traits_of_need(each)
        if not schemes and not traits.refusals and not traits.hints:
            return None
        is_about_users = bool(schemes) or not traits.hints.isdisjoint((NAMED, READS, READS_HEADER))
        answers = traits.answers if is_about_users else traits.refusals
        is_certain = any(schemes.values()) or bool(answers if is_about_users else answers & UNMISTAKABLE)
        return Guard(
            need.name,
            need.level,
            need.place,
            schemes=tuple(
                sorted(name if own else f"{name} (auto_error=False)" for name, own in schemes.items())
            ),
            answers=tuple(sorted(answers)),
            hints=() if is_certain else tuple(sorted(traits.hints)),
            is_certain=is_certain,
        )

    def _traits_of_need(self, need: Need) -> Traits:
        elsewhere = [is_elsewhere(each) for each in need.targets]
        is_ours = not need.targets or any(elsewhere) or any(map(is_of_project, need.targets))
        names = {need.name.partition("(")[0], *map(target_name, need.targets)} if is_ours else ()
        hints = {NAMED} if any(map(is_telling, names)) else set[str]()
        if not need.is_followed or any(elsewhere):
            hints.add(UNFOLLOWED)
        traits = Traits(hints=frozenset(hints))
        for function in need.injection.functions():
            traits |= self.refusals.of(function)
            for handler in self.project.dependencies.handlers_of(function):
                traits |= Traits(hints=frozenset(read_by(handler.parameters)))
        return traits

    def _unfollowed(self, endpoint: Endpoint) -> Iterator[Guard]:
        """Lists of dependencies that are not known, and parameters whose type may bring one."""
        for level, site, given in endpoint.lists() if endpoint.route.is_injected else ():
            if site.opaque_keywords if given is None else not _is_known_list(given):
                yield Guard("dependencies", level, site.place, hints=(UNFOLLOWED,))
        for router in endpoint.routers:
            if not self._extended.isdisjoint((None, router.key)) and router.site is not None:
                yield Guard("dependencies", "router", router.place, hints=(UNFOLLOWED,))
        handler = Handler(endpoint.route.handler, endpoint.route, endpoint.route.given)
        for each in handler.parameters if endpoint.route.is_injected else ():
            annotation = each.annotation
            if annotation is None or each.is_from_client is not None:
                continue
            for name in unresolved(annotation):
                yield Guard(name, "parameter", each.place, hints=(NAMED, UNFOLLOWED))

    @traced_property
    def _extended(self) -> frozenset[object]:
        return frozenset(self._find_extended())

    def _find_extended(self) -> Iterator[object]:
        """The keys of routers to which code adds dependencies later; None where it is not known which."""
        for call in self.project.calls.named("append", "extend", "insert"):
            added_to = call.func.owner
            if added_to is not None and added_to.text().endswith(".dependencies"):
                owner = added_to.owner
                routers = () if owner is None else owner.instances(*ROUTERS)
                yield from (self.project.application.router(each, call).key for each in routers)
                if not routers:
                    yield None


def _by_itself(need: Need) -> Need:
    """A dependency wherever it stands: one that has a name is the same for each parameter."""
    injection = need.injection
    return Need(injection if injection.argument is None else Injection(injection.call), "")


def _raises_itself(scheme: Instance) -> bool:
    given = constructor_option(scheme, "auto_error")
    return given is None or given.constant() is not False


def _is_known_list(given: Expression) -> bool:
    """Whether all of `dependencies=` is known."""
    if given.is_none:
        return True
    items = given.items()
    return items is not None and all(each.instances(*MARKERS) for each in items)
