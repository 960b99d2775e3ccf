"""What the type variables of a generic class stand for in one of its objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo
from fastlint.model.scopes import ClassScope, Frame, FunctionScope, Scope
from fastlint.model.values import ClassValue, External, Instance, Value, Values

if TYPE_CHECKING:
    from fastlint.model.inference import Inference

VARIABLE = "typing.TypeVar"
PARAMETRISED = ("typing.Generic", "typing.Protocol", "typing_extensions.Protocol")


class Generics:
    """Reads type variables."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._variables_of = Memo(inference.grounds, self._find_variables)

    def seen_by(self, cls: ClassScope, receiver: object) -> Frame:
        """The annotations of a class as one of its objects sees them."""
        if not isinstance(receiver, Instance) or not self._variables_of(cls):
            return cls.frame
        return Frame(cls, {}, cls.frame.outer, receiver, (cls, receiver))

    def argument(self, variable: Instance, frame: Frame) -> Values:
        """What a type variable stands for where a method, or the body of a class, is read for one object."""
        current: Frame | None = frame
        while current is not None:
            owner = _class_of(current.scope)
            if owner is not None and isinstance(current.receiver, Instance):
                return self._given(current.receiver, owner, variable)
            current = current.outer
        return ()

    def _given(self, receiver: Instance, owner: ClassScope, variable: Instance) -> Values:
        key = ("variable", receiver, owner, variable)
        return self.inference.memo(key, self._find_given, receiver, owner, variable)

    def _find_given(self, receiver: Instance, owner: ClassScope, variable: Instance) -> Values:
        variables = self._variables_of(owner)
        if variable not in variables or not isinstance(receiver.cls, ClassValue):
            return ()
        position = variables.index(variable)
        if receiver.cls.scope is owner:
            return receiver.args[position] if position < len(receiver.args) else ()
        for cls in self.inference.classes.mro(receiver.cls):
            for base, arguments in self._generic_bases(cls.scope) if isinstance(cls, ClassValue) else ():
                if base == ClassValue(owner) and isinstance(cls, ClassValue) and position < len(arguments):
                    return self._as_argument(receiver, cls.scope, arguments[position])
        return ()

    def _as_argument(self, receiver: Instance, cls: ClassScope, argument: Expression) -> Values:
        """What a class passes to its base: a type, or a variable of its own."""
        value = argument.value()
        if isinstance(value, Instance) and value.external == VARIABLE:
            return self._given(receiver, cls, value)
        return self.inference.annotations.annotated(argument)

    def _find_variables(self, cls: ClassScope) -> tuple[Value, ...]:
        """The type variables of a class, in the order in which it takes its arguments."""
        bases = list(self._generic_bases(cls))
        declared = [pair for pair in bases if isinstance(pair[0], External) and pair[0].name in PARAMETRISED]
        values = (each.value() for _, arguments in declared or bases for each in arguments)
        found = (each for each in values if isinstance(each, Instance) and each.external == VARIABLE)
        return tuple(dict.fromkeys(found))

    def _generic_bases(self, cls: ClassScope) -> Iterator[tuple[Value | None, tuple[Expression, ...]]]:
        """Each `Base[X, Y]` of a class, with X and Y."""
        assert cls.parent is not None
        for node in cls.node.bases:
            if isinstance(node, syntax.Subscript):
                index = node.index
                is_list = isinstance(index, syntax.Collection) and index.kind == "tuple"
                items = index.items if isinstance(index, syntax.Collection) and is_list else (index,)
                frame = cls.parent.frame
                yield Expression(node.value, frame).value(), tuple(Expression(each, frame) for each in items)


def _class_of(scope: Scope) -> ClassScope | None:
    if isinstance(scope, FunctionScope):
        return scope.owner
    return scope if isinstance(scope, ClassScope) else None
