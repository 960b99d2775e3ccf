"""Which names a file binds and reads, scope by scope: what a fix must know before it touches imports."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

Position = tuple[int, int]
ImportStatement = ast.Import | ast.ImportFrom

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
DYNAMIC = frozenset({"globals", "locals", "vars", "eval", "exec"})


@dataclass(frozen=True)
class Imported:
    """A name that an import binds: `target` is what it stands for, `certain` that the import always runs."""

    statement: ImportStatement
    alias: ast.alias
    target: str
    certain: bool
    modules: tuple[str, ...] = ()

    @property
    def local(self) -> str:
        return self.alias.asname or self.alias.name.partition(".")[0]

    def spells(self, qualified: str) -> str | None:
        """How code that has this import writes a qualified name; None when it does not give it."""
        if qualified == self.target or qualified in self.modules:
            return self.local + qualified[len(self.target) :]
        module, _, attribute = qualified.rpartition(".")
        if module == self.target or module in self.modules:
            return f"{self.local}{module[len(self.target) :]}.{attribute}"
        return None


@dataclass(eq=False)
class Scope:
    """A module, class, function, lambda or comprehension and what it binds (None: not by an import)."""

    node: ast.AST
    parent: Scope | None
    start: Position
    end: Position
    bound: dict[str, list[Imported | None]] = field(default_factory=dict[str, "list[Imported | None]"])

    def bind(self, name: str, by: Imported | None = None) -> None:
        self.bound.setdefault(name, []).append(by)

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)


@dataclass(frozen=True)
class Use:
    """A name in the source, whether it is read, bound or deleted there."""

    name: str
    position: Position
    reads: bool


class Names:
    """The scopes of a file, its uses of names, and the strings that may mean names."""

    def __init__(self, tree: ast.Module, text: str) -> None:
        self.tree = tree
        self.text = text
        self.module = Scope(tree, None, (0, 0), (len(text) + 2, 0))
        self.scopes = [self.module]
        self.uses: list[Use] = []
        self.exported: set[str] = set()
        self.quoted: list[str] = []
        self.annotations: list[str] = []
        self._read(tree)

    def chain(self, at: Position) -> list[Scope]:
        """The scopes that code at a position sees, innermost first."""
        inside = (scope for scope in self.scopes if scope.start <= at < scope.end)
        innermost = max(inside, key=lambda scope: sum(1 for _ in _outwards(scope)), default=self.module)
        return [scope for scope in _outwards(innermost) if scope is innermost or not scope.is_class]

    def meaning(self, name: str, at: Position) -> tuple[Scope, list[Imported | None]] | None:
        """The scope that gives a name its meaning at a position, and all that binds it there."""
        for scope in self.chain(at):
            if name in scope.bound:
                return scope, scope.bound[name]
        return None

    @cached_property
    def imports(self) -> list[tuple[Scope, Imported]]:
        """Everything that the file imports, with the scope that it is imported into."""
        return [
            (scope, binding)
            for scope in self.scopes
            for bindings in scope.bound.values()
            for binding in bindings
            if binding is not None
        ]

    def usable(self, scope: Scope, imported: Imported, at: Position) -> bool:
        """Whether code at a position can rely on an import: it ran, and nothing else takes its name."""
        found = self.meaning(imported.local, at)
        if found is None or found[0] is not scope:
            return False
        if any(binding is None or binding.target != imported.target for binding in found[1]):
            return False
        runs_later = scope is self.module and any(
            isinstance(inner.node, (*FUNCTIONS, ast.Lambda)) for inner in self.chain(at)
        )
        return imported.certain and (runs_later or _start(imported.statement) < at)

    def is_taken(self, name: str, at: Position, target: str) -> bool:
        """Whether a module-level import under this name would mean something else to someone."""
        if hasattr(builtins, name):
            return True
        if any(name in scope.bound for scope in self.chain(at) if scope is not self.module):
            return True
        bound = self.module.bound.get(name)
        if bound is not None:
            return any(binding is None or binding.target != target for binding in bound)
        return any(
            use.name == name and use.reads and self.meaning(name, use.position) is None for use in self.uses
        )

    def is_used(self, name: str, at: Position) -> bool:
        """Whether code that a definition of a name at a position reaches means something else by it."""
        return (
            hasattr(builtins, name)
            or any(name in scope.bound for scope in [*self.chain(at), self.module])
            or any(use.name == name and self.meaning(name, use.position) is None for use in self.uses)
        )

    def is_bound(self, name: str) -> bool:
        """Whether the module or any of its functions has something of this name."""
        return any(name in scope.bound for scope in self.scopes if not scope.is_class)

    def means_module(self, name: str, at: Position) -> bool:
        """Whether code at a position means a variable of the module by a name."""
        found = self.meaning(name, at)
        return found is not None and found[0] is self.module

    def mentions(self, name: str) -> bool:
        """Whether more than code may use a module's name: `__all__`, annotations in quotes, `eval`."""
        word = re.compile(rf"\b{re.escape(name)}\b")
        dotted = re.compile(rf"(?<![\w.]){re.escape(name)}\.[^\W\d]")
        return (
            name in self.exported
            or any(use.name in DYNAMIC for use in self.uses)
            or any(word.search(quoted) for quoted in self.annotations)
            or any(dotted.search(quoted) for quoted in self.quoted)
            or re.search(rf"#\s*type:.*\b{re.escape(name)}\b", self.text) is not None
        )

    def _read(self, tree: ast.Module) -> None:
        pending: list[tuple[ast.AST, Scope, bool]] = [(child, self.module, True) for child in tree.body]
        pending.reverse()
        while pending:
            node, scope, certain = pending.pop()
            inner = self._visit(node, scope, certain)
            pending += reversed(list(inner))

    def _visit(self, node: ast.AST, scope: Scope, certain: bool) -> Iterator[tuple[ast.AST, Scope, bool]]:
        """Note what a node does to names, and give its children with the scope each belongs to."""
        self._note(node, scope, certain)
        if isinstance(node, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield from self._definition(node, scope)
        elif isinstance(node, COMPREHENSIONS):
            inner = self._open(node, scope, _start(node), _end(node))
            yield from ((child, inner, False) for child in ast.iter_child_nodes(node))
        else:
            yield from ((child, scope, False) for child in ast.iter_child_nodes(node))

    def _definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef, scope: Scope
    ) -> Iterator[tuple[ast.AST, Scope, bool]]:
        body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
        inner = self._open(node, scope, _start(body[0]), _end(node))
        for parameter in cast("list[ast.AST]", getattr(node, "type_params", [])):
            inner.bind(getattr(parameter, "name", ""))
        if not isinstance(node, ast.ClassDef):
            for argument in _arguments(node.args):
                inner.bind(argument.arg)
        owned = {id(child) for child in body}
        for child in ast.iter_child_nodes(node):
            yield child, (inner if id(child) in owned else scope), id(child) in owned

    def _open(self, node: ast.AST, parent: Scope, start: Position, end: Position) -> Scope:
        scope = Scope(node, parent, start, end)
        self.scopes.append(scope)
        return scope

    def _note(self, node: ast.AST, scope: Scope, certain: bool) -> None:
        if isinstance(node, ast.Name):
            reads = isinstance(node.ctx, ast.Load)
            self.uses.append(Use(node.id, _start(node), reads))
            if not reads:
                _binder(scope).bind(node.id)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            scope.bind(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for imported in _imported(node, certain):
                scope.bind(imported.local, imported)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            for name in node.names:
                self.uses.append(Use(name, _start(node), False))
                self.module.bind(name)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            scope.bind(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            scope.bind(node.rest)
        self._note_strings(node)

    def _note_strings(self, node: ast.AST) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.quoted.append(node.value)
        elif isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            self.annotations += _strings(node.annotation)
        elif isinstance(node, FUNCTIONS) and node.returns is not None:
            self.annotations += _strings(node.returns)
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)):
            names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
            if "__all__" in names:
                self.exported.update(_strings(node), names)


