"""Coroutines that nobody awaits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.callables import is_plain
from fastlint.model.callees import AWAITABLE
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.narrowing import admits
from fastlint.model.outcomes import FAILING, HARMLESS, direct_outcome, kept_outcome, reading_of
from fastlint.model.plainhandlers import PlainHandler, next_of
from fastlint.model.returns import returned
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.uses import Use, uses
from fastlint.model.values import ClassValue, Coroutine, External, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

ASYNC_ITERATORS = frozenset(
    f"{module}.Async{kind}"
    for module in ("collections.abc", "typing")
    for kind in ("Generator", "Iterable", "Iterator")
)


CALL_NEXT = External("starlette.middleware.base.RequestResponseEndpoint")
"""What a middleware goes on to the application with."""


@dataclass(frozen=True, slots=True)
class Unawaited:
    """A call that makes a coroutine which is used as if it were its result.

    `outcome` is what becomes of it: the context of the call, or of the name that it is bound to, which is
    `unread` where nothing reads that. `is_direct` says that it is that of the call itself. `function` is None
    in the body of a module. `needed_at` is where the caller of the function needs the result, if that is what
    shows it.
    """

    call: Expression
    coroutine: Coroutine
    function: FunctionScope | None
    outcome: str
    is_direct: bool
    needed_at: Place | None = None

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def name(self) -> str:
        """How the code calls what makes the coroutine."""
        return self.call.func.text()

    @property
    def fails(self) -> bool:
        """Whether Python can only raise an exception there."""
        return self.is_direct and self.outcome in FAILING

    @property
    def is_of_guard(self) -> bool:
        """Whether it is what a dependency gives of which nobody reads the result: it is there to refuse."""
        if self.function is None or self.outcome != "returned":
            return False
        injections = self.call.project.dependencies.injections_of(self.function)
        return bool(injections) and all(each.is_discarded for each in injections)


def unawaited(project: Project) -> Iterator[Unawaited]:
    """Every such call in the functions that a request can run, and every statement that is one.

    Not those of a handler that cannot await them because it is a plain function: that is what is wrong there.
    """
    seen: set[Place] = set()
    plain = {(each.function, name) for each in project.subjects(PlainHandler) for name in each.awaitable}
    for function in project.loop.reached:
        for each in project.quiet.said("unawaited", function):
            if each.place not in seen and (each.function, each.name) not in plain:
                seen.add(each.place)
                yield each
    yield from _of_middleware(project)
    yield from _statements(project)


def unawaited_in(function: FunctionValue, is_handler: bool) -> Iterator[Unawaited]:
    """Those in one function; `is_handler` where the framework takes what it returns."""
    frame = function.scope.project.inference.calling.frame(function, None)
    for use in uses(frame):
        yield from _handed_back(use, is_handler)
        if use.context in HARMLESS or (use.context == "returned" and not is_handler):
            continue
        coroutine = coroutine_of(use.call)
        if coroutine is not None:
            yield from _used(use, coroutine, is_handler)


def _used(use: Use, coroutine: Coroutine, is_handler: bool) -> Iterator[Unawaited]:
    """A call that makes a coroutine, where its function goes on as if that were the result."""
    direct = direct_outcome(use, is_handler)
    outcome = direct or kept_outcome(use, is_handler)
    if outcome:
        function = use.call.scope if isinstance(use.call.scope, FunctionScope) else None
        yield Unawaited(use.call, coroutine, function, outcome, bool(direct))


def _handed_back(use: Use, is_handler: bool) -> Iterator[Unawaited]:
    """Where the function that is called returns a coroutine in place of the result that its caller needs.

    That is an `async def`, which is awaited, or one that says that it gives something else.
    """
    if use.context in HARMLESS and use.context != "awaited":
        return
    callee = use.call.func.value()
    if not isinstance(callee, FunctionValue) or not _ends_with_a_call(callee.scope):
        return
    result: Use | None = use
    if callee.scope.node.is_async:
        reading = reading_of(use.outer, use.statement) if use.context == "awaited" else None
        result = None if reading is None else Use(use.call.at(reading.node), *reading[1:])
    elif not _says_otherwise(callee.scope):
        return
    if result is None or result.context in HARMLESS or (result.context == "returned" and not is_handler):
        return
    made = _returns(callee, use.call.project)
    if made and (direct_outcome(result, is_handler) or kept_outcome(result, is_handler)):
        for call, coroutine in made:
            yield Unawaited(call, coroutine, callee.scope, "returned", False, use.call.place)


def _ends_with_a_call(scope: FunctionScope) -> bool:
    last = scope.body[-1] if scope.body else None
    return isinstance(last, syntax.Return) and isinstance(last.value, syntax.Call) and not scope.is_lambda


def _says_otherwise(function: FunctionScope) -> bool:
    """Whether a plain function is annotated with what is no coroutine."""
    node, outer = function.node.returns, function.parent
    if node is None or outer is None:
        return False
    annotation = Expression(node, outer.frame)
    found = annotation.project.inference.annotations.annotated(annotation)
    classes = annotation.project.inference.classes
    return bool(found) and not any(
        isinstance(each, Instance) and classes.descends(each.cls, *AWAITABLE) for each in found
    )


def _returns(function: FunctionValue, project: Project) -> tuple[tuple[Expression, Coroutine], ...]:
    """The coroutines that a function makes to return them, where it returns nothing else."""
    if function.scope.node.is_generator or not is_plain(function, project) or _may_be_another(function):
        return ()
    calls = [each.value for each in returned(function)]
    made = [(call, coroutine_of(call) if call.is_call else None) for call in calls]
    found = tuple((call, coroutine) for call, coroutine in made if coroutine is not None)
    return found if len(found) == len(made) else ()


def _may_be_another(function: FunctionValue) -> bool:
    """Whether a subclass has a method of its own in its place."""
    receiver = function.receiver
    if not isinstance(receiver, Instance) or not isinstance(receiver.cls, ClassValue):
        return False
    if receiver.site is not None:
        return False
    below = receiver.cls.scope.project.subclasses(receiver.cls.scope)
    return any(function.scope.name in each.methods for each in below)


def _of_middleware(project: Project) -> Iterator[Unawaited]:
    """Where an asynchronous middleware does not await what `call_next` gives."""
    for scope in dict.fromkeys(
        each.function.scope for each in project.hooks.hooks if each.role == "middleware"
    ):
        name = next_of(scope) if scope.node.is_async else ""
        if not name or len(scope.bindings.get(name, ())) != 1:
            continue
        for use in uses(scope.frame):
            func = use.call.func.node
            if isinstance(func, syntax.Ref) and func.path == name and use.context not in HARMLESS:
                yield from _used(use, Coroutine(CALL_NEXT), is_handler=True)


def _statements(project: Project) -> Iterator[Unawaited]:
    """Statements that make a coroutine, in the functions that no request is seen to run.

    Those are looked for in the modules that import the framework and in those of what a request runs.
    """
    reached: set[Scope] = {function.scope for function in project.loop.reached}
    known = (name.rpartition(".")[2] for table in project.knowledge.tables for name in table.coroutines)
    names = {*known}  # for most calls it is enough to look at theirs
    calls: list[Expression] = []
    for scope in (scope for module in project.service for scope in module.within()):
        if isinstance(scope, FunctionScope) and scope.node.is_async:
            names.add(scope.name)
        for statement in scope.statements():
            if type(statement) is syntax.Import and statement.name:
                names.add(statement.alias or statement.name)
            elif _calls_a_name(statement) and not (scope in reached or _is_quiet(scope)):
                assert isinstance(statement, syntax.Evaluate)
                calls.append(Expression(statement.value, scope.frame))
    for call in calls:
        coroutine = coroutine_of(call) if last_name(call.func.node) in names and call.values() else None
        if coroutine is not None:
            function = call.scope if isinstance(call.scope, FunctionScope) else None
            yield Unawaited(call, coroutine, function, "statement", True)


def _is_quiet(scope: Scope) -> bool:
    return isinstance(scope, FunctionScope) and scope.project.quiet.reaches(scope.place)


def _calls_a_name(statement: syntax.Statement) -> bool:
    """What `make().run()` calls takes long to find out, for as little as there is to be found."""
    node = statement.value if type(statement) is syntax.Evaluate else None
    return type(node) is syntax.Call and type(node.func) is syntax.Ref


def coroutine_of(call: Expression) -> Coroutine | None:
    """The coroutine that a call makes, when whatever it may call makes one."""
    inference = call.project.inference
    callees = call.func.values()
    outside = (each.name for each in callees if isinstance(each, External))
    if not all(map(inference.knowledge.is_coroutine, outside)):
        return None
    if not call.values():
        callees = call.project.last_resort.callee(call)
    elif not call.func.is_whole:
        return None  # it is chosen at run time, and only some of the choices are known
    made = [inference.calling.call(callee, call) for callee in callees]
    values = [value for each in made for value in each]
    coroutines = [value for value in values if isinstance(value, Coroutine) and value.certain]
    if not coroutines or len(coroutines) < len(values) or not all(made):
        return None
    if any(map(may_be_overridden, callees)) or not all(admits(call.func, each) for each in callees):
        return None
    return coroutines[0]


def may_be_overridden(callee: Value) -> bool:
    """Whether a subclass has an ordinary function or a generator in place of a coroutine method.

    An abstract method without a `yield` makes a coroutine. Where it is annotated as an iterator, its author
    means the generators that implement it, be they in this project or in others.
    """
    if not isinstance(callee, FunctionValue) or not isinstance(callee.receiver, Instance):
        return False
    cls = callee.receiver.cls
    if callee.receiver.site is not None or not isinstance(cls, ClassValue):
        return False
    name = callee.scope.name
    if _is_declared_as_iterator(callee.scope):
        return True
    overriding = (each.methods.get(name) for each in cls.scope.project.subclasses(cls.scope))
    return any(
        method is not None and (method.node.is_generator or not method.node.is_async) for method in overriding
    )


def _is_declared_as_iterator(method: FunctionScope) -> bool:
    node = method.node.returns
    named = node.value if isinstance(node, syntax.Subscript) else node
    if (
        named is None
        or method.parent is None
        or not method.project.inference.contracts.is_abstract_method(method)
    ):
        return False
    return Expression(named, method.parent.frame).external() in ASYNC_ITERATORS
