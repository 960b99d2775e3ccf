"""Whether all that an expression can stand for is known: what `values` leaves out matters to a rewrite."""

from __future__ import annotations

from collections.abc import Iterable

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.judging import reaching
from fastlint.model.leaving import leaves
from fastlint.model.scopes import Binding, Frame, FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Value

DEEPEST = 6
ALWAYS = ("import", "function", "class", "alias", "caught")


def is_whole(expression: Expression, depth: int = 0) -> bool:
    """Whether nothing is left out of an expression's `values`."""
    if depth > DEEPEST or not expression.values():
        return False
    node = expression.node
    if isinstance(node, syntax.Ref) and "." not in node.path:
        return _is_name_whole(expression, node.path, depth)
    if isinstance(node, syntax.Operation) and node.operator in ("if", "or", "and"):
        operands = node.operands[1 if node.operator == "if" else 0 :]
        return all(is_whole(expression.at(operand), depth + 1) for operand in operands)
    if isinstance(node, syntax.Await):
        return is_whole(expression.at(node.value), depth + 1)
    if isinstance(node, syntax.Call):
        return all(_is_call_whole(callee, expression, depth) for callee in expression.func.values())
    return True


def _is_name_whole(expression: Expression, name: str, depth: int) -> bool:
    frame: Frame | None = expression.frame
    while frame is not None:
        bindings = frame.scope.bindings.get(name)
        if bindings:
            at = expression.node.span if frame is expression.frame else None
            found: Iterable[Binding] = reaching(bindings, at)
            return all(_is_bound_whole(binding, frame, depth) for binding in found)
        frame = frame.outer
    return True


def _is_bound_whole(binding: Binding, frame: Frame, depth: int) -> bool:
    if binding.kind in ALWAYS:
        return True
    if binding.kind == "parameter":
        return binding.annotation is not None or _is_fixture_whole(binding, frame, depth)
    if binding.kind == "enter" and binding.value is not None and not binding.unpack:
        return is_whole(Expression(binding.value, frame), depth + 1)
    if binding.kind != "value" or binding.unpack or binding.value is None:
        return False
    return is_whole(Expression(binding.value, frame), depth + 1)


def _is_fixture_whole(binding: Binding, frame: Frame, depth: int) -> bool:
    """Whether it is known what pytest passes."""
    scope = frame.scope
    if not isinstance(scope, FunctionScope) or not isinstance(binding.node, syntax.Parameter):
        return False
    outcomes = scope.project.fixtures.outcomes(scope, binding.node)
    return bool(outcomes) and all(is_whole(each, depth + 1) for each in outcomes)


def _is_call_whole(callee: Value, site: Expression, depth: int) -> bool:
    """Whether it is known what a call gives: an object of a class, or what every `return` says."""
    if isinstance(callee, (ClassValue, External)) or (isinstance(callee, Instance) and callee.external):
        return True
    if not isinstance(callee, FunctionValue):
        return False
    scope, inference = callee.scope, site.project.inference
    if scope.node.returns is not None:
        return bool(inference.functions.declared(scope, callee))
    if not leaves(scope.body):
        return False
    frame = inference.calling.frame(callee, site)
    returned = (node.value for node in scope.statements() if isinstance(node, syntax.Return))
    return all(value is not None and is_whole(Expression(value, frame), depth + 1) for value in returned)
