"""What a route sends: the fields that its response declares, and what its handler puts where nothing filters.

FastAPI filters and serialises by types (https://fastapi.tiangolo.com/tutorial/response-model/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Step
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.fields import ROOTS, Field
from fastlint.model.shapes import DEEPEST, Shape
from fastlint.model.typing import CONTAINERS
from fastlint.model.values import ClassValue, External, Instance, Literal, Value

if TYPE_CHECKING:
    from fastlint.model.routing import Route
    from fastlint.model.schemas import Schema

DUMPS = (".model_dump()", ".dict()")


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


def sent(route: Route) -> Iterator[Way]:
    """The way to every field that FastAPI sends for a route: what the response declares, nearest first,
    then what the handler puts where the response filters nothing."""
    response = route.response
    if response is None:
        return
    shape = Shape(response)
    found = [Way(schema, fields) for schema in shape.schemas() for fields in schema.paths]
    for returned in route.returns:
        for carried in _carried(shape, returned.value):
            found.extend(Way(carried.schema, fields, carried) for fields in carried.schema.paths)
    yield from (way for way in found if not _is_left_out(way, route))


def _carried(shape: Shape, given: Expression, depth: int = 0) -> Iterator[Carried]:
    """The objects in an expression that a type lets through unfiltered.

    A field of type `Any`, an unbound type variable, a bare `dict`: whatever is in there is sent.
    """
    if depth > DEEPEST:
        return
    for part in shape.parts():
        if part.is_open:
            yield from (Carried((), schema, at) for schema, at in _objects(given, depth))
        elif part.schema is not None:
            yield from _into(part.schema, given, depth + 1)


def _into(schema: Schema, given: Expression, depth: int) -> Iterator[Carried]:
    for value in given.values():
        dumped = _dumped(value)
        if schema.allows_extra and dumped is not None and dumped.cls != schema.cls:
            yield Carried((), dumped, given)
        for name, argument in _entries(value, schema.cls).items():
            for each in schema.fields.values():
                if name in (each.name, each.sent_name) and each.is_sent:
                    for found in _carried(each.shape, argument, depth + 1):
                        yield Carried((each, *found.way), found.schema, found.at)


def _objects(given: Expression, depth: int) -> Iterator[tuple[Schema, Expression]]:
    """The objects of schemas that an expression puts somewhere, as they are or dumped."""
    if depth > DEEPEST:
        return
    for value in given.values():
        schema = _held(value) or _dumped(value)
        if schema is not None:
            yield schema, given
        elif isinstance(value, Literal):
            inner = value.expression
            for each in (*(inner.items() or ()), *inner.entries().values()):
                yield from _objects(each, depth + 1)
        elif isinstance(value, Instance) and value.external in CONTAINERS:
            for item in (each for argument in value.args for each in argument):
                found = _held(item) or _dumped(item)
                if found is not None:
                    yield found, given


def _held(value: Value) -> Schema | None:
    if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
        return value.cls.scope.project.schemas.schema(value.cls)
    return None


def _dumped(value: Value) -> Schema | None:
    """The schema of `user` in `user.model_dump()`; None when that leaves fields out."""
    if not isinstance(value, Instance) or not value.external.endswith(DUMPS) or value.site is None:
        return None
    if any(value.site.argument(name) is not None for name in ("include", "exclude")):
        return None
    for callee in value.site.func.values():
        if isinstance(callee, External) and callee.receiver is not None:
            return _held(callee.receiver)
    return None


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
