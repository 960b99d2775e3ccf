"""Whether a call is one that an entry of the knowledge tables means: its `when` and its `unless`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from fastlint.index import syntax
from fastlint.knowledge import Blocking
from fastlint.model.archives import is_worked_on
from fastlint.model.expression import Expression
from fastlint.model.large import is_large, is_upload, runs_once
from fastlint.model.plaindata import name_of
from fastlint.model.uses import Use
from fastlint.model.values import Instance, Literal, TypeForm
from fastlint.model.waiting import is_bounded, is_given_work, sleeps, was_asked
from fastlint.model.ways import written


class Case(NamedTuple):
    """A use that may block: `made` is the call in question, or the one that made what is entered or gone
    through, `receiver` the object whose method it is."""

    use: Use
    made: Expression | None
    receiver: Instance | None

    @property
    def sites(self) -> tuple[Expression, ...]:
        """The call, and the one that made the object."""
        maker = None if self.receiver is None else self.receiver.site
        return tuple(each for each in (self.made, maker) if each is not None and each.is_call)


def counts(case: Case, blocking: Blocking) -> bool:
    """Whether an entry means this use."""
    if blocking.unless and _says_not_to(case.made, blocking.unless):
        return False
    if blocking.only and not _asks_to(case.made, blocking.only):
        return False
    if blocking.quick and any(_is_quick(each, blocking.quick) for each in case.sites):
        return False
    if blocking.least and _is_little(case, blocking.least):
        return False
    condition = CONDITIONS.get(blocking.when)
    return condition is None or condition(case)


def _says_not_to(made: Expression | None, unless: dict[str, int]) -> bool:
    """Whether an argument says not to wait: `block=False`, `timeout=0`."""
    if made is None or not made.is_call:
        return False
    given = (made.argument(name, position) for name, position in unless.items())
    return any(each is not None and _is_next_to_nothing(each) for each in given)


def _asks_to(made: Expression | None, only: dict[str, int]) -> bool:
    """Whether an argument says to wait: `cpu_percent(interval=1)`, and not `cpu_percent(percpu=True)`."""
    if made is None or not made.is_call:
        return False
    given = (made.argument(name, position) for name, position in only.items())
    return any(each is not None and not each.is_none and not _is_next_to_nothing(each) for each in given)


def _is_quick(made: Expression, quick: dict[str, tuple[str, ...]]) -> bool:
    """Whether an argument is a text or a flag with which nothing is waited for, or an object of such a kind:
    `urlopen("data:...")`, `waitpid(pid, WNOHANG | WUNTRACED)`, `Client(transport=MockTransport(...))`."""
    for key, patterns in quick.items():
        name, position = key.split()
        given = made.argument(name, int(position))
        texts = () if given is None else _texts(given)
        if any(fnmatchcase(text, pattern) for text in texts for pattern in patterns):
            return True
    return False


def _texts(given: Expression) -> Iterator[str]:
    """What an argument says: a text, the names of constants and flags, what call it is from."""
    yield written(given)
    yield from filter(None, map(name_of, given.values()))
    found = given.value()
    whole = found.expression if isinstance(found, (Literal, TypeForm)) else given
    flags = whole.node.operands if isinstance(whole.node, syntax.Operation) else (whole.node,)
    for flag in flags:
        yield from filter(None, whole.at(flag).externals())


MOMENT = 0.01
"""Seconds that nobody notices."""


def _is_next_to_nothing(argument: Expression) -> bool:
    value = argument.constant()
    return isinstance(value, (int, float)) and 0 <= value <= MOMENT


def _is_little(case: Case, least: dict[str, tuple[int, int]]) -> bool:
    """Whether a number that is given here, or was to the maker of the object, is too small to take long."""
    for name, (position, smallest) in least.items():
        given = next(
            (each for site in case.sites if (each := site.argument(name, position)) is not None), None
        )
        number = None if given is None else given.constant()
        if isinstance(number, int) and number < smallest:
            return True
    return False


CONDITIONS: dict[str, Callable[[Case], bool]] = {
    "anew": lambda case: not runs_once(case.use.call.scope),
    "compressed": lambda case: is_worked_on(case.made, case.receiver),
    "bounded": lambda case: is_bounded(case.receiver) and not was_asked(case.use),
    "given a wait": lambda case: case.made is not None and sleeps(case.made),
    "given arguments": lambda case: case.made is not None and case.made.has_arguments,
    "given work": lambda case: is_given_work(case.use),
    "large": lambda case: not runs_once(case.use.call.scope) and is_large(case.use, case.receiver),
    "not asked": lambda case: not was_asked(case.use),
    "uploaded": lambda case: any(map(is_upload, case.use.call.args)),
}
