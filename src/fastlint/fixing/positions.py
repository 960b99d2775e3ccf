"""Where the nodes of a syntax tree stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from libcst.metadata import PositionProvider

if TYPE_CHECKING:
    import libcst as cst
    from libcst.metadata import CodeRange


def positions(module: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
    """The ranges of all nodes in the code that libcst makes of a module."""
    return _Positions().of(module)


class _Positions(PositionProvider):
    """libcst's own, without the walk through the whole tree that its `resolve` takes beside it."""

    def of(self, module: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
        self._gen_impl(module)
        found: Mapping[cst.CSTNode, CodeRange] = cast("Any", self)._computed  # libcst leaves its type open
        return found
