"""Which names a function reads."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.scopes import FunctionScope

EVERYTHING = frozenset(("locals", "vars", "eval", "exec"))


def reads(function: FunctionScope, name: str) -> bool:
    """Whether a function's body, or a function inside it, may read one of its names."""
    names = read_names(function)
    return name in names or not names.isdisjoint(EVERYTHING)


def read_names(function: FunctionScope) -> frozenset[str]:
    return frozenset(root_name(node) for node in readings_in(function))


def readings_in(function: FunctionScope) -> Iterator[syntax.Ref]:
    """The names, dotted ones as a whole, that a function's body and the functions inside it read."""
    for scope in function.within():
        for statement in scope.statements():
            for expression in _expressions(statement):
                yield from _readings(expression)


def root_name(node: syntax.Ref) -> str:
    """`user` of `user.name`."""
    return node.path.partition(".")[0]


def _readings(expression: syntax.Expr) -> Iterator[syntax.Ref]:
    for node in syntax.walk(expression):
        if isinstance(node, syntax.Ref):
            yield node
        elif isinstance(node, syntax.Lambda):
            for statement in node.function.body:
                for inner in syntax.expressions(statement):
                    yield from _readings(inner)


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
