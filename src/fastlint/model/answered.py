"""The middleware of `BaseHTTPMiddleware`, and what it calls once the request has been answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.diagnostic import Span
from fastlint.index import syntax
from fastlint.model.contextways import Way
from fastlint.model.memo import traced_property
from fastlint.model.plainhandlers import next_of
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.uses import uses
from fastlint.model.values import FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

DEEPEST = 2


class Answered:
    """The middleware of `BaseHTTPMiddleware`, and what it calls once the request has been answered."""

    def __init__(self, project: Project) -> None:
        self.project = project

    @traced_property
    def answered_at(self) -> dict[FunctionScope, Span]:
        """Where each of them awaits what `call_next` gives."""
        hooks = self.project.hooks.hooks
        scopes = dict.fromkeys(each.function.scope for each in hooks if each.role == "middleware")
        found = {scope: _answered_at(scope) for scope in scopes}
        return {scope: span for scope, span in found.items() if span is not None}

    @property
    def paths(self) -> set[str]:
        """The files of all that they get to."""
        return {scope.module.path for scope in self._ways}

    def to(self, scope: Scope) -> Iterator[Way]:
        """The ways from them to a function, which is not asynchronous itself unless it is one of them."""
        return iter(self._ways.get(scope, ()))

    @traced_property
    def _ways(self) -> dict[Scope, list[Way]]:
        found: dict[Scope, list[Way]] = {}
        queue = [(Way(scope, ()), scope) for scope in self.answered_at]
        for way, scope in queue:
            found.setdefault(scope, []).append(way)
            for use in uses(scope.frame) if len(way.calls) < DEEPEST else ():
                further = Way(way.top, (*way.calls, use.call))
                values = (each for each in use.call.func.values() if isinstance(each, FunctionValue))
                queue.extend((further, each.scope) for each in values if not each.scope.node.is_async)
        return found


def _answered_at(function: FunctionScope) -> Span | None:
    """Where a middleware awaits what `call_next` gives."""
    name = next_of(function) if function.node.is_async else ""
    for reading in function.calls if name else ():
        node = reading.node
        if isinstance(reading.statement, syntax.Return):
            continue  # nothing is read after that
        if isinstance(node, syntax.Call) and isinstance(node.func, syntax.Ref) and node.func.path == name:
            return node.span if reading.context == "awaited" else None
    return None
