"""What a function's own body calls: other functions of the project, and what blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.knowledge import Blocking
from fastlint.model.callees import Callees
from fastlint.model.calling import made
from fastlint.model.calls import last_name
from fastlint.model.conditions import Case, counts
from fastlint.model.edge import Edge
from fastlint.model.expression import Expression
from fastlint.model.handed import HANDING, entering, handed
from fastlint.model.handing import Handing
from fastlint.model.judging import gives_no_awaitable
from fastlint.model.kinds import given_kind
from fastlint.model.left import is_for_other_loop, is_for_thread
from fastlint.model.memo import Memo, traced_property
from fastlint.model.plaindata import name_of
from fastlint.model.protocols import Protocols
from fastlint.model.routing import RESPONSE
from fastlint.model.running import OnTheLoop, asks
from fastlint.model.schemas import validating
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.unreachable import AsWritten
from fastlint.model.uses import (
    Use,
    entries,
    iterations,
    membership_uses,
    property_uses,
    subscript_uses,
    truth_uses,
    uses,
)
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Manager,
    Partial,
    Value,
)
from fastlint.model.waiting import is_given_work

if TYPE_CHECKING:
    from fastlint.model.project import Project

COLLECTING = (
    "list", "tuple", "set", "dict", "sorted", "sum", "max", "min", "any", "all", "next", "enumerate",
    "zip", "map", "filter", "frozenset", "len",
)  # fmt: skip
ITERATORS = frozenset((*(f"builtins.{name}" for name in COLLECTING), "csv.DictReader", "csv.reader"))
JOINING = ("join", "extend")
"""Methods of texts and lists that go through what they are given."""

LOADED = ("items", "keys", "split")
"""Methods that give what is loaded."""

WAITING = "blocking-wait"
"""The rule of what waits for other threads and processes."""


class Edges:
    """Finds them, once for each function."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.inference = project.inference
        self.of = Memo(project.grounds, self._find)
        self.callees = Callees(project)
        self.protocols = Protocols(project)
        self.handing = Handing(project, self.callees.differs, self.callees.may_give_awaitable)
        self._validating = Memo(project.grounds, self._find_validating)
        self._handlers: dict[Scope, tuple[syntax.Handler, ...]] = {}

    @traced_property
    def _knows_entries(self) -> bool:
        """Whether a class of the project may have entries."""
        return any(self.project.mentioned(name) for name in ("__getitem__", "__setitem__", "__delitem__"))

    @traced_property
    def _answers(self) -> tuple[bool, bool]:
        """Whether a class of the project may say what is in it, and whether it is true."""
        holds, counts, asks = map(self.project.mentioned, ("__contains__", "__len__", "__bool__"))
        return bool(holds), bool(counts or asks)

    def _find(self, function: FunctionValue) -> tuple[Edge, ...]:
        return self._marked(function.scope, [*self._find_edges(function)])

    def _find_validating(self, cls: ClassValue) -> tuple[FunctionValue, ...]:
        """What runs when an object of a model is made, beside its constructor."""
        if not self.inference.classes.descends(cls, "pydantic.BaseModel"):
            return ()
        schema = self.project.schemas.schema(cls)
        return (
            ()
            if schema is None
            else tuple(each for each in validating(schema) if each.scope.name[:2] != "__")
        )

    def is_caught(self, edge: Edge) -> bool:
        """Whether the function makes the call only in an `except`."""
        scope = edge.call.scope
        known = self._handlers.get(scope)
        if known is None:
            tries = (each for each in scope.statements() if isinstance(each, syntax.Try))
            known = self._handlers[scope] = tuple(handler for each in tries for handler in each.handlers)
        return any(syntax.encloses(handler.body, edge.call.node) for handler in known)

    def _marked(self, scope: FunctionScope, edges: list[Edge]) -> tuple[Edge, ...]:
        """Those that may run, and those of them that are only reached where no loop runs marked as such."""
        written = AsWritten(scope) if edges else None
        if written is not None and written.rules_out:
            edges = [each for each in edges if written.reaches(each.use.call.node)]
        if not edges or not (asks(scope) or any(map(_asks_another, edges))):
            return tuple(edges)
        reaches = OnTheLoop(scope).reaches
        return tuple(replace(edge, is_off_loop=not reaches(edge.use.call.node)) for edge in edges)

    def _find_edges(self, function: FunctionValue) -> Iterator[Edge]:
        frame = self.inference.calling.frame(function, None)
        known = given_kind(frame)
        yield from self._repeated_edges(function.scope)
        for use in uses(frame):
            if known is not None and not known.reaches(use.call.node):
                continue
            if self._is_left(use, use.loop):
                continue
            if use.context == "awaited":
                yield from self._sent_edges(use)
            elif use.context == "argument":
                use = entering(use)
            values = self.callees.called(use.call)
            externals = [value for value in values if isinstance(value, External)]
            if externals and len(externals) == len(values):
                yield from self._external_edges(use, externals)
                if externals[0].name in HANDING:
                    yield from self._handed_edges(use)
                if externals[0].name in ITERATORS and use.call.args:
                    method = "__len__" if externals[0].name == "builtins.len" else "__iter__"
                    yield from self._iterated_edges(_first_argument(use), method)
                continue
            if use.call.args and last_name(use.call.func.node) in JOINING:
                yield from self._iterated_edges(_first_argument(use), "__iter__")
            if self.callees.is_anybodys(use.call):
                continue
            for value in self.callees.awaited(values) if use.context == "awaited" else values:
                yield from self._value_edges(use, value)
                if isinstance(value, FunctionValue):
                    yield from self._handed_in_edges(use, value)
        for use in property_uses(frame):
            if known is None or known.reaches(use.call.node):
                yield from self.protocols.property(use)
        for use, is_async in iterations(frame):
            if (known is None or known.reaches(use.call.node)) and not self._is_left(use, use.outer):
                if is_async:
                    yield from self.protocols.async_iterated(use)
                else:
                    yield from self._iterated_edges(use, "__iter__")
        for use in entries(frame):
            if known is None or known.reaches(use.call.node):
                yield from self._entered_edges(use)
        if self._knows_entries:
            for use, methods in subscript_uses(frame):
                if known is None or known.reaches(use.call.node):
                    yield from self.protocols.subscript(use, methods)
        is_asked_for_members, is_asked_for_truth = self._answers
        if is_asked_for_members:
            for use in membership_uses(frame):
                if known is None or known.reaches(use.call.node):
                    yield from self.protocols.membership(use)
        if is_asked_for_truth:
            for use in truth_uses(frame):
                if known is None or known.reaches(use.call.node):
                    yield from self.protocols.truth(use)

    def _is_left(self, use: Use, loop: syntax.Node | None) -> bool:
        """Whether it is done in a generator expression that a thread goes through."""
        if not isinstance(loop, syntax.Comprehension) or loop.kind != "generator":
            return False
        found = (each for node, each in use.call.scope.comprehensions if node is loop)
        return any(is_for_thread(Use(use.call.at(loop), *each[1:])) for each in found)

    def _repeated_edges(self, scope: FunctionScope) -> Iterator[Edge]:
        """A decorator that sleeps before it calls a plain function again."""
        if scope.node.is_async or scope.parent is None:
            return
        for node, name in zip(
            scope.node.decorators, self.inference.functions.decorator_names(scope), strict=False
        ):
            blocking = self.project.knowledge.blocking(f"{name}()")
            use = Use(Expression(node, scope.parent.frame), "other", None, scope.node)
            if blocking is not None and use.call.is_call and counts(Case(use, use.call, None), blocking):
                yield Edge(use, blocking=blocking, name=name, how="repeats")

    def _iterated_edges(self, use: Use, method: str) -> Iterator[Edge]:
        """What is run by going through something: a query of another package, an object of the project, what
        a generator does that was called elsewhere. `method` is the one that Python calls for it."""
        node = use.call.node
        if isinstance(node, syntax.Call) and _is_loaded(node.func):
            return
        found = use.call.values()
        names = [name_of(value) for value in found]
        if names and all(names):
            blocking = self.project.knowledge.blocking(f"{names[0]}.__iter__")
            if blocking is not None and self._counts(use, found[0], blocking):
                yield Edge(use, blocking=blocking, name=names[0], how="iterates")
            return
        for value in found:
            for callee in self.protocols.gone_through(use.call, value, method):
                if not callee.scope.node.is_async:
                    yield Edge(use, callee=callee, how="uses" if method == "__len__" else "iterates")

    def _counts(self, use: Use, value: Value, blocking: Blocking) -> bool:
        """Whether an entry means what is entered or gone through here."""
        instance = value if isinstance(value, Instance) else None
        made = None if instance is None else instance.site
        return counts(Case(use, made, instance), blocking) and not self._is_in_waiting(use, blocking)

    def _is_in_waiting(self, use: Use, blocking: Blocking) -> bool:
        """Whether it stands in the `with` of a pool that waits at its end: that is the finding."""
        if blocking.rule != WAITING:
            return False
        for statement in syntax.around(use.call.scope.body, use.call.node):
            for item in statement.items if isinstance(statement, syntax.With) else ():
                outer = Use(use.call.at(item.context), "entered", None, statement)
                for value in outer.call.values():
                    cls = value.external if isinstance(value, Instance) else ""
                    entry = self.project.knowledge.blocking(f"{cls}.__exit__") if cls else None
                    if entry is not None and entry.rule == WAITING and is_given_work(outer):
                        return True
        return False

    def _external_edges(self, use: Use, externals: list[External]) -> Iterator[Edge]:
        if use.context == "awaited" and not all(map(gives_no_awaitable, externals)):
            return
        found = [self.project.knowledge.blocking(value.name) for value in externals]
        first = found[0]
        if first is not None and all(entry is not None and entry.rule == first.rule for entry in found):
            case = Case(use, use.call, externals[0].receiver)
            is_meant = counts(case, first) and not self._is_in_waiting(use, first)
            if is_meant and not self._continues(use, first):
                yield Edge(use, blocking=first, name=externals[0].name)
                return
        if use.context == "entered":
            yield from self._library_enter_edges(use)

    def _sent_edges(self, use: Use) -> Iterator[Edge]:
        """The `receive` and `send` that an ASGI application puts in place of its own, and passes on.

        It is `await app(scope, receive, send)` in a coroutine function of the same three parameters
        (https://asgi.readthedocs.io/en/latest/specs/main.html#applications).
        """
        scope, node = use.call.scope, use.call.node
        is_passing = isinstance(node, syntax.Call) and len(node.args) == 3
        if not is_passing or not isinstance(scope, FunctionScope):
            return
        own = [each.name for each in scope.node.parameters[scope.owner is not None :]]
        first, *rest = use.call.args
        if len(own) != 3 or not isinstance(first.node, syntax.Ref) or first.node.path != own[0]:
            return
        for argument in rest:
            for value in argument.values():
                for each in value.functions if isinstance(value, Partial) else (value,):
                    if isinstance(each, FunctionValue) and each.scope.node.is_async:
                        yield Edge(use, callee=each, how="hands")

    def _entered_edges(self, use: Use) -> Iterator[Edge]:
        """What entering something by its name runs."""
        yield from self._library_enter_edges(use)
        for value in use.call.values():
            if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
                yield from self.protocols.entered(use, value)
            elif isinstance(value, Manager):
                for each in self.inference.functions.wrapped(value.function) or ():
                    yield Edge(use, callee=each, how="enters")

    def _library_enter_edges(self, use: Use) -> Iterator[Edge]:
        """What blocks in entering or leaving an object of another package."""
        if isinstance(use.statement, syntax.With) and use.statement.is_async:
            return
        for value in use.call.values():
            for name in ("__enter__", "__exit__"):
                cls = value.external if isinstance(value, Instance) else ""
                blocking = self.project.knowledge.blocking(f"{cls}.{name}")
                if blocking is not None and self._counts(use, value, blocking):
                    yield Edge(use, blocking=blocking, name=cls, how="enters")
                    return

    def _handed_edges(self, use: Use) -> Iterator[Edge]:
        """The calls of a function that is handed to what calls it here."""
        found = handed(use, _is_consumed(use))
        if found is None:
            return
        how, given = found
        for value in given.values():
            for each in value.functions if isinstance(value, Partial) else (value,):
                blocking = self.project.knowledge.blocking(each.name) if isinstance(each, External) else None
                if blocking is not None and isinstance(each, External):
                    yield Edge(use, blocking=blocking, name=each.name, how=how)
                elif isinstance(each, FunctionValue) and each.scope.node.is_async is (how == "starts"):
                    edges = self._function_edges(use._replace(context="statement"), each)
                    yield from (replace(edge, use=use, how=how, site=None) for edge in edges)

    def _handed_in_edges(self, use: Use, function: FunctionValue) -> Iterator[Edge]:
        """What a function of the project calls of what this call hands in, or has left with a partial."""
        if self.inference.functions.wrapped(function) != (function,):
            return
        partials = [each for each in use.call.func.values() if isinstance(each, Partial) and each.site]
        ways = [self.handing.of_partial(each) for each in partials] or [self.handing.run(function, use.call)]
        for value in (each for way in ways for each in way):
            if isinstance(value, FunctionValue):
                yield Edge(use, callee=value, how="hands")
            elif isinstance(value, External):
                blocking = self.project.knowledge.blocking(value.name)
                if blocking is not None and blocking.is_unconditional:
                    yield Edge(use, blocking=blocking, name=value.name, how="hands")

    def _continues(self, use: Use, blocking: Blocking) -> bool:
        """Whether it goes on with what a call of the same kind gave: that call is the finding."""
        return any(
            (entry := self.project.knowledge.blocking(name)) is not None and entry.rule == blocking.rule
            for call in use.call.func.calls()
            for name in call.func.externals()
        )

    def _value_edges(self, use: Use, value: Value) -> Iterator[Edge]:
        match value:
            case FunctionValue():
                yield from self._function_edges(use, value)
            case ClassValue():
                instance = made(value, use.call)
                is_response = self.inference.classes.descends(value, RESPONSE)
                for name in ("__new__", "__init__", "__post_init__", *(("render",) if is_response else ())):
                    method = self.inference.classes.method(instance, name)
                    if method is not None:
                        is_given = name in ("__new__", "__init__")
                        yield Edge(use, callee=method, site=use.call if is_given else None)
                yield from (Edge(use, callee=each) for each in self._validating(value))
                if use.context == "entered":
                    yield from self.protocols.entered(use, instance)
            case Instance() if value.external:
                blocking = self.project.knowledge.blocking(f"{value.external}.__call__")
                if blocking is not None and counts(Case(use, use.call, value), blocking):
                    yield Edge(use, blocking=blocking, name=value.external)
            case Instance():
                method = self.inference.classes.method(value, "__call__")
                if method is not None:
                    yield from self._function_edges(use, method)
            case Partial():
                for inner in value.functions:
                    yield from self._value_edges(use, inner)
            case _:
                pass

    def _function_edges(self, use: Use, function: FunctionValue) -> Iterator[Edge]:
        name = self.project.qualified(function.scope)
        if self.project.knowledge.own.is_offloading(name):
            return
        blocking = self.project.knowledge.own.blocking(name)
        if blocking is not None:
            yield Edge(use, blocking=blocking, name=name)
            return
        for each in self.inference.functions.wrapped(function) or self._unknown_wrapper(function):
            if self._runs(use, each):
                site = use.call if each.scope is function.scope else None
                yield Edge(use, callee=each, how=_how(use, each), site=site)

    def _unknown_wrapper(self, function: FunctionValue) -> tuple[FunctionValue, ...]:
        """A coroutine function runs on a loop whatever decorates it; of a plain one nothing is known."""
        return (function,) if function.scope.node.is_async else ()

    def _runs(self, use: Use, function: FunctionValue) -> bool:
        """Whether the call runs the body: that of a generator runs where it is iterated."""
        if (use.context != "assigned" or function.scope.node.is_async) and is_for_other_loop(use):
            return False
        if not function.scope.node.is_generator or function.scope.node.is_async:
            return True
        return use.context == "entered" or _is_consumed(use)


def _is_loaded(function: syntax.Expr) -> bool:
    """Whether it is one of `COLLECTING` or `LOADED`, by how it is spelled: most loops are over such."""
    is_name = isinstance(function, syntax.Ref) and function.path in (*COLLECTING, "range", "reversed")
    return is_name or last_name(function) in LOADED


def _asks_another(edge: Edge) -> bool:
    """Whether a function that is called for a test asks whether a loop is running."""
    is_test = edge.use.context in ("tested", "assigned")
    return is_test and edge.callee is not None and asks(edge.callee.scope)


def _how(use: Use, function: FunctionValue) -> str:
    node = function.scope.node
    if not node.is_generator or node.is_async:
        return "calls"
    return "enters" if use.context == "entered" else "iterates"


def _is_consumed(use: Use) -> bool:
    """Whether what a call gives is gone through in the same place."""
    outer = use.outer_call
    if isinstance(use.outer, syntax.Starred):
        return True
    if use.context != "argument" or outer is None:
        return use.context == "iterated"
    name = outer.func.external()
    return name in ITERATORS or last_name(outer.func.node) in JOINING


def _first_argument(use: Use) -> Use:
    """What a call goes through that it is given."""
    return Use(use.call.args[0], "iterated", None, use.statement, use.loop)
