"""Which objects another thread may use, and which are for one thread alone, or for one at a time."""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.remembered import is_remembered
from fastlint.model.scopes import FunctionScope
from fastlint.model.settingup import sets_up
from fastlint.model.values import Instance

MAKERS = ("__init__", "__new__", "__post_init__", "__aenter__", "__enter__")
"""Methods that make what their object keeps."""


def is_confined(expression: Expression, *, is_within: bool = False) -> bool:
    """Whether another thread must not use what an expression stands for.

    `is_within` says that its function runs in that thread as a whole: what it is not given, it makes there.
    """
    knowledge = expression.project.knowledge
    for value in expression.values():
        if not isinstance(value, Instance):
            continue
        kind = knowledge.confined(value.external)
        if kind == "own" and (not is_within or is_shared(expression) or _is_given(expression)):
            return True
        if kind == "one" and is_shared(expression):
            return True
    return False


def is_shared(expression: Expression) -> bool:
    """Whether what an expression stands for may be there for several requests."""
    node, scope = expression.node, expression.scope
    if isinstance(node, syntax.Ref) and (
        "." in node.path or not isinstance(scope, FunctionScope) or node.path not in scope.bindings
    ):
        return True
    return any(_outlives_requests(value) for value in expression.values() if isinstance(value, Instance))


def _outlives_requests(value: Instance) -> bool:
    """Whether it was made where no request is answered; not where that is unknown."""
    maker = None if value.site is None else value.site.scope
    if maker is None:
        return False
    if not isinstance(maker, FunctionScope):
        return True
    return sets_up(maker) or is_remembered(maker) or (maker.owner is not None and maker.name in MAKERS)


def _is_given(expression: Expression) -> bool:
    """Whether it is, or is an attribute of, what its function was given."""
    node, scope = expression.node, expression.scope
    if not isinstance(node, syntax.Ref) or not isinstance(scope, FunctionScope):
        return False
    return scope.parameter(node.path.partition(".")[0]) is not None
