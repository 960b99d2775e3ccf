"""Which `def` dependencies need no thread, and which can be an `async def`, which FastAPI calls where it is.

What calls such a function itself gets a coroutine then, and what it is handed to may do so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastlint.index import syntax
from fastlint.model.callables import is_stub
from fastlint.model.elsewhere import elsewhere
from fastlint.model.judging import yielded
from fastlint.model.quick import is_quick
from fastlint.model.scopes import FunctionScope
from fastlint.model.suites import is_test

if TYPE_CHECKING:
    from fastlint.model.dependencies import Dependency

BINDING = ("builtins.classmethod", "builtins.staticmethod")


class Async(NamedTuple):
    """Whether a function `can` be an `async def`; `doubt` says what else may come of it, "" if nothing."""

    can: bool
    doubt: str = ""


def needs_no_thread(dependency: Dependency) -> bool:
    """Whether a thread calls a dependency that is over before the thread has begun."""
    function = dependency.function
    if function.is_lambda or function.node.is_async or function.node.is_generator:
        return False
    if is_test(function.module.path):
        return False
    names = function.project.inference.functions.decorator_names(function)
    if any(name not in BINDING for name in names):
        return False
    return not _is_to_be_replaced(dependency) and is_quick(dependency.handler, keeps_context=True)


def _is_to_be_replaced(dependency: Dependency) -> bool:
    """Whether something else is meant to run: it has no body, and should give something or is overridden."""
    function = dependency.function
    if not is_stub(function):
        return False
    returns = function.node.returns
    gives_nothing = returns is None or (isinstance(returns, syntax.Constant) and returns.value is None)
    return bool(function.body) or not gives_nothing or dependency.is_overridden


def could_be_async(function: FunctionScope) -> Async:
    """Whether a dependency can be a coroutine function, or an asynchronous generator: nothing but FastAPI
    calls it."""
    if function.name == "__init__" or function.is_lambda or function.node.decorators:
        return Async(False)
    if _only_plain_ones_can(function):
        return Async(False)
    if function.owner is not None:
        return _method_could_be(function)
    found = elsewhere(function)
    return Async(False) if found.is_called else Async(True, found.doubt)


def _only_plain_ones_can(function: FunctionScope) -> bool:
    """Whether it is a generator that returns something or has a `yield from`, as no asynchronous one can."""
    if not function.node.is_generator:
        return False
    gives = any(isinstance(each, syntax.Return) and each.value is not None for each in function.statements())
    return gives or any(each.delegates for each in yielded(function))


def _method_could_be(function: FunctionScope) -> Async:
    """Of a method's calls it is not known which there are; those that are known must not be awaited anew."""
    project, owner = function.project, function.owner
    assert owner is not None
    if project.subclasses(owner) or owner.node.bases or project.calls.is_called(function):
        return Async(False)
    return Async(True, f"other code may call `{function.label}`")
