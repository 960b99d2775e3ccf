"""How `dependency_overrides` are written: assigned, updated, patched, or by a function that is given them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Span
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.overrides import Override
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.values import FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

NAME = "dependency_overrides"
MOST_CALLERS = 60
DEEPEST = 3


def find_overrides(project: Project) -> Iterator[Override]:
    """Every override; one that a function makes of what it is given is made by each call of it."""
    for module in project.naming(NAME):
        for scope in module.within():
            for statement in scope.statements():
                if isinstance(statement, syntax.Assign) and statement.value is not None:
                    value = Expression(statement.value, scope.frame)
                    for target in statement.targets:
                        for override in _assigned(Expression(target, scope.frame), value):
                            yield from _for_each_caller(override, 0)
        for name, written in CALLS.items():
            for scope, node in project.calls.module(module).get(name, ()):
                for override in written(Expression(node, scope.frame)):
                    yield from _for_each_caller(override, 0)


def _assigned(target: Expression, value: Expression) -> Iterator[Override]:
    node = target.node
    if isinstance(node, syntax.Subscript):
        owner = _owner(target.at(node.value))
        if owner is not None:
            yield Override(owner, target.at(node.index), value, _spanning(target, value))
    elif last_name(node) == NAME:
        owner = _owner(target)
        if owner is not None:
            yield from _entries(owner, value)


def _setitem(call: Expression) -> Iterator[Override]:
    """`monkeypatch.setitem(app.dependency_overrides, key, value)`."""
    args = call.args
    owner = _owner(args[0]) if len(args) == 3 else None
    if owner is not None:
        yield Override(owner, args[1], args[2], call.place, is_undone=True)


def _update(call: Expression) -> Iterator[Override]:
    owner = _owner(call.func.owner)
    if owner is not None and call.args:
        yield from _entries(owner, call.args[0])


def _setdefault(call: Expression) -> Iterator[Override]:
    owner, args = _owner(call.func.owner), call.args
    if owner is not None and len(args) == 2:
        yield Override(owner, args[0], args[1], call.place)


def _patched(call: Expression) -> Iterator[Override]:
    """`patch.dict(app.dependency_overrides, {key: value})`."""
    entries = call.argument("values", 1)
    owner = _owner(call.args[0]) if call.args and entries is not None else None
    if owner is not None and entries is not None:
        yield from _entries(owner, entries, is_undone=True)


def _replaced(call: Expression) -> Iterator[Override]:
    """`monkeypatch.setattr(app, "dependency_overrides", {key: value})`, `patch.object(...)` likewise."""
    args = call.args
    if len(args) >= 3 and isinstance(args[1].node, syntax.Constant) and args[1].node.value == NAME:
        yield from _entries(args[0], args[2], is_undone=True)


CALLS = {
    "dict": _patched,
    "object": _replaced,
    "setattr": _replaced,
    "setdefault": _setdefault,
    "setitem": _setitem,
    "update": _update,
}


def _entries(owner: Expression, mapping: Expression, *, is_undone: bool = False) -> Iterator[Override]:
    found = mapping.literal(syntax.Mapping)
    if found is None or not isinstance(found.node, syntax.Mapping):
        return
    for key, value in zip(found.node.keys, found.node.values, strict=True):
        if key is not None:
            yield Override(owner, found.at(key), found.at(value), found.at(key).place, is_undone)


def _owner(expression: Expression | None) -> Expression | None:
    """`app` of `app.dependency_overrides`, which a name may stand for."""
    if expression is None:
        return None
    if last_name(expression.node) == NAME:
        return expression.owner
    named = _named(expression)
    return None if named is None or last_name(named.node) != NAME else named.owner


def _named(expression: Expression) -> Expression | None:
    """What a name is bound to, where it is bound once."""
    node = expression.node
    current: Frame | None = expression.frame if isinstance(node, syntax.Ref) else None
    while current is not None and isinstance(node, syntax.Ref):
        bindings = current.scope.bindings.get(node.path)
        if bindings:
            value = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "value" else None
            return None if value is None or bindings[0].unpack else Expression(value, current)
        current = current.outer
    return None


def _for_each_caller(override: Override, depth: int) -> Iterator[Override]:
    """An override as each call of its function makes it, where its key or value is what that is given."""
    scope = override.key.scope
    given = [each for each in (override.key, override.value) if _is_parameter(each)]
    if not given or depth >= DEEPEST or not isinstance(scope, FunctionScope):
        yield override
        return
    calls = list(islice(override.project.calls.of(scope), MOST_CALLERS))
    callers = [
        (value, call)
        for call in calls
        for value in call.func.values()
        if isinstance(value, FunctionValue) and value.scope is scope
    ]
    for function, call in callers:
        frame = override.project.inference.calling.frame(function, call)
        owner = Expression(override.owner.node, frame)
        key, value = _passed(override.key, frame), _passed(override.value, frame)
        if key is not None and value is not None:
            passed = Override(owner, key, value, call.place, override.is_undone)
            yield from _for_each_caller(passed, depth + 1)
    if not callers:
        yield override


def _is_parameter(expression: Expression) -> bool:
    """Whether it is what the function around it is given."""
    node, scope = expression.node, expression.scope
    if not isinstance(node, syntax.Ref) or not isinstance(scope, FunctionScope):
        return False
    return [each.kind for each in scope.bindings.get(node.path, ())] == ["parameter"]


def _passed(expression: Expression, frame: Frame) -> Expression | None:
    """An expression of a function as a call of it sees it: for a parameter, what is passed or its default."""
    if expression.scope is not frame.scope:
        return expression
    node = expression.node
    if not isinstance(node, syntax.Ref) or not _is_parameter(expression):
        return Expression(node, frame)
    given = frame.arguments.get(node.path)
    parameter = frame.scope.parameter(node.path) if isinstance(frame.scope, FunctionScope) else None
    if given is not None or parameter is None or parameter.default is None or frame.outer is None:
        return given
    return Expression(parameter.default, frame.outer)


def _spanning(start: Expression, end: Expression) -> Place:
    first, last = start.place.span, end.place.span
    return Place(start.place.path, Span(first.line, first.column, last.end_line, last.end_column))
