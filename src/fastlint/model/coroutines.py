"""Coroutines that nobody awaits, and clients that do not survive the loop they are run on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.injections import Injection
from fastlint.model.scopes import Frame, FunctionScope, ModuleScope
from fastlint.model.uses import Use, name_uses, uses
from fastlint.model.values import Coroutine, External, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

ALWAYS_WRONG = frozenset({"statement", "tested", "compared", "iterated", "receiver", "formatted"})
HARMLESS = frozenset({"awaited", "entered", "raised", "yielded", "target", "other"})
"""What becomes of a call where nothing is wrong if it makes a coroutine, or nothing is known to be."""

COROUTINE_METHODS = frozenset({"send", "throw", "close", "cr_frame", "cr_running", "cr_await", "cr_code"})
CONSUMERS = frozenset(
    {
        *(
            f"builtins.{name}"
            for name in ("len", "str", "list", "tuple", "set", "dict", "sorted", "sum", "bool")
        ),
        *(f"builtins.{name}" for name in ("int", "float", "max", "min", "any", "all", "enumerate", "zip")),
        "json.dumps",
        "starlette.responses.JSONResponse",
        "starlette.responses.Response",
        "starlette.responses.HTMLResponse",
        "starlette.responses.PlainTextResponse",
    }
)
SHARED_CLIENTS = ("httpx.AsyncClient", "aiohttp.ClientSession")


@dataclass(frozen=True, slots=True)
class Unawaited:
    """A call that makes a coroutine which is used as if it were its result.

    `outcome` is what becomes of it: the context of the call, or of the name that it is bound to.
    """

    call: Expression
    coroutine: Coroutine
    function: FunctionScope
    outcome: str

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def name(self) -> str:
        """How the code calls what makes the coroutine."""
        return self.call.func.text()


@dataclass(frozen=True, slots=True)
class OwnLoop:
    """A loop that a `def` handler starts around a client which the whole application shares."""

    call: Expression
    client: Expression

    @property
    def place(self) -> Place:
        return self.call.place


def unawaited(project: Project) -> Iterator[Unawaited]:
    """Every such call in the functions that a request can run, once each."""
    handlers = {route.function for route in project.application.routes}
    returns = {
        each.function
        for each in project.dependencies.dependencies
        if not any(_is_awaited(injection) for injection in each.injections)
    }
    seen: set[Place] = set()
    for function in project.loop.reached:
        frame = project.inference.calling.frame(function, None)
        for use in uses(frame):
            if use.context in HARMLESS:
                continue
            coroutine = _coroutine(use.call)
            if coroutine is None or use.call.place in seen:
                continue
            outcome = _outcome(use, frame, function.scope in handlers or function.scope in returns)
            if outcome:
                seen.add(use.call.place)
                yield Unawaited(use.call, coroutine, function.scope, outcome)


def _coroutine(call: Expression) -> Coroutine | None:
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
    return coroutines[0] if coroutines and len(coroutines) == len(values) and all(made) else None


def _outcome(use: Use, frame: Frame, is_handler: bool) -> str:
    """What makes it wrong, or '' where it may be right."""
    if use.context == "receiver":
        outer = use.outer
        harmless = isinstance(outer, syntax.Attribute) and outer.name in COROUTINE_METHODS
        return "" if harmless or isinstance(outer, syntax.Call) else "receiver"
    if use.context in ALWAYS_WRONG:
        return use.context
    if use.context == "argument":
        return "argument" if _is_consumed(use.outer, frame) else ""
    if is_handler and use.context == "returned":
        return "returned"
    if use.context == "collected" and is_handler and isinstance(use.statement, syntax.Return):
        return "returned" if use.statement.value is use.outer else ""
    if use.context == "assigned" and isinstance(use.statement, syntax.Assign) and use.outer is None:
        return _named_outcome(use.statement, frame, is_handler)
    return ""


def _named_outcome(statement: syntax.Assign, frame: Frame, is_handler: bool) -> str:
    """What becomes of a name that holds the coroutine, when every reading of it is wrong."""
    target = statement.targets[0]
    if len(statement.targets) != 1 or not isinstance(target, syntax.Ref) or "." in target.path:
        return ""
    name = target.path
    if len(frame.scope.bindings.get(name, ())) != 1 or _is_captured(frame, name):
        return ""
    outcomes: list[str] = []
    for node, context, outer in name_uses(frame, name):
        if context == "argument":
            context = "argument" if _is_consumed(outer, frame) else "passed"
        if context == "receiver" and node.path.rpartition(".")[2] in COROUTINE_METHODS:
            context = "passed"
        wrong = context in ALWAYS_WRONG or context == "argument" or (context == "returned" and is_handler)
        if not wrong:
            return ""
        outcomes.append(context)
    return outcomes[0] if outcomes else ""


def _is_captured(frame: Frame, name: str) -> bool:
    """Whether a nested function may await the name."""
    scope = frame.scope
    inner = [*scope.functions(), *(scope.lambdas if isinstance(scope, FunctionScope) else ())]
    return any(True for each in inner for _ in name_uses(each.frame, name))


def _is_consumed(outer: object, frame: Frame) -> bool:
    """Whether a call takes its argument for a value."""
    if not isinstance(outer, syntax.Call):
        return False
    return Expression(outer.func, frame).external() in CONSUMERS


def _is_awaited(injection: Injection) -> bool:
    """Whether the function that gets what a dependency returns awaits it."""
    if injection.function is None or injection.parameter is None:
        return False
    readings = name_uses(injection.function.frame, injection.parameter.name)
    return any(context in ("awaited", "argument") for _, context, _ in readings)


def own_loops(project: Project) -> Iterator[OwnLoop]:
    """`asyncio.run` in functions that run in a thread, around a client that is made once for all."""
    on_loop = set(project.loop.functions)
    for function in project.loop.reached:
        if function in on_loop or function.scope.node.is_async:
            continue
        for use in uses(project.inference.calling.frame(function, None)):
            if use.call.func.external() != "asyncio.run" or not use.call.args:
                continue
            client = _shared_client(use.call.args[0], 0)
            if client is not None:
                yield OwnLoop(use.call, client)


def _shared_client(coroutine: Expression, depth: int) -> Expression | None:
    """The client of the whole application that a coroutine uses."""
    if not isinstance(coroutine.node, syntax.Call) or depth > 3:
        return None
    for value in coroutine.func.values():
        receiver = value.receiver if isinstance(value, External) else None
        site = receiver.site if receiver is not None and receiver.external in SHARED_CLIENTS else None
        if site is not None and isinstance(site.scope, ModuleScope):
            return site
        if isinstance(value, FunctionValue):
            frame = coroutine.project.inference.calling.frame(value, None)
            for use in uses(frame):
                found = _shared_client(use.call, depth + 1)
                if found is not None:
                    return found
    return None
