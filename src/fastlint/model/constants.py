"""Dependencies that give every request the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.changes import sets
from fastlint.model.expression import Expression
from fastlint.model.scopes import ClassScope, ModuleScope
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue, Literal

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency

IMMUTABLE = (syntax.Constant, syntax.Operation, syntax.Template)


def constant(dependency: Dependency) -> Expression | None:
    """What a dependency of the service returns, where that is all it does, and always the same constant."""
    function = dependency.function
    node, body = function.node, function.body
    is_plain = not (node.parameters or node.decorators or node.is_generator or function.owner)
    if not is_plain or len(body) != 1 or is_test(function.module.path):
        return None
    [statement] = body
    if not isinstance(statement, syntax.Return) or statement.value is None:
        return None
    value = Expression(statement.value, function.frame)
    return value if _is_constant(value) else None


def _is_constant(value: Expression) -> bool:
    """Whether it is written out, or the name of such a thing that a module never changes."""
    match value.node:
        case syntax.Constant(value=None):
            return False
        case syntax.Constant():
            return True
        case syntax.Ref():
            return _is_constant_name(value)
        case syntax.Collection() | syntax.Operation() | syntax.Template() | syntax.Mapping():
            inside = syntax.operands(value.node)
            return bool(inside) and all(_is_constant(value.at(each)) for each in inside)
        case _:
            return False


def _is_constant_name(value: Expression) -> bool:
    known = _written(value)
    if known is not None and isinstance(known.scope, ClassScope):
        classes = known.project.inference.classes
        return classes.descends(ClassValue(known.scope), "enum.Enum") and _is_immutable(known)
    if known is None or not _is_immutable(known) or not isinstance(known.scope, ModuleScope):
        return False
    scope, node = known.scope, known.node
    names = [
        name for name, bindings in scope.bindings.items() if any(each.value is node for each in bindings)
    ]
    return all(
        len(scope.bindings[name]) == 1 and name not in scope.globals and not sets(scope.project, name)
        for name in names
    )


def _written(value: Expression) -> Expression | None:
    """What a name stands for, as its module writes it."""
    module, node = value.scope.module, value.node
    own = module.bindings.get(node.path, ()) if isinstance(node, syntax.Ref) else ()
    if own and own[0].kind == "value" and own[0].value is not None and value.scope.parent is module:
        return Expression(own[0].value, module.frame)
    known = value.value()
    return known.expression if isinstance(known, Literal) else None


def _is_immutable(value: Expression) -> bool:
    node = value.node
    is_tuple = isinstance(node, syntax.Collection) and node.kind == "tuple"
    return (is_tuple or isinstance(node, IMMUTABLE)) and _is_constant(value)
