"""Around a `yield`: what becomes of an error that comes out of it, and which code runs only without one.

https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.catching import ends_every_error, kinds
from fastlint.model.expression import Expression
from fastlint.model.granted import LOGGING
from fastlint.model.judging import MANAGERS, yielded
from fastlint.model.raisedlater import is_raised_later
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Manager

EXCEPTION = External("builtins.Exception")
HTTP_EXCEPTION = External("fastapi.HTTPException")
RAISING = ("raise", "abort", "throw", "fail", "exit", "propagate")
"""A function with such a word in its name raises, wherever its code is."""

LEAVING = (
    *("asyncio.CancelledError", "builtins.BaseExceptionGroup", "builtins.GeneratorExit"),
    *("builtins.KeyboardInterrupt", "builtins.StopAsyncIteration", "builtins.StopIteration"),
    *("builtins.SystemExit", "starlette.requests.ClientDisconnect", "fastapi.WebSocketDisconnect"),
    *("starlette.websockets.WebSocketDisconnect", "anyio.EndOfStream", "concurrent.futures.CancelledError"),
)
"""Exceptions that say that somebody has gone: nothing is to be answered then."""

DEEPEST = 3
Block = tuple[syntax.Statement, ...]


@dataclass(frozen=True, slots=True)
class Swallow:
    """Where an error that comes out of a `yield` ends, before FastAPI gets to see it.

    `how` is except, return (in a `finally`), yield (again, in an `except`) or with. `caught` are the classes
    that end there, empty for all that there are; `at` is what is to blame and `node` the whole of it.
    `is_wide` says that `HTTPException` is among them, `is_alone` that nothing after the `yield` can fail
    there and that it is not tried again.
    """

    how: str
    function: FunctionScope
    at: syntax.Node
    node: syntax.Node
    caught: tuple[Expression, ...] = ()
    is_wide: bool = True
    is_alone: bool = True
    within: Swallow | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether only some classes of errors end there."""
        return bool(self.caught) and not self.is_wide and not any(map(_is_any, self.caught))

    @property
    def place(self) -> Place:
        return Place(self.function.module.path, self.at.span)

    @property
    def whole(self) -> Place:
        """Where the `except`, the `return` or the item of the `with` is, with all that is in it."""
        return Place(self.function.module.path, self.node.span)

    @property
    def is_everything(self) -> bool:
        """Whether no error that a route or dependency can raise goes on from there."""
        return self.is_wide and (not self.caught or any(_is_any(each) for each in self.caught))


@dataclass(frozen=True, slots=True)
class Pause:
    """One `yield` as a statement of its own, and what runs after it when nothing has been raised.

    `next` is what follows in the same block, `after` that and what follows further out, as far as an error
    skips it; `always` is what runs for an error too, `entered` what a `with` around it sees to.
    """

    function: FunctionScope
    statement: syntax.Statement
    next: Block
    after: Block
    always: Block
    entered: frozenset[str]

    @property
    def place(self) -> Place:
        return Place(self.function.module.path, self.statement.span)

    @property
    def tried(self) -> tuple[Place, Block] | None:
        """The `try` in the body of which it stands itself, and what follows that in its block.

        None where something in there returns, so that what follows is not run either.
        """
        around = [*syntax.around(self.function.body, self.statement)]
        inner, outer = (around[-1], around[-2] if len(around) > 1 else None) if around else (None, None)
        if not isinstance(inner, syntax.Try) or not any(each is self.statement for each in inner.body):
            return None
        if any(isinstance(each, syntax.Return) for each in syntax.statements((inner,))):
            return None
        following = _following(inner, _block_with(inner, self.function, outer))
        return Place(self.function.module.path, inner.span), following


def swallows(function: FunctionScope) -> tuple[Swallow, ...]:
    """Everything that ends errors which come out of the `yield`s of a function, each once."""
    found: dict[int, Swallow] = {}
    for node in yielded(function):
        for each in _outwards(function, node, 0):
            found.setdefault(id(each.at), each)
            if each.is_everything:
                break
    return tuple(found.values())


