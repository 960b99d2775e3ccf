"""What the tests around and before an expression leave of its values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastlint.index import syntax
from fastlint.index.syntax import Expr, Statement
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.leaving import leaves
from fastlint.model.markers import union_parts
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Value, Values

DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Test:
    """A test that was made before; `holds` is how it came out, None where that is not known.

    One that `only_raises` is a call by itself: it decides by raising or not at all.
    """

    node: Expr
    holds: bool | None
    only_raises: bool = False


def left(expression: Expression) -> Values:
    """The values that an expression can have where it stands.

    `if isinstance(found, Error): raise found` leaves no `Error` of `found` below it. Where a test decides
    that cannot be read, nothing is left.
    """
    tests = tuple(made_before(expression.scope.body, expression.node))
    return tuple(_left(expression, tests))


def possible(expression: Expression) -> Values:
    """The values that an expression can have, without those that a test around or before it rules out."""
    values, node = expression.values(), expression.node
    if len(values) < 2 or not isinstance(node, syntax.Ref) or node.path not in expression.scope.classified:
        return values
    tests = tuple(made_before(expression.scope.body, expression.node))
    about = [test for test in tests if _is_about_last_value(test, expression)]
    return tuple(
        value
        for value in values
        if not any(_Question(expression, value).is_excluded_by(test) for test in about)
    )


def admits(expression: Expression, value: Value) -> bool:
    """Whether an expression can have a value where it stands, if it has it at all."""
    if not isinstance(expression.node, syntax.Ref):
        return True
    tests = made_before(expression.scope.body, expression.node)
    return _passes_all(tests, expression, value)


def _passes_all(tests: Iterable[Test], read: Expression, value: Value) -> bool:
    about = (test for test in tests if _is_about_last_value(test, read))
    return all(_Question(read, value).passes(test) for test in about)


def _left(expression: Expression, tests: tuple[Test, ...]) -> Iterator[Value]:
    node = expression.node
    if isinstance(node, syntax.Operation) and node.operator == "if":
        test, then, otherwise = node.operands
        yield from _left(expression.at(then), (*tests, Test(test, True)))
        yield from _left(expression.at(otherwise), (*tests, Test(test, False)))
    elif isinstance(node, syntax.Operation) and node.operator in ("and", "or"):
        for operand in node.operands:
            yield from _left(expression.at(operand), tests)
            tests = (*tests, Test(operand, node.operator == "and"))
    elif isinstance(node, syntax.Ref):
        yield from (value for value in expression.values() if _passes_all(tests, expression, value))
    else:
        yield from expression.values()


def made_before(block: tuple[Statement, ...], node: Expr) -> Iterator[Test]:
    """The tests in a block whose outcome is settled where a node of it stands."""
    for statement in block:
        inner = next((each for each in syntax.blocks(statement) if syntax.encloses(each, node)), None)
        if inner is not None:
            yield from _made_around(statement, inner)
            yield from made_before(inner, node)
            return
        is_after = (statement.span.line, statement.span.column) > (node.span.line, node.span.column)
        if is_after or syntax.encloses((statement,), node):
            return
        yield from _settled_by(statement)


def _made_around(statement: Statement, inner: tuple[Statement, ...]) -> Iterator[Test]:
    if isinstance(statement, syntax.If):
        yield Test(statement.test, inner is statement.body)
    elif isinstance(statement, syntax.Match):
        yield Test(statement.subject, None)
    elif isinstance(statement, syntax.Loop) and statement.target is None and inner is statement.body:
        yield Test(statement.source, True)


def _settled_by(statement: Statement) -> Iterator[Test]:
    """What is settled once a statement has run."""
    match statement:
        case syntax.Evaluate(value=syntax.Operation() | syntax.Call() as value):
            is_asserted = not isinstance(value, syntax.Call) or last_name(value.func) == "isinstance"
            yield Test(value, True) if is_asserted else Test(value, None, only_raises=True)
        case syntax.Evaluate(value=syntax.Await(value=value)):
            yield Test(value, None, only_raises=True)
        case syntax.With(body=body) | syntax.Try(body=body):
            for each in body:
                yield from _settled_by(each)
        case syntax.If(test=test, body=body, orelse=orelse):
            if leaves(body) or _binds(body, test):
                yield Test(test, False)
                for each in orelse:
                    yield from _settled_by(each)
            elif orelse and (leaves(orelse) or _binds(orelse, test)):
                yield Test(test, True)
                for each in body:
                    yield from _settled_by(each)
            elif not body:  # facts leave out what it does, such as `continue`
                yield Test(test, None)
        case _:
            pass


def _binds(block: tuple[Statement, ...], test: Expr) -> bool:
    """Whether a block gives a name of a test another value."""
    names = {node.path for node in syntax.walk(test) if isinstance(node, syntax.Ref)}
    return any(
        isinstance(target, syntax.Ref) and target.path in names
        for statement in block
        if isinstance(statement, syntax.Assign)
        for target in statement.targets
    )


def _is_about_last_value(test: Test, read: Expression) -> bool:
    """Whether the name that is read has certainly no other value since a test."""
    assert isinstance(read.node, syntax.Ref)
    bindings = read.scope.bindings.get(read.node.path, ())
    return not any(
        binding.certain and test.node.span.line < binding.line <= read.node.span.line for binding in bindings
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether a name that is read can still have one of its values."""

    read: Expression
    value: Value

    def passes(self, test: Test) -> bool:
        """Whether the value lets a test come out as it did; not where the test cannot be read."""
        if test.holds is not None:
            return self._may_be(test.node, test.holds, 0) is True
        return not self._decides(test.node) or (test.only_raises and self._only_looks(test.node))

    def is_excluded_by(self, test: Test) -> bool:
        """Whether the test cannot have come out as it did."""
        return test.holds is not None and self._may_be(test.node, test.holds, 0) is False

    def _only_looks(self, call: Expr) -> bool:
        """Whether a call lets everything pass that it is handed: `print(found)`, but not `check(found)`."""
        if not isinstance(call, syntax.Call):
            return False
        callees = self.read.at(call.func).values()
        return bool(callees) and not any(
            isinstance(callee, FunctionValue)
            and any(isinstance(each, syntax.Raise) for each in callee.scope.statements())
            for callee in callees
        )

    def _may_be(self, test: Expr, holds: bool, depth: int) -> bool | None:
        if depth > DEEPEST:
            return None
        match test:
            case syntax.Operation(operator="not", operands=(operand,)):
                return self._may_be(operand, not holds, depth + 1)
            case syntax.Operation(operator="and" | "or" as operator, operands=operands):
                found = [self._may_be(each, holds, depth + 1) for each in operands]
                if (operator == "and") is holds:
                    return False if False in found else None if None in found else True
                return None if None in found else True in found
            case syntax.Operation(operator=":=", operands=(target, _)):
                return self._may_be(target, holds, depth + 1)
            case syntax.Ref() if self._is_read(test):
                return True if holds else None
            case syntax.Ref():
                return self._named_test(test, holds, depth)
            case syntax.Operation(operator="is" | "is not" as operator, operands=(subject, other)) if (
                self._is_read(subject) and self.read.at(other).is_none
            ):
                return not isinstance(self.value, Instance) or (operator == "is not") is holds
            case syntax.Call(args=(subject, kinds)) if last_name(test.func) == "isinstance":
                return self._is_kind(kinds, holds) if self._is_read(subject) else True
            case _:
                return None if self._decides(test) else True

    def _named_test(self, name: syntax.Ref, holds: bool, depth: int) -> bool | None:
        """`failed = isinstance(found, Error)`, and `if failed:`."""
        for binding in self.read.scope.bindings.get(name.path, ()):
            if binding.value is not None and self._decides(binding.value):
                return self._may_be(binding.value, holds, depth + 1)
        return True

    def _is_read(self, node: Expr) -> bool:
        assert isinstance(self.read.node, syntax.Ref)
        if isinstance(node, syntax.Operation) and node.operator == ":=":
            return self._is_read(node.operands[0])
        return isinstance(node, syntax.Ref) and node.path == self.read.node.path

    def _decides(self, test: Expr) -> bool:
        """Whether a test looks at the value, and not only at what calling it gives."""
        assert isinstance(self.read.node, syntax.Ref)
        path = self.read.node.path
        nodes = (*syntax.walk(test),)
        called = {id(node.func) for node in nodes if isinstance(node, syntax.Call)}
        return any(
            isinstance(node, syntax.Ref)
            and (node.path.startswith(f"{path}.") or (node.path == path and id(node) not in called))
            for node in nodes
        )

    def _is_kind(self, kinds: Expr, holds: bool) -> bool | None:
        """Whether `isinstance` may answer so; an object of a known class may be one of a subclass."""
        value, classes = self.value, [each.value() for each in self._kinds(kinds)]
        if not isinstance(value, Instance):
            return True
        is_certain = is_possible = False
        for cls in classes:
            if not isinstance(cls, (ClassValue, External)):
                return None
            inference = self.read.project.inference
            is_certain = is_certain or inference.classes.is_subclass(value.cls, cls)
            is_possible = is_possible or (
                value.site is None and inference.classes.is_subclass(cls, value.cls)
            )
        return (is_certain or is_possible) if holds else not is_certain

    def _kinds(self, node: Expr) -> Iterator[Expression]:
        kinds = self.read.at(node)
        listed = kinds.items()
        yield from listed if listed is not None else tuple(union_parts(kinds)) or (kinds,)
