"""Every call in the project, by the last part of the called name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope, ModuleScope, Scope
from fastlint.model.values import stands_for

if TYPE_CHECKING:
    from fastlint.model.project import Project

Found = dict[str, list[tuple[Scope, syntax.Call]]]


class CallIndex:
    def __init__(self, project: Project) -> None:
        self.project = project
        self._modules: dict[ModuleScope, Found] = {}
        self._renamed: dict[ModuleScope, dict[str, list[str]]] = {}

    def named(self, *names: str) -> Iterator[Expression]:
        """Calls in the modules that can touch the framework, in the order of the source."""
        for module in self.project.modules:
            found = self.module(module)
            nodes = [pair for name in names for pair in found.get(name, ())]
            for scope, node in sorted(nodes, key=lambda pair: pair[1].span):
                yield Expression(node, scope.frame)

    def imported(self, *names: str) -> Iterator[Expression]:
        """Calls of what has one of these names, under another name that an import gives it too."""
        known = {*names}
        for module in self.project.modules:
            for statement in module.statements():
                if isinstance(statement, syntax.Import) and statement.name in names:
                    known.add(statement.alias)
        return self.named(*sorted(known))

    def of(self, scope: FunctionScope) -> Iterator[Expression]:
        """Calls anywhere in the project that may be of this function: they have its name."""
        name = called_as(scope)
        modules = self.project.mentioning(name) if scope.owner is None else self.project.modules
        for module in modules:
            yield from self._in_module(module, name)

    def is_called(self, scope: FunctionScope) -> bool:
        """Whether code of the project is known to call this function."""
        return any(stands_for(call.func.values(), scope) for call in self.of(scope))

    def near(self, scope: FunctionScope) -> Iterator[Expression]:
        """Those of them in modules that can touch the framework, or that name the function's module."""
        name = called_as(scope)
        for path in sorted(self._near(scope.module, name)):
            module = self.project.module(path)
            if module is not None:
                yield from self._in_module(module, name)

    def among(self, modules: Iterable[ModuleScope], scope: FunctionScope) -> Iterator[Expression]:
        """Those of them in some modules."""
        name = called_as(scope)
        for module in modules:
            if self.project.says(module, frozenset((name,))):
                yield from self._in_module(module, name)

    def _near(self, defined: ModuleScope, name: str) -> Iterator[str]:
        """The files that can import a function without a third module that hands it on."""
        found = self.project.mentioned(name)
        touching = found.intersection(self.project.seeds)
        yield from touching
        if found - touching:
            folder, _, file = defined.path.rpartition("/")
            stem, package = file.removesuffix(".py"), folder.rpartition("/")[2]
            naming = self.project.mentioned(name, *({stem, package} - {"__init__", ""}))
            siblings = {
                path for path in self.project.mentioned(name, stem) if path.rpartition("/")[0] == folder
            }
            yield from (naming | siblings) - touching

    def _in_module(self, module: ModuleScope, name: str) -> Iterator[Expression]:
        for alias in (name, *self._aliases(module).get(name, ())):
            for caller, node in self.module(module).get(alias, ()):
                yield Expression(node, caller.frame)

    def _aliases(self, module: ModuleScope) -> dict[str, list[str]]:
        """The other names under which a module imports something, by its own name."""
        found = self._renamed.get(module)
        if found is None:
            found = self._renamed[module] = {}
            for scope in module.within():
                for node in scope.statements():
                    if isinstance(node, syntax.Import) and node.alias not in ("", node.name):
                        found.setdefault(node.name, []).append(node.alias)
        return found

    def module(self, module: ModuleScope) -> Found:
        known = self._modules.get(module)
        if known is None:
            known = self._modules[module] = {}
            for scope, expression in expressions_in(module):
                for node in syntax.walk(expression):
                    if isinstance(node, syntax.Call):
                        known.setdefault(last_name(node.func), []).append((scope, node))
        return known


def called_as(scope: FunctionScope) -> str:
    """The name under which a function is called; a class's for its constructor."""
    return scope.owner.name if scope.owner and scope.name == "__init__" else scope.name


def last_name(node: Expr) -> str:
    """The last part of a called name: `get` of `router.get`, '' for what has no name."""
    if isinstance(node, syntax.Ref):
        return node.path.rpartition(".")[2]
    if isinstance(node, syntax.Attribute):
        return node.name
    return last_name(node.value) if isinstance(node, syntax.Subscript) else ""


def expressions_in(module: ModuleScope) -> Iterator[tuple[Scope, Expr]]:
    """Every expression of a module, annotations too, with the scope in which it is evaluated."""
    for scope in module.within():
        for node in _own_expressions(scope):
            yield scope, node
            yield from _in_lambdas(scope, node)


def _in_lambdas(scope: Scope, expression: Expr) -> Iterator[tuple[Scope, Expr]]:
    for node in syntax.walk(expression):
        if isinstance(node, syntax.Lambda):
            inner = scope.function(node.function)
            for statement in inner.statements():
                for each in syntax.expressions(statement):
                    yield inner, each
                    yield from _in_lambdas(inner, each)


def _own_expressions(scope: Scope) -> Iterator[Expr]:
    for statement in scope.statements():
        yield from syntax.expressions(statement)
        if isinstance(statement, syntax.Assign) and statement.annotation is not None:
            yield statement.annotation
        elif isinstance(statement, syntax.Alias):
            yield statement.value
        elif isinstance(statement, syntax.Function):
            yield from (each.annotation for each in statement.parameters if each.annotation is not None)
        elif isinstance(statement, syntax.Class):
            yield from (keyword.value for keyword in statement.keywords)
