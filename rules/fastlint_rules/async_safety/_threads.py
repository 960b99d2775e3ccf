"""How a blocking call gets off the event loop: a thread makes it, or the whole handler runs in one."""

from __future__ import annotations

from fastlint.api import Edit, FixRequest, LoopCall, Rule, Safety, cst
from fastlint_rules.async_safety._awaiting import awaited, in_brackets, require_async, spelled

MEANWHILE = "other requests run meanwhile"
RUNNERS = ("run_in_threadpool", "sync_to_async", "to_thread")
BESIDE = "several requests can run it at the same time then"


def run_in_a_thread(call: cst.Call | cst.Attribute, edit: Edit) -> cst.BaseExpression:
    """`await run_in_threadpool(function, argument)` in place of `function(argument)`."""
    others = [edit.node(place, cst.Call, cst.Attribute) for place in edit.more]
    for other in others:
        if not any(each in (call, *others) for each in edit.ancestors(other)):
            edit.replace(other, _handed(other, edit))
    return _handed(call, edit)


def make_it_plain(name: cst.Name, edit: Edit) -> cst.Name:
    """`def` in place of `async def`."""
    function = next(edit.ancestors(name), None)
    if not isinstance(function, cst.FunctionDef) or function.asynchronous is None:
        raise edit.refuse("it is no `async def`")
    edit.replace(function, function.with_changes(asynchronous=None))
    return name


class Threads:
    """Both as codemods of one rule, asked for where they are right."""

    def __init__(self, rule: Rule) -> None:
        self._call = rule.fix("Have a thread make the call", Safety.UNSAFE)(run_in_a_thread)
        self._handler = rule.fix("Make it a `def`, which runs in a thread", Safety.UNSAFE)(make_it_plain)

    def call(self, call: LoopCall) -> FixRequest | None:
        """The call handed to a thread, where one can make it."""
        movable = call.movable
        if not movable:
            return None
        more = [each.call for each in movable[1:]]
        reads = call.call.text().rpartition(".")[2] if call.how == "reads" else ""
        return self._call.at(call, reason=MEANWHILE, more=more, by=call.runner, reads=reads)

    def handler(self, call: LoopCall) -> FixRequest | None:
        """The handler made a `def`, where neither its body nor anybody else needs a coroutine function."""
        return self._handler.at(call.function, reason=BESIDE) if call.could_be_plain else None


def _handed(node: cst.CSTNode, edit: Edit) -> cst.BaseExpression:
    require_async(node, edit)
    _require_no_chain(node, edit)
    if isinstance(node, cst.Call):
        return awaited(_given(node, edit))
    read = node
    while isinstance(read, cst.Attribute) and read.attr.value != edit.params["reads"]:
        read = read.value
    assert isinstance(node, cst.Attribute)
    assert isinstance(read, cst.Attribute)
    made = awaited(_given(cst.Call(_later(read, edit)), edit))
    if read is node:
        return made.with_changes(lpar=node.lpar, rpar=node.rpar)
    whole = node.deep_replace(read, in_brackets(made))
    assert isinstance(whole, cst.BaseExpression)
    return whole


def _require_no_chain(node: cst.CSTNode, edit: Edit) -> None:
    """Refuse to put one `await` into another: `connect().cursor().execute(query)` is better a function."""
    if isinstance(node, cst.Call) and "await" in edit.code(node.func):
        raise edit.refuse("what it is a method of is awaited already")
    inner = node
    for around in edit.ancestors(node):
        if isinstance(around, cst.Call) and inner in around.args[:1]:
            called = spelled(around.func).rpartition(".")[2]
            if called in RUNNERS and not isinstance(around.args[0].value, cst.Call):
                raise edit.refuse("a thread is handed a method of what it gives already")
        if not isinstance(around, (cst.Attribute, cst.Arg, cst.Call)):
            return
        inner = around


def _given(call: cst.Call, edit: Edit) -> cst.Call:
    """`run_in_threadpool(function, argument)`, or how else a thread gets a call."""
    runner = edit.params["by"]
    function = edit.name(runner, prefer="module" if runner == "asyncio.to_thread" else "name")
    if any(_is_named(each, "func") for each in call.args):
        call = cst.Call(_later(call, edit), lpar=call.lpar, rpar=call.rpar)
    if runner.endswith("sync_to_async"):
        return call.with_changes(func=cst.Call(function, [cst.Arg(call.func)]))
    return _with_first_argument(call, function)


def _is_named(argument: cst.Arg, name: str) -> bool:
    return argument.keyword is not None and argument.keyword.value == name


def _later(value: cst.Call | cst.Attribute, edit: Edit) -> cst.Lambda:
    """`lambda: value`"""
    if "await" in edit.code(value):
        raise edit.refuse("nothing can be awaited in a `lambda`")
    return cst.Lambda(cst.Parameters(), value.with_changes(lpar=[], rpar=[]))


def _with_first_argument(call: cst.Call, function: cst.BaseExpression) -> cst.Call:
    """`function(call.func, *call.args)`, laid out as the call is."""
    given = cst.Arg(call.func)
    if not call.args:
        return call.with_changes(func=function, args=[given])
    first, *others = call.args
    if isinstance(first.value, cst.GeneratorExp) and not first.value.lpar:
        brackets = {"lpar": [cst.LeftParen()], "rpar": [cst.RightParen()]}
        first = first.with_changes(value=first.value.with_changes(**brackets))
    return call.with_changes(func=function, args=[given.with_changes(comma=_comma(call)), first, *others])


def _comma(call: cst.Call) -> cst.Comma:
    """What stands before the second argument: a new line where each argument has its own."""
    before, comma = call.whitespace_before_args, call.args[0].comma
    has_own_line = isinstance(comma, cst.Comma) and isinstance(
        comma.whitespace_after, cst.ParenthesizedWhitespace
    )
    if not isinstance(before, cst.ParenthesizedWhitespace) or not has_own_line:
        return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return cst.Comma(
        whitespace_after=cst.ParenthesizedWhitespace(indent=before.indent, last_line=before.last_line)
    )
