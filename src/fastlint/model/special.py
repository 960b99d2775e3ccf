"""What a few functions of the language give: `super()`, `partial`, `cast`, `type`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastlint.model.expression import Expression
from fastlint.model.scopes import Frame, FunctionScope, Scope
from fastlint.model.values import (
    ClassValue,
    FunctionValue,
    Instance,
    Partial,
    Super,
    TypeForm,
    Values,
)

if TYPE_CHECKING:
    pass
if TYPE_CHECKING:
    from fastlint.model.inference import Inference


def _super(inference: Inference, site: Expression) -> Values:
    scope: Scope | None = site.scope
    frame: Frame | None = site.frame
    while scope is not None and not (isinstance(scope, FunctionScope) and scope.owner):
        scope, frame = scope.parent, frame.outer if frame else None
    if not isinstance(scope, FunctionScope) or scope.owner is None or not scope.node.parameters:
        return ()
    receiver = inference.names.receiver(scope, scope.node.parameters[0], frame or scope.frame)
    return (Super(scope.owner, receiver),) if isinstance(receiver, (Instance, ClassValue)) else ()


def _partial(inference: Inference, site: Expression) -> Values:
    args = site.args
    return (Partial(args[0].values(), site),) if args else ()


def _cast(inference: Inference, site: Expression) -> Values:
    """What `cast(kind, value)` gives: the kind, or a function, of which a kind says less."""
    args = site.args
    functions = tuple(value for arg in args[1:] for value in arg.values() if isinstance(value, FunctionValue))
    return functions or (inference.annotations.annotated(args[0]) if args else ())


def _argument(inference: Inference, site: Expression) -> Values:
    args = site.args
    return args[0].values() if args else ()


def _type_of(inference: Inference, site: Expression) -> Values:
    return tuple(value.cls for value in _argument(inference, site) if isinstance(value, Instance))


def _gathered(inference: Inference, site: Expression) -> Values:
    return ()


def _field_default(inference: Inference, site: Expression) -> Values:
    """What a field holds that `Field(...)` declares, when nobody sets it."""
    given = site.argument("default", 0)
    if given is not None:
        return given.values()
    factory = site.argument("default_factory") or site.argument("factory")
    if factory is None:
        return ()
    return tuple(result for value in factory.values() for result in inference.calling.call(value, None))


def _alias(inference: Inference, site: Expression) -> Values:
    """`TypeAliasType("Name", type)`: what `type Name = type` was written as before Python 3.12."""
    given = site.argument("value", 1)
    return () if given is None else (TypeForm(given),)


SPECIAL: dict[str, Callable[[Inference, Expression], Values]] = {
    "builtins.super": _super,
    "functools.partial": _partial,
    "typing.cast": _cast,
    "builtins.type": _type_of,
    "builtins.staticmethod": _argument,
    "typing.TypeAliasType": _alias,
    "typing_extensions.TypeAliasType": _alias,
    "functools.wraps": _gathered,
    "functools.update_wrapper": _argument,
    "pydantic.Field": _field_default,
    "sqlmodel.Field": _field_default,
    "dataclasses.field": _field_default,
    "pydantic.PrivateAttr": _field_default,
    "attr.ib": _field_default,
    "attr.field": _field_default,
    "attrs.field": _field_default,
    "contextlib.closing": _argument,
    "contextlib.aclosing": _argument,
    "copy.copy": _argument,
    "copy.deepcopy": _argument,
}

PASSING = frozenset(name for name, give in SPECIAL.items() if give is _argument)
"""Functions that give what they are given: `closing(connection)`."""
