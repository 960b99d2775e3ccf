"""Variables that a function keeps as the default of a parameter: `lambda role=role: ...`.

FastAPI reads such a parameter from the request, as it does with any
(https://fastapi.tiangolo.com/tutorial/dependencies/#declare-the-dependency-in-the-dependant).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.handlers import HandlerParameter
from fastlint.model.paths import names_in
from fastlint.model.scopes import ClassScope, FunctionScope, Scope

if TYPE_CHECKING:
    from fastlint.model.routing import Route


def captures(parameter: HandlerParameter) -> str:
    """What a parameter keeps the value of by its default: loop, or variable; "" where it keeps none.

    A variable of the function around it or of a loop. The default of a `def` with a type may well be meant
    for clients, unless it is a loop's variable of the parameter's own name.
    """
    default = parameter.node.default
    if not isinstance(default, syntax.Ref) or "." in default.path:
        return ""
    function = parameter.function
    home = _home(default.path, function)
    if home is None:
        return ""
    is_same = default.path == parameter.name
    is_bare = function.is_lambda or parameter.node.annotation is None
    if _is_of_a_loop(default.path, home, function):
        return "loop" if is_same or is_bare else ""
    is_local = isinstance(home, FunctionScope) or function.is_lambda
    return "variable" if is_same and is_bare and is_local else ""


def may_be_in_path(parameter: HandlerParameter) -> bool:
    """Whether the path of a route for which a function runs may have one of its parameters."""
    function = parameter.function
    project = function.project
    own = (route for route in project.application.routes if route.function is function)
    return any(
        parameter.name in names_in(text)
        for route in (*own, *project.dependencies.routes_of(function))
        for text in (*route.paths, *_texts(route))
    )


def _texts(route: Route) -> Iterator[str]:
    """The constants in the path that a registration names, where the whole is not known."""
    path = route.site.argument("path", 0)
    for part in () if path is None else path.walk():
        if isinstance(part.node, syntax.Constant) and isinstance(part.node.value, str):
            yield part.node.value


def _home(name: str, function: FunctionScope) -> Scope | None:
    """The scope that binds what the default of a function's parameter reads."""
    scope = function.parent
    while scope is not None:
        if name in scope.bindings and not (isinstance(scope, ClassScope) and scope is not function.parent):
            return scope
        scope = scope.parent
    return None


def _is_of_a_loop(name: str, home: Scope, function: FunctionScope) -> bool:
    """Whether it has another value each time that a loop comes to the function."""
    bindings = home.bindings[name]
    if any(each.kind == "iterate" for each in bindings):
        return True
    return any(syntax.encloses(loop.body, each.node) for loop in _loops(home, function) for each in bindings)


def _loops(home: Scope, function: FunctionScope) -> Iterator[syntax.Loop]:
    """The loops around a function."""
    around = syntax.around(home.body, function.node)
    return (each for each in around if isinstance(each, syntax.Loop))
