"""Two markers for one parameter, of which FastAPI takes one.

Of several in `Annotated` it takes the last; a `Depends` there fills the parameter whatever the default is
(https://github.com/fastapi/fastapi/blob/master/fastapi/dependencies/utils.py, `analyze_param`). Two that read
the same part of the request are no conflict: what they ask for is merged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.model.closure import Need
from fastlint.model.expression import Expression
from fastlint.model.guard import is_elsewhere
from fastlint.model.handlers import HandlerParameter
from fastlint.model.injections import Injection
from fastlint.model.markers import MARKERS, PARAMETER_MARKERS, layers
from fastlint.model.values import Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

PARTS = {"Header": "headers", "Cookie": "cookies", "Path": "path", "Query": "query"}
BODY = "body"
DEPENDENCY = "dependency"


@dataclass(frozen=True, slots=True)
class Marker:
    """A `Depends(...)`, `Query(...)` and the like, in the `Annotated[...]` that it is written in.

    `annotated` is None for a default, `position` the marker's in what `Annotated` adds.
    """

    written: Expression
    made: Expression
    annotated: Expression | None = None
    position: int = 0

    @property
    def place(self) -> Place:
        return self.written.place

    @property
    def part(self) -> str:
        """What it fills a parameter from: `dependency`, or a part of the request."""
        if self.made.instances(*MARKERS):
            return DEPENDENCY
        kind = next(each for each in self.made.instances(*PARAMETER_MARKERS)).external
        return PARTS.get(kind.rpartition(".")[2], BODY)

    @property
    def is_dependency(self) -> bool:
        """Whether it is a `Depends` or `Security`."""
        return self.part == DEPENDENCY


@dataclass(frozen=True, slots=True)
class MarkerConflict:
    """A parameter with two markers: `taken` counts, `lost` does not.

    Where FastAPI refuses both together (`is_refused`), the app does not start.
    """

    parameter: HandlerParameter
    taken: Marker
    lost: Marker
    is_refused: bool = False

    @property
    def place(self) -> Place:
        """The marker at fault: the one that does not count, unless that is fine where it stands."""
        return (self.lost if self.is_together else self.taken).place

    @property
    def is_together(self) -> bool:
        """Whether both are written for this parameter, and neither is what an alias brings."""
        inner, outer = self.lost.annotated, self.taken.annotated
        if inner is None or outer is None:
            return True
        return inner.node is outer.node


def marker_conflicts(project: Project) -> Iterator[MarkerConflict]:
    """Every conflict once, however many parameters an alias brings it to."""
    seen: set[tuple[Expression, Expression]] = set()
    for handler in project.dependencies.handlers:
        for parameter in handler.parameters:
            for each in _of_parameter(parameter):
                pair = (each.lost.written, each.taken.written)
                if pair not in seen:
                    seen.add(pair)
                    yield each


def _of_parameter(parameter: HandlerParameter) -> Iterator[MarkerConflict]:
    if parameter.annotation is None:
        return
    found = [marker for layer in layers(parameter.annotation) for marker in _markers(*layer)]
    if not found:
        return
    taken = found[-1]
    for lost in found[:-1]:
        conflict = MarkerConflict(parameter, taken, lost)
        if lost.part != taken.part or lost.is_dependency:
            if _is_meant(conflict):
                continue
            yield conflict
    default = None if parameter.default is None else _marker(parameter.default)
    if default is not None:
        is_ignored = taken.is_dependency and not default.is_dependency
        yield MarkerConflict(parameter, taken, default, is_refused=not is_ignored)


def _is_meant(conflict: MarkerConflict) -> bool:
    """Whether what does not count is an alias that serves as a type, or its dependency runs all the same."""
    taken, lost = conflict.taken, conflict.lost
    if not lost.is_dependency:
        return not conflict.is_together
    if not taken.is_dependency:
        return False
    replaced = Need(Injection(lost.made), "")
    closure = tuple(Need(Injection(taken.made), "").closure)
    if any(each.targets and each.targets == replaced.targets for each in closure):
        return True
    if conflict.is_together:
        return False
    is_followed = all(
        each.is_followed and not any(map(is_elsewhere, each.targets)) for each in (replaced, *closure)
    )
    return not is_followed or lost.made.project.guards.of_need(replaced) is None


def _markers(annotated: Expression, items: tuple[Expression, ...]) -> Iterator[Marker]:
    for position, item in enumerate(items, start=1):
        found = _marker(item)
        if found is not None:
            yield Marker(item, found.made, annotated, position)


def _marker(written: Expression) -> Marker | None:
    """The marker that an expression certainly is."""
    value = written.value()
    if not isinstance(value, Instance) or value.site is None:
        return None
    is_marker = written.instances(*MARKERS, *PARAMETER_MARKERS)
    return Marker(written, value.site) if is_marker else None
