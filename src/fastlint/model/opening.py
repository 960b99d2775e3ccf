"""What a dependency opens and returns, and whether anybody closes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.dependencies import Dependency
from fastlint.model.expression import Expression
from fastlint.model.injections import Injection
from fastlint.model.judging import yielded
from fastlint.model.keptopen import kept_arguments, lets_go, may_close_inside, set_by_constructor
from fastlint.model.reads import read_names
from fastlint.model.releasing import METHODS as ENDING
from fastlint.model.releasing import releases
from fastlint.model.remembering import may_remember
from fastlint.model.returns import returned
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import name_uses
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

METHODS = ("builtins.classmethod", "builtins.staticmethod")
SHARED = "sqlalchemy.orm.scoped_session"
UNENDED = "sqlalchemy.ext.asyncio.AsyncConnection"
"""What keeps its connection after a transaction, and cannot give it back with its last reference."""
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Opened:
    """Something that a dependency opens, and that whoever asks for it gets.

    `name` is what the dependency calls it, "" where it has no name. `inside` is the attribute of what it
    gives that it is kept in, "" for itself. `place` is that of the `return`, or of what is kept.
    """

    place: Place
    opening: Expression
    name: str = ""
    inside: str = ""

    def may_be_closed(self, use: Injection) -> bool:
        """Whether who gets it closes it, or gives it to somebody who may."""
        return may_close_inside(use, self.inside) if self.inside else _may_be_closed(use)

    def is_given_back(self, use: Injection) -> bool:
        """Whether the end of a transaction gives back all that it takes for one who asks for it."""
        return not self.inside and not self.opening.instances(UNENDED) and _works_in_transactions(use)


def opened(dependency: Dependency, *classes: str) -> Iterator[Opened]:
    """The objects of some classes that a dependency makes for each request, and only hands out."""
    function = dependency.function
    if function.name == "__init__" and function.owner is not None:
        for attribute, kept, opening in kept_open(ClassValue(function.owner), None, classes):
            yield Opened(kept.place, opening, inside=attribute)
        return
    if not _is_plain(function):
        return
    for each in dependency.returns:
        call = handed_out(each.value, function)
        made = opens(each.value, function, classes)
        if made is not None:
            name = each.value.node.path if isinstance(each.value.node, syntax.Ref) else ""
            yield Opened(each.place, made, name)
            continue
        for cls in () if call is None else call.func.values():
            for attribute, _, opening in kept_open(cls, call, classes) if isinstance(cls, ClassValue) else ():
                yield Opened(each.place, opening, inside=attribute)


def opens(
    value: Expression, function: FunctionScope, classes: tuple[str, ...], depth: int = 0
) -> Expression | None:
    """The call that makes what a function only hands out, in it or in one that it calls."""
    call = handed_out(value, function)
    if call is None or depth > DEEPEST or not _is_certainly(value, classes):
        return None
    if _is_made_here(call, classes):
        return call
    maker = call.func.value()
    if not isinstance(maker, FunctionValue) or not _is_plain(maker.scope) or may_remember(maker.scope):
        return None
    found = [opens(each.value, maker.scope, classes, depth + 1) for each in returned(maker)]
    return found[0] if found and None not in found else None


def kept_open(
    cls: ClassValue, call: Expression | None, classes: tuple[str, ...]
) -> Iterator[tuple[str, Expression, Expression]]:
    """What an object of a class of the project keeps open: each attribute, its value, and what opens that.

    `call` makes the object; None where FastAPI does.
    """
    for attribute, value in (*set_by_constructor(cls.scope), *(kept_arguments(cls, call) if call else ())):
        scope = value.scope
        if value.is_call and isinstance(scope, FunctionScope) and not lets_go(cls, attribute):
            opening = opens(value, scope, classes)
            if opening is not None:
                yield attribute, value, opening


def _works_in_transactions(use: Injection) -> bool:
    """Whether who gets it uses it in `with session.begin():` alone."""
    if use.function is None or use.parameter is None:
        return False
    function, name = use.function, use.parameter.name
    blocks = [
        each
        for each in function.statements()
        if isinstance(each, syntax.With) and any(_begins(item.context, name) for item in each.items)
    ]
    return bool(blocks) and all(
        use.statement in blocks or any(syntax.encloses(block.body, use.call.node) for block in blocks)
        for use in name_uses(function.frame, name)
    )


def _begins(node: syntax.Expr, name: str) -> bool:
    return (
        isinstance(node, syntax.Call)
        and isinstance(node.func, syntax.Ref)
        and node.func.path == f"{name}.begin"
    )


def _is_plain(function: FunctionScope) -> bool:
    names = function.project.inference.functions.decorator_names(function)
    return not function.node.is_generator and all(name in METHODS for name in names)


def _may_be_closed(use: Injection) -> bool:
    if use.function is None or use.parameter is None:
        return False
    return _may_close(use.function, use.parameter.name, 0)


def handed_out(value: Expression, function: FunctionScope) -> Expression | None:
    """The call whose result is returned as it is, after a look or two at it."""
    node = value.node
    if isinstance(node, syntax.Ref):
        bindings = function.bindings.get(node.path, ())
        if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].unpack:
            return None
        if node.path in function.foreign or _is_kept(function, node.path) or bindings[0].value is None:
            return None
        value = value.at(bindings[0].value)
    if isinstance(value.node, syntax.Await):
        value = value.at(value.node.value)
    return value if value.is_call else None


def _is_kept(function: FunctionScope, name: str) -> bool:
    """Whether it goes anywhere but to the `return`: to a list, to `request.state`, to another function."""
    if any(name in read_names(each) for each in (*function.functions(), *function.lambdas)):
        return True
    ways = {each.context for each in name_uses(function.frame, name)}
    return _releases(function, name) or not ways <= {"returned", "receiver", "tested", "compared", "operand"}


def _is_made_here(call: Expression, classes: tuple[str, ...]) -> bool:
    """Whether it is a new object of one of the classes, and made by no function of the project.

    What is given such an object gives it back: `stack.enter_context(Session())`.
    """
    makers = call.func.values()
    given = (*call.args, *call.keywords.values())
    return (
        bool(makers)
        and all(map(_makes, makers))
        and _is_certainly(call, classes)
        and not any(each.instances(*classes) for each in given)
    )


def _is_certainly(value: Expression, classes: tuple[str, ...]) -> bool:
    found = value.values()
    return bool(found) and len(value.instances(*classes)) == len(found)


def _makes(maker: Value) -> bool:
    if isinstance(maker, Instance):
        return bool(maker.external) and maker.external != SHARED
    if isinstance(maker, External):
        return maker.name != SHARED and (maker.receiver is None or maker.receiver.external != SHARED)
    return isinstance(maker, ClassValue)


def _may_close(function: FunctionScope, name: str, depth: int) -> bool:
    if depth > DEEPEST:
        return True
    if any(name in read_names(each) for each in (*function.functions(), *function.lambdas)):
        return True
    if _releases(function, name):
        return True
    for each in name_uses(function.frame, name):
        if each.context == "receiver":
            continue
        if each.context != "argument" or not isinstance(each.outer, syntax.Call):
            return True
        if _callee_may_close(each.call.at(each.outer), each.call, depth):
            return True
    return False


def _releases(function: FunctionScope, name: str) -> bool:
    """Whether a function closes what it calls so, or mentions the method that does (`add_task(db.close)`)."""
    readings = name_uses(function.frame, name)
    return any(last_name(each.call.node) in ENDING for each in readings if each.context == "receiver") or any(
        each.root == name for each in releases(function.body, function)
    )


def _is_open(function: External, project: Project) -> bool:
    """Whether it may close what it is given."""
    return function.name.startswith("contextlib.") or project.knowledge.is_stranger(function.name)


def _callee_may_close(call: Expression, argument: Expression, depth: int) -> bool:
    """Whether a function that it is passed to may close it; a package that is known does not."""
    project = call.project
    for value in call.func.values():
        if isinstance(value, ClassValue):
            return True  # what keeps it may close it
        if isinstance(value, External) and _is_open(value, project):
            return True
        if isinstance(value, FunctionValue):
            given = project.inference.calling.arguments(value, call)
            names = [name for name, each in given.items() if each.node is argument.node]
            if not names or any(_may_close(value.scope, name, depth + 1) for name in names):
                return True
            if any(True for _ in yielded(value.scope)):
                return True
    return not call.func.values()