def top_level(statement: ImportStatement) -> str:
    """The first part of the module that an import reads; empty for a relative one."""
    if isinstance(statement, ast.ImportFrom):
        return "" if statement.level else (statement.module or "").partition(".")[0]
    return statement.names[0].name.partition(".")[0]


def _imported(statement: ImportStatement, certain: bool) -> Iterator[Imported]:
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            if alias.name != "*":
                module = "." * statement.level + (statement.module or "")
                yield Imported(statement, alias, f"{module}.{alias.name}", certain)
        elif alias.asname:
            yield Imported(statement, alias, alias.name, certain)
        else:
            parts = alias.name.split(".")
            modules = tuple(".".join(parts[: count + 1]) for count in range(len(parts)))
            yield Imported(statement, alias, parts[0], certain, modules)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*named, *(extra for extra in (arguments.vararg, arguments.kwarg) if extra)]


def _binder(scope: Scope) -> Scope:
    """Where an assignment binds: for a comprehension around it, which errs towards a name being taken."""
    if isinstance(scope.node, COMPREHENSIONS) and scope.parent is not None:
        return _binder(scope.parent)
    return scope


def _outwards(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.parent


def _strings(node: ast.AST) -> list[str]:
    constants = (child.value for child in ast.walk(node) if isinstance(child, ast.Constant))
    return [value for value in constants if isinstance(value, str)]


def _start(node: ast.AST) -> Position:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> Position:
    return getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)
