"""Functions that have `Depends(...)`, `Query(...)` and the like as defaults, and who else calls them.

https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#query-as-the-default-value-or-in-annotated
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.directcalls import WORDS, filled_by_fastapi, may_be_of
from fastlint.model.expression import Expression
from fastlint.model.handlers import HandlerParameter
from fastlint.model.markers import MARKERS
from fastlint.model.mentions import mentions
from fastlint.model.routing import ADDERS
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, FunctionValue, Instance, ModuleValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

OVERRIDES = "dependency_overrides"


@dataclass(frozen=True, slots=True)
class MarkedSignature:
    """A function with parameters whose defaults are markers: `dependencies` and `values`."""

    function: FunctionScope
    dependencies: tuple[HandlerParameter, ...]
    values: tuple[HandlerParameter, ...]

    @property
    def place(self) -> Place:
        return self.function.place

    @property
    def is_injected(self) -> bool:
        """Whether FastAPI is seen to call it."""
        handlers = self.function.project.dependencies.handlers
        return any(each.scope is self.function for each in handlers)

    @property
    def callers(self) -> tuple[Caller, ...]:
        """The calls that are of it, or may be."""
        return tuple(_callers(self.function))

    @property
    def looked_up(self) -> Expression | None:
        """A `getattr` that may give it, and whose name is not known: who calls that, passes what it likes."""
        return next(_lookups(self.function), None)

    @property
    def is_handed_on(self) -> bool:
        """Whether code gives it to something else than `Depends`, a route or an override."""
        return any(_handed_on(self.function))


@dataclass(frozen=True, slots=True)
class Caller:
    """A call of a function by the project's own code; `is_certain` if it cannot be of anything else.

    `passed` are the parameters that it passes, `positional` how many of them by position: None where that
    cannot be told.
    """

    call: Expression
    is_certain: bool
    passed: frozenset[str] = frozenset()
    positional: int | None = None

    @property
    def place(self) -> Place:
        return self.call.place


def marked_signatures(project: Project) -> Iterator[MarkedSignature]:
    """Every one, in the order of the source."""
    for module in project.naming(*WORDS):
        for scope in module.within():
            if isinstance(scope, FunctionScope) and not scope.is_lambda:
                filled = tuple(filled_by_fastapi(scope))
                marks = tuple(each for each in filled if _is_dependency(each))
                if filled:
                    yield MarkedSignature(scope, marks, tuple(each for each in filled if each not in marks))


def _is_dependency(parameter: HandlerParameter) -> bool:
    return parameter.default is not None and bool(parameter.default.instances(*MARKERS))


def _callers(function: FunctionScope) -> Iterator[Caller]:
    for call in function.project.calls.of(function):
        values = call.func.values()
        own = [value for each in values if (value := _runs(each, function)) is not None]
        if own and len(own) == len(values):
            yield _caller(call, own[0])
        elif own or (not values and may_be_of(call, function)):
            yield Caller(call, is_certain=False)


def _runs(value: object, function: FunctionScope) -> FunctionValue | None:
    """The function itself, where a value is it, or the class that it makes the objects of."""
    if isinstance(value, ClassValue):
        value = function.project.inference.classes.method(Instance(value), "__init__")
    return value if isinstance(value, FunctionValue) and value.scope is function else None


def _caller(call: Expression, function: FunctionValue) -> Caller:
    is_open = call.opaque_keywords or any(isinstance(each.node, syntax.Starred) for each in call.args)
    passed = function.scope.project.inference.calling.arguments(function, call)
    return Caller(call, True, frozenset(passed), None if is_open else len(call.args))


def _lookups(function: FunctionScope) -> Iterator[Expression]:
    """The calls of `getattr` that may look a method, or a function of its module, up."""
    for call in function.project.calls.named("getattr"):
        if len(call.args) < 2 or call.args[1].string() not in (None, function.name):
            continue
        for value in call.args[0].values() or (None,):
            match value:
                case ModuleValue(module=module):
                    is_it = module is function.parent
                case None:
                    is_special = function.name.startswith("__")
                    is_it = function.owner is not None and not is_special and not call.args[1].string()
                case Instance(cls=cls) | (ClassValue() as cls) if function.owner is not None:
                    classes = function.project.inference.classes
                    is_it = ClassValue(function.owner) in classes.mro(cls)
                case _:
                    is_it = False
            if is_it:
                yield call


def _handed_on(function: FunctionScope) -> Iterator[Expression]:
    project = function.project
    name = (
        function.owner.name if function.owner is not None and function.name == "__init__" else function.name
    )
    given = (each.argument for each in project.dependencies.injections)
    markers = {id(each.node) for each in given if each is not None}
    for module in project.mentioning(name):
        for scope in module.within():
            for node in mentions(scope, {name}):
                at = Expression(node, scope.frame)
                values = at.values()
                is_other = bool(values) and not any(_runs(each, function) for each in values)
                if id(node) not in markers and not is_other and not _is_for_fastapi(at):
                    yield at


def _is_for_fastapi(mention: Expression) -> bool:
    """Whether it is the key of an override, or the function of a route that is added."""
    for statement in mention.scope.statements():
        targets = statement.targets if isinstance(statement, syntax.Assign) else ()
        for node in (*targets, *syntax.expressions(statement)):
            for each in syntax.walk(node):
                if isinstance(each, syntax.Subscript) and each.index is mention.node:
                    return Expression(each.value, mention.frame).text().endswith(OVERRIDES)
                if isinstance(each, syntax.Call) and any(
                    inner is mention.node for inner in (*each.args, *(one.value for one in each.keywords))
                ):
                    return Expression(each.func, mention.frame).text().rpartition(".")[2] in ADDERS
    return False
