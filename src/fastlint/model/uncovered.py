"""What an app serves without the guard that it puts before all of its routes.

`FastAPI(dependencies=[...])` are resolved for what FastAPI itself registers: path operations, those of
included routers, websockets. Not for Starlette's own routes, routes that are put into `routes` ready-made,
and mounts
(https://fastapi.tiangolo.com/tutorial/dependencies/global-dependencies/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.model.closure import Need, words
from fastlint.model.credentials import is_telling
from fastlint.model.endpoints import Endpoint
from fastlint.model.guard import Guard
from fastlint.model.hooks import STATIC_FILES
from fastlint.model.injections import listed
from fastlint.model.mounts import Mount, mounts
from fastlint.model.routers import Include
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

PUBLIC = frozenset(
    (
        *("health", "healthz", "healthcheck", "heartbeat", "live", "liveness", "livez", "ready", "readiness"),
        *(
            "readyz",
            "ping",
            "status",
            "version",
            "metrics",
            "favicon",
            "robots",
            "manifest",
            "static",
            "assets",
        ),
        *("login", "logout", "token", "callback", "oauth", "auth", "register", "signup", "webhook", "public"),
        *("docs", "redoc", "openapi", "swagger"),
    )
)
"""Words in the paths of what is there for everybody."""

REDIRECT = "starlette.responses.RedirectResponse"

LOOKS = frozenset(
    (
        *("css", "js", "styles", "scripts", "fonts", "img", "images", "icons", "dist", "build", "node", "ui"),
        *("frontend", "client", "web", "www", "html", "site", "spa", "theme", "themes", "storybook", "media"),
    )
)
"""Words in the paths of folders with what a browser needs to show the pages."""


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A route or mount of an app that the `guard` among the app's dependencies does not run for.

    `endpoints` are the route, or those behind the mount; nothing else is known to guard any of them. A
    folder that is mounted has none.
    """

    guard: Guard
    endpoints: tuple[Endpoint, ...]
    mount: Include | Mount | None = None

    @property
    def place(self) -> Place:
        return self.endpoints[0].place if self.mount is None else self.mount.place

    @property
    def is_folder(self) -> bool:
        """Whether it is a mount of `StaticFiles`."""
        return isinstance(self.mount, Mount)


def uncovered(project: Project) -> Iterator[Uncovered]:
    guarded = dict(_guarded(project))
    if not guarded:
        return
    mounted: dict[int, tuple[Guard, Include, list[Endpoint]]] = {}
    for endpoint in project.subjects(Endpoint):
        if not endpoint.is_of_app or endpoint.root.site is None or is_test(endpoint.root.place.path):
            continue
        around = [each for each in endpoint.way if each.is_mount and each.parent.key in guarded]
        nearest = guarded.get(endpoint.apps[-1].key)
        if nearest is not None:
            is_passed_by = _is_passed_by(endpoint) and not _sends_elsewhere(endpoint)
            if is_passed_by and not _is_public(endpoint.path) and _is_open(endpoint):
                yield Uncovered(nearest, (endpoint,))
        elif around:
            mount = around[-1]
            guard = guarded[mount.parent.key]
            mounted.setdefault(id(mount.site.node), (guard, mount, []))[2].append(endpoint)
    for guard, mount, endpoints in mounted.values():
        if all(map(_is_open, endpoints)) and not _is_public(mount.prefix or ""):
            yield Uncovered(guard, tuple(endpoints), mount)

    yield from _folders(project, guarded)


def _folders(project: Project, guarded: dict[object, Guard]) -> Iterator[Uncovered]:
    """Mounts of `StaticFiles` that are not there for everybody, as far as their paths tell."""
    application = project.application
    ready_made = (each for each in application.ready_made if each.verb == "mount")
    put = [(each, each.site.argument("path", 0)) for each in ready_made if application.is_app(each.router)]
    named = [(each, None if given is None else given.string()) for each, given in put]
    placed = [Mount(path, each.router, each.site) for each, path in named if path is not None]
    for mount in (*mounts(application), *placed):
        guard = guarded.get(mount.parent.key)
        given = mount.site.argument("app", 1)
        if guard is None or given is None or is_test(mount.place.path):
            continue
        found = given.values()
        is_folder = bool(found) and all(_is_open_folder(each, project) for each in found)
        is_shown = not mount.path.strip("/") or not LOOKS.isdisjoint(words(mount.path))
        is_private = is_folder and not is_shown and not _is_public(mount.path)
        if is_private and not project.guards.may_be_around(mount.parent):
            yield Uncovered(guard, (), mount)


def _is_open_folder(value: Value, project: Project) -> bool:
    """Whether it is `StaticFiles`, or a class of the project that is, and turns nobody away."""
    classes = project.inference.classes
    if not isinstance(value, Instance) or not classes.descends(value.cls, STATIC_FILES):
        return False
    own = [each for each in classes.mro(value.cls) if isinstance(each, ClassValue)]
    return not any(
        is_telling(each.scope.name)
        or any(
            traits.refusals or traits.hints
            for method in each.scope.functions()
            for traits in (project.guards.refusals.of(FunctionValue(method, value)),)
        )
        for each in own
    )


def _guarded(project: Project) -> Iterator[tuple[object, Guard]]:
    """The apps with dependencies that certainly turn clients away, and the first of these."""
    for router in project.application.routers:
        if not project.application.is_app(router) or router.site is None:
            continue
        for given in router.options("dependencies"):
            for injection in listed(given, router.site):
                guard = project.guards.of_need(Need(injection, "app"))
                if guard is not None and guard.is_certain and (guard.schemes or 401 in guard.answers):
                    yield router.key, guard


def _is_passed_by(endpoint: Endpoint) -> bool:
    """Whether the dependencies of the app are not resolved for a route of it."""
    route = endpoint.route
    return not route.is_injected or (route.is_ready_made and not endpoint.served)


def _sends_elsewhere(endpoint: Endpoint) -> bool:
    """Whether it does nothing but to send clients to another path."""
    route = endpoint.route
    return bool(route.returns) and len(route.function.body) == len(route.returning(REDIRECT)) == 1


def _is_open(endpoint: Endpoint) -> bool:
    return endpoint.route.project.guards.verdict(endpoint) is False


def _is_public(path: str) -> bool:
    return not PUBLIC.isdisjoint(words(path))
