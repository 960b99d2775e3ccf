"""Whether the code around a statement would catch an exception that is raised there."""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.values import ClassValue, External, Instance, Manager

SUPPRESSING = ("contextlib.suppress", "pytest.raises")
EXITS = ("__exit__", "__aexit__")


def would_catch(statement: syntax.Statement, inner: syntax.Node, frame: Frame, cls: External) -> bool:
    """Whether a `try` or a `with` may catch an exception of a class that a statement in it raises."""
    if isinstance(statement, syntax.Try) and syntax.encloses(statement.body, inner):
        return any(_catches(handler.kind, frame, cls) for handler in statement.handlers)
    if isinstance(statement, syntax.With):
        return any(_suppresses(Expression(item.context, frame), cls) for item in statement.items)
    return False


def _catches(kind: syntax.Expr | None, frame: Frame, cls: External) -> bool:
    """Whether `except kind` may catch it; what cannot be told may."""
    if kind is None:
        return True
    if isinstance(kind, syntax.Collection):
        return any(_catches(item, frame, cls) for item in kind.items)
    caught = Expression(kind, frame).value()
    if not isinstance(caught, (ClassValue, External)):
        return True
    classes = frame.scope.project.inference.classes
    return classes.is_subclass(cls, caught) or classes.is_subclass(caught, cls)


def _suppresses(manager: Expression, cls: External) -> bool:
    """`with suppress(Exception)`, and the project's own managers that do the like."""
    if manager.is_call and manager.func.external() in SUPPRESSING:
        return any(_catches(each.node, manager.frame, cls) for each in manager.args)
    for value in manager.values():
        if isinstance(value, Manager) and _is_around_a_yield(value.function.scope, cls):
            return True
        if isinstance(value, Instance) and any(_exits_true(value, name, manager) for name in EXITS):
            return True
    return False


def _is_around_a_yield(manager: FunctionScope, cls: External) -> bool:
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
