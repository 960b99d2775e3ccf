"""Pydantic models, dataclasses and the like: what they hold, and which ones data is validated and sent by.

FastAPI validates, filters and serialises by types (https://fastapi.tiangolo.com/tutorial/response-model/).
A `Schema` is a class of the project with all its fields, inherited ones too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.carried import Carrying
from fastlint.model.expression import Expression
from fastlint.model.fields import Field, declared_fields, is_dataclass, masked_fields, undeclared_fields
from fastlint.model.handlers import HandlerParameter
from fastlint.model.markers import held_types, metadata
from fastlint.model.memo import Memo, traced_property
from fastlint.model.scopes import ClassScope
from fastlint.model.sent import Way, sent
from fastlint.model.shapes import DEEPEST, NOTHING, Shape
from fastlint.model.typevariables import type_parameters
from fastlint.model.values import ClassValue, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project
    from fastlint.model.routing import Route

MODELS = ("pydantic.BaseModel", "typing.TypedDict", "typing.NamedTuple")
VALIDATORS = tuple(
    f"pydantic.{name}" for name in ("field_validator", "model_validator", "validator", "root_validator")
)
FIELD_VALIDATORS = tuple(
    f"pydantic.{name}" for name in ("AfterValidator", "BeforeValidator", "PlainValidator", "WrapValidator")
)
MAKING = ("__init__", "model_post_init")
"""The methods of a model that run when data is validated; of a dataclass it is `__post_init__` alone."""

FIELD_SERIALIZERS = ("pydantic.PlainSerializer", "pydantic.WrapSerializer")
SERIALIZERS = tuple(f"pydantic.{name}" for name in ("field_serializer", "model_serializer", "computed_field"))


@dataclass(frozen=True, eq=False)
class Schema:
    """A class of the project that data is validated and serialised by."""

    cls: ClassValue
    bound: Mapping[object, Shape]

    @property
    def project(self) -> Project:
        return self.cls.scope.project

    @property
    def name(self) -> str:
        return self.cls.scope.name

    @property
    def place(self) -> Place:
        return self.cls.scope.place

    @property
    def key(self) -> tuple[object, ...]:
        """The class and how its type variables are bound: the same for the same schema further down."""
        return (self.cls.scope, *(shape.key for shape in self.bound.values()))

    @traced_property
    def fields(self) -> dict[str, Field]:
        """All fields by name, inherited ones too; those of classes of other packages are not known."""
        found: dict[str, Field] = {}
        for cls, bound in reversed(list(self._lineage())):
            found.update({each.name: each for each in declared_fields(cls, bound)})
            for name in undeclared_fields(cls):
                found.pop(name, None)
        masked = {name for cls, _ in self._lineage() for name in masked_fields(cls.scope)}
        for name in found if "*" in masked else masked.intersection(found):
            found[name] = replace(found[name], is_masked=True)
        return found

    @property
    def allows_extra(self) -> bool:
        """Whether it keeps what it has no field for."""
        given = self.config("extra")
        if given is None:
            return False
        return given.string() == "allow" or given.external() == "pydantic.Extra.allow"

    @traced_property
    def is_open(self) -> bool:
        """Whether something unfiltered can be in it: an extra, or what a field of type `Any` holds."""
        return self.allows_extra or any(
            part.is_open for field in self.fields.values() for part in field.shape.parts()
        )

    def config(self, name: str) -> Expression | None:
        """A setting in `model_config`, `class Config` or the class's own keywords."""
        for cls, _ in self._lineage():
            found = _configured(cls.scope, name)
            if found is not None:
                return found
        return None

    def methods(self, *decorators: str) -> Iterator[FunctionValue]:
        """The methods under some decorators; an overriding one takes its place."""
        inference = self.cls.scope.project.inference
        seen: set[str] = set()
        for cls, _ in self._lineage():
            for name, function in cls.scope.methods.items():
                if name in seen:
                    continue
                seen.add(name)
                if any(each in decorators for each in inference.functions.decorator_names(function)):
                    yield FunctionValue(function, bare=True)

    def hooks(self, *names: str) -> Iterator[FunctionValue]:
        """Its methods of some names that it has a special meaning for, inherited ones too."""
        for name in names:
            found = (cls.scope.methods.get(name) for cls, _ in self._lineage())
            function = next((each for each in found if each is not None), None)
            if function is not None:
                yield FunctionValue(function, bare=True)

    @traced_property
    def paths(self) -> tuple[tuple[Field, ...], ...]:
        """The way to every field that is sent, through nested schemas, nearest first; each schema once."""
        return tuple(self._paths())

    def _paths(self) -> Iterator[tuple[Field, ...]]:
        seen = {self.key}
        queue: deque[tuple[Schema, tuple[Field, ...]]] = deque([(self, ())])
        while queue:
            schema, way = queue.popleft()
            for each in schema.fields.values():
                if not each.is_sent:
                    continue
                yield (*way, each)
                for inner in each.shape.schemas() if len(way) < DEEPEST else ():
                    if inner.key not in seen:
                        seen.add(inner.key)
                        queue.append((inner, (*way, each)))

    def _lineage(self) -> Iterator[tuple[ClassValue, Mapping[object, Shape]]]:
        """It and its bases of the project, in the order of resolution, with their type variables."""
        bound = dict(_bindings(self.cls, self.bound, 0))
        inference = self.cls.scope.project.inference
        is_model = inference.classes.descends(self.cls, *MODELS)
        for cls in inference.classes.mro(self.cls):
            if isinstance(cls, ClassValue) and (is_model or is_dataclass(cls.scope)):
                yield cls, bound.get(cls.scope, NOTHING)


