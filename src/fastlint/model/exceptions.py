"""The exceptions for which apps have handlers, that make answers of them.

https://fastapi.tiangolo.com/tutorial/handling-errors/#install-custom-exception-handlers
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.extents import Extent, extent_of
from fastlint.model.routers import Router
from fastlint.model.routing import ROUTERS
from fastlint.model.scopes import Scope
from fastlint.model.values import External

if TYPE_CHECKING:
    from fastlint.model.project import Project


class Handled(NamedTuple):
    """The class or status, or several in something that cannot be looked into, and the apps it is for."""

    kind: Expression
    extent: Extent


def handled(project: Project) -> Iterator[Handled]:
    """What some handler is for."""
    application, extents = project.application, project.hooks.extents
    for name in ("exception_handler", "add_exception_handler"):
        for call in on_routers(project, name):
            given = call.argument("exc_class_or_status_code", 0)
            if given is not None:
                yield Handled(given, extents.of_call(call, name))
    for router in application.routers:
        given = router.option("exception_handlers")
        if given is not None:
            mapping = given.literal(syntax.Mapping)
            keys: list[syntax.Expr | None] = [None]
            if mapping is not None and isinstance(mapping.node, syntax.Mapping):
                keys = [*mapping.node.keys, *(item.index for item, _ in put_into(mapping))]
            for key in keys:
                kind = given if mapping is None or key is None else mapping.at(key)
                yield Handled(kind, extent_of(router))
    for app, item, _ in put_into_handlers(project):
        if isinstance(item.node, syntax.Subscript):
            yield Handled(item.at(item.node.index), extent_of(app))


def on_routers(project: Project, *names: str) -> Iterator[Expression]:
    """Calls of such methods of apps and routers."""
    for call in project.calls.named(*names):
        for value in call.func.values():
            receiver = value.receiver if isinstance(value, External) else None
            if receiver is not None and project.inference.classes.descends(receiver.cls, *ROUTERS):
                yield call
                break


def put_into(mapping: Expression) -> Iterator[tuple[syntax.Subscript, syntax.Expr]]:
    """What the scope that writes a mapping puts into it later, by the name that it has there."""
    for item, value in _items_put(mapping.scope):
        if isinstance(item.value, syntax.Ref):
            bound = mapping.scope.bindings.get(item.value.path, ())
            if any(each.value is mapping.node for each in bound):
                yield item, value


def put_into_handlers(project: Project) -> Iterator[tuple[Router, Expression, syntax.Expr]]:
    """`app.exception_handlers[...] = ...`: the app, the item and the value."""
    for module in project.naming("exception_handlers"):
        for scope in module.within():
            for item, value in _items_put(scope):
                is_named = last_name(item.value) == "exception_handlers"
                owner = Expression(item.value, scope.frame).owner if is_named else None
                for app in () if owner is None else owner.instances(*ROUTERS):
                    at = Expression(item, scope.frame)
                    yield project.application.router(app, at), at, value


def _items_put(scope: Scope) -> Iterator[tuple[syntax.Subscript, syntax.Expr]]:
    """What a scope puts into mappings: `mapping[key] = value`, as the item and the value."""
    for statement in scope.statements():
        if isinstance(statement, syntax.Assign) and statement.value is not None:
            for target in statement.targets:
                if isinstance(target, syntax.Subscript):
                    yield target, statement.value
