"""Functions that run once and remember what they gave: caches without parameters.

They call the function the first time only (https://docs.python.org/3/library/functools.html#functools.cache).
"""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.scopes import ClassScope, FunctionScope, ModuleScope
from fastlint.model.suites import is_test
from fastlint.model.values import stands_for

CACHES = ("functools.cache", "functools.lru_cache")


def is_remembered(scope: FunctionScope) -> bool:
    """Whether all calls of a function but the first give what that gave."""
    if scope.node.parameters or scope.node.is_async or not scope.node.decorators:
        return False
    return any(name in CACHES for name in scope.project.inference.functions.decorator_names(scope))


def runs_at_import(scope: FunctionScope) -> bool:
    """Whether a function is called where a module of the application is imported."""
    return any(
        _is_at_import(call) and stands_for(call.func.values(), scope)
        for call in scope.project.calls.of(scope)
    )


def _is_at_import(call: Expression) -> bool:
    scope = call.scope
    if isinstance(scope, ClassScope) and isinstance(scope.parent, ModuleScope):
        return not is_test(call.place.path)
    return isinstance(scope, ModuleScope) and not is_test(call.place.path) and not is_for_scripts(call)


def is_for_scripts(call: Expression) -> bool:
    """Whether a call of a module stands in what no import runs: `if __name__ == "__main__":`."""
    return any(map(_asks_for_script, syntax.around(call.scope.body, call.node)))


def _asks_for_script(statement: syntax.Statement) -> bool:
    return isinstance(statement, syntax.If) and any(
        isinstance(each, syntax.Ref) and each.path == "__name__" for each in syntax.walk(statement.test)
    )
