"""The constructors that `@dataclass` writes: FastAPI reads their parameters as those of any other."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.fields import DATACLASSES, declared_fields
from fastlint.model.scopes import ClassScope, FunctionScope
from fastlint.model.values import ClassValue, Instance

SELF = "self"


def constructor_of_fields(scope: ClassScope) -> FunctionScope | None:
    """What the fields of one class add to the constructor, as a function; None for what is no such class."""
    if not _writes_constructor(scope):
        return None
    fields = [each for each in declared_fields(ClassValue(scope), {}) if _is_parameter(each.option("init"))]
    parameters = tuple(
        syntax.Parameter(
            each.node.span,
            each.name,
            "normal",
            each.shape.expression.node,
            None if each.default is None else each.default.node,
        )
        for each in fields
    )
    own = syntax.Parameter(scope.node.span, SELF, "normal", None, None)
    return scope.function(
        syntax.Function(scope.node.span, "__init__", (own, *parameters), (), None, (), False, False)
    )


def lineage(cls: ClassValue) -> Iterator[ClassScope]:
    """A class and its bases, where none of them has a constructor of its own."""
    inference = cls.scope.project.inference
    if inference.classes.method(Instance(cls), "__init__") is None:
        yield from (each.scope for each in inference.classes.mro(cls) if isinstance(each, ClassValue))


def _writes_constructor(scope: ClassScope) -> bool:
    outside = scope.parent
    assert outside is not None
    for each in (Expression(node, outside.frame) for node in scope.node.decorators):
        if (each.func if each.is_call else each).external() in DATACLASSES:
            return not each.is_call or _is_parameter(each.argument("init"))
    return False


def _is_parameter(init: Expression | None) -> bool:
    return init is None or init.constant() is True
