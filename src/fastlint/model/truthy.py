"""Objects that a test takes for true, whatever they hold.

An object is false by its `__bool__`, or else by its `__len__`
(https://docs.python.org/3/library/stdtypes.html#truth-value-testing).
"""

from __future__ import annotations

import sys

from fastlint.model.absence import is_constructor
from fastlint.model.expression import Expression
from fastlint.model.judging import PLAIN_BASES
from fastlint.model.values import ClassValue, External, Instance, Value

FALSE_BY = ("__bool__", "__len__")
WITHOUT = (*PLAIN_BASES, "pydantic.BaseModel")
"""Bases that have neither."""


def is_true(expression: Expression) -> bool:
    """Whether what is not `None` is certainly such an object, of a class of the project or of a package."""
    found = expression.values()
    return bool(found) and expression.is_whole and all(map(_is_true, found))


def _is_true(value: Value) -> bool:
    if not isinstance(value, Instance) or value.site is None or not value.site.is_call:
        return False
    if value.external:
        return _is_made_by_package(value.site.func.external())
    if not isinstance(value.cls, ClassValue):
        return False
    for each in value.cls.scope.project.inference.classes.mro(value.cls):
        if isinstance(each, External):
            if each.name not in WITHOUT:
                return False
        elif not each.scope.bindings.keys().isdisjoint(FALSE_BY):
            return False
    return True


def _is_made_by_package(name: str) -> bool:
    package = name.partition(".")[0]
    return is_constructor(name) and package != "builtins" and package not in sys.stdlib_module_names
