"""Pydantic models, dataclasses and the like: what they hold, and what of it is sent.

FastAPI validates, filters and serialises by types (https://fastapi.tiangolo.com/tutorial/response-model/).
A `Shape` is a type as it is written, with what its type variables stand for; its `parts` are what a value of
it can be or hold. A `Schema` is a class of the project with all its fields, inherited ones too. What is not
known has no parts, so that silence never means safety but never accuses either.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Step
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.handlers import Handler, HandlerParameter
from fastlint.model.inference import BUILTINS
from fastlint.model.markers import metadata
from fastlint.model.scopes import Binding, ClassScope, Frame, FunctionScope
from fastlint.model.typing import CONTAINERS, GENERIC_ALIASES, TRANSPARENT_FORMS
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Literal, TypeForm, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project
    from fastlint.model.routing import Route

MODELS = ("pydantic.BaseModel", "typing.TypedDict", "typing.NamedTuple")
DATACLASSES = ("dataclasses.dataclass", "pydantic.dataclasses.dataclass")
FIELDS = ("pydantic.Field", "sqlmodel.Field", "dataclasses.field")
NO_FIELD_TYPES = ("typing.ClassVar", "dataclasses.InitVar", "dataclasses.KW_ONLY")
NO_FIELDS = ("pydantic.PrivateAttr", "sqlmodel.Relationship")
VALIDATORS = tuple(
    f"pydantic.{name}" for name in ("field_validator", "model_validator", "validator", "root_validator")
)
FIELD_VALIDATORS = ("pydantic.field_validator", "pydantic.validator")
MASKING = ("mask", "masked", "hide", "redact", "censor", "obscure", "obfuscate", "encrypt")
SERIALIZERS = tuple(f"pydantic.{name}" for name in ("field_serializer", "model_serializer", "computed_field"))
MASKS = ("pydantic.PlainSerializer", "pydantic.WrapSerializer")
NAMED_TYPES = ("typing.NewType", "typing.TypeAliasType")
DUMPS = (".model_dump()", ".dict()")
OPEN = ("typing.Any", "builtins.object", *CONTAINERS)
ROOTS = ("root", "__root__")
DEEPEST = 12
NOTHING: Mapping[object, Shape] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a value of a type can be or hold.

    A `schema`, a class of another package by its `name`, or anything at all: nothing filters what `is_open`.
    """

    schema: Schema | None = None
    name: str = ""
    is_open: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Shape:
    """A type as it is written; `bound` is what its type variables stand for."""

    expression: Expression
    bound: Mapping[object, Shape] = field(default_factory=lambda: NOTHING)

    def parts(self) -> Iterator[Part]:
        """What a value can be or hold, through containers, unions, aliases and type variables."""
        yield from _parts(self, 0)

    def schemas(self) -> Iterator[Schema]:
        for part in self.parts():
            if part.schema is not None:
                yield part.schema

    @property
    def key(self) -> tuple[object, ...]:
        """The same for the same type, written at the same place and bound in the same way."""
        return (id(self.expression.node), *(each.key for each in self.bound.values()))

    def at(self, node: syntax.Expr) -> Shape:
        return Shape(self.expression.at(node), self.bound)

    def arguments(self, node: syntax.Subscript) -> tuple[Shape, ...]:
        index = node.index
        is_tuple = isinstance(index, syntax.Collection) and index.kind == "tuple"
        nodes = index.items if is_tuple and isinstance(index, syntax.Collection) else (index,)
        return tuple(self.at(each) for each in nodes)


@dataclass(frozen=True, eq=False)
class Field:
    """One field of a schema, where it is declared."""

    name: str
    owner: ClassValue
    shape: Shape
    node: syntax.Node
    default: Expression | None = None
    is_masked: bool = False

    @property
    def place(self) -> Place:
        return Place(self.owner.scope.module.path, self.node.span)

    def option(self, name: str) -> Expression | None:
        """What `Field(...)` says, as the default or in `Annotated`."""
        for call in self._declarations:
            given = call.argument(name)
            if given is not None:
                return given
        return None

    @cached_property
    def sent_name(self) -> str:
        """Its name in JSON, as far as the field itself says."""
        for option in ("serialization_alias", "alias"):
            given = self.option(option)
            if given is not None and (alias := given.string()) is not None:
                return alias
        return self.name

    @cached_property
    def is_sent(self) -> bool:
        """Whether it is serialised as it is: not excluded, nor by a function that may mask it."""
        if self.is_masked or self.option("exclude_if") is not None:
            return False
        excluded = self.option("exclude")
        return excluded is None or excluded.constant() is False

    @cached_property
    def _declarations(self) -> tuple[Expression, ...]:
        given = () if self.default is None else (self.default,)
        return tuple(
            each
            for each in (*given, *metadata(self.shape.expression))
            if isinstance(each.node, syntax.Call) and each.func.external() in FIELDS
        )


