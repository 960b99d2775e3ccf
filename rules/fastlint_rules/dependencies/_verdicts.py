"""Whether what a function returns is its answer to "may this request go on?"."""

from __future__ import annotations

import re

from fastlint.api import Dependency, Expression, Instance, Returned, syntax

CHECKS = re.compile(
    r"(?:^|_)(?:verify|verified|check|checked|require|required|requires|ensure|validate|valid|is|has|can|may|must"
    r"|only|allow|allowed|auth\w*|guard|protect|permit|permission|login|logged)(?:_|$)"
)
"""A function of which `False` means "no": it has such a word in its name."""

HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
ASKING = frozenset(
    (
        *("builtins.bool", "builtins.any", "builtins.all", "builtins.isinstance"),
        *("hmac.compare_digest", "secrets.compare_digest"),
    )
)
"""Functions that answer yes or no, and never raise instead."""

HARMLESS = frozenset(
    ("get", "startswith", "endswith", "lower", "upper", "strip", "encode", "split", "len", "str")
)


def is_verdict(returned: Returned, dependency: Dependency) -> bool:
    """Whether "no" is returned there by a function that says by its name that it checks.

    One that might raise, or always gives the same, answers nothing by what it returns.
    """
    function = dependency.function
    name = (
        function.owner.name if function.owner is not None and function.name == "__call__" else function.name
    )
    if not CHECKS.search(HUMP.sub("_", name).lower()) or dependency.may_raise or _is_stub(dependency):
        return False
    return _says_no(returned.value, _is_declared_bool(dependency))


def _is_stub(dependency: Dependency) -> bool:
    """Whether it gives `False` whatever it is asked."""
    ends = dependency.function.body[-1:]
    is_open = not ends or not isinstance(ends[0], syntax.Return)
    return not is_open and all(is_false(each.value) for each in dependency.returns)


def _says_no(value: Expression, is_declared: bool) -> bool:
    """Whether it may be a "no" that is found out there and then."""
    node = value.node
    match node:
        case syntax.Constant():
            return node.value is False
        case syntax.Operation(operator="if"):
            return any(_says_no(value.at(each), is_declared) for each in node.operands[1:])
        case syntax.Operation(operator="and" | "or"):
            return all(_says_no(value.at(each), is_declared) for each in node.operands)
        case syntax.Operation(operator="compare" | "in" | "not"):
            return _is_harmless(value)
        case syntax.Call():
            return value.func.external() in ASKING and all(map(_is_harmless, value.args))
        case syntax.Ref():
            return is_declared and "." in node.path
        case _:
            return False


def _is_harmless(value: Expression) -> bool:
    """Whether nothing is called in it that might raise."""
    return not any(isinstance(node, syntax.Await) for node in syntax.walk(value.node)) and all(
        call.func.external() in ASKING or call.func.text().rpartition(".")[2] in HARMLESS
        for call in value.calls()
    )


def is_false(value: Expression) -> bool:
    return isinstance(value.node, syntax.Constant) and value.node.value is False


def _is_declared_bool(dependency: Dependency) -> bool:
    declared = dependency.function.project.inference.functions.declared(dependency.function)
    return bool(declared) and all(
        isinstance(each, Instance) and each.external == "builtins.bool" for each in declared
    )
