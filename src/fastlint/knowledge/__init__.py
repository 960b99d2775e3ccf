"""What libraries do, in tables that anyone can read and extend.

Each `*.toml` beside this file, and `[tool.fastlint.knowledge]` of a project, has the same tables:

- `aliases`: another name of the same thing, by prefix (`"requests.api" = "requests"`);
- `bases`: the base classes of a class (`"sqlmodel.Session" = ["sqlalchemy.orm.Session"]`);
- `returns`: the class of what a call gives (`"sqlalchemy.create_engine" = "sqlalchemy.Engine"`);
  `self` is the object that the method was called on, `<name> or X` the class given as that argument,
  `given name 0` the object given as that argument, by its name and position,
  `builtins.list[X]` something whose items are X; `X.__or__` and `X.__ror__` say what `X() | y` and `y | X()`
  give;
- `attributes`: the class of an attribute (`"pymongo.MongoClient.*" = "pymongo.Database"`), `""` for none;
- `enters`: the class of what `with` gives, where it is not the object itself;
- `coroutines`: what must be awaited;
- `quick`: functions and methods that wait for nothing and take next to no time;
- `decorators`: `transparent` ones leave what a call gives as it is, `offloading` ones run it elsewhere,
  `replacing` ones give another function, on which their effect depends, `remembering` ones call it once and
  give again what that gave;
- `clients`: what makes an object that all requests should share, and what each one costs that makes its own;
- `confined`: objects that not every thread may use: `own`, only that which made them, `one`, one at a time;
- `resources`: objects that `with` closes, and the exception that using them afterwards raises; `""` for
  those that take a new connection then;
- `offloaders`: project functions that run what they are given on another thread or process;
- `callers`: what calls a function that it is given and awaits nothing, by the name and the position of that
  argument (`"threading.Thread" = "target 1"`);
- `told = true`: only names and annotations tell its objects, and nobody searches on for what else may be one;
- `blocking`: a list of `{rule, calls, except, does, instead, ...}`, what stops the event loop (`Blocking`).

A name is dotted; `X.*` stands for every attribute of X, `X.**` for attributes of attributes too, and
`X.**.name` for those of this name. None stands for anything of what a call gives, which is `X.name()`: that
is no client any more, but an answer. In `blocking` none stands for special methods: `X.__enter__` and
`X.__exit__` say what `with` waits for, `X.__iter__` what `for`, `list` and the like wait for, `X.__call__`
what calling the object itself does.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent


Argument = Annotated[str, msgspec.Meta(pattern=r"^\w+ \d+$")]
"""The name and the position of an argument."""


class Blocking(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Calls that stop the event loop: which rule speaks of them, what they do, what to use instead,
    and whether a thread helps. What `fails` on a running loop does so where nobody waits for it too; what
    `raises` there does so unless something is set, and waits then. `lasts` names the argument that says for
    how many seconds, and its position.

    `unless` names arguments, with their positions, that say not to wait where they are false or next to
    nothing: `{ block = 0, timeout = 1 }`; `only` those of which one has to be given, and be more than that.
    `quick` names an argument of the call, or of what made the object, and its position, and with what nothing
    is waited for: texts, `*` for any rest, constants and flags by their dotted names, `name()` for what a
    call gives: `{ "url 0" = ["data:*"] }`.
    `least` names arguments of the call, or of what made the object, with their positions and the smallest
    number that takes long. `once` stands for one finding for all calls on the same object. `when` counts
    only those calls that

    - `compressed`: add to an archive that compresses, or that is no file in memory;
    - `anew`: are in a function that does not remember what it gave;
    - `large`: are repeated in a loop or work on what was uploaded;
    - `uploaded`: are given what was uploaded;
    - `given arguments`: have arguments;
    - `given a wait`: have a `wait` or a `delay` to sleep for;
    - `given work`: enter a pool in whose `with` something is submitted that nobody awaits;
    - `bounded`: are of a queue that was made with a size, and `not asked`;
    - `not asked`: are of an object that was not asked before whether it is done, nor awaited.
    """

    rule: str
    calls: tuple[str, ...]
    excluded: tuple[str, ...] = msgspec.field(default=(), name="except")
    does: str = ""
    instead: str = ""
    thread: bool = True
    fails: bool = False
    once: bool = False
    raises: str = ""
    lasts: Argument | None = None
    least: dict[str, tuple[int, int]] = {}
    unless: dict[str, int] = {}
    only: dict[str, int] = {}
    quick: dict[Argument, tuple[str, ...]] = {}
    when: Literal[
        "",
        "anew",
        "bounded",
        "compressed",
        "given a wait",
        "given arguments",
        "given work",
        "large",
        "not asked",
        "uploaded",
    ] = ""

    @property
    def is_unconditional(self) -> bool:
        """Whether such a call stops the loop where it is not known what it is given."""
        return not (self.when or self.unless or self.only)


