"""`class Config` inside models of Pydantic 2, and what it sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.pydantic import SETTINGS, SQL_MODEL, is_of_v1
from fastlint.model.schemas import Schema
from fastlint.model.scopes import ClassScope, ModuleScope
from fastlint.model.values import ClassValue, External

if TYPE_CHECKING:
    from fastlint.model.project import Project

CONFIG = "Config"
BASE_CONFIG = "pydantic.BaseConfig"
OF_THE_MODEL = ("self", "cls")


@dataclass(frozen=True, eq=False)
class V1Config:
    """A `class Config` of a model."""

    schema: Schema
    scope: ClassScope

    @property
    def project(self) -> Project:
        return self.schema.project

    @property
    def place(self) -> Place:
        return self.scope.place

    @property
    def settings(self) -> dict[str, Expression] | None:
        """What it sets, by name; None where its body has more than assignments."""
        found: dict[str, Expression] = {}
        for node in self.scope.body:
            if not isinstance(node, syntax.Assign) or node.value is None or node.augmented:
                return None
            (target, *others) = node.targets
            if others or not isinstance(target, syntax.Ref) or target.path in found:
                return None
            found[target.path] = Expression(node.value, self.scope.frame)
        return found

    @property
    def is_of_settings(self) -> bool:
        """Whether the model is one of `pydantic-settings`."""
        return self.project.inference.classes.descends(self.schema.cls, SETTINGS)

    @property
    def is_of_sql(self) -> bool:
        """Whether the model is one of SQLModel."""
        return self.project.inference.classes.descends(self.schema.cls, SQL_MODEL)

    @property
    def inherits_as_the_model_does(self) -> bool:
        """Whether its bases are no more than those whose settings the model gets from its own base."""
        model, bases = (
            self.schema.cls.scope,
            [Expression(node, self.schema.cls.scope.frame) for node in self.scope.node.bases],
        )
        above = self.project.models.own(self.schema.cls)[1:]
        for base in bases:
            value = base.value()
            if isinstance(value, External) and value.name == BASE_CONFIG and not is_of_v1(base):
                continue
            is_own = (
                isinstance(value, ClassValue) and value.scope.name == CONFIG and value.scope.parent in above
            )
            if not is_own or len(model.node.bases) > 1:
                return False
        return not self.scope.node.keywords and not self.scope.node.decorators

    @property
    def names_what_the_model_binds(self) -> bool:
        """Whether a name in it would mean something else in the body of the model."""
        bound = {*self.schema.cls.scope.bindings, *self.scope.bindings}
        settings = (self.settings or {}).values()
        return any(
            isinstance(each.node, syntax.Ref) and each.node.path.partition(".")[0] in bound
            for value in settings
            for each in value.walk()
        )

    @property
    def has_rival(self) -> bool:
        """Whether the model has a `model_config` as well, which Pydantic refuses."""
        return "model_config" in self.schema.cls.scope.bindings

    def is_named_elsewhere(self) -> bool:
        """Whether other code names it, as `Order.Config`."""
        name = self.schema.cls.scope.name
        modules = {self.scope.module, *self.project.mentioning(CONFIG, name)}
        return any(self._is_named_in(module, {name, *OF_THE_MODEL}) for module in modules)

    def _is_named_in(self, module: ModuleScope, owners: set[str]) -> bool:
        for scope in module.within():
            for node in (each for statement in scope.statements() for each in syntax.evaluated(statement)):
                if not isinstance(node, syntax.Ref) or f".{CONFIG}" not in node.path:
                    continue
                names = node.path.split(".")
                if any(pair[0] in owners and pair[1] == CONFIG for pair in pairwise(names)):
                    return True
        return False


def v1_configs(project: Project) -> Iterator[V1Config]:
    """Every `class Config` of a model, in the order of the source of each module."""
    for schema in project.models.classes(CONFIG):
        for scope in schema.cls.scope.classes():
            if scope.name == CONFIG and not project.models.is_model(ClassValue(scope)):
                yield V1Config(schema, scope)
