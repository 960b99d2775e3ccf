"""Whether `None` may be among what an expression gives: `values` leaves it out where there is more.

What cannot be told may be `None`.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.judging import last_bindings, reaching
from fastlint.model.leaving import leaves
from fastlint.model.markers import allows_none
from fastlint.model.scopes import Binding, ClassScope, Frame, ModuleScope
from fastlint.model.values import ClassValue, External, FunctionValue, ModuleValue, Value

DEEPEST = 6


def may_be_none(expression: Expression, depth: int = 0) -> bool:
    node = expression.node
    if depth > DEEPEST:
        return True
    match node:
        case syntax.Constant():
            return node.value is None
        case syntax.Mapping() | syntax.Collection() | syntax.Template() | syntax.Comprehension():
            return False
        case syntax.Await():
            return may_be_none(expression.at(node.value), depth + 1)
        case syntax.Operation(operator="if" | "or" | "and" as operator, operands=operands):
            possible = {"if": operands[1:], "or": operands[-1:], "and": operands}[operator]
            return any(may_be_none(expression.at(each), depth + 1) for each in possible)
        case syntax.Call():
            callees = expression.func.values()
            return not callees or any(_may_give_none(each, expression, depth) for each in callees)
        case syntax.Ref():
            return _may_hold_none(expression, node, depth)
        case _:
            return True


def _may_hold_none(expression: Expression, node: syntax.Ref, depth: int) -> bool:
    if "." in node.path:
        owner = expression.owner
        value = None if owner is None else owner.value()
        name = node.path.rpartition(".")[2]
        if isinstance(value, ModuleValue):
            return _may_be_bound_to_none(value.module.frame, name, 0, depth)
        if isinstance(value, ClassValue):
            return _may_be_bound_to_none(value.scope.frame, name, 0, depth)
        return True
    frame: Frame | None = expression.frame
    line = node.span.line
    while frame is not None:
        is_own = frame is expression.frame
        if node.path in frame.scope.bindings and (is_own or not isinstance(frame.scope, ClassScope)):
            return _may_be_bound_to_none(frame, node.path, line if is_own else 0, depth)
        frame = frame.outer
    return True


def _may_be_bound_to_none(frame: Frame, name: str, line: int, depth: int) -> bool:
    bindings = frame.scope.bindings.get(name, [])
    possible: Iterable[Binding] = reaching(bindings, line) if line else last_bindings(bindings)
    return not bindings or any(_gives_none(each, frame, depth) for each in possible)


def _gives_none(binding: Binding, frame: Frame, depth: int) -> bool:
    match binding.kind:
        case "caught" | "function" | "class":
            return False
        case "import" if isinstance(binding.node, syntax.Import):
            node = binding.node
            target = frame.scope.project.resolve(frame.scope.module, node.module, node.level, node.name)
            if not isinstance(target, ModuleScope):
                return True
            return _may_be_bound_to_none(target.frame, node.name, 0, depth + 1)
        case "parameter" if binding.annotation is not None:
            assert isinstance(binding.node, syntax.Parameter)
            default = binding.node.default
            is_optional = isinstance(default, syntax.Constant) and default.value is None
            outside = frame.outer or frame
            return is_optional or allows_none(Expression(binding.annotation, outside))
        case "value" if binding.value is not None and not binding.unpack:
            return may_be_none(Expression(binding.value, frame), depth + 1)
        case _:
            return True


def _may_give_none(callee: Value, site: Expression, depth: int) -> bool:
    if isinstance(callee, ClassValue):
        return False
    if isinstance(callee, External):
        return not callee.name.rpartition(".")[2][:1].isupper()
    if not isinstance(callee, FunctionValue):
        return True
    scope, inference = callee.scope, site.project.inference
    wrapped = inference.functions.wrapped(callee)
    if scope.parent is None or wrapped is None or any(each.scope is not scope for each in wrapped):
        return True
    if scope.node.returns is not None and allows_none(Expression(scope.node.returns, scope.parent.frame)):
        return True
    frame = inference.calling.frame(callee, site)
    returned = [node.value for node in scope.statements() if isinstance(node, syntax.Return)]
    return not leaves(scope.body) or any(
        value is None or may_be_none(Expression(value, frame), depth + 1) for value in returned
    )
