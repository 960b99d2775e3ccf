"""One use of `Depends`: where it stands, what it fills, and what it calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression, spelled
from fastlint.model.handlers import Handler, HandlerParameter
from fastlint.model.markers import marker_calls, metadata, union_parts
from fastlint.model.reads import reads
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import name_uses
from fastlint.model.values import ClassValue, FunctionValue, Instance, Partial, Value, Values

if TYPE_CHECKING:
    from fastlint.model.project import Project


@dataclass(frozen=True, slots=True)
class Injection:
    """One use of `Depends` or `Security`.

    `parameter` and `function` say which parameter it fills, `listed` the call in whose `dependencies` it
    stands (of a route, a router, an include or the app). Without any of them nothing is known of its use.
    """

    call: Expression
    function: FunctionScope | None = None
    parameter: syntax.Parameter | None = None
    listed: Expression | None = None

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def argument(self) -> Expression | None:
        """What `Depends` is given."""
        return self.call.argument("dependency", 0)

    @property
    def names(self) -> tuple[str, ...]:
        """How the code calls what it injects: by its alias, its function or class, its parameter's type."""
        argument = self.argument
        annotation = None if self.parameter is None else self.parameter.annotation
        nodes = [
            each for each in (None if argument is None else argument.node, annotation) if each is not None
        ]
        return tuple(spelled(node) for node in nodes) + tuple(
            target.scope.name for target in self.targets if isinstance(target, (ClassValue, FunctionValue))
        )

    @property
    def is_awaited(self) -> bool:
        """Whether the function that gets what the dependency returns awaits it."""
        if self.function is None or self.parameter is None:
            return False
        readings = name_uses(self.function.frame, self.parameter.name)
        return any(
            each.context in ("awaited", "argument") or isinstance(each.outer, syntax.Starred)
            for each in readings
        )

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out of its targets."""
        argument = self.argument
        return argument is None or argument.is_whole

    @property
    def is_security(self) -> bool:
        """Whether it is a `Security`."""
        return self.call.func.external() == "fastapi.Security"

    @property
    def targets(self) -> Values:
        """What FastAPI calls: the argument, or the annotated class of `Depends()`."""
        argument = self.argument
        if argument is not None:
            return argument.values()
        if self.parameter is None or self.parameter.annotation is None or self.function is None:
            return ()
        assert self.function.parent is not None
        annotation = Expression(self.parameter.annotation, self.function.parent.frame)
        inference = self.call.project.inference
        return tuple(
            value.cls for value in inference.annotations.annotated(annotation) if isinstance(value, Instance)
        )

    @property
    def filled(self) -> HandlerParameter | None:
        """The parameter that it fills."""
        if self.function is None or self.parameter is None:
            return None
        return HandlerParameter(self.function, self.parameter)

    @property
    def is_discarded(self) -> bool:
        """Whether nobody reads what it gives: it stands in a list, or its parameter is not used."""
        if self.function is None or self.parameter is None:
            return self.listed is not None
        return not reads(self.function, self.parameter.name)

    def functions(self) -> Iterator[FunctionValue]:
        """The project's functions that run when it is resolved."""
        for target in self.targets:
            yield from called_functions(target, self.call.project)

    def handlers(self) -> Iterator[Handler]:
        """Those functions as FastAPI injects them."""
        for target in self.targets:
            yield from self.call.project.dependencies.handlers_of(target)

    def provided(self) -> Values:
        """What the endpoint gets."""
        inference = self.call.project.inference
        return tuple(
            provided
            for target in self.targets
            for value in inference.calling.call(target, None)
            for provided in inference.calling.provided(value)
        )


def listed(dependencies: Expression | None, site: Expression | None = None) -> Iterator[Injection]:
    """The injections of `dependencies=[...]`; `site` is the call that is given them."""
    if dependencies is None:
        return
    for item in may_hold(dependencies):
        for call in marker_calls(item):
            yield Injection(call, listed=site)


