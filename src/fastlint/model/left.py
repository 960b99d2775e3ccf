"""What a function makes and leaves to others to run: coroutines to another loop, generators to a thread."""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.handed import SCHEDULING
from fastlint.model.routing import STREAMS
from fastlint.model.uses import Use
from fastlint.model.variables import readings_of

OTHER_LOOPS = ("asyncio.run", "asyncio.run_coroutine_threadsafe", "anyio.run")
"""What runs a coroutine, and on no loop that waits for the function that calls it."""
RUNNING = frozenset(name.rpartition(".")[2] for name in OTHER_LOOPS)

BINDING = "functools.partial"
IN_THREADS = tuple(f"{package}.concurrency.iterate_in_threadpool" for package in ("fastapi", "starlette"))


def is_for_other_loop(use: Use) -> bool:
    """Whether another loop runs the coroutine that a call makes: `asyncio.to_thread(asyncio.run, job())`."""
    takers = [_taker(each) for each in _kept(use)]
    return bool(takers) and all(each is not None and _runs_on_other_loop(each) for each in takers)


def is_for_thread(use: Use) -> bool:
    """Whether a thread goes through a generator, as it does for a `StreamingResponse`."""
    takers = [_taker(each) for each in _kept(use)]
    return bool(takers) and all(each is not None and _hands_to_thread(each) for each in takers)


def _kept(use: Use) -> tuple[Use, ...]:
    """What is made where it is used: as it stands, or wherever the variable is read that has it."""
    statement = use.statement
    if use.context != "assigned" or not isinstance(statement, syntax.Assign) or len(statement.targets) != 1:
        return (use,)
    return tuple(readings_of(statement.targets[0], use.call.frame))


def _taker(use: Use) -> Expression | None:
    """The call that is given it, itself or in a tuple: `Thread(target=asyncio.run, args=(job(),))`."""
    if use.context not in ("argument", "collected"):
        return None
    for root in syntax.expressions(use.statement):
        for outer in reversed(syntax.above(root, use.call.node)):
            if isinstance(outer, syntax.Call):
                return use.call.at(outer)
            if not isinstance(outer, (syntax.Collection, syntax.Starred)):
                return None
    return None


def _runs_on_other_loop(call: Expression) -> bool:
    given = (each for each in (*call.args, *call.keywords.values()) if last_name(each.node) in RUNNING)
    return any(each.external() in OTHER_LOOPS for each in (call.func, *given))


def _hands_to_thread(call: Expression) -> bool:
    if call.instances(*STREAMS):
        return True
    name = call.func.external()
    if name == BINDING or name in IN_THREADS:
        return True
    return call.project.knowledge.called_argument(name) is not None and name not in SCHEDULING
