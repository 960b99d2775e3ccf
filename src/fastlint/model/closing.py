"""What a `with` has closed by the time that somebody else uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.catching import EXITS
from fastlint.model.expression import Expression
from fastlint.model.mentions import mentions
from fastlint.model.releasing import Release, releases
from fastlint.model.returns import Returned, returned
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, Coroutine, External, FunctionValue, Instance, Manager
from fastlint.model.yielding import Pause, pauses

if TYPE_CHECKING:
    from fastlint.model.project import Project

DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Closed:
    """A `return` inside a `with` of what that `with` closes.

    `error` is what using it raises then: "" where it takes a new connection, None where that is not known.
    """

    returned: Returned
    name: str
    item: Place
    error: str | None

    @property
    def is_bare(self) -> bool:
        """Whether it is returned as it is, and not inside an object that keeps it."""
        return isinstance(self.returned.value.node, syntax.Ref)


def closed(function: FunctionValue) -> Iterator[Closed]:
    """What a function returns closed."""
    for each in returned(function):
        for name in _handed_out(each.value):
            item = _item(function.scope, each.statement, name)
            if item is None:
                continue
            manager = each.value.at(item.context)
            found = _closes(manager, 0)
            if found is not None:
                yield Closed(each, name, manager.place, found[0])


def is_called_or_handed_on(function: FunctionScope) -> bool:
    """Whether code calls a function itself, or gives it to something else than `Depends`."""
    project = function.project
    if any(project.calls.of(function)):
        return True
    given = (each.argument for each in project.dependencies.injections)
    markers = {id(each.node) for each in given if each is not None}
    return any(
        id(node) not in markers
        for module in project.mentioning(function.name)
        for scope in module.within()
        for node in mentions(scope, {function.name})
    )


def _handed_out(value: Expression) -> Iterator[str]:
    """The names that a `return` gives away: what it returns, or what the object that it makes keeps."""
    node = value.node
    if isinstance(node, syntax.Ref):
        yield node.path
    elif isinstance(node, syntax.Call):
        cls = value.func.value()
        if isinstance(cls, ClassValue):
            yield from _kept(cls, value)


def _kept(cls: ClassValue, call: Expression) -> Iterator[str]:
    """The arguments that a class keeps as they are: `self.session = session`."""
    inference = call.project.inference
    method = inference.classes.method(Instance(cls, call), "__init__")
    owner = None if method is None else method.scope.owner
    if method is None or owner is None:
        return
    kept = {
        binding.value.path
        for bindings in owner.attributes.values()
        for scope, binding in bindings
        if scope is method.scope and isinstance(binding.value, syntax.Ref)
    }
    for name, argument in inference.calling.arguments(method, call).items():
        if name in kept and isinstance(argument.node, syntax.Ref):
            yield argument.node.path


def _item(function: FunctionScope, inner: syntax.Statement, name: str) -> syntax.WithItem | None:
    """The `with` around a statement that binds a name, which nothing else binds."""
    if any(each.kind != "enter" for each in function.bindings.get(name, ())):
        return None
    for outer in reversed([*syntax.around(function.body, inner)]):
        for item in outer.items if isinstance(outer, syntax.With) else ():
            if isinstance(item.target, syntax.Ref) and item.target.path == name:
                return item
    return None


def _closes(manager: Expression, depth: int) -> tuple[str | None] | None:
    """What using the target of a `with` raises when that is over; None where it may be used."""
    value = manager.value()
    if isinstance(value, Coroutine):  # `async with` awaits what `aiofiles.open` gives
        value = value.results[0] if len(value.results) == 1 else None
    if isinstance(value, Instance):
        error = _error(value, manager.project)
        return None if error is None else (error,)
    if isinstance(value, Manager) and depth < DEEPEST:
        found = [_closes_its_yield(each, depth) for each in pauses(value.function.scope)]
        return found[0] if found and None not in found else None
    return None


def _closes_its_yield(pause: Pause, depth: int) -> tuple[str | None] | None:
    """The same of a function under `@contextmanager`, for what it yields."""
    node = getattr(pause.statement, "value", None)
    given = node.value if isinstance(node, syntax.Yield) else None
    if not isinstance(given, syntax.Ref):
        return None
    item = _item(pause.function, pause.statement, given.path)
    if item is not None:
        return _closes(Expression(item.context, pause.function.frame), depth + 1)
    if any(each.kind == "close" and each.what == given.path for each in _ending(pause)):
        found = Expression(given, pause.function.frame).value()
        return (_error(found, pause.function.project) if isinstance(found, Instance) else None,)
    return None


def _ending(pause: Pause) -> Iterator[Release]:
    yield from releases((*pause.always, *pause.after), pause.function)


def _error(value: Instance, project: Project) -> str | None:
    """What using an object after its `with` raises; None for what is no resource."""
    classes = project.inference.classes
    if any(classes.method(value, name) is not None for name in EXITS):
        return None
    names = [each.name for each in classes.mro(value.cls) if isinstance(each, External)]
    return next((error for name in names if (error := project.knowledge.resource(name)) is not None), None)
