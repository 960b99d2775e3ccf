"""Whether a call works on much: on what was uploaded, or again and again."""

from __future__ import annotations

from itertools import islice

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.markers import metadata
from fastlint.model.repetition import is_repeated
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.uses import Use
from fastlint.model.values import FunctionValue, Instance

UPLOAD = "starlette.datastructures.UploadFile"
READ = (f"{UPLOAD}.read()", f"{UPLOAD}.file.read()")
"""What the content of an upload is."""
DEEPEST = 3
"""Through how many functions what was uploaded is followed."""
MOST_CALLERS = 16
CACHES = ("functools.cache", "functools.lru_cache", "functools.cached_property")


def is_large(use: Use, receiver: Instance | None) -> bool:
    return is_repeated(use, receiver) or any(map(is_upload, use.call.args))


def runs_once(scope: Scope) -> bool:
    """Whether a function remembers what it read: it is cached, or returns early once a name is set."""
    if not isinstance(scope, FunctionScope):
        return False
    if any(name in CACHES for name in scope.project.inference.functions.decorator_names(scope)):
        return True
    return any(
        isinstance(node, syntax.If)
        and any(isinstance(each, syntax.Return) for each in node.body)
        and _tests_a_global(node.test, scope)
        for node in scope.statements()
    )


def is_upload(argument: Expression, depth: int = 0) -> bool:
    """What was read from an uploaded file, or sent as one, also where all known callers pass that."""
    if argument.instances(*READ):
        return True
    scope = argument.scope
    if not isinstance(argument.node, syntax.Ref) or not isinstance(scope, FunctionScope):
        return False
    parameter = scope.parameter(argument.node.path)
    if parameter is None or scope.parent is None:
        return False
    declared = [parameter.default] if parameter.default is not None else []
    markers = [Expression(node, scope.parent.frame) for node in declared]
    if parameter.annotation is not None:
        markers.extend(metadata(Expression(parameter.annotation, scope.parent.frame)))
    if any(marker.instances("fastapi.File") for marker in markers):
        return True
    is_kept = len(scope.bindings.get(parameter.name, ())) == 1
    return is_kept and depth < DEEPEST and _is_always_passed_uploads(scope, parameter.name, depth)


def _is_always_passed_uploads(scope: FunctionScope, name: str, depth: int) -> bool:
    project = scope.project
    calls = [*islice(project.calls.of(scope), MOST_CALLERS + 1)]
    found = False
    for call in calls if len(calls) <= MOST_CALLERS else ():
        meant = [v for v in call.func.values() if isinstance(v, FunctionValue) and v.scope is scope]
        given = project.inference.calling.arguments(meant[0], call).get(name) if meant else None
        if meant and (given is None or not is_upload(given, depth + 1)):
            return False
        found = found or bool(meant)
    return found


def _tests_a_global(test: syntax.Expr, scope: FunctionScope) -> bool:
    """`if CACHE:`, `if _settings is not None:`: a name of the module decides, by being set."""
    if isinstance(test, syntax.Operation) and test.operator == "not":
        return False
    operand = test.operands[0] if isinstance(test, syntax.Operation) and test.operands else test
    if not isinstance(operand, syntax.Ref):
        return False
    name = operand.path.partition(".")[0]
    bindings = scope.module.bindings.get(name, ())
    is_own = name in scope.bindings and name not in scope.foreign
    return not is_own and any(binding.kind == "value" for binding in bindings)