@dataclass(frozen=True, eq=False)
class Schema:
    """A class of the project that data is validated and serialised by."""

    cls: ClassValue
    bound: Mapping[object, Shape]

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

    @cached_property
    def fields(self) -> dict[str, Field]:
        """All fields by name, inherited ones too; those of classes of other packages are not known."""
        found: dict[str, Field] = {}
        for cls, bound in reversed(list(self._lineage())):
            found.update({each.name: each for each in _declared(cls, bound)})
        masked = self._masked
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
                if any(each in decorators for each in inference.decorator_names(function)):
                    yield FunctionValue(function, bare=True)

    @cached_property
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
        is_model = inference.descends(self.cls, *MODELS)
        for cls in inference.mro(self.cls):
            if isinstance(cls, ClassValue) and (is_model or _is_dataclass(cls.scope)):
                yield cls, bound.get(cls.scope, NOTHING)

    @cached_property
    def _masked(self) -> frozenset[str]:
        """Fields that a serialiser of the class may mask; `*` for all."""
        names: set[str] = set()
        for cls, _ in self._lineage():
            for function in cls.scope.functions():
                for node in function.node.decorators:
                    decorator = Expression(node, cls.scope.frame)
                    names.update(_serialized(decorator, _is_mask(function)))
        return frozenset(names)


@dataclass(frozen=True, slots=True)
class Carried:
    """An object of a schema in a place where no type filters it: the way there, and the expression."""

    way: tuple[Field, ...]
    schema: Schema
    at: Expression

    @property
    def holder(self) -> str:
        """`Envelope.data`, or '' where the response as a whole filters nothing."""
        return f"{self.way[-1].owner.scope.name}.{self.way[-1].name}" if self.way else ""


