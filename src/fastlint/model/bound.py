"""Connections of `sqlite3` that are made in one thread, and used in another.

A connection may only be used by the thread that made it, unless it was told otherwise
(https://docs.python.org/3/library/sqlite3.html#sqlite3.connect, `check_same_thread`). FastAPI runs each
`def` dependency and route in whatever thread of its pool is free, and what is `async` in that of the loop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from fastlint.diagnostic import Place, Step
from fastlint.index import syntax
from fastlint.index.contexts import Reading, readings
from fastlint.model.behind import behind, given_by
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.holding import holders
from fastlint.model.once import is_made_at_start
from fastlint.model.outside import calls_of
from fastlint.model.remembered import is_remembered
from fastlint.model.remembering import may_remember
from fastlint.model.scopes import FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.uses import uses
from fastlint.model.values import ClassValue, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency
    from fastlint.model.project import Project

CONNECT = "sqlite3.connect"
CONNECTION = "sqlite3.Connection"
CURSOR = "sqlite3.Cursor"
SETTING = "check_same_thread"
POSITION = 4
DEEPEST = 3
KEEPING = frozenset(
    (
        *("add", "append", "appendleft", "insert", "put", "put_nowait", "register", "set", "setattr"),
        *("setdefault", "update", "__setitem__"),
    )
)
"""What is called to put something where others find it."""
FARTHEST = 6
"""Over how many calls a connection of a module is looked for."""


@dataclass(frozen=True, slots=True)
class BoundConnection:
    """A call of `sqlite3.connect`, and a handler that uses the connection in another thread.

    `dependency` gives it to the handler; None where that takes it from a module. `steps` are the calls by
    which it comes to it then. `is_always` says that the threads always differ; else they do when requests
    come at the same time. `is_own` says that each call of the dependency makes a connection of its own.
    """

    call: Expression
    dependency: FunctionScope | None
    user: FunctionScope
    is_always: bool
    is_own: bool
    steps: tuple[Step, ...] = ()

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def has_factory(self) -> bool:
        """Whether something else than `sqlite3` makes it, which may not take what that does."""
        return self.call.argument("factory", 5) is not None


class Made(NamedTuple):
    """A call of `sqlite3.connect` for what a dependency gives.

    `inside` is where in that the connection is: "" for itself, ".db" for an attribute. `is_own` says that
    each call of the dependency makes one, `is_at_start` that it is made before all requests, in the thread of
    the event loop.
    """

    call: Expression
    inside: str
    is_own: bool
    is_at_start: bool


def bound_connections(project: Project) -> Iterator[BoundConnection]:
    """Those of all dependencies and modules, each call once."""
    found: dict[Place, BoundConnection] = {}
    for each in (*_of_dependencies(project), *_of_modules(project)):
        known = found.get(each.place)
        if known is None or (each.is_always and not known.is_always):
            found[each.place] = each
    yield from (found[place] for place in sorted(found))


def _of_dependencies(project: Project) -> Iterator[BoundConnection]:
    for dependency in project.dependencies.dependencies:
        if is_test(dependency.place.path):
            continue
        for made in _connects(dependency):
            each = _crossing(dependency, made)
            if each is not None:
                yield each


def _connects(dependency: Dependency) -> Iterator[Made]:
    """The calls that make the connections, or those of the cursors, that a dependency gives."""
    if dependency.function.owner is not None and dependency.function.name == "__init__":
        for inside, kept in _kept(dependency.handler):
            yield Made(kept, inside, is_own=True, is_at_start=False)
    for given in given_by(dependency.handler):
        for each in _with_arguments(given):
            call = _connect(each)
            if call is not None and _is_bound(call):
                yield Made(call, "", _is_own(call), is_made_at_start(call))
        for value in given.values():
            if isinstance(value, Instance) and isinstance(value.cls, ClassValue) and value.site is not None:
                init = given.project.inference.classes.method(value, "__init__")
                for inside, kept in () if init is None else _kept(init):
                    yield Made(kept, inside, _is_own(value.site), is_made_at_start(value.site))


def _is_own(call: Expression) -> bool:
    """Whether what a call makes is made for each request."""
    scope = call.scope
    return isinstance(scope, FunctionScope) and not is_remembered(scope) and not is_made_at_start(call)


def _kept(init: FunctionValue) -> Iterator[tuple[str, Expression]]:
    """The connections and cursors that a constructor makes, each with the attribute that it is kept in."""
    owner = init.scope.owner
    frame = init.scope.project.inference.calling.frame(init, None)
    for attribute, bindings in owner.attributes.items() if owner is not None else ():
        for scope, binding in bindings:
            if scope is init.scope and isinstance(binding.value, syntax.Call) and not binding.unpack:
                call = _connect(Expression(binding.value, frame))
                if call is not None and _is_made_in(call, scope) and _is_bound(call):
                    yield f".{attribute}", call


def _is_made_in(call: Expression, init: FunctionScope) -> bool:
    """Whether each run of a constructor makes what a call does: itself, or by a function that it calls."""
    maker = call.scope
    return maker is init or (isinstance(maker, FunctionScope) and not may_remember(maker))


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
    if depth == DEEPEST:
        return None
    found = (_connect(each, depth + 1) for each in behind(expression))
    return next((each for each in found if each is not None), None)


def _is_bound(call: Expression) -> bool:
    """Whether the connection is for one thread alone, as far as the call says."""
    if call.opaque_keywords or any(isinstance(each.node, syntax.Starred) for each in call.args):
        return False
    given = call.argument(SETTING, POSITION)
    return given is None or given.constant() is True


def _crossing(dependency: Dependency, made: Made) -> BoundConnection | None:
    """The handler that uses the connection in another thread; first one that always does."""
    maker = dependency.function
    is_on_loop = maker.node.is_async or made.is_at_start
    users = [
        function
        for function, body in holders(dependency, made.inside).items()
        if (not is_on_loop or not function.node.is_async) and body.is_used
    ]
    always = [each for each in users if is_on_loop or each.node.is_async]
    user = next(iter((*always, *users)), None)
    if user is None:
        return None
    is_own = made.is_own and not _may_be_shared(made.call, maker)
    return BoundConnection(made.call, maker, user, bool(always), is_own)


def _may_be_shared(made: Expression, dependency: FunctionScope, depth: int = 0) -> bool:
    """Whether requests may get the same object: it, or what has it, is kept, or made where a module is."""
    scope = made.scope
    if not isinstance(scope, FunctionScope) or depth > DEEPEST or may_remember(scope) or _keeps(made, scope):
        return True
    if scope.name == "__init__" and scope.owner is not None:
        owner = scope.owner
        if owner.node.decorators or owner.node.keywords or "__new__" in owner.bindings:
            return True
        makers = scope.project.calls.imported(owner.name)
    elif scope is dependency:
        return False
    else:
        makers = scope.project.calls.imported(scope.name)
    return any(
        _may_be_shared(each, dependency, depth + 1)
        for each in makers
        if not is_test(each.place.path) and not each.func.externals()
    )


def _keeps(made: Expression, scope: FunctionScope) -> bool:
    """Whether a function puts what it makes somewhere where it is after the function has returned."""
    found = next((each for each in readings(scope.body, type(made.node)) if each.node is made.node), None)
    if found is None or found.context == "operand":
        return True
    if isinstance(found.outer, syntax.Call) and last_name(found.outer.func) in KEEPING:
        return True
    if found.context != "assigned" or not isinstance(found.statement, syntax.Assign):
        return False
    names = {each.path for each in found.statement.targets if isinstance(each, syntax.Ref)}
    if scope.name == "__init__" and all(each.startswith(f"{scope.receiver}.") for each in names):
        return False
    if not names or any("." in name or scope.is_foreign(name) for name in names):
        return True
    return any(
        isinstance(each.node, syntax.Ref)
        and each.node.path in names
        and (
            _is_stored(each, scope)
            or (isinstance(each.outer, syntax.Call) and last_name(each.outer.func) in KEEPING)
        )
        for each in readings(scope.body, syntax.Ref)
    )


def _is_stored(reading: Reading, scope: FunctionScope) -> bool:
    """Whether a statement gives an item or an attribute what is read: `pool["x"] = db`."""
    statement = reading.statement
    return (
        reading.context == "assigned"
        and isinstance(statement, syntax.Assign)
        and any(
            not isinstance(each, syntax.Ref) or "." in each.path or scope.is_foreign(each.path)
            for each in statement.targets
        )
    )


def _of_modules(project: Project) -> Iterator[BoundConnection]:
    """Those that are made before all requests, and that `def` handlers use where they find them."""
    calls = {
        call.place: call
        for call in calls_of(project, CONNECT, anywhere=True)
        if not is_test(call.place.path) and is_made_at_start(call) and _is_bound(call)
    }
    for handler in project.dependencies.handlers if calls else ():
        if not handler.scope.node.is_async and not is_test(handler.scope.place.path):
            seen: set[FunctionScope] = set()
            for place, steps in _reached(handler.function, calls, (), seen):
                yield BoundConnection(calls[place], None, handler.scope, True, False, steps)


def _reached(
    function: FunctionValue, calls: Collection[Place], steps: tuple[Step, ...], seen: set[FunctionScope]
) -> Iterator[tuple[Place, tuple[Step, ...]]]:
    """The connections, by the calls that make them, that a function or one that it calls uses."""
    if function.scope in seen or function.scope.node.is_async or len(steps) > FARTHEST:
        return
    seen.add(function.scope)
    for use in uses(function.scope.project.inference.calling.frame(function, None)):
        owner = use.call.func.owner
        made = None if owner is None else _connect(owner)
        if made is not None and made.place in calls:
            yield made.place, steps
    for edge in function.scope.project.loop.edges.of(function):
        if edge.callee is not None:
            step = Step(f"{function.scope.label}() calls {edge.text}", edge.call.place)
            yield from _reached(edge.callee, calls, (*steps, step), seen)
