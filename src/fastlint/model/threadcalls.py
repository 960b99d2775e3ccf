"""What keeps a thread of the pool waiting: slow calls of the `def` dependencies that run there.

All requests share the pool, which has 40 threads by default
(https://anyio.readthedocs.io/en/stable/threads.html#adjusting-the-default-maximum-worker-thread-count).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Step
from fastlint.knowledge import Blocking
from fastlint.model.edge import Edge
from fastlint.model.expression import Expression
from fastlint.model.filling import fills_a_store
from fastlint.model.loop import trace
from fastlint.model.scopes import FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.values import FunctionValue

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency


@dataclass(frozen=True, slots=True)
class ThreadCall:
    """A slow call that a `def` dependency makes, itself or through other functions of the project.

    `steps` are the calls down to the slow one, the last: that of the dependency is the first of them.
    """

    dependency: Dependency
    steps: tuple[tuple[FunctionScope, Edge], ...]

    @property
    def call(self) -> Expression:
        """The call in the dependency."""
        return self.steps[0][1].call

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def name(self) -> str:
        """The real name of what is slow."""
        return self.steps[-1][1].name

    @property
    def blocking(self) -> Blocking:
        """What is known of it."""
        found = self.steps[-1][1].blocking
        assert found is not None
        return found

    @property
    def is_direct(self) -> bool:
        """Whether the dependency makes the slow call itself."""
        return len(self.steps) == 1

    @property
    def trace(self) -> tuple[Step, ...]:
        """The chain below the dependency, for a finding."""
        return trace(self.steps[1:])


def slow_call(dependency: Dependency, *rules: str) -> ThreadCall | None:
    """The shortest way from a `def` dependency of the service to a call that some blocking rules speak of.

    None where a cache is on that way: it makes the call for the first request only.
    """
    function, project = dependency.function, dependency.function.project
    if function.node.is_async or is_test(function.module.path):
        return None
    found: list[ThreadCall] = []
    for running in project.inference.functions.wrapped(dependency.handler) or ():
        if running.scope.node.is_async:
            return None
        for rule, chain in project.loop.chains((running, ())).items():
            call = ThreadCall(dependency, tuple(_steps(running, chain)))
            if rule in rules and not any(_is_kept(*step) for step in call.steps):
                found.append(call)
    return min(found, key=lambda each: (len(each.steps), each.place), default=None)


def _steps(start: FunctionValue, chain: tuple[Edge, ...]) -> Iterator[tuple[FunctionScope, Edge]]:
    functions = [start, *(edge.callee for edge in chain[:-1] if edge.callee is not None)]
    return ((function.scope, edge) for function, edge in zip(functions, chain, strict=True))


def _is_kept(scope: FunctionScope, edge: Edge) -> bool:
    """Whether a function makes a call for the first request only, and keeps what it gave."""
    return _remembers(scope) or fills_a_store(scope, edge.call.node)


def _remembers(scope: FunctionScope) -> bool:
    """Whether a decorator keeps what a function gave, or the function is part of such a decorator."""
    outer = scope
    while isinstance(outer.parent, FunctionScope):
        outer = outer.parent
    functions = scope.project.inference.functions
    return any(
        scope.project.knowledge.is_remembering(name)
        for each in outer.within()
        if isinstance(each, FunctionScope)
        for name in functions.decorator_names(each)
    )
