"""What a decorator makes of the function that it gets."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.model.expression import Expression
from fastlint.model.plaindata import DECORATORS
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Manager, Partial, Value

CONTEXTS = ("contextlib.ContextDecorator", "contextlib.AsyncContextDecorator")


def replaces(decorator: Expression, function: FunctionValue) -> bool | None:
    """Whether calls go somewhere else once a decorator is applied; None when that cannot be told."""
    called = decorator.func if decorator.is_call else decorator
    if decorator.project.knowledge.is_replacing(called.external()):
        return True
    bare = FunctionValue(function.scope, function.receiver, function.outer, bare=True)
    answers = {_replaces(value, bare, decorator) for value in _applicable(decorator)}
    return answers.pop() if len(answers) == 1 else None


def _applicable(decorator: Expression) -> Iterator[Value]:
    """What is called with the function; a coroutine function cannot be meant."""
    for value in decorator.values():
        if not isinstance(value, FunctionValue) or not value.scope.node.is_async:
            yield value


def _replaces(value: Value, function: FunctionValue, decorator: Expression) -> bool | None:
    inference = decorator.project.inference
    match value:
        case ClassValue():
            return True if inference.classes.method(Instance(value), "__call__") is not None else None
        case Manager():
            return True  # what `@contextmanager` gives is a ContextDecorator
        case Instance() if not isinstance(value.cls, External):
            method = inference.classes.method(value, "__call__")
            if method is None:
                return inference.classes.descends(value.cls, *CONTEXTS) or None
            return _gives_another(method, function, decorator)
        case FunctionValue():
            return _gives_another(value, function, decorator)
        case _:
            return None


def _gives_another(decorator: FunctionValue, function: FunctionValue, at: Expression) -> bool | None:
    inference = at.project.inference
    frame = inference.functions.applied_frame(decorator, function)
    if frame is None:
        return None
    given = inference.functions.body_returns(decorator.scope, frame)
    answers = {_is_another(value, function, at) for value in given}
    return answers.pop() if len(answers) == 1 else None


def _is_another(value: Value, function: FunctionValue, at: Expression) -> bool | None:
    match value:
        case FunctionValue():
            return value.scope is not function.scope
        case Partial():
            return True
        case Instance() if not isinstance(value.cls, External):
            return True if at.project.inference.classes.method(value, "__call__") is not None else None
        case _:
            return None


def is_as_written(function: FunctionScope) -> bool:
    """Whether FastAPI gets a function as it is written: what decorates it are its routes, or leaves it be."""
    project = function.project
    registered = project.application.route_decorators
    names = project.inference.functions.decorator_names(function)
    return all(
        id(node) in registered or project.knowledge.is_transparent(name)
        for node, name in zip(function.node.decorators, names, strict=True)
    )


def is_given_away(cls: ClassValue) -> bool:
    """Whether something gets a class when it is made, and may keep it: a decorator, its metaclass, a base."""
    project = cls.scope.project
    inference, knowledge = project.inference, project.knowledge
    outside = cls.scope.parent
    assert outside is not None
    decorators = (Expression(each, outside.frame) for each in cls.scope.node.decorators)
    if not all(
        (each.func if each.is_call else each).external().startswith(DECORATORS) for each in decorators
    ):
        return True
    for each in inference.classes.mro(cls):
        if isinstance(each, External):
            if knowledge.is_stranger(each.name):
                return True
        elif each.scope.node.keywords or (each != cls and "__init_subclass__" in each.scope.bindings):
            return True
    return False
