"""What runs around routes: middleware, exception handlers, lifespans, background tasks, streams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.exceptions import on_routers, put_into, put_into_handlers
from fastlint.model.expression import Expression
from fastlint.model.extents import MIDDLEWARE, Extent, Extents, extent_of
from fastlint.model.injections import called_functions
from fastlint.model.judging import yielded
from fastlint.model.memo import traced_property
from fastlint.model.routing import APPS, RESPONSE, ROUTERS, STREAMS
from fastlint.model.scopes import ClassScope, FunctionScope
from fastlint.model.values import (
    ClassValue,
    Coroutine,
    External,
    FunctionValue,
    Instance,
    Manager,
    Stream,
    Value,
)
from fastlint.model.written import written

if TYPE_CHECKING:
    from fastlint.model.project import Project

HTTP_MIDDLEWARE = "starlette.middleware.base.BaseHTTPMiddleware"
AUTHENTICATION = "starlette.middleware.authentication.AuthenticationMiddleware"
TASKS = ("starlette.background.BackgroundTasks", "starlette.background.BackgroundTask")
STATIC_FILES = "starlette.staticfiles.StaticFiles"
ASGI = 3
"""How many arguments an ASGI application is called with: `scope`, `receive`, `send`."""


@dataclass(frozen=True, slots=True)
class Middleware:
    """One middleware that is put around an app; `site` is the call that has its options."""

    cls: Value
    site: Expression

    @property
    def place(self) -> Place:
        return self.site.place

    def option(self, name: str, position: int | None = None) -> Expression | None:
        """What the framework's constructor is given; None for a class with a constructor of its own.

        `position` counts from the app, which `add_middleware` passes itself.
        """
        inference = self.site.project.inference
        if (
            isinstance(self.cls, ClassValue)
            and inference.classes.method(Instance(self.cls), "__init__") is not None
        ):
            return None
        return option(self.site, name, position)

    @property
    def conditions(self) -> tuple[Expression, ...]:
        """What is tested before it is added, outside first."""
        scope = self.site.scope
        return tuple(
            self.site.at(statement.test)
            for statement in syntax.around(scope.body, self.site.node)
            if isinstance(statement, syntax.If)
        )

    def option_place(self, name: str, position: int | None = None) -> Place:
        """Where an option is given: where it is written in the call, else the call."""
        given = self.site.argument(name, position)
        written = (*self.site.args, *(self.site.at(each.value) for each in _keywords(self.site)))
        return given.place if given is not None and given in written else self.site.place

    def is_a(self, *names: str) -> bool:
        """Whether its class is, or descends from, one of these."""
        inference = self.site.project.inference
        return isinstance(self.cls, (ClassValue, External)) and inference.classes.descends(self.cls, *names)


def _keywords(call: Expression) -> tuple[syntax.Keyword, ...]:
    return call.node.keywords if isinstance(call.node, syntax.Call) else ()


def option(call: Expression, name: str, position: int | None) -> Expression | None:
    """An argument by its name or position, in a mapping that is written elsewhere too."""
    for keyword in _keywords(call):
        if keyword.name == name:
            return call.at(keyword.value)
    for keyword in _keywords(call):
        if keyword.name is None and (mapping := written(call.at(keyword.value))) is not None:
            given = mapping.entries().get(name)
            if given is not None:
                return given
    is_literal = not any(keyword.name is None for keyword in _keywords(call))
    return call.argument(name, position) if is_literal else None


@dataclass(frozen=True, slots=True)
class Hook:
    """A function that the framework calls: what it is for, and where it is registered.

    `extent` is what middleware and route classes are put around.
    """

    role: str
    function: FunctionValue
    place: Place
    extent: Extent = None


class Hooks:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.extents = Extents(project)

    @traced_property
    def middleware(self) -> tuple[Middleware, ...]:
        return tuple(self._middleware())

    def _middleware(self) -> Iterator[Middleware]:
        for call in self.project.calls.imported("add_middleware", "Middleware"):
            given = call.argument("middleware_class", 0) or call.argument("cls")
            if given is None or not self._registers(call):
                continue
            for value in given.values():
                if isinstance(value, (ClassValue, External, FunctionValue)):
                    yield Middleware(value, call)
        for call in self.project.calls.imported("CORSMiddleware"):
            if call.func.external() == "starlette.middleware.cors.CORSMiddleware":
                yield Middleware(External("starlette.middleware.cors.CORSMiddleware"), call)

    def _registers(self, call: Expression) -> bool:
        return any(
            isinstance(value, External)
            and (value.name == MIDDLEWARE or value.name.endswith(".add_middleware"))
            for value in call.func.values()
        )

    @traced_property
    def hooks(self) -> tuple[Hook, ...]:
        """Everything that the framework calls beside routes and dependencies."""
        return tuple(
            dict.fromkeys(
                (
                    *self._middleware_functions(),
                    *self._route_classes(),
                    *self._handlers(),
                    *self._lifespans(),
                    *self._tasks(),
                    *self._streams(),
                    *self._mounted(),
                    *self._around_apps(),
                    *self._sent_by_themselves(),
                )
            )
        )

    def _middleware_functions(self) -> Iterator[Hook]:
        for call in on_routers(self.project, "middleware"):
            extent = self.extents.of_call(call, "middleware")
            for function in self.decorated_by(call):
                yield Hook("middleware", function, call.place, extent)
        for middleware in self.middleware:
            extent = self.extents.of_middleware(middleware.site)
            if middleware.is_a(AUTHENTICATION):
                yield from self._backends(middleware)
            if middleware.is_a(HTTP_MIDDLEWARE):
                yield from self._functions("middleware", middleware.option("dispatch"), extent)
            if isinstance(middleware.cls, FunctionValue):
                yield from self._made("middleware", middleware.cls, middleware.place, extent)
            if not isinstance(middleware.cls, ClassValue):
                continue
            name = "dispatch" if middleware.is_a(HTTP_MIDDLEWARE) else "__call__"
            method = self.project.inference.classes.method(Instance(middleware.cls), name)
            if method is not None:
                yield Hook("middleware", method, middleware.place, extent)

    def _backends(self, middleware: Middleware) -> Iterator[Hook]:
        """What Starlette's own middleware asks for the user of each request."""
        given = middleware.option("backend")
        for value in given.values() if given is not None else ():
            if isinstance(value, Instance):
                method = self.project.inference.classes.method(value, "authenticate")
                if method is not None:
                    yield Hook("authentication backend", method, middleware.place)

    def _made(self, role: str, maker: FunctionValue, place: Place, extent: Extent) -> Iterator[Hook]:
        """What a function makes that the framework then calls."""
        for value in self.project.inference.functions.returned(maker, None):
            method = (
                self.project.inference.classes.method(value, "__call__")
                if isinstance(value, Instance)
                else value
            )
            if isinstance(method, FunctionValue):
                yield Hook(role, method, place, extent)

    def _route_classes(self) -> Iterator[Hook]:
        """What a route class puts around its routes (https://fastapi.tiangolo.com/how-to/custom-request-and-route/)."""
        for given, extent in self._given_route_classes():
            for value in given.values():
                if isinstance(value, ClassValue):
                    maker = self.project.inference.classes.method(Instance(value), "get_route_handler")
                    if maker is not None:
                        yield from self._made("route class", maker, given.place, extent)

    def _given_route_classes(self) -> Iterator[tuple[Expression, Extent]]:
        """`APIRouter(route_class=...)`, `app.router.route_class = ...`, with what they are for."""
        for router in self.project.application.routers:
            given = router.option("route_class")
            if given is not None:
                yield given, extent_of(router)
        for module in self.project.naming("route_class"):
            for scope in module.within():
                for statement in scope.statements():
                    if isinstance(statement, syntax.Assign) and statement.value is not None:
                        for target in statement.targets:
                            if isinstance(target, syntax.Ref) and target.path.endswith(".route_class"):
                                yield Expression(statement.value, scope.frame), None

    def _handlers(self) -> Iterator[Hook]:
        for call in on_routers(self.project, "exception_handler"):
            for function in self.decorated_by(call):
                yield Hook("exception handler", function, call.place)
        for call in on_routers(self.project, "add_exception_handler"):
            given = call.argument("handler", 1)
            yield from self._functions("exception handler", given)
        for router in self.project.application.routers:
            given = router.option("exception_handlers")
            mapping = given.literal(syntax.Mapping) if given is not None else None
            if mapping is not None and isinstance(mapping.node, syntax.Mapping):
                for node in (*mapping.node.values, *(value for _, value in put_into(mapping))):
                    yield from self._functions("exception handler", mapping.at(node))
        for _, item, value in put_into_handlers(self.project):
            yield from self._functions("exception handler", item.at(value))

    def _lifespans(self) -> Iterator[Hook]:
        application = self.project.application
        for router in application.routers:
            yield from self._functions("lifespan", router.option("lifespan"))
        for handler in self.project.events.handlers:
            for function in handler.functions if handler.event == "shutdown" else ():
                yield Hook("shutdown handler", function, handler.place)

    def lifespan_state(self, name: str) -> Iterator[Expression]:
        """What lifespans yield under a name: each request has it in its `state`."""
        for router in self.project.application.routers:
            for hook in self._functions("lifespan", router.option("lifespan")):
                frame = hook.function.scope.frame
                for node in yielded(hook.function.scope):
                    if node.value is not None:
                        found = _named_values(Expression(node.value, frame)).get(name)
                        if found is not None:
                            yield found

    def startups(self) -> Iterator[FunctionValue]:
        """Start-up handlers: what they do delays no request, but the tasks that they start run on."""
        for handler in self.project.events.handlers:
            if handler.event == "startup":
                yield from handler.functions

    def _tasks(self) -> Iterator[Hook]:
        for call in self.project.calls.named("add_task", "BackgroundTask"):
            if any(self._is_task(value) for value in call.func.values()):
                yield from self._functions("background task", call.argument("func", 0))

    def _is_task(self, value: Value) -> bool:
        if not isinstance(value, External):
            return False
        if value.name in TASKS:
            return True
        receiver = value.receiver
        return receiver is not None and self.project.inference.classes.descends(receiver.cls, *TASKS)

    def _streams(self) -> Iterator[Hook]:
        names = (each.rpartition(".")[2] for each in STREAMS)
        for call in self.project.calls.named(*names, *(each.name for each in self._own_streams())):
            given = call.argument("content", 0)
            if given is None or not call.instances(*STREAMS):
                continue
            for value in given.values():
                for function in self._streamed(value):
                    if function.scope.node.is_async:
                        yield Hook("streaming generator", function, given.place)

    def _own_streams(self) -> Iterator[ClassScope]:
        """The project's own classes of streaming responses."""
        for module in self.project.naming("StreamingResponse", "EventSourceResponse"):
            for cls in module.classes():
                if cls.node.bases and self.project.inference.classes.descends(ClassValue(cls), *STREAMS):
                    yield cls

    def _streamed(self, value: Value) -> Iterator[FunctionValue]:
        """What runs when a response goes through its content."""
        if isinstance(value, Stream):
            yield value.function
        elif isinstance(value, Instance):
            for name in ("__aiter__", "__anext__"):
                method = self.project.inference.classes.method(value, name)
                if method is not None:
                    yield method

    def _mounted(self) -> Iterator[Hook]:
        """The ASGI applications of the project that are mounted."""
        application = self.project.application
        calls = [
            call for call in self.project.calls.named("mount") if any(application.called_on(call, "mount"))
        ]
        calls += [site for _, site, verb in application.ready_made if verb == "mount"]
        for call in calls:
            given = call.argument("app", 1)
            for value in () if given is None else given.values():
                for function in self._applications(value):
                    yield Hook("mounted application", function, call.place)

    def _applications(self, value: Value) -> Iterator[FunctionValue]:
        """What answers for an ASGI application of the project; of `StaticFiles`, what finds a response."""
        classes = self.project.inference.classes
        if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
            if not classes.descends(value.cls, *ROUTERS):
                name = "get_response" if classes.descends(value.cls, STATIC_FILES) else "__call__"
                method = classes.method(value, name)
                yield from () if method is None else (method,)
        elif isinstance(value, FunctionValue) and _is_asgi(value.scope):
            yield value

    def _around_apps(self) -> Iterator[Hook]:
        """Middleware that is put around an app by hand: `app = Timing(app)`."""
        found = [
            cls
            for module in self.project.naming("receive")
            for cls in module.classes()
            if "__call__" in cls.methods and _is_asgi(cls.methods["__call__"])
        ]
        for call in self.project.calls.imported(*(cls.name for cls in found)) if found else ():
            given = (*call.args, *call.keywords.values())
            apps = [app for each in given for app in each.instances(*APPS)]
            if not apps:
                continue
            extent = extent_of(*(self.project.application.router(each, call) for each in apps))
            for value in call.func.values():
                if isinstance(value, ClassValue) and value.scope in found:
                    method = self.project.inference.classes.method(Instance(value), "__call__")
                    if method is not None:
                        yield Hook("middleware", method, call.place, extent)

    def _sent_by_themselves(self) -> Iterator[Hook]:
        """The `__call__` of the project's own responses, which the framework awaits whoever returns them."""
        for module in self.project.naming("__call__"):
            for cls in module.classes():
                own, owner = cls.methods.get("__call__"), ClassValue(cls)
                is_sent = own is not None and _is_asgi(own)
                if own is None or not is_sent or not self.project.inference.classes.descends(owner, RESPONSE):
                    continue
                yield Hook("response", FunctionValue(own, Instance(owner)), cls.place)

    def _functions(self, role: str, given: Expression | None, extent: Extent = None) -> Iterator[Hook]:
        if given is None:
            return
        for value in given.values():
            if isinstance(value, (Manager, Coroutine)):
                if isinstance(value.function, FunctionValue):
                    yield Hook(role, value.function, given.place, extent)
            elif not isinstance(value, ClassValue):
                for function in called_functions(value, self.project):
                    yield Hook(role, function, given.place, extent)

    def decorated_by(self, call: Expression) -> Iterator[FunctionValue]:
        """The function above which a decorator call stands, or that it is called with."""
        for scope in call.scope.functions():
            if any(node is call.node for node in scope.node.decorators):
                yield FunctionValue(scope, outer=call.frame)
        for outer in self.project.calls.named(""):
            if outer.func.node is call.node and outer.args:
                yield from (hook.function for hook in self._functions("", outer.args[0]))


def _is_asgi(scope: FunctionScope) -> bool:
    """Whether it is a coroutine function with the parameters of an ASGI application."""
    own = scope.node.parameters[scope.owner is not None :]
    return scope.node.is_async and len(own) == ASGI and all(each.kind == "normal" for each in own)


def _named_values(state: Expression) -> dict[str, Expression]:
    """The entries of a dict that is written out, or of a `TypedDict` that is made."""
    value = state.value()
    if isinstance(value, Instance) and value.site is not None and value.site.is_call:
        return value.site.keywords
    return state.entries()
