"""What the project's functions return, with their decorators taken into account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.contracts import ANYTHING
from fastlint.model.expression import Expression
from fastlint.model.judging import BUILTINS, MANAGERS, PROPERTIES, ROUTERS, SETTINGS, is_none, yielded
from fastlint.model.kinds import given_kind
from fastlint.model.memo import Memo
from fastlint.model.reachable import Branches
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Partial,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fastlint.model.inference import Inference


class Layer(NamedTuple):
    """The functions that are called in place of one, and the decorator that made them; None for itself."""

    decorator: Expression | None
    functions: tuple[FunctionValue, ...]


class Functions:
    """Follows returns, yields and decorators."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._decorators = Memo(inference.grounds, self._find_decorators)
        self.project = inference.project
        self.knowledge = inference.knowledge

    def keeps(self, name: str) -> bool:
        """Whether a decorator leaves what a call gives as it is."""
        return name in MANAGERS or name in PROPERTIES or self.knowledge.is_transparent(name)

    def wrapped(self, function: FunctionValue, below: Expr | None = None) -> tuple[FunctionValue, ...] | None:
        """The functions that run when the name of a decorated one is called; None when that is not known.

        That is the function itself, or the wrapper that a decorator of the project returns. `below` is the
        decorator that gets it, such as that of a route: those above it do not matter then.
        """
        found = self.layers(function, below)
        return None if found is None else found[-1].functions

    def layers(self, function: FunctionValue, below: Expr | None = None) -> tuple[Layer, ...] | None:
        """The function, and what each decorator that gives another one makes of it, the lowest one first.

        None where that is not known. `below` is that of `wrapped`.
        """
        scope = function.scope
        if (
            function.bare
            or not scope.node.decorators
            or all(self.keeps(name) for name in self.decorator_names(scope))
        ):
            return (Layer(None, (function,)),)
        assert scope.parent is not None
        bare = FunctionValue(scope, function.receiver, function.outer, bare=True)
        found = [Layer(None, (bare,))]
        pairs = zip(scope.node.decorators, self.decorator_names(scope), strict=True)
        for node, name in reversed(list(pairs)):
            if node is below:
                break
            if self.keeps(name):
                continue
            decorator = Expression(node, scope.parent.frame)
            if self._is_registering(decorator):
                continue
            applied = self.applied(decorator, found[-1].functions)
            if applied is None:
                return None
            found.append(Layer(decorator, applied))
        return tuple(found)

    def _is_registering(self, decorator: Expression) -> bool:
        """Whether it is a router's own, which gives back what it gets."""
        found = decorator.values()
        return bool(found) and all(map(self._is_registration, found))

    def applied(
        self, decorator: Expression, functions: tuple[FunctionValue, ...]
    ) -> tuple[FunctionValue, ...] | None:
        """What a decorator makes of functions."""
        found: list[FunctionValue] = []
        for value in decorator.values():
            for function in functions:
                made = self._made(value, function, decorator)
                if made is None:
                    return None
                found.extend(made)
        return tuple(dict.fromkeys(found)) or None

    def _made(
        self, value: Value, function: FunctionValue, decorator: Expression
    ) -> Iterable[FunctionValue] | None:
        """What one value that a decorator can stand for makes of a function."""
        match value:
            case FunctionValue():
                frame = self.applied_frame(value, function)
                results = () if frame is None else self.body_returns(value.scope, frame)
                return [each for result in results for each in self._callable(result)]
            case ClassValue():
                return [
                    *self._callable(Instance(value, self._construction(value, function, decorator)))
                ] or None
            case Instance(cls=ClassValue()):
                method = self.inference.classes.method(value, "__call__")
                return None if method is None else self._made(method, function, decorator)
            case _:
                return None

    def _callable(self, value: Value) -> Iterator[FunctionValue]:
        """The function of the project that calling a value runs."""
        if isinstance(value, FunctionValue):
            yield value
        elif isinstance(value, Instance) and isinstance(value.cls, ClassValue):
            method = self.inference.classes.method(value, "__call__")
            if method is not None:
                yield method

    def _construction(
        self, cls: ClassValue, function: FunctionValue, decorator: Expression
    ) -> Expression | None:
        """The call of a class that `@cls` above a function is."""
        given = self._given_as(("constructed", cls, function), function)
        if given is None:
            return None
        known = self._constructions.get(given)
        if known is None:
            node = syntax.Call(decorator.node.span, decorator.node, (given.node,), ())
            known = self._constructions[given] = given.at(node)
            self.inference.keep(node)
        return known

    @cached_property
    def _constructions(self) -> dict[Expression, Expression]:
        return {}

    def applied_frame(self, decorator: FunctionValue, function: FunctionValue) -> Frame | None:
        """The frame of a decorator that is given a function."""
        parameters = [
            each for each in decorator.scope.node.parameters if each.kind in ("positional", "normal")
        ]
        if decorator.scope.owner is not None and decorator.receiver is not None:
            parameters = parameters[1:]
        given = self._given_as(("given", decorator, function), function)
        if not parameters or given is None or decorator.scope.node.is_async:
            return None
        outer = decorator.outer or (decorator.scope.parent.frame if decorator.scope.parent else None)
        self.inference.calling.sites[id(given.node)] = given
        context = (*(outer.key if outer else ()), id(given.node), decorator.receiver)
        return Frame(decorator.scope, {parameters[0].name: given}, outer, decorator.receiver, context)

    def _given_as(self, key: object, function: FunctionValue) -> Expression | None:
        """A function as the argument of a decorator."""
        if function.scope.parent is None:
            return None
        given = self._given.get(key)
        if given is None:
            node = syntax.Ref(function.scope.node.span, function.scope.name)
            given = self._given[key] = Expression(node, function.scope.parent.frame)
            self.inference.know(given, (function,))
        return given

    @cached_property
    def _given(self) -> dict[object, Expression]:
        return {}

    def is_getter(self, scope: FunctionScope) -> bool:
        """Whether a method is a property, and runs where that is read."""
        return not scope.node.is_async and self.is_property(scope)

    def is_property(self, scope: FunctionScope) -> bool:
        """Whether reading a method by its name calls it."""
        return any(name in PROPERTIES for name in self.decorator_names(scope))

    def decorator_names(self, scope: FunctionScope) -> tuple[str, ...]:
        """The decorators of a function, by dotted name; '?' for one that is not known."""
        return self._decorators(scope) if scope.node.decorators else ()

    def _find_decorators(self, scope: FunctionScope) -> tuple[str, ...]:
        return tuple(self._decorator_names(scope))

    def _decorator_names(self, scope: FunctionScope) -> Iterator[str]:
        for node in scope.node.decorators:
            called = node.func if isinstance(node, syntax.Call) else node
            if isinstance(called, syntax.Ref) and called.path.partition(".")[2] in (
                "setter",
                "getter",
                "deleter",
            ):
                yield "builtins.property"
                continue
            assert scope.parent is not None
            found = Expression(called, scope.parent.frame).values()
            names = [value.name for value in found if isinstance(value, External)]
            yield names[0] if names else self._own_name(found, called)

    def _own_name(self, found: Values, node: Expr) -> str:
        if isinstance(node, syntax.Ref) and not found and node.path in BUILTINS:
            return f"builtins.{node.path}"
        for value in found:
            if isinstance(value, FunctionValue):
                return self.project.qualified(value.scope)
        return "?"

    def returned(self, function: FunctionValue, site: Expression | None) -> Values:
        """What the body of a function returns: by its annotation where that is precise, else by its body."""
        scope = function.scope
        declared = self.declared(scope, function)
        frame = self.inference.calling.frame(function, None)
        if declared and not self._vague(declared):
            if self.inference.contracts.may_be_derived(declared):
                found = self._frame_returns(frame)
                if self.inference.contracts.is_derived(found, declared, _returned(scope), frame):
                    return found
            return self._flagged(declared, function, site)
        found = self._frame_returns(frame)
        if site is not None and (
            self._depends_on_call(scope, found) or (len(found) > 1 and self._is_settled(function, site))
        ):
            own = self._frame_returns(self.inference.calling.frame(function, site))
            found = own if self._passes_on(scope) else own or found
        if declared and not self._is_closer(found, declared, _returned(scope), frame):
            return declared
        return found or declared

    def _is_settled(self, function: FunctionValue, site: Expression) -> bool:
        """Whether the flags that a call passes decide what a function gives."""
        flagged = self.inference.flagged
        if not flagged.deciding(function.scope):
            return False
        view = flagged.given(self.inference.calling.frame(function, site))
        return view is not None and view.settles

    def _flagged(self, declared: Values, function: FunctionValue, site: Expression | None) -> Values:
        """Which of several declared classes a call gets that passes flags: `-> Client | AsyncClient`."""
        if len(declared) < 2 or site is None or not self._is_settled(function, site):
            return declared
        own = self._frame_returns(self.inference.calling.frame(function, site))
        classes = [each.cls for each in own if isinstance(each, Instance)]
        is_narrower = bool(own) and len(classes) == len(own)
        kept = tuple(each for each in declared if isinstance(each, Instance) and each.cls in classes)
        return kept if is_narrower and len({each.cls for each in kept}) == len(set(classes)) else declared

    def _is_closer(self, found: Values, declared: Values, nodes: list[Expr], frame: Frame) -> bool:
        """Whether what a body gives, at some nodes, is a closer answer than its annotation."""
        contracts = self.inference.contracts
        if contracts.narrows(found, declared) or contracts.resolves(found, declared):
            return True
        if any(map(self._says_more, found)):
            return True
        is_filled = bool(found) and all(map(contracts.is_filled, found))
        return is_filled and all(Expression(node, frame).values() for node in nodes)

    def _frame_returns(self, frame: Frame) -> Values:
        scope = frame.scope
        assert isinstance(scope, FunctionScope)
        return self.inference.memo(("returns", scope, frame.key), self.body_returns, scope, frame)

    def _depends_on_call(self, scope: FunctionScope, found: Values) -> bool:
        """Whether a function gives each caller its own: a router, a decorator, a closure, what it got."""
        if any(
            self.inference.classes.is_router(value)
            or self._is_registration(value)
            or (isinstance(value, FunctionValue) and value.scope.parent is scope)
            or (bool(scope.node.parameters) and self.inference.contracts.is_filled(value))
            for value in found
        ):
            return True
        return self._passes_on(scope) or (not found and scope.returns_parameter)

    def _passes_on(self, scope: FunctionScope) -> bool:
        """Whether a function returns an argument of any class as it is."""
        assert scope.parent is not None
        outside = scope.parent.frame
        return any(
            each.annotation is None
            or not self.inference.annotations.annotated(Expression(each.annotation, outside))
            for each in scope.returned_parameters
        )

    def declared(self, scope: FunctionScope, function: FunctionValue | None = None) -> Values:
        """What the return annotation says."""
        if scope.node.returns is None:
            return ()
        receiver = function.receiver if function else None
        node = scope.node.returns
        if isinstance(node, syntax.Constant) and node.value == "Self" and isinstance(receiver, Instance):
            return (receiver,)
        assert scope.parent is not None
        outside = scope.parent.frame
        if scope.owner is not None:
            outside = self.inference.generics.seen_by(scope.owner, receiver)
        found = self.inference.annotations.annotated(Expression(node, outside))
        if any(isinstance(value, Instance) and value.external.endswith(".Self") for value in found):
            owner = receiver if isinstance(receiver, ClassValue) else None
            return (receiver,) if isinstance(receiver, Instance) else (Instance(owner),) if owner else ()
        return found

    def _is_made(self, value: Value) -> bool:
        """Whether the call that makes an object matters: that of a router, of settings."""
        return self.inference.classes.is_router(value) or (
            isinstance(value, Instance) and self.inference.classes.descends(value.cls, SETTINGS)
        )

    def _is_router_class(self, value: Value) -> bool:
        return isinstance(value, (ClassValue, External)) and self.inference.classes.descends(value, *ROUTERS)

    def _is_registration(self, value: Value) -> bool:
        """Whether it is what a method of a router gave, such as the decorator of a route."""
        if not isinstance(value, Instance) or value.site is None or not value.external.endswith("()"):
            return False
        return any(
            isinstance(each, External)
            and each.receiver is not None
            and self.inference.classes.is_router(each.receiver)
            for each in value.site.func.values()
        )

    def _says_more(self, value: Value) -> bool:
        """Whether it is more than an annotation can say: a router or settings made here, a function."""
        if (
            isinstance(value, (FunctionValue, Partial))
            or self._is_made(value)
            or self._is_registration(value)
        ):
            return True
        return isinstance(value, ClassValue) and self._is_router_class(value)

    def _vague(self, declared: Values) -> bool:
        """Whether the body may say more than the annotation: of routers, settings, abstract classes, and
        of classes of which nothing is known."""
        return self.inference.contracts.is_strange(declared) or any(
            self._is_made(value)
            or self._is_router_class(value)
            or (isinstance(value, Instance) and self.inference.contracts.is_abstract(value.cls))
            or (isinstance(value, Instance) and value.external in ANYTHING)
            or self.inference.contracts.is_open(value)
            for value in declared
        )

    def body_returns(self, scope: FunctionScope, frame: Frame) -> Values:
        """What the body of a function returns, whatever its annotation says."""
        known = given_kind(frame) or self.inference.flagged.given(frame)
        nodes = _returned(scope) if known is None else known.results()
        return tuple(
            value
            for node in nodes
            if node is not None
            for value in Expression(node, frame).values()
            if not is_none(value) and (known is None or _is_defined(value, known))
        )

    def yields(self, function: FunctionValue) -> Values:
        """What a generator function yields: by its annotation, else by its body."""
        scope = function.scope
        declared: Values = ()
        for value in self.declared(scope, function):
            if isinstance(value, Instance) and value.args:
                declared = value.args[0]
                break
        if declared and not self._vague(declared) and not self.inference.contracts.may_be_derived(declared):
            return declared
        frame = self.inference.calling.frame(function, None)
        nodes = [node.value for node in yielded(scope) if node.value is not None]
        found = tuple(value for node in nodes for value in Expression(node, frame).values())
        if declared and not self._vague(declared):
            return found if self.inference.contracts.is_derived(found, declared, nodes, frame) else declared
        return declared if declared and not self._is_closer(found, declared, nodes, frame) else found


def _returned(scope: FunctionScope) -> list[Expr]:
    """What the body of a function returns, as it is written."""
    statements = (node for node in scope.statements() if isinstance(node, syntax.Return))
    return [node.value for node in statements if node.value is not None]


def _is_defined(value: Value, known: Branches) -> bool:
    """Whether a function is not one that the branch which is not taken defines."""
    return (
        not isinstance(value, FunctionValue)
        or value.scope.parent is not known.scope
        or known.reaches(value.scope.node)
    )
