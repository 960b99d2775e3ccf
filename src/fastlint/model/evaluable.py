"""Whether FastAPI can evaluate an annotation: names in it are looked up when the application is built.

Annotations in quotes, and all those below `from __future__ import annotations`, are text until then, and
only the names of the module are there (https://peps.python.org/pep-0563/#resolving-type-hints-at-runtime).
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope, ModuleScope, Scope


def keeps_annotations_as_text(function: FunctionScope) -> bool:
    """Whether the annotations of a function are kept as text."""
    return any(
        isinstance(each, syntax.Import) and each.module == "__future__" and each.name == "annotations"
        for each in function.module.statements()
    )


def is_evaluable(code: Expression, function: FunctionScope) -> bool:
    """Whether every name in code that is to stand in the annotations of a function can be looked up there."""
    return all(_is_there(name, function) for name in set(_names(code.node)))


def _is_there(name: str, function: FunctionScope) -> bool:
    scope: Scope | None = function.parent
    while scope is not None and not isinstance(scope, ModuleScope):
        if name in scope.bindings:
            return not keeps_annotations_as_text(function)
        scope = scope.parent
    bindings = function.module.bindings.get(name, [])
    return not bindings or any(not each.is_for_checkers for each in bindings)


def _names(node: syntax.Expr) -> Iterator[str]:
    for each in syntax.walk(node):
        if isinstance(each, syntax.Ref):
            yield each.path.partition(".")[0]
        elif isinstance(each, syntax.Lambda):
            for statement in each.function.body:
                for inner in syntax.expressions(statement):
                    yield from _names(inner)
