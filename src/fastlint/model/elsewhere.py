"""What code of a project does with a function of its own, besides giving it to FastAPI to call."""

from __future__ import annotations

from typing import NamedTuple

from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.index.syntax import Expr
from fastlint.model.changes import sets
from fastlint.model.expression import Expression
from fastlint.model.mentions import aliases
from fastlint.model.plainly import is_harmless, mentions_of
from fastlint.model.scopes import FunctionScope, ModuleScope, Scope
from fastlint.model.values import stands_for

OF_MARKERS = (("dependency",), ("dependant", "call"))
"""The attributes of a `Depends`, and of a route, by which code comes to what they call."""


class Elsewhere(NamedTuple):
    """Whether code calls a function itself; `doubt` says what else it may do with it, "" if nothing."""

    is_called: bool
    doubt: str = ""


def elsewhere(function: FunctionScope) -> Elsewhere:
    """What is done with a function of a module, by whatever name modules have it."""
    project, doubt, is_called = function.project, "", False
    for name in _names(function):
        for module in project.mentioning(name):
            for mention, outer in mentions_of(module, name):
                values = mention.values()
                is_it = stands_for(values, function)
                if not is_it and values:
                    continue
                if is_it and isinstance(outer, syntax.Call) and outer.func is mention.node:
                    is_called = True
                elif not is_it or not is_harmless(mention, outer):
                    doubt = doubt or f"`{function.name}` is used in {mention.place.path} too"
            if not doubt and _is_reached_through(module, name, function):
                doubt = f"`{function.name}` is used in {module.path} too"
    if not doubt and sets(project, function.name):
        doubt = f"code puts something else in the place of `{function.name}`"
    if not doubt:
        doubt = _asked_of_markers(function)
    return Elsewhere(is_called, doubt)


def _names(function: FunctionScope) -> list[str]:
    """Its name, and those that modules import it as, from each other too."""
    found = [function.name]
    for name in found:
        for module in function.project.mentioning(name):
            found.extend(each for each in dict.fromkeys(aliases(module, name)) if each and each not in found)
    return found


def _is_reached_through(module: ModuleScope, name: str, function: FunctionScope) -> bool:
    """Whether a module reads an attribute of it, `get.__call__`, or has its name in a text: `"deps.get"`."""
    for scope in _scopes(module):
        for node, _, outer, *_ in readings(scope.body, syntax.Ref, syntax.Constant):
            if isinstance(node, syntax.Constant):
                is_asked = isinstance(outer, (syntax.Call, syntax.Subscript))
                if is_asked and isinstance(node.value, str) and node.value.rpartition(".")[2] == name:
                    return True
            elif isinstance(node, syntax.Ref) and name in node.path.split(".")[:-1]:
                parts = node.path.split(".")
                owner = syntax.Ref(node.span, ".".join(parts[: parts.index(name) + 1]))
                function.project.inference.keep(owner)
                if stands_for(Expression(owner, scope.frame).values(), function):
                    return True
    return False


def _asked_of_markers(function: FunctionScope) -> str:
    """Why code may call what a `Depends` or a route holds: `marker.dependency()`, `route.dependant`."""
    for words in OF_MARKERS:
        for module in function.project.mentioning(*words):
            for scope in _scopes(module):
                for node, _, outer, *_ in readings(scope.body, syntax.Ref, syntax.Attribute):
                    is_called = isinstance(outer, syntax.Call) and outer.func is node
                    if is_called and _attributes(node)[-1:] == [words[-1]]:
                        return f"code in {module.path} may call dependencies by itself"
    return ""


def _attributes(node: Expr) -> list[str]:
    if isinstance(node, syntax.Attribute):
        return [*_attributes(node.value), node.name]
    return node.path.split(".")[1:] if isinstance(node, syntax.Ref) else []


def _scopes(module: ModuleScope) -> list[Scope]:
    return [each for outer in module.within() for each in (outer, *outer.lambdas)]