def put_into_list(call: Expression) -> Iterator[Injection]:
    """`router.dependencies.append(Depends(load))`, `options.setdefault("dependencies", [Depends(load)])`."""
    match call.node:
        case syntax.Call(func=syntax.Ref(path=path), args=(item,)) if path.endswith(".dependencies.append"):
            for marker in marker_calls(call.at(item)):
                yield Injection(marker, listed=call)
        case syntax.Call(func=func, args=(syntax.Constant(value="dependencies"), items)):
            if last_name(func) == "setdefault":
                yield from listed(call.at(items), call)
        case _:
            pass


def may_hold(given: Expression) -> Iterator[Expression]:
    """What may be in a list, that is chosen by a condition or appended later to a name too."""
    node = given.node
    if isinstance(node, syntax.Operation) and node.operator in ("if", "or"):
        for operand in node.operands[1 if node.operator == "if" else 0 :]:
            yield from may_hold(given.at(operand))
        return
    yield from given.items() or _known_items(given)
    found = given.literal(syntax.Collection) if isinstance(node, syntax.Ref) else None
    if found is not None and isinstance(node, syntax.Ref):
        name = node.path.rpartition(".")[2]
        if any(each.value is found.node for each in found.scope.bindings.get(name, ())):
            yield from _appended(name, found)


def _known_items(given: Expression) -> Iterator[Expression]:
    """The items of a list that are written out, where others are not: `[*more, Depends(load)]`."""
    found = given.literal(syntax.Collection)
    if found is not None and isinstance(found.node, syntax.Collection):
        for node in found.node.items:
            if isinstance(node, syntax.Starred):
                yield from found.at(node.value).items() or ()
            else:
                yield found.at(node)


def _appended(name: str, to: Expression) -> Iterator[Expression]:
    """What the scope that makes a list appends to it."""
    for reading in to.scope.calls:
        node = reading.node
        if isinstance(node, syntax.Call) and isinstance(node.func, syntax.Ref) and len(node.args) == 1:
            if node.func.path == f"{name}.append":
                yield to.at(node.args[0])
            elif node.func.path == f"{name}.extend":
                yield from to.at(node.args[0]).items() or ()


def hidden_injections(annotation: Expression) -> Iterator[tuple[Expression, Injection]]:
    """The members of a union that carry a `Depends`, which FastAPI does not see there."""
    for part in union_parts(annotation):
        found = last_marker(part)
        if found is not None:
            yield part, Injection(found)


def injection_of_type(annotation: Expression) -> Injection | None:
    """The `Depends` that an annotation carries."""
    found = last_marker(annotation)
    return None if found is None else Injection(found)


def last_marker(annotation: Expression) -> Expression | None:
    calls = [call for item in metadata(annotation) for call in marker_calls(item)]
    return calls[-1] if calls else None


def called_functions(target: Value, project: Project) -> Iterator[FunctionValue]:
    """The project's functions that run when FastAPI calls a dependency."""
    match target:
        case FunctionValue():
            yield target
        case ClassValue():
            method = project.inference.classes.method(Instance(target), "__init__")
            if method is not None:
                yield method
        case Instance():
            method = project.inference.classes.method(target, "__call__")
            if method is not None:
                yield method
        case Partial():
            for inner in target.functions:
                yield from called_functions(inner, project)
        case _:
            pass


def given_by(target: Value) -> frozenset[str]:
    """The parameters that `functools.partial` fills; keywords can still be sent by the client."""
    if not isinstance(target, Partial):
        return frozenset()
    names: set[str] = set()
    for function in target.functions:
        if isinstance(function, FunctionValue):
            parameters = function.scope.node.parameters
            own = [each.name for each in parameters if each.kind in ("positional", "normal")]
            bound = 0 if function.receiver is None else 1
            names.update(own[bound : bound + len(target.site.args) - 1], target.site.keywords)
    return frozenset(names)
