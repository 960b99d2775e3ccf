"""What has always run by the time that something else runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.index.syntax import Statement
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo
from fastlint.model.scopes import ClassScope, FunctionScope, ModuleScope, Scope
from fastlint.model.values import ClassValue, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

Guards = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a statement runs in its scope: its number there, and the branches that it stands in.

    `may_be_left` says that the scope can have returned before it.
    """

    number: int
    guards: Guards
    may_be_left: bool

    @property
    def certain(self) -> bool:
        return not self.guards and not self.may_be_left

    def precedes(self, other: Moment) -> bool:
        """Whether it has run by the time that another one of the same scope runs."""
        return self.number < other.number and other.guards[: len(self.guards)] == self.guards


@dataclass(frozen=True, slots=True)
class Running:
    """A scope in which something runs, and when; `certain` says that it then runs whenever the scope does."""

    scope: Scope
    moment: Moment
    certain: bool


class Order:
    """Compares when expressions are evaluated: in one scope, through functions that one place calls, and
    between modules of which one imports the other. Everything else is uncertain.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._moments: dict[Scope, dict[int, Moment]] = {}
        self._way = Memo(project.grounds, self._find_way)
        self._calls = Memo(project.grounds, self._find_calls)
        self._reached = Memo(project.grounds, self._find_reached)

    def precedes(self, earlier: Expression, later: Expression) -> bool:
        """Whether one expression has been evaluated whenever the other one is."""
        found = self._together(earlier, later)
        if found is not None:
            return found[0].certain and found[0].moment.precedes(found[1].moment)
        before, after = self._way(earlier), self._way(later)
        return bool(before and after) and self._is_imported(before[-1], after[-1])

    def follows(self, later: Expression, earlier: Expression) -> bool:
        """Whether one expression comes after another one in the code of one scope, conditions aside."""
        if later.scope is not earlier.scope:
            return False
        first = self._moment(earlier.scope, id(earlier.node))
        second = self._moment(later.scope, id(later.node))
        return first is not None and second is not None and first.number < second.number

    def excludes(self, one: Expression, other: Expression) -> bool:
        """Whether two expressions of one scope stand in different branches of one statement."""
        if one.scope is not other.scope:
            return False
        branches = [
            tuple(syntax.encloses(block, each.node) for block in syntax.blocks(statement))
            for statement in syntax.around(one.scope.body, one.node)
            if isinstance(statement, (syntax.If, syntax.Match))
            for each in (one, other)
        ]
        pairs = zip(branches[::2], branches[1::2], strict=True)
        return any(any(second) and first != second for first, second in pairs)

    def runs_with(self, expression: Expression, statement: Statement) -> bool:
        """Whether an expression is evaluated each time that a statement of its scope runs."""
        inner = self._moment(expression.scope, id(expression.node))
        outer = self._moment(expression.scope, id(statement))
        return inner is not None and outer is not None and inner.guards == outer.guards

    def _together(self, one: Expression, other: Expression) -> tuple[Running, Running] | None:
        """When both run in the innermost scope that makes both run."""
        if one.scope is other.scope:
            moments = [self._moment(each.scope, id(each.node)) for each in (one, other)]
            first, second = (None if each is None else Running(one.scope, each, True) for each in moments)
            return None if first is None or second is None else (first, second)
        after = {each.scope: each for each in self._way(other)}
        for each in self._way(one):
            if each.scope in after:
                return each, after[each.scope]
        return None

    def always(self, expression: Expression, scope: Scope) -> bool:
        """Whether an expression is evaluated whenever a scope runs."""
        return any(
            each.scope is scope and each.certain and each.moment.certain for each in self._way(expression)
        )

    def _find_way(self, expression: Expression) -> tuple[Running, ...]:
        return tuple(self._outwards(expression))

    def _outwards(self, expression: Expression) -> Iterator[Running]:
        """The scope of an expression, then those that make that scope run."""
        scope: Scope | None = expression.scope
        node = id(expression.node)
        certain = True
        seen: set[Scope] = set()
        while scope is not None and scope not in seen:
            seen.add(scope)
            moment = self._moment(scope, node)
            if moment is None:
                return
            yield Running(scope, moment, certain)
            certain = certain and moment.certain
            if isinstance(scope, ClassScope):
                node, scope = id(scope.node), scope.parent
                continue
            caller = self._caller(scope) if isinstance(scope, FunctionScope) else None
            if caller is None:
                return
            scope, node = caller.scope, id(caller.node)

    def _caller(self, scope: FunctionScope) -> Expression | None:
        """The one call of a function, if its body runs there and then."""
        if scope.node.is_async or scope.node.is_generator:
            return None
        calls = self._calls(scope)
        return calls[0] if len(calls) == 1 else None

    def _find_calls(self, scope: FunctionScope) -> tuple[Expression, ...]:
        return tuple(call for call in self.project.calls.of(scope) if _calls(call, scope))

    def _moment(self, scope: Scope, node: int) -> Moment | None:
        if scope not in self._moments:
            self._moments[scope] = dict(_Timetable(scope).read(scope.body))
        return self._moments[scope].get(node)

    def _is_imported(self, earlier: Running, later: Running) -> bool:
        """Whether a module has run to its end before another one imports from it."""
        one, other = earlier.scope, later.scope
        if not isinstance(one, ModuleScope) or not isinstance(other, ModuleScope):
            return False
        if not earlier.certain or not earlier.moment.certain or other in self._reached(one):
            return False
        return any(
            moment.precedes(later.moment) and target is one
            for node in other.statements()
            if isinstance(node, syntax.Import) and (moment := self._moment(other, id(node))) is not None
            for target in self._targets(other, node)
        )

    def _find_reached(self, module: ModuleScope) -> frozenset[ModuleScope]:
        """The modules that a module imports, itself or through others, at any time."""
        found: set[ModuleScope] = set()
        queue = [module]
        while queue:
            current = queue.pop()
            for scope in current.within():
                for node in scope.statements():
                    for target in self._targets(current, node) if isinstance(node, syntax.Import) else ():
                        if target not in found:
                            found.add(target)
                            queue.append(target)
        return frozenset(found)

    def _targets(self, importer: ModuleScope, node: syntax.Import) -> Iterator[ModuleScope]:
        """The modules that an import statement runs: what it names, and a submodule that it imports."""
        target = self.project.resolve(importer, node.module, node.level, node.name)
        if target is None:
            return
        yield target
        submodule = self.project.submodule(target, node.name) if node.name not in ("", "*") else None
        if submodule is not None:
            yield submodule


class _Timetable:
    """One walk over the statements of a scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._number = 0
        self._returned = False

    def read(self, body: tuple[Statement, ...], guards: Guards = ()) -> Iterator[tuple[int, Moment]]:
        for statement in body:
            self._number += 1
            moment = Moment(self._number, guards, self._returned)
            yield id(statement), moment
            for inner in syntax.evaluated(statement):
                yield id(inner), moment
            if isinstance(statement, syntax.Return):
                self._returned = True
            plain = isinstance(statement, syntax.With) or self._runs_for_each(statement)
            for branch, block in enumerate(syntax.blocks(statement)):
                yield from self.read(block, guards if plain else (*guards, (id(statement), branch)))

    def _runs_for_each(self, statement: Statement) -> bool:
        """Whether it is a loop over items that are written out, which nothing in its body can skip."""
        if not isinstance(statement, syntax.Loop) or statement.target is None:
            return False
        if any(syntax.blocks(each) for each in statement.body):
            return False
        return bool(Expression(statement.source, self._scope.frame).items())


def _calls(call: Expression, scope: FunctionScope) -> bool:
    return any(_runs(value, scope, call.project) for value in call.func.values())


def _runs(value: object, scope: FunctionScope, project: Project) -> bool:
    if isinstance(value, FunctionValue):
        return value.scope is scope
    if not isinstance(value, ClassValue) or scope.name != "__init__":
        return False
    method = project.inference.classes.method(Instance(value), "__init__")
    return method is not None and method.scope is scope
