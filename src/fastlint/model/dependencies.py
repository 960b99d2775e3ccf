"""What FastAPI injects: every `Depends`, what it calls, and what overrides it in tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Partial,
    TypeForm,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fastlint.model.project import Project
    from fastlint.model.routing import Route, Router

MARKERS = ("fastapi.Depends", "fastapi.Security")
PARAMETER_MARKERS = tuple(
    f"fastapi.{name}" for name in ("Query", "Path", "Body", "Header", "Cookie", "Form", "File")
)
ANNOTATED = ("typing.Annotated", "typing_extensions.Annotated")


@dataclass(frozen=True, slots=True)
class Injection:
    """One use of `Depends` or `Security`.

    `parameter` and `function` say which parameter it fills; without them it stands in a list of
    dependencies (of a route, a router, an include or the app) or in an alias.
    """

    call: Expression
    function: FunctionScope | None = None
    parameter: syntax.Parameter | None = None

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def argument(self) -> Expression | None:
        return self.call.argument("dependency", 0)

    @property
    def is_security(self) -> bool:
        return self.call.func.external() == "fastapi.Security"

    @property
    def targets(self) -> Values:
        """What FastAPI calls: the argument, or the annotated class of `Depends()`."""
        argument = self.argument
        if argument is not None:
            return argument.values()
        if self.parameter is None or self.parameter.annotation is None or self.function is None:
            return ()
        assert self.function.parent is not None
        annotation = Expression(self.parameter.annotation, self.function.parent.frame)
        inference = self.call.project.inference
        return tuple(
            value.cls for value in inference.annotated(annotation) if isinstance(value, Instance)
        )

    def functions(self) -> Iterator[FunctionValue]:
        """The project's functions that run when it is resolved."""
        for target in self.targets:
            yield from called_functions(target, self.call.project)

    def provided(self) -> Values:
        """What the endpoint gets."""
        inference = self.call.project.inference
        return tuple(
            provided
            for target in self.targets
            for value in inference.call(target, None)
            for provided in inference.provided(value)
        )


@dataclass(frozen=True, slots=True)
class Dependency:
    """A function that FastAPI calls to fill a parameter; a class counts by its constructor."""

    handler: FunctionValue
    injections: tuple[Injection, ...]

    @property
    def function(self) -> FunctionScope:
        return self.handler.scope

    @property
    def place(self) -> Place:
        return self.handler.scope.place


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


class Dependencies:
    def __init__(self, project: Project) -> None:
        self.project = project

    @cached_property
    def injections(self) -> tuple[Injection, ...]:
        """Every `Depends` in the project, with the parameter that it fills where it fills one."""
        found: dict[Expression, Injection] = {}
        for module in self.project.modules:
            for scope in module.within():
                if isinstance(scope, FunctionScope):
                    for injection in self.of_function(scope):
                        found.setdefault(injection.call, injection)
        for call in self.project.calls.named(*self._names):
            if is_marker(call):
                found.setdefault(call, Injection(call))
        return tuple(sorted(found.values(), key=lambda each: each.place))

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The names under which `Depends` is called in the project."""
        names = {"Depends", "Security"}
        for module in self.project.modules:
            for statement in module.statements():
                if isinstance(statement, syntax.Import) and statement.name in ("Depends", "Security"):
                    names.add(statement.alias)
        return tuple(sorted(names))

    def of_function(self, scope: FunctionScope) -> Iterator[Injection]:
        """What the parameters of a function declare."""
        for parameter in scope.node.parameters:
            injection = self.of_parameter(scope, parameter)
            if injection is not None:
                yield injection

    def of_parameter(self, scope: FunctionScope, parameter: syntax.Parameter) -> Injection | None:
        """The `Depends` that fills a parameter: its default, else the last one in its annotation."""
        assert scope.parent is not None
        frame = scope.parent.frame
        if parameter.default is not None and _may_mark(parameter.default):
            for call in marker_calls(Expression(parameter.default, frame)):
                return Injection(call, scope, parameter)
        if parameter.annotation is None:
            return None
        calls = [
            call
            for item in metadata(Expression(parameter.annotation, frame))
            for call in marker_calls(item)
        ]
        return Injection(calls[-1], scope, parameter) if calls else None

    @cached_property
    def dependencies(self) -> tuple[Dependency, ...]:
        """The project's functions that some `Depends` calls."""
        found: dict[tuple[object, ...], tuple[FunctionValue, list[Injection]]] = {}
        for injection in self.injections:
            for function in injection.functions():
                key = (function.scope, function.receiver)
                found.setdefault(key, (function, []))[1].append(injection)
        return tuple(
            Dependency(function, tuple(injections))
            for function, injections in sorted(
                found.values(), key=lambda pair: (pair[0].scope.place, len(pair[0].scope.node.parameters))
            )
        )

    @cached_property
    def targets(self) -> frozenset[Value]:
        """Everything that some `Depends` in the project calls."""
        return frozenset(_bare(target) for injection in self.injections for target in injection.targets)

    @cached_property
    def unresolved(self) -> frozenset[str]:
        """The last names in every `Depends` of which it is not known what it calls."""
        return frozenset(
            last_name(each.node)
            for injection in self.injections
            if injection.argument is not None and not injection.targets
            for each in injection.argument.walk()
        )

    def closure(self, router: Router) -> frozenset[Value]:
        """Everything that is called for some route that an app serves, sub-dependencies too."""
        application = self.project.application
        found: set[Value] = set()
        queue: list[Injection] = []
        for route in application.routes:
            if router in application.roots(route.router):
                queue.extend(self.of_route(route))
        while queue:
            injection = queue.pop()
            for target in injection.targets:
                bare = _bare(target)
                if bare in found:
                    continue
                found.add(bare)
                for function in called_functions(target, self.project):
                    queue.extend(self.of_function(function.scope))
        return frozenset(found)

    def of_route(self, route: Route) -> Iterator[Injection]:
        """What a route declares itself and what its routers, includes and app add."""
        yield from self.of_function(route.function)
        yield from listed(route.option("dependencies"))
        application = self.project.application
        seen: set[Router] = set()
        queue = [route.router]
        while queue:
            router = queue.pop()
            if router in seen:
                continue
            seen.add(router)
            yield from listed(router.option("dependencies"))
            for include in application.parents(router):
                if not include.is_mount:
                    yield from listed(include.site.argument("dependencies"))
                    queue.append(include.parent)

    @cached_property
    def overrides(self) -> tuple[Override, ...]:
        found: list[Override] = []
        for module in self.project.modules:
            for scope in module.within():
                for statement in scope.statements():
                    if isinstance(statement, syntax.Assign) and statement.value is not None:
                        value = Expression(statement.value, scope.frame)
                        for target in statement.targets:
                            found.extend(_assigned(scope.frame and Expression(target, scope.frame), value))
        for call in self.project.calls.named("update", "setdefault", "setitem"):
            found.extend(_called(call))
        return tuple(sorted(found, key=lambda each: each.place))


