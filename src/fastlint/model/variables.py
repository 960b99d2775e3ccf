"""Where what a variable has is read."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.scopes import Frame
from fastlint.model.uses import Use, name_uses


def readings_of(target: syntax.Expr, frame: Frame) -> Iterator[Use]:
    """Every reading of a name that is bound once; none when others may have it too."""
    if not isinstance(target, syntax.Ref) or "." in target.path:
        return
    name = target.path
    if len(frame.scope.bindings.get(name, ())) == 1 and not _is_captured(frame, name):
        yield from (each for each in name_uses(frame, name) if each.call.node is not target)


def _is_captured(frame: Frame, name: str) -> bool:
    """Whether a nested function may read the name."""
    scope = frame.scope
    inner = (*scope.functions(), *scope.lambdas)
    return any(True for each in inner for _ in name_uses(each.frame, name))
