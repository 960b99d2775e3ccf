"""Locks of threads that a coroutine holds while it is suspended.

All coroutines of a loop run in one thread. While one of them is suspended the next one runs there, and what
that one does with a lock of the first it does in the thread that holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from fastlint.diagnostic import Place, Span
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.lockstores import kept_locks
from fastlint.model.once import are_made_once
from fastlint.model.remembered import is_remembered
from fastlint.model.scopes import ClassScope, Frame, FunctionScope, ModuleScope, Scope
from fastlint.model.settingup import sets_up
from fastlint.model.uses import uses
from fastlint.model.values import ClassValue, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project
    from fastlint.model.retaking import Retaking

Kind = Literal["exclusive", "counting", "reentrant"]

LOCKS: dict[str, Kind] = {
    "threading.Lock": "exclusive",
    "multiprocessing.Lock": "exclusive",
    "threading.Semaphore": "counting",
    "threading.BoundedSemaphore": "counting",
    "multiprocessing.Semaphore": "counting",
    "multiprocessing.BoundedSemaphore": "counting",
    "threading.RLock": "reentrant",
    "multiprocessing.RLock": "reentrant",
    "threading.Condition": "reentrant",
}

TIMEOUTS = ("asyncio.timeout", "asyncio.timeout_at", "async_timeout.timeout")
"""What `async with` enters and leaves without being suspended."""


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock that a coroutine function takes, and what suspends it before it gives the lock back.

    `name` is that of its class, `made` what makes it, or the dict that has it under some key.
    """

    lock: Expression
    name: str
    made: Expression
    suspended_at: Place

    @property
    def kind(self) -> Kind:
        """What the next coroutine does with it in the same thread.

        It waits at an `exclusive` one for good, at a `counting` one when all its places are taken, and passes
        a `reentrant` one as if it were free.
        """
        return LOCKS[self.name]

    @property
    def place(self) -> Place:
        return self.lock.place

    @property
    def retaking(self) -> Retaking | None:
        """How a lock of asyncio could be taken in its place; None where threads may need it too."""
        from fastlint.model.retaking import retaking

        return retaking(self.made) if len(self.lock.values()) == 1 else None


class Held(NamedTuple):
    """What a lock is held over: these statements, up to `end` where that is not all of them."""

    lock: Expression
    body: tuple[syntax.Statement, ...]
    end: Span | None


def held_locks(project: Project) -> Iterator[HeldLock]:
    """Those in the functions that several requests can run at the same time."""
    for function in project.loop.reached:
        found = project.quiet.said("held locks", function)
        root = project.loop.functions.get(function) if found else None
        if root is not None and not root.is_alone and root.role != "task":
            yield from found


def held_locks_in(function: FunctionValue) -> Iterator[HeldLock]:
    """Those in one function."""
    if not function.scope.node.is_async:
        return
    frame = function.scope.project.inference.calling.frame(function, None)
    for lock, body, end in held(frame):
        suspended_at = next((node for _, node in suspensions(body, frame)), None)
        if suspended_at is None or (end is not None and end < suspended_at.span):
            continue
        shared = _shared(lock)
        if shared is not None:
            yield HeldLock(lock, *shared, Place(frame.scope.module.path, suspended_at.span))


class Shared(NamedTuple):
    """What kind of lock it is that calls of a function certainly meet at, and what makes it."""

    name: str
    made: Expression


def _shared(lock: Expression) -> Shared | None:
    found = [value for value in lock.values() if isinstance(value, Instance)]
    kept = kept_locks(lock)
    if kept:
        found += [value for each in kept for value in each.made.instances(*LOCKS)]
        is_whole = all(_outlives(each.store, lock.scope, 0) for each in kept)
    else:
        is_whole = bool(found) and len(found) == len(lock.values()) and lock.is_whole
        is_whole = is_whole and all(_is_shared(value, lock.scope) for value in found)
    names = {value.external for value in found}
    name = min(names, default="")
    if not is_whole or name not in LOCKS or any(LOCKS.get(each) != LOCKS[name] for each in names):
        return None
    made = kept[0].made if kept else found[0].site
    return None if made is None else Shared(name, made)


