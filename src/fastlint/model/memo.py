"""What is remembered of an answer: the answer itself, and which inputs it rests on.

The inputs of the model are the files whose modules it asks for, and the words of which it asks who has them.
Each is one bit. What is being found out collects the bits that it touches; whatever keeps an answer keeps its
bits with it, and whoever gets the answer collects them too. So no answer rests on anything that its bits do
not name: everything of a file is reached through its module, which is asked for, or through an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Hashable, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

if TYPE_CHECKING:
    from fastlint.model.project import Project

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)

EVERYTHING = 1
"""The bit of what cannot be told apart: an answer with it holds as long as nothing at all has changed."""


def of_word(word: str) -> str:
    """The name of the input that a word is; that of a file is its path."""
    return f"\0{word}"


class Grounds:
    """The inputs of one project by bit, and the bits of what is being found out just now."""

    __slots__ = ("bits", "found", "open")

    def __init__(self, inputs: Iterable[str] = ()) -> None:
        self.bits = {name: 2 << position for position, name in enumerate(inputs)}
        self.found = 0
        self.open: list[bool] = []

    def file(self, path: str) -> int:
        return self._bit(path)

    def word(self, word: str) -> int:
        return self._bit(of_word(word))

    def _bit(self, name: str) -> int:
        bit = self.bits.get(name)
        if bit is None:
            bit = self.bits[name] = 2 << len(self.bits)
        return bit

    @contextmanager
    def apart(self) -> Generator[None]:
        """What is found out inside is no ground of what is being found out: it is asked for each time."""
        outer = self.found
        try:
            yield
        finally:
            self.found = outer


class Memo(Generic[K, V]):
    """Answers by their question, each computed once.

    `within` gives the answer to a question that comes back to itself. What was found out with its help holds
    only there: it is kept as resting on everything.
    """

    __slots__ = ("_compute", "_grounds", "_known", "_open", "_within")

    def __init__(
        self, grounds: Grounds, compute: Callable[[K], V], within: Callable[[K], V] | None = None
    ) -> None:
        self._grounds = grounds
        self._compute = compute
        self._within = within
        self._known: dict[K, tuple[V, int]] = {}
        self._open: dict[K, int] = {}

    def __call__(self, question: K) -> V:
        grounds = self._grounds
        known = self._known.get(question)
        if known is not None:
            grounds.found |= known[1]
            return known[0]
        depth = len(grounds.open)
        if self._within is not None:
            if question in self._open:
                first = self._open[question] + 1
                grounds.open[first:] = [True] * (depth - first)
                return self._within(question)
            self._open[question] = depth
        outer, grounds.found = grounds.found, 0
        grounds.open.append(False)
        try:
            answer = self._compute(question)
        finally:
            found, grounds.found = grounds.found, grounds.found | outer
            is_provisional = grounds.open.pop()
            if self._within is not None:
                del self._open[question]
        self._known[question] = (answer, EVERYTHING if is_provisional else found)
        return answer

    def known(self) -> Collection[K]:
        """The questions that were answered."""
        return self._known

    def rests_on(self, question: K) -> int:
        """The bits of what an answer that there is rests on."""
        return self._known[question][1]


class _OfProject(Protocol):
    @property
    def project(self) -> Project: ...


class traced_property(Generic[V_co]):  # noqa: N801 - used as `cached_property` is
    """A property that is computed once, and whose inputs count for whoever reads it."""

    def __init__(self, compute: Callable[[Any], V_co]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"{name} "

    @overload
    def __get__(self, instance: None, owner: type) -> traced_property[V_co]: ...

    @overload
    def __get__(self, instance: _OfProject, owner: type) -> V_co: ...

    def __get__(self, instance: _OfProject | None, owner: type) -> traced_property[V_co] | V_co:
        if instance is None:
            return self
        grounds = instance.project.grounds
        known: tuple[V_co, int] | None = instance.__dict__.get(self._name)
        if known is None:
            outer, grounds.found = grounds.found, 0
            try:
                answer = self._compute(instance)
            finally:
                found, grounds.found = grounds.found, grounds.found | outer
            known = instance.__dict__[self._name] = (answer, found)
            return answer
        grounds.found |= known[1]
        return known[0]
