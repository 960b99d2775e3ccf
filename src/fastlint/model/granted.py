"""Whether a function takes what it is injected for granted: it uses it and never looks at what it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.reads import EVERYTHING, read_names
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, External, Instance, Values

if TYPE_CHECKING:
    from fastlint.model.injections import Injection
    from fastlint.model.project import Project

DEEPEST = 4
LOGGING = ("print", "log", "debug", "info", "warning", "warn", "error", "exception", "critical")
RESPONSE = "starlette.responses.Response"
REJECTIONS = (RESPONSE, "builtins.BaseException", "builtins.Exception", "starlette.exceptions.HTTPException")
OUTCOMES = frozenset(
    (
        *("args", "background", "body", "body_iterator", "charset", "delete_cookie", "detail", "headers"),
        *("init_headers", "media_type", "raw_headers", "render", "set_cookie", "status_code"),
    )
)
"""What a `Response` or `HTTPException` has itself: who reads that knows what it may be."""


def takes_for_granted(use: Injection, rejection: Instance, project: Project, depth: int = 0) -> bool:
    """Whether the function that is injected uses a response or exception as what it hoped to get.

    A route may return a response that it got: that answers the client. A dependency that returns what it got
    leaves it to its own users.
    """
    function, parameter = use.function, use.filled
    if function is None or parameter is None or depth > DEEPEST or _allows(parameter.types, project):
        return False
    if any(
        _allows(project.inference.functions.declared(each.scope, each), project) for each in use.functions()
    ):
        return False
    done = _uses_of(function, parameter.name, rejection)
    if "other" in done or not done:
        return False
    dependents = project.dependencies.injections_of(function)
    if not project.dependencies.is_of_route(function):
        return "read" in done or any(
            each.is_discarded or takes_for_granted(each, rejection, project, depth + 1) for each in dependents
        )
    is_answer = project.inference.classes.descends(rejection.cls, RESPONSE)
    return not is_answer or not done.isdisjoint(("read", "shown"))


def _allows(types: Values, project: Project) -> bool:
    """Whether a type says that it may be a response or an exception."""
    classes = project.inference.classes
    return any(isinstance(each, Instance) and classes.descends(each.cls, *REJECTIONS) for each in types)


def _uses_of(function: FunctionScope, name: str, value: Instance) -> frozenset[str]:
    """What a function does with a name that may stand for a response or exception.

    `read` is an attribute or item that such an object does not have, `returned`, `shown` in a text or in a
    collection that is returned; `other` is all else: a test, a `match`, a `raise`, handing it on, keeping it.
    """
    names = read_names(function)
    if not names.isdisjoint(EVERYTHING) or _is_captured(function, name):
        return frozenset(("other",))
    found: set[str] = set()
    for statement in function.statements():
        if isinstance(statement, syntax.Assign) and any(_is_of(each, name) for each in statement.targets):
            found.add("other")
        if isinstance(statement, syntax.Match) and any(
            case.guard is not None and _is_of(case.guard, name) for case in statement.cases
        ):
            found.add("other")
        for expression in syntax.expressions(statement):
            found.update(_uses(expression, name, value, _role(statement)))
    return frozenset(found)


def _role(statement: syntax.Statement) -> str:
    """What becomes of the value of an expression that a statement evaluates."""
    return "returned" if isinstance(statement, syntax.Return) else "other"


def _uses(node: syntax.Expr, name: str, value: Instance, role: str) -> Iterator[str]:
    match node:
        case syntax.Ref():
            owner, _, attribute = node.path.partition(".")
            if owner == name:
                yield _reading(attribute.partition(".")[0], value) if attribute else role
        case syntax.Subscript(value=syntax.Ref() as inner) if inner.path == name:
            yield "read"
        case syntax.Collection() | syntax.Mapping() | syntax.Template():
            inner_role = role if role == "other" and not isinstance(node, syntax.Template) else "shown"
            for each in syntax.operands(node):
                yield from _uses(each, name, value, inner_role)
        case _:
            is_log = isinstance(node, syntax.Call) and last_name(node.func) in LOGGING
            for each in syntax.operands(node):
                yield from _uses(each, name, value, "shown" if is_log else "other")


def _reading(attribute: str, value: Instance) -> str:
    return "other" if attribute in OUTCOMES or _defines(value.cls, attribute) else "read"


def _defines(cls: ClassValue | External, attribute: str) -> bool:
    """Whether a class of the project may have an attribute."""
    if isinstance(cls, External):
        return attribute.startswith("__")
    inference = cls.scope.project.inference
    return attribute.startswith("__") or any(
        attribute in each.scope.bindings or attribute in each.scope.attributes
        for each in inference.classes.mro(cls)
        if isinstance(each, ClassValue)
    )


def _is_captured(function: FunctionScope, name: str) -> bool:
    """Whether a function inside it reads the name."""
    inner = [*function.functions(), *function.lambdas]
    return any(name in read_names(each) for each in inner)


def _is_of(target: syntax.Expr, name: str) -> bool:
    return any(
        isinstance(node, syntax.Ref) and node.path.partition(".")[0] == name for node in syntax.walk(target)
    )
