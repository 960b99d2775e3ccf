"""Whether what a `Depends` injects may turn a client away who sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.products import is_security
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import uses
from fastlint.model.values import FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.handlers import Handler, HandlerParameter
    from fastlint.model.injections import Injection

DEEPEST = 6


def may_reject(injection: Injection, depth: int = 0) -> bool:
    """It needs a header, a scheme raises by itself, something below does, or none of that can be told."""
    if depth > DEEPEST or not injection.targets or not injection.is_whole:
        return True
    return any(_may(target, injection, depth) for target in injection.targets)


def _may(target: Value, injection: Injection, depth: int) -> bool:
    project = injection.call.project
    if isinstance(target, Instance) and is_security(target, project):
        raises = None if target.site is None else target.site.keywords.get("auto_error")
        return raises is None or raises.constant() is not False
    handlers = tuple(project.dependencies.handlers_of(target))
    return not handlers or any(_may_turn_away(handler, depth) for handler in handlers)


def _may_turn_away(handler: Handler, depth: int) -> bool:
    return _raises(handler.function) or any(_is_strict(each, depth) for each in handler.parameters)


def _raises(function: FunctionValue) -> bool:
    """Whether its body raises, or that of a function that it calls."""
    frame = function.scope.project.inference.calling.frame(function, None)
    called = (value for use in uses(frame) for value in use.call.func.values())
    bodies = [function.scope, *(value.scope for value in called if isinstance(value, FunctionValue))]
    return any(map(_has_raise, bodies))


def _has_raise(scope: FunctionScope) -> bool:
    return any(isinstance(node, syntax.Raise) for node in scope.statements())


def _is_strict(parameter: HandlerParameter, depth: int) -> bool:
    """Whether a request without a value for it is answered with an error."""
    if parameter.injection is not None:
        return may_reject(parameter.injection, depth + 1)
    if parameter.is_passed or parameter.is_collector:
        return False
    default, marker = parameter.default, parameter.marker
    if default is None or marker is None or default.node is not marker.node:
        return default is None
    given = marker.argument("default", 0) or marker.argument("default_factory")
    return given is None or given.is_ellipsis
