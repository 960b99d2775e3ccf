"""Functions that certainly wait for nothing: they look at what they are given, and make objects of it.

What such a function does takes less time than it takes a thread to be told of it. Whatever is not known to
be like that is left out: reading an attribute may ask a database, and so may a comparison.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.index.syntax import Expr, Statement
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.judging import is_none
from fastlint.model.scopes import ClassScope, Frame, FunctionScope, Scope
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Literal,
    ModuleValue,
    Super,
    TypeForm,
    Value,
)

if TYPE_CHECKING:
    from fastlint.model.project import Project

DEEPEST = 4
"""How far calls are followed."""

OF_DATA = frozenset(
    f"builtins.{name}"
    for name in (
        "abs", "all", "any", "bool", "bytes", "dict", "enumerate", "float", "frozenset", "int", "len", "list",
        "max", "min", "range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip",
    )
)  # fmt: skip
"""Functions that ask what they are given for its length, its items or its text."""
AT_HAND = (
    *("builtins.", "contextvars.", "datetime.", "decimal.", "enum.", "fastapi.", "fractions.", "hmac."),
    *("http.", "ipaddress.", "logging.", "math.", "operator.", "os.environ", "pydantic.", "secrets."),
    *("starlette.", "time.", "typing.", "urllib.parse.", "uuid."),
)
"""Packages of which nothing waits where something of a module or an object is merely read."""
HOLDERS = (".app.", ".session.", ".state.", "().")
ANYTHING = (".auth.", ".file.", ".user.")
"""What an object of the framework has and may be of any class: what is in the first, and the others."""
KNOWN = ("datetime.", "decimal.", "urllib.parse.", "uuid.")
"""What gives objects of which it is known what they are."""
ROOTS = frozenset(
    (
        "abc.ABC", "builtins.dict", "builtins.int", "builtins.object", "builtins.str", "enum.Enum",
        "enum.Flag", "enum.IntEnum", "enum.ReprEnum", "enum.StrEnum", "fastapi.HTTPException",
        "pydantic.BaseModel", "pydantic.BaseSettings", "pydantic.v1.BaseModel", "pydantic.v1.BaseSettings",
        "pydantic_settings.BaseSettings", "starlette.exceptions.HTTPException", "typing.Generic",
        "typing.NamedTuple", "typing.TypedDict",
    )
)  # fmt: skip
"""Bases whose objects have what is written in the class, and nothing else that runs when it is read."""
SETTINGS = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings")
ASKED = (
    *("__bool__", "__contains__", "__format__", "__getattr__", "__getattribute__", "__getitem__", "__iter__"),
    *("__len__", "__setattr__"),
)
"""Special methods that run where an object is merely looked at."""
DECORATORS = (
    *("attr.", "attrs.", "dataclasses.dataclass", "enum.", "functools.total_ordering", "pydantic."),
    "typing.",
)
"""Packages of decorators that leave the objects of a class as they are."""
WRITTEN = (syntax.Constant, syntax.Collection, syntax.Mapping, syntax.Template, syntax.Comprehension)
TAKEN = ("iterate", "value")
"""The bindings of names that get what is in something else, or that itself."""
MAKING = ("__new__", "__init__", "__post_init__", "model_post_init")


def is_quick(function: FunctionValue, site: Expression | None = None, depth: int = 0) -> bool:
    """Whether a plain function waits for nothing, nor what it calls; `site` is the call that runs it."""
    scope, inference = function.scope, function.scope.project.inference
    if scope.node.is_async or scope.node.is_generator or depth > DEEPEST:
        return False
    if not all(map(inference.functions.keeps, inference.functions.decorator_names(scope))):
        return False
    body = _Body(scope, inference.calling.frame(function, site), depth)
    return all(map(body.is_quick_statement, scope.statements()))


class _Body:
    """The body of one function."""

    def __init__(self, scope: FunctionScope, frame: Frame, depth: int) -> None:
        self.scope = scope
        self.frame = frame
        self.depth = depth
        self.project: Project = scope.project

    def is_quick_statement(self, statement: Statement) -> bool:
        match statement:
            case syntax.Assign(augmented=False):
                return self._is_assigned_quickly(statement)
            case syntax.Evaluate() | syntax.Return() | syntax.Raise() | syntax.If() | syntax.Try():
                return self._all(syntax.expressions(statement))
            case syntax.Loop(target=target, is_async=False) if target is not None:
                return self._is_data(statement.source) and self._is_quick(statement.source)
            case _:
                return False

    def _is_assigned_quickly(self, statement: syntax.Assign) -> bool:
        value = statement.value
        if value is None:
            return True
        is_unpacked = any(isinstance(each, syntax.Collection) for each in statement.targets)
        is_own = all(map(self._is_own, statement.targets))
        return is_own and self._is_quick(value) and (not is_unpacked or self._is_data(value))

    def _is_own(self, target: Expr) -> bool:
        """Whether it is a name of the function, an attribute of a new object or of the request's state, or
        an item of plain data, such as the headers of a response."""
        if isinstance(target, syntax.Collection):
            return all(map(self._is_own, target.items))
        if isinstance(target, syntax.Subscript):
            return self._is_data(target.value) and self._all(syntax.operands(target))
        if not isinstance(target, syntax.Ref):
            return False
        owner = target.path.rpartition(".")[0]
        if not owner or (owner == self.scope.receiver and self.scope.name in MAKING):
            return True
        values = self._at(syntax.Ref(target.span, owner)).values()
        return bool(values) and all(_name(each).endswith(".state") for each in values)

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
            case syntax.Operation(operator="compare" | "other"):
                return self._all(node.operands) and all(map(self._is_data, node.operands))
            case syntax.Comprehension():
                sources = [each.source for each in node.generators]
                conditions = (each for loop in node.generators for each in loop.conditions)
                is_known = all(map(self._is_data, sources)) and not any(
                    each.is_async for each in node.generators
                )
                return is_known and self._all((*sources, *conditions, *node.elements))
            case syntax.Template():
                return self._all(node.parts) and all(map(self._is_data, node.parts))
            case syntax.Starred():
                return self._is_quick(node.value) and self._is_data(node.value)
            case syntax.Collection() | syntax.Mapping() | syntax.Operation():
                return self._all(syntax.operands(node))
            case syntax.Opaque():
                return node.text == "..."
            case _:
                return False

    def _is_read_quickly(self, read: Expression) -> bool:
        """Whether reading a dotted name, or an attribute, runs nothing that may wait."""
        owner = read.owner
        if owner is None:
            return True
        if isinstance(owner.node, syntax.Ref) and not self._is_read_quickly(owner):
            return False
        values = (*_something(owner), *self._injected(owner.node))
        is_known = bool(values) and self._is_whole(owner)
        return is_known and all(self._has_at_hand(each, last_name(read.node)) for each in values)

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

    def _has_at_hand(self, owner: Value, name: str) -> bool:
        match owner:
            case ModuleValue() | ClassValue() | FunctionValue() | Literal() | Super():
                return True
            case External() | Instance(cls=External()):
                known = f"{_name(owner)}.{name}" if isinstance(owner, External) else owner.external
                return known.startswith(AT_HAND) and not _is_anything(_name(owner))
            case Instance(cls=ClassValue() as cls):
                below = map(ClassValue, self.project.subclasses(cls.scope))
                return self._is_plain_class(cls) and all(
                    self._is_plain_class(each) and self._has_no_slow_getter(owner, each, name)
                    for each in (cls, *below)
                )
            case _:
                return False

    def _has_no_slow_getter(self, owner: Instance, cls: ClassValue, name: str) -> bool:
        found = self.project.inference.classes.defined(cls, name)
        if found is None or not self.project.inference.functions.is_getter(found.scope):
            return True
        return is_quick(FunctionValue(found.scope, owner), depth=self.depth + 1)

    def _is_plain_class(self, cls: ClassValue) -> bool:
        """Whether the objects of a class have what its code says, and no database or server behind them."""
        for each in self.project.inference.classes.mro(cls):
            if isinstance(each, External):
                if each.name not in ROOTS and not _is_exception(each.name):
                    return False
            elif not self._is_written_out(each.scope):
                return False
        return True

    def _is_written_out(self, scope: ClassScope) -> bool:
        assert scope.parent is not None
        outside = scope.parent.frame
        decorators = (Expression(each, outside) for each in scope.node.decorators)
        return (
            not scope.node.keywords
            and not any(name in scope.methods for name in ASKED)
            and all(Expression(base, outside).values() for base in scope.node.bases)
            and all(
                (each.func if each.is_call else each).external().startswith(DECORATORS) for each in decorators
            )
        )

    def _is_called_quickly(self, call: Expression) -> bool:
        func = call.func
        if self._is_context_variable(func) or self._is_getattr(call):
            return True
        values = func.values()
        is_known = bool(values) and func.is_whole and self._is_quick(func.node)
        return is_known and all(self._runs_quickly(each, call) for each in values)

    def _is_getattr(self, call: Expression) -> bool:
        """Whether it is `getattr(request.state, "user", None)`, or `hasattr`."""
        is_one = call.func.external() in ("builtins.getattr", "builtins.hasattr") and bool(call.args)
        owner = call.args[0].values() if is_one else ()
        return bool(owner) and all(_name(each).endswith("requests.Request.state") for each in owner)

    def _is_context_variable(self, func: Expression) -> bool:
        """Whether it is `variable.get`."""
        owner = func.owner
        if owner is None or not func.text().endswith(".get"):
            return False
        found = owner.values()
        return bool(found) and all(
            _name(each).removesuffix("()") == "contextvars.ContextVar" for each in found
        )

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
            not is_stub(each.scope) and is_quick(each, call, self.depth + 1)
            for each in (function, *(FunctionValue(other, function.receiver) for other in others))
        )

    def _is_known_to_be_quick(self, function: External, call: Expression) -> bool:
        name = function.name
        if name in OF_DATA:
            return all(self._is_data(each.node) for each in (*call.args, *call.keywords.values()))
        maker, _, method = name.rpartition(".")
        if method in ("__init__", "__new__"):
            return maker in ROOTS or _is_exception(maker)
        return self._is_told_to_be_quick(name) or _is_exception(name)

    def _is_told_to_be_quick(self, name: str) -> bool:
        return not _is_anything(name) and self.project.knowledge.is_quick(_told(name))

    def _is_made_quickly(self, cls: ClassValue, call: Expression) -> bool:
        """Whether making an object of a class waits for nothing: no settings, which read files."""
        classes = self.project.inference.classes
        if not self._is_plain_class(cls) or classes.descends(cls, *SETTINGS):
            return False
        methods = [
            method
            for each in classes.mro(cls)
            if isinstance(each, ClassValue)
            for method in each.scope.functions()
            if method.name in MAKING or _is_validator(method)
        ]
        makes_more = any(map(self._has_slow_default, classes.mro(cls)))
        return not makes_more and all(
            is_quick(FunctionValue(each, Instance(cls, call)), self._constructing(each, call), self.depth + 1)
            for each in methods
        )

    def _constructing(self, method: FunctionScope, call: Expression) -> Expression | None:
        """The call that passes a method of a class its arguments, as it makes an object."""
        return call if method.name == "__init__" else None

    def _has_slow_default(self, cls: ClassValue | External) -> bool:
        """Whether a field of a class has a `default_factory` that is not known to be quick."""
        if isinstance(cls, External):
            return False
        made = (each.value for each in cls.scope.statements() if isinstance(each, syntax.Assign))
        calls = (Expression(each, cls.scope.frame) for each in made if isinstance(each, syntax.Call))
        factories = (each.keywords.get("default_factory") for each in calls)
        names = (each.external() for each in factories if each is not None)
        return any(name not in OF_DATA and not self._is_told_to_be_quick(name) for name in names)

    def _is_data(self, node: Expr) -> bool:
        """Whether it is known to be plain data: asking it for items, or for equality, runs nothing else."""
        if isinstance(node, WRITTEN):
            return True
        if isinstance(node, syntax.Operation) and node.operator not in ("or", "and", "if"):
            return all(map(self._is_data, node.operands))
        if isinstance(node, syntax.Starred):
            return self._is_data(node.value)
        values = _something(self._at(node)) if self._is_known_parameter(node) else ()
        return bool(values) and all(map(self._is_plain_value, values))

    def _is_plain_value(self, value: Value) -> bool:
        match value:
            case External() | Instance(cls=External()):
                return self._is_plain_object(_name(value))
            case Instance(cls=ClassValue() as cls):
                return self._is_plain_class(cls)
            case Literal() | ClassValue() | FunctionValue() | ModuleValue() | TypeForm():
                return True
            case _:
                return False

    def _is_plain_object(self, name: str) -> bool:
        """Whether an object of another package's class, or what calling something gave, is plain data."""
        maker = name.removesuffix("()")
        if maker != name:
            return maker in OF_DATA or self._is_told_to_be_quick(maker)
        return name.startswith(AT_HAND) and not _is_anything(name)


