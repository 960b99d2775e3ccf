"""Functions that certainly do nothing which takes long, so that the event loop can run them itself."""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.calls import last_name
from fastlint.model.decorators import is_as_written
from fastlint.model.expression import Expression
from fastlint.model.handlers import HandlerParameter
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import External, FunctionValue, Instance, Manager, Value

DEEPEST = 3
QUICK = (
    *(f"builtins.{name}" for name in ("bool", "bytes", "float", "int", "isinstance", "len")),
    *(f"builtins.{name}" for name in ("repr", "str", "type")),
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow")),
    *("secrets.token_hex", "secrets.token_urlsafe", "time.monotonic", "time.perf_counter", "time.time"),
    *("uuid.UUID", "uuid.uuid1", "uuid.uuid4"),
    *("fastapi.HTTPException", "starlette.exceptions.HTTPException"),
)
"""Functions and classes that only calculate."""
QUICK_BELOW = (
    *(f"builtins.{name}." for name in ("bytes", "dict", "float", "int", "list", "set", "str", "tuple")),
    *("contextvars.ContextVar.", "fastapi.security.", "uuid.UUID."),
    *(
        f"starlette.{where}.{name}."
        for where in ("requests.HTTPConnection", "requests.Request", "websockets.WebSocket")
        for name in ("client", "cookies", "headers", "path_params", "query_params", "scope", "url")
    ),
)
"""Whose methods only calculate."""
QUICK_OBJECTS = ("builtins.", "fastapi.security.", "starlette.")
"""Objects that have no attributes which are found out when they are read."""
PLAIN = (syntax.Assign, syntax.Evaluate, syntax.If, syntax.Raise, syntax.Return, syntax.Scoped, syntax.Try)


def is_quick(function: FunctionScope, depth: int = 0) -> bool:
    """Whether a function of the project certainly does nothing that takes long.

    Neither a loop, nor a call of anything of which that is not known, nor an attribute of an object whose
    class may find it out when it is read.
    """
    if depth > DEEPEST or function.node.is_async or not _is_as_it_reads(function):
        return False
    if not all(_is_plain(each) for each in function.statements() if _does(each)):
        return False
    if any(True for _ in function.comprehensions) or any(True for _ in function.lambdas):
        return False
    called = [each.node.func for each in function.calls if isinstance(each.node, syntax.Call)]
    calls = (Expression(each.node, function.frame) for each in function.calls)
    return all(_is_quick_call(each, depth) for each in calls) and all(
        _is_quick_read(function, each.node)
        for each in readings(function.body, syntax.Ref)
        if each.node not in called
    )


def _is_plain(statement: syntax.Statement) -> bool:
    """Whether it does what its expressions do, which are looked at; a `with` enters what a call gives."""
    if isinstance(statement, syntax.With):
        items = statement.items
        return not statement.is_async and all(isinstance(each.context, syntax.Call) for each in items)
    return isinstance(statement, PLAIN)


def _does(statement: syntax.Statement) -> bool:
    return type(statement) not in (syntax.Function, syntax.Class, syntax.Import)


def _is_as_it_reads(function: FunctionScope) -> bool:
    if is_as_written(function):
        return True
    names = function.project.inference.functions.decorator_names(function)
    return names == ("contextlib.contextmanager",)


def _is_quick_call(call: Expression, depth: int) -> bool:
    values = call.func.values()
    return bool(values) and all(_is_quick_value(value, call, depth) for value in values)


def _is_quick_value(value: Value, call: Expression, depth: int) -> bool:
    match value:
        case External():
            return value.name in QUICK or value.name.startswith(QUICK_BELOW)
        case FunctionValue():
            return is_quick(value.scope, depth + 1)
        case Manager():
            return is_quick(value.function.scope, depth + 1)
        case _:
            owner = (
                call.func.owner
            )  # what `get` of a variable gives is known, and so is not that it is a method
            of_variable = owner is not None and owner.instances("contextvars.ContextVar")
            return bool(of_variable) and last_name(call.func.node) in ("get", "set", "reset")


def _is_quick_read(function: FunctionScope, node: syntax.Expr) -> bool:
    """Whether a dotted name is read of a module, or of an object of a class with plain attributes."""
    assert isinstance(node, syntax.Ref)
    root, _, rest = node.path.partition(".")
    parameter = function.parameter(root)
    if not rest or parameter is None:
        return not rest or root not in function.bindings
    types = HandlerParameter(function, parameter).types
    return bool(types) and all(
        isinstance(each, Instance) and each.external.startswith(QUICK_OBJECTS) for each in types
    )
