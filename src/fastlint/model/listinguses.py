"""What code does with each entry of a list of routes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import Frame
from fastlint.model.values import ClassValue, External

ATTRIBUTES = frozenset(
    (
        *("app", "body_field", "callbacks", "dependant", "dependencies", "deprecated", "description"),
        *("endpoint", "include_in_schema", "methods", "name", "openapi_extra", "operation_id"),
        *("param_convertors", "path", "path_format", "path_regex", "response_class", "response_field"),
        *("response_model", "responses", "status_code", "summary", "tags", "unique_id"),
    )
)
"""What routes have, and the entry of an included router has not."""

ROUTE_CLASSES = (
    "fastapi.routing.APIRoute",
    "fastapi.routing.APIWebSocketRoute",
    "starlette.routing.Route",
    "starlette.routing.WebSocketRoute",
)


@dataclass(slots=True)
class Uses:
    """`read` are its attributes that are read, `first` one that is read of each entry, whatever it is.

    `tests` are the calls that ask for its class, `asked` those that ask for an attribute (`hasattr`).
    `written` is an attribute that is set. `is_opaque` says that something else is done with it as a whole.
    """

    read: list[str] = field(default_factory=list[str])
    first: str = ""
    tests: list[Expression] = field(default_factory=list[Expression])
    asked: list[Expression] = field(default_factory=list[Expression])
    written: str = ""
    is_opaque: bool = False

    @property
    def is_for_routes(self) -> bool | None:
        """Whether every test of its class asks for routes; None where that is not known."""
        answers = {_asks_for_routes(each) for each in self.tests}
        return answers.pop() if len(answers) == 1 else None

    @property
    def is_readable(self) -> bool:
        """Whether nothing is done but to read, which something that only shows a route allows too."""
        defaults = [each.argument("", 2) for each in self.asked]
        is_none = all(each is not None and each.is_none for each in defaults)
        return not self.is_opaque and not self.written and is_none


def uses_in_loop(loop: syntax.Loop, name: str, frame: Frame) -> Uses:
    """Of the variable of a `for` statement."""
    found = Uses()
    for statement in syntax.statements(loop.body):
        if isinstance(statement, (syntax.Function, syntax.Class)):
            found.is_opaque = True
        for target in statement.targets if isinstance(statement, syntax.Assign) else ():
            if isinstance(target, syntax.Ref) and target.path.startswith(f"{name}."):
                found.written = target.path.partition(".")[2]
            elif isinstance(target, syntax.Ref) and target.path == name:
                found.is_opaque = True
        for expression in syntax.expressions(statement):
            _collect(expression, name, frame, found)
    for expression in syntax.expressions(loop.body[0]) if loop.body else ():
        found.first = found.first or _first(expression, name)
    return found


def uses_in_comprehension(node: syntax.Comprehension, name: str, frame: Frame) -> Uses:
    """Of the variable of a comprehension's first `for`."""
    found = Uses()
    first, *others = node.generators
    parts = [*first.conditions]
    for other in others:
        parts += [other.source, *other.conditions]
    parts += node.elements
    for part in parts:
        _collect(part, name, frame, found)
    found.first = _first(parts[0], name)
    return found


def _collect(node: syntax.Expr, name: str, frame: Frame, found: Uses) -> None:
    match node:
        case syntax.Ref(path=path):
            owner, _, attribute = path.partition(".")
            if owner == name and attribute:
                found.read.append(attribute.partition(".")[0])
            elif owner == name:
                found.is_opaque = True
        case syntax.Call(args=(syntax.Ref(path=path), *_)) if path == name and _asks(node):
            kept = found.tests if last_name(node.func) == "isinstance" else found.asked
            kept.append(Expression(node, frame))
        case syntax.Lambda():
            found.is_opaque = True
        case _:
            for inner in syntax.operands(node):
                _collect(inner, name, frame, found)


def _asks(call: syntax.Call) -> bool:
    return isinstance(call.func, syntax.Ref) and call.func.path in ("isinstance", "hasattr", "getattr")


def _first(node: syntax.Expr, name: str) -> str:
    """An attribute that is read whenever an expression is evaluated."""
    for each in _always(node):
        if isinstance(each, syntax.Ref) and each.path.startswith(f"{name}."):
            attribute = each.path.split(".")[1]
            if attribute in ATTRIBUTES:
                return attribute
    return ""


def _always(node: syntax.Expr) -> Iterator[syntax.Expr]:
    """What of an expression is evaluated whenever it is."""
    yield node
    inner = syntax.operands(node)
    if isinstance(node, syntax.Operation) and node.operator in ("and", "or", "if"):
        inner = inner[:1]
    elif isinstance(node, syntax.Comprehension):
        inner = (node.generators[0].source,)
    for each in inner:
        yield from _always(each)


def _asks_for_routes(test: Expression) -> bool | None:
    """Whether `isinstance(route, APIRoute)` asks for a route; None where its classes are not known."""
    classes = test.args[1:2]
    inner = [each for cls in classes for each in cls.items() or (cls,)]
    values = [value for each in inner for value in each.values()]
    known = [value for value in values if isinstance(value, (ClassValue, External))]
    if not known or len(known) < len(values) or len(inner) > len(values):
        return None
    descends = test.project.inference.classes.descends
    return any(descends(value, *ROUTE_CLASSES) for value in known)
