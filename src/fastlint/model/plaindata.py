"""Plain data: values of which nothing runs that may wait, where they are merely looked at.

Reading an attribute may ask a database, and so may a comparison: what is not known to be plain is not.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from fastlint.model.expression import Expression
from fastlint.model.judging import is_none
from fastlint.model.scopes import ClassScope
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Literal,
    ModuleValue,
    Super,
    TypeForm,
    Value,
)

if TYPE_CHECKING:
    from fastlint.model.project import Project

OF_DATA = frozenset(
    f"builtins.{name}"
    for name in (
        "abs", "all", "any", "bool", "bytes", "dict", "enumerate", "float", "frozenset", "int", "len", "list",
        "max", "min", "range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip",
    )
)  # fmt: skip
"""Functions that ask what they are given for its length, its items or its text."""
AT_HAND = (
    *("builtins.", "contextvars.", "datetime.", "decimal.", "enum.", "fastapi.", "fractions.", "hmac."),
    *("http.", "ipaddress.", "logging.", "math.", "operator.", "os.environ", "os.getenv", "pathlib."),
    "pydantic.",
    *("re.", "secrets.", "starlette.", "time.", "typing.", "urllib.parse.", "uuid."),
)
"""Packages of which nothing waits where something of a module or an object is merely read."""
HOLDERS = (".app.", ".session.", ".state.", "().")
ANYTHING = (".auth.", ".file.", ".user.")
"""What an object of the framework has and may be of any class: what is in the first, and the others."""
KNOWN = ("datetime.", "decimal.", "urllib.parse.", "uuid.")
"""What gives objects of which it is known what they are."""
ROOTS = frozenset(
    (
        "abc.ABC", "builtins.dict", "builtins.int", "builtins.object", "builtins.str", "enum.Enum",
        "enum.Flag", "enum.IntEnum", "enum.ReprEnum", "enum.StrEnum", "fastapi.HTTPException",
        "pydantic.BaseModel", "pydantic.BaseSettings", "pydantic.v1.BaseModel", "pydantic.v1.BaseSettings",
        "pydantic_settings.BaseSettings", "starlette.exceptions.HTTPException", "typing.Generic",
        "typing.NamedTuple", "typing.TypedDict",
    )
)  # fmt: skip
"""Bases whose objects have what is written in the class, and nothing else that runs when it is read."""
MAPPED = ("sqlalchemy.orm.", "sqlmodel.")
"""Packages of classes whose objects read their attributes from a database, and are true without it."""
ASKED = ("__getattr__", "__getattribute__", "__setattr__")
"""Special methods that run wherever an attribute is read or set."""
DECORATORS = (
    *("attr.", "attrs.", "dataclasses.dataclass", "enum.", "functools.total_ordering", "pydantic."),
    "typing.",
)
"""Packages of decorators that leave the objects of a class as they are."""


def is_plain_value(value: Value, project: Project) -> bool:
    """Whether asking something for its items, its text or whether it equals something else runs nothing."""
    match value:
        case External() | Instance(cls=External()):
            return _is_plain_object(name_of(value), project)
        case Instance(cls=ClassValue() as cls):
            return is_plain_class(cls, project)
        case Literal() | ClassValue() | FunctionValue() | ModuleValue() | TypeForm():
            return True
        case _:
            return False


def has_at_hand(owner: Value, name: str, project: Project) -> bool:
    """Whether an attribute is there when it is read, unless it is a property of the project's."""
    match owner:
        case ModuleValue() | ClassValue() | FunctionValue() | Literal() | Super():
            return True
        case External() | Instance(cls=External()):
            known = f"{name_of(owner)}.{name}" if isinstance(owner, External) else owner.external
            return known.startswith(AT_HAND) and not _is_anything(name_of(owner))
        case Instance(cls=ClassValue() as cls):
            below = map(ClassValue, project.subclasses(cls.scope))
            return all(is_plain_class(each, project) for each in (cls, *below))
        case _:
            return False


def is_plain_class(cls: ClassValue, project: Project) -> bool:
    """Whether the objects of a class have what its code says, and no database or server behind them."""
    for each in project.inference.classes.mro(cls):
        if isinstance(each, External):
            if not is_plain_root(each.name):
                return False
        elif not _is_written_out(each.scope):
            return False
    return True


def has_plain_truth(cls: ClassValue, project: Project) -> bool:
    """Whether objects of a class are tested by what the project's code says of them alone."""
    bases = (each for each in project.inference.classes.mro(cls) if isinstance(each, External))
    return all(is_plain_root(each.name) or each.name.startswith(MAPPED) for each in bases)


def is_plain_root(name: str) -> bool:
    """Whether what is written in the classes below one of another package is all that their objects have."""
    return name in ROOTS or is_exception(name)


def is_known_to_be_quick(name: str, project: Project) -> bool:
    """Whether the knowledge tables say so of a function, by its dotted name."""
    return not _is_anything(name) and project.knowledge.is_quick(_told(name))


def is_exception(name: str) -> bool:
    """Whether it is an exception of Python."""
    found = getattr(builtins, name.removeprefix("builtins."), None) if name.startswith("builtins.") else None
    return isinstance(found, type) and issubclass(found, BaseException)


def something(expression: Expression) -> tuple[Value, ...]:
    """What an expression can stand for beside `None`."""
    return tuple(each for each in expression.values() if not is_none(each))


def name_of(value: Value) -> str:
    """The dotted name of what is of another package, or of its class; "" for what is not."""
    match value:
        case External():
            return value.name
        case Instance():
            return value.external
        case _:
            return ""


def _is_plain_object(name: str, project: Project) -> bool:
    """Whether an object of another package's class, or what calling something gave, is plain data."""
    maker = name.removesuffix("()")
    if maker != name:
        return maker in OF_DATA or is_known_to_be_quick(maker, project)
    return name.startswith(AT_HAND) and not _is_anything(name)


def _is_written_out(scope: ClassScope) -> bool:
    assert scope.parent is not None
    outside = scope.parent.frame
    decorators = (Expression(each, outside) for each in scope.node.decorators)
    return (
        not scope.node.keywords
        and not any(name in scope.methods for name in ASKED)
        and all(Expression(base, outside).values() for base in scope.node.bases)
        and all(
            (each.func if each.is_call else each).external().startswith(DECORATORS) for each in decorators
        )
    )


def _told(name: str) -> str:
    """A name without the calls in it of which it is known what they give."""
    return name.replace("()", "") if name.startswith(KNOWN) else name


def _is_anything(name: str) -> bool:
    told = _told(name).replace(".app.state", ".state")
    return any(each in told for each in HOLDERS) or any(each in f"{told}." for each in ANYTHING)
