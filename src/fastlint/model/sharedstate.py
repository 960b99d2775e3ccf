"""Attributes of a class that all objects of it share, and that requests change.

FastAPI makes an object of a class for each request that depends on it. What the body of the class makes, it
makes once (https://docs.python.org/3/tutorial/classes.html#class-and-instance-variables). Defaults of
parameters are another matter: FastAPI copies those for each request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.fields import is_dataclass
from fastlint.model.scopes import Binding, ClassScope, FunctionScope, Scope
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue

if TYPE_CHECKING:
    from fastlint.model.project import Project

COLLECTIONS = {
    "builtins.list": "list",
    "builtins.dict": "dict",
    "builtins.set": "set",
    "collections.deque": "deque",
    "collections.defaultdict": "defaultdict",
    "collections.OrderedDict": "OrderedDict",
    "collections.Counter": "Counter",
}
ADDING = frozenset(("add", "append", "appendleft", "extend", "insert", "update"))
"""Methods that put something in and are of no use to a cache: those look first whether it is there."""
FINDING = frozenset(("clear", "discard", "get", "pop", "popitem", "popleft", "remove", "setdefault"))
"""Methods that look for something, or take it out again."""
PLAIN_BASES = ("abc.ABC", "builtins.object", "typing.Generic", "typing.Protocol")


@dataclass(frozen=True, slots=True)
class SharedState:
    """A collection in the body of a class dependency, and where code puts something of a request into it."""

    cls: ClassScope
    name: str
    kind: str
    made: syntax.Node
    changed: Place
    changer: FunctionScope

    @property
    def place(self) -> Place:
        return Place(self.cls.module.path, self.made.span)


def shared_state(project: Project) -> Iterator[SharedState]:
    """Every such attribute of a class that some `Depends` makes an object of."""
    seen: set[tuple[ClassScope, str]] = set()
    found: list[SharedState] = []
    for injection in project.dependencies.injections:
        for target in injection.targets:
            if not isinstance(target, ClassValue) or is_test(target.scope.module.path):
                continue
            for each in _of_class(target):
                if (each.cls, each.name) not in seen:
                    seen.add((each.cls, each.name))
                    found.append(each)
    yield from sorted(found, key=lambda each: each.place)


def _of_class(cls: ClassValue) -> Iterator[SharedState]:
    project = cls.scope.project
    bases = project.inference.classes.external_bases(cls)
    own = [each.scope for each in project.inference.classes.mro(cls) if isinstance(each, ClassValue)]
    if not set(bases) <= set(PLAIN_BASES) or any(map(_is_special, own)):
        return
    for scope in own:
        for name, bindings in scope.bindings.items():
            kind = _collection(bindings, scope)
            if not kind or any(name in each.attributes for each in own):
                continue  # an object of its own: `self.items = []`
            change = _change(name, cls, own)
            if change is not None:
                yield SharedState(scope, name, kind, bindings[0].node, *change)


def _is_special(scope: ClassScope) -> bool:
    """Whether something else than Python makes the objects: dataclasses refuse such a default."""
    is_made_otherwise = any(each.name in (None, "metaclass") for each in scope.node.keywords)
    return (
        is_made_otherwise
        or is_dataclass(scope)
        or "__new__" in scope.bindings
        or "__setattr__" in scope.bindings
    )


def _collection(bindings: list[Binding], scope: ClassScope) -> str:
    """The kind of collection that an attribute starts as, '' for anything else and what says it is shared."""
    binding = bindings[0]
    if len(bindings) != 1 or binding.kind != "value" or binding.value is None or binding.unpack:
        return ""
    if binding.annotation is not None and _is_class_variable(Expression(binding.annotation, scope.frame)):
        return ""
    match binding.value:
        case syntax.Mapping():
            return "dict"
        case syntax.Collection(kind=kind) if kind in ("list", "set"):
            return kind
        case syntax.Call():
            name = Expression(binding.value, scope.frame).func.external()
            return COLLECTIONS.get(name, "")
        case _:
            return ""


def _is_class_variable(annotation: Expression) -> bool:
    return any(each.external() == "typing.ClassVar" for each in annotation.walk())


def _change(name: str, cls: ClassValue, own: list[ClassScope]) -> tuple[Place, FunctionScope] | None:
    """Where a method, or a function that gets such an object, puts something in; None where nobody does, or
    where somebody looks into it by a key, as into a cache that is meant for all."""
    project = cls.scope.project
    methods = [each for scope in own for each in scope.functions()]
    found = [change for each in methods for change in _changes(each, f"{each.receiver}.{name}")]
    names = {scope.name for scope in own}
    for module in project.mentioning(name):
        if is_test(module.path):
            continue
        for scope in module.within():
            if any(f"{each}.{name}" in _paths(scope) for each in (*names, "cls")):
                return None  # said to be of the class
            if (
                isinstance(scope, FunctionScope)
                and scope not in methods
                and any(True for _ in scope.node.parameters)
            ):
                for parameter in scope.node.parameters:
                    injection = project.dependencies.of_parameter(scope, parameter)
                    if injection is not None and cls in injection.targets:
                        found += _changes(scope, f"{parameter.name}.{name}")
    if not found or any(_is_looked_up(each, f"{each.receiver}.{name}") for each in methods):
        return None
    return found[0]


def _changes(function: FunctionScope, path: str) -> list[tuple[Place, FunctionScope]]:
    """Where a function puts something into what it calls by a path, in the order of the source."""
    if path.startswith("."):
        return []
    nodes: list[syntax.Node] = []
    for statement in function.statements():
        if isinstance(statement, syntax.Assign):
            for target in statement.targets:
                is_item = isinstance(target, syntax.Subscript) and _is(target.value, path)
                if is_item or (statement.augmented and _is(target, path)):
                    nodes.append(statement)
    for reading in function.calls:
        func = reading.node.func if isinstance(reading.node, syntax.Call) else None
        owner, _, method = func.path.rpartition(".") if isinstance(func, syntax.Ref) else ("", "", "")
        if owner == path and method in ADDING:
            nodes.append(reading.node)
    nodes.sort(key=lambda node: node.span)
    return [(Place(function.module.path, node.span), function) for node in nodes]


def _is_looked_up(function: FunctionScope, path: str) -> bool:
    """Whether a function looks for something in it, or takes something out again."""
    for statement in function.statements():
        targets = statement.targets if isinstance(statement, syntax.Assign) else ()
        for outer in (*targets, *syntax.expressions(statement)):
            if any(_looks_up(node, path) for node in syntax.walk(outer)):
                return True
    return False


def _looks_up(node: syntax.Expr, path: str) -> bool:
    match node:
        case syntax.Subscript(value=value, index=index):
            return _is(value, path) and not isinstance(index, syntax.Constant)
        case syntax.Operation(operator="compare", operands=operands):
            return any(_is(each, path) for each in operands)
        case syntax.Call(func=syntax.Ref(path=called)):
            owner, _, method = called.rpartition(".")
            return owner == path and method in FINDING
        case _:
            return False


def _paths(scope: Scope) -> frozenset[str]:
    """The first two parts of all dotted names that a scope reads."""
    return frozenset(
        ".".join(node.path.split(".")[:2])
        for statement in scope.statements()
        for outer in syntax.expressions(statement)
        for node in syntax.walk(outer)
        if isinstance(node, syntax.Ref) and "." in node.path
    )


def _is(node: syntax.Expr, path: str) -> bool:
    return isinstance(node, syntax.Ref) and node.path == path
