"""The `Request` that a websocket's functions ask for: FastAPI has none to pass there.

What it resolves for a websocket gets the `WebSocket`, or the `HTTPConnection` that both are; a parameter for
the `Request` is left out of the call
(https://github.com/fastapi/fastapi/blob/0.165.0/fastapi/dependencies/utils.py, `solve_dependencies`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.model.decorators import is_as_written
from fastlint.model.elsewhere import elsewhere
from fastlint.model.endpoints import Endpoint
from fastlint.model.handlers import Handler, HandlerParameter
from fastlint.model.injections import Injection
from fastlint.model.markers import allows_none
from fastlint.model.products import is_security
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.uses import name_uses
from fastlint.model.values import FunctionValue, Instance
from fastlint.model.ways import Ways

if TYPE_CHECKING:
    from fastlint.model.project import Project

REQUEST = "starlette.requests.Request"
CONNECTION = "starlette.requests.HTTPConnection"
WEBSOCKET = "starlette.websockets.WebSocket"
RUNS_LISTS = "fastapi>=0.97"
"""The versions that resolve what stands in a list of `dependencies` for a websocket."""
SCHEMES_TAKE_REQUEST = "fastapi<0.144"
"""The versions whose security schemes ask for the `Request`."""

OF_CONNECTION = frozenset(
    (
        *("app", "auth", "base_url", "client", "cookies", "headers", "path_params", "query_params"),
        *("scope", "session", "state", "url", "url_for", "user"),
    )
)
"""The attributes that a `Request` and a `WebSocket` have in common."""


@dataclass(frozen=True, slots=True)
class WebsocketRequest:
    """Something that asks for the `Request` and is called for a websocket.

    `taker` is the parameter of a function of the project, or the use of a security scheme of FastAPI's;
    `chain` are the uses of `Depends` that lead there from the `endpoint`.
    """

    taker: HandlerParameter | Injection
    endpoint: Endpoint
    chain: tuple[Injection, ...]

    @property
    def place(self) -> Place:
        return self.taker.place

    @property
    def needs(self) -> str:
        """An attribute that it reads and that only a `Request` has, such as `json`; '' for none."""
        return next((each for each in self._read if each and each not in OF_CONNECTION), "")

    @property
    def is_handed_on(self) -> bool:
        """Whether it does more with it than to read attributes."""
        return "" in self._read

    @property
    def has_other(self) -> bool:
        """Whether the function has another parameter for the connection: FastAPI fills one of them."""
        if isinstance(self.taker, Injection):
            return False
        classes = self.taker.function.project.inference.classes
        return any(
            isinstance(value, Instance) and classes.descends(value.cls, CONNECTION)
            for each in Handler(FunctionValue(self.taker.function)).parameters
            if each.name != self.taker.name and not _is_websocket(each)
            for value in each.types
        )

    @property
    def doubt(self) -> str:
        """What else code does with the function that asks for it, "" if nothing."""
        if isinstance(self.taker, Injection) or self.taker.function.owner is not None:
            return ""
        return elsewhere(self.taker.function).doubt

    @property
    def _read(self) -> tuple[str, ...]:
        """The attributes that are read of it; '' where it is used otherwise."""
        if isinstance(self.taker, Injection):
            return ()
        name = self.taker.name
        paths = (path for scope in self.taker.function.with_lambdas() for path in _paths(scope, name))
        return tuple(dict.fromkeys(f"{path}.".split(".")[1] for path in paths))


def websocket_requests(project: Project) -> Iterator[WebsocketRequest]:
    """Each of them once, for the first websocket that needs it."""
    found: dict[Place, WebsocketRequest] = {}
    ways = Ways(project.application)
    for route in project.application.routes:
        for way in ways.to(route.router) if route.is_websocket and route.is_injected else ():
            for each in _of(Endpoint(route, way), project):
                found.setdefault(each.place, each)
    yield from (found[place] for place in sorted(found))


def _of(endpoint: Endpoint, project: Project) -> Iterator[WebsocketRequest]:
    route = endpoint.route
    if is_as_written(route.function):
        for parameter in _requests(Handler(route.handler, route)):
            yield WebsocketRequest(parameter, endpoint, ())
    seen: set[object] = set()
    queue: deque[tuple[Injection, ...]] = deque(
        (injection,)
        for level, injection in endpoint.injections
        if level == "parameter" or project.holds(RUNS_LISTS, route.place.path)
    )
    while queue:
        chain = queue.popleft()
        use = chain[-1]
        if use.call in seen:
            continue
        seen.add(use.call)
        if any(isinstance(each, Instance) and _takes_request(each, use) for each in use.targets):
            yield WebsocketRequest(use, endpoint, chain)
        for handler in use.handlers():
            if is_as_written(handler.scope):
                yield from (WebsocketRequest(each, endpoint, chain) for each in _requests(handler))
                queue.extend((*chain, each) for each in project.dependencies.of_function(handler.scope))


def _takes_request(target: Instance, use: Injection) -> bool:
    """Whether it is a security scheme of a FastAPI that certainly gives those the `Request`."""
    project = use.call.project
    is_own = project.inference.classes.method(target, "__call__") is not None
    return (
        not is_own and is_security(target, project) and project.always(SCHEMES_TAKE_REQUEST, use.place.path)
    )


def _requests(handler: Handler) -> Iterator[HandlerParameter]:
    """The parameters that only a `Request` can fill."""
    for parameter in handler.parameters:
        annotation = parameter.annotation
        if annotation is None or parameter.node.default is not None or parameter.is_collector:
            continue
        if parameter.injection is None and _is_request(parameter) and not allows_none(annotation):
            yield parameter


def _is_request(parameter: HandlerParameter) -> bool:
    classes = parameter.function.project.inference.classes
    types = parameter.types
    return bool(types) and all(
        isinstance(each, Instance) and classes.descends(each.cls, REQUEST) for each in types
    )


def _is_websocket(parameter: HandlerParameter) -> bool:
    classes = parameter.function.project.inference.classes
    return any(
        isinstance(each, Instance) and classes.descends(each.cls, WEBSOCKET) for each in parameter.types
    )


def _paths(scope: Scope, name: str) -> Iterator[str]:
    """How a scope reads a name, or sets an attribute of it: `request`, `request.state.user`."""
    for use in name_uses(scope.frame, name):
        yield use.call.text()
    for target, _ in scope.targets if isinstance(scope, FunctionScope) else ():
        if target.startswith(f"{name}."):
            yield target
