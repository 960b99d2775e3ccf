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

    One that might raise, sets something, or always gives the same, answers nothing by what it returns.
    """
    function = dependency.function
    name = (
        function.owner.name if function.owner is not None and function.name == "__call__" else function.name
    )
    if not CHECKS.search(HUMP.sub("_", name).lower()) or _is_stub(dependency):
        return False
    if dependency.may_raise or dependency.sets_something:
        return False
    return _says_no(returned.value, _is_declared_bool(dependency))


def _is_stub(dependency: Dependency) -> bool:
    """Whether it gives `False` whatever it is asked."""
    ends = dependency.function.body[-1:]
    is_open = not ends or not isinstance(ends[0], syntax.Return)
    return not is_open and all(is_false(each.value) for each in dependency.returns)


def _says_no(value: Expression, is_declared: bool, *, follows: bool = True) -> bool:
    """Whether it may be a "no" that is found out there; `follows` a variable to what it is set to."""
    node = value.node
    match node:
        case syntax.Constant():
            return node.value is False
        case syntax.Operation(operator="if"):
            return any(_says_no(value.at(each), is_declared, follows=follows) for each in node.operands[1:])
        case syntax.Operation(operator="and" | "or"):
            return all(_says_no(value.at(each), is_declared, follows=follows) for each in node.operands)
        case syntax.Operation(operator="compare" | "in" | "not"):
            return _is_harmless(value)
        case syntax.Call():
            return value.func.external() in ASKING and all(map(_is_harmless, value.args))
        case syntax.Ref():
            return is_declared if "." in node.path else follows and _is_set_to_no(value)
        case _:
            return False


def _is_set_to_no(variable: Expression) -> bool:
    """Whether all that a variable is set to is `True`, `False` or an answer, and not always `False`."""
    set_to: list[Expression] = []
    for binding in variable.scope.bindings.get(variable.text(), ()):
        if binding.kind != "value" or binding.unpack or binding.value is None:
            return False
        if isinstance(binding.node, syntax.Assign) and binding.node.augmented:
            return False
        set_to.append(variable.at(binding.value))
    answers = [each for each in set_to if _says_no(each, is_declared=False, follows=False)]
    is_known = all(each in answers or each.constant() is True for each in set_to)
    return is_known and not all(map(is_false, set_to)) and bool(answers)


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
