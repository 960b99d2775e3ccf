"""What runs where an object of a class of the project is made."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.plaindata import OF_DATA, is_known_to_be_quick
from fastlint.model.scopes import ClassScope, FunctionScope
from fastlint.model.values import ClassValue

MAKING = ("__new__", "__init__", "__post_init__", "model_post_init")


def makers(cls: ClassValue) -> Iterator[FunctionScope]:
    """Its methods that run then, and those of the classes above it."""
    for each in _classes(cls):
        yield from (method for method in each.functions() if method.name in MAKING or _is_validator(method))


def has_slow_default(cls: ClassValue) -> bool:
    """Whether one of its fields has a `default_factory` that is not known to be quick."""
    return any(
        name not in OF_DATA and not is_known_to_be_quick(name, cls.scope.project)
        for each in _classes(cls)
        for name in _factories(each)
    )


def _classes(cls: ClassValue) -> Iterator[ClassScope]:
    found = cls.scope.project.inference.classes.mro(cls)
    return (each.scope for each in found if isinstance(each, ClassValue))


def _factories(scope: ClassScope) -> Iterator[str]:
    made = (each.value for each in scope.statements() if isinstance(each, syntax.Assign))
    calls = (Expression(each, scope.frame) for each in made if isinstance(each, syntax.Call))
    factories = (each.keywords.get("default_factory") for each in calls)
    return (each.external() for each in factories if each is not None)


def _is_validator(method: FunctionScope) -> bool:
    names = method.project.inference.functions.decorator_names(method)
    return any(name.startswith("pydantic.") and "validator" in name for name in names)
