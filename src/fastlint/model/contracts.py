"""Abstract classes and protocols: who implements them, and which objects work with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.expression import Expression
from fastlint.model.judging import PROTOCOLS, is_guess, is_none
from fastlint.model.memo import Memo
from fastlint.model.scopes import Frame, FunctionScope
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Partial,
    Value,
    Values,
    is_vague,
)

if TYPE_CHECKING:
    from fastlint.model.inference import Inference

ABSTRACT = ("abc.ABC", *PROTOCOLS)
ANYTHING = ("builtins.object", "typing.Callable")
CALLABLES = ("typing.Callable", "collections.abc.Callable")


class Contracts:
    """Tells contracts from what fulfils them."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.project = inference.project
        self._holds = Memo(inference.grounds, self._is_holding, within=lambda _: False)

    def is_abstract(self, cls: ClassValue | External) -> bool:
        """Whether a class has a contract above it or is one."""
        if isinstance(cls, External):
            return False
        if any(name in ABSTRACT for name in self.inference.classes.external_bases(cls)):
            return True
        return any(
            name.endswith("abstractmethod")
            for method in cls.scope.functions()
            for name in self.inference.functions.decorator_names(method)
        )

    def implemented(self, found: Values, name: str) -> Values:
        """An abstract method as the one class of the project that implements it has it."""
        method = found[0] if len(found) == 1 else None
        if not isinstance(method, FunctionValue) or not self.is_abstract_method(method.scope):
            return found
        assert method.scope.owner is not None
        concrete = [
            inner
            for cls in self.project.subclasses(method.scope.owner)
            if (inner := self.inference.classes.defined(ClassValue(cls), name)) is not None
            and not self.is_abstract_method(inner.scope)
        ]
        distinct = {each.scope: each for each in concrete}
        return tuple(distinct.values()) if len(distinct) == 1 else found

    def is_abstract_method(self, scope: FunctionScope) -> bool:
        """Whether a method stands for those that implement it: an abstract one, or one of a protocol."""
        if scope.owner is None:
            return False
        if any(each.endswith("abstractmethod") for each in self.inference.functions.decorator_names(scope)):
            return True
        return self._is_protocol(ClassValue(scope.owner))

    def _is_protocol(self, cls: ClassValue | External) -> bool:
        if isinstance(cls, External):
            return False
        bases = self.inference.classes.bases(cls)
        return any(isinstance(base, External) and base.name in PROTOCOLS for base in bases)

    def narrows(self, values: Values, declared: Values) -> bool:
        """Whether objects are of closer classes than annotated: subclasses, or such as fit a protocol."""
        bases = [value.cls for value in declared if isinstance(value, Instance)]
        objects = [value for value in values if isinstance(value, Instance)]
        return bool(objects) and all(
            each.cls != base and self._fits(each, base) for each in objects for base in bases
        )

    def may_be_derived(self, declared: Values) -> bool:
        """Whether a body may only ever give objects of subclasses of what is declared."""
        return all(
            isinstance(each, Instance)
            and isinstance(each.cls, ClassValue)
            and bool(self.project.subclasses(each.cls.scope))
            for each in declared
        )

    def is_derived(self, found: Values, declared: Values, nodes: list[Expr], frame: Frame) -> bool:
        """Whether a body certainly gives objects of such classes, at some nodes, and makes them."""
        is_made = all(isinstance(each, Instance) and each.site is not None for each in found)
        return (
            is_made
            and self.narrows(found, declared)
            and not any(map(_is_kept, nodes))
            and all(Expression(node, frame).is_whole for node in nodes)
        )

    def is_run(self, values: Values, declared: Values) -> bool:
        """Whether values are functions, and the annotation only says that they can be called."""
        return (
            bool(values)
            and bool(declared)
            and all(isinstance(each, (FunctionValue, Partial)) for each in values)
            and all(map(self._is_callable, declared))
        )

    def _is_callable(self, value: Value) -> bool:
        if not isinstance(value, Instance):
            return False
        if isinstance(value.cls, External):
            return value.external in CALLABLES
        return self._is_protocol(value.cls) and "__call__" in value.cls.scope.methods

    def is_strange(self, declared: Values) -> bool:
        """Whether an annotation leads nowhere: to classes of packages of which nothing is known."""
        return bool(declared) and all(map(self._is_stranger, declared))

    def resolves(self, found: Values, declared: Values) -> bool:
        """Whether values are known objects of libraries, and their annotation leads nowhere."""
        objects = [each for each in found if not is_none(each)]
        return bool(objects) and self.is_strange(declared) and all(map(self._is_known, objects))

    def _is_known(self, value: Value) -> bool:
        """Whether it is an object of a library that the tables speak of, not one found by its name."""
        is_external = isinstance(value, Instance) and bool(value.external)
        return is_external and not is_vague(value) and not self._is_stranger(value)

    def _is_stranger(self, value: Value) -> bool:
        name = value.external if isinstance(value, Instance) else ""
        return bool(name) and self.project.knowledge.is_stranger(name)

    def _fits(self, value: Instance, base: ClassValue | External) -> bool:
        if self.inference.classes.is_subclass(value.cls, base):
            return True
        return isinstance(base, ClassValue) and self._is_protocol(base) and self._offers(value, base)

    def _offers(self, value: Instance, protocol: ClassValue) -> bool:
        """Whether an object has what a protocol asks for (https://peps.python.org/pep-0544/)."""
        if isinstance(value.cls, External):
            return not is_guess(value)
        order = self.inference.classes.mro(value.cls)
        if any(isinstance(each, External) and each.name not in ABSTRACT for each in order):
            return True
        own = [each.scope for each in order if isinstance(each, ClassValue)]
        asked = (
            name
            for each in self.inference.classes.mro(protocol)
            if isinstance(each, ClassValue)
            for name in each.scope.bindings
        )
        return all(any(name in each.bindings or name in each.attributes for each in own) for name in asked)

    def is_filled(self, value: Value) -> bool:
        """Whether the call that makes an object tells what it works with, which its class leaves open."""
        if not isinstance(value, Instance) or value.site is None or not value.site.has_arguments:
            return False
        return self.is_open(value)

    def is_open(self, value: Value) -> bool:
        """Whether an object works with what its constructor is given, and no annotation says what that is."""
        if not isinstance(value, Instance) or not isinstance(value.cls, ClassValue):
            return False
        return self._holds(value.cls)

    def _is_holding(self, cls: ClassValue) -> bool:
        return any(self._is_left_open(*each) for each in self._given(cls))

    def _given(self, cls: ClassValue) -> list[tuple[Expr | None, Frame]]:
        """The annotation of each argument that a class takes, or None."""
        constructor = self.inference.classes.defined(cls, "__init__")
        if constructor is not None:
            assert constructor.scope.parent is not None
            outside = constructor.scope.parent.frame
            parameters = constructor.scope.node.parameters[1:]
            return [(each.annotation, outside) for each in parameters if each.kind not in ("args", "kwargs")]
        return [
            (binding.annotation, each.scope.frame)
            for each in self.inference.classes.mro(cls)
            if isinstance(each, ClassValue)
            for bindings in each.scope.bindings.values()
            for binding in bindings
            if binding.annotation is not None
        ]

    def _is_left_open(self, annotation: Expr | None, frame: Frame) -> bool:
        if annotation is None:
            return True
        declared = self.inference.annotations.annotated(Expression(annotation, frame))
        return any(
            isinstance(each, Instance)
            and (each.external in ANYTHING or self._is_contract(each.cls) or self.is_open(each))
            for each in declared
        )

    def _is_contract(self, cls: ClassValue | External) -> bool:
        """Whether a class itself, not one above it, leaves something to be implemented."""
        if isinstance(cls, External):
            return False
        bases = self.inference.classes.bases(cls)
        return any(isinstance(base, External) and base.name in ABSTRACT for base in bases) or any(
            map(self.is_abstract_method, cls.scope.functions())
        )


def _is_kept(node: Expr) -> bool:
    """Whether it is what other code may have put there: an attribute, an entry."""
    return isinstance(node, (syntax.Attribute, syntax.Subscript)) or (
        isinstance(node, syntax.Ref) and "." in node.path
    )
