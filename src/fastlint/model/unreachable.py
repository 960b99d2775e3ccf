"""Which code of a function never runs, whoever calls it: after a `return`, under `if TYPE_CHECKING`."""

from __future__ import annotations

from fastlint.index.syntax import Expr
from fastlint.model.branches import is_for_checkers
from fastlint.model.reachable import Branches


class AsWritten(Branches):
    """A function as it is written: only tests of constants are decided."""

    def truth(self, test: Expr) -> bool | None:
        return False if is_for_checkers(test) else None

    def named(self, name: str, line: int = 0) -> bool | None:
        return None