def held(frame: Frame) -> Iterator[Held]:
    """What may be a lock that a function takes, and what it does until it gives that back."""
    yield from _entered(frame)
    yield from _acquired(frame)


def _entered(frame: Frame) -> Iterator[Held]:
    """`with lock:`"""
    for statement in frame.scope.statements():
        if isinstance(statement, syntax.With) and not statement.is_async:
            for item in statement.items:
                yield Held(Expression(item.context, frame), statement.body, None)


def _acquired(frame: Frame) -> Iterator[Held]:
    """`lock.acquire()`, and what is done until the first `lock.release()` after it in the same block."""
    for use in uses(frame):
        owner = use.call.func.owner if last_name(use.call.func.node) == "acquire" else None
        if owner is None or use.call.has_arguments or use.context != "statement":
            continue
        block = _block_of(frame.scope, use.statement)
        following = block[block.index(use.statement) + 1 :]
        releases = (each.node for each in readings(following, syntax.Call) if _is_release(each.node, owner))
        released_at = next(releases, None)
        if released_at is not None:
            yield Held(owner, following, released_at.span)


def _is_release(node: syntax.Expr, owner: Expression) -> bool:
    return (
        isinstance(node, syntax.Call)
        and isinstance(node.func, syntax.Ref)
        and node.func.path == f"{owner.text()}.release"
    )


def _block_of(scope: Scope, inner: syntax.Statement) -> tuple[syntax.Statement, ...]:
    """The innermost block in which a statement stands."""
    for statement in scope.statements():
        for block in syntax.blocks(statement):
            if inner in block:
                return block
    return scope.body


def suspensions(
    body: tuple[syntax.Statement, ...], frame: Frame
) -> Iterator[tuple[syntax.Statement, syntax.Node]]:
    """Where a block may be suspended, in the order of the source: the statement, and what in it does it."""
    for statement in syntax.statements(body):
        if isinstance(statement, syntax.Loop) and statement.is_async:
            yield statement, statement
        elif isinstance(statement, syntax.With) and statement.is_async:
            contexts = (Expression(item.context, frame) for item in statement.items)
            if not all(each.is_call and each.func.external() in TIMEOUTS for each in contexts):
                yield statement, statement
        for node in () if isinstance(statement, syntax.Function) else syntax.evaluated(statement):
            if _is_suspension(node, frame):
                yield statement, node


def _is_suspension(node: syntax.Expr, frame: Frame) -> bool:
    match node:
        case syntax.Await():
            return _may_suspend(Expression(node.value, frame))
        case syntax.Comprehension():
            return any(each.is_async for each in node.generators)
        case _:
            return isinstance(node, syntax.Yield)


def _may_suspend(awaited: Expression) -> bool:
    """Not where it is a coroutine function of the project that awaits nothing itself."""
    callees = awaited.func.values() if awaited.is_call else ()
    return not callees or any(
        not isinstance(each, FunctionValue) or not each.scope.node.is_async or each.scope.awaits
        for each in callees
    )


def _is_shared(lock: Instance, scope: Scope) -> bool:
    """Whether several calls of a function certainly meet at the same lock."""
    return lock.site is not None and _outlives(lock.site, scope, 0)


MOST_OWNERS = 4


def _outlives(made: Expression, scope: Scope, depth: int) -> bool:
    """Whether what a call makes is there before a function runs, and for all its calls."""
    maker = made.scope
    if isinstance(maker, (ModuleScope, ClassScope)):
        return True
    if not isinstance(maker, FunctionScope) or maker is scope or depth > MOST_OWNERS:
        return False
    if is_remembered(maker) or _is_around(maker, scope) or sets_up(maker):
        return True
    owner = made.frame.receiver if maker.owner is not None else None
    if not isinstance(owner, Instance):
        return False
    if owner.site is None:
        return isinstance(owner.cls, ClassValue) and are_made_once(owner.cls, maker)
    return _outlives(owner.site, scope, depth + 1)


def _is_around(maker: FunctionScope, scope: Scope) -> bool:
    """Whether a function defines another one, so that the inner one sees what the outer one has made."""
    outer = scope.parent
    while outer is not None:
        if outer is maker:
            return True
        outer = outer.parent
    return False
