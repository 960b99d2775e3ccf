"""An expression in the place where it stands: what rules ask about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.values import External, Instance, Literal, Value, Values

if TYPE_CHECKING:
    from fastlint.model.project import Project
    from fastlint.model.scopes import Frame, Scope

_unpacked: set[int] = set()
"""The literals that are being unpacked: one that unpacks itself ends there."""


class Expression:
    """A node and the frame in which it is evaluated."""

    __slots__ = ("frame", "node")

    def __init__(self, node: Expr, frame: Frame) -> None:
        self.node = node
        self.frame = frame

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Expression)
            and self.node is other.node
            and self.frame.scope is other.frame.scope
            and self.frame.key == other.frame.key
        )

    def __hash__(self) -> int:
        key = self.frame.key
        return hash((id(self.node), key)) if key else id(self.node)

    def __repr__(self) -> str:
        return f"<{type(self.node).__name__} at {self.place.path}:{self.place.span.line}>"

    @property
    def scope(self) -> Scope:
        """The module, class or function in which it is evaluated."""
        return self.frame.scope

    @property
    def project(self) -> Project:
        return self.frame.scope.project

    @property
    def place(self) -> Place:
        return Place(self.frame.scope.module.path, self.node.span)

    def at(self, node: Expr) -> Expression:
        """Another node of the same frame."""
        return Expression(node, self.frame)

    @property
    def is_quoted(self) -> bool:
        """Whether it is code inside a string: a part of an annotation in quotes."""
        return self.project.inference.annotations.is_quoted(self)

    def values(self) -> Values:
        """Everything that it can stand for, as far as that is known; () when it is not."""
        return self.project.inference.values(self)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out of its `values`."""
        from fastlint.model.certainty import is_whole

        return is_whole(self)

    def is_certainly(self, *classes: str) -> bool:
        """Whether it is an object of one of these classes whenever it is evaluated, and never `None`."""
        from fastlint.model.absence import may_be_none

        known = self.is_whole and len(self.instances(*classes)) == len(self.values())
        return known and not may_be_none(self)

    def left(self) -> Values:
        """Its values without those that the tests around it and before it rule out."""
        from fastlint.model.narrowing import left

        return left(self)

    def value(self) -> Value | None:
        """What it stands for, when that is one thing."""
        found = self.values()
        return found[0] if len(found) == 1 else None

    def externals(self) -> tuple[str, ...]:
        """The dotted names that it can stand for, when all of them are other packages'."""
        found = self.values()
        names = tuple(value.name for value in found if isinstance(value, External))
        return names if len(names) == len(found) else ()

    def external(self) -> str:
        """The dotted name that it stands for in another package, or ''."""
        names = self.externals()
        return names[0] if len(set(names)) == 1 else ""

    # Calls

    @property
    def is_call(self) -> bool:
        """Whether it is a call itself."""
        return isinstance(self.node, syntax.Call)

    @property
    def has_arguments(self) -> bool:
        """Whether it is a call with arguments."""
        return isinstance(self.node, syntax.Call) and bool(self.node.args or self.node.keywords)

    @property
    def func(self) -> Expression:
        """What a call calls."""
        assert isinstance(self.node, syntax.Call)
        return self.at(self.node.func)

    @property
    def args(self) -> tuple[Expression, ...]:
        """The positional arguments of a call."""
        assert isinstance(self.node, syntax.Call)
        return tuple(self.at(node) for node in self.node.args)

    @property
    def keywords(self) -> dict[str, Expression]:
        """Keyword arguments by name; those of a `**literal` too."""
        assert isinstance(self.node, syntax.Call)
        found: dict[str, Expression] = {}
        for keyword in self.node.keywords:
            if keyword.name is not None:
                found[keyword.name] = self.at(keyword.value)
            else:
                found.update(self.at(keyword.value).entries())
        return found

    @property
    def owner(self) -> Expression | None:
        """`a.b` of `a.b.c`."""
        if isinstance(self.node, syntax.Attribute):
            return self.at(self.node.value)
        if not isinstance(self.node, syntax.Ref) or "." not in self.node.path:
            return None
        made = syntax.Ref(self.node.span, self.node.path.rpartition(".")[0])
        self.project.inference.keep(made)
        return self.at(made)

    @property
    def opaque_keywords(self) -> bool:
        """Whether a `**mapping` passes what is not known."""
        assert isinstance(self.node, syntax.Call)
        return any(
            keyword.name is None and not self.at(keyword.value).is_written_out
            for keyword in self.node.keywords
        )

    def argument(self, name: str, position: int | None = None) -> Expression | None:
        """The argument of a call by keyword, or by position."""
        found = self.keywords.get(name)
        if found is not None or position is None:
            return found
        args = self.args
        if position >= len(args) or any(isinstance(arg.node, syntax.Starred) for arg in args):
            return None
        return args[position]

    def place_of(self, name: str) -> Place:
        """Where a call is given an argument: where that is written in it, or the call for a `**mapping`'s."""
        assert isinstance(self.node, syntax.Call)
        for keyword in self.node.keywords:
            if keyword.name == name:
                return self.at(keyword.value).place
        return self.place

    # Literals

    def literal(self, kind: type[syntax.Node]) -> Expression | None:
        """The literal of this kind that it stands for, wherever that is written."""
        if isinstance(self.node, kind):
            return self
        value = self.value()
        if isinstance(value, Literal) and isinstance(value.expression.node, kind):
            return value.expression
        return None

    def constant(self) -> str | int | float | bool | None:
        """The constant that it stands for, or None."""
        found = self.literal(syntax.Constant)
        return found.node.value if found is not None and isinstance(found.node, syntax.Constant) else None

    @property
    def is_text(self) -> bool:
        """Whether all that it can stand for is text."""
        found = self.values()
        return bool(found) and all(map(_is_text, found))

    @property
    def is_none(self) -> bool:
        """Whether it stands for `None`."""
        found = self.literal(syntax.Constant)
        return found is not None and isinstance(found.node, syntax.Constant) and found.node.value is None

    @property
    def is_ellipsis(self) -> bool:
        """Whether it is a `...` itself."""
        return isinstance(self.node, syntax.Opaque) and self.node.text == "..."

    def string(self) -> str | None:
        """The text it stands for: a constant, `a + b` or an f-string of such."""
        return self.project.inference.string(self)

    def items(self) -> tuple[Expression, ...] | None:
        """The items of the list, tuple or set that it stands for, when all of them are written out."""
        with _unpacking(self.node) as first:
            return self._items() if first else None

    def _items(self) -> tuple[Expression, ...] | None:
        added = self.literal(syntax.Operation)
        if added is not None and isinstance(added.node, syntax.Operation) and added.node.operator == "+":
            parts = [added.at(node).items() for node in added.node.operands]
            return None if None in parts else tuple(item for part in parts for item in part or ())
        found = self.literal(syntax.Collection)
        if found is None or not isinstance(found.node, syntax.Collection):
            return None
        items: list[Expression] = []
        for node in found.node.items:
            if not isinstance(node, syntax.Starred):
                items.append(found.at(node))
                continue
            inner = found.at(node.value).items()
            if inner is None:
                return None
            items.extend(inner)
        return tuple(items)

    def entries(self) -> dict[str, Expression]:
        """The entries of the dict that it stands for, by those keys that are text."""
        with _unpacking(self.node) as first:
            return self._entries() if first else {}

    def _entries(self) -> dict[str, Expression]:
        found = self.literal(syntax.Mapping)
        if found is None or not isinstance(found.node, syntax.Mapping):
            made = self._dict_call()
            return {} if made is None else made.keywords
        entries: dict[str, Expression] = {}
        for key, value in zip(found.node.keys, found.node.values, strict=True):
            if key is None:
                entries.update(found.at(value).entries())
            elif (text := found.at(key).string()) is not None:
                entries[text] = found.at(value)
        return entries

    @property
    def is_written_out(self) -> bool:
        """Whether it stands for a `{...}` or a `dict(...)`, wherever that is written."""
        return self.literal(syntax.Mapping) is not None or self._dict_call() is not None

    def _dict_call(self) -> Expression | None:
        value = self.value()
        if not isinstance(value, Instance) or value.external != "builtins.dict()" or value.site is None:
            return None
        node = value.site.node
        return value.site if isinstance(node, syntax.Call) and not node.args else None

    def instances(self, *classes: str) -> tuple[Instance, ...]:
        """The objects it can stand for whose class is, or descends from, one of these."""
        inference = self.project.inference
        return tuple(
            value
            for value in self.values()
            if isinstance(value, Instance) and inference.classes.descends(value.cls, *classes)
        )

    def walk(self) -> Iterator[Expression]:
        """This expression and all that is inside it."""
        for node in syntax.walk(self.node):
            yield self.at(node)

    def calls(self) -> Iterator[Expression]:
        """The calls inside it, itself included."""
        for node in syntax.walk(self.node):
            if isinstance(node, syntax.Call):
                yield self.at(node)

    def text(self) -> str:
        """How it reads, for a message: a dotted name, or the code's first line."""
        return spelled(self.node)


