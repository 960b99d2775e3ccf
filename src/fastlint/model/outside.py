"""Where code uses what other packages bring: a class, a function, a constant, a method of an object."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import expressions_in, last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import Binding, ModuleScope, Scope
from fastlint.model.suites import is_test

if TYPE_CHECKING:
    from fastlint.model.project import Project


@dataclass(frozen=True, slots=True)
class ImportedName:
    """`from module import name as alias`, one name of it, where that is another package's.

    `module` is as the code spells it, `is_used` says whether its own module reads the name anywhere.
    """

    statement: syntax.Import
    scope: Scope
    is_used: bool

    @property
    def module(self) -> str:
        """The module that it is taken from."""
        return self.statement.module

    @property
    def name(self) -> str:
        """Its name there."""
        return self.statement.name

    @property
    def place(self) -> Place:
        return Place(self.scope.module.path, self.statement.span)


def calls_of(
    project: Project,
    *names: str,
    giving: Collection[str] = (),
    in_tests: Collection[str] = (),
    anywhere: bool = False,
) -> Iterator[Expression]:
    """The calls of functions, classes and methods of other packages, by their dotted names.

    `httpx.Client.get` is the method of an object of that very class, as far as it is known what that is.
    Where there are names of arguments in `giving`, only calls that are written with one of these keywords.
    Modules are looked into that can touch the framework, and all of the project where it says `anywhere`. A
    test may do so through its fixtures alone: tests are looked into whose text has all of the words
    `in_tests`.
    """
    wanted, keywords = frozenset(names), frozenset(giving)
    last = {name.rpartition(".")[2] for name in names}
    words = sorted(keywords) or sorted(last)
    modules = [*project.naming(*words), *_tests(project, in_tests)]
    if anywhere:
        modules += [module for word in words for module in project.mentioning(word)]
    for module in dict.fromkeys(modules):
        found = project.calls.module(module)
        for called in sorted({*last, *_renamed(module, last)} & found.keys()):
            for scope, node in found[called]:
                if keywords and keywords.isdisjoint(each.name for each in node.keywords):
                    continue
                call = Expression(node, scope.frame)
                if wanted.intersection(call.func.externals()):
                    yield call


def _tests(project: Project, words: Collection[str]) -> Iterator[ModuleScope]:
    for path in sorted(project.mentioned(*words)) if words else ():
        module = project.module(path) if is_test(path) else None
        if module is not None:
            yield module


def uses_of(project: Project, *names: str) -> Iterator[Expression]:
    """Where things of other packages are read, by their dotted names, imports left out."""
    wanted = frozenset(names)
    last = {name.rpartition(".")[2] for name in names}
    for module in project.naming(*sorted(last)):
        local = {*last, *_renamed(module, last)}
        for scope, outer in expressions_in(module):
            for node in syntax.walk(outer):
                if isinstance(node, (syntax.Ref, syntax.Attribute)) and last_name(node) in local:
                    use = Expression(node, scope.frame)
                    if use.external() in wanted:
                        yield use


def imports_of(project: Project, *names: str) -> Iterator[ImportedName]:
    """Where `from module import name` takes one of these dotted names from another package."""
    wanted = frozenset(names)
    for module in project.naming(*sorted({name.rpartition(".")[2] for name in names})):
        read = {
            node.path.partition(".")[0]
            for _, outer in expressions_in(module)
            for node in syntax.walk(outer)
            if isinstance(node, syntax.Ref)
        }
        for scope in module.within():
            for node in scope.statements():
                if not isinstance(node, syntax.Import) or f"{node.module}.{node.name}" not in wanted:
                    continue
                if not node.level and project.imported(module, node) is None:
                    yield ImportedName(node, scope, (node.alias or node.name) in read)


def import_behind(use: Expression) -> ImportedName | None:
    """The one `from module import name` by which code has a bare name, where that is another package's."""
    node = use.node
    if not isinstance(node, syntax.Ref) or "." in node.path:
        return None
    frame = use.frame
    while node.path not in frame.scope.bindings and frame.outer is not None:
        frame = frame.outer
    return _imported(frame.scope, frame.scope.bindings.get(node.path, []))


def _imported(scope: Scope, bindings: list[Binding]) -> ImportedName | None:
    if len(bindings) != 1 or not isinstance(bindings[0].node, syntax.Import):
        return None
    statement = bindings[0].node
    is_own = statement.level or scope.project.imported(scope.module, statement) is not None
    return None if is_own or statement.name in ("", "*") else ImportedName(statement, scope, True)


def _renamed(module: ModuleScope, names: Collection[str]) -> set[str]:
    """The other names under which a module imports what has one of these names."""
    return {
        node.alias
        for scope in module.within()
        for node in scope.statements()
        if isinstance(node, syntax.Import) and node.name in names and node.alias
    }
