"""The calls that set, reset or read something in the context of a request, and the ways to them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from fastlint.diagnostic import Span
from fastlint.index import syntax
from fastlint.model.decorators import is_as_written
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.memo import Memo
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import stands_for

if TYPE_CHECKING:
    from fastlint.model.project import Project

DEEPEST = 4
MOST_CALLS = 60


class Way(NamedTuple):
    """A function and the calls by which it gets to something, its own call first."""

    top: FunctionScope
    calls: tuple[Expression, ...]


class Context:
    """Something that is kept in the context of a request: the calls that set it, and the ways to them."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._ways = Memo(project.grounds, self._find_ways)
        self._plain_ways = Memo(project.grounds, self._find_plain_ways)

    def ways_to(self, call: Expression) -> tuple[Way, ...]:
        """The functions that get to a call, each with its way there."""
        scope = call.scope
        assert isinstance(scope, FunctionScope)
        return tuple(Way(top, (*calls, call)) for top, calls in self._ways(scope))

    def plain_ways_to(self, call: Expression) -> tuple[Way, ...]:
        """Those of them on which no function is asynchronous."""
        scope = call.scope
        assert isinstance(scope, FunctionScope)
        return tuple(Way(top, (*calls, call)) for top, calls in self._plain_ways(scope))

    def from_threads(self, call: Expression) -> Iterator[Way]:
        """Those of them that run in a thread, as dependencies."""
        for way in self.plain_ways_to(call):
            if self.project.dependencies.injections_of(way.top) and is_as_written(way.top):
                yield way

    def _find_ways(self, function: FunctionScope) -> tuple[Way, ...]:
        return tuple(self._upwards(function, is_plain=False))

    def _find_plain_ways(self, function: FunctionScope) -> tuple[Way, ...]:
        return () if function.node.is_async else tuple(self._upwards(function, is_plain=True))

    def _upwards(self, function: FunctionScope, *, is_plain: bool) -> Iterator[Way]:
        """A function itself, and all that call it, at every depth."""
        seen = {function}
        queue = [(Way(function, ()), 0)]
        for way, depth in queue:
            yield way
            for call in self._callers(way.top) if depth < DEEPEST else ():
                outer = call.scope
                if isinstance(outer, FunctionScope) and outer not in seen:
                    seen.add(outer)
                    if not (is_plain and outer.node.is_async):
                        queue.append((Way(outer, (call, *way.calls)), depth + 1))

    def _callers(self, function: FunctionScope) -> Iterator[Expression]:
        calls = list(islice(self.project.calls.among(self.project.service, function), MOST_CALLS + 1))
        for call in calls if len(calls) <= MOST_CALLS else ():
            if stands_for(call.func.values(), function):
                yield call


def is_undone(call: Expression, calls: tuple[Expression, ...], resets: tuple[Expression, ...]) -> bool:
    """Whether the function that sets it resets it again, before it goes on to anybody else."""
    scope = call.scope
    assert isinstance(scope, FunctionScope)
    pauses = [each.span for each in yielded(scope)]
    is_entered = _is_entered(call)
    is_reset = is_entered or any(each.scope is scope and each.place.span > call.place.span for each in resets)
    if not is_reset:
        return False
    if not pauses or (is_entered and not is_entered_over_yield(call)):
        return True
    return len(calls) > 1 and not is_entered_over_yield(calls[-2])


def _is_entered(call: Expression) -> bool:
    """Whether a `with` enters what a call gives; leaving a token resets its variable since Python 3.14."""
    contexts = (
        item.context.span
        for statement in call.scope.statements()
        if isinstance(statement, syntax.With)
        for item in statement.items
    )
    return call.node.span in contexts


def is_entered_over_yield(call: Expression) -> bool:
    """Whether a manager is entered by a `with` that has a `yield` in it."""
    scope = call.scope
    assert isinstance(scope, FunctionScope)
    return any(_is_within(call, each.span, scope) for each in yielded(scope))


def _is_within(call: Expression, inner: Span, function: FunctionScope) -> bool:
    """Whether a node stands in the `with` that a call is the context of."""
    for statement in function.statements():
        if isinstance(statement, syntax.With) and any(each.context is call.node for each in statement.items):
            return (
                statement.span.line <= inner.line
                and any(each.span <= inner for each in statement.body)
                and inner <= _end(statement.body[-1])
            )
    return False


def _end(statement: syntax.Statement) -> Span:
    span = statement.span
    return Span(span.end_line, span.end_column, span.end_line, span.end_column)