def pauses(function: FunctionScope) -> Iterator[Pause]:
    """Every `yield` that is a statement, or the value of one, in the order of the source."""
    for statement in function.statements():
        value = getattr(statement, "value", None)
        if isinstance(statement, (syntax.Evaluate, syntax.Assign)) and isinstance(value, syntax.Yield):
            yield _pause(function, statement)


def _pause(function: FunctionScope, statement: syntax.Statement) -> Pause:
    around = [*syntax.around(function.body, statement)]
    levels = reversed([*zip([None, *around], [*around, statement], strict=True)])
    after, always, entered = list[syntax.Statement](), list[syntax.Statement](), set[str]()
    is_skipped = True
    for outer, inner in levels:
        block = _block_with(inner, function, outer)
        after += _following(inner, block) if is_skipped else ()
        if isinstance(outer, syntax.With):
            entered.update(name for item in outer.items for name in _names(item))
            is_skipped = is_skipped and not any(each.is_everything for each in _of_with(function, outer, 0))
        if isinstance(outer, syntax.Try):
            always += outer.final
        if isinstance(outer, syntax.Try) and block is outer.body:
            after += outer.orelse if is_skipped else ()
            always += [one for handler in outer.handlers for one in handler.body]
            ends = any(each.is_everything for each in _of_try(function, outer, statement))
            is_skipped = is_skipped and not ends
    own = _block_with(statement, function, around[-1] if around else None)
    following = _following(statement, own)
    return Pause(function, statement, following, tuple(after), tuple(always), frozenset(entered))


def _block_with(inner: syntax.Statement, function: FunctionScope, outer: syntax.Statement | None) -> Block:
    """The block of a compound statement, or of the function, that another statement stands in."""
    blocks = (function.body,) if outer is None else syntax.blocks(outer)
    return next(block for block in blocks if any(each is inner for each in block))


def _following(statement: syntax.Statement, block: Block) -> Block:
    return block[next(index for index, each in enumerate(block) if each is statement) + 1 :]


def _names(item: syntax.WithItem) -> Iterator[str]:
    """What a `with` sees to: the name that it binds, and those that it is given (`with closing(file)`)."""
    for node in (item.target, item.context):
        for each in syntax.walk(node) if node is not None else ():
            if isinstance(each, syntax.Ref):
                yield each.path


def _outwards(function: FunctionScope, node: syntax.Node, depth: int) -> Iterator[Swallow]:
    """What an error meets on its way out of a `yield`, the innermost first."""
    for outer in reversed([*syntax.around(function.body, node)]):
        if isinstance(outer, syntax.Try):
            yield from _of_try(function, outer, node)
        elif isinstance(outer, syntax.With):
            yield from _of_with(function, outer, depth)


def _of_try(function: FunctionScope, outer: syntax.Try, node: syntax.Node) -> Iterator[Swallow]:
    is_alone = not _is_followed(node, outer) and not _is_repeated(function, outer)
    returning = next((each for each in outer.final if isinstance(each, syntax.Return)), None)
    if returning is not None:
        yield Swallow("return", function, returning, returning, is_alone=is_alone)
        return
    if not syntax.encloses(outer.body, node):
        return
    is_open = True
    for handler in outer.handlers:
        caught = _caught(handler, function)
        if caught is None:
            return
        is_wide = is_open and (not caught or any(_is_caught(HTTP_EXCEPTION, each) for each in caught))
        is_open = is_open and not is_wide
        is_of_yield = not caught or any(map(_is_any, caught)) or is_wide or _is_first(node, outer)
        if is_of_yield and not _may_raise(handler, function) and not is_raised_later(handler, function):
            again = any(
                isinstance(each, syntax.Yield)
                for one in syntax.statements(handler.body)
                for each in syntax.evaluated(one)
            )
            at = handler if handler.kind is None else handler.kind
            yield Swallow("yield" if again else "except", function, at, handler, caught, is_wide, is_alone)


def _is_followed(node: syntax.Node, outer: syntax.Try) -> bool:
    """Whether something is called after the `yield`, in the same `try`."""
    return any(
        isinstance(each, syntax.Call) and each.span.line > node.span.end_line
        for statement in syntax.statements((*outer.body, *outer.orelse))
        for each in syntax.evaluated(statement)
    )


