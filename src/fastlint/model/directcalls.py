"""Plain calls of functions whose defaults only FastAPI understands: `Depends(...)`, `Query(...)`.

To Python such a default is a value like any other, and what is not passed is the marker itself.
https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#query-as-the-default-value-or-in-annotated
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.catching import kinds
from fastlint.model.expression import Expression
from fastlint.model.handlers import HandlerParameter
from fastlint.model.markers import MARKERS, PARAMETER_MARKERS
from fastlint.model.reads import reads_given
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.uses import name_uses
from fastlint.model.values import ClassValue, FunctionValue, Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

WORDS = frozenset(name.rpartition(".")[2] for name in (*MARKERS, *PARAMETER_MARKERS))
ASKING = frozenset(("isinstance", "type", "callable", "hasattr", "getattr"))
"""With these a function finds out that it was not FastAPI that called it."""

WRONG_KIND = ("AttributeError", "TypeError")


@dataclass(frozen=True, slots=True)
class DirectCall:
    """A call that leaves to FastAPI what only FastAPI fills; `unfilled` are those parameters."""

    call: Expression
    function: FunctionScope
    unfilled: tuple[HandlerParameter, ...]

    @property
    def place(self) -> Place:
        return self.call.place


def direct_calls(project: Project) -> Iterator[DirectCall]:
    """Every such call, in the order of the functions."""
    for module in project.naming(*WORDS):
        for scope in module.within():
            if isinstance(scope, FunctionScope) and scope.node.parameters:
                yield from _calls_of(scope)


def _calls_of(scope: FunctionScope) -> Iterator[DirectCall]:
    """The calls that are certainly of this function, as it stands there."""
    filled = tuple(filled_by_fastapi(scope))
    calling = scope.project.inference.calling
    for call in scope.project.calls.near(scope) if filled else ():
        function = called(call, scope) if may_be_of(call, scope) else None
        if function is None or call.opaque_keywords or any(map(_is_starred, call.args)):
            continue
        passed = calling.arguments(function, call)
        unfilled = tuple(
            each for each in filled if each.name not in passed and _is_used(each) and _hurts(each, call)
        )
        if unfilled:
            yield DirectCall(call, scope, unfilled)


def filled_by_fastapi(scope: FunctionScope) -> Iterator[HandlerParameter]:
    """The parameters of which the default is a marker."""
    for node in scope.node.parameters:
        if isinstance(node.default, (syntax.Call, syntax.Ref)):
            parameter = HandlerParameter(scope, node)
            if parameter.default is not None and parameter.default.instances(*MARKERS, *PARAMETER_MARKERS):
                yield parameter


def _is_used(parameter: HandlerParameter) -> bool:
    """Whether a function reads a parameter, and takes it for what FastAPI would have passed."""
    function, name = parameter.function, parameter.name
    return reads_given(function, name) and not _asks(function, name) and not _is_tried(function, name)


def _hurts(parameter: HandlerParameter, call: Expression) -> bool:
    """Whether the marker is another thing than the value, and nobody would have seen that already.

    A test whose function uses a `Depends` object fails, unless all that uses it is a mock. `Query(True)` is
    as true as `True`.
    """
    default = parameter.default
    assert default is not None
    if default.instances(*MARKERS):
        return not is_test(call.place.path)
    given = default.argument("default", 0) if default.is_call else None
    return given is None or given.constant() is not True


def _asks(scope: FunctionScope, name: str) -> bool:
    """Whether a function looks at what kind of thing it was given."""
    outer = (use.outer for use in name_uses(scope.frame, name))
    return any(isinstance(each, syntax.Call) and last_name(each.func) in ASKING for each in outer)


def _is_tried(scope: FunctionScope, name: str) -> bool:
    """Whether a function sees to it that what it was given is of another kind: `except TypeError`."""
    return any(
        isinstance(outer, syntax.Try)
        and syntax.encloses(outer.body, use.call.node)
        and any(last_name(kind) in WRONG_KIND for handler in outer.handlers for kind in kinds(handler))
        for use in name_uses(scope.frame, name)
        for outer in syntax.around(scope.body, use.statement)
    )


def may_be_of(call: Expression, scope: FunctionScope) -> bool:
    """Whether a call can be of a function, as far as is cheap to tell: it was imported, or stands there."""
    node = call.func.node
    if scope.owner is not None or not isinstance(node, syntax.Ref):
        return scope.owner is not None
    root, _, rest = node.path.partition(".")
    frame: Frame | None = call.frame
    while frame is not None:
        bindings = frame.scope.bindings.get(root)
        if bindings:
            return any(each.kind == "import" or (each.kind == "function" and not rest) for each in bindings)
        frame = frame.outer
    return False


def called(call: Expression, scope: FunctionScope) -> FunctionValue | None:
    """The function, where a call runs that one and no wrapper of it."""
    value, inference = call.func.value(), scope.project.inference
    if isinstance(value, ClassValue):
        value = inference.classes.method(Instance(value), "__init__")
    if not isinstance(value, FunctionValue) or value.scope is not scope:
        return None
    wrapped = inference.functions.wrapped(value)
    return value if wrapped is not None and all(each.scope is scope for each in wrapped) else None


def _is_starred(argument: Expression) -> bool:
    return isinstance(argument.node, syntax.Starred)