@dataclass(frozen=True, slots=True)
class Way:
    """The way to a field that is sent: from a schema through the fields that hold the next one.

    `carried` says how an object of the schema gets into the response where the response has no type for it.
    """

    schema: Schema
    fields: tuple[Field, ...]
    carried: Carried | None = None

    @property
    def field(self) -> Field:
        return self.fields[-1]

    @property
    def path(self) -> str:
        """`Order.customer.password_hash`."""
        return ".".join([self.schema.name, *(each.name for each in self.fields if each.name not in ROOTS)])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields on the way, from the response on."""
        outer = self.carried.way if self.carried is not None else ()
        return tuple(name for each in (*outer, *self.fields) for name in (each.name, each.sent_name))

    @property
    def owner(self) -> str:
        """The class that declares the field."""
        return self.field.owner.scope.name

    @property
    def holder(self) -> str:
        """The class that has the field, declared or inherited."""
        inner = (schema for outer in self.fields[-2:-1] for schema in outer.shape.schemas())
        return next((each.name for each in inner if self.field.name in each.fields), self.schema.name)

    @property
    def is_inherited(self) -> bool:
        return self.holder != self.owner

    @property
    def trace(self) -> tuple[Step, ...]:
        carried = self.carried
        return (
            *((Step(f"a `{self.schema.name}` is put in here", carried.at.place),) if carried else ()),
            *(Step(f"`{each.owner.scope.name}` has `{each.name}`", each.place) for each in self.fields),
        )


class Schemas:
    def __init__(self, project: Project) -> None:
        self.project = project
        self._unbound: dict[ClassScope, Schema | None] = {}
        self._parameters: dict[ClassScope, tuple[object, ...]] = {}

    def schema(self, cls: ClassValue, arguments: tuple[Shape, ...] = ()) -> Schema | None:
        """The schema of a class with these type arguments; None for a class that is none."""
        scope = cls.scope
        if scope not in self._unbound:
            self._unbound[scope] = Schema(cls, NOTHING) if is_schema(cls) else None
        unbound = self._unbound[scope]
        if unbound is None or not arguments:
            return unbound
        if scope not in self._parameters:
            self._parameters[scope] = parameters(cls)
        return Schema(cls, dict(zip(self._parameters[scope], arguments, strict=False)))

    @cached_property
    def bodies(self) -> tuple[Schema, ...]:
        """Every schema that some request body is validated by."""
        given = (
            parameter.annotation
            for handler in self.project.dependencies.handlers
            if handler.route is None or not handler.route.is_websocket
            for parameter in handler.parameters
            if _is_body(parameter)
        )
        return self._reached(Shape(annotation) for annotation in given if annotation is not None)

    @cached_property
    def responses(self) -> tuple[Schema, ...]:
        """Every schema that some response is serialised by."""
        given = (route.response for route in self.project.application.routes)
        return self._reached(Shape(response) for response in given if response is not None)

    def _reached(self, shapes: Iterator[Shape]) -> tuple[Schema, ...]:
        found: dict[tuple[object, ...], Schema] = {}
        queue = deque(shapes)
        while queue:
            for schema in queue.popleft().schemas():
                if schema.key not in found:
                    found[schema.key] = schema
                    queue.extend(each.shape for each in schema.fields.values())
        return tuple(found.values())

    def body(self, route: Route) -> tuple[HandlerParameter, ...]:
        """The parameters of a handler and of its dependencies that are read from the request body."""
        if not route.is_injected or route.is_websocket:
            return ()
        dependencies = self.project.dependencies
        handlers = {route.handler.scope: Handler(route.handler, route)}
        queue = list(dependencies.of_route(route))
        while queue:
            for handler in queue.pop().handlers():
                if handler.scope not in handlers:
                    handlers[handler.scope] = handler
                    queue.extend(dependencies.of_function(handler.scope))
        return tuple(
            parameter
            for handler in handlers.values()
            for parameter in handler.parameters
            if _is_body(parameter)
        )

    def sent(self, route: Route) -> Iterator[Way]:
        """The way to every field that FastAPI sends for a route: what the response declares, nearest first,
        then what the handler puts where the response filters nothing."""
        response = route.response
        if response is None:
            return
        shape = Shape(response)
        found = [Way(schema, fields) for schema in shape.schemas() for fields in schema.paths]
        for returned in route.returns:
            for carried in self.carried(shape, returned.value):
                found.extend(Way(carried.schema, fields, carried) for fields in carried.schema.paths)
        yield from (way for way in found if not _is_left_out(way, route))

    def carried(self, shape: Shape, given: Expression, depth: int = 0) -> Iterator[Carried]:
        """The objects in an expression that a type lets through unfiltered.

        A field of type `Any`, an unbound type variable, a bare `dict`: whatever is in there is sent.
        """
        if depth > DEEPEST:
            return
        for part in shape.parts():
            if part.is_open:
                yield from (Carried((), schema, at) for schema, at in self._objects(given, depth))
            elif part.schema is not None:
                yield from self._into(part.schema, given, depth + 1)

    def _into(self, schema: Schema, given: Expression, depth: int) -> Iterator[Carried]:
        for value in given.values():
            dumped = self._dumped(value)
            if schema.allows_extra and dumped is not None and dumped.cls != schema.cls:
                yield Carried((), dumped, given)
            for name, argument in _entries(value, schema.cls).items():
                for each in schema.fields.values():
                    if name in (each.name, each.sent_name) and each.is_sent:
                        for found in self.carried(each.shape, argument, depth + 1):
                            yield Carried((each, *found.way), found.schema, found.at)

    def _objects(self, given: Expression, depth: int) -> Iterator[tuple[Schema, Expression]]:
        """The objects of schemas that an expression puts somewhere, as they are or dumped."""
        if depth > DEEPEST:
            return
        for value in given.values():
            schema = self._held(value) or self._dumped(value)
            if schema is not None:
                yield schema, given
            elif isinstance(value, Literal):
                inner = value.expression
                for each in (*(inner.items() or ()), *inner.entries().values()):
                    yield from self._objects(each, depth + 1)
            elif isinstance(value, Instance) and value.external in CONTAINERS:
                for item in (each for argument in value.args for each in argument):
                    found = self._held(item) or self._dumped(item)
                    if found is not None:
                        yield found, given

    def _held(self, value: Value) -> Schema | None:
        if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
            return self.schema(value.cls)
        return None

    def _dumped(self, value: Value) -> Schema | None:
        """The schema of `user` in `user.model_dump()`; None when that leaves fields out."""
        if not isinstance(value, Instance) or not value.external.endswith(DUMPS) or value.site is None:
            return None
        if any(value.site.argument(name) is not None for name in ("include", "exclude")):
            return None
        for callee in value.site.func.values():
            if isinstance(callee, External) and callee.receiver is not None:
                return self._held(callee.receiver)
        return None


def is_schema(cls: ClassValue) -> bool:
    """Whether Pydantic makes a schema of a class."""
    inference = cls.scope.project.inference
    if inference.descends(cls, *MODELS):
        return True
    return any(isinstance(each, ClassValue) and _is_dataclass(each.scope) for each in inference.mro(cls))


def _is_dataclass(scope: ClassScope) -> bool:
    assert scope.parent is not None
    for node in scope.node.decorators:
        called = node.func if isinstance(node, syntax.Call) else node
        if Expression(called, scope.parent.frame).external() in DATACLASSES:
            return True
    return False


# Types


def _parts(shape: Shape, depth: int) -> Iterator[Part]:
    expression = shape.expression
    node = expression.node
    if depth > DEEPEST:
        return
    if isinstance(node, syntax.Constant):
        inner = expression.project.inference.unquoted(expression)
        if inner is not None:
            yield from _parts(Shape(inner, shape.bound), depth + 1)
    elif isinstance(node, syntax.Subscript):
        yield from _subscripted(shape, node, depth)
    elif isinstance(node, syntax.Operation) and node.operator == "|":
        for operand in node.operands:
            yield from _parts(shape.at(operand), depth + 1)
    elif isinstance(node, syntax.Call):
        yield from _constrained(shape, depth)
    elif isinstance(node, (syntax.Ref, syntax.Attribute)):
        yield from _named(shape, depth)


def _named(shape: Shape, depth: int) -> Iterator[Part]:
    variable = _variable(shape.expression)
    if variable is not None:
        bound = shape.bound.get(variable)
        if bound is not None:
            yield from _parts(bound, depth + 1)
        elif isinstance(variable, Expression) or isinstance(shape.expression.scope, ClassScope):
            yield Part(is_open=True)
        return
    value = outside(shape.expression).value()
    match value:
        case ClassValue():
            yield from _of_class(value, ())
        case External():
            name = GENERIC_ALIASES.get(value.name, value.name)
            yield Part(name=name, is_open=name in OPEN or _is_page(name))
        case TypeForm():
            yield from _parts(Shape(value.expression), depth + 1)
        case Instance() if value.external in NAMED_TYPES and value.site is not None:
            for argument in value.site.args[1:2]:
                yield from _parts(Shape(argument), depth + 1)
        case _:
            pass


def _subscripted(shape: Shape, node: syntax.Subscript, depth: int) -> Iterator[Part]:
    value = outside(shape.at(node.value).expression).value()
    arguments = shape.arguments(node)
    match value:
        case ClassValue():
            yield from _of_class(value, arguments)
        case TypeForm():
            variables = tuple(dict.fromkeys(_variables(value.expression)))
            bound = dict(zip(variables, arguments, strict=False))
            yield from _parts(Shape(value.expression, bound), depth + 1)
        case External():
            for argument in _held_by(GENERIC_ALIASES.get(value.name, value.name), arguments):
                yield from _parts(argument, depth + 1)
        case _:
            pass


def _held_by(name: str, arguments: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The arguments of a generic of another package that its values are or hold."""
    if name in TRANSPARENT_FORMS and name != "typing.ClassVar":
        return arguments[:1]
    if name in ("typing.Generator", "typing.AsyncGenerator"):
        return arguments[:1]
    return arguments if name == "typing.Union" or name in CONTAINERS or _is_page(name) else ()


