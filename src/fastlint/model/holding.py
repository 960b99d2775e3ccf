"""Which functions get what a dependency gives, itself or inside of another object, and how they call it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.edge import Edge
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import uses
from fastlint.model.values import ClassValue, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency
    from fastlint.model.injections import Injection

FARTHEST = 12
"""How many steps back a name is followed to the object that it comes from."""
DEEPEST = 6
"""How many objects deep it is followed."""
MOST_CALLS = 3
"""By how many functions and properties, one inside the other, it is followed to what they give."""

Names = tuple[str, ...]
"""How a function calls the object: `db`, `self.service.db`."""


def holders(dependency: Dependency, inside: str = "") -> dict[FunctionScope, Body]:
    """The handlers that get what a dependency gives, by their places, and how each of them has it.

    `inside` is where in that the object is: "" for itself, ".db" for an attribute.
    """
    project = dependency.function.project
    functions = {each.scope: each.function for each in project.dependencies.handlers}
    found: dict[FunctionScope, Names] = {}
    queue = [(each, inside) for each in dependency.injections]
    while queue:
        use, inside = queue.pop(0)
        function, parameter = use.function, use.parameter
        if function is None or parameter is None or function not in functions or not _is_shared(use):
            continue
        name = f"{parameter.name}{inside}"
        if name in found.get(function, ()) or name.count(".") > DEEPEST:
            continue
        found[function] = (*found.get(function, ()), name)
        for given in dict.fromkeys(Body(functions[function], (name,)).gives()):
            queue += [(each, given) for each in project.dependencies.injections_of(function)]
    ordered = sorted(found, key=lambda each: each.place)
    return {function: Body(functions[function], found[function]) for function in ordered}


def _is_shared(use: Injection) -> bool:
    """Whether it gets the object that all of the request get."""
    given = use.call.argument("use_cache")
    return given is None or given.constant() is True


class Body:
    """A function that has one object under some names."""

    def __init__(self, function: FunctionValue, names: Names, depth: int = 0) -> None:
        self.function = function
        self.depth = depth
        self.scope = function.scope
        self.frame = self.scope.project.inference.calling.frame(function, None)
        self.names = self._with_others(names)

    def _with_others(self, names: Names) -> Names:
        """With the names that the function gives it."""
        found = list(names)
        for name, (binding, *others) in self.scope.bindings.items():
            if others or binding.kind not in ("value", "enter") or binding.unpack or binding.value is None:
                continue
            found += [f"{name}{each}" for each in held_in(self.at(binding.value), tuple(found), self.depth)]
        return tuple(dict.fromkeys(found))

    def at(self, node: syntax.Expr) -> Expression:
        return Expression(node, self.frame)

    def gives(self) -> Iterator[str]:
        """Where in what FastAPI gets from it the object is: "" for itself, ".db" for an attribute."""
        if self.scope.name == "__init__" and self.scope.owner is not None:
            for attribute, path in kept_by_constructor(self.scope):
                yield from (f".{attribute}{each}" for each in _after(path, self.names))
            return
        given = [each.value for each in yielded(self.scope)]
        given += [each.value for each in self.scope.statements() if isinstance(each, syntax.Return)]
        for node in given:
            yield from () if node is None else held_in(self.at(node), self.names, self.depth)

    @property
    def is_used(self) -> bool:
        """Whether the function calls a method of it, passes it on to another function, or calls a method of
        what has it and that does so."""
        return self._uses_it(())

    def _uses_it(self, above: tuple[FunctionScope, ...]) -> bool:
        if any(
            self.comes_from_it(use.call)
            or any("" in held_in(each, self.names) for each in (*use.call.args, *use.call.keywords.values()))
            for use in uses(self.frame)
            if not any(isinstance(each, ClassValue) for each in use.call.func.values())
        ):
            return True
        if len(above) > MOST_CALLS or self.scope in above:
            return False
        return any(
            Body(edge.callee, names)._uses_it((*above, self.scope))
            for edge in self.scope.project.loop.edges.of(self.function)
            if edge.callee is not None and (names := self.passed(edge))
        )

    def comes_from_it(self, expression: Expression) -> bool:
        """Whether an expression is the object, or what its methods and attributes give."""
        node = expression.node
        for _ in range(FARTHEST):
            match node:
                case syntax.Call(func=inner) | syntax.Attribute(value=inner) | syntax.Await(value=inner):
                    node = inner
                case syntax.Subscript(value=inner):
                    node = inner
                case syntax.Ref(path=path):
                    if any(path == each or path.startswith(f"{each}.") for each in self.names):
                        return True
                    bindings = self.scope.bindings.get(path.partition(".")[0])
                    if not bindings or bindings[0].kind not in ("value", "enter"):
                        return False
                    if bindings[0].value is None:
                        return False
                    node = bindings[0].value
                case _:
                    return False
        return False

    def passed(self, edge: Edge) -> Names:
        """How the function that an edge calls has the object; () if not at all."""
        callee = edge.callee
        if callee is None:
            return ()
        found: list[str] = []
        site = edge.call if edge.site is None else edge.site
        if site.is_call:
            given = self.scope.project.inference.calling.arguments(callee, site)
            found += [f"{name}{each}" for name, one in given.items() for each in held_in(one, self.names)]
        owner = edge.call.func.owner if edge.call.is_call else edge.call.owner
        if owner is not None and callee.scope.receiver:
            found += [f"{callee.scope.receiver}{each}" for each in held_in(owner, self.names) if each]
        return tuple(dict.fromkeys(found))


def held_in(expression: Expression, names: Names, depth: int = 0) -> tuple[str, ...]:
    """Where in what an expression gives the object is: "" for itself, ".db" for an attribute."""
    node = expression.node
    if isinstance(node, syntax.Ref):
        return _after(node.path, names) or tuple(_got(expression, names, depth))
    if isinstance(node, syntax.Call):
        return tuple(
            each
            for value in expression.func.values()
            for each in (
                _kept_by(value, expression, names)
                if isinstance(value, ClassValue)
                else _given_by(value, expression, names, depth)
            )
        )
    return ()


def _given_by(function: Value, call: Expression, names: Names, depth: int) -> Iterator[str]:
    """Where what a function of the project makes of its arguments has the object."""
    if not isinstance(function, FunctionValue) or function.scope.node.is_async or depth >= MOST_CALLS:
        return
    given = call.project.inference.calling.arguments(function, call)
    inner = tuple(f"{name}{each}" for name, one in given.items() for each in held_in(one, names, depth + 1))
    if inner and not function.scope.node.is_generator:
        yield from Body(function, inner, depth + 1).gives()


def _got(expression: Expression, names: Names, depth: int) -> Iterator[str]:
    """Where what a property gives has the object: `repositories.users` of `repositories.db`."""
    owner = expression.owner
    inside = () if owner is None or depth >= MOST_CALLS else _after(owner.text(), names)
    classes, functions = expression.project.inference.classes, expression.project.inference.functions
    for value in owner.values() if owner is not None and inside else ():
        if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
            getter = classes.defined(value.cls, expression.text().rpartition(".")[2])
            if getter is not None and functions.is_getter(getter.scope):
                own = tuple(f"{getter.scope.receiver}{each}" for each in inside)
                yield from Body(FunctionValue(getter.scope, value), own, depth + 1).gives()


def _after(path: str, names: Names) -> tuple[str, ...]:
    """What is left of the names that begin with a path: `.db` of `service.db` after `service`."""
    return tuple(each[len(path) :] for each in names if each == path or each.startswith(f"{path}."))


def _kept_by(cls: ClassValue, call: Expression, names: Names) -> Iterator[str]:
    """Where what a class makes of its arguments has the object."""
    inference = call.project.inference
    method = inference.classes.method(Instance(cls, call), "__init__")
    if method is None:  # the fields of a dataclass
        for name, argument in call.keywords.items():
            yield from (f".{name}{each}" for each in held_in(argument, names))
        return
    given = inference.calling.arguments(method, call)
    for attribute, path in kept_by_constructor(method.scope):
        if path in given:
            yield from (f".{attribute}{each}" for each in held_in(given[path], names))


def kept_by_constructor(method: FunctionScope) -> Iterator[tuple[str, str]]:
    """The attributes that a constructor sets, each with the name that it is given: `self.db = session`."""
    owner = method.owner
    for attribute, bindings in owner.attributes.items() if owner is not None else ():
        for scope, binding in bindings:
            if scope is method and isinstance(binding.value, syntax.Ref):
                yield attribute, binding.value.path
