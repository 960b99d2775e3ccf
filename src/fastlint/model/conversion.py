"""How the event handlers of an app become its lifespan, and what forbids that or makes it a risk.

A lifespan takes the place of every handler, so all of an app's handlers go at once, in the order in which
they were registered: those before the `yield` as start-up ran them, those after it in a `finally`, since
shutdown handlers also ran when the server was cancelled. https://fastapi.tiangolo.com/advanced/events/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.routers import Router
from fastlint.model.scopes import ModuleScope, Scope
from fastlint.model.values import External, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.events import EventHandler
    from fastlint.model.project import Project

HARMLESS = {
    "a2wsgi", "asgi_lifespan", "builtins", "fastapi", "granian", "gunicorn", "httpx", "httpx2", "hypercorn",
    "mangum", "pytest", "starlette", "typing", "uvicorn",
}  # fmt: skip
"""Packages that add no event handlers to an app that they are given."""
LISTS = ("on_startup", "on_shutdown")
PLAIN_DECORATORS = (".on_event", ".exception_handler")


class Conversion(NamedTuple):
    """The lifespan of an app: what it calls as it starts and stops, each as it would be written there.

    `registrations` are what registers the handlers now, `imports` what the lifespan has to import first.
    `obstacle` says why there is none, `risk` why it may run other code than today.
    """

    app: Router
    startup: tuple[str, ...] = ()
    shutdown: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    registrations: tuple[Place, ...] = ()
    obstacle: str = ""
    risk: str = ""


class NoLifespan(Exception):  # noqa: N818 - it reads as what happened
    """Why handlers cannot become a lifespan."""


def conversion(project: Project, app: Router) -> Conversion:
    """The lifespan that an app could have."""
    handlers = [each for each in project.events.handlers if app in project.events.apps(each.router)]
    try:
        scope = _home(project, app)
        for handler in handlers:
            _require_plain(project, app, handler, scope)
        return _converted(project, app, handlers, scope)
    except NoLifespan as error:
        return Conversion(app, obstacle=str(error))


def _home(project: Project, app: Router) -> Scope:
    """The scope that makes the app: with plain options, once, and under a name."""
    site = app.site
    if site is None:
        raise NoLifespan("what makes the app is not known")
    if project.events.has_lifespan(app) is not False:
        raise NoLifespan("the app may have a `lifespan`")
    if not isinstance(app.instance.cls, External) or site.opaque_keywords:
        raise NoLifespan("the app may be given other options")
    if not any(
        isinstance(each, syntax.Assign) and each.value is site.node for each in site.scope.statements()
    ):
        raise NoLifespan("the app has no name where it is made")
    if not project.order.always(site, site.scope):
        raise NoLifespan("the app is made under a condition")
    for given in (site.argument(name) for name in LISTS):
        if given is not None and given.items() is None:
            raise NoLifespan(f"it is not known what `{given.text()}` is")
    if any(each.site is None and each.scope is not site.scope for each in _handled(project)):
        raise NoLifespan("a function that may be given the app adds handlers")
    return site.scope


def _handled(project: Project) -> Iterator[Router]:
    return (each.router for each in project.events.handlers)


def _require_plain(project: Project, app: Router, handler: EventHandler, scope: Scope) -> None:
    """Raise where a handler does not simply run whenever the app does."""
    name = handler.name
    if handler.router != app:
        raise NoLifespan(f"`{name}` is a handler of a router")
    if handler.way not in ("on_event", "add_event_handler", *LISTS):
        raise NoLifespan(f"`{name}` is registered in another way")
    if handler.outcome != "runs" or handler.event not in ("startup", "shutdown"):
        raise NoLifespan(f"`{name}` does not run today")
    place = handler.site.scope
    if handler.way in LISTS:
        if not _is_in_constructor(app, handler):
            raise NoLifespan(f"`{name}` is added to a list")
    elif place is not scope and not (isinstance(place, ModuleScope) and isinstance(scope, ModuleScope)):
        raise NoLifespan(f"`{name}` is registered in another function than the app is made in")
    if not project.order.always(handler.site, handler.site.scope):
        raise NoLifespan(f"`{name}` is registered under a condition")


def _is_in_constructor(app: Router, handler: EventHandler) -> bool:
    """Whether it stands in a list that is written out where the app is made."""
    given = app.site.argument(handler.way) if app.site is not None else None
    if given is None or isinstance(given.node, (syntax.Ref, syntax.Attribute)):
        return False
    return any(item.node is handler.site.node for item in given.items() or ())


def _converted(project: Project, app: Router, handlers: list[EventHandler], scope: Scope) -> Conversion:
    calls: dict[str, list[str]] = {"startup": [], "shutdown": []}
    imports: dict[str, dict[str, None]] = {}
    registrations: dict[Place, None] = {}
    here = scope.module
    for handler in sorted(handlers, key=lambda each: (each.site.scope.module is not here, each.place)):
        function = _function(handler)
        calls[handler.event].append(_call(handler, function))
        if handler.site.scope.module is not here:
            module = project.dotted(handler.site.scope.module)
            imports.setdefault(module, {})[function.scope.name] = None
        if handler.way not in LISTS:
            registrations[handler.place] = None
    rows = tuple(f"from {module} import {', '.join(names)}" for module, names in imports.items())
    return Conversion(
        app, tuple(calls["startup"]), tuple(calls["shutdown"]), rows, tuple(registrations),
        risk=_risk(project, app, bool(imports)),
    )  # fmt: skip


def _function(handler: EventHandler) -> FunctionValue:
    """The one function that a handler is, if calling it by its name does what the app does today."""
    if len(handler.functions) != 1:
        raise NoLifespan(f"it is not known what `{handler.name}` is")
    [function] = handler.functions
    scope = function.scope
    name = scope.name
    required = scope.node.parameters[1 if scope.owner is not None else 0 :]
    if any(each.default is None and each.kind not in ("args", "kwargs") for each in required):
        raise NoLifespan(f"`{name}` takes arguments")
    if scope.node.is_generator:
        raise NoLifespan(f"`{name}` is a generator")
    decorators = scope.project.inference.functions.decorator_names(scope)
    if any(not each.endswith(PLAIN_DECORATORS) for each in decorators):
        raise NoLifespan(f"`{name}` is decorated")
    if handler.given is None and len(scope.parent.bindings.get(name, ())) != 1 if scope.parent else True:
        raise NoLifespan(f"`{name}` is defined more than once")
    return function


def _call(handler: EventHandler, function: FunctionValue) -> str:
    written = handler.given.node if handler.given is not None else None
    if written is not None and not isinstance(written, (syntax.Ref, syntax.Attribute)):
        raise NoLifespan(f"`{handler.given.text() if handler.given else ''}` has no name")
    callee = handler.given.text() if handler.given is not None else function.scope.name
    return f"await {callee}()" if function.scope.node.is_async else f"{callee}()"


def _risk(project: Project, app: Router, is_elsewhere: bool) -> str:
    receiver = next(_given_to(project, app), None)
    if receiver is not None:
        return f"`{receiver.func.text()}` is given the app and may add handlers, which a lifespan silences"
    if is_elsewhere:
        return "handlers of other modules run in the order in which the modules are imported"
    return ""


def _given_to(project: Project, app: Router) -> Iterator[Expression]:
    """The calls that hand the app to code that is not the project's."""
    names = [*_names(app)]
    seen: set[str] = set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        for call in _calls_with(project, name):
            given = [each for each in (*call.args, *call.keywords.values()) if last_name(each.node) == name]
            if not any(_is_app(value, app) for each in given for value in each.values()):
                continue
            callees = [each.scope for each in call.func.values() if isinstance(each, FunctionValue)]
            names += [each.name for scope in callees for each in scope.node.parameters]
            if not callees and not _is_harmless(call):
                yield call


def _names(app: Router) -> Iterator[str]:
    """What the app is called where it is made."""
    assert app.site is not None
    for statement in app.site.scope.statements():
        if isinstance(statement, syntax.Assign) and statement.value is app.site.node:
            yield from (last_name(each) for each in statement.targets)


def _calls_with(project: Project, name: str) -> Iterator[Expression]:
    """The calls that are given something of a name."""
    for module in project.naming(name):
        for found in project.calls.module(module).values():
            for scope, node in found:
                given = (*node.args, *(each.value for each in node.keywords))
                if any(last_name(each) == name for each in given):
                    yield Expression(node, scope.frame)


def _is_app(value: object, app: Router) -> bool:
    return isinstance(value, Instance) and value.site == app.site


def _is_harmless(call: Expression) -> bool:
    """Whether it belongs to a package that adds no handlers; a builtin is one of them."""
    external = call.func.external()
    return external.partition(".")[0] in HARMLESS or (bool(external) and "." not in external)
