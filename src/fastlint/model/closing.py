"""What a `with`, or a `finally`, has closed by the time that somebody else uses it."""

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
LAZY = (
    *("builtins.enumerate", "builtins.filter", "builtins.iter", "builtins.map", "builtins.zip"),
    *("csv.DictReader", "csv.reader", "itertools.chain", "itertools.islice"),
)
"""What reads what it is given when somebody asks for the next item."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A `return` of what is closed when the function is left.

    `how` is with (around the `return`), before (a `with` that is over there) or finally, and `item` what
    closes it. `error` is what using it raises then: "" where it takes a new connection, None where that is
    not known.
    """

    returned: Returned
    name: str
    item: Place
    error: str | None
    how: str = "with"

    @property
    def is_bare(self) -> bool:
        """Whether it is returned as it is, and not inside an object that keeps it."""
        return isinstance(self.returned.value.node, syntax.Ref)


def closed(function: FunctionValue) -> Iterator[Closed]:
    """What a function returns closed; of each `return` the first."""
    for each in returned(function):
        found = (_closed(function.scope, each, name) for name in _handed_out(each.value))
        first = next((one for one in found if one is not None), None)
        if first is not None:
            yield first


def _closed(function: FunctionScope, each: Returned, name: str) -> Closed | None:
    item = _item(function, each.statement, name)
    if item is None:
        return _closed_finally(function, each, name)
    how = "with" if syntax.encloses((item[0],), each.statement) else "before"
    manager = each.value.at(item[1].context)
    found = _closes(manager, 0)
    return None if found is None else Closed(each, name, manager.place, found[0], how)


def _closed_finally(function: FunctionScope, each: Returned, name: str) -> Closed | None:
    """`try: return session`, `finally: session.close()`."""
    bindings = function.bindings.get(name, ())
    if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].value is None:
        return None
    for outer in syntax.around(function.body, each.statement):
        if not isinstance(outer, syntax.Try) or syntax.encloses(outer.final, each.statement):
            continue
        ended = [one for one in outer.final if isinstance(one, syntax.Evaluate)]
        for release in releases(ended, function):
            made = each.value.at(bindings[0].value).value()
            error = _error(made, function.project) if isinstance(made, Instance) else None
            if release.kind == "close" and release.what == name and error is not None:
                return Closed(each, name, release.place, error, "finally")
    return None


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
    match value.node:
        case syntax.Ref(path=path):
            yield path
        case syntax.Collection(items=items) | syntax.Mapping(values=items):
            for item in items:
                yield from _handed_out(value.at(item))
        case syntax.Comprehension(kind="generator", elements=elements, generators=(first, *_)):
            for inner in (*elements, *first.conditions, first.source):
                is_source = inner is first.source
                yield from _named_in(inner) if not is_source or isinstance(inner, syntax.Ref) else ()
        case syntax.Call():
            callee = value.func.value()
            if isinstance(callee, ClassValue):
                yield from _kept(callee, value)
            elif isinstance(callee, External) and callee.name in LAZY:
                for argument in value.args:
                    yield from _handed_out(argument)
        case _:
            pass


def _named_in(node: syntax.Expr) -> Iterator[str]:
    yield from (each.path.partition(".")[0] for each in syntax.walk(node) if isinstance(each, syntax.Ref))


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


def _item(
    function: FunctionScope, inner: syntax.Statement, name: str
) -> tuple[syntax.With, syntax.WithItem] | None:
    """The `with` around a statement, or before it, that binds a name which nothing else binds."""
    bindings = function.bindings.get(name, ())
    if any(each.kind != "enter" for each in bindings):
        return None
    around = [*syntax.around(function.body, inner)]
    before = [each for each in function.statements() if len(bindings) == 1 and each.span < inner.span]
    for outer in (*reversed(around), *before):
        if not isinstance(outer, syntax.With):
            continue
        for item in outer.items:
            if isinstance(item.target, syntax.Ref) and item.target.path == name:
                return outer, item
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
        return _closes(Expression(item[1].context, pause.function.frame), depth + 1)
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
