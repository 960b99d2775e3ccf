"""Which dependency an override means whose key is none: the one that the app really looks up.

Only where a single dependency of the app comes into question. What makes one do so is listed in `_MATCHES`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.injections import Injection
from fastlint.model.leaks import touches
from fastlint.model.lookup import identity
from fastlint.model.named import import_path
from fastlint.model.overrides import Override
from fastlint.model.overriding import NAME
from fastlint.model.scopes import FunctionScope, ModuleScope, Scope
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Partial, Value


@dataclass(frozen=True, slots=True)
class Retarget:
    """What an override ought to have as its key, or, with `is_app`, of which app it ought to be.

    `qualified` is what to import and `rest` what to take of it; both are '' where `local` is a name that the
    code has already. `replaced` is the dotted name of what stands there, '' where it has none.
    """

    place: Expression
    name: str
    replaced: str = ""
    local: str = ""
    qualified: str = ""
    rest: str = ""
    is_app: bool = False


def retarget(override: Override) -> Retarget | None:
    """What an override means that FastAPI never looks up, where just one thing can be meant."""
    key, lookup = override.key.value(), override.project.dependencies.lookup
    if key is None or not override.apps or not _is_written_there(override):
        return None
    if lookup.uses(key):
        return _other_app(override, key)
    found = {
        identity(target): use
        for app in override.apps
        for use in lookup.reached(app)
        for target in use.targets
        if _is_meant(key, target, use, override)
    }
    if len(found) != 1 or not _may_replace(override, key):
        return None
    [(target, use)] = found.items()
    if use.argument is None or any(target == identity(each) for each in _overridden(override)):
        return None
    return _spelled(override.key, use.argument)


def _is_written_there(override: Override) -> bool:
    """Whether the key stands in the override itself, and not where a function gets it from."""
    inner, outer = override.key.place, override.place
    return inner.path == outer.path and outer.span.line <= inner.span.line <= outer.span.end_line


def _is_meant(key: Value, target: Value, use: Injection, override: Override) -> bool:
    if len(use.targets) != 1 or not use.is_whole or use.argument is None:
        return False
    return any(match(key, target, use, override) for match in _MATCHES)


def _is_twin(key: Value, target: Value, use: Injection, override: Override) -> bool:
    """A function of the same name in another module."""
    if not isinstance(key, FunctionValue) or not isinstance(target, FunctionValue):
        return False
    one, other = key.scope, target.scope
    is_of_modules = isinstance(one.parent, ModuleScope) and isinstance(other.parent, ModuleScope)
    return is_of_modules and one.name == other.name and one is not other


def _is_around(key: Value, target: Value, use: Injection, override: Override) -> bool:
    """A dependency that does nothing but return what the key gives."""
    if not isinstance(key, FunctionValue) or not isinstance(target, FunctionValue):
        return False
    body = target.scope.body
    returned = body[0].value if len(body) == 1 and isinstance(body[0], syntax.Return) else None
    called = returned.value if isinstance(returned, syntax.Await) else returned
    if not isinstance(called, syntax.Call):
        return False
    function = Expression(called.func, target.scope.frame).value()
    return isinstance(function, FunctionValue) and function.scope is key.scope


def _is_object_of(key: Value, target: Value, use: Injection, override: Override) -> bool:
    """An object of the class that the key is."""
    return isinstance(key, (ClassValue, External)) and isinstance(target, Instance) and target.cls == key


def _is_method_of(key: Value, target: Value, use: Injection, override: Override) -> bool:
    """The same method, of the object that the app has."""
    if not isinstance(key, FunctionValue) or not isinstance(target, FunctionValue):
        return False
    is_bound = isinstance(target.receiver, Instance) and target.receiver.site is not None
    return is_bound and key.receiver is not None and key.scope is target.scope


def _is_made_alike(key: Value, target: Value, use: Injection, override: Override) -> bool:
    """What the same call has made, once and for all."""
    made = _bound_value(use.argument)
    if made is None or not override.key.is_call or not made.is_call:
        return False
    maker, other = override.key.func.value(), made.func.value()
    is_same = maker is not None and other is not None and identity(maker) == identity(other)
    return is_same and _reads_alike(override.key.node, made.node)


_MATCHES = (_is_twin, _is_around, _is_object_of, _is_method_of, _is_made_alike)


def _bound_value(name: Expression | None) -> Expression | None:
    """What a name of a module is bound to, where it is bound once."""
    if name is None or not isinstance(name.node, syntax.Ref):
        return None
    values = [value for value in name.values() if isinstance(value, (Instance, Partial, FunctionValue))]
    scope: Scope | None = name.scope
    while scope is not None and name.node.path not in scope.bindings:
        scope = scope.parent
    bindings = [] if scope is None else scope.bindings[name.node.path]
    if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].value is None or not values:
        return None
    return None if scope is None else Expression(bindings[0].value, scope.frame)


def _reads_alike(one: syntax.Node, other: syntax.Node) -> bool:
    """Whether two calls are given the same constants."""
    match one, other:
        case syntax.Call(), syntax.Call():
            mine = [*one.args, *(each.value for each in one.keywords)]
            theirs = [*other.args, *(each.value for each in other.keywords)]
            names = [each.name for each in one.keywords] == [each.name for each in other.keywords]
            return names and len(mine) == len(theirs) and all(map(_reads_alike, mine, theirs))
        case syntax.Constant(), syntax.Constant():
            return one.value == other.value and type(one.value) is type(other.value)
        case _:
            return False


def _may_replace(override: Override, key: Value) -> bool:
    """Whether only those functions take the override back by its key that set it themselves."""
    setters = {
        _outermost(other.key.scope)
        for other in override.project.dependencies.overrides
        if key in other.key.values()
    }
    removals = _removals(override.key.scope.module)
    return all(_outermost(each.scope) in setters for each in removals if key in each.values())


def _removals(module: ModuleScope) -> Iterator[Expression]:
    """The keys that some code takes out: `overrides.pop(key)`, `del overrides[key]`."""
    for scope in module.within():
        for statement in scope.statements():
            if isinstance(statement, syntax.Evaluate) and isinstance(statement.value, syntax.Subscript):
                yield Expression(statement.value.index, scope.frame)
        for reading in scope.calls:
            call = Expression(reading.node, scope.frame)
            if call.func.text().endswith(".pop") and call.args:
                yield call.args[0]


def _outermost(scope: Scope) -> Scope:
    """The function or class at the top of a module around some code; the module for what is in none."""
    current = scope
    while current.parent is not None and not isinstance(current.parent, ModuleScope):
        current = current.parent
    return current


def _overridden(override: Override) -> Iterator[Value]:
    """What else is overridden in the same function."""
    for other in override.project.dependencies.overrides:
        if other != override and _outermost(other.key.scope) is _outermost(override.key.scope):
            yield from other.key.values()


def _other_app(override: Override, key: Value) -> Retarget | None:
    """The mounted app of which the routes depend on the key; what takes overrides back must know of it."""
    project = override.project
    roots = project.dependencies.lookup.apps_with(key)
    site = override.owner.node
    is_alone = override.key.place != override.place and not isinstance(site, syntax.Call)
    if (
        len(roots) != 1
        or not is_alone
        or roots[0].site is None
        or not _is_mounted(override, roots[0].instance)
    ):
        return None
    if not override.is_undone and any(map(touches, _functions(override))):
        return None
    name = _name_of(roots[0].site)
    return None if name is None else _spelled(override.owner, name, is_app=True)


def _is_mounted(override: Override, app: Instance) -> bool:
    return any(
        include.is_mount and include.child.instance == app and include.parent.instance in override.apps
        for include in override.project.application.includes
    )


def _functions(override: Override) -> Iterator[FunctionScope]:
    return (
        each
        for module in override.project.naming(NAME)
        for each in module.within()
        if isinstance(each, FunctionScope)
    )


def _name_of(made: Expression) -> Expression | None:
    """The name at the top of a module that a call is bound to."""
    scope = made.scope
    names = [
        name
        for name, bindings in scope.bindings.items()
        if len(bindings) == 1 and bindings[0].value is made.node
    ]
    if len(names) != 1 or not isinstance(scope, ModuleScope):
        return None
    return made.at(_kept(syntax.Ref(made.node.span, names[0]), made))


def _spelled(place: Expression, wanted: Expression, *, is_app: bool = False) -> Retarget | None:
    """How the code at a place can say what stands somewhere else."""
    if not isinstance(wanted.node, syntax.Ref):
        return None
    path, value = wanted.node.path, wanted.value()
    here = place.at(_kept(syntax.Ref(place.node.span, path), place)).value()
    replaced = _replaced(place)
    if value is not None and here is not None and identity(here) == identity(value):
        return Retarget(place, path, replaced, local=path, is_app=is_app)
    found = import_path(wanted)
    if found is None or is_test(wanted.scope.module.path):
        return None
    return Retarget(place, path, replaced, qualified=found[0], rest=found[1], is_app=is_app)


def _replaced(place: Expression) -> str:
    made = place.func if place.is_call else place
    found = import_path(made)
    return made.external() if found is None else ".".join(filter(None, found))


def _kept(node: syntax.Ref, near: Expression) -> syntax.Ref:
    near.project.inference.keep(node)
    return node