class Decorators(Struct, frozen=True, forbid_unknown_fields=True):
    transparent: tuple[str, ...] = ()
    offloading: tuple[str, ...] = ()
    replacing: tuple[str, ...] = ()
    remembering: tuple[str, ...] = ()


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of knowledge, or the part of a project's configuration that adds to it."""

    aliases: dict[str, str] = {}
    bases: dict[str, tuple[str, ...]] = {}
    returns: dict[str, str] = {}
    attributes: dict[str, str] = {}
    enters: dict[str, str] = {}
    coroutines: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()
    resources: dict[str, str] = {}
    clients: dict[str, str] = {}
    confined: dict[str, Literal["own", "one"]] = {}
    decorators: Decorators = Decorators()
    offloaders: tuple[str, ...] = ()
    callers: dict[str, Argument] = {}
    told: bool = False
    blocking: tuple[Blocking, ...] = ()


class Patterns:
    """A set of dotted names and patterns, with one value each."""

    def __init__(self, *, special: bool = True) -> None:
        self._special = special
        self._exact: dict[str, Any] = {}
        self._below: dict[str, tuple[bool, Any]] = {}
        self._named: dict[tuple[str, str], Any] = {}

    def add(self, pattern: str, value: Any) -> None:
        above, _, last = pattern.rpartition(".**.")
        if above:
            self._named[above, last] = value
        elif pattern.endswith(".**"):
            self._below[pattern[:-3]] = (True, value)
        elif pattern.endswith(".*"):
            self._below[pattern[:-2]] = (False, value)
        else:
            self._exact[pattern] = value

    def get(self, name: str) -> Any:
        """The value of the closest pattern that fits, or None."""
        if name in self._exact:
            return self._exact[name]
        parent, _, last = name.rpartition(".")
        if last.startswith("__") and not self._special:
            return None
        direct = True
        while parent:
            if (parent, last) in self._named:
                return self._named[parent, last]
            found = self._below.get(parent)
            if found is not None and (direct or found[0]):
                return found[1]
            if parent.endswith("()"):
                return None
            parent = parent.rpartition(".")[0]
            direct = False
        return None


