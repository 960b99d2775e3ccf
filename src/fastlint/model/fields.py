"""The fields of schemas: which ones a class declares, and whether and as what each is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.judging import BUILTINS
from fastlint.model.markers import metadata
from fastlint.model.memo import traced_property
from fastlint.model.scopes import ClassScope, FunctionScope
from fastlint.model.shapes import Shape
from fastlint.model.values import ClassValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

DATACLASSES = ("dataclasses.dataclass", "pydantic.dataclasses.dataclass")
FIELDS = ("pydantic.Field", "sqlmodel.Field", "dataclasses.field")
NO_FIELD_TYPES = ("typing.ClassVar", "dataclasses.InitVar", "dataclasses.KW_ONLY")
NO_FIELDS = ("pydantic.PrivateAttr", "sqlmodel.Relationship")
FIELD_VALIDATORS = ("pydantic.field_validator", "pydantic.validator")
MASKING = ("mask", "masked", "hide", "redact", "censor", "obscure", "obfuscate", "encrypt")
MASKS = ("pydantic.PlainSerializer", "pydantic.WrapSerializer")
ROOTS = ("root", "__root__")


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
    def project(self) -> Project:
        return self.owner.scope.project

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

    @traced_property
    def sent_name(self) -> str:
        """Its name in JSON, as far as the field itself says."""
        for option in ("serialization_alias", "alias"):
            given = self.option(option)
            if given is not None and (alias := given.string()) is not None:
                return alias
        return self.name

    @traced_property
    def is_sent(self) -> bool:
        """Whether it is serialised as it is: not excluded, nor by a function that may mask it."""
        if self.is_masked or self.option("exclude_if") is not None:
            return False
        excluded = self.option("exclude")
        return excluded is None or excluded.constant() is False

    @traced_property
    def _declarations(self) -> tuple[Expression, ...]:
        given = () if self.default is None else (self.default,)
        return tuple(
            each
            for each in (*given, *metadata(self.shape.expression))
            if isinstance(each.node, syntax.Call) and each.func.external() in FIELDS
        )


def declared_fields(cls: ClassValue, bound: Mapping[object, Shape]) -> Iterator[Field]:
    """The fields that the body of a class declares."""
    scope = cls.scope
    for node in scope.statements():
        if isinstance(node, syntax.Assign) and node.annotation is not None:
            found = _field(cls, node, Shape(Expression(node.annotation, scope.frame), bound))
            if found is not None:
                yield found
    for function in scope.functions():
        names = scope.project.inference.functions.decorator_names(function)
        if "pydantic.computed_field" in names and function.node.returns is not None:
            shape = Shape(Expression(function.node.returns, scope.frame), bound)
            yield Field(function.name, cls, shape, function.node)
    yield from _root_field(cls, bound)


def undeclared_fields(cls: ClassValue) -> Iterator[str]:
    """What a class makes a class variable of: no field any more, if a base had one of this name."""
    for node in cls.scope.statements():
        if isinstance(node, syntax.Assign) and node.annotation is not None:
            target = node.targets[0]
            if isinstance(target, syntax.Ref) and _is_no_field(
                Shape(Expression(node.annotation, cls.scope.frame))
            ):
                yield target.path


def _field(cls: ClassValue, node: syntax.Assign, shape: Shape) -> Field | None:
    target = node.targets[0]
    if not isinstance(target, syntax.Ref) or "." in target.path:
        return None
    if target.path.startswith("_") and target.path not in ROOTS and not is_dataclass(cls.scope):
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


def is_dataclass(scope: ClassScope) -> bool:
    assert scope.parent is not None
    for node in scope.node.decorators:
        called = node.func if isinstance(node, syntax.Call) else node
        if Expression(called, scope.parent.frame).external() in DATACLASSES:
            return True
    return False


def is_compared(scope: ClassScope) -> bool:
    """Whether it is a dataclass whose objects are compared by their fields, and so have no hash."""
    assert scope.parent is not None
    if "__hash__" in scope.bindings or "__eq__" in scope.bindings or len(scope.node.decorators) != 1:
        return False
    decorator = Expression(scope.node.decorators[0], scope.parent.frame)
    if not is_dataclass(scope):
        return False
    if not decorator.is_call:
        return True
    return not decorator.opaque_keywords and not decorator.keywords.keys() & {"eq", "frozen", "unsafe_hash"}


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


def masked_fields(scope: ClassScope) -> Iterator[str]:
    """Fields that a serialiser in the body of a class may mask; `*` for all."""
    for function in scope.functions():
        for node in function.node.decorators:
            yield from _serialized(Expression(node, scope.frame), _is_mask(function))


def _serialized(decorator: Expression, masks: bool) -> Iterator[str]:
    """The fields that a serialiser above a method is for, or a validator that `masks`; `*` for all."""
    is_call = isinstance(decorator.node, syntax.Call)
    name = (decorator.func if is_call else decorator).external()
    if name == "pydantic.model_serializer":
        yield "*"
    elif is_call and (name == "pydantic.field_serializer" or (masks and name in FIELD_VALIDATORS)):
        for argument in decorator.args:
            yield argument.string() or "*"


def _is_mask(function: FunctionScope) -> bool:
    """Whether a validator says by its name that it hides what it is given."""
    return any(word in MASKING for word in function.name.lower().split("_"))
