"""Scopes and the names bound in them: modules, classes, functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.index.contexts import Reading, readings
from fastlint.index.syntax import Expr, Statement
from fastlint.model import branches

if TYPE_CHECKING:
    from fastlint.model.expression import Expression
    from fastlint.model.project import Project


class Binding(Struct, frozen=True, eq=False):
    """One way in which a name gets its value.

    `kind` is import, value, iterate (an item of `value`), enter (what `value` gives in a `with`),
    caught (an exception of the classes in `value`), function, class, parameter, alias or unknown.
    `unpack` is the position in a tuple target. `certain` says that it runs whenever its scope does,
    `is_for_checkers` that it never runs (`if TYPE_CHECKING`).
    """

    kind: str
    node: syntax.Node
    value: Expr | None = None
    annotation: Expr | None = None
    unpack: tuple[int, ...] = ()
    certain: bool = True
    is_for_checkers: bool = False

    @property
    def line(self) -> int:
        return self.node.span.line


class Scope:
    """A module, class or function, with the names that its own statements bind."""

    def __init__(
        self, project: Project, module: ModuleScope, parent: Scope | None, body: tuple[Statement, ...]
    ) -> None:
        self.project = project
        self.module = module
        self.parent = parent
        self.body = body
        self._scopes: dict[int, FunctionScope | ClassScope] = {}

    @cached_property
    def bindings(self) -> dict[str, list[Binding]]:
        found: dict[str, list[Binding]] = {}
        for name, binding in self._bound_names():
            found.setdefault(name, []).append(binding)
        return found

    @cached_property
    def frame(self) -> Frame:
        """The frame of this scope for any caller."""
        return Frame(self, {}, None if self.parent is None else self.parent.frame)

    def function(self, node: syntax.Function) -> FunctionScope:
        """The function that one of its own statements defines."""
        scope = self._scopes.get(id(node))
        if scope is None:
            scope = self._scopes[id(node)] = FunctionScope(self.module, self, node)
        assert isinstance(scope, FunctionScope)
        return scope

    def cls(self, node: syntax.Class) -> ClassScope:
        """The class that one of its own statements defines."""
        scope = self._scopes.get(id(node))
        if scope is None:
            scope = self._scopes[id(node)] = ClassScope(self.module, self, node)
        assert isinstance(scope, ClassScope)
        return scope

    def statements(self) -> tuple[Statement, ...]:
        """Every statement of this scope, those of nested blocks too."""
        return self._statements

    @cached_property
    def _statements(self) -> tuple[Statement, ...]:
        return tuple(syntax.statements(self.body))

    @property
    def calls(self) -> tuple[Reading, ...]:
        """The calls of its own body, with what becomes of them."""
        return self._surveyed[0]

    @cached_property
    def classified(self) -> frozenset[str]:
        """The names whose class its own body asks for, with `isinstance`."""
        asked = (node for node, *_ in self.calls if isinstance(node, syntax.Call) and len(node.args) == 2)
        return frozenset(
            call.args[0].path
            for call in asked
            if isinstance(call.func, syntax.Ref)
            and call.func.path == "isinstance"
            and isinstance(call.args[0], syntax.Ref)
        )

    @property
    def reads(self) -> tuple[Reading, ...]:
        """What its own body reads that may be a property, by its name."""
        return self._surveyed[2]

    @property
    def subscripts(self) -> tuple[Reading, ...]:
        """Every `a[b]` of its own body, those that are assigned or deleted too."""
        return self._surveyed[3]

    @property
    def memberships(self) -> tuple[Reading, ...]:
        """Every `a in b` and `a not in b` of its own body."""
        return self._surveyed[4]

    @property
    def comprehensions(self) -> Iterator[tuple[syntax.Comprehension, Reading]]:
        """Those of its own body."""
        return (
            (each.node, each) for each in self._surveyed[1] if isinstance(each.node, syntax.Comprehension)
        )

    @cached_property
    def _surveyed(self) -> tuple[tuple[Reading, ...], ...]:
        """Its calls, the expressions that bind names, what may be properties, its subscripts and its
        memberships, found in one pass."""
        calls: list[Reading] = []
        binders: list[Reading] = []
        reads: list[Reading] = []
        subscripts: list[Reading] = []
        memberships: list[Reading] = []
        kinds = (syntax.Call, syntax.Comprehension, syntax.Operation, syntax.Subscript)
        for reading in readings(self.body, *kinds, attributes=self.project.properties):
            match reading.node:
                case syntax.Call():
                    calls.append(reading)
                case syntax.Ref() | syntax.Attribute():
                    reads.append(reading)
                case syntax.Subscript():
                    subscripts.append(reading)
                case syntax.Operation(operator="in"):
                    memberships.append(reading)
                case syntax.Operation(operator=operator) if operator != ":=":
                    pass
                case _:
                    binders.append(reading)
        return tuple(calls), tuple(binders), tuple(reads), tuple(subscripts), tuple(memberships)

    @property
    def receiver(self) -> str:
        """What a method calls its first parameter: `self`, `cls`; '' for what is no method."""
        return ""

    def is_foreign(self, name: str) -> bool:
        """Whether a name is the module's here, and not bound by this scope."""
        return self.parent is None or name not in self.bindings

    def functions(self) -> tuple[FunctionScope, ...]:
        """The functions that this scope defines itself."""
        return self._functions

    def classes(self) -> tuple[ClassScope, ...]:
        """The classes that this scope defines itself."""
        return self._classes

    @cached_property
    def _functions(self) -> tuple[FunctionScope, ...]:
        return tuple([self.function(node) for node in self.statements() if type(node) is syntax.Function])

    @cached_property
    def _classes(self) -> tuple[ClassScope, ...]:
        return tuple([self.cls(node) for node in self.statements() if type(node) is syntax.Class])

    @cached_property
    def lambdas(self) -> tuple[FunctionScope, ...]:
        """The lambdas in its own body."""
        found = (
            inner.function
            for node in self.statements()
            for outer in syntax.expressions(node)
            for inner in syntax.walk(outer)
            if isinstance(inner, syntax.Lambda)
        )
        return tuple(self.function(node) for node in found)

    def within(self) -> Iterator[Scope]:
        """This scope and all scopes inside it, lambdas left out."""
        yield self
        for inner in (*self.classes(), *self.functions()):
            yield from inner.within()

    def with_lambdas(self) -> Iterator[Scope]:
        """This scope, and all scopes and lambdas inside it."""
        for scope in self.within():
            yield scope
            for inner in scope.lambdas:
                yield from inner.with_lambdas()

    def _bound_names(self) -> Iterator[tuple[str, Binding]]:
        """The names that it binds, in the order of the source."""
        found = [*self._bind(self.body, True)]
        if any(binding.is_for_checkers for _, binding in found):
            running = {name for name, binding in found if not binding.is_for_checkers}
            found = [pair for pair in found if not pair[1].is_for_checkers or pair[0] not in running]
        inside = [pair for each in self._surveyed[1] for pair in _bound_inside(each.node)]
        return iter(sorted(found + inside, key=lambda pair: pair[1].line) if inside else found)

    def _bind(self, body: tuple[Statement, ...], certain: bool) -> Iterator[tuple[str, Binding]]:
        for statement in body:
            yield from _bound(statement, certain)
            if type(statement) is syntax.If and (split := branches.split(statement)) is not None:
                yield from self._bind(split[0], certain)
                for name, binding in self._bind(split[1], False):
                    yield name, replace(binding, is_for_checkers=True)
                continue
            if type(statement) is syntax.Try and (fallbacks := branches.fallbacks(statement)):
                yield from self._bind_imports(statement, fallbacks, certain)
                continue
            nested = certain and type(statement) is syntax.With
            for block in syntax.blocks(statement):
                yield from self._bind(block, nested)

    def _bind_imports(
        self, statement: syntax.Try, fallbacks: tuple[syntax.Handler, ...], certain: bool
    ) -> Iterator[tuple[str, Binding]]:
        """What `try: import` binds: what follows a failure only where the import can fail, and code of the
        project in place of another package's is possible, but not what is meant to run."""
        succeeds = branches.succeeds(statement, self._is_own)
        for block in (statement.body, statement.orelse, statement.final):
            yield from self._bind(block, certain and succeeds)
        wanted = {node.alias or node.name for node in branches.attempted(statement)}
        for handler in statement.handlers:
            if handler not in fallbacks:
                yield from self._bind(handler.body, False)
            elif not succeeds:
                for name, binding in self._bind(handler.body, False):
                    is_stand_in = name in wanted and self._is_own(binding.node)
                    yield name, replace(binding, kind="unknown") if is_stand_in else binding

    def _is_own(self, node: syntax.Node) -> bool:
        """Whether a binding is by code of the project: a definition, or an import of one."""
        if isinstance(node, syntax.Import):
            return self.project.imported(self.module, node) is not None
        return isinstance(node, (syntax.Function, syntax.Class))


