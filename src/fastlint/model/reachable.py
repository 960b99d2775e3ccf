"""Which code of a function does not run, where the outcome of some of its tests is known."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.index.syntax import Expr, Statement
from fastlint.model.calls import last_name
from fastlint.model.scopes import FunctionScope

SUPPRESSING = ("suppress", "raises")


class Branches:
    """One body of code. What decides, a subclass says: how a test ends, and what certainly succeeds."""

    def __init__(self, scope: FunctionScope) -> None:
        self.scope = scope
        self._dead: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self._sure: list[tuple[Statement, ...]] = []
        self._asked: set[str] = set()
        self.leaves = self._block(scope.body)

    def truth(self, test: Expr) -> bool | None:
        """How a test ends that is no name of this scope; None where that is not known."""
        raise NotImplementedError

    def succeeds(self, statement: Statement) -> bool:
        """Whether a statement is known not to raise what the `try` around it is there for."""
        return False

    def decides(self, test: Expr) -> bool | None:
        """How a test ends that is made of others."""
        if isinstance(test, syntax.Constant):
            return bool(test.value)
        if isinstance(test, syntax.Ref) and test.path in self.scope.bindings:
            return self.named(test.path, test.span.line)
        if not isinstance(test, syntax.Operation):
            return self.truth(test)
        if test.operator == "not":
            inner = self.decides(test.operands[0])
            return None if inner is None else not inner
        if test.operator not in ("and", "or"):
            return self.truth(test)
        answers = [self.decides(each) for each in test.operands]
        ending = test.operator == "or"
        if ending in answers:
            return ending
        return None if None in answers else not ending

    def named(self, name: str, line: int = 0) -> bool | None:
        """How a test of a name ends, by the last values that it can have got before a line."""
        if name in self._asked:
            return None  # `pool = pool or make_pool()`
        self._asked.add(name)
        try:
            return self._by_bindings(name, line)
        finally:
            self._asked.remove(name)

    def _by_bindings(self, name: str, line: int) -> bool | None:
        answers: set[bool | None] = set()
        for binding in reversed(self.scope.bindings.get(name, ())):
            if (line and binding.line > line) or not self.reaches(binding.node):
                continue
            is_plain = binding.kind == "value" and not binding.unpack
            answers.add(self.decides(binding.value) if is_plain and binding.value is not None else None)
            if binding.certain or self._is_sure(binding.node):
                break
        return answers.pop() if len(answers) == 1 else None

    def results(self) -> Iterator[Expr | None]:
        """What it returns, where that may run; None for a bare `return`."""
        for node in self.scope.statements():
            if isinstance(node, syntax.Return) and self.reaches(node):
                yield from self._chosen(node.value)

    def _chosen(self, node: Expr | None) -> Iterator[Expr | None]:
        """The sides of `a if test else b` that may be taken, else the expression itself."""
        if isinstance(node, syntax.Operation) and node.operator == "if":
            known = self.decides(node.operands[0])
            for operand in node.operands[1:] if known is None else (node.operands[1 if known else 2],):
                yield from self._chosen(operand)
        else:
            yield node

    def reaches(self, node: syntax.Node) -> bool:
        """Whether a node may run."""
        start = (node.span.line, node.span.column)
        return not any(first <= start < last for first, last in self._dead)

    @property
    def rules_out(self) -> bool:
        """Whether any of it does not run."""
        return bool(self._dead)

    def _is_sure(self, node: syntax.Node) -> bool:
        """Whether it stands in the block of a `try` that succeeds."""
        return any(syntax.encloses(block, node) for block in self._sure)

    def _kill(self, *nodes: syntax.Node) -> None:
        if nodes:
            first, last = nodes[0].span, nodes[-1].span
            self._dead.append(((first.line, first.column), (last.end_line, last.end_column)))

    def _block(self, body: tuple[Statement, ...]) -> bool:
        """Whether what follows a block is not reached through it."""
        for position, statement in enumerate(body):
            for expression in syntax.expressions(statement):
                self._choices(expression)
            if self._statement(statement):
                self._kill(*body[position + 1 :])
                return True
        return False

    def _statement(self, statement: Statement) -> bool:
        match statement:
            case syntax.Return() | syntax.Raise():
                return True
            case syntax.If():
                return self._if(statement)
            case syntax.With():
                suppresses = any(
                    isinstance(item.context, syntax.Call) and last_name(item.context.func) in SUPPRESSING
                    for item in statement.items
                )
                is_sure = bool(statement.body) and self.succeeds(statement.body[0])
                return self._block(statement.body) and (is_sure or not suppresses)
            case syntax.Try():
                return self._try(statement)
            case syntax.Loop(target=None) if self.decides(statement.source) is False:
                self._kill(*statement.body)
                return self._block(statement.orelse)
            case _:
                for block in syntax.blocks(statement):
                    self._block(block)
                return False

    def _if(self, statement: syntax.If) -> bool:
        known = self.decides(statement.test)
        if known is None:
            left = [self._block(block) for block in (statement.body, statement.orelse)]
            return all(left)
        taken, other = statement.body, statement.orelse
        if not known:
            taken, other = other, taken
        self._kill(*other)
        return self._block(taken)

    def _try(self, statement: syntax.Try) -> bool:
        is_sure = (
            bool(statement.body)
            and self.succeeds(statement.body[0])
            and not any(isinstance(each, syntax.Raise) for each in syntax.statements(statement.body))
        )
        if is_sure:
            self._sure.append(statement.body)
            for handler in statement.handlers:
                self._kill(*handler.body)
        left = self._block(statement.body)
        left = self._block(statement.orelse) or left
        if not is_sure:
            handled = [self._block(handler.body) for handler in statement.handlers]
            left = left and all(handled)
        return self._block(statement.final) or left

    def _choices(self, expression: Expr) -> None:
        """What `a if test else b`, `test and a` and `test or a` leave out."""
        for node in syntax.walk(expression):
            if not isinstance(node, syntax.Operation):
                continue
            if node.operator == "if":
                known = self.decides(node.operands[0])
                if known is not None:
                    self._kill(node.operands[2 if known else 1])
            elif node.operator in ("and", "or"):
                for position, operand in enumerate(node.operands[:-1]):
                    if self.decides(operand) is (node.operator == "or"):
                        self._kill(*node.operands[position + 1 :])
                        break
