"""What calls give, and what iterating, entering and awaiting it gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.giving import GIVING
from fastlint.model.scopes import Frame
from fastlint.model.values import (
    ClassValue,
    Coroutine,
    External,
    FunctionValue,
    Instance,
    Literal,
    Manager,
    Partial,
    Stream,
    TypeForm,
    Value,
    Values,
)

if TYPE_CHECKING:
    pass
from fastlint.model.judging import MANAGERS, MOST_CONTEXT, is_own
from fastlint.model.special import SPECIAL

if TYPE_CHECKING:
    from fastlint.model.inference import Inference


NULL_CONTEXT = "contextlib.nullcontext"
MOST_MAKERS = 4
"""By how many objects, one made by the other, what a call makes is told apart."""


class Calling:
    """Follows calls."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.project = inference.project
        self.knowledge = inference.knowledge
        self.sites: dict[int, Expression] = {}

    def called(self, expression: Expression) -> Values:
        found: list[Value] = []
        for value in expression.func.values():
            found.extend(self.call(value, expression))
        return tuple(found)

    def call(self, value: Value, site: Expression | None) -> Values:
        """What calling a value gives."""
        match value:
            case External():
                return self._call_external(value, site)
            case ClassValue():
                return (made(value, site),)
            case FunctionValue():
                return self.results(value, site)
            case Instance() if isinstance(value.cls, External):
                return self._call_instance(value, site)
            case Instance(cls=ClassValue() as cls):
                return tuple(
                    result
                    for method in self.inference.classes.class_attribute(cls, "__call__", value)
                    for result in self.call(method, site)
                )
            case Partial():
                return tuple(result for each in value.functions for result in self.call(each, None))
            case TypeForm():
                origin = self.inference.classes.generic_origin(value)
                return self.call(origin, site) if isinstance(origin, (ClassValue, External)) else ()
            case _:
                return ()

    def _call_external(self, value: External, site: Expression | None) -> Values:
        name = value.name
        if site is not None and (special := SPECIAL.get(name)) is not None:
            return special(self.inference, site)
        known = self.knowledge.returns(name)
        giving = None if site is None else GIVING.get(name)
        if giving is not None and site is not None and (given := giving(self.inference, site)):
            found = given
        elif known:
            found = self.named(known, value.receiver, site)
        elif name.rpartition(".")[2][:1].isupper():
            found = (Instance(value, site),)
        else:
            found = (Instance(External(f"{name}()"), site),)
        return (Coroutine(value, found),) if self.knowledge.is_coroutine(name) else found

    def _call_instance(self, value: Instance, site: Expression | None) -> Values:
        if value.external.startswith("dict."):
            kind = value.external.removeprefix("dict.")
            if kind == "values":
                return (Instance(External("builtins.list"), args=(value.args[1],)),)
            if kind == "items":
                pair = Instance(External("builtins.tuple"), args=value.args)
                return (Instance(External("builtins.list"), args=((pair,),)),)
            return value.args[1]
        known = self.knowledge.returns(f"{value.external}.__call__")
        if known and value.args and known.endswith("from arguments"):
            return value.args[0]
        return self.named(known, value, site) if known else ()

    def named(self, known: str, receiver: Instance | None, site: Expression | None) -> Values:
        """The object that a knowledge table's `returns` speaks of."""
        if known.startswith("given "):
            _, name, position = known.split()
            passed = None if site is None else site.argument(name, int(position))
            return () if passed is None else passed.values()
        if known.startswith("<"):
            argument, _, known = known[1:].partition("> or ")
            maker = receiver.site if receiver is not None and receiver.site is not None else site
            given = maker.argument(argument) if maker is not None else None
            if given is not None:
                cls = given.value()
                return (Instance(cls, site),) if isinstance(cls, (ClassValue, External)) else ()
        known = known.partition(" from ")[0]
        if known == "self":
            return () if receiver is None else (receiver,)
        outer, _, inner = known.removesuffix("]").partition("[")
        cls = External(self.knowledge.canonical(outer))
        names = inner.split(", ") if inner else []
        args = tuple((Instance(External(self.knowledge.canonical(each))),) for each in names)
        return (Instance(cls, site, args),)

    def frame(self, function: FunctionValue, site: Expression | None) -> Frame:
        """The frame of a function for one call of it."""
        scope = function.scope
        outer = function.outer or (scope.parent.frame if scope.parent else None)
        context = outer.key if outer is not None else ()
        if site is not None and len(site.frame.key) >= MOST_CONTEXT:
            site = Expression(site.node, site.scope.frame)  # what this call itself passes is still known
        if site is None or len(context) >= MOST_CONTEXT:
            if function.receiver is None and outer is (scope.parent.frame if scope.parent else None):
                return scope.frame
            key = (*context, scope, function.receiver)
            return Frame(scope, {}, outer, function.receiver, key)
        arguments = self.arguments(function, site)
        self.sites[id(site.node)] = site
        key = (*context, *site.frame.key, id(site.node), function.receiver)
        return Frame(scope, arguments, outer, function.receiver, key)

    def arguments(self, function: FunctionValue, site: Expression) -> dict[str, Expression]:
        """What a call passes, by parameter; a default is not passed."""
        if not isinstance(site.node, syntax.Call):
            return {}
        parameters = [each for each in function.scope.node.parameters if each.kind not in ("args", "kwargs")]
        positional = [each.name for each in parameters if each.kind != "keyword"]
        if (
            function.scope.owner is not None
            and "builtins.staticmethod" not in self.inference.functions.decorator_names(function.scope)
        ):
            positional = positional[1:]
        passed: dict[str, Expression] = {}
        for name, argument in zip(positional, site.args, strict=False):
            if isinstance(argument.node, syntax.Starred):
                break
            passed[name] = argument
        names = {each.name for each in parameters}
        passed.update({name: value for name, value in site.keywords.items() if name in names})
        return passed

    def results(self, function: FunctionValue, site: Expression | None) -> Values:
        """What calling a function of the project gives, with its decorators taken into account."""
        wrapped = self.inference.functions.wrapped(function)
        if wrapped is None:
            if not function.scope.node.is_async or function.scope.node.is_generator:
                return ()
            return (Coroutine(function, self.inference.functions.returned(function, site), certain=False),)
        results = [
            self._inner(function, site)
            if each.scope is function.scope
            else self._wrapper_results(each, function, site)
            for each in wrapped
        ]
        found = tuple(value for each in results for value in each)
        is_one_kind = len({any(isinstance(value, Coroutine) for value in each) for each in results}) == 1
        return found if is_one_kind else tuple(map(_uncertain, found))

    def _wrapper_results(
        self, wrapper: FunctionValue, function: FunctionValue, site: Expression | None
    ) -> Values:
        results = self.inference.functions.returned(wrapper, None) or self.inference.functions.returned(
            function, site
        )
        if wrapper.scope.node.is_async:
            plain = (each for value in results for each in self.provided(value))
            return (Coroutine(function, tuple(plain)),)
        return results

    def _inner(self, function: FunctionValue, site: Expression | None) -> Values:
        scope = function.scope
        names = self.inference.functions.decorator_names(scope)
        if scope.node.is_generator:
            items = self.inference.functions.yields(function)
            if any(name in MANAGERS for name in names):
                return (Manager(function, items),)
            return (Stream(function, items),)
        found = self.inference.functions.returned(function, site)
        return (Coroutine(function, found),) if scope.node.is_async else found

    def awaited(self, values: Values) -> Iterator[Value]:
        for value in values:
            if isinstance(value, Coroutine):
                yield from value.results
            elif isinstance(value, Instance):
                if value.external in ("asyncio.Task", "asyncio.Future") and value.args:
                    yield from value.args[0]
                else:
                    yield value

    def iterated(self, values: Values) -> Iterator[Value]:
        """What the items of something can stand for."""
        for value in values:
            if isinstance(value, Stream):
                yield from value.items
            elif isinstance(value, Literal):
                if isinstance(value.expression.node, (syntax.Mapping, syntax.Collection, syntax.Operation)):
                    yield from next(iter(self.inference.container(value).args), ())
            elif isinstance(value, Instance) and isinstance(value.cls, ClassValue) and not value.args:
                items = self.inference.from_method(value, "__iter__") or self.inference.from_method(
                    value, "__aiter__"
                )
                yield from self.iterated(tuple(item for item in items if not is_own(item)))
            elif isinstance(value, Instance) and value.args and value.external != "builtins.tuple":
                yield from value.args[0]
            elif isinstance(value, Instance) and value.args:
                yield from (each for part in value.args for each in part)

    def entered(self, values: Values) -> Iterator[Value]:
        """What `with value as target` gives its target."""
        for value in values:
            if isinstance(value, Manager):
                yield from value.targets
            elif isinstance(value, Coroutine):
                yield from self._entered_coroutine(value)
            elif isinstance(value, Instance) and value.external == NULL_CONTEXT:
                yield from value.site.args[0].values() if value.site is not None and value.site.args else ()
            elif isinstance(value, Instance) and isinstance(value.cls, External):
                known = self.knowledge.enters(value.cls.name)
                yield from self.named(known, value, None) if known else (value,)
            elif isinstance(value, Instance):
                yield from self._entered_instance(value)

    def _entered_coroutine(self, value: Coroutine) -> Values:
        """What a call gives that can be awaited or entered: `async with session.get(url) as response`."""
        known = self.knowledge.enters(value.function.name) if isinstance(value.function, External) else ""
        return value.results if known else ()

    def provided(self, value: Value) -> Iterator[Value]:
        """What FastAPI passes on from what calling a dependency gives."""
        if isinstance(value, Coroutine):
            yield from value.results
        elif isinstance(value, Stream):
            yield from value.items
        elif isinstance(value, Manager):
            yield from value.targets
        else:
            yield value

    def _entered_instance(self, value: Instance) -> Iterator[Value]:
        for name in ("__aenter__", "__enter__"):
            method = self.inference.classes.method(value, name)
            if method is not None:
                results = self.inference.functions.returned(method, None)
                yield from results or (value,)
                return
        yield value


def _uncertain(value: Value) -> Value:
    """Of a decorator that has a wrapper for each kind of function, which one it is cannot be told."""
    return replace(value, certain=False) if isinstance(value, Coroutine) else value


def made(cls: ClassValue, site: Expression | None) -> Instance:
    """What the call of a class makes, told apart by what makes it.

    But only so far: what stands in a tree (`Node(parent=self)`) would be told apart by all that is above it,
    without an end.
    """
    if site is None:
        return Instance(cls)
    receiver = site.frame.receiver
    for _ in range(MOST_MAKERS):
        if not isinstance(receiver, Instance) or receiver.site is None:
            return Instance(cls, site)
        if receiver.site.node is site.node:
            break
        receiver = receiver.site.frame.receiver
    return Instance(cls, Expression(site.node, site.scope.frame))