def _bindings(
    cls: ClassValue, bound: Mapping[object, Shape], depth: int
) -> Iterator[tuple[ClassScope, Mapping[object, Shape]]]:
    """What the type variables of a class and of its bases stand for."""
    yield cls.scope, bound
    outer = cls.scope.parent
    assert outer is not None
    for node in cls.scope.node.bases if depth < DEEPEST else ():
        base = Shape(Expression(node, outer.frame), bound)
        for part in base.parts():
            if part.schema is not None:
                yield from _bindings(part.schema.cls, part.schema.bound, depth + 1)


def _configured(scope: ClassScope, name: str) -> Expression | None:
    """A setting of a model's own class body or header."""
    outer = scope.parent
    assert outer is not None
    for keyword in scope.node.keywords:
        if keyword.name == name:
            return Expression(keyword.value, outer.frame)
    for binding in scope.bindings.get("model_config", ()):
        if binding.value is not None:
            config = Expression(binding.value, scope.frame)
            given = config.keywords if isinstance(config.node, syntax.Call) else config.entries()
            if name in given:
                return given[name]
    for inner in scope.classes():
        if inner.name == "Config":
            values = (binding.value for binding in inner.bindings.get(name, ()))
            return next((Expression(node, inner.frame) for node in values if node is not None), None)
    return None


