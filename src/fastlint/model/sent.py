"""What a route sends: the fields that its response declares, and what its handler puts where nothing filters.

FastAPI filters and serialises by types (https://fastapi.tiangolo.com/tutorial/response-model/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fastlint.diagnostic import Step
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.carried import Origin, Put, copied_object
from fastlint.model.expression import Expression
from fastlint.model.fields import ROOTS, Field
from fastlint.model.masking import is_masked, is_refused
from fastlint.model.scopes import Scope
from fastlint.model.shapes import DEEPEST, Shape
from fastlint.model.typing import CONTAINERS, GENERIC_ALIASES

if TYPE_CHECKING:
    from fastlint.model.routing import Route
    from fastlint.model.schemas import Schema

EACH = "__all__"
VALIDATING = ("model_validate", "parse_obj", "from_orm", "validate")


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
        """The field that is sent."""
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
    def own_names(self) -> set[str]:
        """The names of the fields on the way from its own schema on."""
        return {name for each in self.fields for name in (each.name, each.sent_name)}

    @property
    def is_taken_out(self) -> bool:
        """Whether the code that handles the object removes the field, or overwrites what it holds."""
        carrying = self.schema.cls.scope.project.schemas.carrying
        scopes = () if self.carried is None else self.carried.scopes
        return any(carrying.removes(scope, self.own_names) for scope in scopes)

    @property
    def owner(self) -> str:
        """The class that declares the field."""
        return self.field.owner.scope.name

    @property
    def holder(self) -> str:
        """The class that has the field, declared or inherited."""
        return self._holding.name

    @property
    def beside(self) -> tuple[str, ...]:
        """The names of all fields of that class."""
        return tuple(self._holding.fields)

    @property
    def _holding(self) -> Schema:
        inner = (schema for outer in self.fields[-2:-1] for schema in outer.shape.schemas())
        return next((each for each in inner if self.field.name in each.fields), self.schema)

    @property
    def is_inherited(self) -> bool:
        """Whether the class that has the field gets it from another one."""
        return self.holder != self.owner

    @property
    def trace(self) -> tuple[Step, ...]:
        """The way, for a finding."""
        carried = self.carried
        return (
            *((Step(f"a `{self.schema.name}` is put in here", carried.at.place),) if carried else ()),
            *(Step(f"`{each.owner.scope.name}` has `{each.name}`", each.place) for each in self.fields),
        )


@dataclass(frozen=True, slots=True)
class Carried:
    """An object of a schema in a place where no type filters it: the way there, and the expression.

    `is_single` where one field of it is put there by itself; `scopes` are the functions that handle it.
    """

    way: tuple[Field, ...]
    schema: Schema
    at: Expression
    is_single: bool = False
    scopes: frozenset[Scope] = frozenset()

    @property
    def holder(self) -> str:
        """`Envelope.data`, or '' where the response as a whole filters nothing."""
        return f"{self.way[-1].owner.scope.name}.{self.way[-1].name}" if self.way else ""


def sent(route: Route, wanted: Callable[[Way], bool]) -> Iterator[Way]:
    """The way to every wanted field that FastAPI sends for a route: what the response declares, nearest
    first, then what the handler puts where the response filters nothing."""
    for way in _sent(route):
        if (
            wanted(way)
            and not _is_left_out(way, route)
            and not way.is_taken_out
            and not _is_empty(way, route)
        ):
            yield way


def _is_empty(way: Way, route: Route) -> bool:
    """Whether what the handler returns has been masked, or refused where the field holds anything."""
    names = frozenset(way.names)
    values = [each.value for each in route.returns]
    if any(is_masked(value, names) for value in values):
        return True
    return len(way.fields) == 1 and bool(values) and all(is_refused(value, names) for value in values)


def _sent(route: Route) -> Iterator[Way]:
    response = route.response
    if response is None:
        if route.is_unfiltered:
            for returned in route.returns:
                yield from (
                    way
                    for put in route.project.schemas.carrying.puts(returned.value)
                    for way in _ways(put, ())
                )
        return
    shape = Shape(response)
    yield from (Way(schema, fields) for schema in shape.schemas() for fields in schema.paths)
    for returned in route.returns:
        yield from _carried(shape, returned.value, ())


def _carried(shape: Shape, given: Expression, outer: tuple[Field, ...]) -> Iterator[Way]:
    """The ways into the objects in an expression that a type lets through unfiltered.

    A field of type `Any`, an unbound type variable, a bare `dict`: whatever is in there is sent.
    """
    if len(outer) > DEEPEST:
        return
    for part in shape.parts():
        if part.is_open:
            yield from (
                way for put in given.project.schemas.carrying.puts(given) for way in _ways(put, outer)
            )
        elif part.schema is not None:
            for origin in given.project.schemas.carrying.origins(given):
                yield from _into(part.schema, origin, outer)


def _ways(put: Put, outer: tuple[Field, ...]) -> Iterator[Way]:
    carried = Carried(outer, put.schema, put.at, put.field is not None, put.scopes)
    for fields in put.schema.paths if put.field is None else ((put.field,),):
        way = Way(put.schema, fields, carried)
        if put.without.isdisjoint(way.own_names):
            yield way


def _into(schema: Schema, origin: Origin, outer: tuple[Field, ...]) -> Iterator[Way]:
    """What an object of a schema, or a dict in its place, is given for its open fields."""
    given, extra = _given(schema, origin.expression)
    for name, argument in given.items():
        for each in schema.fields.values():
            if name in (each.name, each.sent_name) and each.is_sent and name not in origin.without:
                for way in _carried(each.shape, argument, (*outer, each)):
                    yield _from_origin(way, origin, argument)
    if schema.allows_extra and extra is not None:
        for put in extra.project.schemas.carrying.puts(extra):
            if put.schema.cls != schema.cls and put.field is None:
                without, scopes = put.without | origin.without, put.scopes | origin.scopes
                yield from _ways(replace(put, at=origin.at, without=without, scopes=scopes), outer)


def _from_origin(way: Way, origin: Origin, argument: Expression) -> Way:
    """A way that is told from where the handler is, not from a helper that builds the response."""
    if way.carried is None:
        return way
    is_here = origin.at is origin.expression or way.carried.at.scope is not argument.scope
    at = way.carried.at if is_here else origin.at
    return replace(way, carried=replace(way.carried, at=at, scopes=way.carried.scopes | origin.scopes))


def _given(schema: Schema, expression: Expression) -> tuple[dict[str, Expression], Expression | None]:
    """What fills the fields of a schema, and what is poured into it as a whole."""
    node = expression.node
    if isinstance(node, syntax.Mapping):
        return expression.entries(), expression
    if copied_object(expression) is not None:
        return {}, expression
    if not isinstance(node, syntax.Call):
        return {}, None
    func = expression.func
    if last_name(node.func) in VALIDATING and (owner := func.owner) is not None and node.args:
        is_own = owner.value() == schema.cls
        return _given(schema, expression.args[0]) if is_own else ({}, None)
    if func.value() != schema.cls:
        return {}, None
    poured = [each.value for each in node.keywords if each.name is None]
    return expression.keywords, expression.at(poured[0]) if len(poured) == 1 else None


def _is_left_out(way: Way, route: Route) -> bool:
    """Whether `response_model_exclude` or `response_model_include` may leave the field out."""
    if route.response is None:
        return False  # without a response model they are not looked at
    excluded, included = route.option("response_model_exclude"), route.option("response_model_include")
    if excluded is not None and not excluded.is_none:
        names = _names(excluded)
        if names is None:
            return True
        if not names.isdisjoint(way.names) and (not _is_container(route.response) or EACH in names):
            return True
    if included is None or included.is_none:
        return False
    names = _names(included)
    return names is None or way.field.name not in names


def _is_container(response: Expression | None) -> bool:
    """Whether the response is a list or dict: only `{"__all__": {...}}` leaves something out of its items."""
    if response is None or not isinstance(response.node, syntax.Subscript):
        return False
    origin = response.at(response.node.value).external()
    return GENERIC_ALIASES.get(origin, origin) in CONTAINERS


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
