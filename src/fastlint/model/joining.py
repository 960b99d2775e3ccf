"""Tasks that are over before the function that starts them is, or yields.

`async with asyncio.TaskGroup()` waits for its tasks at its end, `await` and `gather` for those that they are
given (https://docs.python.org/3/library/asyncio-task.html).
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.index.syntax import Expr, Statement
from fastlint.model.calls import last_name
from fastlint.model.dropped import STARTING
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import Use

GROUPS = ("anyio.create_task_group()", "anyio.abc.TaskGroup", "asyncio.TaskGroup")
WAITING = ("asyncio.gather", "asyncio.wait", "asyncio.wait_for")
LEAVING = ("timeout", "return_when")
"""What has `asyncio.wait` go on while some of the tasks still run; `wait_for` cancels its task instead."""

ADDING = ("append", "add")
BRANCHING = (syntax.If, syntax.Loop, syntax.Match)


def is_joined(use: Use) -> bool:
    """Whether the task that a call starts is certainly over before its function yields, or is over itself."""
    scope = use.call.scope
    if not isinstance(scope, FunctionScope):
        return False
    if _is_of_group(use, scope):
        return True
    if last_name(use.call.func.node) not in STARTING:
        return False
    around = [
        each for root in syntax.expressions(use.statement) for each in syntax.above(root, use.call.node)
    ]
    kept = _outside_collections(around)
    if kept and _waits(use.call, kept[-1]):
        return True
    name = _keeper(use.statement, kept)
    return bool(name) and any(_is_certain(each, use, scope) for each in _waits_for(name, use, scope))


def _is_of_group(use: Use, scope: FunctionScope) -> bool:
    """Whether it is started in a group that is closed before anything is yielded."""
    owner = use.call.func.owner
    if owner is None or not isinstance(owner.node, syntax.Ref):
        return False
    for statement in syntax.around(scope.body, use.call.node):
        for item in statement.items if isinstance(statement, syntax.With) else ():
            is_it = isinstance(item.target, syntax.Ref) and item.target.path == owner.node.path
            if is_it and use.call.at(item.context).instances(*GROUPS):
                assert isinstance(statement, syntax.With)
                return not any(syntax.encloses(statement.body, each) for each in yielded(scope))
    return False


def _outside_collections(around: list[Expr]) -> list[Expr]:
    """What is around a task and the lists that it is put in, outside first."""
    left = list(around)
    while left and isinstance(left[-1], (syntax.Collection, syntax.Comprehension, syntax.Starred)):
        left.pop()
    return left


def _waits(at: Expression, node: Expr) -> bool:
    """Whether an expression waits until the task is over that it is given."""
    if isinstance(node, syntax.Await):
        return True
    if not isinstance(node, syntax.Call) or at.at(node.func).external() not in WAITING:
        return False
    return last_name(node.func) != "wait" or all(each.name not in LEAVING for each in node.keywords)


def _keeper(statement: Statement, around: list[Expr]) -> str:
    """The variable that has the task, or the list of it: `task = ...`, `tasks.append(...)`; '' if none."""
    if not around and isinstance(statement, syntax.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.path if isinstance(target, syntax.Ref) and "." not in target.path else ""
    call = around[-1] if len(around) == 1 else None
    if isinstance(call, syntax.Call) and isinstance(call.func, syntax.Ref):
        name, _, method = call.func.path.rpartition(".")
        return name if method in ADDING and "." not in name else ""
    return ""


def _waits_for(name: str, use: Use, scope: FunctionScope) -> Iterator[syntax.Node]:
    """Where a function waits for what a variable has: for the task, or for each of the list."""
    for statement in scope.statements():
        if isinstance(statement, syntax.Loop) and isinstance(statement.target, syntax.Ref):
            if _has(_completed(statement.source), name) and _awaits_each(use, statement):
                yield statement
            continue
        for node in syntax.evaluated(statement):
            if isinstance(node, syntax.Await) and _awaits(use, node, name):
                yield node


def _awaits(use: Use, node: syntax.Await, name: str) -> bool:
    given = node.value
    if isinstance(given, syntax.Call):
        return _waits(use.call, given) and any(_has(each, name) for each in given.args)
    return _has(given, name)


def _has(node: Expr, name: str) -> bool:
    """Whether it is what a variable has, or a list of that: `task`, `*tasks`, `[task, other]`."""
    match node:
        case syntax.Ref(path=path):
            return path == name
        case syntax.Starred(value=value):
            return _has(value, name)
        case syntax.Collection(items=items):
            return any(_has(each, name) for each in items)
        case _:
            return False


def _completed(source: Expr) -> Expr:
    """`tasks` of `asyncio.as_completed(tasks)`."""
    is_asked = isinstance(source, syntax.Call) and last_name(source.func) == "as_completed" and source.args
    return source.args[0] if is_asked and isinstance(source, syntax.Call) else source


def _awaits_each(use: Use, loop: syntax.Loop) -> bool:
    assert isinstance(loop.target, syntax.Ref)
    name = loop.target.path
    return any(
        isinstance(node, syntax.Await) and _awaits(use, node, name)
        for statement in syntax.statements(loop.body)
        for node in syntax.evaluated(statement)
    )


def _is_certain(waiting: syntax.Node, use: Use, scope: FunctionScope) -> bool:
    """Whether the function comes to wait wherever it starts the task, and yields nothing in between."""
    started, waited = use.call.node.span, waiting.span
    if not started < waited or any(started < each.span < waited for each in yielded(scope)):
        return False
    both = [*syntax.around(scope.body, use.call.node)]
    return all(
        any(each is other for other in both)
        for each in syntax.around(scope.body, waiting)
        if isinstance(each, BRANCHING) or _is_in_handler(waiting, each)
    )


def _is_in_handler(node: syntax.Node, statement: Statement) -> bool:
    handlers = statement.handlers if isinstance(statement, syntax.Try) else ()
    return any(syntax.encloses(each.body, node) for each in handlers)
