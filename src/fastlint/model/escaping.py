"""The `HTTPException`s that get out of a function: its own, and those of what it calls, at any depth."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place, Step
from fastlint.index import syntax
from fastlint.model.catching import catches, would_catch
from fastlint.model.edge import Edge
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo
from fastlint.model.refusals import EXCEPTIONS, status_of
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.asked import Running
    from fastlint.model.project import Project

LONGEST = 8
BUILTIN = frozenset(name for name in dir(builtins) if name.endswith(("Error", "Exception")))
Blocks = tuple[tuple[syntax.Statement, ...], ...] | None
FOLLOWED = ("calls", "reads")


@dataclass(frozen=True, slots=True)
class Rejection:
    """An `HTTPException` that a function raises itself, or through the calls of `path`, outermost first."""

    raised: Expression
    exception: Instance
    path: tuple[Edge, ...] = ()

    @property
    def status(self) -> int | None:
        """The status that it answers with; None when that is not known."""
        return status_of(self.exception)

    @property
    def place(self) -> Place:
        """Where it is raised."""
        return self.raised.place

    @property
    def cls(self) -> External | ClassValue:
        """The class that is raised."""
        return self.exception.cls

    @property
    def name(self) -> str:
        """How a person would write it: `HTTPException(404)`."""
        cls = self.cls
        name = cls.scope.name if isinstance(cls, ClassValue) else cls.name.rpartition(".")[2]
        return f"{name}({self.status or '...'})" if isinstance(cls, External) else name

    @property
    def trace(self) -> tuple[Step, ...]:
        """The calls that lead to it, and the `raise`."""
        calls = tuple(Step(f"{_label(each)} calls {each.text}", each.call.place) for each in self.path)
        return (*calls, Step(f"`{self.name}` is raised here", self.place))


def _label(edge: Edge) -> str:
    scope = edge.call.scope
    return f"{scope.label}()" if isinstance(scope, FunctionScope) else "it"


class Escapes:
    """Finds them. What arguments decide is only looked at where that is asked for: it takes longer."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.may_raise = Memo(project.grounds, self._find_may_raise, within=lambda _: False)
        self._out = Memo(project.grounds, self._find, within=lambda _: ())
        self._own = Memo(project.grounds, _raised)

    def inside(
        self, function: Running, own: Blocks = None, calls: Blocks = None, *, exactly: bool
    ) -> Iterator[tuple[syntax.Node, Rejection]]:
        """What a function's own code raises, or something that it calls there, and where.

        `own` are the blocks whose `raise`s count, `calls` those whose calls do; None for all of it.
        `exactly` leaves out what the arguments of the calls rule out.
        """
        view = self.project.loop.asked.view(*function) if function[1] else None
        for each in self._own(function[0]):
            if _is_in(each.raised.node, own) and (view is None or view.reaches(each.raised.node)):
                yield each.raised.node, each
        for edge in () if calls == () else self.project.loop.edges.of(function[0]):
            node = edge.call.node
            if _is_in(node, calls) and self._may_come(edge) and (view is None or view.reaches(node)):
                yield from ((node, each) for each in self._through(function, edge, exactly))

    def _through(self, function: Running, edge: Edge, exactly: bool) -> Iterator[Rejection]:
        """What gets out of a callee, each kind of answer once, by the shortest way."""
        assert edge.callee is not None
        callee = self.project.loop.asked.called(function, edge) if exactly else (edge.callee, ())
        for each in self._out((callee, exactly)):
            if len(each.path) < LONGEST:
                yield Rejection(each.raised, each.exception, (edge, *each.path))

    def _find(self, asked: tuple[Running, bool]) -> tuple[Rejection, ...]:
        function, exactly = asked
        inside = self.inside(function, exactly=exactly)
        kinds: dict[object, Rejection] = {}
        for each in sorted(
            (each for node, each in inside if _gets_out(function[0], node, each)), key=_distance
        ):
            kinds.setdefault((each.cls, each.status), each)
        return tuple(kinds.values())

    def _find_may_raise(self, function: FunctionValue) -> bool:
        """Whether a function, or one that it calls, raises any, caught or not."""
        return bool(self._own(function)) or any(map(self._may_come, self.project.loop.edges.of(function)))

    def _may_come(self, edge: Edge) -> bool:
        return edge.callee is not None and _is_followed(edge, edge.callee) and self.may_raise(edge.callee)


