"""The methods and functions of Pydantic 1 that a project still uses on models of Pydantic 2.

`dict` and `json` are names that anything can have: a use counts where its receiver is certainly a model, and
no class of the project gives the name another meaning in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.syntax import Expr, Statement
from fastlint.model.calls import last_name
from fastlint.model.changes import sets
from fastlint.model.expression import Expression
from fastlint.model.narrowing import possible
from fastlint.model.pydantic import SQL_MODEL, Models, is_of_v1
from fastlint.model.scopes import ModuleScope, Scope
from fastlint.model.settled import is_settled
from fastlint.model.values import ClassValue, External, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

OF_OBJECTS = frozenset(("dict", "json", "copy", "__fields_set__"))
OF_CLASSES = frozenset(
    (
        *("parse_obj", "parse_raw", "parse_file", "from_orm", "construct", "schema", "schema_json"),
        *("validate", "update_forward_refs"),
    )
)
FIELDS = "__fields__"
FUNCTIONS = frozenset(("parse_obj_as", "schema_of", "schema_json_of"))
COMMON = frozenset(("dict", "json", "copy", "construct", "schema", "validate"))
"""Names that many things have: only calls of them are looked at."""
RARE = frozenset({*OF_OBJECTS, *OF_CLASSES, FIELDS}) - COMMON
DECIDING = ("PYDANTIC", "VERSION")
ASKING = ("hasattr", "getattr")


@dataclass(frozen=True, eq=False)
class V1Call:
    """A use of something that Pydantic 2 has for code of Pydantic 1 only.

    `site` is the call, or the code that names the method without calling it; `model` is the class whose
    method it is, None for a function. `is_object`: it is asked of an object, not of the class.
    """

    name: str
    site: Expression
    model: ClassValue | External | None
    is_object: bool = False

    @property
    def project(self) -> Project:
        return self.site.project

    @property
    def place(self) -> Place:
        return self.site.place

    @property
    def written(self) -> str:
        """How it reads, for a message: up to the name, and its arguments shortened."""
        text = self.site.text()
        return text if self.is_call else text[: text.index(self.name) + len(self.name)]

    @property
    def is_call(self) -> bool:
        """Whether the method is called there, not only named."""
        return self.site.is_call

    @property
    def is_sql(self) -> bool:
        """Whether it is a method of SQLModel."""
        return self.model is not None and self.project.inference.classes.descends(self.model, SQL_MODEL)

    def has_own(self, name: str) -> bool:
        """Whether the model, or a class that derives from it, has something of its own under a name."""
        if self.model is None:
            return False
        return any(name in scope.bindings for scope in self.project.models.family(self.model))

    @property
    def is_replaced(self) -> bool:
        """Whether code, that of a test for instance, sets the method of some object: `order.dict = ...`,
        `order.dict.return_value = ...`, `patch("orders.Order.dict")`."""
        return sets(self.project, self.name)

    @property
    def may_be_any(self) -> bool:
        """Whether it is asked of `BaseModel`, and so of whatever class derives from it."""
        return isinstance(self.model, External)

    def allows_extra(self) -> bool:
        """Whether the model keeps what it has no field for."""
        if not isinstance(self.model, ClassValue):
            return True
        schema = self.project.schemas.schema(self.model)
        return schema is None or schema.allows_extra


def v1_calls(project: Project) -> Iterator[V1Call]:
    """Every use of the old methods and functions, in the order of the source of each module."""
    found = _Finder(project.models)
    for module in project.models.naming(*COMMON, *RARE, *FUNCTIONS):
        uses = [*found.calls(module), *found.names(module)]
        yield from sorted(uses, key=lambda each: each.place.span)


class _Finder:
    def __init__(self, models: Models) -> None:
        self.models = models
        self.project = models.project

    def calls(self, module: ModuleScope) -> Iterator[V1Call]:
        called = self.project.calls.module(module)
        for name in sorted((COMMON | FUNCTIONS) & called.keys()):
            for scope, node in called[name]:
                site = Expression(node, scope.frame)
                if name in FUNCTIONS:
                    if site.func.external() == f"pydantic.{name}" and not is_of_v1(site.func):
                        yield V1Call(name, site, None)
                elif not _is_shut_out(name, node):
                    yield from self._use(name, site, site.func.owner)

    def names(self, module: ModuleScope) -> Iterator[V1Call]:
        if not self.project.says(module, RARE):
            return
        for scope in module.within():
            for node, call in _named(scope):
                named = Expression(node, scope.frame)
                owner, name = _split(named)
                if owner is not None:
                    yield from self._use(name, named if call is None else named.at(call), owner)

    def _use(self, name: str, site: Expression, owner: Expression | None) -> Iterator[V1Call]:
        if owner is None:
            return
        values = possible(owner)
        if not values or not all(self._has(name, value) for value in values) or not is_settled(owner):
            return
        if _is_decided_by_version(site):
            return
        value = values[0]
        is_object = isinstance(value, Instance)
        yield V1Call(name, site, value.cls if isinstance(value, Instance) else _class(value), is_object)

    def _has(self, name: str, value: Value) -> bool:
        """Whether a value has the method of Pydantic under a name, and none of the project's own."""
        if isinstance(value, Instance):
            cls: ClassValue | External | None = value.cls
        else:
            cls = _class(value) if name in OF_CLASSES or name == FIELDS else None
        if cls is None or not self.models.is_model(cls) or not self.models.is_known(cls):
            return False
        return not any(name in scope.bindings for scope in self.models.family(cls))


