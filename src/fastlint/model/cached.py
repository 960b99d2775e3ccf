"""Caches around functions that they cannot be around: of what can be used once, by what is never the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.fields import is_compared
from fastlint.model.handlers import Handler, HandlerParameter
from fastlint.model.markers import allows_none
from fastlint.model.mentions import aliases, mentions
from fastlint.model.schemas import Schema
from fastlint.model.scopes import FunctionScope, ModuleScope
from fastlint.model.values import ClassValue, FunctionValue, Instance, Value, stands_for

if TYPE_CHECKING:
    from fastlint.model.project import Project

KEYED = ("functools.cache", "functools.lru_cache")
"""The caches that look up what they have by all arguments, and those must be hashable."""

COLLECTIONS = ("builtins.list", "builtins.dict", "builtins.set")
MODEL_BASES = frozenset(
    ("abc.ABC", "builtins.object", "pydantic.BaseModel", "pydantic_settings.BaseSettings", "typing.Generic")
)
NEW_EACH_TIME = (
    "starlette.requests.HTTPConnection",
    "sqlalchemy.orm.Session",
    *(f"sqlalchemy.ext.asyncio.{name}" for name in ("AsyncConnection", "AsyncSession")),
)
"""What FastAPI and dependencies make for each request, and what is only equal to itself."""


@dataclass(frozen=True, slots=True)
class Cached:
    """A function whose cache works for its first call only, or never.

    `why` is coroutine or generator, for what it gives, else unhashable or unique, for its `parameter`.
    `is_applied` says that it is not decorated with the cache, but given to it: `cache(load)`.
    """

    function: FunctionScope
    decorator: Expression
    why: str
    parameter: HandlerParameter | None = None
    is_applied: bool = False

    @property
    def place(self) -> Place:
        return self.decorator.place

    @property
    def name(self) -> str:
        """The decorator as the code spells it."""
        return (self.decorator.func if self.decorator.is_call else self.decorator).text()

    @property
    def is_dependency(self) -> bool:
        """Whether some `Depends` calls it."""
        return bool(self.function.project.dependencies.injections_of(self.function))

    @property
    def calls(self) -> tuple[Expression, ...]:
        """The calls that may be of it."""
        return tuple(call for call in self.function.project.calls.of(self.function) if self._may_be_of(call))

    def _may_be_of(self, call: Expression) -> bool:
        found = call.func.values()
        return not found or stands_for(found, self.function)

    @property
    def is_only_injected(self) -> bool:
        """Whether nobody but FastAPI calls it: every mention of it is in a `Depends`."""
        function, project = self.function, self.function.project
        injections = project.dependencies.injections_of(function)
        if not injections or function.owner is not None or self.calls:
            return False
        inside = {id(each.argument.node) for each in injections if each.argument is not None}
        return all(_mentions_only(each, function.name, inside) for each in project.mentioning(function.name))


def cached(project: Project) -> Iterator[Cached]:
    """Every such function in the code of the service."""
    names = project.knowledge.remembering_names
    for module in project.service:
        if project.says(module, names):
            for scope in module.within():
                if isinstance(scope, FunctionScope) and scope.node.decorators:
                    yield from _cached(scope, names)
            yield from _applied(module, names)


def _applied(module: ModuleScope, names: frozenset[str]) -> Iterator[Cached]:
    """The functions that are given to a cache: `cache(load)`, `lru_cache(maxsize=1)(load)`."""
    found = module.project.calls.module(module)
    calls = [pair for name in sorted(names & found.keys()) for pair in found[name]]
    unnamed = (pair for pair in found.get("", ()) if last_name(_called(pair[1].func)) in names)
    for scope, node in sorted((*calls, *unnamed), key=lambda pair: pair[1].span):
        call = Expression(node, scope.frame)
        cache = call.func.func if call.func.is_call else call.func
        given = call.args[0].value() if call.args else None
        if not isinstance(given, FunctionValue) or given.scope.node.decorators or not _is_kept(call):
            continue
        function = given.scope.node
        is_once = function.is_generator or function.is_async
        if is_once and module.project.knowledge.is_remembering(cache.external()):
            why = "generator" if function.is_generator else "coroutine"
            yield Cached(given.scope, call.func, why, is_applied=True)


def _is_kept(call: Expression) -> bool:
    """Whether what it gives is there for several calls: not for those of one function alone."""
    if not isinstance(call.scope, FunctionScope):
        return True
    return any(
        isinstance(each, syntax.Assign)
        and each.value is call.node
        and any(isinstance(target, syntax.Ref) and "." in target.path for target in each.targets)
        for each in call.scope.statements()
    )


def _cached(function: FunctionScope, names: frozenset[str]) -> Iterator[Cached]:
    node, project = function.node, function.project
    if not any(last_name(_called(each)) in names for each in node.decorators):
        return
    found = project.inference.functions.decorator_names(function)
    for position, name in enumerate(found):
        if not project.knowledge.is_remembering(name):
            continue
        assert function.parent is not None
        decorator = Expression(node.decorators[position], function.parent.frame)
        if all(map(project.knowledge.is_transparent, found[position + 1 :])):
            if node.is_generator or node.is_async:
                yield Cached(function, decorator, "generator" if node.is_generator else "coroutine")
            elif name in KEYED:
                yield from _keyed(function, decorator)
        return


def _keyed(function: FunctionScope, decorator: Expression) -> Iterator[Cached]:
    """A dependency by whose parameters a cache finds nothing."""
    if not function.project.dependencies.injections_of(function):
        return
    for parameter in Handler(FunctionValue(function)).parameters:
        annotation, types = parameter.annotation, parameter.types
        if annotation is None or not types or parameter.is_collector:
            continue
        if all(map(_is_unhashable, types)) and not allows_none(annotation):
            yield Cached(function, decorator, "unhashable", parameter)
            return
        if all(_is_new_each_time(each, function.project) for each in types):
            yield Cached(function, decorator, "unique", parameter)
            return


def _is_unhashable(value: Value) -> bool:
    if not isinstance(value, Instance):
        return False
    if not isinstance(value.cls, ClassValue):
        return value.external in COLLECTIONS
    if is_compared(value.cls.scope):
        return True
    project = value.cls.scope.project
    bases = project.inference.classes.external_bases(value.cls)
    is_model = "pydantic.BaseModel" in bases and MODEL_BASES.issuperset(bases)
    return (
        is_model
        and Schema(value.cls, {}).config("frozen") is None
        and all(
            "__hash__" not in each.scope.bindings and not each.scope.node.decorators and _is_readable(each)
            for each in project.inference.classes.mro(value.cls)
            if isinstance(each, ClassValue)
        )
    )


def _is_readable(cls: ClassValue) -> bool:
    """Whether a model's own settings are written out where they are."""
    values = (each.value for each in cls.scope.bindings.get("model_config", ()))
    return all(
        isinstance(each, syntax.Mapping)
        or (isinstance(each, syntax.Call) and all(key.name for key in each.keywords))
        for each in values
    )


def _is_new_each_time(value: Value, project: Project) -> bool:
    return isinstance(value, Instance) and project.inference.classes.descends(value.cls, *NEW_EACH_TIME)


def _mentions_only(module: ModuleScope, name: str, nodes: set[int]) -> bool:
    """Whether a module mentions a name, which is its only one there, in some nodes alone."""
    if any(alias != name for alias in aliases(module, name)):
        return False
    return all(id(node) in nodes for scope in module.within() for node in mentions(scope, {name}))


def _called(decorator: syntax.Expr) -> syntax.Expr:
    return decorator.func if isinstance(decorator, syntax.Call) else decorator
