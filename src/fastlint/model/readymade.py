"""Routes and mounts that are made by themselves, and then put into the routes of an app or router.

`FastAPI(routes=[APIRoute("/", read)])`, `app.router.routes.append(Route("/", read))`. The router that gets
such a route adds neither its prefix nor its dependencies to it; those of the includes above do count.
https://www.starlette.io/routing/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.injections import may_hold
from fastlint.model.routers import Router
from fastlint.model.values import ClassValue, External, Instance

if TYPE_CHECKING:
    from fastlint.model.routing import Application

ROUTES = {
    "fastapi.routing.APIRoute": "add_api_route",
    "fastapi.routing.APIWebSocketRoute": "add_api_websocket_route",
    "starlette.routing.Route": "add_route",
    "starlette.routing.WebSocketRoute": "add_websocket_route",
}
"""The classes of routes, each with the method that adds the same; the nearer class first."""

MOUNTS = ("starlette.routing.Mount", "starlette.routing.Host")
ADDING = {"append": 0, "extend": 0, "insert": 1}
"""What puts something into a list, with the position of the argument that is put there."""


class ReadyMade(NamedTuple):
    """A route or mount by the call that makes it; `verb` as the method that adds the same is called."""

    router: Router
    site: Expression
    verb: str


def ready_made(application: Application) -> Iterator[ReadyMade]:
    """All of them, those inside of mounts too."""
    for router, items in _lists(application):
        yield from _among(router, items)


def mount_of(site: Expression) -> Router:
    """A mount that has routes of its own, as the router that these stand in."""
    return Router(Instance(External(MOUNTS[0]), site))


def _among(router: Router, items: Iterable[Expression]) -> Iterator[ReadyMade]:
    for item in items:
        for value in item.values():
            if not isinstance(value, Instance) or value.site is None or not value.site.is_call:
                continue
            verb = _verb(value.cls, value.site)
            if not verb:
                continue
            yield ReadyMade(router, value.site, verb)
            inner = value.site.keywords.get("routes") if verb == "mount" else None
            if inner is not None:
                yield from _among(mount_of(value.site), may_hold(inner))


def _verb(cls: ClassValue | External, site: Expression) -> str:
    classes = site.project.inference.classes
    if classes.descends(cls, *MOUNTS):
        return "mount"
    return next((verb for name, verb in ROUTES.items() if classes.descends(cls, name)), "")


def _lists(application: Application) -> Iterator[tuple[Router, Iterable[Expression]]]:
    """What is put into the routes of each app and router."""
    for router in application.made:
        given = router.option("routes") or _by_position(router)
        if given is not None:
            yield router, may_hold(given)
    project = application.project
    for call in project.calls.named(*ADDING):
        name, listed = last_name(call.func.node), call.func.owner
        if listed is None or not listed.text().endswith(".routes"):
            continue
        given = call.argument("", ADDING[name])
        if given is not None:
            for router in _routers(application, listed):
                yield router, may_hold(given) if name == "extend" else (given,)
    for module in project.naming("routes"):
        for scope in module.within():
            for statement in scope.statements():
                if not isinstance(statement, syntax.Assign) or statement.value is None:
                    continue
                for target in statement.targets:
                    if isinstance(target, syntax.Ref) and target.path.endswith(".routes"):
                        for router in _routers(application, Expression(target, scope.frame)):
                            yield router, may_hold(Expression(statement.value, scope.frame))


def _by_position(router: Router) -> Expression | None:
    """`Router([Route("/", read)])` of Starlette, which FastAPI's own routers do not take."""
    is_plain = router.instance.external == "starlette.routing.Router" and router.site is not None
    return router.site.argument("routes", 0) if is_plain and router.site is not None else None


def _routers(application: Application, routes: Expression) -> Iterator[Router]:
    """The apps and routers of which an expression is the routes: `app.routes`, `app.router.routes`."""
    owner = routes.owner
    if owner is None:
        return
    found = [each for each in owner.values() if isinstance(each, Instance) and application.is_router(each)]
    if not found and last_name(owner.node) == "router" and owner.owner is not None:
        found = [
            each
            for each in owner.owner.values()
            if isinstance(each, Instance) and application.is_router(each)
        ]
    yield from (application.router(each, routes) for each in found)
