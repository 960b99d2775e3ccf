"""Attributes of a class that all objects of it share, and that requests change.

FastAPI makes an object of a class for each request that depends on it, or calls a function that makes one.
What the body of the class makes, it makes once
(https://docs.python.org/3/tutorial/classes.html#class-and-instance-variables). Defaults of parameters are
another matter: FastAPI copies those for each request.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.fields import is_dataclass
from fastlint.model.judging import PLAIN_BASES
from fastlint.model.large import runs_once
from fastlint.model.opening import handed_out
from fastlint.model.returns import returned
from fastlint.model.scopes import Binding, ClassScope, FunctionScope, Scope
from fastlint.model.suites import is_test
from fastlint.model.values import ClassValue, FunctionValue

if TYPE_CHECKING:
    from fastlint.model.injections import Injection
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
METHODS = ("builtins.classmethod", "builtins.staticmethod")
SETTING = ("setattr", "__setattr__")


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
    """Every such attribute of a class that some `Depends` makes an object of, by itself or by a function."""
    seen: set[tuple[ClassScope, str]] = set()
    found: list[SharedState] = []
    for injection in project.dependencies.injections:
        for cls in _made_by(injection):
            for each in _of_class(cls) if not is_test(cls.scope.module.path) else ():
                if (each.cls, each.name) not in seen:
                    seen.add((each.cls, each.name))
                    found.append(each)
    yield from sorted(found, key=lambda each: each.place)


def _made_by(injection: Injection) -> Iterator[ClassValue]:
    """The classes of which each request that needs a dependency gets an object of its own."""
    for target in injection.targets:
        if isinstance(target, ClassValue):
            yield target
        elif isinstance(target, FunctionValue) and _is_called_each_time(target):
            made = [handed_out(each.value, target.scope) for each in returned(target)]
            classes = {
                value for call in made for value in (call.func.values() if call is not None else (None,))
            }
            cls = classes.pop() if len(classes) == 1 else None
            if isinstance(cls, ClassValue):
                yield cls


def _is_called_each_time(function: FunctionValue) -> bool:
    """Whether it has no decorator that may keep what it gives, and keeps nothing itself."""
    names = function.scope.project.inference.functions.decorator_names(function.scope)
    return all(name in METHODS for name in names) and not runs_once(function.scope)


def _of_class(cls: ClassValue) -> Iterator[SharedState]:
    project = cls.scope.project
    bases = project.inference.classes.external_bases(cls)
    own = [each.scope for each in project.inference.classes.mro(cls) if isinstance(each, ClassValue)]
    if not set(bases) <= set(PLAIN_BASES) or any(map(_is_special, own)):
        return
    for scope in own:
        for name, bindings in scope.bindings.items():
            kind = _collection(bindings, scope)
            if not kind or any(name in each.attributes or _is_set(name, each) for each in own):
                continue  # an object of its own: `self.items = []`
            change = _change(name, cls, own)
            if change is not None:
                yield SharedState(scope, name, kind, bindings[0].node, *change)


def _is_set(name: str, cls: ClassScope) -> bool:
    """Whether a method may set an attribute by its name: `setattr(self, name, [])`."""
    for method in cls.functions():
        if f"{method.receiver}.__dict__" in _paths(method):
            return True
        for reading in method.calls:
            match reading.node:
                case syntax.Call(func=func, args=(_, given, _)) if last_name(func) in SETTING:
                    if not isinstance(given, syntax.Constant) or given.value == name:
                        return True
                case _:
                    pass
    return False


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
                    if injection is not None and cls in _made_by(injection):
                        found += _changes(scope, f"{parameter.name}.{name}")
    if not found or any(_is_looked_up(each, f"{each.receiver}.{name}") for each in methods):
        return None
    return found[0]


def _changes(function: FunctionScope, path: str) -> list[tuple[Place, FunctionScope]]:
    """Where a function puts something into what it calls by a path, in the order of the source."""
    if path.startswith("."):
        return []
    names = _names(function, path)
    nodes: list[syntax.Node] = []
    for statement in function.statements():
        if isinstance(statement, syntax.Assign):
            for target in statement.targets:
                is_item = isinstance(target, syntax.Subscript) and _is(target.value, names)
                if is_item or (statement.augmented and _is(target, names)):
                    nodes.append(statement)
    for reading in function.calls:
        func = reading.node.func if isinstance(reading.node, syntax.Call) else None
        owner, _, method = func.path.rpartition(".") if isinstance(func, syntax.Ref) else ("", "", "")
        if owner in names and method in ADDING:
            nodes.append(reading.node)
    nodes.sort(key=lambda node: node.span)
    return [(Place(function.module.path, node.span), function) for node in nodes]


def _names(function: FunctionScope, path: str) -> frozenset[str]:
    """What a function calls it by: a path, and the variables that stand for nothing else."""
    named = {
        name
        for name, bindings in function.bindings.items()
        if len(bindings) == 1
        and not bindings[0].unpack
        and bindings[0].kind == "value"
        and bindings[0].value is not None
        and _is(bindings[0].value, {path})
    }
    return frozenset((path, *named))


def _is_looked_up(function: FunctionScope, path: str) -> bool:
    """Whether a function looks for something in it, or takes something out again."""
    names = _names(function, path)
    for statement in function.statements():
        targets = statement.targets if isinstance(statement, syntax.Assign) else ()
        for outer in (*targets, *syntax.expressions(statement)):
            if any(_looks_up(node, names) for node in syntax.walk(outer)):
                return True
    return False


def _looks_up(node: syntax.Expr, names: Collection[str]) -> bool:
    match node:
        case syntax.Subscript(value=value, index=index):
            return _is(value, names) and not isinstance(index, syntax.Constant)
        case syntax.Operation(operator="compare" | "in", operands=operands):
            return any(_is(each, names) for each in operands)
        case syntax.Call(func=syntax.Ref(path=called)):
            owner, _, method = called.rpartition(".")
            return owner in names and method in FINDING
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


def _is(node: syntax.Expr, names: Collection[str]) -> bool:
    return isinstance(node, syntax.Ref) and node.path in names