def _is_page(name: str) -> bool:
    """https://uriyyo-fastapi-pagination.netlify.app: a generic model of a list's pages."""
    return name.startswith("fastapi_pagination.") and name.endswith("Page")


def _constrained(shape: Shape, depth: int) -> Iterator[Part]:
    """`constr(...)`, `conlist(Item, ...)`."""
    name = shape.expression.func.external()
    if name == "pydantic.constr":
        yield Part(name="builtins.str")
    elif name in ("pydantic.conlist", "pydantic.conset"):
        for argument in shape.expression.args[:1]:
            yield from _parts(Shape(argument, shape.bound), depth + 1)


def _of_class(cls: ClassValue, arguments: tuple[Shape, ...]) -> Iterator[Part]:
    schema = cls.scope.project.schemas.schema(cls, arguments)
    if schema is not None:
        yield Part(schema=schema)
        return
    for name in cls.scope.project.inference.external_bases(cls):
        yield Part(name=name)


def outside(expression: Expression) -> Expression:
    """The name of a type as Python reads it: a field `date: date` does not hide what it is named after."""
    scope, node = expression.scope, expression.node
    outer = expression.frame.outer
    if not isinstance(scope, ClassScope) or not isinstance(node, syntax.Ref) or outer is None:
        return expression
    bindings = scope.bindings.get(node.path.partition(".")[0], ())
    if any(binding.annotation is None for binding in bindings):
        return expression
    return outside(Expression(node, outer))


