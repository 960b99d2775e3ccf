"""How the dependency rules call things in their messages."""

from __future__ import annotations

from fastlint.api import (
    Coroutine,
    Expression,
    External,
    FunctionScope,
    Injection,
    Instance,
    Literal,
    Stream,
    Value,
    syntax,
)


def kind_of(expression: Expression) -> str:
    """What an expression stands for that cannot be called: "a generator", "a `Settings` object"."""
    kinds = {_kind(value) for value in expression.values()} or {"`None`"}
    return kinds.pop() if len(kinds) == 1 else "an object"


def function_name(function: FunctionScope) -> str:
    """What a person calls a function; a class by its name where that is called."""
    return function.owner.name if function.owner and function.name == "__call__" else function.label


def dependency_name(injection: Injection) -> str:
    """What a `Depends` calls, as it is written there."""
    argument = injection.argument
    if argument is not None:
        return argument.text()
    parameter = injection.filled
    names = {class_name(value) for value in parameter.types} if parameter is not None else set[str]()
    return names.pop() if len(names) == 1 else "the dependency"


def class_name(value: Value) -> str:
    """The name of an object's class."""
    if not isinstance(value, Instance):
        return "object"
    return value.cls.name.rpartition(".")[2] if isinstance(value.cls, External) else value.cls.scope.name


def _kind(value: Value) -> str:
    match value:
        case Stream():
            return "an async generator" if value.function.scope.node.is_async else "a generator"
        case Coroutine():
            return "a coroutine"
        case Instance():
            return f"a `{class_name(value)}` object"
        case Literal():
            return _literal(value.expression.node)
        case _:
            return "an object"


def _literal(node: syntax.Node) -> str:
    match node:
        case syntax.Mapping():
            return "a dict"
        case syntax.Collection():
            return f"a {node.kind}"
        case syntax.Constant() if not isinstance(node.value, str):
            return f"`{node.value}`"
        case _:
            return "a string"
