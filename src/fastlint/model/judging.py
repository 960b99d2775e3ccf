"""Small judgements about values and bindings."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fastlint.diagnostic import Span
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.scopes import Binding, FunctionScope, ModuleScope
from fastlint.model.values import (
    ClassValue,
    External,
    Instance,
    Literal,
    Value,
    Values,
)

if TYPE_CHECKING:
    pass

DEEPEST = 120
MOST_VALUES = 8
MOST_CONTEXT = 4
MOST_ENTRIES = 64
DICTS = frozenset(
    (
        "builtins.dict",
        "collections.defaultdict",
        "collections.OrderedDict",
        *tuple(f"typing.{name}" for name in ("Mapping", "MutableMapping", "DefaultDict", "OrderedDict")),
    )
)
DICT_METHODS = ("values", "get", "pop", "items", "setdefault")
ITEM_METHODS = {
    "builtins.list": ("pop",),
    "builtins.set": ("pop",),
    "collections.deque": ("pop", "popleft"),
    "contextvars.ContextVar": ("get",),
}
APPLICATION_STATE = (".app.state", "FastAPI.state", "Starlette.state")
REQUEST_STATE = (
    "starlette.requests.HTTPConnection.state",
    "starlette.requests.Request.state",
    "starlette.websockets.WebSocket.state",
)
BUILTINS = frozenset(dir(__import__("builtins")))
MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager")
PLAIN_BASES = ("abc.ABC", "builtins.object", "typing.Generic", "typing.Protocol")
"""Bases that bring no methods of their own."""
PROTOCOLS = ("typing.Protocol", "typing_extensions.Protocol")
PROPERTIES = ("builtins.property", "functools.cached_property")
ROUTERS = ("starlette.applications.Starlette", "starlette.routing.Router")
SETTINGS = "pydantic_settings.BaseSettings"
NEVER_ASYNC = frozenset(("requests", "httpx", "urllib3"))
LOOPS = frozenset(("asyncio", "builtins"))
NOWHERE: Any = None


def yielded(scope: FunctionScope) -> Iterator[syntax.Yield]:
    """The yields of a function's own body."""
    for statement in scope.statements():
        if isinstance(statement, (syntax.Function, syntax.Class)):
            continue
        for outer in syntax.expressions(statement):
            for inner in syntax.walk(outer):
                if isinstance(inner, syntax.Yield):
                    yield inner


def is_none(value: Value) -> bool:
    return (
        isinstance(value, Literal)
        and isinstance(value.expression.node, syntax.Constant)
        and value.expression.node.value is None
    )


def added_to(value: Value) -> Value:
    """What becomes of a value under `+=`: a list is still that list, a text another one."""
    if not isinstance(value, Literal) or is_none(value):
        return value
    constant = value.expression.node
    if isinstance(constant, syntax.Constant):
        return Instance(External(f"builtins.{type(constant.value).__name__}"))
    return Instance(External("builtins.str")) if value.expression.is_text else value


def is_exported(name: str, module: ModuleScope) -> bool:
    """Whether a star import takes a name."""
    exported = module.exported
    return not name.startswith("_") if exported is None else name in exported


def is_own(value: Value) -> bool:
    """An object of a class of the project."""
    return isinstance(value, Instance) and isinstance(value.cls, ClassValue)


def is_precise(values: Values) -> bool:
    """Whether values say more than an annotation could."""
    return any(not is_none(value) and not is_guess(value) for value in values)


def gives_no_awaitable(value: External) -> bool:
    """Whether it is a function of the standard library, or of a client, whose result cannot be awaited.

    A method may be that of another class than it seems to be, where it is awaited.
    """
    package = value.name.partition(".")[0]
    return value.receiver is None and (package in NEVER_ASYNC or package in sys.stdlib_module_names - LOOPS)


def is_guess(value: Value) -> bool:
    """Something of a library of which no more is known than how it was got."""
    if isinstance(value, Instance):
        return value.external.endswith("()")
    return isinstance(value, External) and value.receiver is not None


def filed_under(expression: Expression) -> Hashable:
    """Under what the values of an expression are filed: its node, and the caller where that matters."""
    frame = expression.frame
    return (id(expression.node), frame.key, id(frame.scope)) if frame.key else id(expression.node)


def distinct(values: Values) -> Values:
    """Each value once, and `None` only where nothing else is possible."""
    if len(values) < 2:
        return values
    distinct = {identity(value): value for value in values if not is_none(value)}
    return (tuple(distinct.values()) or values[:1])[:MOST_VALUES]


def identity(value: Value) -> object:
    """The same method of two objects is two values."""
    return (value, value.receiver) if isinstance(value, External) else value


def reaching(bindings: list[Binding], at: Span | None) -> Iterable[Binding]:
    """The bindings that can have been the last one when a place of the same scope runs."""
    if at is None or len(bindings) == 1:
        return last_bindings(bindings)
    before = [each for each in bindings if each.line <= at.line and not _is_made_of(each, at)]
    return last_bindings(before or bindings)


def _is_made_of(binding: Binding, at: Span) -> bool:
    """Whether a place is read to make the value: `query = query.where(...)` reads the query before it.

    What may run again, in a loop, is also made of what it gave the last time.
    """
    if not binding.certain or binding.value is None:
        return False
    value = binding.value.span
    start, end = (value.line, value.column), (value.end_line, value.end_column)
    return start <= (at.line, at.column) < end


def last_bindings(bindings: list[Binding]) -> Iterable[Binding]:
    """The last certain binding and what may come after it."""
    for position in range(len(bindings) - 1, -1, -1):
        if bindings[position].certain:
            return bindings[position:]
    return bindings


def merged_orders(orders: list[tuple[ClassValue | External, ...]]) -> list[ClassValue | External]:
    """The orders of several bases as one: a class comes after all that derive from it."""
    queues = [list(order) for order in orders]
    merged: list[ClassValue | External] = []
    while queues := [queue for queue in queues if queue]:
        head = next(
            (queue[0] for queue in queues if not any(queue[0] in other[1:] for other in queues)), queues[0][0]
        )
        merged.append(head)
        queues = [[each for each in queue if each != head] for queue in queues]
    return merged
