"""Coroutine functions that are handed to what calls them and awaits nothing: they never run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import Reading, readings
from fastlint.model.calls import last_name
from fastlint.model.coroutines import coroutine_of, may_be_overridden
from fastlint.model.expression import Expression
from fastlint.model.hooks import TASKS
from fastlint.model.narrowing import admits
from fastlint.model.outcomes import FAILING
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.service import service_calls
from fastlint.model.uses import Use, name_uses
from fastlint.model.values import Coroutine, External, FunctionValue, Instance, Partial, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

TASK_METHODS = frozenset(("add_task", "BackgroundTask"))


@dataclass(frozen=True, slots=True)
class Unrun:
    """A call that is `given` what makes a coroutine, and leaves it at that.

    `caller` is the dotted name of what is called. `is_task` says that it is a background task: those await
    coroutine functions, but not what a lambda gives. `is_made` says that it is given the coroutine itself,
    where it takes a function.
    """

    use: Use
    given: Expression
    caller: str
    is_task: bool = False
    is_made: bool = False

    @property
    def call(self) -> Expression:
        """The call that is given it."""
        return self.use.call

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def function(self) -> FunctionScope | None:
        """The function that makes the call."""
        return self.call.scope if isinstance(self.call.scope, FunctionScope) else None

    @property
    def made(self) -> Expression | None:
        """The call that makes the coroutine, in a lambda or where it is given."""
        return self.given if self.is_made else _lambda_result(self.given)

    @property
    def name(self) -> str:
        """How the code calls what makes the coroutine."""
        made = self.made
        if made is not None and made.is_call:
            return made.func.text()
        if self.given.is_call and self.given.args:
            return self.given.args[0].text()  # of a partial
        return self.given.text()

    @property
    def is_awaited(self) -> bool:
        """Whether what the call gives is awaited."""
        return self.use.context == "awaited"

    @property
    def fails(self) -> bool:
        """Whether Python or FastAPI can only fail on what awaiting the call gives."""
        if self.is_made:
            return True
        result = _result(self.use)
        if result is None:
            return False
        is_answer = self.function is not None and self.call.project.dependencies.is_of_route(self.function)
        return result.context in FAILING or (result.context == "returned" and is_answer)


def unrun(project: Project) -> Iterator[Unrun]:
    """Every such call in the code of the service."""
    knowledge = project.knowledge
    for use in service_calls(project, knowledge.caller_names | TASK_METHODS):
        callees = use.call.func.values()
        names = [_name(each, project) for each in callees]
        if not names or "" in names:
            continue
        is_task = all(_is_task(each, project) for each in callees)
        arguments = {("func", 0) if is_task else knowledge.called_argument(name) for name in names}
        argument = arguments.pop() if len(arguments) == 1 else None
        given = None if argument is None else use.call.argument(*argument)
        if given is None:
            continue
        if _is_coroutine(given):
            yield Unrun(use, given, names[0], is_task, is_made=True)
        elif not _makes_coroutine(given) or (is_task and not _is_lambda(given)):
            continue
        elif not _is_awaited_later(use):
            yield Unrun(use, given, names[0], is_task)


def _name(callee: Value, project: Project) -> str:
    """The dotted name of what is called; '' for what is none and for a function of which nothing is said."""
    if isinstance(callee, External):
        return callee.name
    name = project.qualified(callee.scope) if isinstance(callee, FunctionValue) else ""
    return name if project.knowledge.own.called_argument(name) is not None else ""


def _is_task(value: Value, project: Project) -> bool:
    if not isinstance(value, External):
        return False
    owner, _, method = value.name.rpartition(".")
    if value.receiver is None:
        return value.name in TASKS
    return method == "add_task" and project.knowledge.is_subclass(owner, *TASKS)


def _is_lambda(given: Expression) -> bool:
    return isinstance(given.node, syntax.Lambda)


def _is_coroutine(given: Expression) -> bool:
    """Whether it is the call of a coroutine function, where that itself is to be given."""
    if not given.is_call or not _may_be_coroutine_function(given.func):
        return False
    return coroutine_of(given) is not None


def _makes_coroutine(given: Expression) -> bool:
    """Whether calling it gives a coroutine and does nothing else, whatever it stands for."""
    result = _lambda_result(given) if _is_lambda(given) else None
    if _is_lambda(given):
        return result is not None and result.is_call and _are_coroutine_functions(result.func)
    return _are_coroutine_functions(given)


def _are_coroutine_functions(given: Expression) -> bool:
    if not _may_be_coroutine_function(given):
        return False
    values = given.values()
    return (
        bool(values)
        and given.is_whole
        and all(_is_coroutine_function(each, given) and admits(given, each) for each in values)
    )


def _may_be_coroutine_function(given: Expression) -> bool:
    """Whether there is a coroutine function of its name, beside the one that hands it over.

    Of many objects it takes long to find out what they are: `self.client.fetch` in `async def fetch` is what
    that puts in a thread, and what a property `client` gives is the longest to find out.
    """
    node = given.node
    if not isinstance(node, syntax.Attribute) and not (isinstance(node, syntax.Ref) and "." in node.path):
        return True
    scope: Scope | None = given.scope
    while isinstance(scope, FunctionScope) and scope.is_lambda:
        scope = scope.parent
    own = given.project.coroutine_names.get(last_name(node))
    return own is not None and own != [scope] and not _is_of_property(node, scope)


def _is_of_property(node: syntax.Expr, scope: Scope | None) -> bool:
    """Whether it is an attribute of what a property of the same object gives."""
    if not isinstance(node, syntax.Ref) or not isinstance(scope, FunctionScope) or scope.owner is None:
        return False
    first, second, *rest = node.path.split(".")
    return bool(rest) and first == scope.receiver and second in scope.owner.methods


def _is_coroutine_function(value: Value, at: Expression) -> bool:
    project = at.project
    match value:
        case Partial():
            return bool(value.functions) and all(_is_coroutine_function(each, at) for each in value.functions)
        case FunctionValue():
            is_coroutine = value.scope.node.is_async and not value.scope.node.is_generator
            return is_coroutine and not may_be_overridden(value) and _stays_coroutine_function(value)
        case External():
            return project.knowledge.is_coroutine(value.name)
        case Instance():
            method = project.inference.classes.method(value, "__call__")
            return method is not None and _is_coroutine_function(method, at)
        case _:
            return False


def _stays_coroutine_function(function: FunctionValue) -> bool:
    """Whether its decorators leave it one that only makes a coroutine."""
    if function.bare or not function.scope.node.decorators:
        return True
    made = function.scope.project.inference.calling.call(function, None)
    return bool(made) and all(isinstance(each, Coroutine) and each.certain for each in made)


def _lambda_result(given: Expression) -> Expression | None:
    """What a lambda gives, as it is written."""
    inner = given.node.function if isinstance(given.node, syntax.Lambda) else None
    statement = inner.body[0] if inner is not None and inner.body else None
    if inner is None or not isinstance(statement, syntax.Return) or statement.value is None:
        return None
    return Expression(statement.value, given.scope.function(inner).frame)


def _is_awaited_later(use: Use) -> bool:
    """Whether someone awaits what the coroutine function gave, or looks whether that can be awaited."""
    result = _result(use)
    if result is None:
        return False
    if result.context == "argument" and isinstance(result.outer, syntax.Call):
        return _takes_awaitable(use.call.at(result.outer))
    if result.context != "assigned":
        return result.context == "awaited"
    targets = use.statement.targets if isinstance(use.statement, syntax.Assign) else ()
    names = [each.path for each in targets if isinstance(each, syntax.Ref)]
    read = [each for name in names for each in name_uses(use.call.frame, name.partition(".")[0])]
    return len(names) < len(targets) or any(
        each.context == "awaited" or (each.outer_call is not None and _takes_awaitable(each.outer_call))
        for each in read
    )


def _result(use: Use) -> Reading | None:
    """The `await` of a call, and what becomes of what that gives."""
    if use.context != "awaited":
        return None
    found = readings((use.statement,), syntax.Await)
    return next((each for each in found if each.node is use.outer), None)


def _takes_awaitable(call: Expression) -> bool:
    """Whether a function may do with a coroutine what is to be done with one; of one not known it may."""
    name = call.func.external()
    return not call.func.values() or name.partition(".")[0] in ("asyncio", "anyio", "inspect")
