"""Where code mentions a function, class or object without calling it: who is handed it may depend on it."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import Scope
from fastlint.model.values import ClassValue, FunctionValue, Value


def held_name(value: Value, written: Expression) -> str:
    """The name under which others can hold it; '' for what is only made on the spot."""
    match value:
        case FunctionValue() if not value.scope.is_lambda:
            return value.scope.name
        case ClassValue():
            return value.scope.name
        case _:
            return "" if isinstance(written.node, (syntax.Call, syntax.Lambda)) else last_name(written.node)


def aliases(module: Scope, name: str) -> Iterator[str]:
    for statement in module.statements():
        if isinstance(statement, syntax.Import) and statement.name == name:
            yield statement.alias


def mentions(scope: Scope, names: set[str]) -> Iterator[syntax.Expr]:
    """Where a scope mentions one of some names otherwise than by calling it or as a type."""
    for statement in scope.statements():
        if isinstance(statement, syntax.Evaluate) and isinstance(statement.value, syntax.Subscript):
            continue  # del app.dependency_overrides[name]
        for annotation in _annotations(statement):
            yield from _mentioned_in_calls(annotation, names)
        for expression in _evaluated(statement):
            yield from _mentioned(expression, names)


def _evaluated(statement: syntax.Statement) -> tuple[syntax.Expr, ...]:
    if isinstance(statement, syntax.Class):
        return ()
    if isinstance(statement, syntax.Function):
        return tuple(each.default for each in statement.parameters if each.default is not None)
    return syntax.expressions(statement)


def _annotations(statement: syntax.Statement) -> Iterator[syntax.Expr]:
    if isinstance(statement, syntax.Assign) and statement.annotation is not None:
        yield statement.annotation
    elif isinstance(statement, syntax.Function):
        yield from (each.annotation for each in statement.parameters if each.annotation is not None)


def _is_type(node: syntax.Expr) -> bool:
    """`Annotated[Session, ...]`, `list[Session]`, by how they are spelled."""
    if not isinstance(node, syntax.Subscript):
        return False
    name = last_name(node.value)
    return name[:1].isupper() or name in ("list", "dict", "set", "frozenset", "tuple", "type")


def _mentioned_in_calls(node: syntax.Expr, names: set[str]) -> Iterator[syntax.Expr]:
    for inner in syntax.walk(node):
        if isinstance(inner, syntax.Call):
            yield from _mentioned(inner, names)


def _mentioned(node: syntax.Expr, names: set[str]) -> Iterator[syntax.Expr]:
    if isinstance(node, (syntax.Ref, syntax.Attribute)) and last_name(node) in names:
        yield node
    if isinstance(node, syntax.Call):
        if last_name(node.func) in ("pop", "isinstance", "issubclass"):
            return
        for inner in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from _mentioned(inner, names)
        if not isinstance(node.func, syntax.Ref):
            yield from (each for part in syntax.operands(node.func) for each in _mentioned(part, names))
    elif isinstance(node, syntax.Lambda):
        for statement in node.function.body:
            for inner in syntax.expressions(statement):
                yield from _mentioned(inner, names)
    elif _is_type(node):
        yield from _mentioned_in_calls(node, names)
    elif isinstance(node, syntax.Operation) and _looks_into_overrides(node):
        return
    else:
        for inner in syntax.operands(node):
            yield from _mentioned(inner, names)


def _looks_into_overrides(node: syntax.Operation) -> bool:
    """`assert get_user not in app.dependency_overrides`."""
    return node.operator in ("in", "compare") and any(
        last_name(each) == "dependency_overrides" for each in node.operands
    )
