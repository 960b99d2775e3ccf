"""The refusals that code can give: an exception or a response that turns a client away."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.catching import would_swallow
from fastlint.model.credentials import hints
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo
from fastlint.model.responses import status_code
from fastlint.model.routers import constructor_option
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

REFUSALS = frozenset((401, 403))
REDIRECTS = frozenset((301, 302, 303, 307, 308))
POLICY_VIOLATION = 1008
"""With this websockets are closed (https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1)."""

UNMISTAKABLE = frozenset((401, POLICY_VIOLATION))
"""What is only answered for want of credentials."""

NAMED_STATUS = re.compile(r"HTTP_(401|403)_|(?:^|[._])(?:(UNAUTHORIZED)|(FORBIDDEN))$")
HTTP_EXCEPTION = External("starlette.exceptions.HTTPException")
EXCEPTIONS = ("starlette.exceptions.HTTPException", "fastapi.exceptions.HTTPException")
SOCKET_EXCEPTIONS = ("starlette.exceptions.WebSocketException", "fastapi.exceptions.WebSocketException")
RESPONSE = "starlette.responses.Response"
DEEPEST = 6
MOST_FUNCTIONS = 400


@dataclass(frozen=True, slots=True)
class Traits:
    """What a function's code, and the code that it calls, has to do with clients that are turned away."""

    answers: frozenset[int] = frozenset()
    hints: frozenset[str] = frozenset()

    def __or__(self, other: Traits) -> Traits:
        return Traits(self.answers | other.answers, self.hints | other.hints)

    @property
    def refusals(self) -> frozenset[int]:
        """The answers that tell a client that it may not."""
        return self.answers - REDIRECTS


class Refusals:
    """Follows what functions call, to what they answer at most."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.of = Memo(project.grounds, self._find)
        self._own = Memo(project.grounds, _own)

    def _find(self, function: FunctionValue) -> Traits:
        """What a function does itself and through what it calls."""
        found = Traits()
        for each in self._reached(function):
            found |= self._own(each)
        return found

    def _reached(self, function: FunctionValue) -> Iterator[FunctionScope]:
        edges = self.project.loop.edges
        seen = {function.scope}
        queue = deque([(function, 0)])
        while queue:
            current, depth = queue.popleft()
            yield current.scope
            for edge in edges.of(current) if depth < DEEPEST else ():
                callee = edge.callee
                if callee is None or callee.scope in seen or len(seen) >= MOST_FUNCTIONS:
                    continue
                if not _is_swallowed(edge.call):
                    seen.add(callee.scope)
                    queue.append((callee, depth + 1))


def _own(scope: FunctionScope) -> Traits:
    return Traits(frozenset(_answers(scope)), frozenset(hints(scope)))


def _answers(scope: FunctionScope) -> Iterator[int]:
    """The refusals that a function's own code makes, or raises where they are made elsewhere."""
    frame = scope.frame
    made = [Expression(node, frame) for node, *_ in scope.calls]
    raised = [each.value for each in scope.statements() if isinstance(each, syntax.Raise)]
    made += [Expression(node, frame) for node in raised if node is not None]
    for expression in made:
        if expression.is_call and not _may_refuse(expression):
            continue
        exceptions = expression.instances(*EXCEPTIONS)
        if exceptions and _is_swallowed(expression):
            continue
        for instance in exceptions or expression.instances(RESPONSE):
            status = status_of(instance, "status_code", 0 if exceptions else 1)
            if status in REFUSALS or (exceptions and status in REDIRECTS):
                yield status
        for instance in expression.instances(*SOCKET_EXCEPTIONS):
            if status_of(instance, "code", 0) == POLICY_VIOLATION:
                yield POLICY_VIOLATION
        if expression.is_call and expression.func.text().endswith(".close"):
            given = expression.argument("code", 0)
            if given is not None and _code(given) == POLICY_VIOLATION:
                yield POLICY_VIOLATION


def _is_swallowed(inside: Expression) -> bool:
    """Whether the code around it catches an `HTTPException` and lets nobody hear of it."""
    return any(
        would_swallow(statement, inside.node, inside.frame, HTTP_EXCEPTION)
        for statement in syntax.around(inside.scope.body, inside.node)
        if isinstance(statement, (syntax.Try, syntax.With))
    )


def _may_refuse(call: Expression) -> bool:
    """Whether a call may make an exception or a response, as far as its name and arguments tell."""
    name = call.func.text().rpartition(".")[2]
    return name[:1].isupper() or name == "close"


def status_of(instance: Instance, name: str = "status_code", position: int = 0) -> int | None:
    """The status that an exception or response is made with; that of its class where it says none."""
    if instance.site is None or not instance.site.is_call:
        return None
    given = constructor_option(instance, name)
    if given is None and isinstance(instance.cls, External):
        given = instance.site.argument(name, position)
    if given is None and isinstance(instance.cls, ClassValue):
        bound = instance.cls.scope.bindings.get(name, ())
        value = next((each.value for each in bound if each.value is not None), None)
        given = None if value is None else Expression(value, instance.cls.scope.frame)
    return None if given is None else _code(given)


def _code(given: Expression) -> int | None:
    if given.external().endswith(".WS_1008_POLICY_VIOLATION"):
        return POLICY_VIOLATION
    named = NAMED_STATUS.search(given.text())
    return status_code(given) or (named and (403 if named[3] else int(named[1] or 401)))
