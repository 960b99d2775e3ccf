"""Wrappers that name what they wrap, and so show the signature of that.

`inspect.signature` follows their `__wrapped__`, which `functools.wraps` sets
(https://docs.python.org/3/library/functools.html#functools.update_wrapper).
"""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import FunctionScope

WRAPS = "functools.wraps"
UPDATE = "functools.update_wrapper"


def names_what_it_wraps(wrapper: FunctionScope) -> bool:
    """Whether a wrapper does so: a function, or the `__call__` of a class whose `__init__` sees to it."""
    if WRAPS in wrapper.project.inference.functions.decorator_names(wrapper):
        return True
    maker = wrapper.parent if wrapper.owner is None else wrapper.owner.methods.get("__init__")
    if maker is None:
        return False
    name = wrapper.name if wrapper.owner is None or not isinstance(maker, FunctionScope) else maker.receiver
    if any(_updates(Expression(each.node, maker.frame), name) for each in maker.calls):
        return True
    targets = maker.targets if isinstance(maker, FunctionScope) else ()
    return any(path == f"{name}.__wrapped__" for path, _ in targets)


def _updates(call: Expression, name: str) -> bool:
    """`functools.update_wrapper(name, ...)`."""
    node = call.node
    if not isinstance(node, syntax.Call) or last_name(node.func) != "update_wrapper" or not node.args:
        return False
    return call.args[0].text() == name and call.func.external() == UPDATE