class Schemas:
    """The schemas of a project, each known by its class and what its type variables stand for."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.carrying = Carrying(project.grounds)
        self._unbound = Memo(project.grounds, _unbound)
        self._parameters = Memo(project.grounds, type_parameters)

    def schema(self, cls: ClassValue, arguments: tuple[Shape, ...] = ()) -> Schema | None:
        """The schema of a class with these type arguments; None for a class that is none."""
        unbound = self._unbound(cls)
        if unbound is None or not arguments:
            return unbound
        return Schema(cls, dict(zip(self._parameters(cls), arguments, strict=False)))

    @traced_property
    def bodies(self) -> Mapping[Schema, Expression]:
        """Every schema that some request body is validated by, and an annotation that leads to it."""
        given = (
            parameter.annotation
            for handler in self.project.dependencies.handlers
            if handler.route is None or not handler.route.is_websocket
            for parameter in handler.parameters
            if _is_body(parameter)
        )
        return self._reached(Shape(annotation) for annotation in given if annotation is not None)

    @traced_property
    def inputs(self) -> Mapping[Schema, Expression]:
        """Those, and every schema that some query, headers or cookies are validated by."""
        given = (
            parameter.annotation
            for handler in self.project.dependencies.handlers
            for parameter in handler.parameters
            if parameter.marker is not None
        )
        shapes = (Shape(annotation) for annotation in given if annotation is not None)
        return self._reached(shapes, self.bodies)

    @traced_property
    def loop_responses(self) -> Mapping[Schema, Expression]:
        """Every schema that the response of some coroutine function is validated by."""
        return self._reached(self._sent_by(is_async=True))

    @traced_property
    def responses(self) -> Mapping[Schema, Expression]:
        """Every schema that some response is serialised by."""
        return self._reached(self._sent_by(is_async=False), self.loop_responses)

    def _sent_by(self, *, is_async: bool) -> Iterator[Shape]:
        for route in self.project.application.routes:
            response = route.response if route.function.node.is_async is is_async else None
            if response is not None:
                yield Shape(response)

    def _reached(
        self, shapes: Iterator[Shape], known: Mapping[Schema, Expression] | None = None
    ) -> Mapping[Schema, Expression]:
        """The schemas of some types and those inside them, after those that are known already."""
        found = dict(known or {})
        keys = {schema.key for schema in found}
        queue = deque((shape, shape.expression) for shape in shapes)
        while queue:
            shape, asked = queue.popleft()
            for schema in shape.schemas():
                if schema.key not in keys:
                    keys.add(schema.key)
                    found[schema] = asked
                    queue.extend((each.shape, asked) for each in schema.fields.values())
        return found

    def body(self, route: Route) -> tuple[HandlerParameter, ...]:
        """The parameters of a handler and of its dependencies that are read from the request body."""
        if not route.is_injected or route.is_websocket:
            return ()
        return tuple(
            parameter
            for handler in self.project.dependencies.handlers_of_route(route)
            for parameter in handler.parameters
            if _is_body(parameter)
        )

    def sent(self, route: Route, wanted: Callable[[Way], bool]) -> Iterator[Way]:
        """The way to every wanted field that FastAPI sends for a route, nearest first."""
        return sent(route, wanted)


def is_schema(cls: ClassValue) -> bool:
    """Whether Pydantic makes a schema of a class."""
    inference = cls.scope.project.inference
    if inference.classes.descends(cls, *MODELS):
        return True
    return any(
        isinstance(each, ClassValue) and is_dataclass(each.scope) for each in inference.classes.mro(cls)
    )


def _is_body(parameter: HandlerParameter) -> bool:
    """Marked as such, or a schema that nothing else is said of (https://fastapi.tiangolo.com/tutorial/body/)."""
    annotation = parameter.annotation
    if annotation is None:
        return False
    marker = parameter.marker
    if marker is not None:
        return bool(marker.instances("fastapi.Body", "fastapi.Form", "fastapi.File"))
    return any(True for _ in Shape(annotation).schemas()) and parameter.injection is None


def _unbound(cls: ClassValue) -> Schema | None:
    return Schema(cls, NOTHING) if is_schema(cls) else None


def validating(schema: Schema) -> Iterator[FunctionValue]:
    """The functions of the project that run when Pydantic makes an object of a schema."""
    yield from schema.methods(*VALIDATORS)
    is_model = schema.project.inference.classes.descends(schema.cls, "pydantic.BaseModel")
    yield from schema.hooks(*(MAKING if is_model else ("__post_init__",)))
    yield from named_in_fields(schema, FIELD_VALIDATORS)
    for field in schema.fields.values():
        factory = field.option("default_factory")
        for value in () if factory is None else factory.values():
            if isinstance(value, FunctionValue):
                yield value


def named_in_fields(schema: Schema, makers: tuple[str, ...]) -> Iterator[FunctionValue]:
    for field in schema.fields.values():
        yield from named_in(field.shape.expression, makers)


def named_in(annotation: Expression, makers: tuple[str, ...]) -> Iterator[FunctionValue]:
    """The functions that a type names: `Annotated[str, AfterValidator(function)]`."""
    if not any(annotation.project.mentioned(maker.rpartition(".")[2]) for maker in makers):
        return
    for marker in (each for part in held_types(annotation) for each in metadata(part)):
        if marker.is_call and marker.args and marker.func.external() in makers:
            yield from (each for each in marker.args[0].values() if isinstance(each, FunctionValue))