# Type variables


def parameters(cls: ClassValue) -> tuple[object, ...]:
    """The type variables of a class, in the order in which `Class[...]` binds them."""
    scope = cls.scope
    assert scope.parent is not None
    bases = [Expression(node, scope.parent.frame) for node in scope.node.bases]
    for base in bases:
        if isinstance(base.node, syntax.Subscript) and base.at(base.node.value).external() in (
            "typing.Generic",
            "typing.Protocol",
        ):
            return tuple(dict.fromkeys(_variables(base)))
    found = [variable for base in bases for variable in _variables(base)]
    if not any(isinstance(variable, Expression) for variable in found):
        found += [variable for each in _annotations(scope) for variable in _variables(each)]
    return tuple(dict.fromkeys(found))


def _annotations(scope: ClassScope) -> Iterator[Expression]:
    for node in scope.statements():
        if isinstance(node, syntax.Assign) and node.annotation is not None:
            yield Expression(node.annotation, scope.frame)


def _variables(expression: Expression) -> Iterator[object]:
    """The type variables in a type, from left to right."""
    for each in expression.walk():
        if isinstance(each.node, syntax.Constant) and each.node is not expression.node:
            inner = expression.project.inference.unquoted(each)
            if inner is not None and isinstance(inner.node, (syntax.Ref, syntax.Subscript, syntax.Operation)):
                yield from _variables(inner)
        elif isinstance(each.node, syntax.Ref) and (variable := _variable(each)) is not None:
            yield variable


def _variable(expression: Expression) -> object | None:
    """What a type variable is known by: the call that makes it, or its name in `class Page[Item]`."""
    node = expression.node
    if not isinstance(node, syntax.Ref):
        return None
    value = outside(expression).value()
    if isinstance(value, Instance) and value.external in ("typing.TypeVar", "typing_extensions.TypeVar"):
        return value.site
    if value is None and "." not in node.path and _is_free(node.path, expression.frame):
        return node.path
    return None


def _is_free(name: str, frame: Frame) -> bool:
    """Whether nothing in the file binds a name: then it is a type parameter of its class."""
    current: Frame | None = frame
    while current is not None:
        if any(binding.annotation is None for binding in current.scope.bindings.get(name, ())):
            return False
        if current.outer is None and (
            current.scope.bindings.get(name) or current.scope.module.stars or name in BUILTINS
        ):
            return False
        current = current.outer
    return True


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


# Fields


def _declared(cls: ClassValue, bound: Mapping[object, Shape]) -> Iterator[Field]:
    """The fields that the body of a class declares."""
    scope = cls.scope
    for node in scope.statements():
        if isinstance(node, syntax.Assign) and node.annotation is not None:
            found = _field(cls, node, Shape(Expression(node.annotation, scope.frame), bound))
            if found is not None:
                yield found
    for function in scope.functions():
        names = scope.project.inference.decorator_names(function)
        if "pydantic.computed_field" in names and function.node.returns is not None:
            shape = Shape(Expression(function.node.returns, scope.frame), bound)
            yield Field(function.name, cls, shape, function.node)
    yield from _root_field(cls, bound)


