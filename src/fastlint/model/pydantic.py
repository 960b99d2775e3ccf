"""The models of Pydantic 2: which classes are such, where they are looked for, and who overrides what.

`pydantic.v1` is Pydantic 1 inside Pydantic 2. The tables give its names those of Pydantic itself, so what is
imported from it is told by its imports. Its models have the old API still.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo, traced_property
from fastlint.model.schemas import Schema
from fastlint.model.scopes import ClassScope, Frame, ModuleScope
from fastlint.model.values import ClassValue, External

if TYPE_CHECKING:
    from fastlint.model.project import Project

BASE_MODEL = "pydantic.BaseModel"
SQL_MODEL = "sqlmodel.SQLModel"
SETTINGS = "pydantic_settings.BaseSettings"
KNOWN_BASES = frozenset(
    (
        *(BASE_MODEL, SQL_MODEL, SETTINGS, "pydantic.RootModel", "pydantic.generics.GenericModel"),
        *("abc.ABC", "builtins.object", "typing.Generic"),
    )
)
PYDANTIC_2 = "pydantic>=2"
FASTAPI_WITH_PYDANTIC_2 = "fastapi>=0.100"
SQL_MODEL_WITH_PYDANTIC_2 = "sqlmodel>=0.0.14"
DEEPEST = 6


class Models:
    """The models of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._is_model = Memo(project.grounds, self._find_is_model)
        self._heirs = Memo(project.grounds, self._find_heirs, within=lambda scope: ())

    @traced_property
    def modules(self) -> tuple[ModuleScope, ...]:
        """The modules that can touch the framework, those of what a request runs, and those of schemas."""
        found = {*self.project.modules, *self.project.service, *self._of_schemas()}
        return tuple(sorted(found, key=lambda module: module.path))

    def naming(self, *words: str) -> Iterator[ModuleScope]:
        """Those of the modules whose text has one of some words in it, and that may have Pydantic 2 only."""
        for module in self.modules:
            if self.project.says(module, frozenset(words)) and self.is_on_2(module.path):
                yield module

    def is_on_2(self, path: str) -> bool:
        """Whether the code of a file may be taken to run on Pydantic 2."""
        is_possible = self.project.possibly(FASTAPI_WITH_PYDANTIC_2, path)
        return is_possible and self.project.holds(PYDANTIC_2, path)

    def classes(self, *words: str) -> Iterator[Schema]:
        """The models in the modules that name one of some words, and Pydantic if nothing leads to them."""
        own = {
            path
            for package in ("pydantic", "pydantic_settings")
            for word in words
            for path in self.project.mentioned(package, word)
        }
        paths = own.union(module.path for module in self.naming(*words))
        for path in sorted(paths):
            module = self.project.module(path) if self.is_on_2(path) else None
            for scope in () if module is None else module.within():
                if isinstance(scope, ClassScope) and self.is_model(ClassValue(scope)):
                    schema = self.project.schemas.schema(ClassValue(scope))
                    assert schema is not None
                    yield schema

    def is_model(self, cls: ClassValue | External) -> bool:
        """Whether a class is a model of Pydantic 2, or one of those classes themselves."""
        if isinstance(cls, External):
            return self._descends(cls)
        return self._is_model(cls.scope)

    def _find_is_model(self, scope: ClassScope) -> bool:
        cls = ClassValue(scope)
        if not self._descends(cls):
            return False
        own = (each.scope for each in self._order(cls) if isinstance(each, ClassValue))
        if any(is_of_v1(base) for each in own for base in bases(each)):
            return False
        is_sql = self.project.inference.classes.descends(cls, SQL_MODEL)
        return not is_sql or self.project.holds(SQL_MODEL_WITH_PYDANTIC_2, scope.module.path)

    def _descends(self, cls: ClassValue | External) -> bool:
        return self.project.inference.classes.descends(cls, BASE_MODEL)

    def _order(self, cls: ClassValue | External) -> tuple[ClassValue | External, ...]:
        return self.project.inference.classes.mro(cls)

    def is_known(self, cls: ClassValue | External) -> bool:
        """Whether all bases of a class are classes of the project or plain ones of Pydantic."""
        for each in self._order(cls):
            if isinstance(each, External):
                if each.name not in KNOWN_BASES:
                    return False
            elif not all(base.values() for base in bases(each.scope)):
                return False
        return True

    def own(self, cls: ClassValue | External) -> tuple[ClassScope, ...]:
        """The class and its bases, those of the project, nearest first."""
        return tuple(each.scope for each in self._order(cls) if isinstance(each, ClassValue))

    def heirs(self, scope: ClassScope) -> tuple[ClassScope, ...]:
        """The classes of the project that derive from a class, directly or not."""
        return self._heirs(scope)

    def _find_heirs(self, scope: ClassScope) -> tuple[ClassScope, ...]:
        found: dict[ClassScope, None] = {}
        for heir in self.project.subclasses(scope):
            found.update(dict.fromkeys((heir, *self.heirs(heir))))
        return tuple(found)

    def family(self, cls: ClassValue | External) -> tuple[ClassScope, ...]:
        """A class of the project with its bases and heirs."""
        heirs = self.heirs(cls.scope) if isinstance(cls, ClassValue) else ()
        return (*self.own(cls), *heirs)

    def _of_schemas(self) -> Iterator[ModuleScope]:
        for schema in (*self.project.schemas.bodies, *self.project.schemas.responses):
            yield from (scope.module for scope in self.own(schema.cls))


def bases(scope: ClassScope) -> Iterator[Expression]:
    """What a class statement names as bases, type arguments left out."""
    assert scope.parent is not None
    for node in scope.node.bases:
        yield Expression(node.value if isinstance(node, syntax.Subscript) else node, scope.parent.frame)


def is_of_v1(expression: Expression, depth: int = 0) -> bool:
    """Whether a name may be one of `pydantic.v1`."""
    node = expression.node
    if not isinstance(node, syntax.Ref):
        return False
    name, _, rest = node.path.partition(".")
    frame: Frame | None = expression.frame
    while frame is not None:
        for binding in frame.scope.bindings.get(name, ()):
            if isinstance(binding.node, syntax.Import) and _leads_to_v1(
                frame.scope.module, binding.node, rest, depth
            ):
                return True
        frame = frame.outer
    return False


def _leads_to_v1(module: ModuleScope, node: syntax.Import, rest: str, depth: int) -> bool:
    dotted = ".".join(filter(None, (node.module, node.name)))
    if dotted == "pydantic.v1" or dotted.startswith("pydantic.v1."):
        return True
    found = module.project.imported(module, node) if depth < DEEPEST else None
    name = node.name or rest.rpartition(".")[2]
    if found is None or not name:
        return False
    made = syntax.Ref(node.span, name)
    module.project.inference.keep(made)
    return is_of_v1(Expression(made, found.frame), depth + 1)