def _distance(rejection: Rejection) -> int:
    return len(rejection.path)


def _is_in(node: syntax.Node, blocks: Blocks) -> bool:
    return blocks is None or any(syntax.encloses(block, node) for block in blocks)


def _is_followed(edge: Edge, callee: FunctionValue) -> bool:
    """Whether what the callee raises comes out of the call."""
    if edge.how not in FOLLOWED or edge.is_off_loop:
        return False
    node = callee.scope.node
    if node.is_generator:
        return False
    return not node.is_async or edge.use.context == "awaited"


def _raised(function: FunctionValue) -> tuple[Rejection, ...]:
    """What a function's own `raise`s raise, as far as that is an `HTTPException`."""
    frame = function.scope.project.inference.calling.frame(function, None)
    return tuple(
        Rejection(value, instance)
        for node in function.scope.statements()
        if isinstance(node, syntax.Raise) and node.value is not None and not _is_builtin(node.value)
        for value in [Expression(node.value, frame)]
        for instance in _exceptions(value)[:1]
    )


def _is_builtin(value: syntax.Expr) -> bool:
    """Whether a raised exception is one of Python's, by its name: most are."""
    made = value.func if isinstance(value, syntax.Call) else value
    return isinstance(made, syntax.Ref) and made.path in BUILTIN


def _exceptions(value: Expression) -> tuple[Instance, ...]:
    """The `HTTPException`s that an expression gives: of a function that makes them, where it makes them."""
    found = value.instances(*EXCEPTIONS)
    if not value.is_call or all(each.site is not None for each in found):
        return found
    inference = value.project.inference
    returned = (
        each
        for function in value.func.values()
        if isinstance(function, FunctionValue)
        for each in inference.functions.body_returns(function.scope, inference.calling.frame(function, value))
    )
    made = [each for each in returned if isinstance(each, Instance) and each.site is not None]
    return tuple(each for each in made if inference.classes.descends(each.cls, *EXCEPTIONS)) or found


def _gets_out(function: FunctionValue, node: syntax.Node, rejection: Rejection) -> bool:
    """Whether nothing in a function may catch what is raised there, or what does raises it again."""
    scope = function.scope
    for outer in reversed([*syntax.around(scope.body, node)]):
        if isinstance(outer, syntax.Try):
            handler = catching_handler(outer, node, scope, rejection)
            if handler is not None and not raises_again(handler):
                return False
            if any(isinstance(each, syntax.Return) for each in outer.final):
                return False
        elif would_catch(outer, node, scope.frame, rejection.cls):
            return False
    return True


def catching_handler(
    outer: syntax.Try, node: syntax.Node, function: FunctionScope, rejection: Rejection
) -> syntax.Handler | None:
    """The `except` of a `try` that gets an exception which is raised in it, or may get it."""
    if not syntax.encloses(outer.body, node):
        return None
    caught = (each for each in outer.handlers if catches(each.kind, function.frame, rejection.cls))
    return next(caught, None)


def raises_again(handler: syntax.Handler) -> bool:
    """Whether an `except` certainly ends by raising what it caught."""
    last = handler.body[-1] if handler.body else None
    return isinstance(last, syntax.Raise) and is_again(last, handler)


def is_again(statement: syntax.Raise, handler: syntax.Handler) -> bool:
    """Whether a `raise` in an `except` raises what that caught."""
    value = statement.value
    return value is None or (isinstance(value, syntax.Ref) and value.path == handler.name)
