"""One call in a function, as the graph of calls has it."""

from __future__ import annotations

from dataclasses import dataclass

from fastlint.knowledge import Blocking
from fastlint.model.expression import Expression
from fastlint.model.uses import Use
from fastlint.model.values import FunctionValue


@dataclass(frozen=True, slots=True)
class Edge:
    """One call in a function: of another function of the project, or of something that blocks.

    `how` is calls, enters (in a `with`), iterates, reads (a property), uses (an entry: `store[key]`), hands
    (to what calls it), schedules (on the same loop), starts (as a task there) or repeats: then the call is
    the decorator that calls the function again and again.
    `is_off_loop` where the function makes it only after it has found that no event loop is running,
    `site` is the call that passes the callee its arguments, where there is one.
    """

    use: Use
    callee: FunctionValue | None = None
    blocking: Blocking | None = None
    name: str = ""
    how: str = "calls"
    is_off_loop: bool = False
    site: Expression | None = None

    @property
    def call(self) -> Expression:
        return self.use.call

    @property
    def text(self) -> str:
        """What it calls, as a person would write it."""
        return self.use.text
