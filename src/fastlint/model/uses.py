"""The calls of a function's own body, and what becomes of what they give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.index.syntax import Expr
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.judging import is_own
from fastlint.model.scopes import Frame

TRUTH = "truth"
"""The context of what is asked whether it is true, without a call."""


class Use(NamedTuple):
    """One call, or the reading of a name, and its context.

    The fields are those of `fastlint.index.contexts.Reading`.
    """

    call: Expression
    context: str
    outer: Expr | None
    statement: syntax.Statement
    loop: syntax.Node | None = None

    @property
    def outer_call(self) -> Expression | None:
        """The call whose argument it is, or a part of."""
        return self.call.at(self.outer) if isinstance(self.outer, syntax.Call) else None

    @property
    def text(self) -> str:
        """What is done there, as a person would write it: `price()`, `del store[key]`, `bool(store)`."""
        if self.call.is_call:
            return f"{self.call.func.text()}()"
        if self.context == TRUTH:
            return f"bool({self.call.text()})"
        is_deleted = self.context == "statement" and isinstance(self.call.node, syntax.Subscript)
        return f"del {self.call.text()}" if is_deleted else self.call.text()


def uses(frame: Frame) -> Iterator[Use]:
    """Every call of a scope's own body, nested functions and lambdas left out."""
    for node, context, outer, statement, loop in frame.scope.calls:
        yield Use(Expression(node, frame), context, outer, statement, loop)


def property_uses(frame: Frame) -> Iterator[Use]:
    """Every reading of what may be a property in a scope's own body: `a.b` and `a.b.c` of `a.b.c.d()`."""
    names = frame.scope.project.properties
    for node, context, outer, statement, loop in frame.scope.reads:
        read, owner = Expression(node, frame), Expression(node, frame).owner
        while owner is not None:
            if last_name(read.node) in names:
                yield Use(read, context, outer, statement, loop)
            if isinstance(node, syntax.Attribute):
                break  # what it is an attribute of is a reading of its own
            read, owner, context = owner, owner.owner, "receiver"


def subscript_uses(frame: Frame) -> Iterator[tuple[Use, tuple[str, ...]]]:
    """Every `a[b]` of a scope's own body where `a` may be an object of the project, with the methods of it
    that Python calls. A statement that is one is a `del`.
    """
    for node, context, outer, statement, loop in frame.scope.subscripts:
        assert isinstance(node, syntax.Subscript)
        if not any(map(is_own, Expression(node.value, frame).values())):
            continue
        methods: tuple[str, ...] = ("__getitem__",)
        if isinstance(statement, syntax.Assign) and any(node is each for each in statement.targets):
            methods = ("__getitem__", "__setitem__") if statement.augmented else ("__setitem__",)
        elif context == "statement":
            methods = ("__delitem__",)
        yield Use(Expression(node, frame), context, outer, statement, loop), methods


def membership_uses(frame: Frame) -> Iterator[Use]:
    """Every `a in b` of a scope's own body where `b` may be an object of the project."""
    for node, context, outer, statement, loop in frame.scope.memberships:
        assert isinstance(node, syntax.Operation)
        if any(map(is_own, Expression(node.operands[1], frame).values())):
            yield Use(Expression(node, frame), context, outer, statement, loop)


def truth_uses(frame: Frame) -> Iterator[Use]:
    """Every name in a test of a scope's own body that may be an object of the project: `if not store:`.

    Names of the function itself are left out: what is kept elsewhere is reached by others.
    """
    for statement in frame.scope.statements():
        for test in _tests(statement):
            for node in _tested(test):
                is_local = isinstance(node, syntax.Ref) and not frame.scope.is_foreign(node.path)
                if not is_local and any(map(is_own, Expression(node, frame).values())):
                    yield Use(Expression(node, frame), TRUTH, None, statement)


def _tests(statement: syntax.Statement) -> Iterator[Expr]:
    if isinstance(statement, syntax.If):
        yield statement.test
    elif isinstance(statement, syntax.Loop) and statement.target is None:
        yield statement.source


def _tested(test: Expr) -> Iterator[Expr]:
    """What is asked for its truth in a test."""
    if isinstance(test, syntax.Operation) and test.operator in ("and", "or", "not"):
        for each in test.operands:
            yield from _tested(each)
    elif isinstance(test, (syntax.Ref, syntax.Attribute)):
        yield test


def iterations(frame: Frame) -> Iterator[tuple[Use, bool]]:
    """Everything that the loops and comprehensions of a scope's own body go through, and whether `async`."""
    for statement in frame.scope.statements():
        if type(statement) is syntax.Loop and statement.target is not None:
            yield Use(Expression(statement.source, frame), "iterated", None, statement), statement.is_async
    for node, reading in frame.scope.comprehensions:
        for each in node.generators:
            use = Use(Expression(each.source, frame), "iterated", node, reading.statement)
            yield use, each.is_async


def entries(frame: Frame) -> Iterator[Use]:
    """Everything but calls that a `with` of a scope's own body enters: `with self.lock:`."""
    for statement in frame.scope.statements():
        for item in statement.items if type(statement) is syntax.With else ():
            if not isinstance(item.context, (syntax.Call, syntax.Await)):
                yield Use(Expression(item.context, frame), "entered", None, statement)


def name_uses(frame: Frame, name: str) -> Iterator[Use]:
    """Every reading of a name in a scope's own body; that of an attribute of it has it as the receiver."""
    for node, context, outer, statement, loop in readings(frame.scope.body, syntax.Ref):
        if isinstance(node, syntax.Ref) and node.path.partition(".")[0] == name:
            where = "receiver" if "." in node.path else context
            yield Use(Expression(node, frame), where, outer, statement, loop)
