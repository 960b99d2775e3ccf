"""Which names a function reads."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.scopes import ClassScope, FunctionScope, Scope

EVERYTHING = frozenset(("locals", "vars", "eval", "exec"))


def reads(function: FunctionScope, name: str) -> bool:
    """Whether a function's body, or a function inside it, may read one of its names."""
    names = read_names(function)
    return name in names or not names.isdisjoint(EVERYTHING)


def reads_given(function: FunctionScope, name: str) -> bool:
    """Whether a function may read what it was given for a parameter, before it sets that itself."""
    return reads(function, name) and _first_use(function, function.body, name) != "set"


def _first_use(scope: FunctionScope, block: tuple[syntax.Statement, ...], name: str) -> str:
    """What a block does first with a name: "read", "set" on every way that goes on, or neither."""
    for statement in block:
        if any(root_name(node) == name for each in _expressions(statement) for node in _readings(each)):
            return "read"
        if _sets(statement, name) or isinstance(statement, (syntax.Return, syntax.Raise)):
            return "set"
        if isinstance(statement, syntax.Function) and reads(scope.function(statement), name):
            return "read"
        uses = [_first_use(scope, inner, name) for inner in syntax.blocks(statement)]
        if "read" in uses:
            return "read"
        if isinstance(statement, (syntax.If, syntax.With)) and all(use == "set" for use in uses):
            return "set"
    return ""


def _sets(statement: syntax.Statement, name: str) -> bool:
    targets = statement.targets if isinstance(statement, syntax.Assign) else ()
    return any(isinstance(each, syntax.Ref) and each.path == name for each in targets)


def read_names(function: FunctionScope) -> frozenset[str]:
    return frozenset(root_name(node) for node in readings_in(function))


def readings_in(function: FunctionScope) -> Iterator[syntax.Ref]:
    """The names, dotted ones as a whole, that a function's body and the functions inside it read."""
    for scope in function.within():
        for statement in scope.statements():
            for expression in _expressions(statement):
                yield from _readings(expression)


def outside(function: FunctionScope) -> Iterator[Scope]:
    """The scopes whose variables a function's body sees beside its own, nearest first."""
    scope = function.parent
    while scope is not None:
        if not isinstance(scope, ClassScope):
            yield scope
        scope = scope.parent


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
