"""What expressions stand for: names across modules, receivers' classes, what calls give.

Everything here answers with all the values that are possible as far as they are known. What cannot be
told is left out, so an empty answer means "unknown", never "nothing".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastlint.index import syntax
from fastlint.index.indexer import expression as parse_expression
from fastlint.index.syntax import Expr
from fastlint.model.expression import Expression
from fastlint.model.giving import GIVING
from fastlint.model.markers import MARKERS
from fastlint.model.scopes import Binding, ClassScope, Frame, FunctionScope, ModuleScope, Scope
from fastlint.model.typing import GENERIC_ALIASES, TRANSPARENT_FORMS
from fastlint.model.values import (
    ClassValue,
    Coroutine,
    External,
    FunctionValue,
    Instance,
    Literal,
    Manager,
    ModuleValue,
    Partial,
    Stream,
    Super,
    TypeForm,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fastlint.model.project import Project

DEEPEST = 120
MOST_VALUES = 8
MOST_CONTEXT = 4
MOST_ENTRIES = 64
DICTS = frozenset(
    ("builtins.dict", "collections.defaultdict", "collections.OrderedDict")
    + tuple(f"typing.{name}" for name in ("Mapping", "MutableMapping", "DefaultDict", "OrderedDict"))
)
DICT_METHODS = ("values", "get", "pop", "items", "setdefault")
ITEM_METHODS = {
    "builtins.list": ("pop",),
    "builtins.set": ("pop",),
    "collections.deque": ("pop", "popleft"),
    "contextvars.ContextVar": ("get",),
}
APPLICATION_STATE = (".app.state", "FastAPI.state", "Starlette.state")
BUILTINS = frozenset(dir(__import__("builtins")))
MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager")
PROTOCOLS = ("typing.Protocol", "typing_extensions.Protocol")
PROPERTIES = ("builtins.property", "functools.cached_property")
ROUTERS = ("starlette.applications.Starlette", "starlette.routing.Router")
SETTINGS = "pydantic_settings.BaseSettings"


class Inference:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.knowledge = project.knowledge
        self._known: dict[Hashable, Values] = {}
        self._provisional: dict[Hashable, tuple[Values, int]] = {}
        self._active: dict[Hashable, int] = {}
        self._lowest = DEEPEST * 2
        self._kept: list[object] = []

    # Expressions

    def values(self, expression: Expression) -> Values:
        """Everything that an expression can stand for."""
        key = _key(expression)
        known = self._known.get(key)
        return self.memo(key, lambda: self._evaluate(expression)) if known is None else known

    def keep(self, node: object) -> None:
        """Keep a made-up node alive: what is known of an expression is filed under its identity."""
        self._kept.append(node)

    def know(self, expression: Expression, values: Values) -> None:
        """Settle what a made-up expression stands for."""
        self._known[_key(expression)] = values
        self.keep(expression.node)

    def memo(self, key: Hashable, compute: Callable[[], Values]) -> Values:
        """What is known under a key, computed once.

        A question that comes back to itself is cut short there. What was computed on such a way is only
        valid within the question that is being answered, and kept no longer than that.
        """
        known = self._known.get(key)
        if known is not None:
            return known
        within = self._provisional.get(key)
        if within is not None:
            self._lowest = min(self._lowest, within[1])
            return within[0]
        depth = len(self._active)
        if key in self._active or depth > DEEPEST:
            self._lowest = min(self._lowest, self._active.get(key, 0))
            return ()
        self._active[key] = depth
        outer, self._lowest = self._lowest, depth
        try:
            found = _distinct(compute())
        finally:
            del self._active[key]
            lowest, self._lowest = self._lowest, min(outer, self._lowest)
        if lowest >= depth or not depth:
            self._known[key] = found
            self._lowest = outer
        else:
            self._provisional[key] = (found, lowest)
        if not depth:
            self._provisional.clear()
        return found

    def _evaluate(self, expression: Expression) -> Values:
        node = expression.node
        match node:
            case syntax.Ref():
                return self._ref(node.path, expression)
            case syntax.Attribute():
                return self.attributes(expression.at(node.value).values(), node.name)
            case syntax.Call():
                return self._call(expression)
            case syntax.Await():
                return tuple(self.awaited(expression.at(node.value).values()))
            case syntax.Constant() | syntax.Template() | syntax.Mapping() | syntax.Collection():
                return (Literal(expression),)
            case syntax.Comprehension():
                return self._comprehension(expression, node)
            case syntax.Subscript():
                return self._subscript(expression, node)
            case syntax.Lambda():
                function = expression.scope.function(node.function)
                return (FunctionValue(function, outer=expression.frame),)
            case syntax.Operation():
                return self._operation(expression, node)
            case _:
                return ()

    def _operation(self, expression: Expression, node: syntax.Operation) -> Values:
        if node.operator == "|" and any(
            isinstance(value, (ClassValue, External, TypeForm))
            for operand in node.operands
            for value in expression.at(operand).values()
        ):
            return (TypeForm(expression),)
        if node.operator in ("or", "and"):
            return tuple(value for each in node.operands for value in expression.at(each).values())
        if node.operator == "if":
            return tuple(value for each in node.operands[1:] for value in expression.at(each).values())
        if node.operator == ":=":
            return expression.at(node.operands[1]).values()
        if node.operator in ("+", "%"):
            return (Literal(expression),)
        if node.operator == "/":
            return expression.at(node.operands[0]).instances("pathlib.Path")
        return ()

    def _comprehension(self, expression: Expression, node: syntax.Comprehension) -> Values:
        if node.kind == "dict":
            key, value = node.elements
            args = (expression.at(key).values(), expression.at(value).values())
            return (Instance(External("builtins.dict"), args=args),)
        items = expression.at(node.elements[0]).values()
        return (Instance(External(f"builtins.{node.kind}"), args=(items,)),)

    def _subscript(self, expression: Expression, node: syntax.Subscript) -> Values:
        bases = expression.at(node.value).values()
        for base in bases:
            if isinstance(base, External) and (known := self.knowledge.returns(f"{base.name}.__getitem__")):
                return self._named(known, base.receiver, None)
        if any(isinstance(base, (ClassValue, External, TypeForm)) for base in bases):
            return (TypeForm(expression),)
        key = node.index.value if isinstance(node.index, syntax.Constant) else None
        found: list[Value] = []
        for base in bases:
            if isinstance(base, Literal):
                found.extend(self._entry(base, key))
            elif isinstance(base, Instance) and base.external:
                known = self.knowledge.returns(f"{base.external}.__getitem__")
                if known:
                    found.extend(self._named(known, base, None))
                elif base.external in DICTS and len(base.args) == 2:
                    found.extend(base.args[1])
                elif base.args:
                    found.extend(base.args[0])
                elif base.external == "builtins.dict()" and base.site is not None and isinstance(key, str):
                    entry = base.site.keywords.get(key)
                    found.extend(() if entry is None else entry.values())
            elif isinstance(base, Instance):
                found.extend(self._from_method(base, "__getitem__"))
        if not found and isinstance(node.value, syntax.Ref) and bases:
            return tuple(self._stored(expression, node.value.path))
        return tuple(found)

    def _stored(self, expression: Expression, path: str) -> Iterator[Value]:
        """What `path[key] = value` puts into a dict of the same module, or of the same object."""
        name, _, attribute = path.partition(".")
        scope = expression.scope
        for place, target, value in scope.module.stored.get(path.rpartition(".")[2], ()):
            if attribute and isinstance(scope, FunctionScope) and name == scope.receiver:
                is_same = place.parent is scope.owner and target == f"{place.receiver}.{attribute}"
            else:
                is_same = target == path and (
                    place is scope or (scope.is_foreign(name) and place.is_foreign(name))
                )
            if is_same:
                yield from Expression(value, place.frame).values()

    def _entry(self, base: Literal, key: object) -> Values:
        """What a list, tuple or dict holds under a key; under any key when that is None."""
        literal, written = base.expression, self._container(base)
        if isinstance(literal.node, syntax.Mapping):
            if not literal.node.values or key is None:
                return written.args[1]
            keys = zip(literal.node.keys, literal.node.values, strict=True)
            entry = literal.entries().get(key) if isinstance(key, str) else None
            named = (value for node, value in keys if isinstance(node, syntax.Constant) and node.value == key)
            node = next(named, None)
            return entry.values() if entry else literal.at(node).values() if node is not None else ()
        items = literal.items() or ()
        if isinstance(key, int) and -len(items) <= key < len(items):
            return items[key].values()
        return written.args[0] if written.args else ()

    def _container(self, literal: Literal) -> Instance:
        """A list, tuple, set or dict that is written out, as an object of its class.

        What it holds is what is written there; when that is nothing, what its annotation says.
        """
        expression, node = literal.expression, literal.expression.node
        if isinstance(node, syntax.Mapping):
            keys = self._union(expression, [key for key in node.keys if key is not None])
            entries = [value for key, value in zip(node.keys, node.values, strict=True) if key is not None]
            written = (keys, self._union(expression, entries))
            return Instance(
                External("builtins.dict"), args=written if any(written) else literal.args or written
            )
        items = _distinct(tuple(value for item in expression.items() or () for value in item.values()))
        kind = node.kind if isinstance(node, syntax.Collection) and node.kind != "tuple" else "list"
        return Instance(External(f"builtins.{kind}"), args=(items,) if items else literal.args[:1])

    def _union(self, expression: Expression, nodes: list[Expr]) -> Values:
        each = (value for node in nodes[:MOST_ENTRIES] for value in expression.at(node).values())
        return _distinct(tuple(each))

    def _from_method(self, value: Instance, name: str) -> Values:
        """What a method that the project defines gives, such as the one behind `value[key]`."""
        method = self.method(value, name) if isinstance(value.cls, ClassValue) else None
        return () if method is None else self.results(method, None)

    # Names

    def _ref(self, path: str, expression: Expression) -> Values:
        name, *rest = path.split(".")
        found = self.lookup(name, expression.frame, expression.node.span.line)
        for position, attribute in enumerate(rest):
            narrowed = self._assigned(path, position, name, expression) if position == 0 else ()
            found = narrowed or self.attributes(found, attribute)
        return found

    def _assigned(self, path: str, position: int, name: str, expression: Expression) -> Values:
        """`app.state.db = Database()` earlier in the same function, for a name that is no `self`."""
        scope = expression.scope
        if not isinstance(scope, FunctionScope) or path.count(".") != 1 or scope.owner is not None:
            return ()
        found: list[Value] = []
        for target, binding in scope.targets:
            if target == path and binding.value is not None and binding.line < expression.node.span.line:
                found.extend(expression.at(binding.value).values())
        return tuple(found)

    def lookup(self, name: str, frame: Frame, line: int = 0) -> Values:
        """What a name means in a frame; `line` is where it is read, when that is in the same scope."""
        current: Frame | None = frame
        while current is not None:
            scope = current.scope
            if not (isinstance(scope, ClassScope) and current is not frame):
                bindings = scope.bindings.get(name)
                if bindings:
                    possible = reaching(bindings, line) if current is frame else _last(bindings)
                    return self._global(name, scope, self._bound_by(possible, name, current))
                if isinstance(scope, ModuleScope):
                    return self._starred(name, scope)
            current = current.outer
        return ()

    def _starred(self, name: str, module: ModuleScope) -> Values:
        for star in reversed(module.stars):
            target = self._imported_module(module, star)
            if isinstance(target, ModuleScope):
                if target is module or not _is_exported(name, target):
                    continue
                found = self.member(target, name)
                if found:
                    return found
            elif name not in BUILTINS and self.knowledge.returns(f"{target}.{name}"):
                return (External(self.knowledge.canonical(f"{target}.{name}")),)
        return (External(f"builtins.{name}"),) if name in BUILTINS else ()

    def member(self, module: ModuleScope, name: str) -> Values:
        """A name of a module as another module sees it: a binding, else a submodule."""
        return self.memo(("member", module, name), lambda: self._member(module, name))

    def _member(self, module: ModuleScope, name: str) -> Values:
        bindings = module.bindings.get(name)
        if bindings:
            found = self._bound_by(_last(bindings), name, module.frame)
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
        if not isinstance(scope, ModuleScope) or not all(map(_is_none, found)):
            return found
        given = (
            value
            for function, binding in scope.globals.get(name, ())
            for value in self.bound(name, binding, function.frame)
        )
        return (*found, *given)

    def _bound_by(self, bindings: Iterable[Binding], name: str, frame: Frame) -> Values:
        """What a name can stand for after these bindings; `+=` leaves of a constant no more than its class."""
        bindings = tuple(bindings)
        found = tuple(value for binding in bindings for value in self.bound(name, binding, frame))
        is_added_to = any(isinstance(each.node, syntax.Assign) and each.node.augmented for each in bindings)
        return tuple(map(_added_to, found)) if is_added_to else found

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
                return self._bound_value(binding, frame)

    def _bound_value(self, binding: Binding, frame: Frame) -> Values:
        found: Values = ()
        if binding.value is not None:
            expression = Expression(binding.value, frame)
            found = expression.values()
            if binding.kind == "iterate":
                found = tuple(self.iterated(found))
            elif binding.kind == "enter":
                found = tuple(self.entered(found))
            for position in binding.unpack:
                found = tuple(self._unpacked(found, position))
        if binding.annotation is not None and not _precise(found):
            declared = self.annotated(Expression(binding.annotation, frame))
            return declared or found
        if binding.annotation is not None and len(found) == 1:
            return (self._with_type_arguments(found[0], Expression(binding.annotation, frame)),)
        return found

    def _with_type_arguments(self, value: Value, annotation: Expression) -> Value:
        """A collection or generic object with what its annotation says that it holds."""
        if not isinstance(value, (Literal, Instance)) or value.args:
            return value
        for declared in self.annotated(annotation):
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
        argument = frame.arguments.get(name)
        if argument is not None:
            return argument.values()
        parameter = scope.parameter(name)
        if parameter is None or parameter.kind in ("args", "kwargs"):
            return ()
        receiver = self._receiver(scope, parameter, frame)
        if receiver is not None:
            return (receiver,)
        declared: Values = ()
        if parameter.annotation is not None:
            declared = self.annotated(Expression(parameter.annotation, frame))
        injected = self.project.injected(scope, parameter)
        if injected and (not declared or self._narrows(injected, declared)):
            return injected
        if declared and not any(self._is_router(value) for value in declared):
            return declared
        passed = self.project.passed(scope, parameter)
        if passed or declared:
            return passed or declared
        if parameter.default is not None:
            assert frame.outer is not None
            given = Expression(parameter.default, frame.outer).values()
            return tuple(each for each in given if not (isinstance(each, Instance) and each.external in MARKERS))
        return ()

    def _receiver(self, scope: FunctionScope, parameter: syntax.Parameter, frame: Frame) -> Value | None:
        """`self` or `cls`."""
        owner = scope.owner
        if owner is None or scope.node.parameters[0] is not parameter:
            return None
        names = self.decorator_names(scope)
        if "builtins.staticmethod" in names:
            return None
        if isinstance(frame.receiver, (Instance, ClassValue)):
            return frame.receiver
        cls = ClassValue(owner)
        return cls if "builtins.classmethod" in names else Instance(cls)

    def _narrows(self, values: Values, declared: Values) -> bool:
        """Whether what is injected is a closer answer than the annotation: a subclass of it."""
        bases = [value.cls for value in declared if isinstance(value, Instance)]
        classes = [value.cls for value in values if isinstance(value, Instance)]
        return bool(classes) and all(
            cls != base and self.is_subclass(cls, base) for cls in classes for base in bases
        )

    def _is_router(self, value: Value) -> bool:
        return isinstance(value, Instance) and self.descends(value.cls, *ROUTERS)

    # Imports

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
        name, member = node.module, node.name
        if not node.name and not node.alias:
            name, _, rest = name.partition(".")
            member = rest.partition(".")[0]
        found = self.project.resolve(module, name, node.level, member)
        if found is not None:
            return found
        return "" if node.level else node.module

    # Attributes

    def attributes(self, values: Values, name: str) -> Values:
        return tuple(found for value in values for found in self.attribute(value, name))

    def attribute(self, value: Value, name: str) -> Values:
        """What an attribute of a value can stand for."""
        match value:
            case Literal() if value.expression.is_text:
                return self._external_attribute(Instance(External("builtins.str")), "builtins.str", name)
            case Literal() if isinstance(value.expression.node, (syntax.Mapping, syntax.Collection)):
                container = self._container(value)
                return self._external_attribute(container, container.external, name)
            case Instance() if name == "__class__":
                return (value.cls,)
            case External() if value.name.endswith(APPLICATION_STATE) and (found := self._state(name)):
                return found
            case External():
                receiver = None if value.receiver is None else Instance(value)
                return (External(self.knowledge.canonical(f"{value.name}.{name}"), receiver),)
            case ModuleValue():
                return self.member(value.module, name)
            case ClassValue():
                return self._class_attribute(value, name, value)
            case Instance() if isinstance(value.cls, External):
                return self._external_attribute(value, value.cls.name, name)
            case Instance():
                return self._instance_attribute(value, name)
            case Super():
                return self._super_attribute(value, name)
            case FunctionValue():
                names = self.decorator_names(value.scope)
                return tuple(External(f"{each}().{name}") for each in names if not self._keeps(each))
            case _:
                return ()

    def _external_attribute(self, value: Instance, owner: str, name: str) -> Values:
        known = self.knowledge.attribute(f"{owner}.{name}")
        if known:
            return self._named(known, value, None)
        if owner in DICTS and len(value.args) == 2 and name in DICT_METHODS:
            return (Partial((Instance(External(f"dict.{name}"), args=value.args),), _NOWHERE),)
        if name in ITEM_METHODS.get(owner, ()) and value.args:
            return (Partial((Instance(External("dict.get"), args=((), value.args[0])),), _NOWHERE),)
        return (External(self.knowledge.canonical(f"{owner}.{name}"), value),)

    def _state(self, name: str) -> Values:
        """What the project keeps in `app.state.name`."""
        return self.memo(("state", name), lambda: self.project.kept_in_state(name))

    def _super_attribute(self, value: Super, name: str) -> Values:
        receiver = value.receiver
        start = receiver.cls if isinstance(receiver, Instance) else receiver
        order = self.mro(start)
        position = next(
            (at for at, cls in enumerate(order) if isinstance(cls, ClassValue) and cls.scope is value.scope),
            -1,
        )
        return self._in_classes(order[position + 1 :], name, receiver)

    def _class_attribute(self, cls: ClassValue, name: str, receiver: Instance | ClassValue) -> Values:
        found = self._in_classes(self.mro(cls), name, receiver)
        return (
            found if any(not _is_none(value) for value in found) else self._kept_in_class(cls, name) or found
        )

    def _kept_in_class(self, cls: ClassValue, name: str) -> Values:
        """What class methods assign to `cls.name`."""
        return tuple(
            value
            for each in self.mro(cls)
            if isinstance(each, ClassValue)
            for method, binding in each.scope.attributes.get(name, ())
            if method.name == "__new__" or "builtins.classmethod" in self.decorator_names(method)
            for value in self._bound_value(binding, self.frame(FunctionValue(method, cls), None))
        )

    def _in_classes(
        self, order: tuple[ClassValue | External, ...], name: str, receiver: Instance | ClassValue
    ) -> Values:
        for cls in order:
            if isinstance(cls, External):
                if cls.name in ("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"):
                    continue
                bound = receiver if isinstance(receiver, Instance) else None
                known = self.knowledge.attribute(f"{cls.name}.{name}")
                if known and (bound is not None or known != "self"):
                    return self._named(known, bound, None)
                return (External(self.knowledge.canonical(f"{cls.name}.{name}"), bound),)
            bindings = cls.scope.bindings.get(name)
            if bindings:
                found = tuple(
                    value
                    for binding in _last(bindings)
                    for value in self._class_member(name, binding, cls, receiver)
                )
                return self._implemented(found, name) if isinstance(receiver, Instance) else found
        return ()

    def _implemented(self, found: Values, name: str) -> Values:
        """An abstract method as the one class of the project that implements it has it."""
        method = found[0] if len(found) == 1 else None
        if not isinstance(method, FunctionValue) or not self._is_abstract_method(method.scope):
            return found
        assert method.scope.owner is not None
        concrete = [
            inner
            for cls in self.project.subclasses(method.scope.owner)
            if (inner := self._defined(ClassValue(cls), name)) is not None
            and not self._is_abstract_method(inner.scope)
        ]
        distinct = {each.scope: each for each in concrete}
        return tuple(distinct.values()) if len(distinct) == 1 else found

    def _defined(self, cls: ClassValue, name: str) -> FunctionValue | None:
        """A method as the nearest class defines it, bound to an object of `cls`."""
        for each in self.mro(cls):
            if isinstance(each, ClassValue) and name in each.scope.methods:
                return FunctionValue(each.scope.methods[name], Instance(cls))
        return None

    def _is_abstract_method(self, scope: FunctionScope) -> bool:
        if scope.owner is None:
            return False
        if any(each.endswith("abstractmethod") for each in self.decorator_names(scope)):
            return True
        bases = self.bases(ClassValue(scope.owner))
        return any(isinstance(base, External) and base.name in PROTOCOLS for base in bases)

    def _class_member(
        self, name: str, binding: Binding, cls: ClassValue, receiver: Instance | ClassValue
    ) -> Values:
        if binding.kind != "function":
            found = self.bound(name, binding, cls.scope.frame)
            return found
        assert isinstance(binding.node, syntax.Function)
        function = cls.scope.function(binding.node)
        names = self.decorator_names(function)
        if any(each in PROPERTIES or each.endswith("_property") for each in names):
            if isinstance(receiver, ClassValue):
                return ()
            return self.results(FunctionValue(function, receiver), None)
        if "builtins.staticmethod" in names:
            return (FunctionValue(function),)
        if "builtins.classmethod" in names and isinstance(receiver, Instance):
            owner = receiver.cls
            return (FunctionValue(function, owner if isinstance(owner, ClassValue) else cls),)
        return (FunctionValue(function, receiver),)

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
                    for each in self._bound_value(binding, self._method_frame(method, value))
                )
                if found:
                    return found
            if declared:
                return declared
        return declared or self._class_attribute(value.cls, name, value)

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
        return self.frame(FunctionValue(method, value, method.parent.frame if method.parent else None), site)

    def _constructor_site(self, value: Instance, method: FunctionScope) -> Expression | None:
        """The call of a constructor: that of its class, or `super().__init__(...)` in a subclass's."""
        assert isinstance(value.cls, ClassValue)
        nearest = self._defined(value.cls, "__init__")
        if nearest is None or nearest.scope is method or value.site is None:
            return value.site
        frame = self.frame(FunctionValue(nearest.scope, value, nearest.scope.parent.frame), value.site)  # type: ignore[union-attr]  # a method has a class
        for statement in nearest.scope.statements():
            if isinstance(statement, syntax.Evaluate) and isinstance(statement.value, syntax.Call):
                func = statement.value.func
                if isinstance(func, syntax.Attribute) and func.name == "__init__":
                    called = Expression(func, frame).values()
                    if any(isinstance(each, FunctionValue) and each.scope is method for each in called):
                        return Expression(statement.value, frame)
        return None

    # Classes

    def mro(self, cls: ClassValue | External) -> tuple[ClassValue | External, ...]:
        """A class and all its bases, nearest first."""
        if isinstance(cls, External):
            return tuple(External(name) for name in self.knowledge.mro(cls.name))
        known = self._orders.get(cls.scope)
        if known is not None:
            return known
        self._orders[cls.scope] = (cls,)  # a class that derives from itself ends there
        inherited = [self.mro(base) for base in self.bases(cls)]
        order = self._orders[cls.scope] = (cls, *_merged(inherited))
        return order

    @cached_property
    def _orders(self) -> dict[ClassScope, tuple[ClassValue | External, ...]]:
        return {}

    def bases(self, cls: ClassValue) -> tuple[ClassValue | External, ...]:
        found: list[ClassValue | External] = []
        outer = cls.scope.parent
        assert outer is not None
        for node in cls.scope.node.bases:
            for value in Expression(node, outer.frame).values():
                plain = self._generic_origin(value) if isinstance(value, TypeForm) else value
                if isinstance(plain, (ClassValue, External)):
                    found.append(plain)
        return tuple(found)

    def _generic_origin(self, form: TypeForm) -> Value | None:
        node = form.expression.node
        if not isinstance(node, syntax.Subscript):
            return None
        return form.expression.at(node.value).value()

    def descends(self, cls: ClassValue | External, *names: str) -> bool:
        """Whether a class is, or descends from, one of these classes of other packages."""
        return any(isinstance(each, External) and each.name in names for each in self._whole_order(cls))

    def is_subclass(self, cls: ClassValue | External, base: ClassValue | External) -> bool:
        return base in self._whole_order(cls)

    def _whole_order(self, cls: ClassValue | External) -> Iterator[ClassValue | External]:
        for each in self.mro(cls):
            yield each
            if isinstance(each, External):
                for name in self.knowledge.mro(each.name):
                    yield External(name)

    def external_bases(self, cls: ClassValue | External) -> tuple[str, ...]:
        return tuple(each.name for each in self._whole_order(cls) if isinstance(each, External))

    def method(self, value: Instance | ClassValue, name: str) -> FunctionValue | None:
        """A method that the project defines, as found on an object."""
        found = self.attribute(value, name)
        first = found[0] if len(found) == 1 else None
        return first if isinstance(first, FunctionValue) else None

    # Calls

    def _call(self, expression: Expression) -> Values:
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
                return (Instance(value, site),)
            case FunctionValue():
                return self.results(value, site)
            case Instance() if isinstance(value.cls, External):
                return self._call_instance(value, site)
            case Instance(cls=ClassValue() as cls):
                return tuple(
                    result
                    for method in self._class_attribute(cls, "__call__", value)
                    for result in self.call(method, site)
                )
            case Partial():
                return tuple(result for each in value.functions for result in self.call(each, None))
            case TypeForm():
                origin = self._generic_origin(value)
                return self.call(origin, site) if isinstance(origin, (ClassValue, External)) else ()
            case _:
                return ()

    def _call_external(self, value: External, site: Expression | None) -> Values:
        name = value.name
        if site is not None and (special := _SPECIAL.get(name)) is not None:
            return special(self, site)
        known = self.knowledge.returns(name)
        giving = None if site is None else GIVING.get(name)
        if giving is not None and site is not None and (given := giving(self, site)):
            found = given
        elif known:
            found = self._named(known, value.receiver, site)
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
        return self._named(known, value, site) if known else ()

    def _named(self, known: str, receiver: Instance | None, site: Expression | None) -> Values:
        """The object that a knowledge table's `returns` speaks of."""
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
        args = ((Instance(External(self.knowledge.canonical(inner))),),) if inner else ()
        return (Instance(cls, site, args),)

    def frame(self, function: FunctionValue, site: Expression | None) -> Frame:
        """The frame of a function for one call of it."""
        scope = function.scope
        outer = function.outer or (scope.parent.frame if scope.parent else None)
        context = outer.key if outer is not None else ()
        if site is None or len(site.frame.key) >= MOST_CONTEXT or len(context) >= MOST_CONTEXT:
            if function.receiver is None and outer is (scope.parent.frame if scope.parent else None):
                return scope.frame
            key = (*context, scope, function.receiver)
            return Frame(scope, {}, outer, function.receiver, key)
        arguments = self.arguments(function, site)
        key = (*context, *site.frame.key, id(site.node), function.receiver)
        return Frame(scope, arguments, outer, function.receiver, key)

    def arguments(self, function: FunctionValue, site: Expression) -> dict[str, Expression]:
        """What a call passes, by parameter; a default is not passed."""
        if not isinstance(site.node, syntax.Call):
            return {}
        parameters = [each for each in function.scope.node.parameters if each.kind not in ("args", "kwargs")]
        positional = [each.name for each in parameters if each.kind != "keyword"]
        if function.scope.owner is not None and "builtins.staticmethod" not in self.decorator_names(
            function.scope
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
        wrapped = self.wrapped(function)
        if wrapped is None:
            if not function.scope.node.is_async or function.scope.node.is_generator:
                return ()
            return (Coroutine(function, self.returned(function, site), certain=False),)
        found: list[Value] = []
        for each in wrapped:
            if each.scope is function.scope:
                found.extend(self._inner(function, site))
            else:
                found.extend(self._wrapper_results(each, function, site))
        return tuple(found)

    def _wrapper_results(
        self, wrapper: FunctionValue, function: FunctionValue, site: Expression | None
    ) -> Values:
        results = self.returned(wrapper, None) or self.returned(function, site)
        if wrapper.scope.node.is_async:
            plain = (each for value in results for each in self.provided(value))
            return (Coroutine(function, tuple(plain)),)
        return results

    def _inner(self, function: FunctionValue, site: Expression | None) -> Values:
        scope = function.scope
        names = self.decorator_names(scope)
        if scope.node.is_generator:
            items = self.yields(function)
            if any(name in MANAGERS for name in names):
                return (Manager(function, items),)
            return (Stream(function, items),)
        found = self.returned(function, site)
        return (Coroutine(function, found),) if scope.node.is_async else found

    def _keeps(self, name: str) -> bool:
        """Whether a decorator leaves what a call gives as it is."""
        return name in MANAGERS or name in PROPERTIES or self.knowledge.is_transparent(name)

    def wrapped(self, function: FunctionValue) -> tuple[FunctionValue, ...] | None:
        """The functions that run when the name of a decorated one is called; None when that is not known.

        That is the function itself, or the wrapper that a decorator of the project returns.
        """
        scope = function.scope
        if function.bare or all(self._keeps(name) for name in self.decorator_names(scope)):
            return (function,)
        assert scope.parent is not None
        current: tuple[FunctionValue, ...] = (
            FunctionValue(scope, function.receiver, function.outer, bare=True),
        )
        pairs = zip(scope.node.decorators, self.decorator_names(scope), strict=True)
        for node, name in reversed(list(pairs)):
            if self._keeps(name):
                continue
            applied = self._applied(Expression(node, scope.parent.frame), current)
            if applied is None:
                return None
            current = applied
        return current

    def _applied(
        self, decorator: Expression, functions: tuple[FunctionValue, ...]
    ) -> tuple[FunctionValue, ...] | None:
        """What a decorator makes of functions."""
        found: list[FunctionValue] = []
        for value in decorator.values():
            if not isinstance(value, FunctionValue):
                return None
            for function in functions:
                frame = self.applied_frame(value, function)
                results = () if frame is None else self.body_returns(value.scope, frame)
                found.extend(each for each in results if isinstance(each, FunctionValue))
        return tuple(dict.fromkeys(found)) or None

    def applied_frame(self, decorator: FunctionValue, function: FunctionValue) -> Frame | None:
        """The frame of a decorator that is given a function."""
        parameters = [
            each for each in decorator.scope.node.parameters if each.kind in ("positional", "normal")
        ]
        if decorator.scope.owner is not None and decorator.receiver is not None:
            parameters = parameters[1:]
        if not parameters or function.scope.parent is None or decorator.scope.node.is_async:
            return None
        key = ("given", decorator, function)
        given = self._given.get(key)
        if given is None:
            node = syntax.Ref(function.scope.node.span, function.scope.name)
            given = self._given[key] = Expression(node, function.scope.parent.frame)
            self.know(given, (function,))
        outer = decorator.outer or (decorator.scope.parent.frame if decorator.scope.parent else None)
        context = (*(outer.key if outer else ()), id(given.node), decorator.receiver)
        return Frame(decorator.scope, {parameters[0].name: given}, outer, decorator.receiver, context)

    @cached_property
    def _given(self) -> dict[object, Expression]:
        return {}

    def decorator_names(self, scope: FunctionScope) -> tuple[str, ...]:
        """The decorators of a function, by dotted name; '?' for one that is not known."""
        known = self._decorators.get(scope)
        if known is None:
            known = self._decorators[scope] = tuple(self._decorator_names(scope))
        return known

    @cached_property
    def _decorators(self) -> dict[FunctionScope, tuple[str, ...]]:
        return {}

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
        if declared and not self._vague(declared):
            return declared
        frame = self.frame(function, None)
        found = self._frame_returns(frame)
        if site is not None and self._depends_on_call(scope, found):
            own = self._frame_returns(self.frame(function, site))
            found = own if self._passes_on(scope) else own or found
        if declared and not self._narrows(found, declared) and not any(map(self._says_more, found)):
            return declared
        return found or declared

    def _frame_returns(self, frame: Frame) -> Values:
        scope = frame.scope
        assert isinstance(scope, FunctionScope)
        return self.memo(("returns", scope, frame.key), lambda: self.body_returns(scope, frame))

    def _depends_on_call(self, scope: FunctionScope, found: Values) -> bool:
        """Whether a function gives each caller its own: a router, a route's decorator, a closure, or what it got."""
        if any(
            self._is_router(value)
            or self._is_registration(value)
            or (isinstance(value, FunctionValue) and value.scope.parent is scope)
            for value in found
        ):
            return True
        return self._passes_on(scope) or (not found and scope.returns_parameter)

    def _passes_on(self, scope: FunctionScope) -> bool:
        """Whether a function returns an argument of any class as it is."""
        assert scope.parent is not None
        outside = scope.parent.frame
        return any(
            each.annotation is None or not self.annotated(Expression(each.annotation, outside))
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
        found = self.annotated(Expression(node, scope.parent.frame))
        if any(isinstance(value, Instance) and value.external.endswith(".Self") for value in found):
            owner = receiver if isinstance(receiver, ClassValue) else None
            return (receiver,) if isinstance(receiver, Instance) else (Instance(owner),) if owner else ()
        return found

    def _is_made(self, value: Value) -> bool:
        """Whether the call that makes an object matters: that of a router, of settings."""
        return self._is_router(value) or (isinstance(value, Instance) and self.descends(value.cls, SETTINGS))

    def _is_router_class(self, value: Value) -> bool:
        return isinstance(value, (ClassValue, External)) and self.descends(value, *ROUTERS)

    def _is_registration(self, value: Value) -> bool:
        """Whether it is what a method of a router gave, such as the decorator of a route."""
        if not isinstance(value, Instance) or value.site is None or not value.external.endswith("()"):
            return False
        return any(
            isinstance(each, External) and each.receiver is not None and self._is_router(each.receiver)
            for each in value.site.func.values()
        )

    def _says_more(self, value: Value) -> bool:
        """Whether it is more than an annotation can say: a router or settings that are made here, a function."""
        if isinstance(value, FunctionValue) or self._is_made(value) or self._is_registration(value):
            return True
        return isinstance(value, ClassValue) and self._is_router_class(value)

    def _vague(self, declared: Values) -> bool:
        """Whether the body may say more than the annotation: routers, settings, abstract classes, callables."""
        return any(
            self._is_made(value)
            or self._is_router_class(value)
            or (isinstance(value, Instance) and self.is_abstract(value.cls))
            or (isinstance(value, Instance) and value.external in ("builtins.object", "typing.Callable"))
            for value in declared
        )

    def is_abstract(self, cls: ClassValue | External) -> bool:
        if isinstance(cls, External):
            return False
        if any(name in ("abc.ABC", "typing.Protocol") for name in self.external_bases(cls)):
            return True
        return any(
            name.endswith("abstractmethod")
            for method in cls.scope.functions()
            for name in self.decorator_names(method)
        )

    def body_returns(self, scope: FunctionScope, frame: Frame) -> Values:
        """What the body of a function returns, whatever its annotation says."""
        return tuple(
            value
            for node in scope.statements()
            if isinstance(node, syntax.Return) and node.value is not None
            for value in Expression(node.value, frame).values()
            if not _is_none(value)
        )

    def yields(self, function: FunctionValue) -> Values:
        """What a generator function yields: by its annotation, else by its body."""
        scope = function.scope
        declared = self.declared(scope, function)
        for value in declared:
            if isinstance(value, Instance) and value.args:
                return value.args[0]
        frame = self.frame(function, None)
        return tuple(
            value
            for node in yielded(scope)
            for value in (Expression(node.value, frame).values() if node.value is not None else ())
        )

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
                    yield from next(iter(self._container(value).args), ())
            elif isinstance(value, Instance) and isinstance(value.cls, ClassValue) and not value.args:
                items = self._from_method(value, "__iter__") or self._from_method(value, "__aiter__")
                yield from self.iterated(tuple(item for item in items if not _is_own(item)))
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
                continue
            elif isinstance(value, Instance) and isinstance(value.cls, External):
                known = self.knowledge.enters(value.cls.name)
                yield from self._named(known, value, None) if known else (value,)
            elif isinstance(value, Instance):
                yield from self._entered_instance(value)

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
            method = self.method(value, name)
            if method is not None:
                results = self.returned(method, None)
                yield from results or (value,)
                return
        yield value

    # Types

    def annotated(self, expression: Expression) -> Values:
        """The objects that a name annotated with this expression can hold."""
        frame = expression.frame
        key = ("annotated", id(expression.node), frame.key, id(frame.scope))
        return self.memo(key, lambda: tuple(self._annotated(expression)))

    def _annotated(self, expression: Expression) -> Iterator[Value]:
        node = expression.node
        if isinstance(node, syntax.Constant):
            inner = self.unquoted(expression)
            if inner is not None:
                yield from self.annotated(inner)
        elif isinstance(node, syntax.Subscript):
            yield from self._subscripted_type(expression, node)
        elif isinstance(node, syntax.Operation) and node.operator == "|":
            for operand in node.operands:
                yield from self.annotated(expression.at(operand))
        elif isinstance(node, (syntax.Ref, syntax.Attribute)):
            for value in expression.values():
                yield from self._as_type(value)

    def _as_type(self, value: Value) -> Iterator[Value]:
        if isinstance(value, ClassValue):
            yield Instance(value)
        elif isinstance(value, External):
            name = GENERIC_ALIASES.get(value.name, value.name)
            if name not in ("typing.Any", "builtins.object", "builtins.None"):
                yield Instance(External(name))
        elif isinstance(value, TypeForm):
            yield from self.annotated(value.expression)

    def _subscripted_type(self, expression: Expression, node: syntax.Subscript) -> Iterator[Value]:
        base = expression.at(node.value).value()
        arguments = (
            node.index.items
            if isinstance(node.index, syntax.Collection) and node.index.kind == "tuple"
            else (node.index,)
        )
        parts = [expression.at(argument) for argument in arguments]
        if isinstance(base, External):
            name = GENERIC_ALIASES.get(base.name, base.name)
            if name == "typing.Union":
                for part in parts:
                    yield from self.annotated(part)
            elif name in TRANSPARENT_FORMS:
                yield from self.annotated(parts[0])
            elif name in ("builtins.type", "typing.Callable", "typing.Literal"):
                if name == "builtins.type":
                    yield from (each.cls for each in self.annotated(parts[0]) if isinstance(each, Instance))
            else:
                yield Instance(External(name), args=tuple(self.annotated(part) for part in parts))
        elif isinstance(base, ClassValue):
            yield Instance(base, args=tuple(self.annotated(part) for part in parts))
        elif isinstance(base, TypeForm):
            yield from self.annotated(base.expression)

    def unquoted(self, expression: Expression) -> Expression | None:
        """The expression that a string annotation holds."""
        node = expression.node
        if not isinstance(node, syntax.Constant) or not isinstance(node.value, str):
            return None
        if id(node) not in self._unquoted:
            self._unquoted[id(node)] = parse_expression(node.value, node.span)
            self._kept.append(node)
        inner = self._unquoted[id(node)]
        return None if inner is None else expression.at(inner)

    @cached_property
    def _unquoted(self) -> dict[int, Expr | None]:
        return {}

    # Text

    def string(self, expression: Expression, depth: int = 0) -> str | None:
        """The text that an expression stands for, when every part of it is known."""
        node = expression.node
        if depth > 8:
            return None
        if isinstance(node, syntax.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, syntax.Template):
            return self._joined([expression.at(part) for part in node.parts], depth)
        if isinstance(node, syntax.Operation) and node.operator == "+":
            return self._joined([expression.at(part) for part in node.operands], depth)
        found = expression.value()
        if isinstance(found, Literal) and found.expression.node is not node:
            return self.string(found.expression, depth + 1)
        return None

    def _joined(self, parts: list[Expression], depth: int) -> str | None:
        texts = [self.string(part, depth + 1) for part in parts]
        return None if None in texts else "".join(text for text in texts if text is not None)

    # What builtins give

    def _super(self, site: Expression) -> Values:
        scope: Scope | None = site.scope
        frame: Frame | None = site.frame
        while scope is not None and not (isinstance(scope, FunctionScope) and scope.owner):
            scope, frame = scope.parent, frame.outer if frame else None
        if not isinstance(scope, FunctionScope) or scope.owner is None or not scope.node.parameters:
            return ()
        receiver = self._receiver(scope, scope.node.parameters[0], frame or scope.frame)
        return (Super(scope.owner, receiver),) if isinstance(receiver, (Instance, ClassValue)) else ()

    def _partial(self, site: Expression) -> Values:
        args = site.args
        return (Partial(args[0].values(), site),) if args else ()

    def _cast(self, site: Expression) -> Values:
        """What `cast(kind, value)` gives: the kind, or a function, of which a kind says less."""
        args = site.args
        functions = tuple(
            value for arg in args[1:] for value in arg.values() if isinstance(value, FunctionValue)
        )
        return functions or (self.annotated(args[0]) if args else ())

    def _argument(self, site: Expression) -> Values:
        args = site.args
        return args[0].values() if args else ()

    def _type_of(self, site: Expression) -> Values:
        return tuple(value.cls for value in self._argument(site) if isinstance(value, Instance))

    def _gathered(self, site: Expression) -> Values:
        return ()

    def _field_default(self, site: Expression) -> Values:
        """What a field holds that `Field(...)` declares, when nobody sets it."""
        given = site.argument("default", 0)
        if given is not None:
            return given.values()
        factory = site.argument("default_factory") or site.argument("factory")
        if factory is None:
            return ()
        return tuple(result for value in factory.values() for result in self.call(value, None))


def yielded(scope: FunctionScope) -> Iterator[syntax.Yield]:
    """The yields of a function's own body."""
    for statement in scope.statements():
        if isinstance(statement, (syntax.Function, syntax.Class)):
            continue
        for outer in syntax.expressions(statement):
            for inner in syntax.walk(outer):
                if isinstance(inner, syntax.Yield):
                    yield inner


def _is_none(value: Value) -> bool:
    return (
        isinstance(value, Literal)
        and isinstance(value.expression.node, syntax.Constant)
        and value.expression.node.value is None
    )


def _added_to(value: Value) -> Value:
    """What becomes of a value under `+=`: a list is still that list, a text another one."""
    if not isinstance(value, Literal) or _is_none(value):
        return value
    constant = value.expression.node
    if isinstance(constant, syntax.Constant):
        return Instance(External(f"builtins.{type(constant.value).__name__}"))
    return Instance(External("builtins.str")) if value.expression.is_text else value


def _is_exported(name: str, module: ModuleScope) -> bool:
    """Whether a star import takes a name."""
    exported = module.exported
    return not name.startswith("_") if exported is None else name in exported


def _is_own(value: Value) -> bool:
    """An object of a class of the project."""
    return isinstance(value, Instance) and isinstance(value.cls, ClassValue)


def _precise(values: Values) -> bool:
    """Whether values say more than an annotation could."""
    return any(not _is_none(value) and not _is_guess(value) for value in values)


def _is_guess(value: Value) -> bool:
    """Something of a library of which no more is known than how it was got."""
    if isinstance(value, Instance):
        return value.external.endswith("()")
    return isinstance(value, External) and value.receiver is not None


def _key(expression: Expression) -> Hashable:
    """Under what the values of an expression are filed: its node, and the caller where that matters."""
    frame = expression.frame
    return (id(expression.node), frame.key, id(frame.scope)) if frame.key else id(expression.node)


def _distinct(values: Values) -> Values:
    """Each value once, and `None` only where nothing else is possible."""
    if len(values) < 2:
        return values
    distinct = {_identity(value): value for value in values if not _is_none(value)}
    return (tuple(distinct.values()) or values[:1])[:MOST_VALUES]


def _identity(value: Value) -> object:
    """The same method of two objects is two values."""
    return (value, value.receiver) if isinstance(value, External) else value


def reaching(bindings: list[Binding], line: int) -> Iterable[Binding]:
    """The bindings that can have been the last one when a line of the same scope runs."""
    before = [binding for binding in bindings if binding.line <= line] if line else bindings
    return _last(before or bindings)


def _last(bindings: list[Binding]) -> Iterable[Binding]:
    """The last certain binding and what may come after it."""
    for position in range(len(bindings) - 1, -1, -1):
        if bindings[position].certain:
            return bindings[position:]
    return bindings


def _merged(orders: list[tuple[ClassValue | External, ...]]) -> list[ClassValue | External]:
    """The orders of several bases as one: a class comes after all that derive from it."""
    queues = [list(order) for order in orders]
    merged: list[ClassValue | External] = []
    while queues := [queue for queue in queues if queue]:
        head = next(
            (queue[0] for queue in queues if not any(queue[0] in other[1:] for other in queues)), queues[0][0]
        )
        merged.append(head)
        queues = [[each for each in queue if each != head] for queue in queues]
    return merged


_NOWHERE: Any = None
_SPECIAL: dict[str, Callable[[Inference, Expression], Values]] = {
    "builtins.super": Inference._super,
    "functools.partial": Inference._partial,
    "typing.cast": Inference._cast,
    "builtins.type": Inference._type_of,
    "functools.wraps": Inference._gathered,
    "functools.update_wrapper": Inference._argument,
    "pydantic.Field": Inference._field_default,
    "sqlmodel.Field": Inference._field_default,
    "dataclasses.field": Inference._field_default,
    "pydantic.PrivateAttr": Inference._field_default,
    "attr.ib": Inference._field_default,
    "attr.field": Inference._field_default,
    "attrs.field": Inference._field_default,
    "contextlib.closing": Inference._argument,
    "contextlib.aclosing": Inference._argument,
    "contextlib.nullcontext": Inference._argument,
    "copy.copy": Inference._argument,
    "copy.deepcopy": Inference._argument,
}
