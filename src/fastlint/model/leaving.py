"""Which blocks of code end by leaving: what comes after them only runs when they did not."""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.index.syntax import Statement


def leaves(block: tuple[Statement, ...]) -> bool:
    """Whether a block certainly ends in a `return` or a `raise`."""
    if not block:
        return False
    match block[-1]:
        case syntax.Return() | syntax.Raise():
            return True
        case syntax.If(body=body, orelse=orelse):
            return leaves(body) and leaves(orelse)
        case syntax.With(body=body):
            return leaves(body)
        case syntax.Try(body=body, handlers=handlers, orelse=orelse, final=final):
            normal = leaves(body) or leaves(orelse)
            return leaves(final) or (normal and all(leaves(each.body) for each in handlers))
        case _:
            return False
