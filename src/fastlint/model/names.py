"""What names mean: bindings, parameters, imports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fastlint.diagnostic import Span
from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.markers import MARKERS
from fastlint.model.scopes import Binding, ClassScope, Frame, FunctionScope, ModuleScope, Scope
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Literal,
    ModuleValue,
    TypeForm,
    Value,
    Values,
)

if TYPE_CHECKING:
    pass
from fastlint.model.judging import (
    BUILTINS,
    added_to,
    is_exported,
    is_none,
    is_precise,
    last_bindings,
    reaching,
)

if TYPE_CHECKING:
    from fastlint.model.inference import Inference

CLASS_METHODS = frozenset(
    (
        "builtins.classmethod",
        *(f"pydantic.{name}" for name in ("field_validator", "root_validator", "validator")),
    )
)
"""Decorators of methods that get the class: Pydantic's make a class method of what they are above."""


class Names:
    """Looks names up, as Python does."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.project = inference.project
        self.knowledge = inference.knowledge

    def lookup(self, name: str, frame: Frame, at: Span | None = None) -> Values:
        """What a name means in a frame; `at` is where it is read, when that is in the same scope."""
        current: Frame | None = frame
        while current is not None:
            scope = current.scope
            if not (isinstance(scope, ClassScope) and current is not frame):
                bindings = scope.bindings.get(name)
                if bindings:
                    possible = reaching(bindings, at) if current is frame else last_bindings(bindings)
                    if current.key and len(bindings) > 1:
                        possible = self.running(possible, current)
                    return self._global(name, scope, self._bound_by(possible, name, current))
                if isinstance(scope, ModuleScope):
                    return self._starred(name, scope)
            current = current.outer
        return ()

    def running(self, bindings: Iterable[Binding], frame: Frame) -> Iterable[Binding]:
        """Those bindings that the flags of a call do not rule out."""
        flags = self.inference.flagged.given(frame)
        return bindings if flags is None else [each for each in bindings if flags.reaches(each.node)]

    def _starred(self, name: str, module: ModuleScope) -> Values:
        outside: set[str] = set()
        for star in reversed(module.stars):
            target = self._imported_module(module, star)
            if isinstance(target, ModuleScope):
                if target is module or not is_exported(name, target):
                    continue
                found = self.member(target, name)
                if found:
                    return found
            elif name not in BUILTINS and self.knowledge.returns(f"{target}.{name}"):
                return (External(self.knowledge.canonical(f"{target}.{name}")),)
            else:
                outside.add(target)
        if name in BUILTINS:
            return (External(f"builtins.{name}"),)
        if len(outside) != 1 or name.startswith("_") or "" in outside:
            return ()
        # Nothing else binds it: where one package alone is starred, the name is that package's.
        return (External(self.knowledge.canonical(f"{outside.pop()}.{name}")),)

    def member(self, module: ModuleScope, name: str) -> Values:
        """A name of a module as another module sees it: a binding, else a submodule."""
        return self.inference.memo(("member", module, name), self._member, module, name)

    def _member(self, module: ModuleScope, name: str) -> Values:
        bindings = module.bindings.get(name)
        if bindings:
            found = self._bound_by(last_bindings(bindings), name, module.frame)
            if found:
                return self._global(name, module, found)
        submodule = self.project.submodule(module, name)
        if submodule is not None:
            return (ModuleValue(submodule),)
        if bindings or name in BUILTINS:
            return ()
        return self._starred(name, module) if module.stars else ()

    def _global(self, name: str, scope: Scope, found: Values) -> Values:
        """What a name of a module that starts as `None` is given by functions that declare it `global`."""
        if not isinstance(scope, ModuleScope) or not all(map(is_none, found)):
            return found
        given = (
            value
            for function, binding in scope.globals.get(name, ())
            for value in self.bound(name, binding, function.frame)
        )
        return (*found, *given)

    def _bound_by(self, bindings: Iterable[Binding], name: str, frame: Frame) -> Values:
        """What a name can stand for after these bindings; `+=` leaves a constant no more than its class."""
        bindings = tuple(bindings)
        found = tuple(value for binding in bindings for value in self.bound(name, binding, frame))
        is_added_to = any(isinstance(each.node, syntax.Assign) and each.node.augmented for each in bindings)
        return tuple(map(added_to, found)) if is_added_to else found

    def bound(self, name: str, binding: Binding, frame: Frame) -> Values:
        """What one binding of a name gives it."""
        match binding.kind:
            case "import":
                assert isinstance(binding.node, syntax.Import)
                return self._imported(frame.scope.module, binding.node)
            case "function":
                assert isinstance(binding.node, syntax.Function)
                return (FunctionValue(frame.scope.function(binding.node), outer=frame),)
            case "class":
                assert isinstance(binding.node, syntax.Class)
                return (ClassValue(frame.scope.cls(binding.node)),)
            case "parameter":
                return self._parameter(name, frame)
            case "alias":
                assert binding.value is not None
                return (TypeForm(Expression(binding.value, frame)),)
            case "unknown":
                return ()
            case "caught":
                assert binding.value is not None
                return tuple(self._caught(Expression(binding.value, frame)))
            case _:
                return self.bound_value(binding, frame)

    def bound_value(self, binding: Binding, frame: Frame) -> Values:
        found: Values = ()
        if binding.value is not None:
            expression = Expression(binding.value, frame)
            found = expression.values()
            if binding.kind == "iterate":
                found = tuple(self.inference.calling.iterated(found))
            elif binding.kind == "enter":
                found = tuple(self.inference.calling.entered(found))
            for position in binding.unpack:
                found = tuple(self._unpacked(found, position))
        if binding.annotation is not None and not is_precise(found):
            declared = self.inference.annotations.annotated(Expression(binding.annotation, frame))
            return found if self.inference.contracts.resolves(found, declared) else declared or found
        if binding.annotation is not None and len(found) == 1:
            return (self._with_type_arguments(found[0], Expression(binding.annotation, frame)),)
        return found

    def _with_type_arguments(self, value: Value, annotation: Expression) -> Value:
        """A collection or generic object with what its annotation says that it holds."""
        if not isinstance(value, (Literal, Instance)) or value.args:
            return value
        for declared in self.inference.annotations.annotated(annotation):
            if isinstance(declared, Instance) and declared.args:
                if isinstance(value, Literal):
                    return Literal(value.expression, declared.args)
                if value.cls == declared.cls:
                    return Instance(value.cls, value.site, declared.args)
        return value

    def _caught(self, kinds: Expression) -> Iterator[Value]:
        """The exceptions that `except kinds as name` catches."""
        node = kinds.node
        if isinstance(node, syntax.Collection):
            for item in node.items:
                yield from self._caught(kinds.at(item))
            return
        for value in kinds.values():
            if isinstance(value, (ClassValue, External)):
                yield Instance(value)

    def _unpacked(self, values: Values, position: int) -> Iterator[Value]:
        for value in values:
            if isinstance(value, Literal):
                items = value.expression.items()
                if items is not None and position < len(items):
                    yield from items[position].values()
            elif isinstance(value, Instance) and value.external == "builtins.tuple":
                if position < len(value.args):
                    yield from value.args[position]
            elif isinstance(value, Instance) and value.args:
                yield from value.args[-1]

    def _parameter(self, name: str, frame: Frame) -> Values:
        scope = frame.scope
        assert isinstance(scope, FunctionScope)
        parameter = scope.parameter(name)
        argument = frame.arguments.get(name)
        if argument is not None:
            given = argument.values()
            is_known = is_precise(given) or (bool(given) and all(map(is_none, given)))
            if is_known or parameter is None:
                return given
            declared = self._declared(parameter, frame)
            return given if self.inference.contracts.resolves(given, declared) else declared or given
        if parameter is None or parameter.kind in ("args", "kwargs"):
            return ()
        receiver = self.receiver(scope, parameter, frame)
        if receiver is not None:
            return (receiver,)
        declared = self._declared(parameter, frame)
        injected = self.project.injected(scope, parameter)
        if injected and (not declared or self._says_more(injected, declared)):
            return injected
        if declared and not any(self.inference.classes.is_router(value) for value in declared):
            return declared
        passed = self.project.passed(scope, parameter)
        if passed or declared:
            return passed or declared
        if parameter.default is not None:
            assert frame.outer is not None
            given = Expression(parameter.default, frame.outer).values()
            return tuple(
                each for each in given if not (isinstance(each, Instance) and each.external in MARKERS)
            )
        return ()

    def field(self, binding: Binding, frame: Frame) -> Values:
        """What the objects of a class have of a field `service: Service = Depends(...)`; () for others.

        FastAPI passes it where the constructor takes the fields: of dataclasses, and of class-based views
        (https://fastapi-utils.davidmontague.xyz/user-guide/class-based-views/).
        """
        if binding.annotation is None or not isinstance(binding.value, syntax.Call):
            return ()
        injected = self.project.dependencies.given_by(Expression(binding.value, frame))
        if injected is None:
            return ()
        declared = self.inference.annotations.annotated(Expression(binding.annotation, frame))
        return injected if injected and self._says_more(injected, declared) else declared or injected

    def _declared(self, parameter: syntax.Parameter, frame: Frame) -> Values:
        """What the annotation of a parameter says."""
        if parameter.annotation is None:
            return ()
        return self.inference.annotations.annotated(Expression(parameter.annotation, frame))

    def _says_more(self, injected: Values, declared: Values) -> bool:
        """Whether what is injected is a closer answer than the annotation."""
        contracts = self.inference.contracts
        is_closer = contracts.narrows(injected, declared) or contracts.resolves(injected, declared)
        is_closer = is_closer or contracts.is_run(injected, declared)
        return is_closer or all(map(contracts.is_filled, injected))

    def receiver(self, scope: FunctionScope, parameter: syntax.Parameter, frame: Frame) -> Value | None:
        """`self` or `cls`."""
        owner = scope.owner
        if owner is None or scope.node.parameters[0] is not parameter:
            return None
        names = self.inference.functions.decorator_names(scope)
        if "builtins.staticmethod" in names:
            return None
        if isinstance(frame.receiver, (Instance, ClassValue)):
            return frame.receiver
        cls = ClassValue(owner)
        return cls if names and not CLASS_METHODS.isdisjoint(names) else Instance(cls)

    def _imported(self, module: ModuleScope, node: syntax.Import) -> Values:
        target = self._imported_module(module, node)
        if node.name:
            if isinstance(target, ModuleScope):
                return self.member(target, node.name)
            return (External(self.knowledge.canonical(f"{target}.{node.name}")),) if target else ()
        if isinstance(target, ModuleScope):
            return (ModuleValue(target),)
        if node.alias:
            return (External(self.knowledge.canonical(target)),)
        return (External(target.partition(".")[0]),)

    def _imported_module(self, module: ModuleScope, node: syntax.Import) -> ModuleScope | str:
        """The module that an import statement names, or the dotted name of one that is not the project's."""
        found = self.project.imported(module, node)
        if found is not None:
            return found
        return "" if node.level else node.module
