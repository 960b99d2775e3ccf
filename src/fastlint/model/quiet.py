"""The functions of which nothing is to be said, remembered from one run to the next.

Nearly all functions that a request can run are such, and finding that out is most of the work of a run. A run
leaves for each function what it calls, whether anything was said of it, and what all that rests on
(`model.memo`). In the next one only those functions are looked into of which something of that has changed,
and those that lead to one of which something is to be said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fastlint.diagnostic import Place
from fastlint.model.memo import EVERYTHING, Memo
from fastlint.model.naming import Names, path_of, place_in, written
from fastlint.model.values import FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

Question = Callable[[FunctionValue, bool], tuple[Any, ...]]
"""What is to be said of one function, and whether the framework takes what it returns."""
Node = str | FunctionValue
"""A function by its name, where it has one."""


class Examined(Struct, array_like=True, frozen=True):
    """What was found out about one function.

    `callees` are the functions that it calls, `rests_on` the bits of what that rests on (big-endian),
    `answers` says whether the framework takes what it returns, `is_told_of` whether anything was said of it.
    """

    callees: tuple[str, ...]
    rests_on: bytes
    answers: bool
    is_told_of: bool

    @property
    def bits(self) -> int:
        return int.from_bytes(self.rests_on, "big")


class Recollection(Struct, frozen=True):
    """What a run leaves: the inputs in the order of their bits, functions by their names, the names of
    the questions that were asked of each, and of the properties that were looked for."""

    inputs: tuple[str, ...] = ()
    functions: dict[str, Examined] = {}
    questions: tuple[str, ...] = ()
    properties: frozenset[str] = frozenset()


class Quiet:
    """What is known from the run before, of a project some of whose inputs have changed since."""

    def __init__(self, project: Project, known: Recollection, changed: Collection[str]) -> None:
        self.project = project
        self.known = known if known.properties == project.properties else Recollection()
        self.changed = frozenset(changed)
        self.names = Names(project)
        self._said = Memo(project.grounds, self._ask)
        self._asked: set[str] = set()
        self._is_looking = False

    def said(self, question: str, function: FunctionValue) -> tuple[Any, ...]:
        """What is to be said of a function, by one question of `QUESTIONS`."""
        self._asked.add(question)
        return self._said((question, function, self._answers(function)))

    def _ask(self, asked: tuple[str, FunctionValue, bool]) -> tuple[Any, ...]:
        from fastlint.model.subjects import QUESTIONS

        question, function, answers = asked
        return QUESTIONS[question](function, answers)

    def _answers(self, function: FunctionValue) -> bool:
        """Whether the framework takes what a function returns: that is a matter of other code."""
        with self.project.grounds.apart():
            return function.scope in self.project.loop.answering

    @property
    def is_in_use(self) -> bool:
        return bool(self.known.functions)

    # What is quiet

    def covers(self, function: FunctionValue) -> bool:
        """Whether nothing is to be said of a function, nor of anything that it calls.

        Of none, while that is being found out: what is asked for it is answered from all that there is.
        """
        return not self._is_looking and bool(self._silent) and self._node(function) in self._silent

    @property
    def modules(self) -> frozenset[str]:
        """The files of the functions that are covered."""
        return frozenset(map(path_of, self._places))

    def reaches(self, place: Place) -> bool:
        """Whether the function at a place is one that is covered."""
        return bool(self._silent) and written(place) in self._places

    @property
    def files(self) -> Iterator[str]:
        """The files that what was not found out again rests on."""
        bits = 0
        for node in self._silent:
            if isinstance(node, str) and node in self._valid:
                bits |= self._valid[node].bits
        for position, name in enumerate(self.known.inputs):
            if bits >> (position + 1) & 1 and not name.startswith("\0"):
                yield name

    @cached_property
    def _places(self) -> frozenset[str]:
        return frozenset(
            place_in(each) if isinstance(each, str) else written(each.scope.place) for each in self._silent
        )

    @cached_property
    def _silent(self) -> frozenset[Node]:
        """The functions that a request can run and of which nothing is to be said, nor of what they call."""
        self._is_looking = True
        try:
            callers = self._callers() if self.known.functions else None
            loud = {node for node in callers or () if self._is_told_of(node)}
        finally:
            self._is_looking = False
        if callers is None:
            return frozenset()
        waiting = list(loud)
        while waiting:
            for caller in callers[waiting.pop()]:
                if caller not in loud:
                    loud.add(caller)
                    waiting.append(caller)
        return frozenset(callers.keys() - loud)

    def _callers(self) -> dict[Node, list[Node]] | None:
        """The functions that a request can run, with those that call each; None where one is not found."""
        callers: dict[Node, list[Node]] = {self._node(each): [] for each in self.project.loop.starts}
        waiting = list(callers)
        while waiting:
            node = waiting.pop()
            callees = self._recalled(node)
            if callees is None:
                function = self._function(node, callers, set())
                if function is None:
                    return None
                callees = self._called(function)
            for callee in callees:
                if callee not in callers:
                    callers[callee] = []
                    waiting.append(callee)
                callers[callee].append(node)
        return callers

    def _recalled(self, node: Node) -> Collection[Node] | None:
        known = self._valid.get(node) if isinstance(node, str) else None
        return None if known is None else known.callees

    def _function(
        self, node: Node, callers: Mapping[Node, list[Node]], seen: set[Node]
    ) -> FunctionValue | None:
        """The function itself; what only a call of its maker gives is found where it is called."""
        if not isinstance(node, str):
            return node
        seen.add(node)
        found = self.names.find(node)
        for caller in () if found is not None else callers[node]:
            function = None if caller in seen else self._function(caller, callers, seen)
            if function is not None and node in self._called(function):
                return self.names.find(node)
        return found

    def _called(self, function: FunctionValue) -> list[Node]:
        called = (edge.callee for edge in self.project.loop.edges.of(function))
        return [self._node(each) for each in dict.fromkeys(called) if each is not None]

    def _is_told_of(self, node: Node) -> bool:
        known = self._valid.get(node) if isinstance(node, str) else None
        if known is not None:
            return known.is_told_of
        function = self.names.find(node) if isinstance(node, str) else node
        assert function is not None
        said = [self.said(question, function) for question in self.known.questions]
        return any(said) or self._blocks(function)

    def _blocks(self, function: FunctionValue) -> bool:
        return any(edge.blocking is not None for edge in self.project.loop.edges.of(function))

    def _node(self, function: FunctionValue) -> Node:
        return self.names.of(function) or function

    @cached_property
    def _valid(self) -> dict[str, Examined]:
        """What is known of functions and still holds."""
        changed = EVERYTHING
        for position, name in enumerate(self.known.inputs):
            if name in self.changed:
                changed |= 2 << position
        answering = frozenset(written(scope.place) for scope in self.project.loop.answering)
        return {
            name: each
            for name, each in self.known.functions.items()
            if not each.bits & changed and each.answers is (place_in(name) in answering)
        }

    # What is left for the next run

    @property
    def recollection(self) -> Recollection:
        """What this run knows; nothing where it could not ask all that it wanted to."""
        if self.project.last_resort.is_exhausted:
            return Recollection()
        functions = {name: each for name, each in self._valid.items() if name in self._silent}
        questions = tuple(sorted(self._asked))
        for function in self.project.loop.edges.of.known():
            name = self.names.of(function)
            examined = None if name is None else self._examined(name, function, questions)
            if name is not None and examined is not None:
                functions[name] = examined
        inputs = tuple(self.project.grounds.bits)
        return Recollection(inputs, functions, questions, self.project.properties)

    def _examined(self, name: str, function: FunctionValue, questions: tuple[str, ...]) -> Examined | None:
        callees, answers = self._called(function), self._answers(function)
        names = tuple(each for each in callees if isinstance(each, str))
        asked = [(question, function, answers) for question in questions]
        if len(names) < len(callees) or not all(each in self._said.known() for each in asked):
            return None
        bits = self.names.bits(name) | self.project.loop.edges.of.rests_on(function)
        is_told_of = self._blocks(function)
        for each in asked:
            bits |= self._said.rests_on(each)
            is_told_of = is_told_of or bool(self._said(each))
        return Examined(names, bits.to_bytes((bits.bit_length() + 7) // 8, "big"), answers, is_told_of)
