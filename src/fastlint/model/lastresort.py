"""What is asked last of all: what astroid makes of the receiver of a call that could block.

Names, annotations and constructors are followed by `model.inference`. Some objects come about in ways that
only an inference of every expression follows: attributes that are set from outside their class, properties
without a decorator, metaclasses. `model.bridge` has astroid infer those. That costs tenths of a second before
the first answer, so it is only imported for a question that could matter, and a run asks only so many.

The questions come in the order in which the functions on the event loop are found, so that the bound cuts
them off at the same place in every run. An answer goes nowhere but to the call that it was asked for.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, TypeGuard

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.memo import EVERYTHING, Memo
from fastlint.model.scopes import Binding, ClassScope, Frame
from fastlint.model.values import MAKERS, ClassValue, External, FunctionValue, Values, is_vague

if TYPE_CHECKING:
    from fastlint.model.bridge import Bridge
    from fastlint.model.project import Project

MOST_QUESTIONS = 64
DEEPEST_SOURCE = 8
CONTAINER_METHODS = frozenset(name for kind in (dict, list, set, str, bytes) for name in dir(kind))
TOLD = ("blocking-wait", "cpu-bound-call")
"""Rules whose objects are told by names and annotations: too many others have methods of the same name."""

KEY = re.compile(r"[\w.-]*")


class LastResort:
    """The questions of one run, and their answers."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.questions = 0
        self._answers = Memo(project.grounds, self._answer)

    @property
    def is_exhausted(self) -> bool:
        """Whether no more can be asked."""
        return self.questions >= MOST_QUESTIONS

    def callee(self, call: Expression) -> Values:
        """What a call of a method calls, where nothing else tells the receiver; () when it stays unknown."""
        return self._answers(call)

    def _answer(self, call: Expression) -> Values:
        if not self._could_matter(call):
            return ()
        self.project.grounds.found |= EVERYTHING  # of what astroid reads nothing is known
        if self.is_exhausted:
            return ()
        self.questions += 1
        assert isinstance(call.node, syntax.Call)
        return self.project.inference.classes.attributes(
            self._bridge.receiver(call), last_name(call.node.func)
        )

    @cached_property
    def _bridge(self) -> Bridge:
        from fastlint.model.bridge import Bridge

        return Bridge(self.project)

    @cached_property
    def _methods(self) -> frozenset[str]:
        """The methods of classes that block or make a coroutine, without those that containers have."""
        tables = [table for table in self.project.knowledge.tables if not table.told]
        entries = (entry for table in tables for entry in table.blocking if entry.rule not in TOLD)
        names = {name for entry in entries for name in entry.calls}
        names.update(name for table in tables for name in table.coroutines)
        methods = {name.rpartition(".")[2] for name in names if "()" not in name and ".**." not in name}
        return frozenset(methods - CONTAINER_METHODS | {"get"})

    def _could_matter(self, call: Expression) -> bool:
        """Whether the answer could be a class whose method blocks."""
        assert isinstance(call.node, syntax.Call)
        if last_name(call.node.func) not in self._methods or _reads_mapping(call.node):
            return False
        receiver = call.func.owner
        return receiver is not None and all(map(is_vague, receiver.values())) and _can_be_told(receiver, 0)


def _reads_mapping(call: syntax.Call) -> bool:
    """Whether it is `get` as of a dict: with a key, with a default that is written out, of nested data."""
    if last_name(call.func) != "get" or call.keywords:
        return False
    if len(call.args) == 2 and isinstance(call.args[1], (syntax.Constant, syntax.Mapping, syntax.Collection)):
        return True
    receiver = call.func.value if isinstance(call.func, syntax.Attribute) else None
    if _is_entry(receiver) and _is_entry(receiver.value):
        return True
    key = call.args[0] if call.args else None
    if not isinstance(key, syntax.Constant):
        return False
    return not isinstance(key.value, str) or KEY.fullmatch(key.value) is not None


def _is_entry(node: syntax.Expr | None) -> TypeGuard[syntax.Subscript]:
    return (
        isinstance(node, syntax.Subscript)
        and isinstance(node.index, syntax.Constant)
        and isinstance(node.index.value, str)
    )


def _can_be_told(expression: Expression, depth: int, inside: bool = False) -> bool:
    """Whether there is more to find out: of what a caller or another package gives there is not.

    `inside` says that the question is about a part of it: a literal is known, what it holds may not be.
    """
    if depth > DEEPEST_SOURCE:
        return False
    node = expression.node
    match node:
        case syntax.Ref():
            name, _, attribute = node.path.partition(".")
            return _name_can_be_told(name, expression.frame, depth, inside or bool(attribute))
        case syntax.Call():
            return _call_can_be_told(expression, depth)
        case syntax.Attribute() | syntax.Subscript():
            return _can_be_told(expression.at(node.value), depth + 1, inside=True)
        case syntax.Await():
            return _can_be_told(expression.at(node.value), depth + 1)
        case syntax.Operation():
            return any(_can_be_told(expression.at(each), depth + 1, inside) for each in node.operands)
        case syntax.Mapping() | syntax.Collection() | syntax.Comprehension():
            return inside
        case _:
            return False


def _name_can_be_told(name: str, frame: Frame, depth: int, inside: bool) -> bool:
    found = _bindings(name, frame)
    return found is not None and any(_binding_can_be_told(each, found[1], depth, inside) for each in found[0])


def _bindings(name: str, frame: Frame) -> tuple[list[Binding], Frame] | None:
    current: Frame | None = frame
    while current is not None:
        if current is frame or not isinstance(current.scope, ClassScope):
            bindings = current.scope.bindings.get(name)
            if bindings:
                return bindings, current
        current = current.outer
    return None


def _binding_can_be_told(binding: Binding, frame: Frame, depth: int, inside: bool) -> bool:
    if isinstance(binding.node, syntax.Parameter):
        return binding.node.name == frame.scope.receiver
    if binding.value is None:
        return binding.kind in ("import", "function", "class")
    inside = inside or binding.kind == "iterate" or bool(binding.unpack)
    return _can_be_told(Expression(binding.value, frame), depth + 1, inside)


def _call_can_be_told(call: Expression, depth: int) -> bool:
    called = call.func.values()
    if any(isinstance(value, (FunctionValue, ClassValue)) or is_vague(value) for value in called):
        return True
    if called:
        return all(isinstance(value, External) and value.name in MAKERS for value in called)
    return _can_be_told(call.func, depth + 1)
