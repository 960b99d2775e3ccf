"""Loops of threads: clients that do not survive them, and code that asks for one where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import ModuleScope
from fastlint.model.uses import uses
from fastlint.model.values import External, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

ASKING = ("asyncio.get_event_loop", "asyncio.get_running_loop")
"""What gives the loop of its thread, and fails in one that has none."""

SHARED_CLIENTS = ("httpx.AsyncClient", "aiohttp.ClientSession")


@dataclass(frozen=True, slots=True)
class OwnLoop:
    """A loop that a `def` handler starts around a client which the whole application shares.

    `client` is None where it asks for the loop of its thread, which has none, in place of starting one.
    """

    call: Expression
    client: Expression | None

    @property
    def place(self) -> Place:
        return self.call.place


def own_loops(project: Project) -> Iterator[OwnLoop]:
    """`asyncio.run` in functions that run in a thread, around a client that is made once for all, and
    `get_event_loop().run_until_complete`."""
    on_loop = set(project.loop.functions)
    in_threads: set[FunctionValue] | None = None
    for function in project.loop.reached:
        found = project.quiet.said("own loops", function)
        for each in () if function in on_loop else found:
            if each.client is None and in_threads is None:
                in_threads = _in_threads(project)
            if each.client is not None or (in_threads is not None and function in in_threads):
                yield each


def _in_threads(project: Project) -> set[FunctionValue]:
    """What threads of the pool run: the `def` handlers of routes and dependencies, and what those call.

    None where some code gives a thread a loop of its own.
    """
    if project.mentioned("set_event_loop"):
        return set()
    handlers = [each.handler for each in project.application.routes if not each.is_websocket]
    handlers += [each.handler for each in project.dependencies.dependencies]
    found = {each for each in handlers if not each.scope.node.is_async}
    queue = [*found]
    for function in queue:
        for edge in project.loop.edges_of(function):
            if edge.callee is not None and edge.callee not in found and not edge.callee.scope.node.is_async:
                found.add(edge.callee)
                queue.append(edge.callee)
    return found


def own_loops_in(function: FunctionValue) -> Iterator[OwnLoop]:
    """Those in one function."""
    if function.scope.node.is_async:
        return
    for use in uses(function.scope.project.inference.calling.frame(function, None)):
        if _asks_for_a_loop(use.call):
            yield OwnLoop(use.call, None)
        if use.call.func.external() != "asyncio.run" or not use.call.args:
            continue
        client = _shared_client(use.call.args[0], 0)
        if client is not None:
            yield OwnLoop(use.call, client)


def _asks_for_a_loop(call: Expression) -> bool:
    """Whether it is to run something on the loop of the thread, and nothing is ready for there being none."""
    if last_name(call.func.node) != "run_until_complete":
        return False
    callee = call.func.value()
    receiver = callee.receiver if isinstance(callee, External) else None
    site = None if receiver is None else receiver.site
    if site is None or site.scope is not call.scope or site.func.external() not in ASKING:
        return False
    around = syntax.around(site.scope.body, site.node)
    return not any(isinstance(each, syntax.Try) and each.handlers for each in around)


def _shared_client(coroutine: Expression, depth: int) -> Expression | None:
    """The client of the whole application that a coroutine uses."""
    if not isinstance(coroutine.node, syntax.Call) or depth > 3:
        return None
    for value in coroutine.func.values():
        receiver = value.receiver if isinstance(value, External) else None
        site = receiver.site if receiver is not None and receiver.external in SHARED_CLIENTS else None
        if site is not None and isinstance(site.scope, ModuleScope):
            return site
        if isinstance(value, FunctionValue):
            frame = coroutine.project.inference.calling.frame(value, None)
            for use in uses(frame):
                found = _shared_client(use.call, depth + 1)
                if found is not None:
                    return found
    return None
