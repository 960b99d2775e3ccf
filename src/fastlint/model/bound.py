"""Connections of `sqlite3` that a dependency makes in one thread, and that are used in another.

A connection may only be used by the thread that made it, unless it was told otherwise
(https://docs.python.org/3/library/sqlite3.html#sqlite3.connect, `check_same_thread`). FastAPI runs each
`def` dependency and route in whatever thread of its pool is free, and what is `async` in that of the loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.holding import holders
from fastlint.model.judging import yielded
from fastlint.model.remembered import is_remembered
from fastlint.model.scopes import FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.values import FunctionValue

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency
    from fastlint.model.project import Project

CONNECT = "sqlite3.connect"
CONNECTION = "sqlite3.Connection"
CURSOR = "sqlite3.Cursor"
SETTING = "check_same_thread"
POSITION = 4
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class BoundConnection:
    """A call of `sqlite3.connect` for a dependency, and a handler that uses the connection in another thread.

    `is_always` says that the threads always differ; else they do when requests come at the same time.
    `is_own` says that each call of the dependency makes a connection of its own.
    """

    call: Expression
    dependency: FunctionScope
    user: FunctionScope
    is_always: bool

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def is_own(self) -> bool:
        """Whether a function makes it anew for each of its calls: no two requests have the same."""
        scope = self.call.scope
        return isinstance(scope, FunctionScope) and not is_remembered(scope)


def bound_connections(project: Project) -> Iterator[BoundConnection]:
    """Those of all dependencies, each call once."""
    found: dict[Place, BoundConnection] = {}
    for dependency in project.dependencies.dependencies:
        if is_test(dependency.place.path):
            continue
        for call in _connects(dependency):
            each = _crossing(dependency, call)
            known = found.get(call.place)
            if each is not None and (known is None or (each.is_always and not known.is_always)):
                found[call.place] = each
    yield from (found[place] for place in sorted(found))


def _connects(dependency: Dependency) -> Iterator[Expression]:
    """The calls that make the connections, or those of the cursors, that a dependency gives."""
    for given in _given_by(dependency.handler):
        for each in _with_arguments(given):
            call = _connect(each)
            if call is not None and _is_bound(call):
                yield call


def _with_arguments(expression: Expression) -> Iterator[Expression]:
    """What a dependency gives, and what an object that it makes for that is given."""
    yield expression
    if expression.is_call:
        yield from (*expression.args, *expression.keywords.values())


def _connect(expression: Expression, depth: int = 0) -> Expression | None:
    """The call behind a connection, or behind that of a cursor."""
    if not expression.instances(CONNECTION, CURSOR):
        return None
    for value in expression.instances(CONNECTION, CURSOR):
        site = value.site
        if site is None or not site.is_call:
            continue
        if site.func.external() == CONNECT:
            return site
        owner = site.func.owner
        if owner is not None and value.external == CURSOR:
            return _connect(owner, depth)
    return _connect_in_helper(expression, depth + 1) if depth < DEEPEST else None


def _connect_in_helper(expression: Expression, depth: int) -> Expression | None:
    """The call in a function of the project, whose annotation hides it: `connection = connect()`."""
    node = expression.node
    if isinstance(node, syntax.Ref):
        bindings = expression.scope.bindings.get(node.path, ())
        if len(bindings) != 1 or bindings[0].kind not in ("value", "enter") or bindings[0].value is None:
            return None
        expression = expression.at(bindings[0].value)
    for function in expression.func.values() if expression.is_call else ():
        if isinstance(function, FunctionValue) and not function.scope.node.is_async:
            for each in _given_by(function):
                found = _connect(each, depth)
                if found is not None:
                    return found
    return None


def _given_by(function: FunctionValue) -> Iterator[Expression]:
    """What a function returns or yields."""
    scope = function.scope
    frame = scope.project.inference.calling.frame(function, None)
    nodes = [each.value for each in yielded(scope)]
    nodes += [each.value for each in scope.statements() if isinstance(each, syntax.Return)]
    yield from (Expression(each, frame) for each in nodes if each is not None)


def _is_bound(call: Expression) -> bool:
    """Whether the connection is for one thread alone, as far as the call says."""
    if call.opaque_keywords or any(isinstance(each.node, syntax.Starred) for each in call.args):
        return False
    given = call.argument(SETTING, POSITION)
    return given is None or given.constant() is True


def _crossing(dependency: Dependency, call: Expression) -> BoundConnection | None:
    """The handler that uses the connection in another thread; first one that always does."""
    maker = dependency.function
    is_on_loop = maker.node.is_async or not isinstance(call.scope, FunctionScope)
    users = [
        function
        for function, body in holders(dependency).items()
        if (not is_on_loop or not function.node.is_async) and body.is_used
    ]
    always = [each for each in users if is_on_loop or each.node.is_async]
    user = next(iter((*always, *users)), None)
    return None if user is None else BoundConnection(call, maker, user, bool(always))
