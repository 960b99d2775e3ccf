"""Sessions of a `scoped_session`, which has one for each thread, where several requests run in one.

All that is `async` runs in the thread of the event loop. A `def` dependency leaves its thread when the
handler gets the session, and the next request's may run there
(https://docs.sqlalchemy.org/en/20/orm/contextual.html#using-thread-local-scope-with-web-applications).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fastlint.diagnostic import Place, Span
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.locks import suspensions
from fastlint.model.outside import calls_of
from fastlint.model.scopes import FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.uses import uses
from fastlint.model.values import External, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency
    from fastlint.model.project import Project

REGISTRY = "sqlalchemy.orm.scoped_session"
ENDING = ("remove", "commit", "rollback", "close")
SETTING_UP = ("configure", "remove")
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class ThreadSession:
    """A use of a session that belongs to a thread, where other requests run in that thread.

    `how` is suspended (they run while this one waits at `until`), kept (nobody removes it, so that they go on
    with what this one left) or given (a `def` dependency gives it to a handler, and leaves its thread).
    """

    use: Expression
    registry: Expression
    function: FunctionScope
    how: Literal["suspended", "kept", "given"]
    until: Place | None = None

    @property
    def place(self) -> Place:
        return self.use.place


def thread_sessions(project: Project) -> Iterator[ThreadSession]:
    """Those in functions that the loop runs for requests, and those that dependencies give."""
    if not project.mentioned("scoped_session"):
        return
    removing = calls_of(project, f"{REGISTRY}.remove")
    is_removed = any(not is_test(each.place.path) for each in removing)
    for function in project.loop.reached:
        found: tuple[ThreadSession, ...] = project.quiet.said("thread sessions", function)
        root = project.loop.functions.get(function) if found else None
        if root is None or root.is_alone or root.role == "task":
            continue
        yield from (each for each in found if each.how == "suspended" or not is_removed)
    for dependency in project.dependencies.dependencies:
        if not dependency.function.node.is_async and not is_test(dependency.place.path):
            yield from _given(dependency)


def thread_sessions_in(function: FunctionValue) -> Iterator[ThreadSession]:
    """The first use in one function, if that runs on the loop: the first that lasts while it is suspended."""
    scope = function.scope
    if not scope.node.is_async or not scope.project.mentioned("scoped_session"):
        return
    frame = scope.project.inference.calling.frame(function, None)
    touched = [*_touches(function, 0)]
    if not touched:
        return
    ends = [each.call.node.span for each in uses(frame) if _ends(each.call)]
    waits = sorted(node.span for _, node in suspensions(scope.body, frame))
    for use, registry in touched:
        until = _suspended_at(use.node.span, waits, ends)
        if until is not None:
            place = Place(scope.module.path, until)
            yield ThreadSession(use, registry, scope, "suspended", place)
            return
    use, registry = touched[0]
    yield ThreadSession(use, registry, scope, "kept")


def _suspended_at(use: Span, waits: list[Span], ends: list[Span]) -> Span | None:
    """Where the function waits after a use, before it has ended what it began there."""
    after = [each for each in waits if (each.line, each.column) > (use.end_line, use.end_column)]
    if not after or any(use <= each <= after[0] for each in ends):
        return None
    return after[0]


def _touches(function: FunctionValue, depth: int) -> Iterator[tuple[Expression, Expression]]:
    """The calls that work on such a session, in the function or further down, each with the registry."""
    frame = function.scope.project.inference.calling.frame(function, None)
    below = {id(each.call.node): each.callee for each in function.scope.project.loop.edges.of(function)}
    for use in uses(frame):
        registry = _registry(use.call)
        callee = below.get(id(use.call.node))
        if registry is None and callee is not None and not callee.scope.node.is_async and depth < DEEPEST:
            registry = next((each for _, each in _touches(callee, depth + 1)), None)
        if registry is not None and last_name(use.call.func.node) not in SETTING_UP:
            yield use.call, registry


def _ends(call: Expression) -> bool:
    return last_name(call.func.node) in ENDING


def _registry(call: Expression) -> Expression | None:
    """The `scoped_session(...)` whose session a call works on, or gets."""
    for value in call.func.values():
        of = value.receiver if isinstance(value, External) else value
        if isinstance(of, Instance) and of.external == REGISTRY and of.site is not None:
            return of.site if _is_by_thread(of.site) else None
        if isinstance(value, External) and isinstance(of, Instance) and of.site is not None:
            return _registry(of.site) if of.site.is_call and of.site.node is not call.node else None
    return None


def _is_by_thread(registry: Expression) -> bool:
    """Whether a registry has a session for each thread: nothing else says what it goes by."""
    if not registry.is_call or registry.opaque_keywords:
        return False
    scope = registry.argument("scopefunc", 1)
    return scope is None or scope.is_none


def _given(dependency: Dependency) -> Iterator[ThreadSession]:
    """The session of its thread that a `def` dependency gives a handler."""
    function = dependency.function
    if all(each.is_discarded for each in dependency.injections):
        return
    frame = function.project.inference.calling.frame(dependency.handler, None)
    nodes = [each.value for each in yielded(function)]
    nodes += [each.value for each in function.statements() if isinstance(each, syntax.Return)]
    for node in nodes:
        for value in () if node is None else Expression(node, frame).values():
            site = value.site if isinstance(value, Instance) else None
            if site is None or not site.is_call or site.scope is not function:
                continue
            registry = _registry(site) if _is_call_of_registry(site) else None
            if registry is not None:
                yield ThreadSession(site, registry, function, "given")
                return


def _is_call_of_registry(site: Expression) -> bool:
    return any(isinstance(each, Instance) and each.external == REGISTRY for each in site.func.values())
