"""Which objects of schemas an expression puts where no type filters what is sent, and what is left of them.

Followed are the names of a function, the functions of the project that build what a route returns, and the
ways to make a dict of an object.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.judging import reaching
from fastlint.model.memo import Grounds, Memo
from fastlint.model.removal import EVERYTHING, removed_names
from fastlint.model.scopes import Binding, FunctionScope, Scope
from fastlint.model.shapes import Shape
from fastlint.model.typing import CONTAINERS
from fastlint.model.values import ClassValue, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.fields import Field
    from fastlint.model.schemas import Schema

DUMPS = ("model_dump", "dict")
COPIES = ("builtins.dict", "builtins.vars", "dataclasses.asdict", "fastapi.encoders.jsonable_encoder")
LEAVING_OUT = ("include", "exclude", "update")
FURTHEST = 4
"""How long the key of a frame may be from which calls are followed: two calls below the handler."""
MOST_ORIGINS = 16


@dataclass(frozen=True, slots=True)
class Origin:
    """What an expression comes down to; `at` is where the function that was asked about names it.

    `without` are the names of fields that are overwritten on the way, `scopes` the functions it goes through:
    they may take fields out.
    """

    expression: Expression
    at: Expression
    without: frozenset[str] = frozenset()
    scopes: frozenset[Scope] = frozenset()

    def less(self, names: frozenset[str]) -> Origin:
        return replace(self, without=self.without | names) if names else self


@dataclass(frozen=True, slots=True)
class Put:
    """An object of a schema, or one `field` of it, that is put somewhere `without` some fields."""

    schema: Schema
    at: Expression
    field: Field | None = None
    without: frozenset[str] = frozenset()
    scopes: frozenset[Scope] = frozenset()


class Carrying:
    """What expressions come down to and put somewhere, each asked once."""

    def __init__(self, grounds: Grounds) -> None:
        self._within = Memo(grounds, self._find_origins, within=lambda _: ())
        self.puts = Memo(grounds, self._find_puts, within=lambda _: ())
        self._says_enough = Memo(grounds, self._is_closed)
        self._removed = Memo(grounds, removed_names)

    def origins(self, expression: Expression) -> Iterator[Origin]:
        """What an expression comes down to: through names, choices, and functions that return it."""
        scope = expression.scope
        for each in self._within(expression):
            yield each if scope in each.scopes else replace(each, scopes=each.scopes | {scope})

    def removes(self, scope: Scope, names: set[str]) -> bool:
        """Whether a function takes one of these keys or attributes out of something, or may do so."""
        removed = self._removed(scope)
        return EVERYTHING in removed or not removed.isdisjoint(names)

    def _find_puts(self, expression: Expression) -> tuple[Put, ...]:
        """The objects of schemas that an expression puts somewhere, as they are or made a dict of."""
        return tuple(dict.fromkeys(self._put_by(expression)))

    def _find_origins(self, expression: Expression) -> tuple[Origin, ...]:
        found = tuple(dict.fromkeys(self._found(expression)))
        return found if len(found) <= MOST_ORIGINS else ()

    def _found(self, expression: Expression) -> Iterator[Origin]:
        node = expression.node
        match node:
            case syntax.Starred(value=value):
                yield from self._within(expression.at(value))
            case syntax.Await(value=syntax.Call() as call):
                yield from self._returned(expression.at(call), expression) or (
                    Origin(expression, expression),
                )
            case syntax.Operation(operator="if" | "or" | "and" as operator, operands=operands):
                for operand in operands[1 if operator == "if" else 0 :]:
                    yield from self._within(expression.at(operand))
            case syntax.Operation(operator="|", operands=(left, right)):
                yield from self._united(expression.at(left), expression.at(right))
            case syntax.Call():
                yield from self._returned(expression, expression) or (Origin(expression, expression),)
            case syntax.Ref():
                yield from self._named(expression, node)
            case syntax.Constant() | syntax.Template() | syntax.Lambda():
                return
            case _:
                yield Origin(expression, expression)

    def _united(self, left: Expression, right: Expression) -> Iterator[Origin]:
        """`left | right`; nothing of the left one where the right one may have any key."""
        if right.is_written_out:
            names = frozenset(right.entries())
            yield from (each.less(names) for each in self._within(left))
        yield from self._within(right)

    def _named(self, expression: Expression, node: syntax.Ref) -> Iterator[Origin]:
        bindings = expression.scope.bindings.get(node.path, [])
        found = list(reaching(bindings, node.span)) if bindings else []
        argument = expression.frame.arguments.get(node.path)
        if found and all(map(_is_plain, found)):
            for binding in found:
                assert binding.value is not None
                inner = self._within(expression.at(binding.value))
                yield from (replace(each, at=expression) for each in inner)
        elif argument is not None and len(bindings) == 1 and bindings[0].kind == "parameter":
            yield from (replace(each, at=argument) for each in self.origins(argument))
        else:
            yield Origin(expression, expression)

    def _is_closed(self, function: FunctionScope) -> bool:
        """Whether the return annotation of a function leaves nothing open that its body could tell."""
        node, parent = function.node.returns, function.parent
        if node is None or parent is None:
            return False
        parts = tuple(Shape(Expression(node, parent.frame)).parts())
        return bool(parts) and not any(
            part.is_open or (part.schema is not None and part.schema.is_open) for part in parts
        )

    def _returned(self, call: Expression, whole: Expression) -> tuple[Origin, ...]:
        """What the project's functions return that a call may call; () where that is not seen.

        `whole` is the call, or the `await` of it.
        """
        if len(call.frame.key) > FURTHEST:
            return ()
        found: list[Origin] = []
        inference = call.project.inference
        for function in call.func.values():
            if not isinstance(function, FunctionValue) or function.scope.node.is_generator:
                continue
            wrapped = inference.functions.wrapped(function)
            if wrapped is None or any(each.scope is not function.scope for each in wrapped):
                continue
            if self._says_enough(function.scope):
                found.append(Origin(whole, whole, scopes=frozenset([function.scope])))
                continue
            frame = inference.calling.frame(function, call)
            for statement in function.scope.statements():
                if isinstance(statement, syntax.Return) and statement.value is not None:
                    inner = self.origins(Expression(statement.value, frame))
                    found.extend(replace(each, at=call) for each in inner)
        return tuple(dict.fromkeys(found))

    def _put_by(self, expression: Expression) -> Iterator[Put]:
        for origin in self.origins(expression):
            is_here = origin.at is origin.expression
            for each in self._put(origin.expression):
                if each.field is None or each.field.name not in origin.without:
                    at = each.at if is_here else origin.at
                    without, scopes = each.without | origin.without, each.scopes | origin.scopes
                    yield replace(each, at=at, without=without, scopes=scopes)

    def _put(self, expression: Expression) -> Iterator[Put]:
        node = expression.node
        match node:
            case syntax.Collection(items=items):
                for item in items:
                    yield from self.puts(expression.at(item))
            case syntax.Mapping():
                yield from self._entries(expression, node)
            case syntax.Comprehension(kind=kind, elements=elements) if kind != "dict":
                yield from self.puts(expression.at(elements[0]))
            case _:
                copied = copied_object(expression)
                yield from _held(expression) if copied is None else self.puts(copied)

    def _entries(self, expression: Expression, node: syntax.Mapping) -> Iterator[Put]:
        later: set[str] = set()
        for key, value in reversed(list(zip(node.keys, node.values, strict=True))):
            found = self.puts(expression.at(value))
            if key is None:
                yield from (replace(each, without=each.without | later) for each in found)
                continue
            yield from found
            yield from _field_of(expression.at(value))
            name = expression.at(key).string()
            if name is not None:
                later.add(name)


def _is_plain(binding: Binding) -> bool:
    return binding.kind == "value" and binding.value is not None and not binding.unpack


def _field_of(value: Expression) -> Iterator[Put]:
    """`user.hashed_password`, by itself under a key."""
    owner = value.owner
    for each in owner.values() if owner is not None else ():
        schema = schema_of(each)
        field = None if schema is None else schema.fields.get(last_name(value.node))
        if schema is not None and field is not None:
            yield Put(schema, value, field)


def copied_object(expression: Expression) -> Expression | None:
    """`user` of `user.model_dump()`, `dict(user)` and `user.__dict__`; None when that leaves fields out."""
    if isinstance(expression.node, (syntax.Ref, syntax.Attribute)):
        return expression.owner if last_name(expression.node) == "__dict__" else None
    if not isinstance(expression.node, syntax.Call) or expression.opaque_keywords:
        return None
    if not expression.keywords.keys().isdisjoint(LEAVING_OUT):
        return None
    if last_name(expression.node.func) in DUMPS and (owner := expression.func.owner) is not None:
        return owner
    is_copy = len(expression.node.args) == 1 and expression.func.external() in COPIES
    return expression.args[0] if is_copy else None


def _held(expression: Expression) -> Iterator[Put]:
    for value in expression.values():
        items: tuple[Value, ...] = (value,)
        if isinstance(value, Instance) and value.external in CONTAINERS:
            items = tuple(item for argument in value.args for item in argument)
        for item in items:
            schema = schema_of(item)
            if schema is not None:
                yield Put(schema, expression)


def schema_of(value: Value) -> Schema | None:
    if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
        return value.cls.scope.project.schemas.schema(value.cls)
    return None