class Knowledge:
    """All tables together; later ones win, and a project's own come last."""

    def __init__(self, tables: Iterable[Table], own: Iterable[Table] = ()) -> None:
        self._built_in, self._own = tuple(tables), tuple(own)
        self.tables = (*self._built_in, *self._own)
        self._canonical: dict[str, str] = {}
        self._found: dict[tuple[int, str], Any] = {}

    @classmethod
    def load(cls, extra: Mapping[str, Any] | None = None) -> Knowledge:
        """The built-in tables and a project's own. Raises `ValueError` naming the key that is wrong."""
        tables = [_read(path) for path in sorted(FOLDER.glob("*.toml"))]
        return cls(tables, [parse(extra)] if extra else ())

    @cached_property
    def own(self) -> Knowledge:
        """What a project says itself, which is all that is known of its own code."""
        return Knowledge(self._own)

    @cached_property
    def libraries(self) -> frozenset[str]:
        """The packages that the built-in tables speak of."""
        return _packages(self._built_in)

    @cached_property
    def packages(self) -> frozenset[str]:
        """The packages that any table speaks of."""
        return _packages(self.tables)

    def is_stranger(self, name: str) -> bool:
        """Whether nothing is known of the package that a dotted name is from."""
        package = name.partition(".")[0]
        return package not in self.packages and package not in sys.stdlib_module_names

    def canonical(self, name: str) -> str:
        """The one name of a thing that can be imported under several."""
        found = self._canonical.get(name)
        if found is None:
            found = self._canonical[name] = self._rename(name)
        return found

    def _rename(self, name: str) -> str:
        for _ in range(4):
            prefix = next((part for part in _prefixes(name) if part in self._aliases), None)
            if prefix is None:
                break
            name = self._aliases[prefix] + name[len(prefix) :]
        return name

    def mro(self, name: str) -> Iterator[str]:
        """A class and its bases, nearest first."""
        seen = {name}
        queue = [name]
        while queue:
            current = queue.pop(0)
            yield current
            for base in self._bases.get(current, ()):
                if base not in seen:
                    seen.add(base)
                    queue.append(base)

    def is_subclass(self, name: str, *bases: str) -> bool:
        return any(each in bases for each in self.mro(name))

    def blocking(self, name: str) -> Blocking | None:
        """The entry that a call falls under; one whose name says that it is asynchronous falls under none."""
        if name.endswith(("_async", ".aio")):
            return None
        return self._find(self._blocking, name) or None

    def returns(self, name: str) -> str:
        return self._find(self._returns, name) or ""

    def attribute(self, name: str) -> str:
        return self._find(self._attributes, name) or ""

    def enters(self, name: str) -> str:
        return self._find(self._enters, name) or ""

    def resource(self, name: str) -> str | None:
        """What using an object of a class raises after its `with`; None for what is no resource."""
        found: str | None = self._find(self._resources, name)
        return found

    def client(self, name: str) -> str:
        """What it costs to make such an object for each request; '' for what is not meant to be shared."""
        return self._find(self._clients, name) or ""

    @cached_property
    def client_names(self) -> frozenset[str]:
        """The last parts of the names of what makes such objects."""
        return frozenset(name.rpartition(".")[2] for table in self.tables for name in table.clients)

    def confined(self, name: str) -> str:
        """Which threads may use an object of a class: `own`, `one`, or '' for any, at any time."""
        return self._find(self._confined, name) or ""

    def is_coroutine(self, name: str) -> bool:
        return bool(self._find(self._coroutines, name))

    def is_quick(self, name: str) -> bool:
        """Whether calling it waits for nothing, and takes next to no time."""
        return bool(self._find(self._quick, name)) and not self.is_coroutine(name) and not self.blocking(name)

    def is_transparent(self, name: str) -> bool:
        return bool(self._find(self._transparent, name))

    def is_replacing(self, name: str) -> bool:
        return bool(self._find(self._replacing, name))

    def is_remembering(self, name: str) -> bool:
        return bool(self._find(self._remembering, name))

    @cached_property
    def remembering_names(self) -> frozenset[str]:
        """The last parts of the names of decorators that give again what they gave."""
        names = (name for table in self.tables for name in table.decorators.remembering)
        return frozenset(name.rpartition(".")[2] for name in names)

    def is_offloading(self, name: str) -> bool:
        return bool(self._find(self._offloading, name))

    def called_argument(self, name: str) -> tuple[str, int] | None:
        """The name and position of the argument that something calls without awaiting what that gives."""
        found = self._find(self._callers, name)
        return None if not found else (found.split()[0], int(found.split()[1]))

    @cached_property
    def caller_names(self) -> frozenset[str]:
        """The last parts of the names of what calls a function that it is given."""
        return frozenset(name.rpartition(".")[2] for table in self.tables for name in table.callers)

    def _find(self, patterns: Patterns, name: str) -> Any:
        """What is known of a name, or of the same attribute of a base class."""
        key = (id(patterns), name)
        if key not in self._found:
            self._found[key] = self._look_up(patterns, name)
        return self._found[key]

    def _look_up(self, patterns: Patterns, name: str) -> Any:
        found = patterns.get(name)
        if found is not None:
            return found
        for owner in _prefixes(name):
            for base in self._bases.get(owner, ()):
                for cls in self.mro(base):
                    found = patterns.get(cls + name[len(owner) :])
                    if found is not None:
                        return found
        return None

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return {name: target for table in self.tables for name, target in table.aliases.items()}

    @cached_property
    def _bases(self) -> dict[str, tuple[str, ...]]:
        return {name: bases for table in self.tables for name, bases in table.bases.items()}

    @cached_property
    def _blocking(self) -> Patterns:
        patterns = Patterns(special=False)
        for table in self.tables:
            for entry in table.blocking:
                for name in entry.calls:
                    patterns.add(name, entry)
                for name in entry.excluded:
                    patterns.add(name, False)
        return patterns

    @cached_property
    def _returns(self) -> Patterns:
        return _filled(pair for table in self.tables for pair in table.returns.items())

    @cached_property
    def _callers(self) -> Patterns:
        return _filled(pair for table in self.tables for pair in table.callers.items())

    @cached_property
    def _attributes(self) -> Patterns:
        return _filled(pair for table in self.tables for pair in table.attributes.items())

    @cached_property
    def _enters(self) -> Patterns:
        return _filled(pair for table in self.tables for pair in table.enters.items())

    @cached_property
    def _resources(self) -> Patterns:
        return _filled(pair for table in self.tables for pair in table.resources.items())

    @cached_property
    def _clients(self) -> Patterns:
        return _filled(pair for table in self.tables for pair in table.clients.items())

    @cached_property
    def _confined(self) -> Patterns:
        return _filled(pair for table in self.tables for pair in table.confined.items())

    @cached_property
    def _coroutines(self) -> Patterns:
        names = (name for table in self.tables for name in table.coroutines)
        return _filled((name.removeprefix("!"), not name.startswith("!")) for name in names)

    @cached_property
    def _quick(self) -> Patterns:
        return _filled((name, True) for table in self.tables for name in table.quick)

    @cached_property
    def _transparent(self) -> Patterns:
        return _filled((name, True) for table in self.tables for name in table.decorators.transparent)

    @cached_property
    def _replacing(self) -> Patterns:
        return _filled((name, True) for table in self.tables for name in table.decorators.replacing)

    @cached_property
    def _remembering(self) -> Patterns:
        return _filled((name, True) for table in self.tables for name in table.decorators.remembering)

    @cached_property
    def _offloading(self) -> Patterns:
        names = [(*table.decorators.offloading, *table.offloaders) for table in self.tables]
        return _filled((name, True) for each in names for name in each)


