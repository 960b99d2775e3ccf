"""What a dependency opens and returns, and whether anybody closes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.dependencies import Dependency
from fastlint.model.expression import Expression
from fastlint.model.injections import Injection
from fastlint.model.judging import yielded
from fastlint.model.reads import read_names
from fastlint.model.releasing import METHODS as ENDING
from fastlint.model.releasing import releases
from fastlint.model.returns import Returned
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import name_uses
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

METHODS = ("builtins.classmethod", "builtins.staticmethod")
SHARED = "sqlalchemy.orm.scoped_session"
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Opened:
    """Something that a dependency opens and returns; `name` is what it calls it, "" where it has no name."""

    returned: Returned
    opening: Expression
    name: str


def opened(dependency: Dependency, *classes: str) -> Iterator[Opened]:
    """The objects of some classes that a dependency makes for each request, and only hands out."""
    function = dependency.function
    names = function.project.inference.functions.decorator_names(function)
    if function.node.is_generator or any(name not in METHODS for name in names):
        return
    for each in dependency.returns:
        found = handed_out(each.value, function)
        if found is not None and _is_made_here(found, classes):
            name = each.value.node.path if isinstance(each.value.node, syntax.Ref) else ""
            yield Opened(each, found, name)


def may_be_closed(use: Injection, depth: int = 0) -> bool:
    """Whether who gets it closes it, or gives it to somebody who may."""
    if use.function is None or use.parameter is None:
        return False
    return _may_close(use.function, use.parameter.name, depth)


def handed_out(value: Expression, function: FunctionScope) -> Expression | None:
    """The call whose result is returned as it is, after a look or two at it."""
    node = value.node
    if isinstance(node, syntax.Ref):
        bindings = function.bindings.get(node.path, ())
        if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].unpack:
            return None
        if node.path in function.foreign or _is_kept(function, node.path) or bindings[0].value is None:
            return None
        value = value.at(bindings[0].value)
    if isinstance(value.node, syntax.Await):
        value = value.at(value.node.value)
    return value if value.is_call else None


def _is_kept(function: FunctionScope, name: str) -> bool:
    """Whether it goes anywhere but to the `return`: to a list, to `request.state`, to another function."""
    if any(name in read_names(each) for each in (*function.functions(), *function.lambdas)):
        return True
    ways = {each.context for each in name_uses(function.frame, name)}
    return _releases(function, name) or not ways <= {"returned", "receiver", "tested", "compared", "operand"}


def _is_made_here(call: Expression, classes: tuple[str, ...]) -> bool:
    """Whether it is a new object of one of the classes, and made by no function of the project."""
    makers = call.func.values()
    is_new = bool(makers) and all(map(_makes, makers))
    found = call.values()
    return is_new and bool(found) and len(call.instances(*classes)) == len(found)


def _makes(maker: Value) -> bool:
    if isinstance(maker, Instance):
        return bool(maker.external) and maker.external != SHARED
    if isinstance(maker, External):
        return maker.name != SHARED and (maker.receiver is None or maker.receiver.external != SHARED)
    return isinstance(maker, ClassValue)


def _may_close(function: FunctionScope, name: str, depth: int) -> bool:
    if depth > DEEPEST:
        return True
    if any(name in read_names(each) for each in (*function.functions(), *function.lambdas)):
        return True
    if _releases(function, name):
        return True
    for each in name_uses(function.frame, name):
        if each.context == "receiver":
            continue
        if each.context != "argument" or not isinstance(each.outer, syntax.Call):
            return True
        if _callee_may_close(each.call.at(each.outer), each.call, depth):
            return True
    return False


def _releases(function: FunctionScope, name: str) -> bool:
    """Whether a function closes what it calls so, or mentions the method that does (`add_task(db.close)`)."""
    readings = name_uses(function.frame, name)
    return any(last_name(each.call.node) in ENDING for each in readings if each.context == "receiver") or any(
        each.root == name for each in releases(function.body, function)
    )


def _is_open(function: External, project: Project) -> bool:
    """Whether it may close what it is given."""
    return function.name.startswith("contextlib.") or project.knowledge.is_stranger(function.name)


def _callee_may_close(call: Expression, argument: Expression, depth: int) -> bool:
    """Whether a function that it is passed to may close it; a package that is known does not."""
    project = call.project
    for value in call.func.values():
        if isinstance(value, ClassValue):
            return True  # what keeps it may close it
        if isinstance(value, External) and _is_open(value, project):
            return True
        if isinstance(value, FunctionValue):
            given = project.inference.calling.arguments(value, call)
            names = [name for name, each in given.items() if each.node is argument.node]
            if not names or any(_may_close(value.scope, name, depth + 1) for name in names):
                return True
            if any(True for _ in yielded(value.scope)):
                return True
    return not call.func.values()
