"""What an expression can stand for, as far as it is known without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from fastlint.model.expression import Expression
    from fastlint.model.scopes import ClassScope, Frame, FunctionScope, ModuleScope


class External(Struct, frozen=True, eq=False):
    """A module, class or function of another package, by its canonical dotted name.

    What a call to it gives is its name with `()`, unless the knowledge tables say which class that is.
    `receiver` is the object whose attribute it is.
    """

    name: str
    receiver: Instance | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, External) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


class ModuleValue(Struct, frozen=True):
    module: ModuleScope


class ClassValue(Struct, frozen=True):
    """A class of the project."""

    scope: ClassScope


class FunctionValue(Struct, frozen=True):
    """A function of the project; `receiver` is what a method is bound to.

    `outer` is the frame in which it was defined: a nested function sees its maker's arguments.
    `bare` is the function as its decorators get it, before they have wrapped it.
    """

    scope: FunctionScope
    receiver: Instance | ClassValue | None = None
    outer: Frame | None = None
    bare: bool = False


class Instance(Struct, frozen=True):
    """An object of a class; `site` is the call that makes it, if that is known, `args` its type arguments."""

    cls: ClassValue | External
    site: Expression | None = None
    args: tuple[tuple[Value, ...], ...] = ()

    def __hash__(self) -> int:
        """Without the type arguments: they can be nested as deep as the data, and seldom tell two apart."""
        return hash((self.cls, self.site))

    @property
    def external(self) -> str:
        """The dotted name of a class of another package, or ''."""
        return self.cls.name if isinstance(self.cls, External) else ""


class Coroutine(Struct, frozen=True):
    """What calling an `async def` gives; awaiting it gives `results`.

    Not `certain` when a decorator that is not known may have made the function an ordinary one.
    """

    function: FunctionValue | External
    results: tuple[Value, ...] = ()
    certain: bool = True

    def __hash__(self) -> int:
        return hash(self.function)


class Manager(Struct, frozen=True):
    """What a function under `@contextmanager` gives; entering it gives `targets`."""

    function: FunctionValue
    targets: tuple[Value, ...] = ()

    def __hash__(self) -> int:
        return hash(self.function)


class Stream(Struct, frozen=True):
    """What calling a generator function gives; iterating it gives `items`."""

    function: FunctionValue
    items: tuple[Value, ...] = ()

    def __hash__(self) -> int:
        return hash(self.function)


class Partial(Struct, frozen=True):
    """`functools.partial(function, ...)`; `site` is that call."""

    functions: tuple[Value, ...]
    site: Expression


class Super(Struct, frozen=True):
    """`super()` in a method: the classes after `scope` in the order of `receiver`."""

    scope: ClassScope
    receiver: Instance | ClassValue


class Literal(Struct, frozen=True, eq=False):
    """A constant, collection, mapping or f-string, where it is written.

    `args` are the type arguments that an annotation gives a collection.
    """

    expression: Expression
    args: tuple[tuple[Value, ...], ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self.expression == other.expression

    def __hash__(self) -> int:
        return hash(self.expression)


class TypeForm(Struct, frozen=True):
    """An expression that is a type but no class: `Annotated[...]`, `list[User]`, `A | B`."""

    expression: Expression


Value = (
    External
    | ModuleValue
    | ClassValue
    | FunctionValue
    | Instance
    | Coroutine
    | Manager
    | Stream
    | Partial
    | Super
    | Literal
    | TypeForm
)
Values = tuple[Value, ...]

MAKERS = frozenset(
    (
        *(f"builtins.{name}" for name in ("getattr", "globals", "property", "type", "vars")),
        *("collections.namedtuple", "operator.attrgetter", "operator.itemgetter", "types.new_class"),
    )
)
"""Functions that make something of what they are given, or find it by its name."""


def stands_for(values: Values, function: FunctionScope) -> bool:
    """Whether a function is among what something can stand for."""
    return any(isinstance(each, FunctionValue) and each.scope is function for each in values)


def is_vague(value: Value) -> bool:
    """Whether it tells nothing: `None`, or what a function gave of which more may be found out."""
    if isinstance(value, Literal):
        return value.expression.is_none
    name = (
        value.name if isinstance(value, External) else value.external if isinstance(value, Instance) else ""
    )
    return "()" in name and name.partition("()")[0] in MAKERS
