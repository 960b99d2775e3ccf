"""The methods that Python calls where no call is written: of properties, entries, loops and `with`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.edge import Edge
from fastlint.model.expression import Expression
from fastlint.model.narrowing import possible
from fastlint.model.scopes import FunctionScope
from fastlint.model.uses import Use
from fastlint.model.values import ClassValue, FunctionValue, Instance, Stream, Value, stands_for

if TYPE_CHECKING:
    from fastlint.model.project import Project


class Protocols:
    """Finds those of the classes and generators of a project."""

    def __init__(self, project: Project) -> None:
        self.inference = project.inference

    def entered(self, use: Use, instance: Instance) -> Iterator[Edge]:
        """What `with` runs of an object."""
        is_async = isinstance(use.statement, syntax.With) and use.statement.is_async
        for name in ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__"):
            method = self.inference.classes.method(instance, name)
            if method is not None:
                yield Edge(use, callee=method, how="enters")

    def gone_through(self, source: Expression, value: Value, method: str) -> Iterator[FunctionValue]:
        """The functions of the project that run where something is gone through."""
        if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
            methods = (method, "__next__") if method == "__iter__" else (method,)
            found = (self.inference.classes.method(value, name) for name in methods)
            yield from (each for each in found if each is not None)
        elif isinstance(value, Stream) and not _is_made_by(source, value):
            yield from self.inference.functions.wrapped(value.function) or ()

    def subscript(self, use: Use, methods: tuple[str, ...]) -> Iterator[Edge]:
        """The methods of objects of the project behind `store[key]`."""
        assert isinstance(use.call.node, syntax.Subscript)
        for name in methods:
            yield from self._asked(use, use.call.node.value, (name,))

    def membership(self, use: Use) -> Iterator[Edge]:
        """The method of an object of the project behind `key in store`."""
        assert isinstance(use.call.node, syntax.Operation)
        yield from self._asked(use, use.call.node.operands[1], ("__contains__", "__iter__"))

    def truth(self, use: Use) -> Iterator[Edge]:
        """The method of an object of the project behind `if store:`."""
        yield from self._asked(use, use.call.node, ("__bool__", "__len__"))

    def _asked(self, use: Use, owner: syntax.Expr, names: tuple[str, ...]) -> Iterator[Edge]:
        """The first of some methods that the objects of the project have which an expression may be."""
        for value in possible(use.call.at(owner)):
            if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
                methods = (self.inference.classes.method(value, name) for name in names)
                method = next((each for each in methods if each is not None), None)
                if method is not None and not method.scope.node.is_async:
                    yield Edge(use, callee=method, how="uses")

    def async_iterated(self, use: Use) -> Iterator[Edge]:
        """What `async for` runs: the methods of an object, or a generator that was passed to the function."""
        for value in use.call.values():
            if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
                for name in ("__aiter__", "__anext__"):
                    method = self.inference.classes.method(value, name)
                    if method is not None:
                        yield Edge(use, callee=method, how="iterates")
            elif isinstance(value, Stream) and not use.call.is_call and _is_passed(use.call):
                for each in self.inference.functions.wrapped(value.function) or ():
                    yield Edge(use, callee=each, how="iterates")

    def property(self, use: Use) -> Iterator[Edge]:
        """The getters that reading an attribute runs."""
        owner = use.call.owner
        for value in () if owner is None else possible(owner):
            if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
                getter = self.inference.classes.defined(value.cls, last_name(use.call.node))
                if getter is not None and self._is_run(getter, use):
                    yield Edge(use, callee=FunctionValue(getter.scope, value), how="reads")

    def _is_run(self, getter: FunctionValue, use: Use) -> bool:
        """Whether reading a method by its name runs it: that of a coroutine function where it is awaited."""
        is_awaited = use.context == "awaited" or not getter.scope.node.is_async
        return is_awaited and self.inference.functions.is_property(getter.scope)


def _is_made_by(source: Expression, stream: Stream) -> bool:
    """Whether a generator is what this very call of its function gives: the call counts already."""
    made = source.func.values() if source.is_call else ()
    return stands_for(made, stream.function.scope)


def _is_passed(name: Expression) -> bool:
    """Whether it is a parameter of the function itself."""
    scope, node = name.scope, name.node
    if not isinstance(scope, FunctionScope) or not isinstance(node, syntax.Ref):
        return True
    bound = scope.bindings.get(node.path, ())
    return all(each.kind == "parameter" for each in bound)
