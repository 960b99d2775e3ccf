"""Which locks of threads could be of `asyncio`: all that is done with them coroutine functions do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fastlint.index import syntax
from fastlint.model.calls import expressions_in
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope, ModuleScope, Scope
from fastlint.model.uses import uses
from fastlint.model.values import Instance

TWINS = {
    "threading.Lock": "asyncio.Lock",
    "threading.Semaphore": "asyncio.Semaphore",
    "threading.BoundedSemaphore": "asyncio.BoundedSemaphore",
}
"""The locks that a coroutine function can take in the same way, with `async with` and `await`."""


class Retaking(NamedTuple):
    """The lock of asyncio that can take the place of one of threads, and where that is taken.

    `entered` are the items of `with`, `acquired` the calls of `acquire`, each in a coroutine function.
    """

    twin: str
    entered: tuple[Expression, ...]
    acquired: tuple[Expression, ...]


def retaking(made: Expression) -> Retaking | None:
    """How the code of a project takes a lock; None where something else is done with it, or may be."""
    twin = TWINS.get(made.func.external()) if made.is_call else None
    name = _name(made) if twin is not None else ""
    if twin is None or not name:
        return None
    found = Retaking(twin, (), ())
    for module in made.project.mentioning(name):
        here = _in_module(module, name, made)
        if here is None:
            return None
        found = Retaking(twin, (*found.entered, *here[0]), (*found.acquired, *here[1]))
    return found


def _name(made: Expression) -> str:
    """The last name of the variable or attribute that alone has the lock, and nothing else; '' for others."""
    scope = made.scope
    statement = next(
        (each for each in scope.statements() if isinstance(each, syntax.Assign) and each.value is made.node),
        None,
    )
    if statement is None or statement.annotation is not None or len(statement.targets) != 1:
        return ""
    target = statement.targets[0]
    if not isinstance(target, syntax.Ref):
        return ""
    first, _, attribute = target.path.partition(".")
    if not attribute:
        return first if len(scope.bindings.get(first, ())) == 1 else ""
    owner = scope.owner if isinstance(scope, FunctionScope) else None
    is_own = owner is not None and first == scope.receiver and "." not in attribute
    if owner is None or not is_own or attribute in owner.bindings:
        return ""
    return attribute if len(owner.attributes.get(attribute, ())) == 1 else ""


def _in_module(
    module: ModuleScope, name: str, made: Expression
) -> tuple[list[Expression], list[Expression]] | None:
    """The items of `with` and the calls of `acquire` in one module; None where the lock is used otherwise."""
    taken = {id(each.node): each for each in _entered(module)}
    called = {id(each.func.node): each for each in _called(module)}
    entered, acquired = list[Expression](), list[Expression]()
    for scope, outer in expressions_in(module):
        for node in syntax.walk(outer):
            lock = _mention(Expression(node, scope.frame), name)
            if lock is None or _is_another(lock, made):
                continue
            if id(node) in taken and lock.node is node:
                entered.append(taken[id(node)])
            elif id(node) in called and _is_method_of(lock, called[id(node)]):
                call = called[id(node)]
                if call.func.text().endswith(".acquire"):
                    acquired.append(call)
            else:
                return None
    return None if _renames(module, name) else (entered, acquired)


def _mention(expression: Expression, name: str) -> Expression | None:
    """The part of an expression that ends with a name: `cache.lock` of `cache.lock.acquire`."""
    current: Expression | None = expression
    while current is not None and isinstance(current.node, (syntax.Ref, syntax.Attribute)):
        node = current.node
        last = node.name if isinstance(node, syntax.Attribute) else node.path.rpartition(".")[2]
        if last == name:
            return current
        current = current.owner if isinstance(node, syntax.Ref) else None
    return None


def _is_another(lock: Expression, made: Expression) -> bool:
    """Whether it is known to be something else."""
    values = lock.values()
    return bool(values) and not any(
        isinstance(each, Instance) and each.site is not None and each.site.node is made.node
        for each in values
    )


def _entered(module: ModuleScope) -> Iterator[Expression]:
    """What a `with` enters alone, in a coroutine function."""
    for scope in _coroutines(module):
        for statement in scope.statements():
            items = statement.items if isinstance(statement, syntax.With) and not statement.is_async else ()
            if len(items) == 1 and items[0].target is None:
                yield Expression(items[0].context, scope.frame)


def _called(module: ModuleScope) -> Iterator[Expression]:
    """The calls of `acquire()` and `release()` as statements of coroutine functions."""
    for scope in _coroutines(module):
        for use in uses(scope.frame):
            is_taking = use.call.func.text().endswith((".acquire", ".release"))
            if is_taking and use.context == "statement" and not use.call.has_arguments:
                yield use.call


def _coroutines(module: ModuleScope) -> Iterator[Scope]:
    return (each for each in module.within() if isinstance(each, FunctionScope) and each.node.is_async)


def _is_method_of(lock: Expression, call: Expression) -> bool:
    return call.func.text() in (f"{lock.text()}.acquire", f"{lock.text()}.release")


def _renames(module: ModuleScope, name: str) -> bool:
    """Whether the module imports something by the name and calls it otherwise."""
    imports = (each for scope in module.within() for each in scope.statements())
    return any(
        isinstance(each, syntax.Import) and each.name == name and each.alias not in ("", name)
        for each in imports
    )
