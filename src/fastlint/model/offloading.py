"""Which calls of a coroutine function a thread can make for it, with an `await` in their place.

While a thread makes the call the function is suspended: other coroutines run, what it holds it holds
meanwhile, and it may be cancelled there. What the call works on is then used by another thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.expression import Expression
from fastlint.model.locks import LOCKS, Held, held
from fastlint.model.needing import needs_its_thread
from fastlint.model.repetition import OPENED
from fastlint.model.scopes import FunctionScope
from fastlint.model.threads import is_confined
from fastlint.model.torn import torn
from fastlint.model.uses import Use
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Partial

if TYPE_CHECKING:
    from fastlint.model.loop import LoopCall

ABORTING = ("builtins.BaseException", "asyncio.CancelledError", "anyio.get_cancelled_exc_class()")
BOUND = ("atomic", "transaction", "no_grad", "inference_mode", "lock", "mutex", "semaphore")
"""Parts of the names of contexts that hold for the thread that entered them."""

CALLABLE = (ClassValue, External, FunctionValue, Partial)


def movable(call: LoopCall) -> tuple[Use, ...]:
    """The call and those that repeat it, as far as a thread can make them; () where not even the first."""
    if call.how not in ("calls", "reads") or not call.blocking.thread or not call.function.node.is_async:
        return ()
    if whole(call) or meant_for(call.use) is not None or not _may_leave(call):
        return ()
    return (call.use, *filter(_is_movable, call.again)) if _is_movable(call.use) else ()


def whole(call: LoopCall) -> str:
    """What a thread should do in one go with the call; "" where the call alone is worth it.

    A thread that opens a file and nothing more leaves reading it to the loop, and one that logs in to a
    server leaves it the `with` that connects and says goodbye.
    """
    if call.use.context == "entered" or _is_of_waiting_with(call):
        return "the whole `with`"
    opened = call.use.call.values() if call.is_direct and call.use.call.is_call else ()
    is_file = any(isinstance(each, Instance) and each.external == OPENED for each in opened)
    return "all that the file is opened for" if is_file else ""


def meant_for(use: Use) -> Expression | None:
    """What is given the result of a call, and calls what it is given: `to_thread(fetch(url))`.

    None where that result is a function.
    """
    outer = use.outer_call
    if outer is None or not use.call.is_call:
        return None
    knowledge = use.call.project.knowledge
    arguments = [knowledge.called_argument(name) for name in outer.func.externals()]
    argument = ("func", 0) if outer.func.text().endswith(".add_task") else next(iter(arguments), None)
    given = None if argument is None else outer.argument(*argument)
    if given is None or given.node is not use.call.node:
        return None
    is_function = any(isinstance(each, CALLABLE) for each in use.call.values())
    return None if is_function else outer


def runner(call: LoopCall) -> str:
    """What hands a call to a thread in its file: what that uses already, else FastAPI's or Starlette's.

    Django's connections belong to one thread, which is that of `sync_to_async`
    (https://docs.djangoproject.com/en/stable/topics/async/#asgiref.sync.sync_to_async).
    """
    module = call.function.module
    if call.name.startswith("django."):
        return "asgiref.sync.sync_to_async"
    imports = [
        each for scope in module.within() for each in scope.statements() if isinstance(each, syntax.Import)
    ]
    packages = {each.module.partition(".")[0] for each in imports if not each.level}
    known = {f"{each.module}.{each.name}" for each in imports}
    offered = [f"{package}.concurrency.run_in_threadpool" for package in ("fastapi", "starlette")]
    used = next((each for each in offered if each in known), None)
    if used is not None:
        return used
    if "to_thread" in module.project.calls.module(module):
        return "asyncio.to_thread"
    return next((each for each in offered if each.partition(".")[0] in packages), "asyncio.to_thread")


def can_suspend(use: Use) -> bool:
    """Whether the function may be suspended at a call: nothing that it holds would be in the way."""
    node, scope = use.call.node, use.call.scope
    if any(_is_held_over(node, each) and _is_bound(each.lock) for each in held(use.call.frame)):
        return False
    return not any(
        _is_bound(use.call.at(item.context))
        for statement in syntax.around(scope.body, node)
        if isinstance(statement, syntax.With)
        for item in statement.items
    )


def may_be_cancelled(use: Use) -> bool:
    """Whether a call is made while a cancelled task cleans up, when the first `await` is the last."""
    scope, node = use.call.scope, use.call.node
    if isinstance(scope, FunctionScope) and scope.name == "__aexit__":
        return True
    tries = (each for each in syntax.around(scope.body, node) if isinstance(each, syntax.Try))
    return any(
        syntax.encloses(block, node)
        for each in tries
        for block in (each.final, *(one.body for one in each.handlers if _is_aborting(use, one)))
    )


def can_await(use: Use) -> bool:
    """Whether `await` may stand at a call, in every version of Python."""
    if isinstance(use.statement, (syntax.Function, syntax.Class)):
        return False
    around = [
        each for root in syntax.expressions(use.statement) for each in syntax.above(root, use.call.node)
    ]
    comprehensions = [each for each in around if isinstance(each, syntax.Comprehension)]
    return len(comprehensions) < 2 and all(each.kind != "generator" for each in comprehensions)


def _is_movable(use: Use) -> bool:
    if use.context in ("entered", "awaited") or not can_await(use):
        return False
    if torn(use):
        return False
    return can_suspend(use) and not may_be_cancelled(use) and not any(map(is_confined, _worked_on(use)))


def _may_leave(call: LoopCall) -> bool:
    """Whether all that the call does further down can be done by another thread."""
    for _, edge in call.steps:
        receiver = edge.call.func.owner if edge.call.is_call else None
        if receiver is not None and is_confined(receiver, is_within=True):
            return False
    called = call.use.call.func.values() if call.steps and call.use.call.is_call else ()
    return not any(needs_its_thread(each, call.function.project) for each in called)


def _is_of_waiting_with(call: LoopCall) -> bool:
    """Whether a call works on what a `with` binds that waits itself: `with smtplib.SMTP(host) as server:`."""
    scope, node = call.use.call.scope, call.use.call.node
    used = {name for each in _worked_on(call.use) for name in _first_names(each.node)}
    return any(
        isinstance(item.target, syntax.Ref)
        and item.target.path in used
        and _waits(call.use.call.at(item.context), call)
        for statement in syntax.around(scope.body, node)
        if isinstance(statement, syntax.With) and not statement.is_async
        for item in statement.items
    )


def _waits(entered: Expression, call: LoopCall) -> bool:
    name = entered.func.external() if entered.is_call else ""
    entry = call.function.project.knowledge.blocking(name)
    if entry is None:
        return False
    return entry.when != "given arguments" or bool(entered.args or entered.keywords)


def _first_names(node: Expr) -> Iterator[str]:
    for each in syntax.walk(node):
        if isinstance(each, syntax.Ref):
            yield each.path.partition(".")[0]


def _worked_on(use: Use) -> Iterator[Expression]:
    """What a thread would get to see of the function: the receiver, the arguments, and what it gives back."""
    yield use.call
    if not use.call.is_call:
        return
    owner = use.call.func.owner
    while owner is not None:
        yield owner
        owner = owner.func.owner if owner.is_call else None
    yield from use.call.args
    yield from use.call.keywords.values()


def _is_bound(context: Expression) -> bool:
    """Whether what a `with` enters is a lock of threads, or holds for one thread alone."""
    name = (context.func if context.is_call else context).text().lower()
    if any(part in name for part in BOUND):
        return True
    return any(isinstance(each, Instance) and each.external in LOCKS for each in context.values())


def _is_aborting(use: Use, handler: syntax.Handler) -> bool:
    if handler.kind is None:
        return True
    kinds = handler.kind.items if isinstance(handler.kind, syntax.Collection) else (handler.kind,)
    return any(use.call.at(each).external() in ABORTING for each in kinds)


def _is_held_over(node: Expr, each: Held) -> bool:
    return syntax.encloses(each.body, node) and (each.end is None or node.span < each.end)
