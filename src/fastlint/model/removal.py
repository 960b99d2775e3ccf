"""The keys and attributes that a function takes out of what it handles, or overwrites there."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.values import FunctionValue

EVERYTHING = "*"
MASKING = ("mask", "hide", "redact", "censor", "obscure", "obfuscate", "encrypt")
DEEPEST = 2


def removed_names(scope: Scope, depth: int = 0) -> frozenset[str]:
    """The names that a function removes or masks, on whatever object; `*` where one is not known."""
    return frozenset(_removed(scope, depth)) if isinstance(scope, FunctionScope) else frozenset()


def _removed(scope: FunctionScope, depth: int) -> Iterator[str]:
    for statement in scope.statements():
        match statement:
            case syntax.Assign(targets=targets, value=value) if value is not None:
                for target in targets:
                    yield from _overwritten(Expression(target, scope.frame), value)
            case syntax.Evaluate(value=syntax.Subscript(index=index)):  # `del user["password"]`
                yield _name(Expression(index, scope.frame))
            case syntax.Evaluate(value=syntax.Ref(path=path)) if "." in path:  # `del user.password`
                yield path.rpartition(".")[2]
            case _:
                pass
    for reading in scope.calls:
        call = Expression(reading.node, scope.frame)
        yield from _removed_by(call)
        if isinstance(reading.statement, syntax.Evaluate) and depth < DEEPEST:  # `hide(user)`
            for callee in call.func.values():
                if isinstance(callee, FunctionValue):
                    yield from removed_names(callee.scope, depth + 1)


def _overwritten(target: Expression, value: syntax.Expr) -> Iterator[str]:
    """`user["password"] = ...`; an attribute may well get the real thing: `user.password = hash(given)`."""
    match target.node:
        case syntax.Subscript(index=index):
            key = target.at(index).string()
            if key is not None:
                yield key
        case syntax.Ref(path=path) if "." in path and _masks(value):
            yield path.rpartition(".")[2]
        case _:
            pass


def _masks(value: syntax.Expr) -> bool:
    if isinstance(value, syntax.Call):
        return any(word in last_name(value.func).lower() for word in MASKING)
    return isinstance(value, syntax.Constant)


def _removed_by(call: Expression) -> Iterator[str]:
    assert isinstance(call.node, syntax.Call)
    name, args = last_name(call.node.func), call.args
    match name:
        case "pop" | "__delitem__" | "__delattr__" if args and not _is_position(args[0]):
            yield _name(args[0])
        case "setattr" | "delattr" if len(args) > 1:
            yield _name(args[1])
        case "update":
            yield from call.keywords
            for argument in args:
                yield from argument.entries()
        case _:
            pass


def _is_position(argument: Expression) -> bool:
    """`stack.pop(0)`."""
    return isinstance(argument.node, syntax.Operation) or isinstance(argument.constant(), int)


def _name(expression: Expression) -> str:
    return expression.string() or EVERYTHING
