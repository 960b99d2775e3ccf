"""Functions that run in threads of the pool and nowhere else: `def` handlers, and what only they call.

FastAPI runs a `def` route or dependency in a thread, where no event loop runs
(https://fastapi.tiangolo.com/async/).
"""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.callables import is_plain
from fastlint.model.plainly import is_for_websockets, is_harmless, mentions_of
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import FunctionValue, stands_for

LONGEST_CHAIN = 3


def is_handler_in_a_thread(scope: FunctionScope) -> bool:
    """Whether the framework runs a function in a thread, where it runs it itself."""
    if scope.node.is_async or is_for_websockets(scope):
        return False
    project = scope.project
    routes = (each.handler for each in project.application.routes if each.function is scope)
    dependencies = (each.handler for each in project.dependencies.dependencies if each.function is scope)
    return any(is_plain(each, project) for each in (*routes, *dependencies))


def runs_in_threads_only(scope: FunctionScope, depth: int = 0) -> bool:
    """Whether it is certain that no event loop runs where a function does: only such handlers lead to it."""
    if scope.node.is_async or scope.is_lambda or scope.owner is not None or depth > LONGEST_CHAIN:
        return False
    is_handler = is_handler_in_a_thread(scope)
    if not is_handler and not is_plain(FunctionValue(scope), scope.project):
        return False
    is_called = False
    for module in scope.project.mentioning(scope.name):
        for mention, outer in mentions_of(module, scope.name):
            if not stands_for(mention.values(), scope) or (is_handler and is_harmless(mention, outer)):
                continue
            caller = mention.scope
            if not isinstance(outer, syntax.Call) or outer.func is not mention.node:
                return False
            if not isinstance(caller, FunctionScope) or not runs_in_threads_only(caller, depth + 1):
                return False
            is_called = True
    return is_handler or is_called
