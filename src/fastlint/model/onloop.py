"""What the framework runs on the event loop.

Those are (https://fastapi.tiangolo.com/async/) `async def` routes and dependencies, middleware, exception
handlers, background tasks, streams, websocket endpoints. Plain `def` routes and dependencies run in the
threadpool; the validators of their body, the serialisers of their response and the `render` of their response
class do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index.syntax import Expr
from fastlint.model.markers import metadata
from fastlint.model.routing import RESPONSE
from fastlint.model.schemas import SERIALIZERS, VALIDATORS, Schema
from fastlint.model.uses import uses
from fastlint.model.values import ClassValue, Coroutine, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

ALONE = ("lifespan", "shutdown handler")


FIELD_VALIDATORS = tuple(
    f"pydantic.{name}" for name in ("AfterValidator", "BeforeValidator", "PlainValidator", "WrapValidator")
)
FIELD_SERIALIZERS = ("pydantic.PlainSerializer", "pydantic.WrapSerializer")


@dataclass(frozen=True, slots=True)
class Root:
    """What the framework runs on the loop, and how it is called in a message.

    `is_plain` when nothing is wrapped around it, `is_alone` when no request waits for it: lifespans and event
    handlers run before the server takes the first connection, and after it has closed the last one
    (https://asgi.readthedocs.io/en/latest/specs/lifespan.html).
    """

    role: str
    function: FunctionValue
    place: Place
    is_plain: bool = True
    is_alone: bool = False


class Roots:
    """Finds them."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.inference = project.inference

    def all(self) -> tuple[Root, ...]:
        return tuple(dict.fromkeys(self._roots()))

    def _roots(self) -> Iterator[Root]:
        for route in self.project.application.routes:
            below = None if route.decorator is None else route.decorator.node
            yield from self._called(Root("route", route.handler, route.place), below)
        for dependency in self.project.dependencies.dependencies:
            yield from self._called(Root("dependency", dependency.handler, dependency.place))
        for hook in self.project.hooks.hooks:
            is_alone = hook.role in ALONE
            yield from self._called(Root(hook.role, hook.function, hook.place, is_alone=is_alone))
        for function in self.project.hooks.startups():
            root = Root("startup handler", function, function.scope.place, is_alone=True)
            yield from self._called(root)
        for function in self._started():
            yield Root("task", function, function.scope.place)
        yield from self._around_handlers()

    def _called(self, root: Root, below: Expr | None = None) -> Iterator[Root]:
        """A function that the framework calls, if it is a coroutine function, and the wrappers of it."""
        running = self.inference.functions.wrapped(root.function, below)
        is_plain = running is not None and all(each.scope is root.function.scope for each in running)
        if root.function.scope.node.is_async:
            yield replace(root, is_plain=is_plain)
        for each in () if is_plain else running or ():
            if self._is_wrapper_on_loop(each, root):
                yield replace(root, function=each, is_plain=False)

    def _is_wrapper_on_loop(self, wrapper: FunctionValue, root: Root) -> bool:
        """Whether the framework runs a wrapper on the loop, as it does with coroutine functions.

        Since 0.123.5 FastAPI looks through `functools.wraps`, and so at what a plain wrapper wraps, and takes
        objects with an async `__call__` for routes too (https://fastapi.tiangolo.com/release-notes/).
        """
        is_route = root.role == "route"
        sees_through = self.project.holds("fastapi>=0.123.5", root.place.path)
        if wrapper.scope.node.is_async:
            return wrapper.scope.owner is None or not is_route or sees_through
        names = self.inference.functions.decorator_names(wrapper.scope)
        return (
            (is_route or root.role == "dependency")
            and root.function.scope.node.is_async
            and "functools.wraps" in names
            and sees_through
        )

    def _around_handlers(self) -> Iterator[Root]:
        """What reads the body and writes the response: on the loop, whatever the handler is."""
        schemas = self.project.schemas
        for schema in schemas.bodies:
            for function in (*schema.methods(*VALIDATORS), *_named_in_fields(schema, FIELD_VALIDATORS)):
                yield Root("validator", function, function.scope.place)
        for schema in schemas.responses:
            for function in (*schema.methods(*SERIALIZERS), *_named_in_fields(schema, FIELD_SERIALIZERS)):
                yield Root("serializer", function, function.scope.place)
        for route in self.project.application.routes:
            given = route.option("response_class")
            for value in given.values() if given is not None else ():
                if isinstance(value, ClassValue) and self.inference.classes.descends(value, RESPONSE):
                    method = self.inference.classes.method(Instance(value), "render")
                    if method is not None:
                        yield Root("response class", method, method.scope.place)

    def _started(self) -> Iterator[FunctionValue]:
        """Coroutines that start-up code leaves running."""
        functions = [*self.project.hooks.startups()]
        functions += [hook.function for hook in self.project.hooks.hooks if hook.role == "lifespan"]
        for function in functions:
            for use in uses(self.inference.calling.frame(function, None)):
                if not use.call.func.text().endswith(("create_task", "ensure_future", "start_soon")):
                    continue
                for argument in use.call.args[:1]:
                    for value in argument.values():
                        if isinstance(value, Coroutine) and isinstance(value.function, FunctionValue):
                            yield value.function


def _named_in_fields(schema: Schema, makers: tuple[str, ...]) -> Iterator[FunctionValue]:
    """The functions that fields name in `Annotated[str, AfterValidator(function)]`."""
    for field in schema.fields.values():
        for marker in metadata(field.shape.expression):
            if marker.is_call and marker.args and marker.func.external() in makers:
                yield from (each for each in marker.args[0].values() if isinstance(each, FunctionValue))
