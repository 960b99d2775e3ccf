"""What FastAPI injects: every `Depends`, where it is used, and what it calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.constants import constant
from fastlint.model.constructors import constructor_of_fields, lineage
from fastlint.model.expression import Expression
from fastlint.model.granted import LOGGING, takes_for_granted
from fastlint.model.handlers import Handler
from fastlint.model.injections import (
    Injection,
    called_functions,
    given_by,
    last_marker,
    listed,
    put_into_list,
)
from fastlint.model.keeping import sets_something
from fastlint.model.lookup import Lookup
from fastlint.model.markers import is_marker, marker_calls
from fastlint.model.memo import Memo, traced_property
from fastlint.model.overrides import Override
from fastlint.model.overriding import find_overrides
from fastlint.model.products import is_security
from fastlint.model.returns import Returned, returned
from fastlint.model.scopes import ClassScope, FunctionScope
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fastlint.model.asynchronous import Async
    from fastlint.model.elsewhere import Elsewhere
    from fastlint.model.project import Project
    from fastlint.model.routers import Router
    from fastlint.model.routing import Route
    from fastlint.model.threadcalls import ThreadCall


@dataclass(frozen=True, slots=True)
class Dependency:
    """A function that FastAPI calls to fill a parameter; a class counts by its constructor."""

    handler: FunctionValue
    injections: tuple[Injection, ...]

    @property
    def function(self) -> FunctionScope:
        """The function that is called."""
        return self.handler.scope

    @property
    def place(self) -> Place:
        return self.handler.scope.place

    @property
    def may_raise(self) -> bool:
        """Whether it raises, or calls something for no other reason than that it might."""
        for statement in self.function.statements():
            if isinstance(statement, syntax.Raise):
                return True
            if isinstance(statement, syntax.Evaluate):
                value = statement.value
                called = value.value if isinstance(value, syntax.Await) else value
                if isinstance(called, syntax.Call) and last_name(called.func) not in LOGGING:
                    return True
        return False

    @property
    def sets_something(self) -> bool:
        """Whether it sets something that may outlive its call, such as an attribute of `request.state`."""
        return sets_something(self.function)

    def takes_for_granted(self, use: Injection, rejection: Instance) -> bool:
        """Whether one of its users takes a response or exception that it returns for what it hoped to get."""
        return takes_for_granted(use, rejection, self.function.project)

    @property
    def constant(self) -> Expression | None:
        """The constant that it gives every request, where it does nothing else."""
        return constant(self)

    @property
    def is_overridden(self) -> bool:
        """Whether code of the project, its tests included, overrides it."""
        return any(self.function.project.dependencies.overrides_of(self.function))

    @property
    def needs_no_thread(self) -> bool:
        """Whether FastAPI has a thread call it, and nothing that it does may take as long as that."""
        from fastlint.model.asynchronous import needs_no_thread

        return needs_no_thread(self)

    @property
    def use_elsewhere(self) -> Elsewhere:
        """Whether code calls it itself, and what else it may do with it."""
        from fastlint.model.elsewhere import elsewhere

        return elsewhere(self.function)

    @property
    def could_be_async(self) -> Async:
        """Whether it can be an `async def`, and what speaks against it."""
        from fastlint.model.asynchronous import could_be_async

        return could_be_async(self.function)

    def slow_call(self, *rules: str) -> ThreadCall | None:
        """A call that some of the blocking rules speak of and that a thread makes, itself or further down,
        because this is a `def`."""
        from fastlint.model.threadcalls import slow_call

        return slow_call(self, *rules)

    @property
    def returns(self) -> tuple[Returned, ...]:
        """What its own body returns."""
        return returned(self.handler)


class Dependencies:
    def __init__(self, project: Project) -> None:
        self.project = project
        self._constructors = Memo(project.grounds, constructor_of_fields)

    @traced_property
    def injections(self) -> tuple[Injection, ...]:
        """Every `Depends` in the project, once, with the first parameter that it fills if it fills one."""
        found: dict[Expression, Injection] = {}
        for use in self.uses:
            found.setdefault(use.call, use)
        return tuple(sorted(found.values(), key=lambda each: each.place))

    @traced_property
    def uses(self) -> tuple[Injection, ...]:
        """Every use of every `Depends`: one that has a name has a use for each parameter and each list."""
        found = [
            injection
            for module in self.project.modules
            for scope in module.within()
            if isinstance(scope, FunctionScope)
            for injection in self.of_function(scope)
        ]
        found.extend(injection for scope in self._lambdas() for injection in self.of_function(scope))
        found.extend(self._listed())
        used = {injection.call for injection in found}
        named = self.project.calls.named(*self._names)
        return (*found, *(Injection(call) for call in named if call not in used and is_marker(call)))

    def _lambdas(self) -> Iterator[FunctionScope]:
        """The lambdas that declare something: `lambda user=Depends(get_user): user`."""
        for module in self.project.naming(*self._names):
            for scope in module.within():
                for inner in scope.lambdas:
                    if any(each.default is not None for each in inner.node.parameters):
                        yield inner

    def uses_of(self, injection: Injection) -> tuple[Injection, ...]:
        """All uses of the same `Depends`."""
        return self._by_call.get(injection.call, ())

    @traced_property
    def _by_call(self) -> dict[Expression, tuple[Injection, ...]]:
        found: dict[Expression, tuple[Injection, ...]] = {}
        for use in self.uses:
            found[use.call] = (*found.get(use.call, ()), use)
        return found

    def _listed(self) -> Iterator[Injection]:
        for module in self.project.modules:
            calls = self.project.calls.module(module)
            for scope, node in (each for found in calls.values() for each in found):
                if any(keyword.name == "dependencies" for keyword in node.keywords):
                    call = Expression(node, scope.frame)
                    yield from listed(call.argument("dependencies"), call)
            for scope, node in (*calls.get("append", ()), *calls.get("setdefault", ())):
                yield from put_into_list(Expression(node, scope.frame))

    @traced_property
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
        found = last_marker(Expression(parameter.annotation, frame))
        return None if found is None else Injection(found, scope, parameter)

    def given_by(self, value: Expression) -> Values | None:
        """What a `Depends(...)` gives, wherever it stands; None for anything else."""
        call = next(marker_calls(value), None)
        return None if call is None else Injection(call).provided()

    @traced_property
    def dependencies(self) -> tuple[Dependency, ...]:
        """The project's functions that some `Depends` calls."""
        found: dict[tuple[object, ...], tuple[FunctionValue, list[Injection]]] = {}
        for injection in self.uses:
            for function in injection.functions():
                key = (function.scope, function.receiver)
                found.setdefault(key, (function, []))[1].append(injection)
        return tuple(
            Dependency(function, tuple(injections))
            for function, injections in sorted(
                found.values(), key=lambda pair: (pair[0].scope.place, len(pair[0].scope.node.parameters))
            )
        )

    @traced_property
    def handlers(self) -> tuple[Handler, ...]:
        """The project's functions that FastAPI injects."""
        found: dict[tuple[object, ...], Handler] = {}
        for route in self.project.application.routes:
            if route.is_injected:
                handler = Handler(route.handler, route, route.given)
                found.setdefault((handler.scope, handler.given), handler)
        for injection in self.uses:
            for target in injection.targets:
                for handler in (*self.handlers_of(target), *self._made_by_fields(target)):
                    found.setdefault((handler.scope, handler.given), handler)
        return tuple(sorted(found.values(), key=lambda each: (each.place, sorted(each.given))))

    def _made_by_fields(self, target: Value) -> Iterator[Handler]:
        """What FastAPI fills of a dataclass, base by base."""
        if isinstance(target, ClassValue):
            known: set[str] = set()
            for scope in lineage(target):
                made = self._constructors(scope)
                if made is not None:
                    yield Handler(FunctionValue(made), given=frozenset(known))
                    known.update(each.name for each in made.node.parameters[1:])

    def handlers_of_route(self, route: Route) -> tuple[Handler, ...]:
        """What FastAPI injects for a route: its own function and its dependencies, at every depth."""
        found = {route.handler.scope: Handler(route.handler, route, route.given)}
        queue = list(self.of_route(route))
        while queue:
            for handler in queue.pop().handlers():
                if handler.scope not in found:
                    found[handler.scope] = handler
                    queue.extend(self.of_function(handler.scope))
        return tuple(found.values())

    def handlers_of(self, target: Value) -> Iterator[Handler]:
        """What FastAPI injects when it calls a target."""
        given = given_by(target)
        for function in called_functions(target, self.project):
            yield Handler(function, given=given)

    def injections_of(self, function: FunctionScope) -> tuple[Injection, ...]:
        """Every use of a `Depends` that calls a function of the project."""
        return self._by_function.get(function, ())

    @traced_property
    def _by_function(self) -> dict[FunctionScope, tuple[Injection, ...]]:
        found: dict[FunctionScope, tuple[Injection, ...]] = {}
        for each in self.dependencies:
            found[each.function] = (*found.get(each.function, ()), *each.injections)
        return found

    def routes_of(self, function: FunctionScope) -> tuple[Route, ...]:
        """The routes for which a dependency may run."""
        return tuple(self._routes_with({function}))

    def is_of_route(self, function: FunctionScope) -> bool:
        """Whether a route is answered by a function."""
        return function in self._answering

    @traced_property
    def _answering(self) -> frozenset[FunctionScope]:
        return frozenset(route.function for route in self.project.application.routes)

    def below(self, target: Value) -> Iterator[Injection]:
        """What the functions that run when FastAPI calls a target declare themselves."""
        for function in called_functions(target, self.project):
            yield from self.of_function(function.scope)

    def is_dependency(self, value: Value) -> bool:
        """Whether some `Depends` calls it, or it is plain to see that one should."""
        if self.lookup.uses(value) or (isinstance(value, Instance) and is_security(value, self.project)):
            return True
        return any(
            handler.scope.node.is_generator or any(each.is_for_fastapi for each in handler.parameters)
            for handler in self.handlers_of(value)
        )

    def names_in_url(self, target: Value) -> frozenset[str] | None:
        """What requests that a target is resolved for bring in their query and path, by name.

        That is what it reads itself, and what its routes and their other dependencies read. None where its
        signature is not known.
        """
        if isinstance(target, (External, Instance)) and is_security(target, self.project):
            return frozenset()
        own = {handler.scope for handler in self.handlers_of(target)}
        if not own:
            return None
        served = (self.handlers_of_route(route) for route in self._routes_with(own))
        handlers = (*self.handlers_of(target), *(handler for group in served for handler in group))
        return frozenset(each.name for handler in handlers for each in handler.parameters if each.is_in_url)

    def _routes_with(self, functions: set[FunctionScope]) -> Iterator[Route]:
        """The routes for which some of these functions may run as dependencies."""
        reached, queue, lists = {*functions}, [*functions], set[int]()
        while queue:
            for use in self.injections_of(queue.pop()):
                if use.listed is not None:
                    lists.add(id(use.listed.node))
                elif use.function is not None and use.function not in reached:
                    reached.add(use.function)
                    queue.append(use.function)
        routes = self.project.application.routes
        is_of_router = not lists.issubset(id(route.site.node) for route in routes)
        for route in routes:
            if is_of_router or route.function in reached or id(route.site.node) in lists:
                yield route

    @traced_property
    def lookup(self) -> Lookup:
        return Lookup(self.project)

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
            if router is not route.router or not route.is_ready_made:
                yield from listed(router.option("dependencies"))
            for include in application.parents(router):
                if not include.is_mount:
                    yield from listed(include.site.argument("dependencies"))
                    queue.append(include.parent)

    @traced_property
    def overrides(self) -> tuple[Override, ...]:
        return tuple(sorted(find_overrides(self.project), key=lambda each: each.place))

    def overrides_of(self, scope: FunctionScope | ClassScope) -> Iterator[Override]:
        """Those that put something else in the place of a function or class, in tests too."""
        for override in self.overrides:
            if any(
                isinstance(key, (ClassValue, FunctionValue)) and key.scope is scope
                for key in override.key.values()
            ):
                yield override


def _may_mark(node: syntax.Expr) -> bool:
    return not isinstance(node, (syntax.Constant, syntax.Collection, syntax.Mapping, syntax.Lambda))