def _is_text(value: Value) -> bool:
    if isinstance(value, Instance):
        return value.external == "builtins.str"
    if not isinstance(value, Literal):
        return False
    node = value.expression.node
    if isinstance(node, syntax.Operation):
        with _unpacking(node) as first:
            return first and any(value.expression.at(operand).is_text for operand in node.operands)
    return isinstance(node, syntax.Template) or isinstance(value.expression.constant(), str)


def spelled(node: Expr) -> str:
    """An expression as a person would write it, shortened."""
    match node:
        case syntax.Ref():
            return node.path
        case syntax.Attribute():
            return f"{spelled(node.value)}.{node.name}"
        case syntax.Lambda():
            return "lambda: ..."
        case syntax.Call():
            return f"{spelled(node.func)}({'...' if node.args or node.keywords else ''})"
        case syntax.Await():
            return f"await {spelled(node.value)}"
        case syntax.Subscript():
            items = node.index.items if isinstance(node.index, syntax.Collection) else (node.index,)
            return f"{spelled(node.value)}[{', '.join(map(spelled, items))}]"
        case syntax.Constant():
            return repr(node.value)
        case syntax.Operation(operator="|" | "in" | "and" | "or" as operator):
            return f" {operator} ".join(map(spelled, node.operands))
        case _:
            return "..."


class _unpacking:  # noqa: N801 - used as a function, and made too often for `contextmanager`
    """Whether a literal is not already being unpacked."""

    __slots__ = ("first", "key")

    def __init__(self, node: Expr) -> None:
        self.key = id(node)

    def __enter__(self) -> bool:
        self.first = self.key not in _unpacked
        _unpacked.add(self.key)
        return self.first

    def __exit__(self, *error: object) -> None:
        if self.first:
            _unpacked.discard(self.key)
