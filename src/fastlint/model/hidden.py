"""The methods of the project that run where an object is merely looked at, and no call is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastlint.model.expression import Expression
from fastlint.model.plaindata import is_plain_value
from fastlint.model.scopes import Binding
from fastlint.model.values import ClassValue, FunctionValue, Instance, Value

TRUTH = ("__bool__", "__len__")
NEVER_LOOKING = frozenset(
    (
        *("__new__", "__init__", "__post_init__", "__init_subclass__", "__class_getitem__", "__set_name__"),
        *("__call__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__await__", "__del__"),
        *("__get_pydantic_core_schema__", "__get_pydantic_json_schema__", "__get_validators__"),
    )
)
"""Special methods that only run where an object is made, called or entered."""
BOUND = ("builtins.classmethod", "builtins.staticmethod")


def asked_for_truth(cls: ClassValue) -> Iterator[FunctionValue]:
    """What may run where an object of a class, or of one below it, is tested: `if config:`."""
    return _special(cls, lambda name: name in TRUTH)


def looked_at(cls: ClassValue) -> Iterator[FunctionValue]:
    """What may run where it is compared, added to something, gone through or made a text of."""
    return _special(cls, lambda name: name not in NEVER_LOOKING)


def read(owner: Instance | ClassValue, name: str) -> Iterator[FunctionValue | None]:
    """What runs where an attribute is read: that of a property or descriptor, None for what is not known."""
    cls = owner.cls if isinstance(owner, Instance) else owner
    for each in _and_below(cls) if isinstance(cls, ClassValue) else ():
        for binding, declared in _declared(each, name):
            if binding.kind == "function":
                yield from _of_method(FunctionValue(declared.scope.methods[name], owner))
            elif binding.value is not None:
                for value in Expression(binding.value, declared.scope.frame).values():
                    yield from _of_descriptor(value)


def _special(cls: ClassValue, is_meant: Callable[[str], bool]) -> Iterator[FunctionValue]:
    for each in _and_below(cls):
        for ancestor in each.scope.project.inference.classes.mro(each):
            for name, method in ancestor.scope.methods.items() if isinstance(ancestor, ClassValue) else ():
                if name.startswith("__") and name.endswith("__") and is_meant(name):
                    yield FunctionValue(method, Instance(each))


def _and_below(cls: ClassValue) -> tuple[ClassValue, ...]:
    return (cls, *map(ClassValue, cls.scope.project.subclasses(cls.scope)))


def _declared(cls: ClassValue, name: str) -> Iterator[tuple[Binding, ClassValue]]:
    """How the nearest class that has an attribute gets it."""
    for each in cls.scope.project.inference.classes.mro(cls):
        if isinstance(each, ClassValue) and name in each.scope.bindings:
            yield from ((binding, each) for binding in each.scope.bindings[name])
            return


def _of_method(method: FunctionValue) -> Iterator[FunctionValue | None]:
    functions = method.scope.project.inference.functions
    if functions.is_getter(method.scope):
        yield method
    elif not all(each in BOUND or functions.keeps(each) for each in functions.decorator_names(method.scope)):
        yield None


def _of_descriptor(value: Value) -> Iterator[FunctionValue | None]:
    cls = value.cls if isinstance(value, Instance) else None
    if isinstance(cls, ClassValue):
        getter = cls.scope.project.inference.classes.method(Instance(cls), "__get__")
        yield from () if getter is None else (getter,)
    elif isinstance(value, Instance) and value.site and not is_plain_value(value, value.site.project):
        yield None
