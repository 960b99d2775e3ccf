"""Whether two annotations are the same type, however they are spelled."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

from fastlint.index import syntax
from fastlint.model.markers import OPTIONAL
from fastlint.model.typing import GENERIC_ALIASES
from fastlint.model.values import ClassValue, External, TypeForm

if TYPE_CHECKING:
    from fastlint.model.expression import Expression

DEEPEST = 8
NONE = "None"


class Either(NamedTuple):
    """What tells a union from other types: its members, in their order."""

    members: tuple[Hashable, ...]


def is_same_type(one: Expression, other: Expression) -> bool:
    """Whether both are certainly the same type: `List[Item]` and `list[Item]`, a class and its alias."""
    first = _key(one, 0)
    return first is not None and first == _key(other, 0)


def _key(annotation: Expression, depth: int) -> Hashable:
    """What tells a type from others; None where it is not known."""
    node = annotation.node
    if depth > DEEPEST:
        return None
    match node:
        case syntax.Constant(value=None):
            return NONE
        case syntax.Constant():
            inner = annotation.project.inference.annotations.unquoted(annotation)
            return None if inner is None else _key(inner, depth + 1)
        case syntax.Operation(operator="|"):
            return _union([annotation.at(each) for each in node.operands], depth)
        case syntax.Subscript():
            return _subscripted(annotation, node, depth)
        case syntax.Ref() | syntax.Attribute():
            return _named(annotation, depth)
        case _:
            return None


def _named(annotation: Expression, depth: int) -> Hashable:
    value = annotation.value()
    if isinstance(value, TypeForm):
        return _key(value.expression, depth + 1)
    if isinstance(value, ClassValue):
        return value.scope
    return GENERIC_ALIASES.get(value.name, value.name) if isinstance(value, External) else None


def _subscripted(annotation: Expression, node: syntax.Subscript, depth: int) -> Hashable:
    base = annotation.at(node.value)
    items = node.index.items if isinstance(node.index, syntax.Collection) else (node.index,)
    parts = [annotation.at(each) for each in items]
    if base.external() in OPTIONAL and len(parts) == 1:
        inner = _key(parts[0], depth + 1)
        return None if inner is None else Either((*_members(inner), NONE))
    if base.external() in ("typing.Annotated", "typing_extensions.Annotated", "typing.Literal"):
        return None
    if base.external() == "typing.Union":
        return _union(parts, depth)
    name = _named(base, depth)
    return None if name is None else _joined(name, parts, depth)


def _joined(name: Hashable, parts: list[Expression], depth: int) -> Hashable:
    keys = [_key(each, depth + 1) for each in parts]
    return None if None in keys else (name, *keys)


def _union(parts: list[Expression], depth: int) -> Hashable:
    keys = [_key(each, depth + 1) for each in parts]
    return None if None in keys else Either(tuple(member for key in keys for member in _members(key)))


def _members(key: Hashable) -> tuple[Hashable, ...]:
    """Those of a union inside a union, else the type itself."""
    return key.members if isinstance(key, Either) else (key,)
