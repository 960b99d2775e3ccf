"""Errors that an `except` keeps or notes, and that are raised behind it: `failed = error`, `raise failed`."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.keeping import STORING
from fastlint.model.scopes import FunctionScope


def is_raised_later(handler: syntax.Handler, function: FunctionScope) -> bool:
    """Whether a `raise` outside of an `except` raises what that has set, or asks for it before."""
    names = frozenset(_set_in(handler))
    return bool(names) and any(
        isinstance(statement, syntax.Raise)
        and not syntax.encloses(handler.body, statement)
        and any(_is_of(node, names) for node in _leading_to(statement, function))
        for statement in function.statements()
    )


def _set_in(handler: syntax.Handler) -> Iterator[str]:
    """What an `except` sets: names, attributes, and what it adds something to."""
    for statement in syntax.statements(handler.body):
        if isinstance(statement, syntax.Assign):
            for target in statement.targets:
                yield from (each.path for each in syntax.walk(target) if isinstance(each, syntax.Ref))
        for node in syntax.evaluated(statement):
            if isinstance(node, syntax.Call) and isinstance(node.func, syntax.Ref):
                owner = node.func.path.rpartition(".")[0]
                if owner and last_name(node.func) in STORING:
                    yield owner


def _leading_to(statement: syntax.Raise, function: FunctionScope) -> Iterator[syntax.Expr]:
    """What a `raise` raises, and the tests around it."""
    yield from syntax.evaluated(statement)
    for outer in syntax.around(function.body, statement):
        yield from syntax.evaluated(outer)


def _is_of(node: syntax.Expr, names: frozenset[str]) -> bool:
    return isinstance(node, syntax.Ref) and any(f"{node.path}.".startswith(f"{name}.") for name in names)
