"""What an `except Exception` does with what it has caught: whether it looks at it, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.escaping import is_again
from fastlint.model.expression import Expression
from fastlint.model.granted import LOGGING
from fastlint.model.leaving import leaves
from fastlint.model.refusals import EXCEPTIONS, status_of
from fastlint.model.responses import response_status
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, External
from fastlint.model.yielding import call_may_raise, gets

ASKING = ("isinstance", "issubclass", "type", "getattr", "hasattr")
TELLING = ("status_code", "detail", "__class__")
"""With these an `except` finds out what it has caught."""

RESPONSE = "starlette.responses.Response"
CLIENT_ERROR = 400
TEXTS = ("str", "repr")
LOGGED = frozenset((*LOGGING, "print_exc", "print_exception", "capture_exception", "record_exception"))


@dataclass(frozen=True, slots=True)
class Ending:
    """One way in which an `except` ends. `how` is raises (an `HTTPException`), responds, returns or goes on.

    `status` is that of the exception or response, where it is known; `tells` says that what was caught is
    part of it, as in `detail=str(error)`.
    """

    how: str
    status: int | None = None
    tells: bool = False


def asks(handler: syntax.Handler, scope: FunctionScope) -> bool:
    """Whether an `except` looks at what it has caught, hands it to what may, or raises it again."""
    for statement in syntax.statements(handler.body):
        if isinstance(statement, syntax.Match):
            return True
        if isinstance(statement, syntax.Raise) and is_again(statement, handler):
            return True
        if any(_looks_at(node, handler.name) for node in syntax.evaluated(statement)):
            return True
        if _hands_on(statement, handler, scope):
            return True
    return False


def _looks_at(node: syntax.Expr, name: str) -> bool:
    match node:
        case syntax.Ref(path=path):
            root, _, rest = path.partition(".")
            return bool(name) and root == name and rest.partition(".")[0] in TELLING
        case syntax.Call(func=syntax.Ref(path=path), args=(syntax.Ref(path=first), *_)) if path in ASKING:
            return first == name
        case _:
            return False


def _hands_on(statement: syntax.Statement, handler: syntax.Handler, scope: FunctionScope) -> bool:
    """Whether a statement gives what was caught to a function that may raise it, or makes an answer of it."""
    if isinstance(statement, (syntax.Raise, syntax.Return)):
        value = statement.value.value if isinstance(statement.value, syntax.Await) else statement.value
        if not isinstance(value, syntax.Call):
            return False
        made = Expression(value, scope.frame).func.values()
        is_class = bool(made) and all(isinstance(each, (ClassValue, External)) for each in made)
        return not is_class and gets(value, handler.name)
    return any(
        call_may_raise(Expression(node, scope.frame), handler)
        for node in syntax.evaluated(statement)
        if isinstance(node, syntax.Call)
    )


def endings(handler: syntax.Handler, scope: FunctionScope) -> tuple[Ending, ...]:
    """How an `except` may end; () where it raises another error, or something that is not known."""
    found: list[Ending] = []
    for statement in syntax.statements(handler.body):
        if isinstance(statement, (syntax.Raise, syntax.Return)):
            ending = _ending(statement, handler.name, scope)
            if ending is None:
                return ()
            found.append(ending)
    return tuple(found) if leaves(handler.body) else (*found, Ending("goes on"))


def _ending(statement: syntax.Raise | syntax.Return, name: str, scope: FunctionScope) -> Ending | None:
    tells = any(_reads(node, name) for node in syntax.evaluated(statement))
    value = None if statement.value is None else Expression(statement.value, scope.frame)
    if isinstance(statement, syntax.Raise):
        exceptions = () if value is None else value.instances(*EXCEPTIONS)
        return Ending("raises", status_of(exceptions[0]), tells) if exceptions else None
    responses = () if value is None else value.instances(RESPONSE)
    return Ending("responds", response_status(responses[0]), tells) if responses else Ending("returns")


def statuses(found: tuple[Ending, ...]) -> frozenset[int]:
    """What some endings answer with, where each answers, and with an error; else nothing."""
    known = [each.status for each in found if each.status is not None and each.status >= CLIENT_ERROR]
    return frozenset(known) if len(known) == len(found) else frozenset()


def only_logs(handler: syntax.Handler) -> bool:
    """Whether an `except` does nothing but write to a log before it ends."""
    return all(map(_is_harmless, handler.body))


def _is_harmless(statement: syntax.Statement) -> bool:
    match statement:
        case syntax.Raise() | syntax.Return() | syntax.Import():
            return True
        case syntax.Assign(targets=(syntax.Ref(path=path),)):
            calls = (each for each in syntax.evaluated(statement) if isinstance(each, syntax.Call))
            return "." not in path and all(last_name(each.func) in TEXTS for each in calls)
        case syntax.Evaluate(value=value):
            return _is_log(value)
        case _:
            return False


def _is_log(value: syntax.Expr) -> bool:
    call = value.value if isinstance(value, syntax.Await) else value
    if not isinstance(call, syntax.Call):
        return False
    name = last_name(call.func)  # `aerror` is structlog's `error` to await
    return name in LOGGED or name.removeprefix("a") in LOGGED


def _reads(node: syntax.Expr, name: str) -> bool:
    return bool(name) and isinstance(node, syntax.Ref) and node.path.partition(".")[0] == name