def _is_repeated(function: FunctionScope, inner: syntax.Node) -> bool:
    return any(isinstance(each, syntax.Loop) for each in syntax.around(function.body, inner))


def _is_first(node: syntax.Node, outer: syntax.Try) -> bool:
    """Whether nothing before the `yield` could raise what the `except`s are for."""
    return any(node is each for each in syntax.evaluated(outer.body[0]))


def _of_with(function: FunctionScope, outer: syntax.With, depth: int) -> Iterator[Swallow]:
    for item in outer.items:
        manager = Expression(item.context, function.frame)
        if manager.is_call and manager.func.external() == "contextlib.suppress":
            classes = tuple(manager.args)
            if classes and all(_is_known(each) for each in classes):
                is_wide = any(_is_caught(HTTP_EXCEPTION, each) for each in classes)
                yield Swallow("with", function, item, item, classes, is_wide)
            continue
        value = manager.value()
        if isinstance(value, Instance) and ends_every_error(value, manager.project, is_async=outer.is_async):
            yield Swallow("with", function, item, item)
        elif isinstance(value, Manager) and depth < DEEPEST:
            for each in yielded(value.function.scope):
                for inner in _outwards(value.function.scope, each, depth + 1):
                    yield Swallow("with", function, item, item, inner.caught, inner.is_wide, within=inner)
                    if inner.is_everything:
                        break


def _caught(handler: syntax.Handler, function: FunctionScope) -> tuple[Expression, ...] | None:
    """The classes that an `except` names; None where one of them is not known."""
    if handler.kind is None:
        return ()
    found = tuple(Expression(each, function.frame) for each in kinds(handler))
    return found if all(map(_is_known, found)) else None


def _is_known(cls: Expression) -> bool:
    return isinstance(cls.value(), (ClassValue, External))


def _is_caught(error: External, by: Expression) -> bool:
    cls = by.value()
    classes = by.project.inference.classes
    return isinstance(cls, (ClassValue, External)) and classes.is_subclass(error, cls)


def _is_any(cls: Expression) -> bool:
    return _is_caught(EXCEPTION, cls)


def _may_raise(handler: syntax.Handler, function: FunctionScope) -> bool:
    """Whether an `except` may end in an error again; what cannot be told may."""
    caught = (Expression(each, function.frame) for each in kinds(handler))
    if handler.kind is not None and all(each.external() in LEAVING for each in caught):
        return True
    for statement in syntax.statements(handler.body):
        if isinstance(statement, syntax.Raise):
            return True
        for node in syntax.evaluated(statement):
            if isinstance(node, syntax.Call) and call_may_raise(Expression(node, function.frame), handler):
                return True
    return False


def call_may_raise(call: Expression, handler: syntax.Handler) -> bool:
    """Whether a call in a handler is there to raise: it says so, its code does, or it gets the error and
    nothing is known of it."""
    assert isinstance(call.node, syntax.Call)
    name = last_name(call.node.func)
    if any(word in name.lower() for word in RAISING):
        return True
    found = call.func.values()
    if any(isinstance(each, FunctionValue) and _raises(each.scope, 0) for each in found):
        return True
    return not found and name not in LOGGING and gets(call.node, handler.name)


def gets(call: syntax.Call, name: str) -> bool:
    given = (*call.args, *(each.value for each in call.keywords))
    return bool(name) and any(isinstance(each, syntax.Ref) and each.path == name for each in given)


def _raises(function: FunctionScope, depth: int) -> bool:
    if any(isinstance(each, syntax.Raise) for each in function.statements()):
        return True
    called = (
        value for each in function.calls for value in Expression(each.node, function.frame).func.values()
    )
    return depth < DEEPEST and any(
        isinstance(each, FunctionValue) and _raises(each.scope, depth + 1) for each in called
    )


def is_plain(function: FunctionScope) -> bool:
    """Whether FastAPI gets a function as it is written: no decorator makes something of it."""
    names = function.project.inference.functions.decorator_names(function)
    return all(name not in MANAGERS and function.project.knowledge.is_transparent(name) for name in names)
