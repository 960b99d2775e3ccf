"""How the dependency rules call things in their messages."""

from __future__ import annotations

from fastlint.api import (
    Coroutine,
    Expression,
    External,
    FunctionValue,
    Injection,
    Instance,
    Literal,
    Stream,
    Value,
)


def kind_of(expression: Expression) -> str:
    """What an expression stands for that cannot be called: "a generator", "a `Settings` object"."""
    kinds = {_kind(value) for value in expression.values()}
    return kinds.pop() if len(kinds) == 1 else "the result"


def name_of(value: Value, written: str) -> str:
    """A function as it is defined; anything else as it is written."""
    return value.scope.name if isinstance(value, FunctionValue) else written


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
            return "a constant"
        case _:
            return "the result"