def metadata(annotation: Expression, depth: int = 0) -> tuple[Expression, ...]:
    """What `Annotated` adds to a type, through aliases and strings; nothing through `X | None`."""
    inference = annotation.project.inference
    node = annotation.node
    if depth > 8:
        return ()
    if isinstance(node, syntax.Constant):
        inner = inference.unquoted(annotation)
        return metadata(inner, depth + 1) if inner is not None else ()
    if isinstance(node, (syntax.Ref, syntax.Attribute)):
        value = annotation.value()
        return metadata(value.expression, depth + 1) if isinstance(value, TypeForm) else ()
    if not isinstance(node, syntax.Subscript):
        return ()
    base = annotation.at(node.value)
    if base.external() in ANNOTATED and isinstance(node.index, syntax.Collection):
        first, *rest = node.index.items
        return (*metadata(annotation.at(first), depth + 1), *(annotation.at(item) for item in rest))
    value = base.value()
    return metadata(value.expression, depth + 1) if isinstance(value, TypeForm) else ()


def marker_calls(expression: Expression) -> Iterator[Expression]:
    """The `Depends(...)` calls that an expression stands for."""
    for instance in expression.instances(*MARKERS):
        if instance.site is not None:
            yield instance.site


def is_marker(call: Expression) -> bool:
    return call.func.external() in MARKERS


def listed(dependencies: Expression | None) -> Iterator[Injection]:
    """The injections of `dependencies=[...]`."""
    if dependencies is None:
        return
    for item in dependencies.items() or ():
        for call in marker_calls(item):
            yield Injection(call)


def called_functions(target: Value, project: Project) -> Iterator[FunctionValue]:
    """The project's functions that run when FastAPI calls a dependency."""
    match target:
        case FunctionValue():
            yield target
        case ClassValue():
            method = project.inference.method(Instance(target), "__init__")
            if method is not None:
                yield method
        case Instance():
            method = project.inference.method(target, "__call__")
            if method is not None:
                yield method
        case Partial():
            for inner in target.functions:
                yield from called_functions(inner, project)
        case _:
            pass


def _may_mark(node: syntax.Expr) -> bool:
    return not isinstance(node, (syntax.Constant, syntax.Collection, syntax.Mapping, syntax.Lambda))


def _bare(value: Value) -> Value:
    """A target as it is told from others: functions by their definition, whoever calls them."""
    if isinstance(value, FunctionValue):
        receiver = value.receiver
        plain = Instance(receiver.cls, receiver.site) if isinstance(receiver, Instance) else receiver
        made = value.outer if value.outer is not None and value.outer.arguments else None
        return FunctionValue(value.scope, plain, made)
    if isinstance(value, Instance):
        return Instance(value.cls, value.site)
    return External(value.name) if isinstance(value, External) else value


def bare(value: Value) -> Value:
    return _bare(value)


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
    from fastlint.diagnostic import Span

    first, last = start.place.span, end.place.span
    return Place(start.place.path, Span(first.line, first.column, last.end_line, last.end_column))
