"""Whether a route depends on something, or whether that cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.model.expression import Expression
from fastlint.model.markers import marker_calls
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Partial, Value

if TYPE_CHECKING:
    from fastlint.model.handlers import Handler, HandlerParameter
    from fastlint.model.injections import Injection
    from fastlint.model.project import Project
    from fastlint.model.routers import Router
    from fastlint.model.routing import Route


def depends_on(route: Route, *names: str) -> bool | None:
    """Whether FastAPI resolves a dependency of one of these names for a route; None where that is not known.

    It may be declared by the route, its routers, their includes or the app, or by another dependency.
    """
    resolved = tuple(_resolved(route))
    if any(_is_named(each, names) for each in resolved):
        return True
    own = route.project.dependencies.handlers_of_route(route) if route.is_injected else ()
    is_known = (
        all(map(_is_followed, resolved))
        and all(map(_is_signature_known, own))
        and _are_lists_known(route)
        and not any(_is_named(each, names) for each in _placed_elsewhere(route.project))
    )
    return False if is_known else None


def _resolved(route: Route) -> Iterator[Injection]:
    """Everything that is injected for a route, at every depth."""
    dependencies = route.project.dependencies
    seen: set[FunctionScope] = set()
    queue = list(dependencies.of_route(route))
    while queue:
        injection = queue.pop()
        yield injection
        for function in injection.functions():
            if function.scope not in seen:
                seen.add(function.scope)
                queue.extend(dependencies.of_function(function.scope))


def _is_named(injection: Injection, names: tuple[str, ...]) -> bool:
    project = injection.call.project
    return any(
        f".{known}".endswith(f".{name}")
        for target in injection.targets
        for known in _names(target, project)
        for name in names
    )


def _names(target: Value, project: Project) -> Iterator[str]:
    """The dotted names of what is called; those of the classes, base classes too, of an object."""
    match target:
        case FunctionValue():
            yield project.qualified(target.scope)
        case External():
            yield target.name
        case ClassValue():
            for each in project.inference.classes.mro(target):
                yield project.qualified(each.scope) if isinstance(each, ClassValue) else each.name
        case Instance():
            yield from _names(target.cls, project)
        case Partial():
            for function in target.functions:
                yield from _names(function, project)
        case _:
            pass


def _is_followed(injection: Injection) -> bool:
    """Whether all that it calls is known, and what that depends on itself."""
    knowledge = injection.call.project.knowledge
    strange = (
        knowledge.is_stranger(name)
        for target in injection.targets
        if isinstance(target, (External, Instance)) and (name := _external(target))
    )
    return bool(injection.targets) and injection.is_whole and not any(strange)


def _external(target: External | Instance) -> str:
    return target.name if isinstance(target, External) else target.external


def _is_signature_known(handler: Handler) -> bool:
    return all(map(_is_parameter_known, handler.parameters))


def _is_parameter_known(parameter: HandlerParameter) -> bool:
    """Whether no package that nothing is known of may bring a `Depends` in a type or a default."""
    given = (parameter.annotation, parameter.default)
    return parameter.is_for_fastapi or not any(
        _is_strange(part) for each in given if each is not None for part in each.walk()
    )


def _is_strange(part: Expression) -> bool:
    names = (value.name for value in part.values() if isinstance(value, External))
    return any(part.project.knowledge.is_stranger(name) for name in names)


def _are_lists_known(route: Route) -> bool:
    """Whether all that `dependencies=[...]` may add is written out, up to the apps."""
    if not _is_list_known(route.site, route.option("dependencies")):
        return False
    application = route.project.application
    if not all(map(application.is_app, application.roots(route.router))):
        return False
    seen: set[Router] = set()
    queue = [route.router]
    while queue:
        router = queue.pop()
        if router in seen:
            continue
        seen.add(router)
        if router.site is None or not _is_list_known(router.site, router.option("dependencies")):
            return False
        for include in application.parents(router):
            if not include.is_mount:
                queue.append(include.parent)
                if not _is_list_known(include.site, include.site.argument("dependencies")):
                    return False
    return True


def _is_list_known(call: Expression, given: Expression | None) -> bool:
    if given is None:
        return not call.is_call or not call.opaque_keywords
    items = given.items()
    return items is not None and all(any(True for _ in marker_calls(item)) for item in items)


def _placed_elsewhere(project: Project) -> Iterator[Injection]:
    """What is in no list that was looked at: appended to one later, or kept under a name."""
    for use in project.dependencies.uses:
        if use.function is None and (use.listed is None or use.listed.argument("dependencies") is None):
            yield use