class ModuleScope(Scope):
    """A file, or a folder without `__init__.py` that names are imported through."""

    def __init__(self, project: Project, facts: syntax.Module) -> None:
        super().__init__(project, self, None, facts.body)
        self.facts = facts
        self.path = facts.path

    @cached_property
    def stars(self) -> tuple[syntax.Import, ...]:
        return tuple(
            node for node in self.statements() if isinstance(node, syntax.Import) and node.name == "*"
        )

    @cached_property
    def stored(self) -> dict[str, list[tuple[Scope, str, Expr]]]:
        """What `path[key] = value` stores: the scope, the path and the value, by the path's last name."""
        found: dict[str, list[tuple[Scope, str, Expr]]] = {}
        for scope in self.within():
            for node in scope.statements():
                if isinstance(node, syntax.Assign) and node.value is not None and not node.augmented:
                    for target in node.targets:
                        if isinstance(target, syntax.Subscript) and isinstance(target.value, syntax.Ref):
                            path = target.value.path
                            found.setdefault(path.rpartition(".")[2], []).append((scope, path, node.value))
        return found

    @cached_property
    def kept(self) -> dict[str, list[tuple[Scope, str, Expr]]]:
        """What `path.state.name = value` keeps: the scope, the path before and the value, by name."""
        found: dict[str, list[tuple[Scope, str, Expr]]] = {}
        for scope in self.within():
            for target, binding in scope.targets if isinstance(scope, FunctionScope) else _targets(scope):
                path, state, name = target.rpartition(".state.")
                if state and binding.value is not None:
                    found.setdefault(name, []).append((scope, path, binding.value))
        return found

    @cached_property
    def globals(self) -> dict[str, list[tuple[FunctionScope, Binding]]]:
        """What functions assign to the names that they declare `global`."""
        found: dict[str, list[tuple[FunctionScope, Binding]]] = {}
        for scope in self.within():
            if isinstance(scope, FunctionScope):
                for name, binding in scope.foreign_bindings:
                    found.setdefault(name, []).append((scope, binding))
        return found

    @cached_property
    def exported(self) -> frozenset[str] | None:
        """The names in `__all__`, when all of them are written out there."""
        names: set[str] = set()
        for binding in self.bindings.get("__all__", ()):
            if not isinstance(binding.value, syntax.Collection):
                return None
            for item in binding.value.items:
                if not isinstance(item, syntax.Constant):
                    return None
                names.add(str(item.value))
        is_changed = any(_root_name(call.node) == "__all__" for call in self.calls)
        return None if is_changed else frozenset(names) or None

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    def __repr__(self) -> str:
        return f"<module {self.path}>"


