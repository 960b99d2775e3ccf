"""Locks that are kept by a key: `with locks[key]:`, `locks.setdefault(key, Lock())`, `with lock_of(key):`.

Requests with the same key meet at the same lock, if the dict that has it outlives them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fastlint.index import syntax
from fastlint.model.behind import given_by
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope, ModuleScope
from fastlint.model.values import FunctionValue, Instance

DEEPEST = 2
"""By how many functions a lock is followed to the dict that has it."""


class Kept(NamedTuple):
    """A lock in a dict: what makes the dict, and what makes the lock, as far as that is seen."""

    store: Expression
    made: Expression


def kept_locks(lock: Expression) -> tuple[Kept, ...]:
    """The dicts that a lock is taken out of; () where it may also be from elsewhere."""
    return _kept(lock, 0)


def _kept(lock: Expression, depth: int) -> tuple[Kept, ...]:
    match lock.node:
        case syntax.Subscript(value=store):
            return tuple(_found_in(lock.at(store), None))
        case syntax.Call(args=(_, default)) if last_name(lock.node.func) == "setdefault":
            owner = lock.func.owner
            return () if owner is None else tuple(_found_in(owner, lock.at(default)))
        case syntax.Call() if depth < DEEPEST:
            return _given(lock, depth)
        case syntax.Ref(path=path):
            bindings = lock.scope.bindings.get(path, ()) if isinstance(lock.scope, FunctionScope) else ()
            if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].unpack:
                return ()
            return () if bindings[0].value is None else _kept(lock.at(bindings[0].value), depth)
        case _:
            return ()


def _given(call: Expression, depth: int) -> tuple[Kept, ...]:
    """What a function of the project gives that returns such locks only."""
    callees = call.func.values()
    if len(callees) != 1 or not isinstance(callees[0], FunctionValue):
        return ()
    function = callees[0].scope
    if function.node.is_async or function.node.is_generator or function.node.decorators:
        return ()
    found = [_kept(each, depth + 1) for each in given_by(callees[0])]
    return tuple(each for kept in found for each in kept) if all(found) else ()


def _found_in(store: Expression, put: Expression | None) -> Iterator[Kept]:
    for made in _makers(store):
        locks = [] if put is None else [put]
        if made.is_call and made.func.external() == "collections.defaultdict":
            locks += made.args[:1]
        locks += _stored(store)
        yield Kept(made, locks[0] if locks else made)


def _makers(store: Expression) -> Iterator[Expression]:
    """What makes the dict behind a name of the module, or an attribute of `self`."""
    node, scope = store.node, store.scope
    if not isinstance(node, syntax.Ref):
        return
    first, _, attribute = node.path.partition(".")
    if not attribute and scope.is_foreign(first):
        yield from _variable(scope.module, first, 0)
    elif first == scope.receiver and isinstance(scope, FunctionScope) and scope.owner is not None:
        owner, receiver = scope.owner, store.frame.receiver
        for method, binding in owner.attributes.get(attribute, ()):
            if binding.value is not None:
                function = FunctionValue(method, receiver if isinstance(receiver, Instance) else None)
                yield Expression(binding.value, scope.project.inference.calling.frame(function, None))
        for binding in owner.bindings.get(attribute, ()):
            if binding.value is not None:
                yield Expression(binding.value, owner.frame)


def _variable(module: ModuleScope, name: str, depth: int) -> Iterator[Expression]:
    """What a variable of a module gets there, or in the module that it is imported from."""
    for binding in module.bindings.get(name, ()):
        if binding.kind == "value" and binding.value is not None:
            yield Expression(binding.value, module.frame)
        elif isinstance(binding.node, syntax.Import) and depth < DEEPEST:
            source = module.project.imported(module, binding.node)
            if isinstance(source, ModuleScope):
                yield from _variable(source, binding.node.name, depth + 1)


def _stored(store: Expression) -> Iterator[Expression]:
    """What the module puts into the dict: `locks[key] = threading.Lock()`."""
    assert isinstance(store.node, syntax.Ref)
    path = store.node.path
    for scope, target, value in store.scope.module.stored.get(path.rpartition(".")[2], ()):
        if target == path:
            yield Expression(value, scope.frame)
