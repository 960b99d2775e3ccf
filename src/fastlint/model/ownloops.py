"""Clients that do not survive the loop they are run on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.scopes import ModuleScope
from fastlint.model.uses import uses
from fastlint.model.values import External, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

SHARED_CLIENTS = ("httpx.AsyncClient", "aiohttp.ClientSession")


@dataclass(frozen=True, slots=True)
class OwnLoop:
    """A loop that a `def` handler starts around a client which the whole application shares."""

    call: Expression
    client: Expression

    @property
    def place(self) -> Place:
        return self.call.place


def own_loops(project: Project) -> Iterator[OwnLoop]:
    """`asyncio.run` in functions that run in a thread, around a client that is made once for all."""
    on_loop = set(project.loop.functions)
    for function in project.loop.reached:
        found = project.quiet.said("own loops", function)
        yield from () if function in on_loop else found


def own_loops_in(function: FunctionValue) -> Iterator[OwnLoop]:
    """Those in one function."""
    if function.scope.node.is_async:
        return
    for use in uses(function.scope.project.inference.calling.frame(function, None)):
        if use.call.func.external() != "asyncio.run" or not use.call.args:
            continue
        client = _shared_client(use.call.args[0], 0)
        if client is not None:
            yield OwnLoop(use.call, client)


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
