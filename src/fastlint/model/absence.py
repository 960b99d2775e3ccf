"""Whether something may be `None`, which `values` leaves out beside anything else that it can be."""

from __future__ import annotations

from collections.abc import Iterable

from fastlint.index import syntax
from fastlint.model.certainty import DEEPEST
from fastlint.model.expression import Expression
from fastlint.model.judging import last_bindings, reaching
from fastlint.model.leaving import leaves
from fastlint.model.markers import allows_none
from fastlint.model.scopes import Binding, ClassScope, Frame, ModuleScope, Scope
from fastlint.model.values import ClassValue, External, FunctionValue, ModuleValue, Value

NEVER = ("function", "class", "alias", "caught")


def may_be_none(expression: Expression, depth: int = 0) -> bool:
    """Whether it may be `None`; true where that cannot be told."""
    if depth > DEEPEST:
        return True
    node = expression.node
    match node:
        case syntax.Constant():
            return node.value is None
        case syntax.Ref():
            return _may_name(expression, node, depth)
        case syntax.Operation():
            return any(may_be_none(expression.at(each), depth + 1) for each in _outcomes(node))
        case syntax.Await():
            return may_be_none(expression.at(node.value), depth + 1)
        case syntax.Call():
            callees = expression.func.values()
            return not callees or any(_may_give(callee, depth) for callee in callees)
        case syntax.Attribute() | syntax.Subscript() | syntax.Yield() | syntax.Opaque():
            return True
        case _:
            return False


def _outcomes(node: syntax.Operation) -> tuple[syntax.Expr, ...]:
    """The operands that an operation can come to, `None` being one of them."""
    match node.operator:
        case "if" | ":=":
            return node.operands[1:]
        case "or":
            return node.operands[-1:]
        case "and":
            return node.operands
        case _:
            return ()


def _may_name(expression: Expression, node: syntax.Ref, depth: int) -> bool:
    if _is_tested(expression, node):
        return False
    owner = expression.owner
    if owner is None:
        return _may_be_bound(node, expression.frame, depth)
    scopes = [_named_scope(value) for value in owner.values()]
    name = node.path.rpartition(".")[2]
    return not scopes or any(scope is None or _may_hold(scope, name, depth) for scope in scopes)


def _may_be_bound(node: syntax.Ref, frame: Frame, depth: int) -> bool:
    current: Frame | None = frame
    while current is not None:
        bindings = current.scope.bindings.get(node.path)
        if bindings and not (isinstance(current.scope, ClassScope) and current is not frame):
            at = node.span if current is frame else None
            return _may(reaching(bindings, at), node.path, current, depth)
        current = current.outer
    return True


def _named_scope(value: Value) -> Scope | None:
    match value:
        case ModuleValue():
            return value.module
        case ClassValue():
            return value.scope
        case _:
            return None


def _may_hold(scope: Scope, name: str, depth: int) -> bool:
    bindings = scope.bindings.get(name)
    return not bindings or _may(last_bindings(bindings), name, scope.frame, depth)


def _may(bindings: Iterable[Binding], name: str, frame: Frame, depth: int) -> bool:
    scope = frame.scope
    if isinstance(scope, ModuleScope) and name in scope.globals:
        return True  # a function may set it at any time
    return any(_may_bind(binding, frame, depth) for binding in bindings)


def _may_bind(binding: Binding, frame: Frame, depth: int) -> bool:
    if binding.kind in NEVER:
        return False
    if binding.kind == "import":
        return _may_import(binding, frame, depth)
    if binding.kind == "parameter":
        assert isinstance(binding.node, syntax.Parameter)
        annotation = binding.annotation
        if annotation is None or binding.node.default is not None or frame.outer is None:
            return True
        return allows_none(Expression(annotation, frame.outer))
    if binding.kind != "value" or binding.unpack or binding.value is None:
        return True
    return may_be_none(Expression(binding.value, frame), depth + 1)


def _may_import(binding: Binding, frame: Frame, depth: int) -> bool:
    node = binding.node
    assert isinstance(node, syntax.Import)
    if not node.name:
        return False
    scope = frame.scope
    module = scope.project.resolve(scope.module, node.module, node.level, node.name)
    return module is not None and _may_hold(module, node.name, depth + 1)


def _may_give(callee: Value, depth: int) -> bool:
    """Whether a call may give `None`: never that of a class."""
    if isinstance(callee, ClassValue):
        return False
    if isinstance(callee, External):
        return not is_constructor(callee.name)
    if not isinstance(callee, FunctionValue):
        return True
    scope = callee.scope
    assert scope.parent is not None
    wrapped = scope.project.inference.functions.wrapped(callee)
    if wrapped is None or any(each.scope is not scope for each in wrapped):
        return True
    if scope.node.returns is not None:
        return allows_none(Expression(scope.node.returns, scope.parent.frame))
    if not leaves(scope.body):
        return True
    returned = (node.value for node in scope.statements() if isinstance(node, syntax.Return))
    return any(value is None or may_be_none(Expression(value, scope.frame), depth + 1) for value in returned)


def is_constructor(name: str) -> bool:
    """Whether what is called is a class, by its name, or a method that makes one: `Llama.from_pretrained`."""
    owner, _, last = name.rpartition(".")
    return (owner.rpartition(".")[2] if last.startswith("from_") else last)[:1].isupper()


def _is_tested(expression: Expression, name: syntax.Ref) -> bool:
    """Whether it stands where an `if name:` has let nobody through who has `None`."""
    return any(
        isinstance(statement, syntax.If)
        and syntax.encloses(statement.body, name)
        and any(isinstance(each, syntax.Ref) and each.path == name.path for each in _held(statement.test))
        for statement in syntax.around(expression.scope.body, name)
    )


def _held(test: syntax.Expr) -> tuple[syntax.Expr, ...]:
    """What is true where a test is."""
    if isinstance(test, syntax.Operation):
        if test.operator == "and":
            return tuple(each for operand in test.operands for each in _held(operand))
        if test.operator == ":=":
            return test.operands[:1]
    return (test,)
