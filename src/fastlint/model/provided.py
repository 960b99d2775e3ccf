"""What a dependency gives, by what its code says of it: its annotation, or else what it returns or yields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.absence import may_be_none
from fastlint.model.callables import SECURITY, is_nothing, is_plain
from fastlint.model.expression import Expression
from fastlint.model.judging import yielded
from fastlint.model.leaving import leaves
from fastlint.model.nominal import DEEPEST, NONE, PLAIN, Class, Classes, classes_of, is_protocol
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Literal, Partial, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

GENERATORS = frozenset(
    f"typing.{kind}{name}" for kind in ("", "Async") for name in ("Generator", "Iterable", "Iterator")
) | frozenset(
    f"collections.abc.{kind}{name}"
    for kind in ("", "Async")
    for name in ("Generator", "Iterable", "Iterator")
)
SCHEMES = {
    "fastapi.security.APIKeyBase": "builtins.str",
    "fastapi.security.HTTPBasic": "fastapi.security.HTTPBasicCredentials",
    "fastapi.security.HTTPBase": "fastapi.security.HTTPAuthorizationCredentials",
    "fastapi.security.OAuth2": "builtins.str",
    "fastapi.security.OpenIdConnect": "builtins.str",
}
"""What security schemes give (https://fastapi.tiangolo.com/reference/security/)."""


class Given(NamedTuple):
    """What a dependency gives, by its annotation or else by its body, and where the code says so.

    `written` is what its body gives where that is another thing than it is annotated with.
    """

    classes: Classes
    source: Place | None = None
    written: Classes = ()

    @property
    def possible(self) -> Classes:
        """All that it may give, by its annotation or by its body."""
        return (*self.classes, *self.written)


def given_by_calling(target: Value, project: Project, needs_some: bool) -> Given | None:
    """What FastAPI gets from a dependency; None where not all of it is known.

    `needs_some` says that it matters whether `None` may be among it.
    """
    match target:
        case FunctionValue():
            return _given_by(target, project, needs_some)
        case Partial(functions=(function,)):
            return given_by_calling(function, project, needs_some)
        case ClassValue():
            return Given((target,))
        case Instance():
            method = project.inference.classes.method(target, "__call__")
            if method is not None:
                return _given_by(method, project, needs_some)
            scheme = _of_scheme(target, project)
            return None if scheme is None or needs_some else Given((scheme,))
        case _:
            return None


def is_annotated_as_item(function: FunctionScope) -> bool:
    """Whether a generator is certainly annotated as what it yields, and as no kind of iterator."""
    if not function.node.is_generator or function.node.returns is None or function.parent is None:
        return False
    declared = Expression(function.node.returns, function.parent.frame)
    classes = classes_of(declared)
    if classes is not None:
        return all(isinstance(each, External) or not is_protocol(each) for each in classes)
    cls, given = declared.value(), [each.value for each in yielded(function) if each.value is not None]
    return (
        isinstance(cls, External)
        and bool(given)
        and all(
            isinstance(value := Expression(each, function.frame).value(), Instance) and value.cls == cls
            for each in given
        )
    )


def _of_scheme(scheme: Instance, project: Project) -> External | None:
    classes = project.inference.classes
    if not classes.descends(scheme.cls, SECURITY):
        return None
    return next(
        (External(name) for base, name in SCHEMES.items() if classes.descends(scheme.cls, base)), None
    )


def _given_by(function: FunctionValue, project: Project, needs_some: bool, depth: int = 0) -> Given | None:
    scope = function.scope
    if depth > DEEPEST or scope.parent is None or not is_plain(function, project) or _is_stub(function):
        return None
    written = _in_body(function, needs_some, depth)
    declared = None if scope.node.returns is None else Expression(scope.node.returns, scope.parent.frame)
    says = None if declared is None else _items(declared) if scope.node.is_generator else classes_of(declared)
    if declared is None or says is None:
        is_told = written is not None and (declared is None or written != (NONE,))  # not by `-> NoReturn`
        return Given(written, _first_result(function)) if written is not None and is_told else None
    return Given(says, declared.place, written or ())


def _items(declared: Expression) -> Classes | None:
    """What a generator with an annotation such as `Iterator[Session]` yields."""
    node = declared.node
    if isinstance(node, syntax.Constant):
        inner = declared.project.inference.annotations.unquoted(declared)
        return None if inner is None else _items(inner)
    if not isinstance(node, syntax.Subscript) or declared.at(node.value).external() not in GENERATORS:
        return None
    item = node.index.items[0] if isinstance(node.index, syntax.Collection) else node.index
    return classes_of(declared.at(item))


def _is_stub(function: FunctionValue) -> bool:
    """Whether it has no body yet: it is there to be overridden."""
    return all(isinstance(each, syntax.Raise) or is_nothing(each) for each in function.scope.body)


def _results(function: FunctionValue) -> Iterator[syntax.Expr | None]:
    """What it returns, or yields, as it is written; None for nothing."""
    scope = function.scope
    if scope.node.is_generator:
        yield from (None if each.delegates else each.value for each in yielded(scope))
        return
    for statement in scope.statements():
        if isinstance(statement, syntax.Return):
            yield statement.value
    if not leaves(scope.body) and not _ends_in_failure(function):
        yield None


def _ends_in_failure(function: FunctionValue) -> bool:
    """Whether its last call is of a function that only raises."""
    last = function.scope.body[-1] if function.scope.body else None
    value = last.value if isinstance(last, syntax.Evaluate) else None
    called = value.value if isinstance(value, syntax.Await) else value
    if not isinstance(called, syntax.Call):
        return False
    found = Expression(called, function.scope.frame).func.values()
    return bool(found) and all(isinstance(each, FunctionValue) and _only_raises(each) for each in found)


def _only_raises(function: FunctionValue) -> bool:
    scope = function.scope
    return leaves(scope.body) and not any(isinstance(each, syntax.Return) for each in scope.statements())


def _first_result(function: FunctionValue) -> Place | None:
    first = next((each for each in _results(function) if each is not None), None)
    return None if first is None else Place(function.scope.module.path, first.span)


def _in_body(function: FunctionValue, needs_some: bool, depth: int) -> Classes | None:
    """The classes of what the body gives; None where one is not known."""
    scope = function.scope
    if _is_stub(function) or any(each.delegates for each in yielded(scope)):
        return None
    frame = scope.project.inference.calling.frame(function, None)
    found: list[Class] = []
    for node in _results(function):
        if node is None:
            found.append(NONE)
            continue
        value = Expression(node, frame)
        classes = _written(value, needs_some, depth)
        if classes is None:
            return None
        found.extend(classes)
    return tuple(dict.fromkeys(found)) or None


def _written(value: Expression, needs_some: bool, depth: int) -> Classes | None:
    """The classes of an expression: of literals, of calls of classes, and of what functions say they give."""
    node = value.node
    if isinstance(node, syntax.Operation) and node.operator == "if":
        found = [_written(value.at(each), needs_some, depth + 1) for each in node.operands[1:]]
        return None if None in found else tuple(cls for classes in found for cls in classes or ())
    called = value.at(node.value) if isinstance(node, syntax.Await) else value
    if isinstance(called.node, syntax.Call):
        callees = called.func.values()
        if len(callees) == 1 and isinstance(callees[0], FunctionValue) and called.func.is_whole:
            is_coroutine = callees[0].scope.node.is_async
            if callees[0].scope.node.is_generator or is_coroutine != (called is not value):
                return None
            inner = _given_by(callees[0], value.project, needs_some, depth + 1)
            return None if inner is None else inner.possible
    if isinstance(node, syntax.Await) or not value.is_whole:
        return None
    found_values = value.values()
    if needs_some and may_be_none(value) and not value.is_none:
        return None
    classes = [_class_of(each) for each in found_values]
    return None if None in classes else tuple(each for each in classes if each is not None)


def _class_of(value: Value) -> Class | None:
    match value:
        case Literal():
            return _class_of_literal(value.expression)
        case Instance(cls=ClassValue()) if value.site is not None:
            return value.cls
        case Instance(cls=External()) if value.external in PLAIN:
            return value.cls
        case _:
            return None


def _class_of_literal(literal: Expression) -> External | None:
    match literal.node:
        case syntax.Constant(value=None):
            return NONE
        case syntax.Constant(value=value):
            return External(f"builtins.{type(value).__name__}")
        case syntax.Template():
            return External("builtins.str")
        case syntax.Mapping():
            return External("builtins.dict")
        case syntax.Collection(kind=kind):
            return External(f"builtins.{kind}")
        case _:
            return None
