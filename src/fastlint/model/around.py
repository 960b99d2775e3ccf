"""What reads the body and writes the response of a route: on the loop, whatever the handler is.

FastAPI validates what it is given, serialises and renders what it sends where the loop is, for `def` routes
too. Only what such a route returns is validated in a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from fastlint.diagnostic import Place, Step
from fastlint.model.expression import Expression
from fastlint.model.routing import RESPONSE
from fastlint.model.schemas import (
    FIELD_SERIALIZERS,
    FIELD_VALIDATORS,
    SERIALIZERS,
    named_in,
    named_in_fields,
    validating,
)
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project


class Around(NamedTuple):
    """A function that is called around a handler: as what, and where the code says so."""

    role: str
    function: FunctionValue
    reason: Step


def around_handlers(project: Project) -> Iterator[Around]:
    yield from _validators(project)
    yield from _of_responses(project)
    yield from _response_classes(project)


def _validators(project: Project) -> Iterator[Around]:
    taking = {
        annotation.place: (handler.scope, annotation)
        for handler in project.dependencies.handlers
        for each in handler.parameters
        if (annotation := each.annotation) is not None and each.injection is None
    }
    for schema, asked in project.schemas.inputs.items():
        for function in validating(schema):
            yield Around("validator", function, _taken(taking[asked.place][0], schema.name, asked.place))
    for scope, annotation in taking.values():
        for function in named_in(annotation, FIELD_VALIDATORS):
            yield Around("validator", function, _taken(scope, annotation.text(), annotation.place))


def _taken(handler: FunctionScope, name: str, place: Place) -> Step:
    return Step(
        f"{handler.label}() takes `{name}`, which is validated on the event loop{_but(handler)}", place
    )


def _of_responses(project: Project) -> Iterator[Around]:
    giving = {
        response.place: route.function
        for route in project.application.routes
        if (response := route.response) is not None
    }
    for schema, asked in project.schemas.loop_responses.items():
        does = f"{giving[asked.place].label}() gives `{schema.name}`, which is validated on the event loop"
        for function in validating(schema):
            yield Around("response validator", function, Step(does, asked.place))
    for schema, asked in project.schemas.responses.items():
        handler = giving[asked.place]
        does = (
            f"{handler.label}() gives `{schema.name}`, which is serialised on the event loop{_but(handler)}"
        )
        for function in (*schema.methods(*SERIALIZERS), *named_in_fields(schema, FIELD_SERIALIZERS)):
            yield Around("serializer", function, Step(does, asked.place))


def _response_classes(project: Project) -> Iterator[Around]:
    classes = project.inference.classes
    for given, answers, but in _named(project):
        for value in given.values():
            if isinstance(value, ClassValue) and classes.descends(value, RESPONSE):
                method = classes.method(Instance(value), "render")
                if method is not None:
                    does = f"{answers} with `{value.scope.name}`, which is rendered on the event loop{but}"
                    yield Around("response class", method, Step(does, given.place))


def _named(project: Project) -> Iterator[tuple[Expression, str, str]]:
    """What routes, routers, includes and apps name as the class of responses."""
    application = project.application
    for route in application.routes:
        if (given := route.option("response_class")) is not None:
            yield given, f"{route.function.label}() answers", _but(route.function)
    others = [router.option("default_response_class") for router in application.routers]
    others += [include.site.keywords.get("default_response_class") for include in application.includes]
    for each in others:
        if each is not None:
            yield each, "the routes of this answer", ", also of `def` ones"


def _but(handler: FunctionScope) -> str:
    return "" if handler.node.is_async else ", though it is a `def`"