def parse(table: Mapping[str, Any]) -> Table:
    """A table from plain data. Raises `ValueError` naming the key that is wrong."""
    try:
        return msgspec.convert(table, Table)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def check(table: Mapping[str, Any]) -> None:
    """Raise `ValueError` for a malformed table, or, with the key, for one that names an unknown rule."""
    from fastlint.config import selector_complaint
    from fastlint.registry import find_rule

    for position, entry in enumerate(parse(table).blocking):
        rule = find_rule(entry.rule)
        if rule is None or not rule.checks:
            complaint = selector_complaint(entry.rule) or f"unknown rule `{entry.rule}`"
            raise ValueError(f"blocking.{position}.rule", complaint)


PLAIN = re.compile(r'"([^"\\\'\n]*)"')
"""A string of TOML in which nothing is escaped."""


def _read(path: Path) -> Table:
    """One file. Its strings are read as literal ones, for which `tomllib` takes half the time."""
    try:
        return parse(tomllib.loads(PLAIN.sub(r"'\1'", path.read_text(encoding="utf-8"))))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _prefixes(name: str) -> Iterator[str]:
    """`a.b.c`, `a.b`, `a`."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _packages(tables: Iterable[Table]) -> frozenset[str]:
    each_table = tuple(tables)
    names = (
        name
        for table in each_table
        for names in (
            table.aliases,
            table.bases,
            table.returns,
            table.attributes,
            table.coroutines,
            table.clients,
        )
        for name in names
    )
    called = (name for table in each_table for entry in table.blocking for name in entry.calls)
    return frozenset(name.removeprefix("!").partition(".")[0] for each in (names, called) for name in each)


def _filled(pairs: Iterable[tuple[str, Any]]) -> Patterns:
    patterns = Patterns()
    for name, value in pairs:
        patterns.add(name, value)
    return patterns
