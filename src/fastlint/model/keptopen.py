"""What an object opens when it is made and keeps in an attribute, and whether anybody closes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.holding import kept_by_constructor
from fastlint.model.reads import read_names, root_name
from fastlint.model.releasing import METHODS as ENDING
from fastlint.model.values import ClassValue, External, Instance

if TYPE_CHECKING:
    from fastlint.model.injections import Injection
    from fastlint.model.scopes import ClassScope, FunctionScope

PLAIN = frozenset(("abc.ABC", "builtins.object", "typing.Generic", "typing.Protocol"))
"""Bases that close nothing."""
SPECIAL = ("__enter__", "__aenter__", "__del__", "__new__")
"""Methods that may end it, or keep it for others."""
LOOKS = frozenset(("compared", "tested"))


def set_by_constructor(cls: ClassScope) -> Iterator[tuple[str, Expression]]:
    """The attributes that only the constructor sets, each with what that sets it to."""
    constructor = cls.methods.get("__init__")
    for attribute, bindings in cls.attributes.items():
        scope, binding = bindings[0]
        if len(bindings) == 1 and scope is constructor and binding.value is not None and not binding.unpack:
            yield attribute, Expression(binding.value, scope.frame)


def kept_arguments(cls: ClassValue, call: Expression) -> Iterator[tuple[str, Expression]]:
    """The attributes that are an argument of the constructor as it is, each with what a call passes."""
    method = call.project.inference.classes.method(Instance(cls, call), "__init__")
    if method is not None and method.scope.owner is cls.scope:
        given = call.project.inference.calling.arguments(method, call)
        for attribute, name in kept_by_constructor(method.scope):
            if name in given and len(cls.scope.attributes[attribute]) == 1:
                yield attribute, given[name]


def lets_go(cls: ClassValue, attribute: str) -> bool:
    """Whether an object may close what is in its attribute, or give it to somebody who may."""
    classes = cls.scope.project.inference.classes
    for each in classes.mro(cls):
        if isinstance(each, External):
            if each.name not in PLAIN:
                return True
        elif _has_unknown_base(each.scope) or any(
            name in SPECIAL or _may_close(method, method.receiver, attribute)
            for name, method in each.scope.methods.items()
        ):
            return True
    return False


def may_close_inside(use: Injection, attribute: str) -> bool:
    """Whether who gets the object may close what is in its attribute."""
    if use.function is None or use.parameter is None:
        return False
    return _may_close(use.function, use.parameter.name, attribute)


def _has_unknown_base(cls: ClassScope) -> bool:
    outer = cls.parent
    assert outer is not None
    return bool(cls.node.keywords or cls.node.decorators) or not all(
        Expression(each, outer.frame).values() for each in cls.node.bases
    )


def _may_close(function: FunctionScope, name: str, attribute: str) -> bool:
    """Whether a function does more with an object than to call its methods, and those of the attribute."""
    if not name:
        return False
    if any(name in read_names(each) for each in (*function.functions(), *function.lambdas)):
        return True
    kept = f"{name}.{attribute}"
    for each in readings(function.body, syntax.Ref):
        if not isinstance(each.node, syntax.Ref) or root_name(each.node) != name:
            continue
        if each.node.path in (name, kept):
            if each.context not in LOOKS:
                return True
        elif last_name(each.node) in ENDING or each.node.path == f"{kept}.begin":
            return True
    return False
