"""What a function does with a context manager that it is injected: enters it, or takes it for its target."""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.dependencies import Dependency
from fastlint.model.injections import Injection
from fastlint.model.judging import MANAGERS
from fastlint.model.reads import read_names
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import name_uses
from fastlint.model.values import Manager

METHODS = ("builtins.classmethod", "builtins.staticmethod")
OWN = frozenset(("args", "func", "gen", "kwds"))
"""What such a context manager has itself."""


def manager_decorator(dependency: Dependency) -> syntax.Expr | None:
    """The `@contextmanager` of a dependency, where no other decorator makes something of what that gives."""
    function = dependency.function
    names = function.project.inference.functions.decorator_names(function)
    for name, decorator in zip(names, function.node.decorators, strict=True):
        if name in MANAGERS:
            return decorator
        if name not in METHODS:
            return None
    return None


def returns_manager(dependency: Dependency) -> bool:
    """Whether all that a dependency returns are context managers of the project, that nobody has entered."""
    found = dependency.returns
    return bool(found) and all(
        values and all(isinstance(each, Manager) for each in values)
        for values in (each.value.values() for each in found)
    )


def is_taken_as_entered(use: Injection) -> bool:
    """Whether all that who gets it does with it is to read attributes that it does not have."""
    return _ways(use) == {"read"}


def enters(use: Injection) -> bool:
    """Whether who gets it enters it, or goes by what such a context manager has itself."""
    return "entered" in _ways(use)


def _ways(use: Injection) -> set[str]:
    """What becomes of it: read, entered, other."""
    if use.function is None or use.parameter is None:
        return set()
    name = use.parameter.name
    is_other = len(use.function.bindings.get(name, ())) > 1 or _is_captured(use.function, name)
    found = {"other"} if is_other else set[str]()
    for each in name_uses(use.function.frame, name):
        node = each.call.node
        attribute = node.path.split(".")[1] if isinstance(node, syntax.Ref) and "." in node.path else ""
        if each.context == "entered" or attribute.startswith("__") or attribute in OWN:
            found.add("entered")
        else:
            found.add("read" if attribute else "other")
    return found


def _is_captured(function: FunctionScope, name: str) -> bool:
    """Whether a function inside it reads the name."""
    return any(name in read_names(each) for each in (*function.functions(), *function.lambdas))
