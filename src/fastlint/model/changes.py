"""Where code changes what a name or an attribute holds: what is written at its definition is not all then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import ClassScope, FunctionScope, ModuleScope, Scope
from fastlint.model.suites import is_test

if TYPE_CHECKING:
    from fastlint.model.project import Project

REPLACING = ("clear", "remove", "discard", "pop", "popitem", "update", "difference_update", "__setitem__")
PATCHING = ("patch", "object", "setattr")
ADDING = ("append", "add", "extend", "insert")


def _naming(project: Project, name: str) -> Iterator[ModuleScope]:
    return (module for module in project.mentioning(name) if not is_test(module.path))


def is_replaced(project: Project, name: str) -> bool:
    """Whether code of the project takes something out of, or overwrites, what has this name somewhere."""
    for module in _naming(project, name):
        for scope in module.within():
            if any(_replaces(statement, name) for statement in scope.statements()):
                return True
    return any(
        (owner := call.func.owner) is not None
        and last_name(owner.node) == name
        and not is_test(call.place.path)
        for call in project.calls.named(*REPLACING)
    )


def _replaces(statement: syntax.Statement, name: str) -> bool:
    """`name[key] = value`, `del name[key]`."""
    match statement:
        case syntax.Assign(targets=targets):
            found = targets
        case syntax.Evaluate(value=value):
            found = (value,)
        case _:
            return False
    return any(isinstance(each, syntax.Subscript) and last_name(each.value) == name for each in found)


def is_assigned(project: Project, name: str, owner: ClassScope) -> bool:
    """Whether code gives an attribute of this name another value, on objects that may be of a class."""
    return any(
        _first_name(target) != scope.receiver
        or not isinstance(scope, FunctionScope)
        or (scope.owner is owner and scope.name != "__init__")
        for scope, target in _assigned(project, name)
    )


def _assigned(project: Project, name: str) -> Iterator[tuple[Scope, syntax.Expr]]:
    for module in _naming(project, name):
        for scope in module.within():
            for statement in scope.statements():
                for target in statement.targets if isinstance(statement, syntax.Assign) else ():
                    is_dotted = isinstance(target, syntax.Attribute) or (
                        isinstance(target, syntax.Ref) and "." in target.path
                    )
                    if is_dotted and last_name(target) == name:
                        yield scope, target


def _first_name(node: syntax.Expr) -> str:
    return node.path.partition(".")[0] if isinstance(node, syntax.Ref) else ""


def sets(project: Project, name: str) -> bool:
    """Whether code, that of tests too, sets an attribute of this name, or one below it, on some object."""
    for module in project.mentioning(name):
        for scope in module.within():
            for statement in scope.statements():
                targets = statement.targets if isinstance(statement, syntax.Assign) else ()
                if any(name in _attributes(target) for target in targets):
                    return True
    given = (each.string() or "" for call in project.calls.named(*PATCHING) for each in call.args)
    return any(text.rpartition(".")[2] == name for text in given)


def _attributes(target: syntax.Expr) -> list[str]:
    """The attributes that a target names: `dict` and `return_value` of `order.dict.return_value`."""
    if isinstance(target, syntax.Attribute):
        return [*_attributes(target.value), target.name]
    return target.path.split(".")[1:] if isinstance(target, syntax.Ref) else []


def is_given(project: Project, name: str, owner: ClassScope) -> bool:
    """Whether some call of a class gives its constructor an argument of this name."""
    calls = project.calls.imported(owner.name)
    return any(name in call.keywords and not is_test(call.place.path) for call in calls)


def added(read: Expression) -> Iterator[Expression]:
    """What is certainly added to a list by its name before it is read: `origins.append("*")`."""
    if not isinstance(read.node, syntax.Ref) or "." in read.node.path:
        return
    for reading in read.scope.calls:
        call = Expression(reading.node, read.frame)
        func = call.func.node
        if not isinstance(func, syntax.Ref) or func.path.rpartition(".")[0] != read.node.path:
            continue
        if last_name(func) in ADDING and call.args and read.project.order.precedes(call, read):
            yield call
