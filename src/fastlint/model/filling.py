"""What is done only where a store has nothing yet: `if keys is None: keys = fetch()`, caches of the project.

A store is what outlives a function that writes it: a variable of a module, an attribute of an object that it
does not make, and the items of both.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.narrowing import made_before
from fastlint.model.scopes import FunctionScope

WRITING = ("add", "append", "put", "set", "setdefault", "setex", "update")
"""Methods that put what they are given into their object."""


def fills_a_store(scope: FunctionScope, node: syntax.Expr) -> bool:
    """Whether a function evaluates something only after it has missed it in a store that it then fills."""
    return any(filled_by(scope, node))


def filled_by(scope: FunctionScope, node: syntax.Expr) -> Iterator[str]:
    """The stores of a function that it has looked into before it evaluates something, by their paths."""
    written = frozenset(_written(scope))
    if written:
        looked_into = {path for test in _decisive(scope, node) for path in _read(test, scope)}
        for store in sorted(written):
            if any(path == store or path.startswith(f"{store}.") for path in looked_into):
                yield store


def _written(scope: FunctionScope) -> Iterator[str]:
    for statement in scope.statements():
        if isinstance(statement, syntax.Assign) and not (
            statement.augmented or isinstance(statement.value, syntax.Constant)
        ):
            yield from (path for each in statement.targets for path in _stores(each, scope))
    for node, *_ in scope.calls:
        if isinstance(node, syntax.Call) and node.args and isinstance(node.func, syntax.Ref):
            owner, _, method = node.func.path.rpartition(".")
            if method in WRITING and _is_lasting(owner, scope):
                yield owner


def _stores(target: syntax.Expr, scope: FunctionScope) -> Iterator[str]:
    match target:
        case syntax.Collection(items=items):
            for each in items:
                yield from _stores(each, scope)
        case syntax.Subscript(value=syntax.Ref(path=path)) if _is_lasting(path, scope):
            yield path
        case syntax.Ref(path=path) if _is_lasting(path, scope):
            yield path
        case _:
            pass


def _is_lasting(path: str, scope: FunctionScope) -> bool:
    """Whether something is there after a function has returned, and for more than the request it is given."""
    first, _, rest = path.partition(".")
    if scope.is_foreign(first):
        return True
    if first == scope.receiver:
        return bool(rest) and scope.name != "__init__"
    return scope.parameter(first) is not None and rest.startswith("app.")


def _decisive(scope: FunctionScope, node: syntax.Expr) -> Iterator[syntax.Expr]:
    """What decides whether a function gets as far as evaluating something."""
    yield from (each.node for each in made_before(scope.body, node) if not each.only_raises)
    for statement in scope.statements():
        if statement.span > node.span:
            return
        if isinstance(statement, syntax.Try) and not syntax.encloses(statement.body, node):
            for each in syntax.statements(statement.body):
                yield from syntax.expressions(each)
        for outer in syntax.expressions(statement):
            yield from _alternatives(outer, node)


def _alternatives(outer: syntax.Expr, node: syntax.Expr) -> Iterator[syntax.Expr]:
    """What is asked first in `keys or fetch()` and in `keys if keys else fetch()`."""
    for each in syntax.walk(outer):
        if isinstance(each, syntax.Operation) and each.operator in ("or", "if"):
            first, *others = each.operands
            if any(inner is node for other in others for inner in syntax.walk(other)):
                yield first


def _read(test: syntax.Expr, scope: FunctionScope) -> Iterator[str]:
    """The names that a test reads, and those behind them: `found` of `found = cache.get(key)`."""
    names = set(_paths(test))
    yield from names
    for name in names:
        for value in (each.value for each in scope.bindings.get(name, ())):
            yield from () if value is None else _paths(value)


def _paths(node: syntax.Expr) -> Iterator[str]:
    for each in syntax.walk(node):
        match each:
            case syntax.Ref(path=path):
                yield path
            case syntax.Call(
                func=syntax.Ref(path="hasattr" | "getattr"),
                args=(syntax.Ref(path=path), syntax.Constant(value=str(name)), *_),
            ):
                yield f"{path}.{name}"
            case _:
                pass
