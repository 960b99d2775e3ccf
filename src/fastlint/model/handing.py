"""What functions of the project call that they are given: `await run_twice(send)` calls `send`.

One function that is handed to all of them is known by what callers pass. Where each caller hands in something
else, what runs is told apart here, by what a single call passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.kinds import given_kind
from fastlint.model.running import OnTheLoop, asks
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import Use, uses
from fastlint.model.values import External, FunctionValue, Partial, Value, Values

if TYPE_CHECKING:
    from fastlint.model.project import Project

DEEPEST = 3
"""Through how many functions what is handed in is followed."""

Passed = Mapping[str, Expression]
"""What a call passes, by name."""


class Handing:
    """Finds what single calls hand in that their callees call.

    `differs` says whether callers pass different functions for a parameter, `may_be_awaited` whether
    what a function gives can be awaited.
    """

    def __init__(
        self,
        project: Project,
        differs: Callable[[FunctionScope, str], bool],
        may_be_awaited: Callable[[Value], bool],
    ) -> None:
        self.project = project
        self._differs = differs
        self._may_be_awaited = may_be_awaited
        self._called: dict[FunctionScope, frozenset[str]] = {}

    def run(self, callee: FunctionValue, site: Expression) -> Iterator[Value]:
        """The functions among what a call passes that its callee calls, itself or further down."""
        if self._calls_of_parameters(callee.scope):
            yield from self._run(callee, site, self._passed(callee, site), 0)

    def of_partial(self, partial: Partial) -> Iterator[Value]:
        """The same of what `partial(function, ...)` holds for the function by keyword."""
        if not partial.site.is_call:
            return
        for callee in partial.functions:
            if isinstance(callee, FunctionValue) and self._calls_of_parameters(callee.scope):
                yield from self._run(callee, None, partial.site.keywords, 1)

    def _run(
        self, callee: FunctionValue, site: Expression | None, passed: Passed, depth: int
    ) -> Iterator[Value]:
        frame = self.project.inference.calling.frame(callee, site)
        known = given_kind(frame)
        on_loop = OnTheLoop(callee.scope) if asks(callee.scope) else None
        for use in uses(frame):
            name, call = _called_name(use), use.call
            argument = passed.get(name) if self._is_anybodys(callee.scope, name, depth) else None
            if argument is None or (known is not None and not known.reaches(call.node)):
                continue
            if on_loop is not None and not on_loop.reaches(call.node):
                continue
            for value in _functions(argument.values()):
                if isinstance(value, External) and use.context != "awaited":
                    yield value
                if not isinstance(value, FunctionValue) or value.scope is callee.scope:
                    continue
                if value.scope.node.is_generator:
                    continue
                is_plain = not value.scope.node.is_async
                if use.context == "awaited" and is_plain and not self._may_be_awaited(value):
                    continue
                yield value
                if depth < DEEPEST and self._calls_of_parameters(value.scope):
                    handed_on = self._handed_on(callee, value, call, passed)
                    yield from self._run(value, call, handed_on, depth + 1)

    def _handed_on(
        self, callee: FunctionValue, value: FunctionValue, call: Expression, passed: Passed
    ) -> dict[str, Expression]:
        """What a call in the callee passes: its own parameters stand for what the callee was passed."""
        found = dict(self._passed(value, call))
        for name, argument in found.items():
            if isinstance(argument.node, syntax.Ref) and argument.node.path in passed:
                found[name] = passed[argument.node.path]
        kept = {each.name for each in callee.scope.node.parameters}
        takes_more = any(each.kind == "kwargs" for each in callee.scope.node.parameters)
        forwards = isinstance(call.node, syntax.Call) and any(
            each.name is None for each in call.node.keywords
        )
        if takes_more and forwards:
            own = {each.name for each in value.scope.node.parameters}
            more = {name: each for name, each in passed.items() if name not in kept and name in own}
            found.update(more)
        return found

    def _passed(self, callee: FunctionValue, site: Expression) -> dict[str, Expression]:
        if not site.is_call:
            return {}
        return {**site.keywords, **self.project.inference.calling.arguments(callee, site)}

    def _calls_of_parameters(self, scope: FunctionScope) -> frozenset[str]:
        """The names of its own parameters that a function's body calls."""
        known = self._called.get(scope)
        if known is None:
            called = {
                each.node.func.path
                for each in scope.calls
                if isinstance(each.node, syntax.Call) and isinstance(each.node.func, syntax.Ref)
            }
            own = scope.node.parameters
            known = self._called[scope] = frozenset(each.name for each in own if each.name in called)
        return known

    def _is_anybodys(self, scope: FunctionScope, name: str, depth: int) -> bool:
        """Whether a name is a parameter for which each caller passes something else.

        Of a function that is handed in itself, nobody knows the callers.
        """
        return (
            name in self._calls_of_parameters(scope)
            and len(scope.bindings[name]) == 1
            and (depth > 0 or self._differs(scope, name))
        )


def _called_name(use: Use) -> str:
    func = use.call.node.func if isinstance(use.call.node, syntax.Call) else None
    return func.path if isinstance(func, syntax.Ref) else ""


def _functions(values: Values) -> Iterator[Value]:
    for value in values:
        yield from value.functions if isinstance(value, Partial) else (value,)
