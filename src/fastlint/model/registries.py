"""Sessions of a `scoped_session`, which has one for each thread, where several requests run in one.

All that is `async` runs in the thread of the event loop. A `def` dependency leaves its thread when the
handler gets the session, and the next request's may run there
(https://docs.sqlalchemy.org/en/20/orm/contextual.html#using-thread-local-scope-with-web-applications).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from fastlint.diagnostic import Place, Span
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.locks import suspensions
from fastlint.model.outside import calls_of
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.uses import uses
from fastlint.model.values import External, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency
    from fastlint.model.project import Project

REGISTRY = "sqlalchemy.orm.scoped_session"
RESTORING = ("remove", "rollback", "close")
ENDING = (*RESTORING, "commit")
METHODS = frozenset(
    (
        *("add", "add_all", "begin", "commit", "connection", "delete", "execute", "flush", "get", "get_one"),
        *("merge", "query", "refresh", "rollback", "scalar", "scalars", "all", "count", "first", "one"),
        *("one_or_none", "update", "bulk_save_objects"),
    )
)
"""What the sessions of a registry and their queries are asked for."""
BESIDE = ("bind", "get_bind", "session_factory")
"""What a registry has beside the session of a thread: its engine, and what makes new sessions."""
DEEPEST = 3
FARTHEST = 12
"""How many calls back a query is followed to its session."""


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
    if not scope.node.is_async:
        return
    touched = [*_touches(function, DEEPEST)]
    if not touched:
        return
    frame = scope.project.inference.calling.frame(function, None)
    ends = [each.call.node.span for each in uses(frame) if _ends(each.call)]
    waits = sorted(node.span for _, node in suspensions(scope.body, frame))
    for touch in touched:
        until = None if touch.is_over else _suspended_at(touch, waits, ends)
        if until is not None:
            place = Place(scope.module.path, until)
            yield ThreadSession(touch.use, touch.registry, scope, "suspended", place)
            return
    kept = next((each for each in touched if each.end is None), None)
    if kept is not None and not _restores(frame):
        yield ThreadSession(kept.use, kept.registry, scope, "kept")


class Touch(NamedTuple):
    """A call that works on such a session; what it begins ends at `end`, or `is_over` when it returns."""

    use: Expression
    registry: Expression
    end: Span | None = None
    is_over: bool = False


def _suspended_at(touch: Touch, waits: list[Span], ends: list[Span]) -> Span | None:
    """Where the function waits after a use, before it has ended what it began there."""
    use = touch.use.node.span
    after = [each for each in waits if (each.line, each.column) > (use.end_line, use.end_column)]
    if not after or any(use <= each <= after[0] for each in ends):
        return None
    return after[0] if touch.end is None or after[0] < touch.end else None


def left_open(asked: tuple[FunctionValue, int]) -> Touch | None:
    """The call by which a function works on such a session and leaves it as it is, itself or so deep down."""
    function, depth = asked
    found = next((each for each in _touches(function, depth) if each.end is None), None)
    frame = function.scope.frame
    if found is None or _restores(frame):
        return None
    return found._replace(is_over=found.is_over or any(_ends(each.call) for each in uses(frame)))


def _touches(function: FunctionValue, depth: int) -> Iterator[Touch]:
    """The calls that work on such a session, in the function or so deep down."""
    scope = function.scope
    frame = scope.project.inference.calling.frame(function, None)
    loop = scope.project.loop
    edges = loop.edges.of(function) if depth else ()
    below = {id(each.call.node): each.callee for each in edges if each.callee is not None}
    for node, *_ in scope.calls:
        assert isinstance(node, syntax.Call)
        callee = below.get(id(node))
        may_touch = _may_touch(last_name(node.func))
        registry = _registry(Expression(node, frame)) if may_touch else None
        if registry is not None:
            call = Expression(node, frame)
            yield Touch(call, registry, _end(call))
        elif callee is not None and not callee.scope.node.is_async:
            inner = loop.left_open((callee, depth - 1))
            if inner is not None:
                yield inner._replace(use=Expression(node, frame))


def _may_touch(name: str) -> bool:
    """Whether a call may be of a registry by its name: asked before anything that costs more."""
    return name in METHODS or name[:1].isupper() or "session" in name.lower()


def _end(call: Expression) -> Span | None:
    """The end of the `with` that closes the session that a call works on: `with Session() as session:`"""
    for statement in syntax.around(call.scope.body, call.node):
        if isinstance(statement, syntax.With) and any(
            _is_got(call.at(each.context)) for each in statement.items
        ):
            return _after(statement.span)
    for statement in call.scope.statements():
        items = statement.items if isinstance(statement, syntax.With) else ()
        if any(each.context is call.node for each in items):
            return _after(statement.span)
    return None


def _after(span: Span) -> Span:
    return Span(span.end_line, span.end_column, span.end_line, span.end_column)


def _is_got(context: Expression) -> bool:
    return context.is_call and _is_call_of_registry(context)


def _restores(frame: Frame) -> bool:
    """Whether a function makes the session usable again after a failure."""
    return any(last_name(each.call.func.node) in RESTORING for each in uses(frame))


def _ends(call: Expression) -> bool:
    return last_name(call.func.node) in ENDING


def _registry(call: Expression) -> Expression | None:
    """The `scoped_session(...)` whose session a call works on, or gets."""
    for _ in range(FARTHEST):
        value = call.func.value()
        of = value.receiver if isinstance(value, External) else value
        if not isinstance(of, Instance):
            return None
        if of.external == REGISTRY:
            return None if _is_beside(value) else _made(of, call)
        site = of.site
        if site is None or not isinstance(value, External) or not site.is_call or site.node is call.node:
            return None
        call = site
    return None


def _made(registry: Instance, at: Expression) -> Expression | None:
    """The call that makes a registry; of one that is known by an annotation, the first of the project.

    None where that, or any that may be meant, has no session for each thread.
    """
    made = [registry.site] if registry.site is not None else [*calls_of(at.project, REGISTRY, anywhere=True)]
    service = [each for each in made if not is_test(each.place.path)]
    return service[0] if service and all(map(_is_by_thread, service)) else None


def _is_beside(value: Value | None) -> bool:
    name = value.name if isinstance(value, External) else ""
    return name.removeprefix(f"{REGISTRY}.").partition(".")[0] in BESIDE


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
