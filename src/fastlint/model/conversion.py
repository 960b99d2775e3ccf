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
from fastlint.model.changes import sets
from fastlint.model.expression import Expression
from fastlint.model.routers import Router
from fastlint.model.scopes import ClassScope, FunctionScope, ModuleScope, Scope
from fastlint.model.values import Coroutine, External, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.events import EventHandler
    from fastlint.model.project import Project

HARMLESS = {
    "a2wsgi", "asgi_lifespan", "builtins", "fastapi", "granian", "gunicorn", "httpx", "httpx2", "hypercorn",
    "mangum", "pytest", "starlette", "typing", "uvicorn",
}  # fmt: skip
"""Packages that add no event handlers to an app that they are given."""
LISTS = ("on_startup", "on_shutdown")
PARAMETER = "app"
"""What a lifespan calls the app that it is given."""
REGISTERING = (*LISTS, "on_event", "add_event_handler")
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
        _require_no_more(project, app, handlers)
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
    if isinstance(site.scope, ClassScope):
        raise NoLifespan("the app is made in a class, whose names a function in it does not see")
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


def _require_no_more(project: Project, app: Router, handlers: list[EventHandler]) -> None:
    """Raise where something else uses what registers handlers, or the lists of them."""
    known = {id(each.site.func.node) for each in handlers if each.way not in LISTS}
    for module in project.naming(*REGISTERING):
        for scope in module.within():
            for node in _named(scope):
                if id(node) not in known:
                    _require_other_app(Expression(node, scope.frame), app)
    for call in project.calls.named("getattr"):
        if len(call.args) > 1 and call.args[1].string() in REGISTERING:
            raise NoLifespan(f"other code uses `{call.text()}`")


def _named(scope: Scope) -> Iterator[syntax.Expr]:
    """What a scope names, assigns and calls, in its lambdas too."""
    for inner in (scope, *scope.lambdas):
        for statement in inner.statements():
            yield from syntax.evaluated(statement)
            if isinstance(statement, syntax.Assign):
                yield from statement.targets


def _require_other_app(named: Expression, app: Router) -> None:
    """Raise where a name is that of the app's handlers, or what is done to them: `app.on_event`."""
    current: Expression | None = named
    while current is not None and isinstance(current.node, (syntax.Ref, syntax.Attribute)):
        owner = current.owner
        if owner is not None and last_name(current.node) in REGISTERING:
            values = owner.values()
            if not values or any(_may_be_app(value, app) for value in values):
                raise NoLifespan(f"other code uses `{current.text()}`")
            return
        current = owner if isinstance(current.node, syntax.Ref) else None


def _may_be_app(value: object, app: Router) -> bool:
    return isinstance(value, Instance) and (value.site is None or value.site == app.site)


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
    replaced = next((each.name for each in handlers if sets(project, _function(each).scope.name)), "")
    return Conversion(
        app, tuple(calls["startup"]), tuple(calls["shutdown"]), rows, tuple(registrations),
        risk=_risk(project, app, replaced, bool(imports)),
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
    functions = scope.project.inference.functions
    if not scope.node.is_async and any(
        isinstance(each, Coroutine) for each in functions.returned(function, None)
    ):
        raise NoLifespan(f"`{name}` gives a coroutine, which nothing awaits")
    decorators = functions.decorator_names(scope)
    if any(not each.endswith(PLAIN_DECORATORS) for each in decorators):
        raise NoLifespan(f"`{name}` is decorated")
    called = name if handler.given is None else handler.given.text().partition(".")[0]
    if called == PARAMETER:
        raise NoLifespan(f"`{PARAMETER}` is the app in a lifespan")
    if _changes(handler.site.scope, called):
        raise NoLifespan(f"`{called}` is defined more than once")
    return function


def _changes(scope: Scope, name: str) -> bool:
    """Whether a name, as a scope sees it, is bound anew, or deleted."""
    home: Scope | None = scope
    while home is not None and name not in home.bindings:
        home = home.parent
    if home is None or len(home.bindings[name]) != 1:
        return True
    return any(
        (isinstance(inner, FunctionScope) and name in inner.foreign)
        or (inner is home and any(_deletes(each, name) for each in inner.statements()))
        for inner in home.within()
    )


def _deletes(statement: syntax.Statement, name: str) -> bool:
    """Whether it is a `del`, or a statement that has no other use for the name alone."""
    value = statement.value if isinstance(statement, syntax.Evaluate) else None
    return isinstance(value, syntax.Ref) and value.path == name


def _call(handler: EventHandler, function: FunctionValue) -> str:
    written = handler.given.node if handler.given is not None else None
    if written is not None and not isinstance(written, (syntax.Ref, syntax.Attribute)):
        raise NoLifespan(f"`{handler.given.text() if handler.given else ''}` has no name")
    callee = handler.given.text() if handler.given is not None else function.scope.name
    return f"await {callee}()" if function.scope.node.is_async else f"{callee}()"


def _risk(project: Project, app: Router, replaced: str, is_elsewhere: bool) -> str:
    receiver = next(_given_to(project, app), None)
    if receiver is not None:
        return f"`{receiver.func.text()}` is given the app and may add handlers, which a lifespan silences"
    if replaced:
        return f"`{replaced}` is replaced by other code, which the lifespan sees and the app does not"
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
