"""What a dependency still does after its `yield`, when the client has its answer.

From 0.118 on, and up to 0.105, FastAPI goes on after the `yield` once the response is sent
(https://fastapi.tiangolo.com/advanced/advanced-dependencies/#dependencies-with-yield-and-streamingresponse-technical-details).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.catching import EXITS, would_swallow
from fastlint.model.expression import Expression
from fastlint.model.reads import root_name
from fastlint.model.releasing import METHODS
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Manager, Stream
from fastlint.model.yielding import Pause, pauses

SESSIONS = ("sqlalchemy.orm.Session", "sqlalchemy.ext.asyncio.AsyncSession")
MAKERS = ("sqlalchemy.orm.sessionmaker", "sqlalchemy.ext.asyncio.async_sessionmaker")
ENGINES = ("sqlalchemy.Engine", "sqlalchemy.ext.asyncio.AsyncEngine")
CONNECTIONS = (
    *("sqlalchemy.Connection", "sqlalchemy.ext.asyncio.AsyncConnection"),
    *("aiosqlite.Connection", "mysql.connector.Connection", "psycopg.AsyncConnection", "psycopg.Connection"),
    *("psycopg2.Connection", "pymysql.Connection", "sqlite3.Connection"),
)
TRANSACTIONAL = ("asyncpg.Connection", "psycopg.AsyncConnection", "psycopg.Connection")
TRANSACTIONS = (
    *(f"{name}.begin()" for name in (*SESSIONS, *CONNECTIONS[:2])),
    *(f"{name}.transaction()" for name in TRANSACTIONAL),
)
"""What these methods give is known by no other name."""

COMMITTED_AT_EXIT = (
    "psycopg.AsyncConnection",
    "psycopg.Connection",
    "psycopg2.Connection",
    "sqlite3.Connection",
)
"""Connections that commit at the end of a `with` (https://docs.python.org/3/library/sqlite3.html)."""

ANSWER = "starlette.exceptions.HTTPException"
TASKS = "starlette.background.BackgroundTasks"
DEEPEST = 3

Block = tuple[syntax.Statement, ...]


@dataclass(frozen=True, slots=True)
class LateWork:
    """One thing that is done too late; `kind` is commit, raise or task.

    `node` is where the dependency does it, and `inner` where that happens in what it calls or enters. Not
    `is_explicit` is what a connection does by itself at the end of a `with`, written to or not.
    """

    kind: str
    function: FunctionScope
    node: syntax.Node
    text: str
    inner: Place | None = None
    is_explicit: bool = True

    @property
    def place(self) -> Place:
        return Place(self.function.module.path, self.node.span)


def late_work(function: FunctionValue) -> LateWork | None:
    """The first thing that the client should have heard of, and that a function does after its `yield`."""
    frame = function.scope.project.inference.calling.frame(function, None)
    return next(_late(function.scope, frame, 0), None)


def _late(function: FunctionScope, frame: Frame, depth: int) -> Iterator[LateWork]:
    for pause in pauses(function):
        for stream in _resumed(function, pause.statement, frame):
            yield from _of_stream(stream, function, pause.statement, depth)
        for part in _afterwards(function, pause.statement):
            if isinstance(part, syntax.WithItem):
                yield from _of_item(part, function, frame, depth)
            else:
                yield from _of_statement(part, pause, frame)


def _afterwards(
    function: FunctionScope, pause: syntax.Statement
) -> Iterator[syntax.Statement | syntax.WithItem]:
    """What runs after a `yield` out of which no error comes, in its order."""
    inner: syntax.Statement = pause
    for outer in (*reversed([*syntax.around(function.body, pause)]), None):
        blocks = (function.body,) if outer is None else syntax.blocks(outer)
        block = next(each for each in blocks if any(one is inner for one in each))
        yield from block[next(at for at, each in enumerate(block) if each is inner) + 1 :]
        if isinstance(outer, syntax.Try):
            yield from outer.orelse if block is outer.body else ()
            yield from outer.final if block is not outer.final else ()
        elif isinstance(outer, syntax.With):
            yield from reversed(outer.items)
        if outer is not None:
            inner = outer


def _resumed(function: FunctionScope, pause: syntax.Statement, frame: Frame) -> Iterator[Stream]:
    """The generators of the project that go on when the function does: `yield from`, a `for` around it."""
    sources = [each.source for each in syntax.around(function.body, pause) if isinstance(each, syntax.Loop)]
    value = getattr(pause, "value", None)
    if isinstance(value, syntax.Yield) and value.delegates and value.value is not None:
        sources.append(value.value)
    for source in sources:
        yield from (each for each in Expression(source, frame).values() if isinstance(each, Stream))


def _of_stream(
    stream: Stream, function: FunctionScope, pause: syntax.Statement, depth: int
) -> Iterator[LateWork]:
    if depth < DEEPEST:
        frame = function.project.inference.calling.frame(stream.function, None)
        for work in _late(stream.function.scope, frame, depth + 1):
            at = work.inner or work.place
            yield LateWork(work.kind, function, pause, work.text, at, work.is_explicit)


def _of_item(item: syntax.WithItem, function: FunctionScope, frame: Frame, depth: int) -> Iterator[LateWork]:
    """What the end of a `with` around the `yield` does."""
    manager = Expression(item.context, frame)
    is_implicit = bool(manager.instances(*COMMITTED_AT_EXIT))
    if is_implicit or manager.instances(*TRANSACTIONS) or _begins(manager):
        text = f"the commit at the end of `with {manager.text()}`"
        yield LateWork("commit", function, item.context, text, is_explicit=not is_implicit)
        return
    value = manager.value()
    if isinstance(value, Manager) and depth < DEEPEST:
        inner = function.project.inference.calling.frame(value.function, None)
        for work in _late(value.function.scope, inner, depth + 1):
            at = work.inner or work.place
            yield LateWork(work.kind, function, item.context, work.text, at, work.is_explicit)
    elif isinstance(value, Instance) and isinstance(value.cls, ClassValue):
        for name in EXITS:
            method = function.project.inference.classes.method(value, name)
            for call in _commits(method, 0) if method is not None else ():
                yield LateWork("commit", function, item.context, f"`{call.text()}`", call.place)


def _begins(manager: Expression) -> bool:
    """Whether it is a transaction of SQLAlchemy, which its `with` commits."""
    owner = manager.func.owner if manager.is_call else None
    if owner is None or last_name(manager.func.node) != "begin":
        return False
    return bool(owner.instances(*SESSIONS, *MAKERS, *ENGINES, *CONNECTIONS[:2]))


def _of_statement(statement: syntax.Statement, pause: Pause, frame: Frame) -> Iterator[LateWork]:
    for inner in syntax.statements((statement,)):
        if isinstance(inner, syntax.Raise) and _is_answer(inner, (statement,), frame):
            yield LateWork("raise", pause.function, inner, "`HTTPException`")
        for node in syntax.evaluated(inner):
            if isinstance(node, syntax.Call):
                yield from _of_call(Expression(node, frame), pause)


def _of_call(call: Expression, pause: Pause) -> Iterator[LateWork]:
    owner = call.func.owner
    if owner is not None and last_name(call.func.node) == "add_task" and owner.instances(TASKS):
        yield LateWork("task", pause.function, call.node, f"`{call.text()}`")
        return
    for method in (call.func, *call.args):  # `to_thread(session.commit)`
        if _is_commit(method) and _is_there_before(method, pause):
            yield LateWork("commit", pause.function, call.node, f"`{method.text()}()`")
            return
    if not _is_commit(call.func):
        yield from _of_helper(call, pause)


def _of_helper(call: Expression, pause: Pause) -> Iterator[LateWork]:
    """What a function of the project does that works with what the endpoint had."""
    if last_name(call.func.node) in METHODS:
        return  # what gives something back may well do so late
    helpers = [each for each in call.func.values() if isinstance(each, FunctionValue)]
    given = (call.func, *call.args, *call.keywords.values()) if helpers else ()
    if not any(_is_shared(each, pause) for each in given):
        return
    for helper in helpers:
        for inner in _commits(helper, 0, call):
            yield LateWork("commit", pause.function, call.node, f"`{inner.text()}`", inner.place)
        for raised in _answers(helper):
            yield LateWork("raise", pause.function, call.node, "`HTTPException`", raised)


def _answers(function: FunctionValue) -> Iterator[Place]:
    """Where a function itself raises what should have been the answer."""
    scope = function.scope
    for statement in scope.statements() if not scope.node.is_generator else ():
        if isinstance(statement, syntax.Raise) and _is_answer(statement, scope.body, scope.frame):
            yield Place(scope.module.path, statement.span)


def _is_answer(statement: syntax.Raise, body: Block, frame: Frame) -> bool:
    """Whether it raises what should have been the answer, and nothing there ends that."""
    if statement.value is None:
        return False
    raised = Expression(statement.value, frame)
    classes = raised.project.inference.classes
    value = raised.value()
    cls = value.cls if isinstance(value, Instance) else value
    if not isinstance(cls, (ClassValue, External)) or not classes.descends(cls, ANSWER):
        return False
    around = syntax.around(body, statement)
    return not any(would_swallow(each, statement, frame, cls) for each in around)


def _is_there_before(method: Expression, pause: Pause) -> bool:
    """Whether what a method is of was there before the `yield`, for others to work with.

    What is made after it is the dependency's own: a record of what happened, on which no answer depends.
    """
    bindings = pause.function.bindings.get(_root(method), ())
    return not bindings or any(each.line < pause.place.span.line for each in bindings)


def _is_shared(given: Expression, pause: Pause) -> bool:
    """Whether the endpoint has it too: a parameter, what is yielded, what that is made of or goes into."""
    root, function = _root(given), pause.function
    if root not in function.bindings:
        return False
    value = getattr(pause.statement, "value", None)
    shared = {each.name for each in function.node.parameters}
    shared |= _names(value) if value is not None else set()
    before = [
        (name, _names(binding.value) & function.bindings.keys())
        for name, bindings in function.bindings.items()
        for binding in bindings
        if binding.value is not None and binding.line < pause.place.span.line
    ]
    for _ in range(DEEPEST):
        for name, used in before:
            if name in shared or not used.isdisjoint(shared):
                shared |= {name, *used}
    return root in shared


def _root(expression: Expression) -> str:
    return expression.text().partition(".")[0]


def _names(node: syntax.Expr) -> set[str]:
    """The first names of all that is in an expression."""
    return {root_name(each) for each in syntax.walk(node) if isinstance(each, syntax.Ref)}


def _is_commit(method: Expression) -> bool:
    name, owner = last_name(method.node), method.owner
    if owner is None or name not in ("commit", "flush"):
        return False
    classes = SESSIONS if name == "flush" else (*SESSIONS, *CONNECTIONS, *TRANSACTIONS)
    return bool(owner.instances(*classes))


def _commits(function: FunctionValue, depth: int, site: Expression | None = None) -> Iterator[Expression]:
    """The commits of what a function did not make itself, in its body and in what it calls."""
    scope = function.scope
    if depth >= DEEPEST or scope.node.is_generator:
        return
    frame = scope.project.inference.calling.frame(function, site)
    for node in (each.node for each in scope.calls):
        call = Expression(node, frame)
        if not call.is_call or not _is_given(call, scope):
            continue
        if _is_commit(call.func):
            yield call
            continue
        for value in call.func.values():
            if isinstance(value, FunctionValue):
                yield from _commits(value, depth + 1, call)


def _is_given(call: Expression, scope: FunctionScope) -> bool:
    """Whether a method is called on what a function was given, or on something of its module."""
    return all(each.kind == "parameter" for each in scope.bindings.get(_root(call.func), ()))
