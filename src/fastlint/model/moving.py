"""Whether a decorator can stand below a route's own, where requests go through what it makes.

FastAPI calls what it makes with keywords, and reads which ones from its signature, which
`functools.wraps` makes that of the endpoint (https://docs.python.org/3/library/inspect.html#inspect.signature).
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.routing import Route
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import FunctionValue
from fastlint.model.wrapping import names_what_it_wraps

SEES_THROUGH = "fastapi>=0.123.5"
"""The versions that look for a coroutine function behind `functools.wraps`."""

AWAITING = ("aiocache.",)
"""Libraries of which the decorators await what they get."""


def obstacle(decorator: Expression, route: Route) -> str | None:
    """Why a decorator above a route's cannot move below it, for a message; "" where that is not known.

    None where it can.
    """
    called = decorator.func if decorator.is_call else decorator
    name, knowledge = called.external(), decorator.project.knowledge
    is_async = route.function.node.is_async
    if knowledge.is_replacing(name):
        if is_async and knowledge.is_remembering(name):
            return f"`{called.text()}` would keep a coroutine, which can be awaited once"
        return (
            f"`{called.text()}` awaits what it gets" if name.startswith(AWAITING) and not is_async else None
        )
    handler = FunctionValue(route.function, route.handler.receiver, route.handler.outer, bare=True)
    made = decorator.project.inference.functions.applied(decorator, (handler,))
    if not made or any(each.scope.owner is not None for each in made):
        return ""
    return next((why for each in made if (why := _wrapper_obstacle(each.scope, route)) is not None), None)


def _wrapper_obstacle(wrapper: FunctionScope, route: Route) -> str | None:
    if wrapper is route.function:
        return None
    if not names_what_it_wraps(wrapper):
        return f"`{wrapper.name}` has a signature of its own: put `@functools.wraps(...)` above it first"
    if wrapper.node.is_async and not route.function.node.is_async:
        return f"`{wrapper.name}` is an `async def` and would await a `def`"
    is_plain_around_async = route.function.node.is_async and not wrapper.node.is_async
    if is_plain_around_async and not route.project.holds(SEES_THROUGH, route.place.path):
        return f"`{wrapper.name}` is a `def`, and FastAPI would not await the coroutine that it gives"
    return next(_unmet(wrapper, {each.name for each in route.function.node.parameters}), None)


def _unmet(wrapper: FunctionScope, given: set[str]) -> Iterator[str]:
    """What of a wrapper does not go with the keywords that the endpoint's signature asks for."""
    parameters = wrapper.node.parameters
    named = {each.name: each for each in parameters if each.kind in ("normal", "keyword")}
    for each in parameters:
        is_filled = each.name in given and each.kind in ("normal", "keyword")
        if each.kind not in ("args", "kwargs") and each.default is None and not is_filled:
            yield f"`{wrapper.name}` needs `{each.name}`, which the endpoint does not have"
    collected = {each.kind: each.name for each in parameters if each.kind in ("args", "kwargs")}
    if "kwargs" not in collected and not given <= named.keys():
        yield f"`{wrapper.name}` does not take all that the endpoint takes"
    for node in _evaluated(wrapper):
        if not isinstance(node, syntax.Subscript):
            continue
        if _is_name(node.value, collected.get("args", "")):
            yield f"`{wrapper.name}` reads arguments by position, and FastAPI passes keywords"
        key = node.index.value if isinstance(node.index, syntax.Constant) else None
        if _is_name(node.value, collected.get("kwargs", "")) and key is not None and key not in given:
            yield f"`{wrapper.name}` reads `{key}`, which the endpoint does not have"


def _evaluated(scope: FunctionScope) -> Iterator[syntax.Expr]:
    return (node for statement in scope.statements() for node in syntax.evaluated(statement))


def _is_name(node: syntax.Expr, name: str) -> bool:
    return bool(name) and isinstance(node, syntax.Ref) and node.path == name
