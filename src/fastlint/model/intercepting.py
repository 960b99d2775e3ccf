"""`HTTPException`s that an `except Exception` around them turns into something else before FastAPI sees them.

https://fastapi.tiangolo.com/tutorial/handling-errors/#raise-an-httpexception-in-your-code
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.catching import would_catch
from fastlint.model.escaping import Rejection, catching_handler, raises_again
from fastlint.model.expression import Expression
from fastlint.model.handling import Ending, asks, endings, only_logs, statuses
from fastlint.model.refusals import EXCEPTIONS
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import External, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

BROAD = ("Exception", "BaseException")
BROAD_CLASSES = ("builtins.Exception", "builtins.BaseException")
NAME = "HTTPException"
Known = tuple[syntax.Try, syntax.Handler, tuple[Ending, ...]]
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Interception:
    """An `except Exception` that gets `HTTPException`s, and what it makes of them."""

    function: FunctionScope
    statement: syntax.Try
    handler: syntax.Handler
    rejections: tuple[Rejection, ...]
    endings: tuple[Ending, ...]

    @property
    def place(self) -> Place:
        """What the `except` catches; all of it where it names nothing."""
        node = self.handler.kind or self.handler
        return Place(self.function.module.path, node.span)

    @property
    def whole(self) -> Place:
        """The `try` with all that belongs to it."""
        return Place(self.function.module.path, self.statement.span)

    @property
    def only_logs(self) -> bool:
        """Whether the `except` does nothing but write to a log, and end."""
        return only_logs(self.handler)

    @property
    def statuses(self) -> frozenset[int]:
        """What it answers with, where all of that is known and an error; else nothing."""
        return statuses(self.endings)

    @property
    def is_dropped(self) -> bool:
        """Whether it goes on, or answers as if nothing had been raised."""
        return not self.statuses

    @property
    def lost(self) -> tuple[Rejection, ...]:
        """The exceptions that are answered otherwise than they say, as far as nobody can have meant that."""
        return tuple(each for each in self.rejections if self._is_lost(each))

    def _is_lost(self, rejection: Rejection) -> bool:
        if self.is_dropped:
            return not rejection.path and self._is_plain
        if rejection.status is None or rejection.status in self.statuses or rejection.status >= SERVER_ERROR:
            return False
        return not rejection.path or _is_of_whatever(self.endings)

    @property
    def _is_plain(self) -> bool:
        """Whether it only logs, and once: in a loop the next item has its turn."""
        repeated = (isinstance(each, syntax.Loop) for each in syntax.around(self.function.body, self.handler))
        is_silent = all(each.how in ("returns", "goes on") for each in self.endings)
        return is_silent and self.only_logs and not any(repeated)


def _is_of_whatever(found: tuple[Ending, ...]) -> bool:
    """Whether an `except` answers as for any error: with a server error, or with the text of the error."""
    known = statuses(found)
    return bool(known) and (min(known) >= SERVER_ERROR or all(each.tells for each in found))


def interceptions(project: Project) -> Iterator[Interception]:
    """Every one in what runs for a request: routes, dependencies, and what they call."""
    if not project.mentioned(NAME):
        return
    answered = _answered(project)
    seen: set[Place] = set()
    for function in project.loop.reached:
        for each in project.quiet.said("interceptions", function):
            if function not in answered or each.place in seen:
                continue
            if not each.is_dropped or project.dependencies.is_of_route(each.function):
                seen.add(each.place)
                yield each


def interceptions_in(function: FunctionValue) -> Iterator[Interception]:
    """Those in one function; what drops exceptions is none unless it answers a route."""
    handlers = [(*each, endings(each[1], function.scope)) for each in _broad(function.scope)]
    if any(_found(function, handlers, exactly=False)):
        yield from _found(function, handlers, exactly=True)


def _found(function: FunctionValue, handlers: list[Known], *, exactly: bool) -> Iterator[Interception]:
    scope = function.scope
    own = tuple(each.body for each, _, ways in handlers if ways)
    calls = tuple(each.body for each, _, ways in handlers if _is_of_whatever(ways))
    if not own:
        return
    raised = scope.project.loop.escapes.inside((function, ()), own, calls, exactly=exactly)
    ended = [(each, _handler(node, each, scope)) for node, each in raised]
    for statement, handler, ways in handlers:
        rejections = tuple(each for each, at in ended if at is handler)
        each = Interception(scope, statement, handler, rejections, ways)
        if ways and each.lost and not asks(handler, scope):
            yield each


def _broad(scope: FunctionScope) -> Iterator[tuple[syntax.Try, syntax.Handler]]:
    """Every `except Exception` of a function, and the `try` that it belongs to."""
    for statement in scope.statements():
        if isinstance(statement, syntax.Try):
            yield from ((statement, each) for each in statement.handlers if _is_broad(each.kind))


def _answered(project: Project) -> frozenset[FunctionValue]:
    """The functions whose `HTTPException`s FastAPI makes an answer of: not those of tasks and streams."""
    routes = (each.handler for each in project.application.routes if not each.is_websocket)
    found = dict.fromkeys([*routes, *(each.handler for each in project.dependencies.dependencies)])
    queue = deque(found)
    while queue:
        for edge in project.loop.edges_of(queue.popleft()):
            callee = edge.callee
            if callee is None or callee in found or callee.scope.node.is_generator:
                continue
            if edge.how not in ("schedules", "starts"):
                found[callee] = None
                queue.append(callee)
    return frozenset(found)


def _is_broad(kind: syntax.Expr | None) -> bool:
    if isinstance(kind, syntax.Collection):
        return any(map(_is_broad, kind.items))
    return kind is None or (isinstance(kind, syntax.Ref) and kind.path.rpartition(".")[2] in BROAD)


def _handler(node: syntax.Node, rejection: Rejection, scope: FunctionScope) -> syntax.Handler | None:
    """The `except Exception` that is the first to get what is raised in a function."""
    for outer in reversed([*syntax.around(scope.body, node)]):
        if not isinstance(outer, syntax.Try):
            if would_catch(outer, node, scope.frame, rejection.cls):
                return None
            continue
        handler = catching_handler(outer, node, scope, rejection)
        if any(isinstance(each, syntax.Return) for each in outer.final):
            return None
        if handler is not None and not raises_again(handler):
            return handler if _is_blind(handler, scope) else None
    return None


def _is_blind(handler: syntax.Handler, scope: FunctionScope) -> bool:
    """Whether an `except` is for whatever there is, and so perhaps not for an `HTTPException`."""
    kind = handler.kind
    kinds = kind.items if isinstance(kind, syntax.Collection) else () if kind is None else (kind,)
    caught = [Expression(each, scope.frame).external() for each in kinds]
    if not caught:
        return True
    classes = scope.project.inference.classes
    is_named = any(classes.descends(External(each), *EXCEPTIONS) for each in caught)
    return "" not in caught and not is_named and any(each in BROAD_CLASSES for each in caught)
