"""Coroutine and generator functions in which the framework sees neither.

It looks at a function to know whether to await what it gives, and looks at the wrapper where a decorator made
one. FastAPI goes on to what `functools.wraps` names since 0.123.5; Starlette, which runs background tasks,
exception handlers and event handlers, never does
(https://github.com/encode/starlette/blob/1.10.0/starlette/_utils.py, `is_async_callable`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.calls import last_name
from fastlint.model.decorators import is_as_written
from fastlint.model.expression import Expression
from fastlint.model.functions import Layer
from fastlint.model.handlers import Handler
from fastlint.model.injections import Injection
from fastlint.model.returns import returned
from fastlint.model.routing import Route
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.uses import name_uses
from fastlint.model.values import ClassValue, Coroutine, FunctionValue, Instance, Partial, Stream, Value
from fastlint.model.wrapping import names_what_it_wraps

if TYPE_CHECKING:
    from fastlint.model.project import Project

MARKS = ("markcoroutinefunction", "iscoroutine", "isawaitable", "isasyncgen", "isgenerator", "isinstance")
"""Calls by which a wrapper says that it gives a coroutine, or looks at what the function gave."""

HOOKS = ("background task", "exception handler")


@dataclass(frozen=True, slots=True)
class Undetected:
    """A `function` that makes a coroutine, or a generator, and that the framework takes for a plain one.

    `role` is route, dependency, background task, exception handler or event handler. `how` says why:
    `wrapper`, which is what is called in its place, `partial`, or `object` with an asynchronous `__call__`.
    `is_followed` says that all wrappers name what they wrap, as `functools.wraps` does. `uses` are the places
    where the framework is given it.
    """

    function: FunctionScope
    role: str
    how: str
    place: Place
    wrapper: FunctionScope | None = None
    is_followed: bool = False
    uses: tuple[Place, ...] = ()
    is_discarded: bool = False

    @property
    def is_seen_by_newer(self) -> bool:
        """Whether FastAPI sees what it is since 0.123.5."""
        return self.role in ("route", "dependency") and (self.how != "wrapper" or self.is_followed)

    @property
    def is_generator(self) -> bool:
        """Whether what it makes is a generator."""
        return self.function.node.is_generator

    @property
    def collectors(self) -> tuple[str, ...]:
        """The names of `*args` and `**kwargs`, where FastAPI takes them for parameters of the client."""
        if self.wrapper is None or self.is_followed or self.role not in ("route", "dependency"):
            return ()
        parameters = Handler(FunctionValue(self.wrapper)).parameters
        return tuple(each.name for each in parameters if each.is_collector)


def undetected(project: Project) -> Iterator[Undetected]:
    """Each of them once, by the place that is at fault."""
    found: dict[Place, Undetected] = {}
    for each in (*_routes(project), *_objects(project), *_dependencies(project), *_hooks(project)):
        known = found.get(each.place)
        found[each.place] = each if known is None else replace(known, uses=(*known.uses, *each.uses))
    yield from (found[place] for place in sorted(found))


def _routes(project: Project) -> Iterator[Undetected]:
    for route in project.application.routes:
        if route.is_injected and not route.is_websocket:
            below = None if route.decorator is None else route.decorator.node
            yield from _wrapped(route.handler, "route", _given_at(route), below)


def _given_at(route: Route) -> Place:
    given = route.added.argument("endpoint", 1) if route.decorator is None else None
    return route.place if given is None else given.place


def _objects(project: Project) -> Iterator[Undetected]:
    """Objects as endpoints."""
    for call in project.calls.named("add_api_route"):
        given = call.argument("endpoint", 1)
        if given is None or not any(True for _ in project.application.called_on(call, "add_api_route")):
            continue
        values = given.values()
        for value in values if len(values) == 1 else ():
            if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
                method = project.inference.classes.method(value, "__call__")
                if method is not None and _is_coroutine_function(method):
                    yield Undetected(method.scope, "route", "object", given.place)


def _dependencies(project: Project) -> Iterator[Undetected]:
    for dependency in project.dependencies.dependencies:
        uses = dependency.injections
        partials = [use for use in uses if any(isinstance(target, Partial) for target in use.targets)]
        if partials and _is_coroutine_function(dependency.handler):
            yield from _partials(dependency.function, partials)
            continue
        given = uses[0].argument or uses[0].call
        for each in _wrapped(dependency.handler, "dependency", given.place):
            as_result = [use for use in uses if not _is_taken_as_made(use)]
            is_discarded = all(use.is_discarded for use in as_result)
            if as_result:
                places = tuple(use.place for use in as_result)
                yield replace(each, uses=places, is_discarded=is_discarded)


def _is_taken_as_made(use: Injection) -> bool:
    """Whether who gets a coroutine awaits it, or goes through a generator."""
    if use.function is None or use.parameter is None:
        return False
    readings = name_uses(use.function.frame, use.parameter.name)
    return any(each.context in ("awaited", "iterated", "entered") for each in readings)


def _partials(function: FunctionScope, uses: list[Injection]) -> Iterator[Undetected]:
    for use in uses:
        argument, targets = use.argument, use.targets
        if argument is not None and len(targets) == 1 and not _is_taken_as_made(use):
            yield Undetected(function, "dependency", "partial", argument.place, is_discarded=use.is_discarded)


def _hooks(project: Project) -> Iterator[Undetected]:
    for hook in project.hooks.hooks:
        if hook.role in HOOKS:
            decorators = hook.function.scope.node.decorators
            below = next((each for each in decorators if hook.place.span == each.span), None)
            yield from _wrapped(hook.function, hook.role, hook.place, below)
    for handler in project.events.handlers:
        for function in handler.functions:
            yield from _wrapped(function, "event handler", handler.place)


def _wrapped(handler: FunctionValue, role: str, at: Place, below: Expr | None = None) -> Iterator[Undetected]:
    """A handler in whose place a plain function is called that gives what it makes."""
    layers = (
        None if handler.scope.is_lambda else handler.scope.project.inference.functions.layers(handler, below)
    )
    if layers is None or (len(layers) == 1 and not _is_made(handler, role)):
        return
    hidden = [_hidden(each) for each in layers[-1].functions]
    function = hidden[0] if hidden else None
    if function is None or None in hidden:
        return
    first = next(each for each in layers if any(map(_hidden, each.functions)))
    is_at_decorator = first.decorator is not None and role != "background task"
    place = first.decorator.place if first.decorator is not None and is_at_decorator else at
    wrapper = first.functions[0].scope
    if handler.scope.node.is_async and not function.node.is_generator:
        function = handler.scope  # not the wrapper of another decorator, between the two
    yield Undetected(function, role, "wrapper", place, wrapper, _are_followed(layers), (at,))


def _is_made(handler: FunctionValue, role: str) -> bool:
    """Whether it may be a wrapper that no decorator made: one that calls what its maker was given.

    For a task it may be anything. A route or dependency that returns a coroutine of its own is another matter
    (`model.coroutines`).
    """
    if role in (*HOOKS, "event handler"):
        return True
    maker = handler.scope.parent
    given = {each.name for each in maker.node.parameters} if isinstance(maker, FunctionScope) else set[str]()
    called = (each.node.func for each in handler.scope.calls if isinstance(each.node, syntax.Call))
    return any(isinstance(each, syntax.Ref) and each.path in given for each in called)


def _are_followed(layers: tuple[Layer, ...]) -> bool:
    """Whether what wrappers name as wrapped leads to something that shows what it is."""
    for layer in reversed(layers):
        if layer.decorator is None and len(layers) > 1:
            break
        if any(each.scope.node.is_async or each.scope.node.is_generator for each in layer.functions):
            break
        if not all(names_what_it_wraps(each.scope) for each in layer.functions):
            return False
    return True


def _hidden(wrapper: FunctionValue) -> FunctionScope | None:
    """The function whose coroutine or generator a plain function gives; None where it is not seen to."""
    node, scope = wrapper.scope.node, wrapper.scope
    if node.is_async or node.is_generator or _looks(scope) or _looks(scope.parent):
        return None
    for each in returned(wrapper):
        call = _called(each.value, scope)
        made = [] if call is None else [_maker(value) for value in call.values()]
        if made and None not in made:
            return made[0]
    return None


def _called(value: Expression, scope: FunctionScope) -> Expression | None:
    """The call that a `return` gives the result of, itself or by a name that is bound once."""
    if not isinstance(value.node, syntax.Ref):
        return value if value.is_call else None
    bindings = scope.bindings.get(value.node.path, ())
    bound = bindings[0].value if len(bindings) == 1 and not bindings[0].unpack else None
    return value.at(bound) if isinstance(bound, syntax.Call) else None


def _maker(value: Value) -> FunctionScope | None:
    if isinstance(value, Stream) or (isinstance(value, Coroutine) and value.certain):
        return value.function.scope if isinstance(value.function, FunctionValue) else None
    return None


def _looks(scope: Scope | None) -> bool:
    """Whether it marks the wrapper as a coroutine function, or looks at what the function gave."""
    if not isinstance(scope, FunctionScope):
        return False
    called = (last_name(each.node.func) for each in scope.calls if isinstance(each.node, syntax.Call))
    return any(name in MARKS for name in called) or any("_is_coroutine" in path for path, _ in scope.targets)


def _is_coroutine_function(function: FunctionValue) -> bool:
    node = function.scope.node
    return node.is_async and not node.is_generator and is_as_written(function.scope)
