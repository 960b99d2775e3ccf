"""Which code of a function one call of it runs, by the flags that it passes or leaves at their defaults.

`connect(is_async=True)` gives what is made under `if is_async`, and nothing of what its `else` makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.expression import Expression
from fastlint.model.reachable import Branches
from fastlint.model.scopes import Frame, FunctionScope

Flag = Literal["none", "true", "false"]
Flags = tuple[tuple[str, Flag], ...]
"""What is known of parameters, by name."""

DEEPEST = 4
"""Through how many functions a flag is followed that each passes on."""
TESTING = ("if", "and", "or", "not", "is", "is not")


class AsFlagged(Branches):
    """A function as a call runs it that passes some flags."""

    def __init__(self, scope: FunctionScope, flags: Flags) -> None:
        self._flags = dict(flags)
        super().__init__(scope)

    def truth(self, test: Expr) -> bool | None:
        match test:
            case syntax.Operation(
                operator="is" | "is not" as operator,
                operands=(syntax.Ref(path=name), syntax.Constant(value=None)),
            ):
                flag = self._passed(name)
                return None if flag is None else (flag == "none") is (operator == "is")
            case _:
                return None

    @property
    def settles(self) -> bool:
        """Whether the call runs less of the function than others do, or what the function calls may."""
        return self.rules_out or not passed_on(self.scope).isdisjoint(self._flags)

    def named(self, name: str, line: int = 0) -> bool | None:
        if not isinstance(self.scope.bindings[name][0].node, syntax.Parameter):
            return super().named(name, line)
        flag = self._passed(name)
        return None if flag is None else flag == "true"

    def _passed(self, name: str) -> Flag | None:
        """What is known of a parameter that keeps what it is passed."""
        return self._flags.get(name) if len(self.scope.bindings.get(name, ())) == 1 else None


class Flagged:
    """What runs of functions, by the flags that single calls pass."""

    def __init__(self) -> None:
        self._tested: dict[FunctionScope, frozenset[str]] = {}
        self._deciding: dict[FunctionScope, tuple[syntax.Parameter, ...]] = {}
        self._views: dict[tuple[FunctionScope, Flags], AsFlagged] = {}

    def tested(self, scope: FunctionScope) -> frozenset[str]:
        """The names of which the tests of a function are made."""
        known = self._tested.get(scope)
        if known is None:
            known = self._tested[scope] = frozenset(_tested(scope))
        return known

    def deciding(self, scope: FunctionScope) -> tuple[syntax.Parameter, ...]:
        """The parameters that a function tests, or passes on to what may test them."""
        known = self._deciding.get(scope)
        if known is None:
            own = scope.node.parameters
            names = {*self.tested(scope), *passed_on(scope)} if own else set[str]()
            deciding = tuple(each for each in own if each.name in names)
            known = self._deciding[scope] = deciding
        return known

    def given(self, frame: Frame) -> AsFlagged | None:
        """What runs of a function for the flags of one call; None where they decide nothing."""
        scope = frame.scope
        if not isinstance(scope, FunctionScope) or frame.is_general:
            return None
        flags = tuple(_known(self.deciding(scope), frame))
        if not flags:
            return None
        view = self._views.get((scope, flags))
        if view is None:
            view = self._views[scope, flags] = AsFlagged(scope, flags)
        return view


def _known(parameters: tuple[syntax.Parameter, ...], frame: Frame) -> Iterator[tuple[str, Flag]]:
    for each in parameters:
        flag = _flag_of(each, frame, 0)
        if flag is not None:
            yield each.name, flag


def _flag_of(parameter: syntax.Parameter, frame: Frame, depth: int) -> Flag | None:
    """What is known of a parameter in one call."""
    argument = frame.arguments.get(parameter.name)
    if argument is None:
        return _constant(parameter.default) if _leaves_defaults(frame) else None
    if isinstance(argument.node, syntax.Constant):
        return _constant(argument.node)
    if _is_decorated(argument, frame):
        return "true"
    scope = argument.scope
    if not isinstance(argument.node, syntax.Ref) or not isinstance(scope, FunctionScope) or depth >= DEEPEST:
        return None
    passed_on = scope.parameter(argument.node.path)
    if passed_on is None or len(scope.bindings[passed_on.name]) > 1:
        return None
    return _flag_of(passed_on, argument.frame, depth + 1)


def _leaves_defaults(frame: Frame) -> bool:
    """Whether a parameter that the call of a frame does not name has its default there."""
    site = _site(frame)
    if site is None:
        return False
    if not isinstance(site.node, syntax.Call):
        return any(_is_decorated(each, frame) for each in frame.arguments.values())
    if any(isinstance(each, syntax.Starred) for each in site.node.args):
        return False
    return all(each.name is not None for each in site.node.keywords)


def _is_decorated(argument: Expression, frame: Frame) -> bool:
    """Whether a frame is of a decorator that is written without a call: the function below is all it gets."""
    site = _site(frame)
    return site is not None and site.node is argument.node


def _site(frame: Frame) -> Expression | None:
    """The call that a frame is for."""
    identity = frame.key[-2] if len(frame.key) > 1 else None
    sites = frame.scope.project.inference.calling.sites
    return sites.get(identity) if isinstance(identity, int) else None


def _constant(node: Expr | None) -> Flag | None:
    if not isinstance(node, syntax.Constant):
        return None
    return "none" if node.value is None else "true" if node.value else "false"


def _tested(scope: FunctionScope) -> Iterator[str]:
    for statement in scope.statements():
        if isinstance(statement, syntax.If):
            yield from named(statement.test)
        elif isinstance(statement, syntax.Loop) and statement.target is None:
            yield from named(statement.source)
        for node in syntax.evaluated(statement):
            if isinstance(node, syntax.Operation) and node.operator in TESTING:
                yield from named(node)


def passed_on(scope: FunctionScope) -> frozenset[str]:
    """The names that a function passes to a call of which it returns what that gives."""
    returned = (each.value for each in scope.statements() if isinstance(each, syntax.Return))
    return frozenset(
        argument.path
        for call in returned
        if isinstance(call, syntax.Call)
        for argument in (*call.args, *(each.value for each in call.keywords))
        if isinstance(argument, syntax.Ref)
    )


def named(node: Expr) -> Iterator[str]:
    """The names that a test is made of."""
    if isinstance(node, syntax.Ref):
        yield node.path
    elif isinstance(node, syntax.Operation) and node.operator in TESTING:
        for operand in node.operands:
            yield from named(operand)
