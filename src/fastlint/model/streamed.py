"""Routes whose response is made while it is sent."""

from __future__ import annotations

from fastlint.model.expression import Expression
from fastlint.model.routing import Route
from fastlint.model.values import ClassValue, External

STREAMING = "starlette.responses.StreamingResponse"


def streams(route: Route) -> bool:
    """Whether the response of a route is made while it is sent."""
    return (
        route.function.node.is_generator
        or bool(route.returning(STREAMING))
        or ((chosen := route.option("response_class")) is not None and _is_streaming(chosen))
    )


def _is_streaming(cls: Expression) -> bool:
    value = cls.value()
    classes = cls.project.inference.classes
    return isinstance(value, (ClassValue, External)) and classes.descends(value, STREAMING)
