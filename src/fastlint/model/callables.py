"""Whether something can be called, as far as that is certain: True, False, or None for "cannot be told"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.mocks import MOCKS, SESSION_MAKERS
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import (
    ClassValue,
    Coroutine,
    External,
    FunctionValue,
    Instance,
    Literal,
    Partial,
    Stream,
    Value,
)

if TYPE_CHECKING:
    from fastlint.model.project import Project

SECURITY = "fastapi.security.base.SecurityBase"
CALLABLE = ("typing.Callable", "builtins.type", SECURITY, *MOCKS, *SESSION_MAKERS)
DATA = frozenset(
    (
        *(f"builtins.{name}" for name in ("str", "bytes", "int", "float", "bool", "complex", "object")),
        *(f"builtins.{name}" for name in ("list", "tuple", "dict", "set", "frozenset", "range")),
        *(f"builtins.{name}" for name in ("BaseException", "Exception", "ValueError", "RuntimeError")),
        *(f"typing.{name}" for name in ("Iterator", "Iterable", "Generator", "Sequence", "Mapping")),
        *(f"typing.{name}" for name in ("AsyncIterator", "AsyncIterable", "AsyncGenerator", "Awaitable")),
        *(f"typing.{name}" for name in ("NamedTuple", "TypedDict", "Generic", "Protocol")),
        *(f"enum.{name}" for name in ("Enum", "IntEnum", "StrEnum")),
        *(f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta")),
        "abc.ABC",
        "decimal.Decimal",
        "pathlib.Path",
        "pydantic.BaseModel",
        "sqlalchemy.orm.DeclarativeBase",
        "sqlmodel.SQLModel",
        "typing_extensions.TypedDict",
        "uuid.UUID",
    )
)
"""Classes of data, whose instances cannot be called."""

HANDLES = frozenset(
    (
        *("fastapi.Depends", "fastapi.Security", "httpx.AsyncClient", "httpx.Client"),
        *("redis.Redis", "redis.asyncio.Redis", "sqlalchemy.Connection", "sqlalchemy.Engine"),
        *(f"sqlalchemy.ext.asyncio.{name}" for name in ("AsyncConnection", "AsyncEngine", "AsyncSession")),
        "sqlalchemy.orm.Session",
    )
)
"""Classes of sessions, clients and the like, whose instances cannot be called either."""


def is_callable(value: Value, project: Project) -> bool | None:
    """Whether a value can be called; None when that cannot be told."""
    match value:
        case FunctionValue() | ClassValue() | Partial():
            return True
        case Coroutine() | Stream():
            return False
        case Literal():
            return None if isinstance(value.expression.node, syntax.Operation) else False
        case Instance():
            return _is_callable_instance(value, project)
        case _:
            return None


def all_callable(values: Iterable[Value], project: Project) -> bool | None:
    """Whether all of some values can be called; None when that cannot be told or there are none."""
    return agreed(is_callable(value, project) for value in values)


def agreed(answers: Iterable[bool | None]) -> bool | None:
    """What all of several answers say; None when they differ or there are none."""
    found = set(answers)
    return found.pop() if len(found) == 1 else None


def gives_callable(call: Expression) -> bool | None:
    """Whether what a call gives can be called."""
    return agreed(_gives_callable(value, call) for value in call.func.values())


def _is_callable_instance(value: Instance, project: Project) -> bool | None:
    inference = project.inference
    if inference.classes.descends(value.cls, *CALLABLE):
        return True
    for cls in inference.classes.mro(value.cls):
        if isinstance(cls, External):
            if not project.knowledge.is_subclass(cls.name, *DATA, *HANDLES):
                return None
            continue
        if "__call__" in cls.scope.bindings:
            return True
        if any(each.name in (None, "metaclass") for each in cls.scope.node.keywords):
            return None
        if "__new__" in cls.scope.bindings:
            return None  # calling the class may give anything
        if len(inference.classes.bases(cls)) < len(cls.scope.node.bases):
            return None
    is_declared = value.site is None and isinstance(value.cls, ClassValue)
    return None if is_declared and inference.contracts.is_abstract(value.cls) else False


def _gives_callable(value: Value, call: Expression) -> bool | None:
    project = call.project
    match value:
        case ClassValue():
            return is_callable(Instance(value, call), project)
        case FunctionValue():
            return _function_gives_callable(value, call)
        case Instance():
            method = project.inference.classes.method(value, "__call__")
            if method is not None:
                return _function_gives_callable(method, call)
            return all_callable(project.inference.calling.call(value, call), project)
        case External():
            return all_callable(project.inference.calling.call(value, call), project)
        case _:
            return None


def _function_gives_callable(function: FunctionValue, call: Expression) -> bool | None:
    scope, inference = function.scope, call.project.inference
    if not is_plain(function, call.project):
        return None
    if scope.node.is_generator or scope.node.is_async:
        return False
    answers = [_is_returned_callable(each) for each in results(function, call)]
    if True in answers:
        return None if False in answers else True
    if None not in answers and (answers or _returns_none(scope)):
        return False
    declared = inference.functions.declared(scope, function)
    return False if all_callable(declared, call.project) is False else None


def results(function: FunctionValue, site: Expression | None) -> tuple[Expression, ...]:
    """What each `return` of a function gives, for one call of it."""
    frame = function.scope.project.inference.calling.frame(function, site)
    return tuple(
        Expression(node.value, frame)
        for node in function.scope.statements()
        if isinstance(node, syntax.Return) and node.value is not None
    )


def _is_returned_callable(value: Expression) -> bool | None:
    found = all_callable(value.values(), value.project)
    return None if found is False and not value.is_whole else found


def is_plain(function: FunctionValue, project: Project) -> bool:
    """Whether calling the name runs the function itself, and gives what it gives."""
    inference = project.inference
    wrapped = inference.functions.wrapped(function)
    if wrapped is None or any(each.scope is not function.scope for each in wrapped):
        return False
    names = inference.functions.decorator_names(function.scope)
    return not any(name.startswith("contextlib.") for name in names)


def is_stub(scope: FunctionScope) -> bool:
    """Whether a function has no body, or nothing but a `...`, so that something else takes its place."""
    return all(map(is_nothing, scope.body))


def is_nothing(statement: syntax.Statement) -> bool:
    """Whether a statement is a `...` or another constant."""
    value = statement.value if isinstance(statement, syntax.Evaluate) else None
    return isinstance(value, (syntax.Constant, syntax.Opaque))


def _returns_none(scope: FunctionScope) -> bool:
    """Whether a function without a `return` has a body; a stub has none."""
    return bool(scope.body) and not all(isinstance(node, syntax.Raise) for node in scope.body)


def may_be(value: Instance, kind: Value, project: Project) -> bool | None:
    """Whether an object is one of a type; None when that cannot be told."""
    if not isinstance(kind, Instance):
        return None
    inference = project.inference
    if inference.classes.is_subclass(value.cls, kind.cls):
        return True
    if isinstance(kind.cls, External):
        is_known = kind.cls.name in DATA or kind.cls.name.startswith("fastapi.security.")
        return False if is_known else None
    return None if inference.contracts.is_abstract(kind.cls) else False
