"""State of the whole application that a function looks at, and changes after it was suspended in between.

What runs on the loop without an `await` nobody interrupts. With one between `if SEATS["left"] > 0:` and
`SEATS["left"] -= 1`, other requests look before this one has changed anything. In a thread they do so too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from fastlint.diagnostic import Span
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.expression import Expression
from fastlint.model.leaving import leaves
from fastlint.model.locks import suspensions
from fastlint.model.scopes import FunctionScope, Scope
from fastlint.model.uses import Use
from fastlint.model.values import ClassValue, FunctionValue, Instance

CHANGING = frozenset(
    (
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft"),
        *("put_nowait", "remove", "setdefault", "update"),
    )
)
"""Methods by which collections change."""
DEEPEST = 2
Kind = Literal["reads", "sets", "changes"]
Block = tuple[syntax.Statement, ...]


class Touch(NamedTuple):
    """Where a function reads, sets or changes something by a path; to change it takes no look before."""

    path: str
    kind: Kind
    node: syntax.Node

    @property
    def span(self) -> Span:
        return self.node.span


def torn(use: Use) -> str:
    """What is read before a call is done, and set or changed after it; '' if nothing is.

    What the function waits for in between is torn already.
    """
    scope = use.call.scope
    before, after = _around(use)
    read = [each for each in before if each.kind == "reads" and not _may_be_of_a_request(each.path, scope)]
    written = (each for each in after if each.kind != "reads")
    found = next((each for each in written if _is_among(each, read)), None)
    if found is None or not isinstance(scope, FunctionScope):
        return ""
    first = min(each.span for each in read if _is_among(found, [each]))
    waits = [node.span for _, node in suspensions(scope.body, scope.frame)]
    is_torn_already = any(first < each < found.span for each in waits)
    return "" if is_torn_already else found.path


def shared(use: Use) -> str:
    """What is used on both sides of a call, and set or changed on one of them; '' if nothing is."""
    before, after = _around(use)
    written = [each for each in after if each.kind != "reads"]
    changed = [each for each in before if each.kind != "reads"]
    both = [each for each in written if _is_among(each, before)]
    both += [each for each in after if _is_among(each, changed)]
    return both[0].path if both else ""


def is_tested_and_set(function: FunctionScope) -> str:
    """What a function reads first and sets or changes then, all in one go."""
    found = sorted(function.project.loop.touched(function), key=lambda each: each.span)
    read: list[Touch] = []
    for each in found:
        if each.kind != "reads" and _is_among(each, read):
            return each.path
        if each.kind == "reads":
            read.append(each)
    return ""


def _around(use: Use) -> tuple[list[Touch], list[Touch]]:
    """What is touched before a call is done, and after it. A loop around it comes back to all in it."""
    scope, node = use.call.scope, use.call.node
    if not isinstance(scope, FunctionScope):
        return [], []
    around = [*syntax.around(scope.body, node)]
    again = next((each for each in around if isinstance(each, syntax.Loop)), None)
    following, _ = _following(scope.body, node)
    before: list[Touch] = []
    after: list[Touch] = []
    for each in scope.project.loop.touched(scope):
        is_repeated = again is not None and _encloses(again.span, each.span)
        if each.kind != "reads" and _is_target(each.span, use.statement):
            after.append(each)
            if each.kind == "changes":  # `total += price()` reads the total before it calls
                before.append(each._replace(kind="reads"))
            continue
        is_before = each.span <= node.span or _encloses(node.span, each.span)
        if is_repeated or (is_before and not _is_elsewhere(each.node, node, around)):
            before.append(each)
        if is_repeated or (not is_before and any(syntax.encloses(block, each.node) for block in following)):
            after.append(each)
    return before, after


def _following(block: Block, node: syntax.Node) -> tuple[list[Block], bool]:
    """What of a block may run once a node in it has, and whether what comes after the block does."""
    for index, statement in enumerate(block):
        if not syntax.encloses((statement,), node):
            continue
        rest = block[index + 1 :]
        inner = next((each for each in syntax.blocks(statement) if syntax.encloses(each, node)), None)
        if inner is None:
            return [(statement, *rest)], not leaves((statement, *rest))
        found, goes_on = _following(inner, node)
        if isinstance(statement, syntax.Try):
            found.append(statement.final)
            if inner is statement.body:
                found += [statement.orelse, *(each.body for each in statement.handlers)]
                goes_on = goes_on or not all(leaves(each.body) for each in statement.handlers)
        return ([*found, rest], not leaves(rest)) if goes_on else (found, False)
    return [], True


def _is_elsewhere(touched: syntax.Node, node: syntax.Node, around: list[syntax.Statement]) -> bool:
    """Whether one is in a branch that is not taken where the other is."""
    return any(
        syntax.encloses(block, touched) and not syntax.encloses(block, node)
        for each in around
        if isinstance(each, (syntax.If, syntax.Match))
        for block in syntax.blocks(each)
    )


def touched(scope: FunctionScope) -> tuple[Touch, ...]:
    """What a function touches of that which others see, itself and by calls of functions of its file."""
    return tuple(_touched(scope, 0))


def _touched(scope: FunctionScope, depth: int) -> Iterator[Touch]:
    written: set[int] = set()
    for statement in scope.statements():
        if isinstance(statement, syntax.Assign) or _is_deletion(statement):
            for target in _targets(statement):
                written.add(id(_first(target)))
                path = "" if _is_name(target, scope) else _path(target, scope)
                if path:
                    yield Touch(path, "changes" if getattr(statement, "augmented", False) else "sets", target)
    awaits = (each.node for each in readings(scope.body, syntax.Await))
    awaited = {id(each.value) for each in awaits if isinstance(each, syntax.Await)}
    for node, _, outer, _, _ in readings(scope.body, syntax.Ref):
        assert isinstance(node, syntax.Ref)
        is_called = isinstance(outer, syntax.Call) and outer.func is node
        owner, _, method = node.path.rpartition(".") if is_called else (node.path, "", "")
        path = _path(syntax.Ref(node.span, owner), scope) if owner else ""
        if path and path != scope.receiver and id(node) not in written:
            is_change = method in CHANGING and id(outer) not in awaited and _may_be_collection(node, scope)
            yield Touch(path, "changes" if is_change else "reads", node)
    if depth < DEEPEST:
        yield from _of_callees(scope, depth)


def _may_be_collection(method: syntax.Ref, scope: FunctionScope) -> bool:
    """Whether it is no object of a class of the project that a method is called of."""
    owner = Expression(method, scope.frame).owner
    values = () if owner is None else owner.values()
    own = [each for each in values if isinstance(each, Instance) and isinstance(each.cls, ClassValue)]
    return not values or len(own) < len(values)


def _is_name(target: syntax.Expr, scope: FunctionScope) -> bool:
    """Whether it is a variable of the function itself: to set it changes nothing that others see."""
    return isinstance(target, syntax.Ref) and "." not in target.path and target.path not in scope.foreign


def _may_be_of_a_request(path: str, scope: Scope) -> bool:
    """Whether it is an attribute of a parameter, of which nobody knows who else has it."""
    first, _, rest = path.partition(".")
    is_parameter = isinstance(scope, FunctionScope) and scope.parameter(first) is not None
    return is_parameter and first != scope.receiver and bool(rest) and ".state." not in f".{path}."


def _of_callees(scope: FunctionScope, depth: int) -> Iterator[Touch]:
    for reading in scope.calls:
        call = Expression(reading.node, scope.frame)
        func = call.func.node
        owner, _, name = func.path.rpartition(".") if isinstance(func, syntax.Ref) else ("", "", "")
        if not name or owner not in ("", scope.receiver):
            continue
        value = call.func.value()
        callee = value.scope if isinstance(value, FunctionValue) else None
        if callee is None or callee is scope or callee.module is not scope.module:
            continue
        for each in _touched(callee, depth + 1):
            first, dot, rest = each.path.partition(".")
            is_own = bool(callee.receiver) and first == callee.receiver
            if is_own and scope.receiver:
                yield Touch(f"{scope.receiver}{dot}{rest}", each.kind, reading.node)
            elif callee.is_foreign(first) or first in callee.foreign:
                yield each._replace(node=reading.node)


def _path(node: syntax.Expr, scope: FunctionScope) -> str:
    """What a name, an attribute or an item belongs to that others may see too; '' for what is its own."""
    node = _first(node)
    if not isinstance(node, syntax.Ref):
        return ""
    name, dot, rest = node.path.partition(".")
    bindings = () if name in scope.foreign else scope.bindings.get(name, ())
    if not bindings and _is_of_one_request(name, scope):
        return ""
    if not bindings or bindings[0].kind == "parameter":
        return "" if _is_own(node.path, scope) else node.path
    value = bindings[0].value if len(bindings) == 1 and not bindings[0].unpack else None
    if bindings[0].kind == "value" and isinstance(value, syntax.Ref) and value.path != name:
        path = _path(value, scope)
        return f"{path}{dot}{rest}" if path else ""
    return ""


def _first(node: syntax.Expr) -> syntax.Expr:
    while isinstance(node, (syntax.Subscript, syntax.Attribute)):
        node = node.value
    return node


def _targets(statement: syntax.Statement) -> tuple[syntax.Expr, ...]:
    if isinstance(statement, syntax.Assign):
        return statement.targets
    return (statement.value,) if isinstance(statement, syntax.Evaluate) else ()


def _is_deletion(statement: syntax.Statement) -> bool:
    """`del a[b]`"""
    return isinstance(statement, syntax.Evaluate) and isinstance(statement.value, syntax.Subscript)


def _is_of_one_request(name: str, scope: FunctionScope) -> bool:
    """Whether it is a variable of a coroutine function around this one, which each request calls anew."""
    around = scope.parent
    while around is not None:
        if isinstance(around, FunctionScope) and name in around.bindings:
            return around.node.is_async
        around = around.parent
    return False


def _is_own(path: str, scope: FunctionScope) -> bool:
    """Whether a parameter is filled for each request: none that a dependency gives, nor the app of one."""
    name = path.partition(".")[0]
    node = scope.parameter(name)
    if node is None or scope not in scope.project.loop.answering or ".state." in path:
        return False
    return scope.project.dependencies.of_parameter(scope, node) is None


def _is_among(touch: Touch, others: list[Touch]) -> bool:
    """Whether one of others is of the same thing, of a part of it, or of what it is a part of."""
    own = f"{touch.path}."
    return any(own.startswith(f"{each.path}.") or f"{each.path}.".startswith(own) for each in others)


def _is_target(span: Span, statement: syntax.Statement) -> bool:
    """Whether a place is a target of an assignment, which is made when its value is there."""
    targets = statement.targets if isinstance(statement, syntax.Assign) else ()
    return any(each.span == span for each in targets)


def _encloses(outer: Span, inner: Span) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
