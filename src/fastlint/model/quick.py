"""Functions that certainly wait for nothing: they look at what they are given, and make objects of it.

What such a function does takes less time than it takes a thread to be told of it. Whatever is not known to
be like that is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.index.syntax import Expr, Statement
from fastlint.model import hidden
from fastlint.model.callables import is_stub
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.judging import is_none
from fastlint.model.making import MAKING, has_slow_default, makers
from fastlint.model.plaindata import (
    OF_DATA,
    has_at_hand,
    has_plain_truth,
    is_exception,
    is_known_to_be_quick,
    is_plain_class,
    is_plain_root,
    is_plain_value,
    name_of,
    something,
)
from fastlint.model.scopes import Frame, FunctionScope, Scope
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Manager, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

DEEPEST = 4
"""How far calls are followed."""

CONTEXT_VARIABLE = "contextvars.ContextVar"
SETTING = ("set", "reset")
SETTINGS = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings")
"""Classes whose objects read files as they are made."""
WRITTEN = (syntax.Constant, syntax.Collection, syntax.Mapping, syntax.Template, syntax.Comprehension)
TAKEN = ("iterate", "value")
"""The bindings of names that get what is in something else, or that itself."""
LOOKING_AT_NOTHING = ("is", "is not", ":=", "slice")
"""Operators that run nothing of what they are between."""


def is_quick(function: FunctionValue, site: Expression | None = None, *, keeps_context: bool = False) -> bool:
    """Whether the body of a function waits for nothing, nor what it calls; `site` is the call that runs it.

    That of a generator function is what is before and after its `yield`, and an `async def` awaits nothing.
    One that `keeps_context` sets no `ContextVar` either: who sees that depends on the context it runs in.
    """
    return _is_quick(function, site, 0, keeps_context)


def _is_quick(function: FunctionValue, site: Expression | None, depth: int, keeps_context: bool) -> bool:
    scope, inference = function.scope, function.scope.project.inference
    if depth > DEEPEST:
        return False
    if not all(map(inference.functions.keeps, inference.functions.decorator_names(scope))):
        return False
    body = _Body(scope, inference.calling.frame(function, site), depth, keeps_context)
    return all(map(body.is_quick_statement, scope.statements()))


class _Body:
    """The body of one function."""

    def __init__(self, scope: FunctionScope, frame: Frame, depth: int, keeps_context: bool) -> None:
        self.scope = scope
        self.frame = frame
        self.depth = depth
        self.keeps_context = keeps_context
        self.project: Project = scope.project

    def is_quick_statement(self, statement: Statement) -> bool:
        match statement:
            case syntax.Assign():
                return self._is_assigned_quickly(statement)
            case syntax.Scoped() | syntax.Function(decorators=()):
                return self._all(syntax.expressions(statement))
            case syntax.If(test=test):
                return self._is_quick(test) and self._is_tested_quickly(test)
            case syntax.Evaluate(value=asserted, asserted=True):
                return self._is_quick(asserted) and self._is_tested_quickly(asserted)
            case syntax.Evaluate() | syntax.Return() | syntax.Raise() | syntax.Try():
                return self._all(syntax.expressions(statement))
            case syntax.Loop(target=target, is_async=False) if target is not None:
                return self._is_data(statement.source) and self._is_quick(statement.source)
            case syntax.With(is_async=False):
                return all(map(self._is_entered_quickly, statement.items))
            case _:
                return False

    def _is_assigned_quickly(self, statement: syntax.Assign) -> bool:
        value = statement.value
        if value is None:
            return True
        is_own = all(map(self._is_own, statement.targets))
        if not is_own or not self._is_quick(value):
            return False
        if statement.augmented:
            return self._is_data(value) and all(map(self._is_data, statement.targets))
        is_unpacked = any(isinstance(each, syntax.Collection) for each in statement.targets)
        return not is_unpacked or self._is_data(value)

    def _is_own(self, target: Expr) -> bool:
        """Whether it is a name of the function, an attribute of a new object or of the request's state, or
        an item of plain data, such as the headers of a response."""
        if isinstance(target, syntax.Collection):
            return all(map(self._is_own, target.items))
        if isinstance(target, syntax.Subscript):
            return self._is_data(target.value) and self._all(syntax.operands(target))
        if not isinstance(target, syntax.Ref):
            return False
        owner, _, name = target.path.rpartition(".")
        if not owner:
            return True
        if owner == self.scope.receiver and self.scope.name in MAKING:
            cls = self.scope.owner
            return cls is None or not any(hidden.read(Instance(ClassValue(cls)), name))
        values = self._at(syntax.Ref(target.span, owner)).values()
        return bool(values) and all(name_of(each).endswith(".state") for each in values)

    def _is_entered_quickly(self, item: syntax.WithItem) -> bool:
        """Whether a `with` enters a `@contextmanager` of the project, or the token of a context variable,
        which resets it at the end since Python 3.14."""
        context = self._at(item.context)
        if not context.is_call or not self._is_quick(item.context):
            return False
        if item.target is not None and not (
            isinstance(item.target, syntax.Ref) and self._is_own(item.target)
        ):
            return False
        values = context.values()
        is_own = bool(values) and all(isinstance(each, Manager) for each in values)
        return is_own or self._is_of_context_variable(context.func)

    def _all(self, nodes: Iterable[Expr]) -> bool:
        return all(map(self._is_quick, nodes))

    def _at(self, node: Expr) -> Expression:
        self.project.inference.keep(node)
        return Expression(node, self.frame)

    def _is_quick(self, node: Expr) -> bool:
        """Whether evaluating something waits for nothing."""
        match node:
            case syntax.Constant():
                return True
            case syntax.Ref():
                return self._is_read_quickly(self._at(node))
            case syntax.Attribute():
                return self._is_quick(node.value) and self._is_read_quickly(self._at(node))
            case syntax.Call():
                given = (*node.args, *(each.value for each in node.keywords))
                return self._is_called_quickly(self._at(node)) and self._all(given)
            case syntax.Subscript():
                return self._is_data(node.value) and self._all(syntax.operands(node))
            case syntax.Operation(operator="or" | "and" | "not" | "if", operands=operands):
                tested = operands[:1] if node.operator in ("if", "not") else operands[:-1]
                return self._all(operands) and all(map(self._is_tested_quickly, tested))
            case syntax.Operation(operator=operator) if operator not in LOOKING_AT_NOTHING:
                return self._all(node.operands) and all(map(self._is_data, node.operands))
            case syntax.Comprehension():
                sources = [each.source for each in node.generators]
                conditions = [each for loop in node.generators for each in loop.conditions]
                is_known = all(map(self._is_data, sources)) and not any(
                    each.is_async for each in node.generators
                )
                is_known = is_known and all(map(self._is_tested_quickly, conditions))
                return is_known and self._all((*sources, *conditions, *node.elements))
            case syntax.Template():
                return self._all(node.parts) and all(map(self._is_data, node.parts))
            case syntax.Starred():
                return self._is_quick(node.value) and self._is_data(node.value)
            case syntax.Collection() | syntax.Mapping() | syntax.Operation() | syntax.Yield(delegates=False):
                return self._all(syntax.operands(node))
            case syntax.Opaque():
                return bool(node.text)
            case _:
                return False

    def _is_read_quickly(self, read: Expression) -> bool:
        """Whether reading a dotted name, or an attribute, runs nothing that may wait."""
        owner = read.owner
        if owner is None:
            return True
        if isinstance(owner.node, syntax.Ref) and not self._is_read_quickly(owner):
            return False
        values = (*something(owner), *self._injected(owner.node))
        is_known = bool(values) and self._is_whole(owner)
        return is_known and all(self._is_quickly_had(each, last_name(read.node)) for each in values)

    def _injected(self, node: Expr) -> Iterator[Value]:
        """What a dependency gives a parameter, whatever the annotation of that says."""
        parameter = self.scope.parameter(node.path) if isinstance(node, syntax.Ref) else None
        if parameter is not None:
            given = self.project.injected(self.scope, parameter)
            yield from (each for each in given if not is_none(each))

    def _is_whole(self, read: Expression) -> bool:
        """Whether it is known what an expression stands for: what else functions give a variable is not."""
        node = read.node
        if not isinstance(node, syntax.Ref):
            return read.is_whole
        if node.path == self.scope.receiver:
            return True
        if not self._is_known_parameter(node):
            return False
        if node.path in self.frame.arguments:
            return True
        taken = [each.value for each in self.scope.bindings.get(node.path, ()) if each.kind in TAKEN]
        if taken and len(taken) == len(self.scope.bindings[node.path]):
            return all(each is not None and self._at(each).is_whole for each in taken)
        return read.is_whole and node.path not in self.scope.module.globals

    def _is_known_parameter(self, node: Expr) -> bool:
        """Whether it is known what a parameter without a type is, and so for everything else."""
        parameter = self.scope.parameter(node.path) if isinstance(node, syntax.Ref) else None
        if parameter is None or parameter.annotation is not None or parameter.name == self.scope.receiver:
            return True
        argument = self.frame.arguments.get(parameter.name)
        return argument is not None and argument.is_whole

    def _is_quickly_had(self, owner: Value, name: str) -> bool:
        """Whether an attribute of something is there, or found out by a property that is quick."""
        if not has_at_hand(owner, name, self.project):
            return False
        return not isinstance(owner, (Instance, ClassValue)) or self._are_quick(hidden.read(owner, name))

    def _are_quick(self, methods: Iterable[FunctionValue | None]) -> bool:
        return all(each is not None and self._is_quick_inside(each) for each in methods)

    def _is_quick_inside(self, function: FunctionValue, site: Expression | None = None) -> bool:
        is_coroutine = function.scope.node.is_async
        return not is_coroutine and _is_quick(function, site, self.depth + 1, self.keeps_context)

    def _is_called_quickly(self, call: Expression) -> bool:
        func = call.func
        if self._is_of_context_variable(func):
            return not (self.keeps_context and last_name(func.node) in SETTING)
        if self._is_getattr(call):
            return True
        values = func.values()
        is_known = bool(values) and func.is_whole and self._is_quick(func.node)
        return is_known and all(self._runs_quickly(each, call) for each in values)

    def _is_getattr(self, call: Expression) -> bool:
        """Whether it is `getattr(request.state, "user", None)`, or `hasattr`."""
        is_one = call.func.external() in ("builtins.getattr", "builtins.hasattr") and bool(call.args)
        owner = call.args[0].values() if is_one else ()
        return bool(owner) and all(name_of(each).endswith("requests.Request.state") for each in owner)

    def _is_of_context_variable(self, func: Expression) -> bool:
        """Whether it is `variable.get`, `variable.set` or `variable.reset`."""
        owner = func.owner
        if owner is None or last_name(func.node) not in ("get", *SETTING):
            return False
        found = owner.values()
        return bool(found) and all(name_of(each).removesuffix("()") == CONTEXT_VARIABLE for each in found)

    def _runs_quickly(self, value: Value, call: Expression) -> bool:
        match value:
            case External():
                return self._is_known_to_be_quick(value, call)
            case FunctionValue():
                return self._is_quick_in_all_classes(value, call)
            case ClassValue():
                below = self.project.subclasses(value.scope) if self._is_handed_in(call.func) else ()
                return all(self._is_made_quickly(each, call) for each in (value, *map(ClassValue, below)))
            case Instance(cls=ClassValue()):
                method = self.project.inference.classes.method(value, "__call__")
                return method is not None and self._is_quick_in_all_classes(method, call)
            case _:
                return False

    def _is_handed_in(self, cls: Expression) -> bool:
        """Whether a class is that of a parameter, or of an attribute, which may stand for those below it."""
        if cls.owner is not None:
            return any(isinstance(each, Instance) for each in cls.owner.values())
        scope: Scope | None = self.scope
        while isinstance(cls.node, syntax.Ref) and isinstance(scope, FunctionScope):
            bindings = scope.bindings.get(cls.node.path, ())
            if bindings:
                return any(each.kind == "parameter" for each in bindings)
            scope = scope.parent
        return False

    def _is_quick_in_all_classes(self, function: FunctionValue, call: Expression) -> bool:
        """Whether a function is quick, and what takes its place in classes below its own."""
        owner = function.scope.owner
        below = () if owner is None else self.project.subclasses(owner)
        others = (each.methods[function.scope.name] for each in below if function.scope.name in each.methods)
        return all(
            not is_stub(each.scope) and self._is_quick_inside(each, call)
            for each in (function, *(FunctionValue(other, function.receiver) for other in others))
        )

    def _is_known_to_be_quick(self, function: External, call: Expression) -> bool:
        name = function.name
        if name in OF_DATA:
            return all(self._is_data(each.node) for each in (*call.args, *call.keywords.values()))
        maker, _, method = name.rpartition(".")
        if method in ("__init__", "__new__"):
            return is_plain_root(maker)
        return is_known_to_be_quick(name, self.project) or is_exception(name)

    def _is_made_quickly(self, cls: ClassValue, call: Expression) -> bool:
        """Whether making an object of a class waits for nothing."""
        classes = self.project.inference.classes
        if not is_plain_class(cls, self.project) or classes.descends(cls, *SETTINGS):
            return False
        return not has_slow_default(cls) and all(
            self._is_quick_inside(FunctionValue(each, Instance(cls, call)), _constructing(each, call))
            for each in makers(cls)
        )

    def _is_data(self, node: Expr) -> bool:
        """Whether it is known to be plain data: asking it for items, or for equality, runs nothing else."""
        if isinstance(node, WRITTEN) or (isinstance(node, syntax.Opaque) and node.text):
            return True
        if isinstance(node, syntax.Operation) and node.operator not in ("or", "and", "if"):
            return all(map(self._is_data, node.operands))
        if isinstance(node, syntax.Starred):
            return self._is_data(node.value)
        values = something(self._at(node)) if self._is_known_parameter(node) else ()
        return bool(values) and all(map(self._is_plain, values))

    def _is_plain(self, value: Value) -> bool:
        """Whether a value is plain data, and what its class says of that is quick too."""
        if not is_plain_value(value, self.project):
            return False
        cls = value.cls if isinstance(value, Instance) else None
        return not isinstance(cls, ClassValue) or self._are_quick(hidden.looked_at(cls))

    def _is_tested_quickly(self, node: Expr) -> bool:
        """Whether it waits for nothing to find out if something counts as true."""
        match node:
            case syntax.Operation(operator="or" | "and", operands=operands):
                return all(map(self._is_tested_quickly, operands))
            case syntax.Operation(operator="if" | ":=", operands=(_, *others)):
                return all(map(self._is_tested_quickly, others))
            case syntax.Operation(operator="not" | "is" | "is not"):
                return True
            case _:
                return self._is_data(node) or self._is_of_quick_truth(node)

    def _is_of_quick_truth(self, node: Expr) -> bool:
        values = (*something(self._at(node)), *self._injected(node)) if self._is_known_parameter(node) else ()
        return bool(values) and all(map(self._has_quick_truth, values))

    def _has_quick_truth(self, value: Value) -> bool:
        cls = value.cls if isinstance(value, Instance) else None
        if not isinstance(cls, ClassValue):
            return self._is_plain(value)
        return has_plain_truth(cls, self.project) and self._are_quick(hidden.asked_for_truth(cls))


def _constructing(method: FunctionScope, call: Expression) -> Expression | None:
    """The call that passes a method of a class its arguments, as it makes an object."""
    return call if method.name == "__init__" else None