class ClassScope(Scope):
    def __init__(self, module: ModuleScope, parent: Scope, node: syntax.Class) -> None:
        super().__init__(module.project, module, parent, node.body)
        self.node = node
        self.name = node.name

    @property
    def place(self) -> Place:
        return Place(self.module.path, self.node.span)

    @cached_property
    def methods(self) -> dict[str, FunctionScope]:
        return {function.name: function for function in self.functions()}

    @cached_property
    def attributes(self) -> dict[str, list[tuple[FunctionScope, Binding]]]:
        """What the methods assign to `self`, by name."""
        found: dict[str, list[tuple[FunctionScope, Binding]]] = {}
        for method in self.functions():
            if not method.node.parameters:
                continue
            prefix = f"{method.node.parameters[0].name}."
            for path, binding in method.targets:
                name = path.removeprefix(prefix)
                if name != path and "." not in name:
                    found.setdefault(name, []).append((method, binding))
        return found

    def __repr__(self) -> str:
        return f"<class {self.name} in {self.module.path}>"


class FunctionScope(Scope):
    """A function of the project as it is written; `node` is its `def`."""

    def __init__(self, module: ModuleScope, parent: Scope, node: syntax.Function) -> None:
        super().__init__(module.project, module, parent, node.body)
        self.node = node
        self.name = node.name

    @property
    def place(self) -> Place:
        return Place(self.module.path, self.node.span)

    @property
    def owner(self) -> ClassScope | None:
        """The class that this is a method of."""
        return self.parent if isinstance(self.parent, ClassScope) else None

    @property
    def label(self) -> str:
        """How a person calls it: `price`, `Orders.create`."""
        return f"{self.owner.name}.{self.name}" if self.owner else self.name

    @cached_property
    def bindings(self) -> dict[str, list[Binding]]:
        """The names that it binds, parameters included, each with the ways in which it gets its value."""
        found = {
            parameter.name: [Binding("parameter", parameter, annotation=parameter.annotation)]
            for parameter in self.node.parameters
        }
        for name, binding in self._bound_names():
            if name not in self.foreign:
                found.setdefault(name, []).append(binding)
        return found

    @property
    def is_lambda(self) -> bool:
        """Whether it is a lambda."""
        return self.name == "<lambda>"

    @property
    def receiver(self) -> str:
        """What a method calls its first parameter; '' for what is no method."""
        parameters = self.node.parameters
        return parameters[0].name if self.owner is not None and parameters else ""

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Names declared `global` or `nonlocal`."""
        return frozenset(
            name for node in self.statements() if isinstance(node, syntax.Scoped) for name in node.names
        )

    @cached_property
    def targets(self) -> tuple[tuple[str, Binding], ...]:
        """Assignments to dotted names, such as `self.client`."""
        return tuple(_targets(self))

    @property
    def foreign_bindings(self) -> Iterator[tuple[str, Binding]]:
        """What it assigns to names of its module."""
        names = set(self.foreign)
        outer = self.parent
        while names and isinstance(outer, FunctionScope):
            names -= outer.bindings.keys()
            outer = outer.parent
        if names:
            yield from (each for each in self._bound_names() if each[0] in names)

    @cached_property
    def awaits(self) -> bool:
        """Whether its own body awaits anything."""
        return (
            any(readings(self.body, syntax.Await))
            or any(each.is_async for node, _ in self.comprehensions for each in node.generators)
            or any(
                isinstance(node, (syntax.With, syntax.Loop)) and node.is_async for node in self.statements()
            )
        )

    @cached_property
    def returns_parameter(self) -> bool:
        """Whether it may return what it was given."""
        names = {each.name for each in self.node.parameters if each.annotation is None}
        return any(
            isinstance(node, syntax.Return)
            and isinstance(node.value, (syntax.Ref, syntax.Call))
            and _root_name(node.value) in names
            for node in self.statements()
        )

    @cached_property
    def returned_parameters(self) -> tuple[syntax.Parameter, ...]:
        """Those of its parameters, without `self`, that it returns as they are."""
        returned = {
            node.value.path
            for node in self.statements()
            if isinstance(node, syntax.Return) and isinstance(node.value, syntax.Ref)
        }
        own = self.node.parameters[1 if self.owner is not None else 0 :]
        plain = (each for each in own if each.kind not in ("args", "kwargs"))
        return tuple(each for each in plain if each.name in returned and len(self.bindings[each.name]) == 1)

    @cached_property
    def gives(self) -> bool:
        """Whether it returns or yields anything; else a call of it gives `None`."""
        return self.node.is_generator or any(
            isinstance(each, syntax.Return) and each.value is not None for each in self.statements()
        )

    def parameter(self, name: str) -> syntax.Parameter | None:
        """Its parameter of this name."""
        return next((each for each in self.node.parameters if each.name == name), None)

    def __repr__(self) -> str:
        return f"<function {self.label} in {self.module.path}>"


class Frame(Struct, frozen=True, eq=False):
    """A scope as one caller sees it: `arguments` are what that call passes, by parameter."""

    scope: Scope
    arguments: Mapping[str, Expression] = {}
    outer: Frame | None = None
    receiver: object = None
    key: tuple[object, ...] = ()

    @property
    def is_general(self) -> bool:
        """Whether it is the scope's frame for any caller: no call is part of its key."""
        return not any(isinstance(part, int) for part in self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and self.scope is other.scope and self.key == other.key

    def __hash__(self) -> int:
        return hash((id(self.scope), self.key))


def _targets(scope: Scope) -> Iterator[tuple[str, Binding]]:
    return (
        (target.path, Binding("value", node, node.value, node.annotation))
        for node in scope.statements()
        if isinstance(node, syntax.Assign) and not node.augmented
        for target in node.targets
        if isinstance(target, syntax.Ref) and "." in target.path
    )


def _root_name(node: Expr) -> str:
    if isinstance(node, syntax.Ref):
        return node.path.partition(".")[0]
    return _root_name(node.func) if isinstance(node, syntax.Call) else ""


def _bound(statement: Statement, certain: bool) -> Iterable[tuple[str, Binding]]:
    match statement:
        case syntax.Import() if statement.name != "*":
            name = statement.alias or statement.module.partition(".")[0]
            yield name, Binding("import", statement, certain=certain)
        case syntax.Assign() if statement.augmented:
            for target in statement.targets:
                yield from _unpacked(target, Binding("unknown", statement, certain=False))
        case syntax.Assign():
            binding = Binding("value", statement, statement.value, statement.annotation, certain=certain)
            for target in statement.targets:
                yield from _unpacked(target, binding)
        case syntax.Alias():
            yield statement.name, Binding("alias", statement, statement.value, certain=certain)
        case syntax.Function():
            yield statement.name, Binding("function", statement, certain=certain)
        case syntax.Class():
            yield statement.name, Binding("class", statement, certain=certain)
        case syntax.Loop() if statement.target is not None:
            yield from _unpacked(
                statement.target, Binding("iterate", statement, statement.source, certain=False)
            )
        case syntax.With():
            for item in statement.items:
                if item.target is not None:
                    yield from _unpacked(item.target, Binding("enter", item, item.context, certain=certain))
        case syntax.Try():
            for handler in statement.handlers:
                if handler.name:
                    kind = "unknown" if handler.kind is None else "caught"
                    yield handler.name, Binding(kind, handler, handler.kind, certain=False)
        case _:
            pass


def _bound_inside(node: Expr) -> Iterator[tuple[str, Binding]]:
    """The names that `:=` and comprehensions bind."""
    if isinstance(node, syntax.Operation):
        target, value = node.operands
        yield from _unpacked(target, Binding("value", node, value, certain=False))
    elif isinstance(node, syntax.Comprehension):
        for loop in node.generators:
            yield from _unpacked(loop.target, Binding("iterate", loop, loop.source, certain=False))


def _unpacked(target: Expr, binding: Binding) -> Iterator[tuple[str, Binding]]:
    match target:
        case syntax.Ref() if "." not in target.path:
            yield target.path, binding
        case syntax.Collection():
            for position, item in enumerate(target.items):
                inner = Binding(
                    binding.kind,
                    binding.node,
                    binding.value,
                    None,
                    (*binding.unpack, position),
                    binding.certain,
                )
                yield from _unpacked(item, inner)
        case syntax.Starred():
            yield from _unpacked(target.value, Binding("unknown", binding.node, certain=False))
        case _:
            pass
