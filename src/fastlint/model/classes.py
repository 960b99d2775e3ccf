"""Classes and attributes: whose method a call means, and what an object holds."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.memo import Memo
from fastlint.model.scopes import Binding, ClassScope, Frame, FunctionScope
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Literal,
    ModuleValue,
    Partial,
    Super,
    TypeForm,
    Value,
    Values,
    stands_for,
)

if TYPE_CHECKING:
    pass
from fastlint.model.judging import (
    APPLICATION_STATE,
    DICT_METHODS,
    DICTS,
    ITEM_METHODS,
    NOWHERE,
    PROPERTIES,
    REQUEST_STATE,
    ROUTERS,
    is_none,
    last_bindings,
    merged_orders,
)

if TYPE_CHECKING:
    from fastlint.model.inference import Inference


class Classes:
    """Orders of bases, and attributes found through them."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._orders = Memo(inference.grounds, self._find_order, within=lambda scope: (ClassValue(scope),))
        self.project = inference.project
        self.knowledge = inference.knowledge

    def is_router(self, value: Value) -> bool:
        return isinstance(value, Instance) and self.descends(value.cls, *ROUTERS)

    def attributes(self, values: Values, name: str) -> Values:
        return tuple(found for value in values for found in self.attribute(value, name))

    def attribute(self, value: Value, name: str) -> Values:
        """What an attribute of a value can stand for."""
        match value:
            case Literal() if name == "value" and isinstance(value.expression.node, syntax.Constant):
                return (value,)  # of a member of an enumeration
            case Literal() if value.expression.is_text:
                return self._external_attribute(Instance(External("builtins.str")), "builtins.str", name)
            case Literal() if isinstance(value.expression.node, (syntax.Mapping, syntax.Collection)):
                kind = getattr(value.expression.node, "kind", "dict")
                plain = Instance(External(f"builtins.{kind}"))
                container = self.inference.container(value) if name in DICT_METHODS else plain
                return self._external_attribute(container, container.external, name)
            case Instance() if name == "__class__":
                return (value.cls,)
            case External() if value.name.endswith(APPLICATION_STATE) and (found := self._state(name)):
                return found
            case External() if value.name in REQUEST_STATE and (found := self._request_state(name)):
                return found
            case External(receiver=None) if known := self._of_class(value.name, name):
                return self.inference.calling.named(known, None, None)
            case External():
                receiver = None if value.receiver is None else Instance(value)
                return (External(self.knowledge.canonical(f"{value.name}.{name}"), receiver),)
            case ModuleValue():
                return self.inference.names.member(value.module, name)
            case ClassValue():
                return self.class_attribute(value, name, value)
            case Instance() if isinstance(value.cls, External):
                return self._external_attribute(value, value.cls.name, name)
            case Instance():
                return self._instance_attribute(value, name)
            case Super():
                return self._super_attribute(value, name)
            case FunctionValue():
                names = self.inference.functions.decorator_names(value.scope)
                return tuple(
                    External(f"{each}().{name}") for each in names if not self.inference.functions.keeps(each)
                )
            case _:
                return ()

    def _of_class(self, owner: str, name: str) -> str:
        """What the tables say of an attribute that a class of another package has itself."""
        is_class = owner.rpartition(".")[2][:1].isupper()
        known = self.knowledge.attribute(f"{owner}.{name}") if is_class else ""
        return "" if known == "self" else known

    def _external_attribute(self, value: Instance, owner: str, name: str) -> Values:
        known = self.knowledge.attribute(f"{owner}.{name}")
        if known:
            return self.inference.calling.named(known, value, None)
        if owner in DICTS and len(value.args) == 2 and name in DICT_METHODS:
            return (Partial((Instance(External(f"dict.{name}"), args=value.args),), NOWHERE),)
        if name in ITEM_METHODS.get(owner, ()) and value.args:
            return (Partial((Instance(External("dict.get"), args=((), value.args[0])),), NOWHERE),)
        return (External(self.knowledge.canonical(f"{owner}.{name}"), value),)

    def _state(self, name: str) -> Values:
        """What the project keeps in `app.state.name`."""
        return self.inference.memo(("state", name), self.project.kept_in_state, name)

    def _request_state(self, name: str) -> Values:
        """What the project keeps in `request.state.name`."""
        return self.inference.memo(("request state", name), self.project.kept_in_request_state, name)

    def _super_attribute(self, value: Super, name: str) -> Values:
        receiver = value.receiver
        start = receiver.cls if isinstance(receiver, Instance) else receiver
        order = self.mro(start)
        position = next(
            (at for at, cls in enumerate(order) if isinstance(cls, ClassValue) and cls.scope is value.scope),
            -1,
        )
        return self._in_classes(order[position + 1 :], name, receiver)

    def class_attribute(self, cls: ClassValue, name: str, receiver: Instance | ClassValue) -> Values:
        found = self._in_classes(self.mro(cls), name, receiver)
        return (
            found if any(not is_none(value) for value in found) else self._kept_in_class(cls, name) or found
        )

    def _kept_in_class(self, cls: ClassValue, name: str) -> Values:
        """What class methods assign to `cls.name`."""
        return tuple(
            value
            for each in self.mro(cls)
            if isinstance(each, ClassValue)
            for method, binding in each.scope.attributes.get(name, ())
            if method.name == "__new__"
            or "builtins.classmethod" in self.inference.functions.decorator_names(method)
            for value in self.inference.names.bound_value(
                binding, self.inference.calling.frame(FunctionValue(method, cls), None)
            )
        )

    def _in_classes(
        self, order: tuple[ClassValue | External, ...], name: str, receiver: Instance | ClassValue
    ) -> Values:
        for cls in order:
            if isinstance(cls, External):
                if cls.name in ("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"):
                    continue
                bound = receiver if isinstance(receiver, Instance) else self._to_be_made(receiver, cls, name)
                known = self.knowledge.attribute(f"{cls.name}.{name}")
                if known and (bound is not None or known != "self"):
                    return self.inference.calling.named(known, bound, None)
                return (External(self.knowledge.canonical(f"{cls.name}.{name}"), bound),)
            bindings = cls.scope.bindings.get(name)
            if bindings:
                found = tuple(
                    value
                    for binding in last_bindings(bindings)
                    for value in self._class_member(name, binding, cls, receiver)
                )
                return (
                    self.inference.contracts.implemented(found, name)
                    if isinstance(receiver, Instance)
                    else found
                )
        return ()

    def defined(self, cls: ClassValue, name: str) -> FunctionValue | None:
        """A method as the nearest class defines it, bound to an object of `cls`."""
        for each in self.mro(cls):
            if isinstance(each, ClassValue) and name in each.scope.methods:
                return FunctionValue(each.scope.methods[name], Instance(cls))
        return None

    def _class_member(
        self, name: str, binding: Binding, cls: ClassValue, receiver: Instance | ClassValue
    ) -> Values:
        if binding.kind != "function":
            injected = self.inference.names.field(binding, cls.scope.frame)
            if injected and isinstance(receiver, Instance):
                return injected
            is_declared = binding.value is None and binding.annotation is not None
            frame = self.inference.generics.seen_by(cls.scope, receiver) if is_declared else cls.scope.frame
            return self.inference.names.bound(name, binding, frame)
        assert isinstance(binding.node, syntax.Function)
        function = cls.scope.function(binding.node)
        names = self.inference.functions.decorator_names(function)
        if any(each in PROPERTIES or each.endswith("_property") for each in names):
            if isinstance(receiver, ClassValue):
                return ()
            return self.inference.calling.results(FunctionValue(function, receiver), None)
        if "builtins.staticmethod" in names:
            return (FunctionValue(function),)
        if "builtins.classmethod" in names and isinstance(receiver, Instance):
            owner = receiver.cls
            return (FunctionValue(function, owner if isinstance(owner, ClassValue) else cls),)
        return (FunctionValue(function, receiver),)

    def _to_be_made(self, cls: ClassValue, base: External, name: str) -> Instance | None:
        """An object of a class, for what makes one: `User.model_validate`."""
        makes = self.knowledge.returns(f"{base.name}.{name}") == "self"
        return Instance(cls) if makes else None

    def _instance_attribute(self, value: Instance, name: str) -> Values:
        assert isinstance(value.cls, ClassValue)
        given = self._constructed(value, value.cls, name)
        if given is not None:
            return given.values()
        declared: Values = ()
        for cls in self.mro(value.cls):
            if isinstance(cls, External):
                continue
            if name in cls.scope.bindings:
                declared = self._in_classes((cls,), name, value)
                if declared and any(each.kind == "function" for each in cls.scope.bindings[name]):
                    return declared
            assigned = cls.scope.attributes.get(name)
            if assigned:
                found = tuple(
                    each
                    for method, binding in assigned
                    for frame in (self._method_frame(method, value),)
                    for running in self.inference.names.running((binding,), frame)
                    for each in self.inference.names.bound_value(running, frame)
                )
                if found:
                    return found
            if declared:
                return declared
        return declared or self.class_attribute(value.cls, name, value)

    def _constructed(self, value: Instance, cls: ClassValue, name: str) -> Expression | None:
        """What the call of a class without a constructor of its own gives one of its fields."""
        site = value.site
        if site is None or not site.has_arguments:
            return None
        order = [each for each in self.mro(cls) if isinstance(each, ClassValue)]
        if any("__init__" in each.scope.bindings for each in order):
            return None
        fields = dict.fromkeys(
            field
            for each in reversed(order)
            for field, bindings in each.scope.bindings.items()
            if any(binding.annotation is not None for binding in bindings)
        )
        return site.argument(name, list(fields).index(name)) if name in fields else None

    def _method_frame(self, method: FunctionScope, value: Instance) -> Frame:
        """A method's frame for one object: its constructor's arguments, where they are known."""
        site = self._constructor_site(value, method) if method.name == "__init__" else None
        return self.inference.calling.frame(
            FunctionValue(method, value, method.parent.frame if method.parent else None), site
        )

    def _constructor_site(self, value: Instance, method: FunctionScope) -> Expression | None:
        """The call of a constructor: that of its class, or `super().__init__(...)` in a subclass's."""
        assert isinstance(value.cls, ClassValue)
        nearest = self.defined(value.cls, "__init__")
        if nearest is None or nearest.scope is method or value.site is None:
            return value.site
        assert nearest.scope.parent is not None
        function = FunctionValue(nearest.scope, value, nearest.scope.parent.frame)
        frame = self.inference.calling.frame(function, value.site)
        for statement in nearest.scope.statements():
            if isinstance(statement, syntax.Evaluate) and isinstance(statement.value, syntax.Call):
                func = statement.value.func
                if isinstance(func, syntax.Attribute) and func.name == "__init__":
                    called = Expression(func, frame).values()
                    if stands_for(called, method):
                        return Expression(statement.value, frame)
        return None

    def mro(self, cls: ClassValue | External) -> tuple[ClassValue | External, ...]:
        """A class and all its bases, nearest first."""
        if isinstance(cls, External):
            return self._external_order(cls.name)
        return self._orders(cls.scope)

    def _find_order(self, scope: ClassScope) -> tuple[ClassValue | External, ...]:
        cls = ClassValue(scope)
        return (cls, *merged_orders([self.mro(base) for base in self.bases(cls)]))

    def _external_order(self, name: str) -> tuple[External, ...]:
        known = self._external_orders.get(name)
        if known is None:
            known = self._external_orders[name] = tuple(map(External, self.knowledge.mro(name)))
        return known

    @cached_property
    def _external_orders(self) -> dict[str, tuple[External, ...]]:
        return {}

    def bases(self, cls: ClassValue) -> tuple[ClassValue | External, ...]:
        found: list[ClassValue | External] = []
        outer = cls.scope.parent
        assert outer is not None
        for node in cls.scope.node.bases:
            for value in Expression(node, outer.frame).values():
                plain = self.generic_origin(value) if isinstance(value, TypeForm) else value
                if isinstance(plain, (ClassValue, External)):
                    found.append(plain)
        return tuple(found)

    def generic_origin(self, form: TypeForm) -> Value | None:
        node = form.expression.node
        if not isinstance(node, syntax.Subscript):
            return None
        return form.expression.at(node.value).value()

    def descends(self, cls: ClassValue | External, *names: str) -> bool:
        """Whether a class is, or descends from, one of these classes of other packages."""
        return any(isinstance(each, External) and each.name in names for each in self.mro(cls))

    def is_subclass(self, cls: ClassValue | External, base: ClassValue | External) -> bool:
        return base in self.mro(cls)

    def external_bases(self, cls: ClassValue | External) -> tuple[str, ...]:
        return tuple(each.name for each in self.mro(cls) if isinstance(each, External))

    def method(self, value: Instance | ClassValue, name: str) -> FunctionValue | None:
        """A method that the project defines, as found on an object."""
        found = self.attribute(value, name)
        first = found[0] if len(found) == 1 else None
        return first if isinstance(first, FunctionValue) else None