def is_stub(scope: FunctionScope) -> bool:
    """Whether a function has no body, or nothing but a `...`, so that something else takes its place."""
    return all(
        isinstance(each, syntax.Evaluate) and isinstance(each.value, syntax.Opaque) for each in scope.body
    )


def _told(name: str) -> str:
    """A name without the calls in it of which it is known what they give."""
    return name.replace("()", "") if name.startswith(KNOWN) else name


def _something(expression: Expression) -> tuple[Value, ...]:
    """What an expression can stand for beside `None`."""
    return tuple(each for each in expression.values() if not is_none(each))


def _name(value: Value) -> str:
    match value:
        case External():
            return value.name
        case Instance():
            return value.external
        case _:
            return ""


def _is_anything(name: str) -> bool:
    told = _told(name).replace(".app.state", ".state")
    return any(each in told for each in HOLDERS) or any(each in f"{told}." for each in ANYTHING)


def _is_exception(name: str) -> bool:
    """Whether it is an exception of Python."""
    found = getattr(builtins, name.removeprefix("builtins."), None) if name.startswith("builtins.") else None
    return isinstance(found, type) and issubclass(found, BaseException)


def _is_validator(method: FunctionScope) -> bool:
    names = method.project.inference.functions.decorator_names(method)
    return any(name.startswith("pydantic.") and "validator" in name for name in names)
