"""Variables of a loop that a function made in it looks up when it is called, which is after the loop.

A function keeps no value of the variables around it, but the variables
(https://docs.python.org/3/faq/programming.html#why-do-lambdas-defined-in-a-loop-with-different-values-all-return-the-same-result).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.handlers import Handler
from fastlint.model.reads import outside, readings_in, root_name
from fastlint.model.scopes import FunctionScope, Scope

Variables = frozenset[str]


@dataclass(frozen=True, slots=True)
class LateReading:
    """Where a function reads the variable `name` of a loop."""

    name: str
    place: Place


def late_readings(handler: Handler) -> Iterator[LateReading]:
    """The first reading of each variable of a loop in a function that FastAPI gets once a round."""
    function = handler.function.scope
    loops = tuple(_loops(function))
    if not loops:
        return
    seen: set[str] = set()
    for read in readings_in(function):
        name = root_name(read)
        if name not in seen and not any(name in each.bindings for each in function.with_lambdas()):
            seen.add(name)
            home = _home(name, function)
            if any(scope is home and name in variables for scope, variables in loops):
                yield LateReading(name, Place(function.module.path, read.span))


def _loops(function: FunctionScope) -> Iterator[tuple[Scope, Variables]]:
    """The loops and comprehensions around a function which give it to FastAPI in each round.

    Each with the scope that it stands in, and the variables that each round has for itself.
    """
    for scope in outside(function):
        for statement in syntax.around(scope.body, function.node):
            target = statement.target if isinstance(statement, syntax.Loop) else None
            if isinstance(statement, syntax.Loop) and target is not None and _goes_on(statement, function):
                yield scope, _variables(target, statement.body)
        for node, _ in scope.comprehensions if function.is_lambda else ():
            if any(each is function.node for element in node.elements for each in _lambdas(element)):
                yield scope, frozenset().union(*(_names(each.target) for each in node.generators))


def _goes_on(loop: syntax.Loop, function: FunctionScope) -> bool:
    """Whether a loop has rounds after the one in which it gives FastAPI a function, as far as is written."""
    is_left = any(isinstance(each, syntax.Return) for each in syntax.statements(loop.body))
    is_short = isinstance(loop.source, syntax.Collection) and len(loop.source.items) < 2
    return not is_left and not is_short and _is_given_in(loop.body, function)


def _is_given_in(body: tuple[syntax.Statement, ...], function: FunctionScope) -> bool:
    if function.is_lambda:
        return True
    project, path = function.project, function.module.path
    sites = [each.call for each in project.dependencies.injections_of(function)]
    sites += [each.site for each in project.application.routes if each.function is function]
    return any(each.place.path == path and syntax.encloses(body, each.node) for each in sites)


def _variables(target: syntax.Expr, body: tuple[syntax.Statement, ...]) -> Variables:
    """What the loop goes through, and what is made of that in a round."""
    found = _names(target)
    for statement in syntax.statements(body):
        if isinstance(statement, syntax.Assign) and statement.value is not None:
            read = {root_name(each) for each in syntax.walk(statement.value) if isinstance(each, syntax.Ref)}
            if not found.isdisjoint(read):
                found = found.union(*map(_names, statement.targets))
    return found


def _names(target: syntax.Expr) -> Variables:
    return frozenset(
        each.path for each in syntax.walk(target) if isinstance(each, syntax.Ref) and "." not in each.path
    )


def _lambdas(node: syntax.Expr) -> Iterator[syntax.Function]:
    return (each.function for each in syntax.walk(node) if isinstance(each, syntax.Lambda))


def _home(name: str, function: FunctionScope) -> Scope | None:
    """The scope whose variable the body of a function reads."""
    return next((scope for scope in outside(function) if name in scope.bindings), None)
