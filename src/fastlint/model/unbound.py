"""Names in a dependency that mean a parameter of whoever gets what it gives, and cannot.

FastAPI calls a dependency with what that declares itself. The parameters of the function in whose signature a
lambda stands are not around it: its defaults and annotations are evaluated where the function is defined
(https://docs.python.org/3/reference/compound_stmts.html#function-definitions).
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.catching import would_catch
from fastlint.model.handlers import HandlerParameter
from fastlint.model.reads import EVERYTHING, outside, readings_in, root_name
from fastlint.model.scopes import FunctionScope, ModuleScope, Scope
from fastlint.model.values import External

if TYPE_CHECKING:
    from fastlint.model.project import Project

BUILTINS = frozenset(dir(builtins))
NAMED_OTHERWISE = frozenset(("__builtins__", "builtins", "exec", "globals", "setattr", "vars"))
"""Words of modules in which a name may be bound that no statement binds."""

TRANSLATING = frozenset(("_", "gettext", "ngettext", "npgettext", "pgettext"))
"""Names that `gettext.install` makes builtin functions; many an unused parameter is called `_` too."""
NAME_ERROR = External("builtins.NameError")


@dataclass(frozen=True, slots=True)
class UnboundName:
    """A name in a dependency that is not there, while a function that FastAPI calls with it has it.

    `function` is the dependency, `parameter` that of the other function. `is_builtin` says that the name is a
    builtin function's, which the dependency gets then.
    """

    function: FunctionScope
    read: syntax.Ref
    parameter: HandlerParameter
    is_builtin: bool

    @property
    def name(self) -> str:
        return root_name(self.read)

    @property
    def place(self) -> Place:
        return Place(self.function.module.path, self.read.span)


def unbound_names(project: Project) -> Iterator[UnboundName]:
    """The first reading of each in a dependency."""
    for function in dict.fromkeys(each.function for each in project.dependencies.dependencies):
        unbound = _unbound(function)
        parameters = _parameters_around(function) if unbound else {}
        for name, read in unbound.items():
            if name in parameters:
                yield UnboundName(function, read, parameters[name], name in BUILTINS)


def _unbound(function: FunctionScope) -> dict[str, syntax.Ref]:
    """The names that a function reads and nothing binds, each with its first reading.

    Those of builtin functions are not bound for a lambda that hands them on, but calls none.
    """
    found: dict[str, syntax.Ref] = {}
    for read in readings_in(function):
        if root_name(read) not in found and not _is_tried(read, function):
            found[root_name(read)] = read
    module = function.module
    if not found or not EVERYTHING.isdisjoint(found):
        return {}
    unbound = {name: read for name, read in found.items() if not _is_bound(name, function)}
    if function.is_lambda:
        called = _called(function)
        unbound = {name: read for name, read in unbound.items() if name not in called & BUILTINS}
    else:
        unbound = {name: read for name, read in unbound.items() if name not in BUILTINS}
    if not unbound or module.stars or function.project.says(module, NAMED_OTHERWISE):
        return {}
    return {name: read for name, read in unbound.items() if not _may_be_made_builtin(name, function)}


def _is_tried(read: syntax.Ref, function: FunctionScope) -> bool:
    """Whether something catches the error of a name that is not there."""
    around = syntax.around(function.body, read)
    return any(would_catch(each, read, function.frame, NAME_ERROR) for each in around)


def _may_be_made_builtin(name: str, function: FunctionScope) -> bool:
    """Whether code of the project may put a name where all modules find it: `builtins.tenant = ...`."""
    return name in TRANSLATING or bool(function.project.mentioned("builtins", name))


def _called(function: FunctionScope) -> frozenset[str]:
    """The bare names that a lambda calls."""
    calls = (node for node, *_ in function.calls)
    return frozenset(
        call.func.path
        for call in calls
        if isinstance(call, syntax.Call) and isinstance(call.func, syntax.Ref)
    )


def _is_bound(name: str, function: FunctionScope) -> bool:
    """Whether a scope around a function, or inside it, may bind a name that it reads."""
    return any(
        name in scope.bindings or name in _set_by_functions(scope) or _binds_by_pattern(scope)
        for scope in (*function.with_lambdas(), *outside(function))
    )


def _set_by_functions(scope: Scope) -> frozenset[str]:
    """The names of a module that functions give it, with `global`."""
    return frozenset(scope.globals) if isinstance(scope, ModuleScope) else frozenset()


def _binds_by_pattern(scope: Scope) -> bool:
    """Whether it has a `match`, of whose patterns the names are not known."""
    return any(isinstance(each, syntax.Match) for each in scope.statements())


def _parameters_around(function: FunctionScope) -> dict[str, HandlerParameter]:
    """The parameters of the functions that FastAPI calls with a dependency, the nearest first."""
    dependencies = function.project.dependencies
    users = [use.function for use in dependencies.injections_of(function) if use.function is not None]
    users += [route.function for route in dependencies.routes_of(function)]
    found: dict[str, HandlerParameter] = {}
    for user in users:
        for parameter in user.node.parameters:
            found.setdefault(parameter.name, HandlerParameter(user, parameter))
    return found
