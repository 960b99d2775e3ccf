"""Where the code writes what an expression gives: behind names, parameters, properties and functions.

A parameter is what the one call of its function passes; a function or property what its one `return` says.
Nothing is told of what the code changes after it has written it.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastlint.diagnostic import Span
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.changes import is_assigned, is_given, is_replaced
from fastlint.model.expression import Expression
from fastlint.model.judging import PROPERTIES, last_bindings, reaching
from fastlint.model.scopes import Binding, ClassScope, Frame, FunctionScope, ModuleScope
from fastlint.model.values import ClassValue, FunctionValue, Instance, ModuleValue

DEEPEST = 8


class _Unseen:
    """Nothing is seen of where it is written, and nothing says that it is changed."""


UNSEEN = _Unseen()
Found = Expression | _Unseen | None


def written(expression: Expression, depth: int = 0) -> Expression | None:
    """The expression that is written there; itself where that is not seen, None where it is changed."""
    node = expression.node
    if depth > DEEPEST:
        return expression
    found: Found
    if isinstance(node, (syntax.Ref, syntax.Attribute)):
        owner = expression.owner
        found = _of_name(expression, depth) if owner is None else _of_attribute(expression, owner, depth)
    elif isinstance(node, syntax.Call):
        callee = expression.func.value()
        found = _returned(callee, expression, depth) if isinstance(callee, FunctionValue) else UNSEEN
    else:
        return expression
    return expression if isinstance(found, _Unseen) else found


def _of_name(expression: Expression, depth: int) -> Found:
    node = expression.node
    assert isinstance(node, syntax.Ref)
    frame: Frame | None = expression.frame
    while frame is not None:
        is_own = frame is expression.frame
        if node.path in frame.scope.bindings and (is_own or not isinstance(frame.scope, ClassScope)):
            return _bound(node.path, frame, node.span if is_own else None, depth)
        frame = frame.outer
    return UNSEEN


def _bound(name: str, frame: Frame, at: Span | None, depth: int) -> Found:
    bindings = frame.scope.bindings.get(name, [])
    possible: Iterable[Binding] = reaching(bindings, at) if at else last_bindings(bindings)
    found, project = [*possible], frame.scope.project
    if len(found) != 1:
        return UNSEEN
    binding = found[0]
    if binding.kind == "value" and binding.value is not None and not binding.unpack:
        return None if is_replaced(project, name) else written(Expression(binding.value, frame), depth + 1)
    if binding.kind == "parameter":
        return None if is_replaced(project, name) else _passed(name, frame, depth)
    if binding.kind == "import" and isinstance(binding.node, syntax.Import) and binding.node.name:
        node = binding.node
        target = project.resolve(frame.scope.module, node.module, node.level, node.name)
        if isinstance(target, ModuleScope):
            return _bound(node.name, target.frame, None, depth + 1)
    return UNSEEN


def _passed(name: str, frame: Frame, depth: int) -> Found:
    """What the one call of a function passes, or leaves to the default."""
    scope, project = frame.scope, frame.scope.project
    given = frame.arguments.get(name)
    if given is not None:
        return written(given, depth + 1)
    parameter = scope.parameter(name) if isinstance(scope, FunctionScope) else None
    if not isinstance(scope, FunctionScope) or parameter is None or parameter.kind in ("args", "kwargs"):
        return UNSEEN
    calls = [
        (callee, call)
        for call in project.calls.of(scope)
        for callee in call.func.values()
        if isinstance(callee, FunctionValue) and callee.scope is scope
    ]
    if len(calls) != 1 or any(isinstance(each.node, syntax.Starred) for each in calls[0][1].args):
        return UNSEEN
    callee, call = calls[0]
    argument = project.inference.calling.arguments(callee, call).get(name)
    if argument is not None:
        return written(argument, depth + 1)
    if parameter.default is None or call.opaque_keywords or scope.parent is None:
        return UNSEEN
    return written(Expression(parameter.default, scope.parent.frame), depth + 1)


def _of_attribute(expression: Expression, owner: Expression, depth: int) -> Found:
    name, value = last_name(expression.node), owner.value()
    if isinstance(value, ModuleValue):
        return _bound(name, value.module.frame, None, depth + 1)
    if not isinstance(value, Instance) or not isinstance(value.cls, ClassValue):
        return UNSEEN
    project, inference = expression.project, expression.project.inference
    for cls in inference.classes.mro(value.cls):
        method = cls.scope.methods.get(name) if isinstance(cls, ClassValue) else None
        if method is not None:
            names = inference.functions.decorator_names(method)
            is_property = any(each in PROPERTIES for each in names)
            function = FunctionValue(method, value, bare=True)
            return _returned(function, None, depth) if is_property else UNSEEN
    if is_replaced(project, name) or is_assigned(project, name, value.cls.scope):
        return None
    made = written(owner, depth + 1)
    if made is not None and made.is_call and made.func.value() == value.cls:
        given = made.argument(name)
        return UNSEEN if given is None else written(given, depth + 1)
    return None if is_given(project, name, value.cls.scope) else UNSEEN


def _returned(function: FunctionValue, site: Expression | None, depth: int) -> Found:
    """What the one `return` of a function says, at its end."""
    scope, inference = function.scope, function.scope.project.inference
    if scope.node.is_async or scope.node.is_generator or not scope.body:
        return UNSEEN
    wrapped = (function,) if function.bare else inference.functions.wrapped(function)
    returned = [each for each in scope.statements() if isinstance(each, syntax.Return)]
    last = scope.body[-1]
    if wrapped is None or any(each.scope is not scope for each in wrapped) or returned != [last]:
        return UNSEEN
    assert isinstance(last, syntax.Return)
    frame = inference.calling.frame(function, site)
    return UNSEEN if last.value is None else written(Expression(last.value, frame), depth + 1)
