"""Which names a function reads."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.scopes import FunctionScope, Scope

EVERYTHING = frozenset(("locals", "vars", "eval", "exec"))


def reads(function: FunctionScope, name: str) -> bool:
    """Whether a function's body, or a function inside it, may read one of its names."""
    names = read_names(function)
    return name in names or not names.isdisjoint(EVERYTHING)


def read_names(function: FunctionScope) -> frozenset[str]:
    return frozenset(name for scope in function.within() for name in _names(scope))


def _names(scope: Scope) -> Iterator[str]:
    for statement in scope.statements():
        for expression in _expressions(statement):
            yield from _names_in(expression)


def _names_in(expression: syntax.Expr) -> Iterator[str]:
    for node in syntax.walk(expression):
        if isinstance(node, syntax.Ref):
            yield node.path.partition(".")[0]
        elif isinstance(node, syntax.Lambda):
            for statement in node.function.body:
                for inner in syntax.expressions(statement):
                    yield from _names_in(inner)


def _expressions(statement: syntax.Statement) -> Iterator[syntax.Expr]:
    yield from syntax.expressions(statement)
    match statement:
        case syntax.Assign():
            yield from (target for target in statement.targets if _reads_itself(target, statement))
        case syntax.Match():
            yield from (case.guard for case in statement.cases if case.guard is not None)
        case _:
            pass


def _reads_itself(target: syntax.Expr, statement: syntax.Assign) -> bool:
    """`user.name = ...` and `user += ...` read `user`."""
    return isinstance(target, syntax.Ref) and ("." in target.path or statement.augmented)
