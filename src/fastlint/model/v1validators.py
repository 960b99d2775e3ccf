"""The validators of Pydantic 1, `@validator` and `@root_validator`, in models of Pydantic 2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.markers import metadata
from fastlint.model.pydantic import SQL_MODEL, is_of_v1
from fastlint.model.reads import root_name
from fastlint.model.schemas import Schema
from fastlint.model.scopes import ClassScope, FunctionScope
from fastlint.model.values import ClassValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

FIELD, ROOT = "validator", "root_validator"
OF_FIELDS = ("pydantic.validator", "pydantic.field_validator")
OF_MODELS = ("pydantic.root_validator", "pydantic.model_validator")
OLD = ("pydantic.validator", "pydantic.root_validator")
EVERY = "*"


@dataclass(frozen=True, eq=False)
class V1Validator:
    """A method of a model under `@validator` or `@root_validator`: its decorator number `position`."""

    schema: Schema
    function: FunctionScope
    position: int

    @property
    def project(self) -> Project:
        return self.schema.project

    @property
    def place(self) -> Place:
        return self.decorator.place

    @property
    def decorator(self) -> Expression:
        """`@validator(...)` itself."""
        return _decorator(self.function, self.position)

    @property
    def is_root(self) -> bool:
        """Whether it is for the whole model, not for fields."""
        return _name(self.decorator) == "pydantic.root_validator"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it is for; `*` for all, and for one whose name is not known."""
        return () if self.is_root else _fields(self.decorator)

    def option(self, name: str) -> bool | None:
        """An option of the decorator, false where it is not given; None where it is not known."""
        if not self.decorator.is_call:
            return False
        given = self.decorator.keywords.get(name)
        if given is None:
            return None if self.decorator.opaque_keywords else False
        value = given.constant()
        return value if isinstance(value, bool) else None

    def is_called(self) -> bool:
        """Whether code of the project calls the method itself."""
        return self.project.calls.is_called(self.function)

    @property
    def binds_anew(self) -> frozenset[str]:
        """The names that something inside the method gives another meaning: its own, and inner functions."""
        found = {name for name, bindings in self.function.bindings.items() if len(bindings) > 1}
        inner = (scope for scope in self.function.with_lambdas() if scope is not self.function)
        return frozenset(found.union(*(scope.bindings for scope in inner)))

    def reads(self, name: str) -> bool:
        """Whether anything inside the method reads a name."""
        return any(
            isinstance(each, syntax.Ref) and root_name(each) == name
            for scope in self.function.with_lambdas()
            for statement in scope.statements()
            for each in syntax.evaluated(statement)
        )

    @property
    def others(self) -> tuple[str, ...]:
        """The other decorators of the method."""
        names = self.project.inference.functions.decorator_names(self.function)
        return names[: self.position] + names[self.position + 1 :]

    def is_declared_plainly(self, name: str) -> bool:
        """Whether the class itself, and none that derives from it, declares a field, with nothing but a
        type, and is no SQLModel."""
        if any(name in heir.bindings for heir in self.project.models.heirs(self.schema.cls.scope)):
            return False
        field = self.schema.fields.get(name)
        if field is None or field.owner != self.schema.cls or metadata(field.shape.expression):
            return False
        return not self.project.inference.classes.descends(self.schema.cls, SQL_MODEL)

    def neighbours(self) -> Iterator[V1Validator | FunctionScope | str]:
        """Other validators of the model, its bases and heirs that run for the same data: the old ones, the
        methods of new ones and of classes that are no models, and the names that others are assigned to."""
        for scope in self.project.models.family(self.schema.cls):
            is_model = self.project.models.is_model(ClassValue(scope))
            for function in scope.functions():
                for position, _ in enumerate(function.node.decorators):
                    other = _decorator(function, position)
                    if function is not self.function and self._is_beside(other):
                        is_old = is_model and _name(other) in OLD
                        yield V1Validator(self.schema, function, position) if is_old else function
            for name, bindings in scope.bindings.items():
                for value in (each.value for each in bindings if isinstance(each.value, syntax.Call)):
                    if self._is_beside(Expression(value.func, scope.frame)):
                        yield name

    def _is_beside(self, other: Expression) -> bool:
        name = _name(other)
        if name not in (OF_MODELS if self.is_root else OF_FIELDS) or _is_of_items(other):
            return False
        if {_mode(other), _mode(self.decorator)} == {"before", "after"}:
            return False
        theirs, own = set(_fields(other)), set(self.fields)
        return self.is_root or bool(theirs & own) or EVERY in theirs | own


def v1_validators(project: Project) -> Iterator[V1Validator]:
    """Every old validator in a model, in the order of the source of each module."""
    for schema in project.models.classes(FIELD, ROOT):
        yield from _in_class(schema, schema.cls.scope)


def _in_class(schema: Schema, scope: ClassScope) -> Iterator[V1Validator]:
    for function in scope.functions():
        for position, _ in enumerate(function.node.decorators):
            decorator = _decorator(function, position)
            named = decorator.func if decorator.is_call else decorator
            if named.external() in OLD and not is_of_v1(named):
                yield V1Validator(schema, function, position)


def _decorator(function: FunctionScope, position: int) -> Expression:
    assert function.parent is not None
    return Expression(function.node.decorators[position], function.parent.frame)


def _name(decorator: Expression) -> str:
    return (decorator.func if decorator.is_call else decorator).external()


def _fields(decorator: Expression) -> tuple[str, ...]:
    if not isinstance(decorator.node, syntax.Call):
        return ()
    return tuple(given.string() or EVERY for given in decorator.args)


def _is_of_items(decorator: Expression) -> bool:
    """Whether it is for the items of a field: these run before all that is for the field itself."""
    given = decorator.keywords.get("each_item") if decorator.is_call else None
    return given is not None and given.constant() is True


def _mode(decorator: Expression) -> str:
    """`before` or `after` what Pydantic does itself, or something else."""
    if not decorator.is_call:
        return "after"
    keywords = decorator.keywords
    if "mode" in keywords:
        return keywords["mode"].string() or ""
    before = keywords.get("pre")
    return "before" if before is not None and before.constant() is True else "after"
