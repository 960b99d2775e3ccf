"""Whether a loop repeats a call often enough to matter."""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.uses import Use, uses
from fastlint.model.values import Instance, Literal, Value

FEW = 8
ADDING = ("append", "extend", "insert", "add", "update", "setdefault")
OPENED = "builtins.open()"


def is_repeated(use: Use, receiver: Instance | None) -> bool:
    """Whether a loop repeats the call; reading a file that the loop opened belongs to the opening."""
    loops = () if use.loop is None else tuple(_loops(use.loop, use.call))
    if use.loop is None or all(_is_left(each, use.call) or _is_short(each, use.call) for each in loops):
        return False
    if receiver is None or receiver.external != OPENED:
        return not _is_handed_over(use)
    return receiver.site is None or not _is_inside(receiver.site.node, use.loop)


def _loops(innermost: syntax.Node, call: Expression) -> Iterator[syntax.Node]:
    yield innermost
    for statement in syntax.around(call.scope.body, innermost):
        if isinstance(statement, syntax.Loop):
            yield statement


def _is_left(loop: syntax.Node, call: Expression) -> bool:
    """Whether the call is the last thing that a loop does: `if path.exists(): return path.read_text()`."""
    if not isinstance(loop, syntax.Loop) or not syntax.encloses(loop.body, call.node):
        return False
    blocks: tuple[tuple[syntax.Statement, ...], ...] = (loop.body,)
    while blocks:
        block = next((each for each in blocks if syntax.encloses(each, call.node)), ())
        at = next((n for n, each in enumerate(block) if syntax.encloses((each,), call.node)), len(block))
        if _returns_straight(block[at:]):
            return True
        blocks = syntax.blocks(block[at]) if at < len(block) else ()
    return False


def _returns_straight(block: tuple[syntax.Statement, ...]) -> bool:
    """Whether nothing comes between the start of a block and a `return` or `raise` in it."""
    for statement in block:
        if isinstance(statement, (syntax.Return, syntax.Raise)):
            return True
        if isinstance(statement, syntax.With) and _returns_straight(statement.body):
            return True
        if not isinstance(statement, (syntax.Assign, syntax.Evaluate, syntax.With)):
            return False
    return False


def _is_short(loop: syntax.Node, call: Expression) -> bool:
    """Whether it goes over a few things that are written out: `for kind in ("query", "response")`."""
    source = _source(loop, call)
    if source is not None and source.is_call and last_name(source.func.node) in ("items", "keys", "values"):
        source = source.func.owner
    if source is None or _is_changed(source):
        return False
    values = source.values()
    return bool(values) and all(0 < _written_items(value) <= FEW for value in values)


def _source(loop: syntax.Node, call: Expression) -> Expression | None:
    """What a loop goes over; None for `while` and for loops in loops."""
    if isinstance(loop, syntax.Loop):
        return call.at(loop.source) if loop.target is not None else None
    if isinstance(loop, syntax.Comprehension) and len(loop.generators) == 1:
        return call.at(loop.generators[0].source)
    return None


def _written_items(value: Value) -> int:
    """How many items a list, tuple, set or dict has that is written out; 0 where that is not known."""
    if not isinstance(value, Literal):
        return 0
    node = value.expression.node
    if isinstance(node, syntax.Mapping):
        return len(node.keys) if None not in node.keys else 0
    return len(value.expression.items() or ()) if isinstance(node, syntax.Collection) else 0


def _is_changed(source: Expression) -> bool:
    """Whether something is added to what a name holds."""
    if not isinstance(source.node, syntax.Ref):
        return False
    adding = [f"{source.node.path}.{name}" for name in ADDING]
    called = [use.call.func.node for use in uses(source.frame)]
    return any(isinstance(node, syntax.Ref) and node.path in adding for node in called)


def _is_handed_over(use: Use) -> bool:
    """Whether a file that is opened here is only handed over: `await to_thread(file.read)`."""
    if not isinstance(use.statement, syntax.With):
        return False
    targets = [item.target for item in use.statement.items if item.context is use.call.node]
    if not targets or not isinstance(targets[0], syntax.Ref):
        return False
    name = targets[0].path
    found = list(readings(use.statement.body))
    awaited = {id(each.node) for each in found if each.context == "awaited"}
    mentions = [each for each in found if _first_name(each.node) == name]
    return bool(mentions) and all(
        each.context == "argument" and id(each.outer) in awaited for each in mentions
    )


def _first_name(node: syntax.Expr) -> str:
    return node.path.partition(".")[0] if isinstance(node, syntax.Ref) else ""


def _is_inside(node: syntax.Node, outer: syntax.Node) -> bool:
    start, end = (node.span.line, node.span.column), (node.span.end_line, node.span.end_column)
    first = (outer.span.line, outer.span.column)
    last = (outer.span.end_line, outer.span.end_column)
    return first <= start and end <= last
