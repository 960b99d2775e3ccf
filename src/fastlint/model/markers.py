"""`Depends`, `Query()` and the like: where they stand in annotations and defaults."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.typing import CONTAINERS, GENERIC_ALIASES
from fastlint.model.values import Literal, TypeForm

MARKERS = ("fastapi.Depends", "fastapi.Security")
PARAMETER_MARKERS = tuple(
    f"{module}.{name}"
    for module in ("fastapi", "fastapi.params")
    for name in ("Query", "Path", "Body", "Header", "Cookie", "Form", "File", "Param")
)
URL_MARKERS = tuple(name for name in PARAMETER_MARKERS if name.endswith((".Query", ".Path", ".Param")))
ANNOTATED = ("typing.Annotated", "typing_extensions.Annotated")
OPTIONAL = ("typing.Optional", "typing_extensions.Optional")
UNIONS = ("typing.Union", *OPTIONAL)

Layer = tuple[Expression, tuple[Expression, ...]]
"""An `Annotated[...]`, and what it adds to its type."""


def metadata(annotation: Expression) -> tuple[Expression, ...]:
    """What `Annotated` adds to a type, through aliases and strings; nothing through `X | None`."""
    return tuple(item for _, items in layers(annotation) for item in items)


def layers(annotation: Expression, depth: int = 0) -> tuple[Layer, ...]:
    """Every `Annotated[...]` that makes up an annotation, the innermost first."""
    inference = annotation.project.inference
    node = annotation.node
    if depth > 8:
        return ()
    if isinstance(node, syntax.Constant):
        inner = inference.annotations.unquoted(annotation)
        return layers(inner, depth + 1) if inner is not None else ()
    if isinstance(node, (syntax.Ref, syntax.Attribute)):
        aliased = _aliased(annotation)
        return () if aliased is None else layers(aliased, depth + 1)
    if not isinstance(node, syntax.Subscript):
        return ()
    base = annotation.at(node.value)
    if base.external() in ANNOTATED and isinstance(node.index, syntax.Collection):
        first, *rest = node.index.items
        added = tuple(annotation.at(item) for item in rest)
        return (*layers(annotation.at(first), depth + 1), (annotation, added))
    value = base.value()
    return layers(value.expression, depth + 1) if isinstance(value, TypeForm) else ()


def _aliased(name: Expression) -> Expression | None:
    """The type that a name stands for, where it is one that is written out, in quotes or not."""
    value = name.value()
    if isinstance(value, TypeForm) or (isinstance(value, Literal) and value.expression.is_text):
        return value.expression
    return None


def marker_calls(expression: Expression) -> Iterator[Expression]:
    """The `Depends(...)` calls that an expression stands for."""
    for instance in expression.instances(*MARKERS):
        if instance.site is not None:
            yield instance.site


def is_marker(call: Expression) -> bool:
    return call.func.external() in MARKERS


def union_parts(annotation: Expression, depth: int = 0) -> Iterator[Expression]:
    """The members of `A | B`, `Union[A, B]` or `Optional[A]`, through aliases and strings; none otherwise."""
    node, inference = annotation.node, annotation.project.inference
    if depth > 8:
        return
    if isinstance(node, syntax.Constant):
        inner = inference.annotations.unquoted(annotation)
        if inner is not None:
            yield from union_parts(inner, depth + 1)
    elif isinstance(node, (syntax.Ref, syntax.Attribute)):
        aliased = _aliased(annotation)
        if aliased is not None:
            yield from union_parts(aliased, depth + 1)
    elif isinstance(node, syntax.Operation) and node.operator == "|":
        for operand in node.operands:
            yield from _member(annotation.at(operand), depth)
    elif isinstance(node, syntax.Subscript):
        name = annotation.at(node.value).external()
        items = node.index.items if isinstance(node.index, syntax.Collection) else (node.index,)
        if name in ANNOTATED:
            yield from union_parts(annotation.at(items[0]), depth + 1)
        elif name in UNIONS:
            for item in items:
                yield from _member(annotation.at(item), depth)


def held_types(annotation: Expression, depth: int = 0) -> Iterator[Expression]:
    """A type and those that its values may be or hold, through containers, unions, aliases and strings."""
    node, inference = annotation.node, annotation.project.inference
    if depth > 8:
        return
    yield annotation
    inner: tuple[Expression, ...] = ()
    if isinstance(node, syntax.Constant):
        unquoted = inference.annotations.unquoted(annotation)
        inner = () if unquoted is None else (unquoted,)
    elif isinstance(node, (syntax.Ref, syntax.Attribute)):
        aliased = _aliased(annotation)
        inner = () if aliased is None else (aliased,)
    elif isinstance(node, syntax.Operation) and node.operator == "|":
        inner = tuple(annotation.at(operand) for operand in node.operands)
    elif isinstance(node, syntax.Subscript):
        name = annotation.at(node.value).external()
        items = node.index.items if isinstance(node.index, syntax.Collection) else (node.index,)
        if name in ANNOTATED:
            inner = (annotation.at(items[0]),)
        elif name in UNIONS or GENERIC_ALIASES.get(name, name) in CONTAINERS:
            inner = tuple(annotation.at(item) for item in items)
    for each in inner:
        yield from held_types(each, depth + 1)


def _member(part: Expression, depth: int) -> Iterator[Expression]:
    written = part.project.inference.annotations.unquoted(part) or part
    inner = () if metadata(written) else tuple(union_parts(written, depth + 1))
    yield from inner or (written,)


def allows_none(annotation: Expression) -> bool:
    """Whether a type is `None` or a union with it."""
    parts = tuple(union_parts(annotation)) or (annotation,)
    return any(isinstance(part.node, syntax.Constant) and part.node.value is None for part in parts) or (
        isinstance(annotation.node, syntax.Subscript)
        and annotation.at(annotation.node.value).external() in OPTIONAL
    )
