"""Whether a call waits for another thread or process, or only takes what is there."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.knowledge import Blocking
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import Scope
from fastlint.model.uses import Use
from fastlint.model.values import Instance

ASKING = frozenset(("done", "empty", "full", "is_alive", "is_set", "qsize", "ready", "running"))
"""Methods that say whether there is anything to wait for."""

SETTLING = frozenset(("as_completed", "gather", "wait", "wrap_future"))
"""Functions after which there is nothing left to wait for in what they were given."""

SUBMITTING = ("submit", "map")


def seconds(call: Expression, blocking: Blocking) -> float | None:
    """How long a call waits, if it is given a number that says so."""
    if blocking.lasts is None or not call.is_call:
        return None
    name, position = blocking.lasts.split()
    given = call.argument(name, int(position))
    number = None if given is None else given.constant()
    return number if isinstance(number, (int, float)) else None


def was_asked(use: Use) -> bool:
    """Whether an object was asked before its method is called, or something was awaited that it is part of.

    `while not future.done(): await asyncio.sleep(0.1)` leaves nothing for `future.result()` to wait for.
    """
    owner = use.call.func.owner
    if owner is None or not isinstance(owner.node, syntax.Ref):
        return False
    names = {owner.node.path, *_sources(use, owner.node.path)}
    return any(_settles(node, names) for node in _evaluated_before(use))


def _settles(node: syntax.Expr, names: set[str]) -> bool:
    if isinstance(node, syntax.Await):
        return _mentions(node.value, names)
    if not isinstance(node, syntax.Call):
        return False
    called = last_name(node.func)
    if called in ASKING and isinstance(node.func, syntax.Ref):
        return node.func.path.rpartition(".")[0] in names
    return called in SETTLING and any(_mentions(each, names) for each in node.args)


def _evaluated_before(use: Use) -> Iterator[syntax.Expr]:
    """What the function evaluates before a call, and all that the statement of the call does."""
    start = (use.call.node.span.line, use.call.node.span.column)
    for statement in use.call.scope.statements():
        if statement.span.line > start[0]:
            return
        for node in syntax.evaluated(statement):
            if statement is use.statement or (node.span.line, node.span.column) < start:
                yield node


def _sources(use: Use, name: str) -> Iterator[str]:
    """The names of what the loops around a call go through, where the name is what they give."""
    around = [each for each in _loops(use.call.scope, use) if _mentions(each[0], {name})]
    for _, source in around:
        for node in syntax.walk(source):
            if isinstance(node, syntax.Ref):
                yield node.path
                yield node.path.rpartition(".")[0]


def _loops(scope: Scope, use: Use) -> Iterator[tuple[syntax.Expr, syntax.Expr]]:
    """The target and the source of each loop around a call."""
    for statement in syntax.around(scope.body, use.call.node):
        if isinstance(statement, syntax.Loop) and statement.target is not None:
            yield statement.target, statement.source
    if isinstance(use.loop, syntax.Comprehension):
        for generator in use.loop.generators:
            yield generator.target, generator.source


def _mentions(node: syntax.Expr, names: set[str]) -> bool:
    return any(isinstance(each, syntax.Ref) and each.path in names for each in syntax.walk(node))


def is_bounded(queue: Instance | None) -> bool:
    """Whether a queue was made with a size: any other takes whatever it is given, at once."""
    made = None if queue is None else queue.site
    size = None if made is None or not made.is_call else made.argument("maxsize", 0)
    number = None if size is None else size.constant()
    return isinstance(number, int) and number > 0


def is_given_work(use: Use) -> bool:
    """Whether something is submitted to the pool that a `with` enters, and nobody awaits it.

    After `with ThreadPoolExecutor() as pool: await loop.run_in_executor(pool, work)` nothing is left to do.
    """
    statement = use.statement
    if not isinstance(statement, syntax.With):
        return False
    targets = [item.target for item in statement.items if item.context is use.call.node]
    if not targets or not isinstance(targets[0], syntax.Ref):
        return False
    submitting = {f"{targets[0].path}.{name}" for name in SUBMITTING}
    calls = (each.node for each in readings(statement.body, syntax.Call))
    called = [node.func for node in calls if isinstance(node, syntax.Call)]
    if any(last_name(func) == "wrap_future" for func in called):
        return False
    return any(isinstance(func, syntax.Ref) and func.path in submitting for func in called)


def sleeps(made: Expression) -> bool:
    """Whether what repeats a call is told to sleep between two attempts, and not how."""
    if not made.is_call or made.opaque_keywords:
        return False
    given = made.keywords
    wait = given.get("wait") or given.get("delay")
    if wait is None or wait.is_none or wait.constant() == 0 or "sleep" in given:
        return False
    if not wait.is_call:
        return True
    name, seconds = wait.func.external(), wait.argument("wait", 0)
    is_fixed_to_none = name == "tenacity.wait_fixed" and seconds is not None and seconds.constant() == 0
    return name != "tenacity.wait_none" and not is_fixed_to_none
