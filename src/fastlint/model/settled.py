"""Whether nothing that an object may be is left out of an expression's values, items of collections included.

`Expression.is_whole` says so of names and calls. What is asked here as well is where the object comes from:
an annotated parameter or field, or a loop through a collection whose annotation says what it holds.
"""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.certainty import DEEPEST, is_whole
from fastlint.model.expression import Expression
from fastlint.model.judging import reaching
from fastlint.model.markers import union_parts
from fastlint.model.scopes import Binding, ClassScope, Frame, FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Literal, ModuleValue

COLLECTIONS = frozenset(
    (
        *(f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "generator", "dict")),
        *(f"typing.{name}" for name in ("Iterable", "Iterator", "Sequence", "Collection", "Generator")),
        *(f"collections.abc.{name}" for name in ("Iterable", "Iterator", "Sequence", "Collection")),
    )
)


def is_settled(expression: Expression, depth: int = 0) -> bool:
    """Whether an expression is one of its values whenever it is evaluated, or `None`."""
    if depth > DEEPEST or not expression.values():
        return False
    node = expression.node
    match node:
        case syntax.Ref():
            return _is_name_settled(expression, node, depth)
        case syntax.Attribute():
            return _is_attribute_settled(expression.at(node.value), node.name, depth)
        case syntax.Await():
            return is_settled(expression.at(node.value), depth + 1)
        case syntax.Operation(operator=":="):
            return is_settled(expression.at(node.operands[1]), depth + 1)
        case syntax.Operation(operator="or" | "and" | "if"):
            operands = node.operands[1 if node.operator == "if" else 0 :]
            return all(is_settled(expression.at(each), depth + 1) for each in operands)
        case syntax.Subscript():
            return _holds_settled(expression.at(node.value), depth + 1)
        case syntax.Call():
            return is_whole(expression) and all(map(_is_call_settled, expression.func.values()))
        case _:
            return False


def _is_call_settled(callee: object) -> bool:
    if not isinstance(callee, FunctionValue):
        return True
    returns = callee.scope.node.returns
    assert callee.scope.parent is not None
    return returns is None or _says_all(Expression(returns, callee.scope.parent.frame))


def _is_name_settled(expression: Expression, node: syntax.Ref, depth: int) -> bool:
    owner = expression.owner
    if owner is not None:
        return _is_attribute_settled(owner, node.path.rpartition(".")[2], depth)
    frame: Frame | None = expression.frame
    while frame is not None:
        bindings = frame.scope.bindings.get(node.path)
        if bindings and not (isinstance(frame.scope, ClassScope) and frame is not expression.frame):
            at = node.span if frame is expression.frame else None
            found = tuple(reaching(bindings, at))
            return all(_is_bound_settled(binding, frame, depth) for binding in found)
        frame = frame.outer
    return False


def _is_bound_settled(binding: Binding, frame: Frame, depth: int) -> bool:
    match binding.kind:
        case "import" | "class":
            return True
        case "parameter":
            return _is_parameter_settled(binding, frame)
        case "value" if binding.annotation is not None:
            return _says_all(Expression(binding.annotation, frame))
        case "value" if binding.value is not None and not binding.unpack:
            return is_settled(Expression(binding.value, frame), depth + 1)
        case "iterate" if binding.value is not None and not binding.unpack:
            return _holds_settled(Expression(binding.value, frame), depth + 1)
        case _:
            return False


def _is_parameter_settled(binding: Binding, frame: Frame) -> bool:
    scope = frame.scope
    assert isinstance(scope, FunctionScope)
    assert isinstance(binding.node, syntax.Parameter)
    if binding.annotation is not None:
        return frame.outer is not None and _says_all(Expression(binding.annotation, frame.outer))
    names = scope.project.inference.functions.decorator_names(scope)
    return binding.node.name == scope.receiver and "builtins.staticmethod" not in names


def _is_attribute_settled(owner: Expression, name: str, depth: int) -> bool:
    values = owner.values()
    if not values or not is_settled(owner, depth + 1):
        return False
    return name == "__class__" or all(_declares(value, name) for value in values)


def _declares(value: object, name: str) -> bool:
    """Whether a class says what its objects have under a name, or a module has it once and for all."""
    match value:
        case ModuleValue():
            kinds = [binding.kind for binding in value.module.bindings.get(name, ())]
            return bool(kinds) and all(kind in ("import", "class") for kind in kinds)
        case Instance(cls=ClassValue() as cls):
            return _declares_field(cls, name)
        case External():
            return True
        case _:
            return False


def _declares_field(cls: ClassValue, name: str) -> bool:
    for each in cls.scope.project.inference.classes.mro(cls):
        if not isinstance(each, ClassValue):
            continue
        assigned = [binding for _, binding in each.scope.attributes.get(name, ())]
        bindings = each.scope.bindings.get(name, [])
        declared = [each for each in (*bindings, *assigned) if each.annotation is not None]
        if declared:
            return all(
                _says_all(Expression(binding.annotation, each.scope.frame))
                for binding in declared
                if binding.annotation is not None
            )
        if assigned or bindings:
            return False
    return False


def _holds_settled(source: Expression, depth: int) -> bool:
    """Whether all that a collection holds is among what is known of it."""
    if isinstance(source.node, syntax.Comprehension):
        return is_settled(source.at(source.node.elements[-1]), depth + 1)
    values = source.values()
    if not values:
        return False
    for value in values:
        if isinstance(value, Literal):
            items = value.expression.items()
            if not value.args and not (items and all(is_settled(each, depth + 1) for each in items)):
                return False
        elif not (isinstance(value, Instance) and value.external in COLLECTIONS and value.args):
            return False
    return _is_declared(source, depth)


def _is_declared(source: Expression, depth: int) -> bool:
    """Whether a collection comes from an annotation, or is written out."""
    if isinstance(source.node, syntax.Ref) and source.owner is None:
        value = source.value()
        if isinstance(value, Literal):
            return True
        frame: Frame | None = source.frame
        while frame is not None:
            bindings = frame.scope.bindings.get(source.node.path)
            if bindings:
                at = source.node.span if frame is source.frame else None
                return all(_is_collection(each, frame, depth) for each in reaching(bindings, at))
            frame = frame.outer
        return False
    return is_settled(source, depth + 1)


def _is_collection(binding: Binding, frame: Frame, depth: int) -> bool:
    if binding.kind == "value" and binding.value is not None and binding.annotation is None:
        return _holds_settled(Expression(binding.value, frame), depth + 1)
    return _is_bound_settled(binding, frame, depth)


def _says_all(annotation: Expression) -> bool:
    """Whether every part of an annotation names a class that is known, or is `None`."""
    read = annotation.project.inference.annotations
    for part in tuple(union_parts(annotation)) or (annotation,):
        written = read.unquoted(part) or part
        is_none = isinstance(written.node, syntax.Constant) and written.node.value is None
        if not is_none and not read.annotated(part):
            return False
    return True
