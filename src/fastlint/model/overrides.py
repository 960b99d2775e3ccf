"""`dependency_overrides`: what is overridden with what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Span
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.routing import APPS
from fastlint.model.values import Instance, Value

if TYPE_CHECKING:
    from fastlint.model.handlers import HandlerParameter
    from fastlint.model.project import Project


@dataclass(frozen=True, slots=True)
class Override:
    """`app.dependency_overrides[key] = value`, however it is written."""

    owner: Expression
    key: Expression
    value: Expression
    site: Place

    @property
    def place(self) -> Place:
        return self.site

    @property
    def project(self) -> Project:
        return self.owner.project

    @property
    def apps(self) -> tuple[Instance, ...]:
        """The apps that it can be of."""
        return self.owner.instances(*APPS)

    @property
    def is_of_an_app(self) -> bool:
        """Whether nothing says that it is something else than an app's."""
        values = self.owner.values()
        return bool(self.apps) or not values or not all(_is_known_object(value) for value in values)

    @property
    def client_parameters(self) -> tuple[HandlerParameter, ...]:
        """What the value needs of the client that the real dependency does not."""
        dependencies = self.project.dependencies
        asked = [
            each
            for value in self.value.values()
            for handler in dependencies.handlers_of(value)
            for each in handler.parameters
            if each.default is None and each.is_from_client
        ]
        if not asked:
            return ()
        real = [dependencies.names_in_url(key) for key in self.key.values()]
        known = frozenset(name for names in real if names is not None for name in names)
        is_known = bool(real) and None not in real
        return tuple(
            each
            for each in asked
            if each.name not in known
            if each.is_collector or (is_known and not self._is_in_a_path(each.name))
        )

    def _is_in_a_path(self, name: str) -> bool:
        routes = self.project.application.routes
        return any(f"{{{name}}}" in path or f"{{{name}:" in path for route in routes for path in route.paths)

    @property
    def is_looked_up(self) -> bool | None:
        """Whether FastAPI looks the key up for some request to the app; None where that cannot be told."""
        return self.project.dependencies.lookup.of(self)


def find_overrides(project: Project) -> Iterator[Override]:
    for module in project.modules:
        for scope in module.within():
            for statement in scope.statements():
                if isinstance(statement, syntax.Assign) and statement.value is not None:
                    value = Expression(statement.value, scope.frame)
                    for target in statement.targets:
                        yield from _assigned(Expression(target, scope.frame), value)
    for call in project.calls.named("update", "setdefault", "setitem"):
        yield from _called(call)


def _assigned(target: Expression, value: Expression) -> Iterator[Override]:
    node = target.node
    if isinstance(node, syntax.Subscript):
        owner = _overrides_owner(target.at(node.value))
        if owner is not None:
            yield Override(owner, target.at(node.index), value, _spanning(target, value))
    else:
        owner = _overrides_owner(target)
        if owner is not None:
            yield from _entries(owner, value)


def _called(call: Expression) -> Iterator[Override]:
    assert isinstance(call.node, syntax.Call)
    args = call.args
    if last_name(call.node.func) == "setitem":
        owner = _overrides_owner(args[0]) if len(args) == 3 else None
        if owner is not None:
            yield Override(owner, args[1], args[2], call.place)
        return
    func = call.node.func
    if not isinstance(func, (syntax.Ref, syntax.Attribute)) or not args:
        return
    owner = _overrides_owner(without_last(call.func))
    if owner is None:
        return
    if last_name(func) == "update":
        yield from _entries(owner, args[0])
    elif len(args) == 2:
        yield Override(owner, args[0], args[1], call.place)


def _entries(owner: Expression, mapping: Expression) -> Iterator[Override]:
    found = mapping.literal(syntax.Mapping)
    if found is None or not isinstance(found.node, syntax.Mapping):
        return
    for key, value in zip(found.node.keys, found.node.values, strict=True):
        if key is not None:
            yield Override(owner, found.at(key), found.at(value), found.at(key).place)


def _overrides_owner(expression: Expression | None) -> Expression | None:
    """`app` of `app.dependency_overrides`."""
    if expression is None or last_name(expression.node) != "dependency_overrides":
        return None
    return without_last(expression)


def without_last(expression: Expression) -> Expression | None:
    """`a.b` of `a.b.c`."""
    node = expression.node
    if isinstance(node, syntax.Attribute):
        return expression.at(node.value)
    if isinstance(node, syntax.Ref) and "." in node.path:
        made = syntax.Ref(node.span, node.path.rpartition(".")[0])
        expression.project.inference.keep(made)
        return expression.at(made)
    return None


def _spanning(start: Expression, end: Expression) -> Place:
    first, last = start.place.span, end.place.span
    return Place(start.place.path, Span(first.line, first.column, last.end_line, last.end_column))


def _is_known_object(value: Value) -> bool:
    return isinstance(value, Instance) and not value.external.endswith("()")
