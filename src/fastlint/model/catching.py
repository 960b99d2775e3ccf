"""Whether the code around a statement would catch an exception that is raised there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.leaving import leaves
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.values import ClassValue, External, Instance, Manager

if TYPE_CHECKING:
    from fastlint.model.project import Project

SUPPRESSING = ("contextlib.suppress", "pytest.raises")
EXITS = ("__exit__", "__aexit__")
Class = ClassValue | External


def would_catch(statement: syntax.Statement, inner: syntax.Node, frame: Frame, cls: Class) -> bool:
    """Whether a `try` or a `with` may catch an exception of a class that a statement in it raises."""
    if isinstance(statement, syntax.Try):
        return any(True for _ in _catching(statement, inner, frame, cls))
    return _is_suppressed(statement, frame, cls)


def would_swallow(statement: syntax.Statement, inner: syntax.Node, frame: Frame, cls: Class) -> bool:
    """Whether what catches it may end it: a handler that does not raise again, a `with` that suppresses."""
    if isinstance(statement, syntax.Try):
        return any(not _ends_in_raise(handler) for handler in _catching(statement, inner, frame, cls))
    return _is_suppressed(statement, frame, cls)


def ends_every_error(manager: Instance, project: Project, *, is_async: bool) -> bool:
    """Whether the `__exit__` of a class of the project always says that an error is dealt with."""
    method = project.inference.classes.method(manager, EXITS[is_async])
    if method is None or not leaves(method.scope.body):
        return False
    ends = [each for each in method.scope.statements() if isinstance(each, (syntax.Return, syntax.Raise))]
    return all(
        isinstance(each, syntax.Return)
        and isinstance(each.value, syntax.Constant)
        and each.value.value is True
        for each in ends
    )


def _catching(
    statement: syntax.Try, inner: syntax.Node, frame: Frame, cls: Class
) -> Iterator[syntax.Handler]:
    if syntax.encloses(statement.body, inner):
        yield from (each for each in statement.handlers if catches(each.kind, frame, cls))


def _is_suppressed(statement: syntax.Statement, frame: Frame, cls: Class) -> bool:
    items = statement.items if isinstance(statement, syntax.With) else ()
    return any(_suppresses(Expression(item.context, frame), cls) for item in items)


def _ends_in_raise(handler: syntax.Handler) -> bool:
    return bool(handler.body) and isinstance(handler.body[-1], syntax.Raise)


def kinds(handler: syntax.Handler) -> tuple[syntax.Expr, ...]:
    """What an `except` names; () for a bare one."""
    if handler.kind is None:
        return ()
    return handler.kind.items if isinstance(handler.kind, syntax.Collection) else (handler.kind,)


def catches(kind: syntax.Expr | None, frame: Frame, cls: Class) -> bool:
    """Whether `except kind` may catch it; what cannot be told may."""
    if kind is None:
        return True
    if isinstance(kind, syntax.Collection):
        return any(catches(item, frame, cls) for item in kind.items)
    caught = Expression(kind, frame).value()
    if not isinstance(caught, (ClassValue, External)):
        return True
    classes = frame.scope.project.inference.classes
    return classes.is_subclass(cls, caught) or classes.is_subclass(caught, cls)


def _suppresses(manager: Expression, cls: Class) -> bool:
    """`with suppress(Exception)`, and the project's own managers that do the like."""
    if manager.is_call and manager.func.external() in SUPPRESSING:
        return any(catches(each.node, manager.frame, cls) for each in manager.args)
    for value in manager.values():
        if isinstance(value, Manager) and _is_around_a_yield(value.function.scope, cls):
            return True
        if isinstance(value, Instance) and any(_exits_true(value, name, manager) for name in EXITS):
            return True
    return False


def _is_around_a_yield(manager: FunctionScope, cls: Class) -> bool:
    """Whether a function under `@contextmanager` has its `yield` in a `try` that would catch it."""
    return any(
        would_catch(around, statement, manager.frame, cls)
        for statement in manager.statements()
        if any(isinstance(node, syntax.Yield) for node in syntax.evaluated(statement))
        for around in syntax.around(manager.body, statement)
    )


def _exits_true(value: Instance, name: str, at: Expression) -> bool:
    """Whether a manager's own exit may say that the exception is dealt with."""
    method = at.project.inference.classes.method(value, name)
    return method is not None and any(
        isinstance(node, syntax.Return)
        and node.value is not None
        and not (isinstance(node.value, syntax.Constant) and not node.value.value)
        for node in method.scope.statements()
    )