def _field(cls: ClassValue, node: syntax.Assign, shape: Shape) -> Field | None:
    target = node.targets[0]
    if not isinstance(target, syntax.Ref) or "." in target.path:
        return None
    if target.path.startswith("_") and target.path not in ROOTS and not _is_dataclass(cls.scope):
        return None
    if _is_no_field(shape):
        return None
    default = None if node.value is None else Expression(node.value, cls.scope.frame)
    is_call = default is not None and isinstance(default.node, syntax.Call)
    if default is not None and is_call and default.func.external() in NO_FIELDS:
        return None
    return Field(target.path, cls, shape, target, default, _is_masked(shape))


def _root_field(cls: ClassValue, bound: Mapping[object, Shape]) -> Iterator[Field]:
    """What `RootModel[...]` stands for."""
    outer = cls.scope.parent
    assert outer is not None
    for node in cls.scope.node.bases:
        base = Shape(Expression(node, outer.frame), bound)
        if not isinstance(node, syntax.Subscript):
            continue
        if base.at(node.value).expression.external() == "pydantic.RootModel":
            yield Field("root", cls, base.arguments(node)[0], node)


def _is_no_field(shape: Shape) -> bool:
    """Whether an annotation says that it is none: `ClassVar[...]`."""
    node = shape.expression.node
    value = node.value if isinstance(node, syntax.Subscript) else node
    if isinstance(node, syntax.Ref) and node.path in BUILTINS:
        return False
    return shape.at(value).expression.external() in NO_FIELD_TYPES


def _is_masked(shape: Shape) -> bool:
    """Whether `Annotated` says how to serialise it."""
    return any(
        isinstance(each.node, syntax.Call) and each.func.external() in MASKS
        for each in metadata(shape.expression)
    )


def _is_mask(function: FunctionScope) -> bool:
    """Whether a validator says by its name that it hides what it is given."""
    return any(word in MASKING for word in function.name.lower().split("_"))


def _serialized(decorator: Expression, masks: bool) -> Iterator[str]:
    """The fields that a serialiser above a method is for, or a validator that `masks`; `*` for all."""
    is_call = isinstance(decorator.node, syntax.Call)
    name = (decorator.func if is_call else decorator).external()
    if name == "pydantic.model_serializer":
        yield "*"
    elif is_call and (name == "pydantic.field_serializer" or (masks and name in FIELD_VALIDATORS)):
        for argument in decorator.args:
            yield argument.string() or "*"


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
            return _assigned(inner.bindings.get(name, ()), inner)
    return None


def _assigned(bindings: list[Binding] | tuple[()], scope: ClassScope) -> Expression | None:
    for binding in bindings:
        if binding.value is not None:
            return Expression(binding.value, scope.frame)
    return None


def _is_body(parameter: HandlerParameter) -> bool:
    """Marked as such, or a schema that nothing else is said of (https://fastapi.tiangolo.com/tutorial/body/)."""
    annotation = parameter.annotation
    if annotation is None:
        return False
    marker = parameter.marker
    if marker is not None:
        return bool(marker.instances("fastapi.Body", "fastapi.Form", "fastapi.File"))
    return any(True for _ in Shape(annotation).schemas()) and parameter.injection is None


def _is_left_out(way: Way, route: Route) -> bool:
    """Whether `response_model_exclude` or `response_model_include` may leave the field out."""
    excluded, included = route.option("response_model_exclude"), route.option("response_model_include")
    if excluded is not None and not excluded.is_none:
        names = _names(excluded)
        if names is None or not names.isdisjoint(way.names):
            return True
    if included is None or included.is_none:
        return False
    names = _names(included)
    return names is None or way.field.name not in names


def _names(tree: Expression) -> frozenset[str] | None:
    """All names in a tree of excluded fields; None when they are not all known."""
    entries, items = tree.entries(), tree.items()
    if items is not None:
        names = [item.string() for item in items]
        return None if None in names else frozenset(name for name in names if name is not None)
    if not entries:
        return None
    inner = [_names(each) for each in entries.values() if each.items() is not None or each.entries()]
    return None if None in inner else frozenset(entries).union(*(each or () for each in inner))


def _entries(value: Value, cls: ClassValue) -> dict[str, Expression]:
    """What a call of a schema, or a dict in its place, gives its fields."""
    if isinstance(value, Instance) and value.cls == cls and value.site is not None:
        return value.site.keywords if isinstance(value.site.node, syntax.Call) else {}
    return value.expression.entries() if isinstance(value, Literal) else {}
