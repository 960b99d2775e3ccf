"""Functions and classes that may give again what they once made: they have a cache, or one is put around."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.keeping import is_kept
from fastlint.model.large import runs_once
from fastlint.model.scopes import ClassScope, FunctionScope
from fastlint.model.uses import uses
from fastlint.model.values import ClassValue, FunctionValue, Value

PLAIN_METACLASSES = ("abc.ABCMeta", "enum.EnumMeta", "builtins.type")
READING = ("get", "getex")
WRITING = ("put", "set", "setdefault", "setex")


def may_remember(scope: FunctionScope) -> bool:
    """Whether a function, or a decorator of it, may give again what it gave before."""
    project = scope.project
    registered = project.application.route_decorators
    names = project.inference.functions.decorator_names(scope)
    frame = scope.frame if scope.parent is None else scope.parent.frame
    is_cached = any(
        project.knowledge.is_remembering(name)
        or "cache" in name.lower()
        or not name
        or keeps(Expression(node, frame))
        for node, name in zip(scope.node.decorators, names, strict=True)
        if id(node) not in registered
    )
    if scope.name == "__init__" and scope.owner is not None and gives_again(scope.owner):
        return True
    return is_cached or runs_once(scope) or _keeps_results(scope)


def gives_again(cls: ClassScope) -> bool:
    """Whether calling a class may give an object that there is already."""
    own = cls.project.inference.classes.mro(ClassValue(cls))
    return any(isinstance(each, ClassValue) and _has_own_way(each.scope) for each in own)


def _has_own_way(cls: ClassScope) -> bool:
    if "__new__" in cls.bindings or cls.parent is None:
        return True
    frame = cls.parent.frame
    kinds = [Expression(each.value, frame) for each in cls.node.keywords if each.name == "metaclass"]
    if any(each.external() not in PLAIN_METACLASSES for each in kinds):
        return True
    return any(keeps(Expression(node, frame)) for node in cls.node.decorators)


def keeps(decorator: Expression) -> bool:
    """Whether a decorator of the project keeps what the function or class gives that it is put above."""
    called = decorator.func if decorator.is_call else decorator
    return any(_keeps(value) for value in called.values())


def _keeps(value: Value) -> bool:
    match value:
        case FunctionValue():
            scopes = [*_nested(value.scope)]
            given = {each.name for scope in (value.scope, *scopes) for each in scope.node.parameters}
        case ClassValue():
            scopes, given = [*value.scope.functions()], {*value.scope.attributes}
        case _:
            return False
    return any(
        last_name(use.call.func.node) in given and is_kept(use)
        for scope in scopes
        for use in uses(scope.frame)
    )


def _nested(scope: FunctionScope) -> Iterator[FunctionScope]:
    for inner in scope.functions():
        yield inner
        yield from _nested(inner)


def _keeps_results(scope: FunctionScope) -> bool:
    """Whether a function puts something into a cache that it looks into: `CACHE[key] = data`."""
    written = {
        last_name(target.value)
        for statement in scope.statements()
        for target in (statement.targets if isinstance(statement, syntax.Assign) else ())
        if isinstance(target, syntax.Subscript) and _is_outside(target.value, scope)
    }
    if written and any(
        isinstance(node, syntax.Subscript) and last_name(node.value) in written
        for statement in scope.statements()
        if not isinstance(statement, syntax.Assign)
        for outer in syntax.expressions(statement)
        for node in syntax.walk(outer)
    ):
        return True
    methods: dict[str, set[str]] = {}
    for reading in scope.calls:
        path = (
            reading.node.func.path
            if isinstance(reading.node, syntax.Call) and isinstance(reading.node.func, syntax.Ref)
            else ""
        )
        owner, _, method = path.rpartition(".")
        methods.setdefault(owner, set()).add(method)
    written |= {owner.rpartition(".")[2] for owner, names in methods.items() if not names.isdisjoint(WRITING)}
    return any(
        owner and owner.rpartition(".")[2] in written and not names.isdisjoint(READING)
        for owner, names in methods.items()
    )


def _is_outside(container: syntax.Expr, scope: FunctionScope) -> bool:
    root = container.path.partition(".")[0] if isinstance(container, syntax.Ref) else ""
    return root not in scope.bindings or root == scope.receiver
