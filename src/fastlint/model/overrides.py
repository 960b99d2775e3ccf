"""`dependency_overrides`: what is overridden with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.model.expression import Expression
from fastlint.model.paths import names_in
from fastlint.model.routing import APPS
from fastlint.model.values import Instance, Value

if TYPE_CHECKING:
    from fastlint.model.handlers import HandlerParameter
    from fastlint.model.project import Project


@dataclass(frozen=True, slots=True)
class Override:
    """`app.dependency_overrides[key] = value`, however it is written.

    `is_undone` says that what sets it takes it back: `monkeypatch`, `patch.dict`.
    """

    owner: Expression
    key: Expression
    value: Expression
    site: Place
    is_undone: bool = False

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
        return any(name in names_in(path) for route in routes for path in route.paths)

    @property
    def is_looked_up(self) -> bool | None:
        """Whether FastAPI looks the key up for some request to the app; None where that cannot be told."""
        return self.project.dependencies.lookup.of(self)


def _is_known_object(value: Value) -> bool:
    return isinstance(value, Instance) and not value.external.endswith("()")
