"""Classes whose objects are made once for all requests, or once at all."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.filling import filled_by
from fastlint.model.remembered import is_for_scripts, is_remembered
from fastlint.model.scopes import ClassScope, FunctionScope, ModuleScope
from fastlint.model.settingup import sets_up
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue

CONSTRUCTORS = ("__init__", "__new__")
BY_THREAD = "threading.local"
"""A class whose objects each thread makes anew."""
DEEPEST = 3
"""Over how many objects, one inside the other, it is asked where they are made."""


def are_made_once(cls: ClassValue, init: FunctionScope) -> bool:
    """Whether all objects of a class that the application has outlive its requests."""
    if any(each.function is init for each in init.project.dependencies.dependencies):
        return False
    made = list(constructions(cls))
    return bool(made) and all(map(_is_made_once, made))


def is_made_at_start(call: Expression, depth: int = 0) -> bool:
    """Whether what a call makes is made before all requests, in the thread that the event loop then has.

    Where a module is imported, by what sets up an app, or for an object that is only made in such a place.
    """
    scope = call.scope
    if not isinstance(scope, FunctionScope):
        return isinstance(scope, (ModuleScope, ClassScope)) and not is_for_scripts(call)
    if scope.owner is None or scope.name not in CONSTRUCTORS or depth > DEEPEST:
        return sets_up(scope)
    if any(each.function is scope for each in scope.project.dependencies.dependencies):
        return False
    project, cls = scope.project, ClassValue(scope.owner)
    if project.inference.classes.descends(cls, BY_THREAD):
        return False
    classes = (cls, *map(ClassValue, project.subclasses(cls.scope)))
    made = [each for one in classes for each in constructions(one)]
    return bool(made) and all(is_made_at_start(each, depth + 1) for each in made)


def constructions(cls: ClassValue) -> Iterator[Expression]:
    """The calls of a class, in all of the project but its tests."""
    name, project = cls.scope.name, cls.scope.project
    for module in project.mentioning(name):
        if is_test(module.path):
            continue
        for scope, node in project.calls.module(module).get(name, ()):
            call = Expression(node, scope.frame)
            if any(isinstance(each, ClassValue) and each.scope is cls.scope for each in call.func.values()):
                yield call


def _is_made_once(call: Expression) -> bool:
    """Whether a call runs where a module is imported, in a function that remembers what it gave, or for
    want of what a variable of the module keeps: `if store is None: store = Store()`."""
    scope = call.scope
    if isinstance(scope, (ModuleScope, ClassScope)):
        return True
    if not isinstance(scope, FunctionScope):
        return False
    return is_remembered(scope) or any(
        isinstance(each, syntax.Assign)
        and each.value is call.node
        and any(isinstance(target, syntax.Ref) and _is_wanting(target, call) for target in each.targets)
        for each in scope.statements()
    )


def _is_wanting(variable: syntax.Ref, call: Expression) -> bool:
    """Whether a call is made only where a variable of the module has no value yet."""
    assert isinstance(call.scope, FunctionScope)
    return variable.path in call.scope.foreign and variable.path in filled_by(call.scope, call.node)
