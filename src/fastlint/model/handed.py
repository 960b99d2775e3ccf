"""What calls a function that it is given: here and now, or later on the same loop."""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.uses import Use

CALLING: dict[str, tuple[int | None, str]] = {
    "builtins.max": (None, "key"),
    "builtins.min": (None, "key"),
    "builtins.sorted": (None, "key"),
    "functools.reduce": (0, ""),
}
"""Where the function stands among the arguments: its position and its keyword."""

SCHEDULING: dict[str, tuple[int | None, str]] = {
    "asyncio.AbstractEventLoop.call_at": (1, "callback"),
    "asyncio.AbstractEventLoop.call_later": (1, "callback"),
    "asyncio.AbstractEventLoop.call_soon": (0, "callback"),
    "asyncio.AbstractEventLoop.call_soon_threadsafe": (0, "callback"),
    **{
        f"asyncio.{task}.add_done_callback": (0, "fn")
        for task in (
            *("Future", "Task", "create_task()", "ensure_future()"),
            *("AbstractEventLoop.create_task()", "TaskGroup.create_task()"),
        )
    },
}
"""The same of what has the event loop call it."""

STARTING: dict[str, tuple[int | None, str]] = {
    f"{group}.{name}": (0, "func")
    for group in ("anyio.create_task_group()", "anyio.abc.TaskGroup")
    for name in ("start", "start_soon")
}
"""The same of what runs a coroutine function as a task (https://anyio.readthedocs.io/en/stable/tasks.html)."""

LAZY: dict[str, tuple[int | None, str]] = {"builtins.filter": (0, ""), "builtins.map": (0, "")}
"""The same of what calls it where the result is gone through."""

HANDING = frozenset((*CALLING, *SCHEDULING, *STARTING, *LAZY))
STACKS = ("contextlib.ExitStack.enter_context", "contextlib.AsyncExitStack.enter_context")


def handed(use: Use, is_iterated: bool) -> tuple[str, Expression] | None:
    """The function that a call is given, and whether the call `hands`, `schedules` or `starts` it."""
    name = use.call.func.external()
    how = "starts" if name in STARTING else "schedules" if name in SCHEDULING else "hands"
    now = CALLING.get(name) or SCHEDULING.get(name) or STARTING.get(name)
    found = now or (LAZY.get(name) if is_iterated else None)
    given = None if found is None else use.call.argument(found[1], found[0])
    return None if given is None else (how, given)


def entering(use: Use) -> Use:
    """A call whose result an `ExitStack` enters, as one that a `with` does."""
    outer = use.outer
    if not isinstance(outer, syntax.Call) or last_name(outer.func) != "enter_context":
        return use
    return use._replace(context="entered") if use.call.at(outer.func).external() in STACKS else use
