"""Which blocks of a statement run, where the code alone tells: `TYPE_CHECKING` is false, and an import of the
project's own does not fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastlint.index import syntax
from fastlint.index.syntax import Expr, Statement

Block = tuple[Statement, ...]

FAILED_IMPORT = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))


def split(statement: syntax.If) -> tuple[Block, Block] | None:
    """What runs of a test of `TYPE_CHECKING`, and what only type checkers read; None for another test."""
    test = statement.test
    if isinstance(test, syntax.Operation) and test.operator == "not":
        return (statement.body, statement.orelse) if is_for_checkers(test.operands[0]) else None
    return (statement.orelse, statement.body) if is_for_checkers(test) else None


def is_for_checkers(test: Expr) -> bool:
    """Whether it is `TYPE_CHECKING`, which is only true for type checkers."""
    return isinstance(test, syntax.Ref) and test.path.rpartition(".")[2] == "TYPE_CHECKING"


def fallbacks(statement: syntax.Try) -> tuple[syntax.Handler, ...]:
    """The handlers that run when an import in the `try` fails."""
    if not any(isinstance(each, syntax.Import) for each in statement.body):
        return ()
    return tuple(each for each in statement.handlers if each.kind is None or _fails_import(each.kind))


def _fails_import(kind: Expr) -> bool:
    if isinstance(kind, syntax.Collection):
        return any(map(_fails_import, kind.items))
    return isinstance(kind, syntax.Ref) and kind.path in FAILED_IMPORT


def attempted(statement: syntax.Try) -> Iterator[syntax.Import]:
    """What a `try` imports, and what its `else` does."""
    return (each for each in (*statement.body, *statement.orelse) if isinstance(each, syntax.Import))


def succeeds(statement: syntax.Try, is_own: Callable[[syntax.Import], bool]) -> bool:
    """Whether every import of a `try` is of a module that the project has."""
    return all(is_own(each) for each in attempted(statement))
