"""Plain functions where the framework awaits what a handler gives: websocket endpoints and middleware.

Routes and dependencies may be either; of these Starlette awaits the result unasked
(https://www.starlette.io/routing/#websocket-routing, https://www.starlette.io/middleware/#basehttpmiddleware).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.expression import Expression
from fastlint.model.returns import returned
from fastlint.model.routing import RESPONSE
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import name_uses, uses
from fastlint.model.values import External, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

HOOKS = ("on_connect", "on_receive", "on_disconnect")


@dataclass(frozen=True, slots=True)
class PlainHandler:
    """A handler that is a plain function and gives something that cannot be awaited.

    `role` is websocket or middleware, `gives` what it gives: nothing, response, or used, where it works on a
    response that it has not awaited.
    """

    handler: FunctionValue
    role: str
    gives: str

    @property
    def function(self) -> FunctionScope:
        """The function itself."""
        return self.handler.scope

    @property
    def place(self) -> Place:
        return self.function.place

    @property
    def awaitable(self) -> tuple[str, ...]:
        """How it spells the framework's coroutine functions that it calls; () where none is known."""
        if self.role == "middleware":
            name = next_of(self.function)
            return (name,) if name and _calls(self.handler, name) else ()
        found = {
            use.call.func.text() for use in uses(self.function.frame) if _is_coroutine_of_framework(use.call)
        }
        return tuple(sorted(found))

    @property
    def is_known(self) -> bool:
        """Whether it is known what it has to await of what it calls of its parameters."""
        parameters = {each.name for each in self.function.node.parameters}
        awaitable = self.awaitable
        called = (use.call.func.text() for use in uses(self.function.frame))
        unknown = (name for name in called if name.partition(".")[0] in parameters and name not in awaitable)
        return bool(awaitable) or not any(True for _ in unknown)


def plain_handlers(project: Project) -> Iterator[PlainHandler]:
    """Each such function once."""
    seen: set[FunctionScope] = set()
    for handler, role, below in _awaited(project):
        scope = handler.scope
        if scope in seen or scope.node.is_async or scope.node.is_generator:
            continue
        seen.add(scope)
        running = project.inference.functions.wrapped(handler, below)
        if running is None or any(each.scope is not scope for each in running) or _is_stub(scope):
            continue
        gives = _gives(handler, role)
        if gives:
            yield PlainHandler(handler, role, gives)


def _awaited(project: Project) -> Iterator[tuple[FunctionValue, str, Expr | None]]:
    """The functions of which the framework awaits the result, and the decorator that registers each."""
    for route in project.application.routes:
        if route.is_websocket and (route.is_injected or _is_awaited(route.function)):
            yield route.handler, "websocket", None if route.decorator is None else route.decorator.node
    for hook in project.hooks.hooks:
        if hook.role == "middleware":
            decorators = hook.function.scope.node.decorators
            below = next((each for each in decorators if hook.place.span == each.span), None)
            yield hook.function, "middleware", below


def _is_awaited(scope: FunctionScope) -> bool:
    """Whether it is a function, or a method that Starlette's websocket endpoints await."""
    return scope.owner is None or scope.name in HOOKS


def _is_stub(scope: FunctionScope) -> bool:
    return not scope.body or isinstance(scope.body[-1], syntax.Raise)


def _gives(handler: FunctionValue, role: str) -> str:
    """What a plain function gives in place of an awaitable, '' where it may give one."""
    found = returned(handler)
    if not found or all(each.value.is_none for each in found):
        return "nothing"
    if role == "middleware" and any(each.value.is_certainly(RESPONSE) for each in found):
        return "response"
    return "used" if role == "middleware" and _uses_response(handler) else ""


def _uses_response(handler: FunctionValue) -> bool:
    """Whether it reads attributes of what `call_next` gave, which is a coroutine."""
    scope = handler.scope
    name = next_of(scope)
    for call in _calls(handler, name) if name else ():
        for statement in scope.statements():
            if isinstance(statement, syntax.Assign) and statement.value is call.node:
                for target in statement.targets:
                    if isinstance(target, syntax.Ref) and _is_read(scope, target.path):
                        return True
    return False


def _is_read(scope: FunctionScope, name: str) -> bool:
    if "." in name or len(scope.bindings.get(name, ())) != 1:
        return False
    changed = (path for path, _ in scope.targets)
    return any(path.startswith(f"{name}.") for path in changed) or any(
        use.context == "receiver" for use in name_uses(scope.frame, name)
    )


def next_of(scope: FunctionScope) -> str:
    """The parameter that goes on to the application: the second of a function, the third of a method."""
    parameters = scope.node.parameters[scope.owner is not None :]
    return parameters[1].name if len(parameters) == 2 else ""


def _calls(handler: FunctionValue, name: str) -> list[Expression]:
    """The calls of one of its parameters."""
    made = (use.call for use in uses(handler.scope.frame))
    return [call for call in made if isinstance(call.func.node, syntax.Ref) and call.func.node.path == name]


def _is_coroutine_of_framework(call: Expression) -> bool:
    knowledge = call.project.knowledge
    found = call.func.values()
    return bool(found) and all(
        isinstance(each, External)
        and each.name.startswith("starlette.")
        and knowledge.is_coroutine(each.name)
        for each in found
    )
