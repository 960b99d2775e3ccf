"""What a rule says about one place: the data that every output format, suppression and fix works on."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace


class Severity(enum.Enum):
    """How sure a finding is to hurt: an error was shown to, a warning usually does, advice is info."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Safety(enum.Enum):
    """Whether a fix may be applied unasked (`SAFE`), only when asked for (`UNSAFE`), or never (`DISPLAY`)."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


class Span(Struct, frozen=True, order=True, array_like=True):
    """A range of source: lines from 1, columns from 0 in UTF-8 bytes, as `ast` counts them."""

    line: int
    column: int
    end_line: int
    end_column: int


class Place(Struct, frozen=True, order=True):
    """A span in a file; `path` is relative to the project root, with forward slashes."""

    path: str
    span: Span


class Placed(Protocol):
    """Anything that knows where it stands in the source."""

    @property
    def place(self) -> Place: ...


class Step(Struct, frozen=True, order=True):
    """One step of the chain that explains a finding."""

    message: str
    place: Place


class FixRequest(Struct, frozen=True):
    """Which codemod mends a finding, where, and how safe it is here; the edits are computed when asked for.

    `codemod` is the function's name in the rule's module, `params` its keyword arguments, `more` the other
    places that it changes, in this file or others; `reason` says why it is not safe.
    """

    codemod: str
    title: str
    safety: Safety
    place: Place
    params: dict[str, str] = {}
    reason: str = ""
    more: tuple[Place, ...] = ()

    @property
    def paths(self) -> list[str]:
        """The files that it is about, the one that holds its place first."""
        return list(dict.fromkeys([self.place.path, *(place.path for place in self.more)]))


class Diagnostic(Struct, frozen=True):
    """One finding: what happens, where, why (the chain), and what to do.

    `choices` are other ways to mend it than `fix`: offered beside it, never applied unasked, however safe.
    """

    place: Place
    code: str
    name: str
    severity: Severity
    message: str
    help: str = ""
    trace: tuple[Step, ...] = ()
    fix: FixRequest | None = None
    choices: tuple[FixRequest, ...] = ()

    @property
    def requests(self) -> tuple[FixRequest, ...]:
        """All that is offered for it: the fix first, if there is one."""
        return self.choices if self.fix is None else (self.fix, *self.choices)

    def with_requests(self, keep: Callable[[FixRequest], bool]) -> Diagnostic:
        """The finding with those of its requests that are to be kept."""
        kept = tuple(each for each in self.requests if keep(each))
        if kept == self.requests:
            return self
        fix = self.fix if self.fix in kept else None
        return replace(self, fix=fix, choices=tuple(each for each in kept if each is not fix))

    @property
    def sort_key(self) -> tuple[Place, str, str]:
        """What findings are sorted by."""
        return self.place, self.code, self.message


class Problem(Struct, frozen=True, order=True):
    """Something that could not be done: one clear line naming the file and, where known, the place.

    `line` and `column` count from 1; 0 means unknown.
    """

    path: str
    message: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        return f"{place}: {self.message}"
