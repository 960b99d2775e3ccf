"""Whether a function needs the thread that it runs in now: the loop of that thread, or its context.

A thread of a pool has no running loop, so that tasks and callbacks cannot be made there. It has a copy of the
context: what it sets there nobody else sees
(https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.uses import uses
from fastlint.model.values import ClassValue, FunctionValue, Instance, Partial, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

MOST_FUNCTIONS = 200
LOOP = frozenset(
    (
        *("call_at", "call_later", "call_soon", "create_task", "current_task", "ensure_future"),
        *("get_event_loop", "get_running_loop", "start_soon"),
    )
)
"""Names of what asks for the running loop, or gives it something to do."""
CONTEXT = frozenset(("bind_contextvars", "clear_contextvars", "unbind_contextvars", "bound_contextvars"))
VARIABLE = "contextvars.ContextVar"


def needs_its_thread(value: Value, project: Project) -> bool:
    """Whether calling something runs code, itself or further down, that must stay on the loop's thread."""
    seen = dict.fromkeys(_called(value, project))
    queue = deque(seen)
    while queue and len(seen) < MOST_FUNCTIONS:
        function = queue.popleft()
        if _asks(function):
            return True
        for edge in project.loop.edges_of(function):
            if edge.callee is not None and not edge.callee.scope.node.is_async and edge.callee not in seen:
                seen[edge.callee] = None
                queue.append(edge.callee)
    return False


def asks_itself(call: Expression) -> bool:
    """Whether one call asks for the running loop, or changes the context."""
    name = last_name(call.func.node)
    if name in LOOP or name in CONTEXT:
        return True
    owner = call.func.owner if name in ("set", "reset") else None
    return owner is not None and any(
        isinstance(each, Instance) and each.external.removesuffix("()") == VARIABLE for each in owner.values()
    )


def _asks(function: FunctionValue) -> bool:
    return any(asks_itself(use.call) for use in uses(function.scope.frame))


def _called(value: Value, project: Project) -> Iterator[FunctionValue]:
    """The functions of the project that calling something runs."""
    classes = project.inference.classes
    match value:
        case FunctionValue():
            yield value
        case ClassValue():
            yield from filter(None, (classes.method(Instance(value), "__init__"),))
        case Instance(cls=ClassValue()):
            yield from filter(None, (classes.method(value, "__call__"),))
        case Partial():
            yield from (each for each in value.functions if isinstance(each, FunctionValue))
        case _:
            pass