def _class(value: Value) -> ClassValue | External | None:
    return value if isinstance(value, (ClassValue, External)) else None


def _is_shut_out(name: str, node: syntax.Call) -> bool:
    """Whether a call cannot be of that method: those of objects take keywords only."""
    return name in OF_OBJECTS and bool(node.args)


def _named(scope: Scope) -> Iterator[tuple[Expr, syntax.Call | None]]:
    """The rare names in a scope's own expressions, each with the call of it."""
    for statement in scope.statements():
        for expression in _evaluated(statement):
            called = {
                id(each.func): each for each in syntax.walk(expression) if isinstance(each, syntax.Call)
            }
            for node in syntax.walk(expression):
                if isinstance(node, syntax.Attribute) and node.name in RARE:
                    yield node, called.get(id(node))
                elif isinstance(node, syntax.Ref) and not RARE.isdisjoint(node.path.split(".")[1:]):
                    yield node, called.get(id(node)) if last_name(node) in RARE else None


def _evaluated(statement: Statement) -> Iterator[Expr]:
    for expression in syntax.expressions(statement):
        yield expression
        for node in syntax.walk(expression):
            if isinstance(node, syntax.Lambda):
                for inner in node.function.body:
                    yield from _evaluated(inner)


def _split(named: Expression) -> tuple[Expression | None, str]:
    """What a rare name is asked of, and the name: `User` and `__fields__` of `User.__fields__.keys`."""
    current: Expression | None = named
    while current is not None:
        name = last_name(current.node)
        owner = current.owner
        if name in RARE:
            return owner, name
        current = owner if isinstance(current.node, syntax.Ref) else None
    return None, ""


def _is_decided_by_version(site: Expression) -> bool:
    """Whether a test tells which Pydantic is there, or the new name was tried before."""
    scope: Scope | None = site.scope
    own = scope
    while scope is not None:
        for statement in syntax.statements(scope.body):
            if isinstance(statement, syntax.If) and _asks_for_version(statement.test):
                is_around = any(syntax.encloses(block, site.node) for block in syntax.blocks(statement))
                if scope is own or is_around:
                    return True
            if isinstance(statement, syntax.Try) and _tries_new_name(statement, site.node):
                return True
            if scope is own and any(_chooses(each, site.node) for each in syntax.evaluated(statement)):
                return True
        scope = scope.parent
    return False


def _chooses(expression: Expr, node: Expr) -> bool:
    """Whether an `a if ... else b` with a node in it asks for the version."""
    if not isinstance(expression, syntax.Operation) or expression.operator != "if":
        return False
    return _asks_for_version(expression.operands[0]) and any(each is node for each in syntax.walk(expression))


def _tries_new_name(statement: syntax.Try, node: Expr) -> bool:
    """Whether a node is what runs after something of Pydantic 2 was not there."""
    if not any(syntax.encloses(each.body, node) for each in statement.handlers):
        return False
    tried = (each for inner in syntax.statements(statement.body) for each in syntax.evaluated(inner))
    return any(last_name(each).startswith("model_") for each in tried)


def _asks_for_version(test: Expr) -> bool:
    for node in syntax.walk(test):
        if isinstance(node, syntax.Ref) and any(word in node.path.upper() for word in DECIDING):
            return True
        if isinstance(node, syntax.Call) and last_name(node.func) in ASKING:
            return True
    return False
