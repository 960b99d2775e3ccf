"""Which `async def` handlers can be a `def`, which FastAPI runs in a thread.

A route or dependency that awaits nothing gives the same then (https://fastapi.tiangolo.com/async/), unless
someone else awaits what calling it gives, or its body needs the thread of the loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.index.syntax import Expr
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.markers import is_marker
from fastlint.model.mentions import aliases
from fastlint.model.needing import asks_itself, needs_its_thread
from fastlint.model.scopes import FunctionScope, ModuleScope, Scope
from fastlint.model.threads import is_confined
from fastlint.model.torn import is_tested_and_set
from fastlint.model.uses import uses
from fastlint.model.values import Coroutine, FunctionValue, stands_for

if TYPE_CHECKING:
    from fastlint.model.loop import LoopCall

ASYNCHRONOUS = ("anyio", "asyncio", "sniffio", "trio")
REGISTERING = ("add_api_route", "add_route", "APIRoute", "Route")
OVERRIDES = "dependency_overrides"


def could_be_plain(call: LoopCall) -> bool:
    """Whether the function that makes a call can be a `def`, and the call is then made in a thread."""
    root, scope = call.root, call.function
    is_handler = root.role in ("route", "dependency") and root.function.scope is scope and root.is_plain
    if not is_handler or not call.blocking.thread or scope.owner is not None:
        return False
    if not scope.node.is_async or scope.node.is_generator or scope.awaits or scope.foreign:
        return False
    if is_for_websockets(scope):
        return False
    return not _needs_the_loop(call) and not _is_used_otherwise(root.function)


def is_for_websockets(function: FunctionScope) -> bool:
    """Whether a function answers a websocket, which none but a coroutine function can."""
    return any(each.is_websocket for each in function.project.application.routes if each.function is function)


def _needs_the_loop(call: LoopCall) -> bool:
    scope = call.function
    if any(_changes_what_others_see(each, scope) for each in scope.statements()) or is_tested_and_set(scope):
        return True
    for use in uses(scope.frame):
        name = use.call.func.external().partition(".")[0]
        if name in ASYNCHRONOUS or asks_itself(use.call):
            return True
        if any(isinstance(each, Coroutine) for each in use.call.values()):
            return True
        if any(needs_its_thread(each, scope.project) for each in use.call.func.values()):
            return True
        owner = use.call.func.owner
        if owner is not None and is_confined(owner, is_within=True):
            return True
    return False


def _changes_what_others_see(statement: syntax.Statement, scope: Scope) -> bool:
    """`counts[name] += 1`, which the loop does at once, and threads may do at the same time."""
    if not isinstance(statement, syntax.Assign) or not statement.augmented:
        return False
    return any(not isinstance(each, syntax.Ref) or scope.is_foreign(each.path) for each in statement.targets)


def _is_used_otherwise(function: FunctionValue) -> bool:
    """Whether code does anything with a handler but register it, depend on it or override it."""
    scope = function.scope
    return any(
        not is_harmless(each, outer)
        for module in scope.project.mentioning(scope.name)
        for each, outer in mentions_of(module, scope.name)
        if stands_for(each.values(), scope)
    )


def is_harmless(mention: Expression, outer: Expr | None) -> bool:
    """Whether a handler is registered, depended on or overridden where it is mentioned."""
    if isinstance(outer, syntax.Subscript):
        return last_name(outer.value) == OVERRIDES
    if not isinstance(outer, syntax.Call) or outer.func is mention.node:
        return False
    return last_name(outer.func) in REGISTERING or is_marker(mention.at(outer))


def mentions_of(module: ModuleScope, name: str) -> Iterator[tuple[Expression, Expr | None]]:
    """Where a module mentions a name, each with the expression around it."""
    names = {name, *aliases(module, name)}
    for scope in (each for outer in module.within() for each in (outer, *outer.lambdas)):
        for node, _, outer, *_ in readings(scope.body, syntax.Ref, syntax.Attribute):
            if last_name(node) in names:
                yield Expression(node, scope.frame), outer
        for annotation in _annotations(scope):
            for node in syntax.walk(annotation):
                inside = syntax.operands(node)
                yield from (
                    (Expression(each, scope.frame), node)
                    for each in inside
                    if isinstance(each, (syntax.Ref, syntax.Attribute)) and last_name(each) in names
                )


def _annotations(scope: Scope) -> Iterator[Expr]:
    for statement in scope.statements():
        if isinstance(statement, syntax.Assign) and statement.annotation is not None:
            yield statement.annotation
        elif isinstance(statement, syntax.Function):
            yield from (each.annotation for each in statement.parameters if each.annotation is not None)
