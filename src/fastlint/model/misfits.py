"""Dependencies that certainly give something else than the parameters which get it are annotated with.

FastAPI passes on what a dependency gives, whatever the annotation says. Where one class may descend from the
other, where a type is no plain class, and where not all is known of either, both may fit.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.absence import may_be_none
from fastlint.model.callables import DATA, HANDLES, SECURITY, is_plain
from fastlint.model.expression import Expression
from fastlint.model.handlers import HandlerParameter
from fastlint.model.judging import PROTOCOLS, yielded
from fastlint.model.leaving import leaves
from fastlint.model.markers import ANNOTATED, UNIONS
from fastlint.model.scopes import FunctionScope
from fastlint.model.suites import is_test
from fastlint.model.typing import GENERIC_ALIASES
from fastlint.model.uses import name_uses
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Literal, TypeForm, Value

if TYPE_CHECKING:
    from fastlint.model.injections import Injection
    from fastlint.model.project import Project

DEEPEST = 6
NONE = External("builtins.None")
OPEN = ("builtins.object", "builtins.BaseException", "builtins.Exception", "abc.ABC")
PLAIN = frozenset(
    name for name in (*DATA, *HANDLES) if name.startswith(("builtins.", "datetime.")) or name in HANDLES
) - {*OPEN, "fastapi.Depends", "fastapi.Security"} | frozenset(
    (
        *("decimal.Decimal", "pathlib.Path", "uuid.UUID", "builtins.None"),
        *("fastapi.security.HTTPAuthorizationCredentials", "fastapi.security.HTTPBasicCredentials"),
        *("fastapi.security.OAuth2PasswordRequestForm", "fastapi.security.SecurityScopes"),
        *("starlette.background.BackgroundTasks", "starlette.requests.Request"),
        *("starlette.websockets.WebSocket", "sqlite3.Connection", "aiosqlite.Connection"),
        *("asyncpg.Connection", "asyncpg.Pool", "psycopg.AsyncConnection", "psycopg.Connection"),
        *("sqlmodel.Session", "sqlmodel.ext.asyncio.session.AsyncSession", "sqlalchemy.orm.scoped_session"),
    )
)
"""Classes of other packages that are no alias of anything, and of which all bases are known."""

BASES = DATA | HANDLES | {"typing.Generic", "pydantic_settings.BaseSettings", *OPEN}
"""Bases that say no more of a class than that."""

KINDRED = {
    "builtins.int": ("builtins.float", "builtins.complex"),
    "builtins.float": ("builtins.complex",),
    "builtins.bool": ("builtins.int", "builtins.float", "builtins.complex"),
    "builtins.frozenset": ("builtins.set",),
    "builtins.set": ("builtins.frozenset",),
    "datetime.datetime": ("datetime.date",),
    "enum.IntEnum": ("builtins.int", "builtins.float", "builtins.complex"),
    "enum.StrEnum": ("builtins.str",),
    "typing.NamedTuple": ("builtins.tuple",),
    "typing.TypedDict": ("builtins.dict",),
    "typing_extensions.TypedDict": ("builtins.dict",),
}
"""What else an object passes for, at run time or by PEP 484's numeric tower."""

SUBSCRIPTED = ("builtins.dict", "builtins.list", "builtins.str", "builtins.tuple")
GENERATORS = frozenset(
    f"typing.{kind}{name}" for kind in ("", "Async") for name in ("Generator", "Iterable", "Iterator")
) | frozenset(
    f"collections.abc.{kind}{name}"
    for kind in ("", "Async")
    for name in ("Generator", "Iterable", "Iterator")
)
SCHEMES = {
    "fastapi.security.APIKeyBase": "builtins.str",
    "fastapi.security.HTTPBasic": "fastapi.security.HTTPBasicCredentials",
    "fastapi.security.HTTPBase": "fastapi.security.HTTPAuthorizationCredentials",
    "fastapi.security.OAuth2": "builtins.str",
    "fastapi.security.OpenIdConnect": "builtins.str",
}
"""What security schemes give (https://fastapi.tiangolo.com/reference/security/)."""

Class = ClassValue | External
Classes = tuple[Class, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """A parameter, what it is annotated with, and what its dependency gives instead.

    `source` is where the code says so; None for a class or a security scheme. `missing` is an attribute that
    is read of the parameter and that it has not then; '' where none is. `is_alike` says that whatever is done
    with it works all the same, as far as that is known.
    """

    parameter: HandlerParameter
    wanted: Classes
    given: Classes
    source: Place | None

    @property
    def gives(self) -> str:
        """What it gives, as an annotation has it."""
        return _labels(self.given, self.wanted)

    @property
    def wants(self) -> str:
        """What it is annotated with, without what `Annotated` adds."""
        return _labels(self.wanted, self.given)

    @property
    def missing(self) -> str:
        return next((each for each in self._read if not self._has(each)), "")

    @property
    def is_alike(self) -> bool:
        if self._is_subscripted:
            return not self.missing and any(each.name in SUBSCRIPTED for each in self._elsewhere)
        are_own = all(isinstance(each, ClassValue) for each in (*self.wanted, *self.given))
        return are_own and bool(self._read) and not self.missing

    @property
    def _elsewhere(self) -> Iterator[External]:
        return (each for each in self.given if isinstance(each, External))

    @property
    def _is_subscripted(self) -> bool:
        """Whether the function takes an item of the parameter: `user["name"]`."""
        return any(
            isinstance(node, syntax.Subscript)
            and isinstance(node.value, syntax.Ref)
            and node.value.path == self.parameter.name
            for statement in self.parameter.function.statements()
            for node in syntax.evaluated(statement)
        )

    @property
    def _read(self) -> tuple[str, ...]:
        """The attributes that are read of the parameter."""
        uses = name_uses(self.parameter.function.frame, self.parameter.name)
        paths = (use.call.text().split(".") for use in uses)
        return tuple(dict.fromkeys(path[1] for path in paths if len(path) > 1))

    def _has(self, attribute: str) -> bool:
        return any(_may_have(each, attribute, self.parameter.function.project) for each in self.given)


class Given(NamedTuple):
    """What a dependency gives, by its annotation or else by its body, and where the code says so.

    `written` is what its body gives where that is another thing than it is annotated with.
    """

    classes: Classes
    source: Place | None = None
    written: Classes = ()

    @property
    def possible(self) -> Classes:
        return (*self.classes, *self.written)


def misfit(use: Injection) -> Misfit | None:
    """Whether what a dependency gives is certainly none of what its parameter is annotated with."""
    parameter, targets = use.filled, use.targets
    annotation = None if parameter is None else parameter.annotation
    if parameter is None or annotation is None or use.argument is None or len(targets) != 1:
        return None
    wanted = classes_of(annotation)
    if wanted is None or wanted == (NONE,) or not use.is_whole:
        return None
    project = use.call.project
    found = _given(targets[0], project, NONE in wanted)
    if found is None or any(_may_pass_for(one, other, project) for one in found.possible for other in wanted):
        return None
    if use.is_discarded or _is_replaced(targets[0], project):
        return None
    return Misfit(parameter, wanted, found.classes, found.source)


def classes_of(annotation: Expression, depth: int = 0) -> Classes | None:
    """All classes that an annotation allows, `None` among them; None where one of them is not known."""
    node = annotation.node
    if depth > DEEPEST:
        return None
    match node:
        case syntax.Constant(value=None):
            return (NONE,)
        case syntax.Constant():
            inner = annotation.project.inference.annotations.unquoted(annotation)
            return None if inner is None else classes_of(inner, depth + 1)
        case syntax.Operation(operator="|"):
            return _all(annotation, node.operands, depth)
        case syntax.Subscript():
            return _subscripted(annotation, node, depth)
        case syntax.Ref() | syntax.Attribute():
            return _named(annotation.value(), depth)
        case _:
            return None


def _all(annotation: Expression, nodes: tuple[syntax.Expr, ...], depth: int) -> Classes | None:
    found = [classes_of(annotation.at(each), depth + 1) for each in nodes]
    return None if None in found else tuple(cls for classes in found for cls in classes or ())


def _subscripted(annotation: Expression, node: syntax.Subscript, depth: int) -> Classes | None:
    base = annotation.at(node.value)
    items = node.index.items if isinstance(node.index, syntax.Collection) else (node.index,)
    name = base.external()
    if name in ANNOTATED:
        return classes_of(annotation.at(items[0]), depth + 1)
    if name in UNIONS:
        found = _all(annotation, items, depth)
        return (*found, NONE) if found is not None and name != "typing.Union" else found
    return _named(base.value(), depth)


def _named(value: Value | None, depth: int) -> Classes | None:
    match value:
        case ClassValue():
            return (value,)
        case External():
            name = GENERIC_ALIASES.get(value.name, value.name)
            return (External(name),) if name in PLAIN else None
        case TypeForm():
            return classes_of(value.expression, depth + 1)
        case _:
            return None


def _given(target: Value, project: Project, needs_some: bool) -> Given | None:
    """What FastAPI gets from a dependency; None where not all of it is known.

    `needs_some` says that it matters whether `None` may be among it.
    """
    match target:
        case FunctionValue():
            return _given_by(target, project, needs_some)
        case ClassValue():
            return Given((target,))
        case Instance():
            method = project.inference.classes.method(target, "__call__")
            if method is not None:
                return _given_by(method, project, needs_some)
            scheme = _of_scheme(target, project)
            return None if scheme is None or needs_some else Given((scheme,))
        case _:
            return None


def _of_scheme(scheme: Instance, project: Project) -> External | None:
    classes = project.inference.classes
    if not classes.descends(scheme.cls, SECURITY):
        return None
    return next(
        (External(name) for base, name in SCHEMES.items() if classes.descends(scheme.cls, base)), None
    )


def _given_by(function: FunctionValue, project: Project, needs_some: bool, depth: int = 0) -> Given | None:
    scope = function.scope
    if depth > DEEPEST or scope.parent is None or not is_plain(function, project) or _is_stub(function):
        return None
    written = _in_body(function, needs_some, depth)
    declared = None if scope.node.returns is None else Expression(scope.node.returns, scope.parent.frame)
    says = None if declared is None else _items(declared) if scope.node.is_generator else classes_of(declared)
    if declared is None or says is None:
        return None if written is None else Given(written, _first_result(function))
    return Given(says, declared.place, written or ())


def _items(declared: Expression) -> Classes | None:
    """What a generator with an annotation such as `Iterator[Session]` yields."""
    node = declared.node
    if isinstance(node, syntax.Constant):
        inner = declared.project.inference.annotations.unquoted(declared)
        return None if inner is None else _items(inner)
    if not isinstance(node, syntax.Subscript) or declared.at(node.value).external() not in GENERATORS:
        return None
    item = node.index.items[0] if isinstance(node.index, syntax.Collection) else node.index
    return classes_of(declared.at(item))


def _is_stub(function: FunctionValue) -> bool:
    """Whether it has no body yet: it is there to be overridden."""
    return all(isinstance(each, syntax.Raise) or _is_nothing(each) for each in function.scope.body)


def _is_nothing(statement: syntax.Statement) -> bool:
    return isinstance(statement, syntax.Evaluate) and isinstance(
        statement.value, (syntax.Constant, syntax.Opaque)
    )


def _results(function: FunctionValue) -> Iterator[syntax.Expr | None]:
    """What it returns, or yields, as it is written; None for nothing."""
    scope = function.scope
    if scope.node.is_generator:
        yield from (None if each.delegates else each.value for each in yielded(scope))
        return
    for statement in scope.statements():
        if isinstance(statement, syntax.Return):
            yield statement.value
    if not leaves(scope.body):
        yield None


def _first_result(function: FunctionValue) -> Place | None:
    first = next((each for each in _results(function) if each is not None), None)
    return None if first is None else Place(function.scope.module.path, first.span)


def _in_body(function: FunctionValue, needs_some: bool, depth: int) -> Classes | None:
    """The classes of what the body gives; None where one is not known."""
    scope = function.scope
    if _is_stub(function) or any(each.delegates for each in yielded(scope)):
        return None
    frame = scope.project.inference.calling.frame(function, None)
    found: list[Class] = []
    for node in _results(function):
        if node is None:
            found.append(NONE)
            continue
        value = Expression(node, frame)
        classes = _written(value, needs_some, depth)
        if classes is None:
            return None
        found.extend(classes)
    return tuple(dict.fromkeys(found)) or None


def _written(value: Expression, needs_some: bool, depth: int) -> Classes | None:
    """The classes of an expression: of literals, of calls of classes, and of what functions say they give."""
    node = value.node
    if isinstance(node, syntax.Operation) and node.operator == "if":
        found = [_written(value.at(each), needs_some, depth + 1) for each in node.operands[1:]]
        return None if None in found else tuple(cls for classes in found for cls in classes or ())
    called = value.at(node.value) if isinstance(node, syntax.Await) else value
    if isinstance(called.node, syntax.Call):
        callees = called.func.values()
        if len(callees) == 1 and isinstance(callees[0], FunctionValue) and called.func.is_whole:
            is_coroutine = callees[0].scope.node.is_async
            if callees[0].scope.node.is_generator or is_coroutine != (called is not value):
                return None
            inner = _given_by(callees[0], value.project, needs_some, depth + 1)
            return None if inner is None else inner.possible
    if isinstance(node, syntax.Await) or not value.is_whole:
        return None
    found_values = value.values()
    if needs_some and may_be_none(value) and not value.is_none:
        return None
    classes = [_class_of(each) for each in found_values]
    return None if None in classes else tuple(each for each in classes if each is not None)


def _class_of(value: Value) -> Class | None:
    match value:
        case Literal():
            return _class_of_literal(value.expression)
        case Instance(cls=ClassValue()) if value.site is not None:
            return value.cls
        case Instance(cls=External()) if value.external in PLAIN:
            return value.cls
        case _:
            return None


def _class_of_literal(literal: Expression) -> External | None:
    match literal.node:
        case syntax.Constant(value=None):
            return NONE
        case syntax.Constant(value=value):
            return External(f"builtins.{type(value).__name__}")
        case syntax.Template():
            return External("builtins.str")
        case syntax.Mapping():
            return External("builtins.dict")
        case syntax.Collection(kind=kind):
            return External(f"builtins.{kind}")
        case _:
            return None


def _may_pass_for(given: Class, wanted: Class, project: Project) -> bool:
    """Whether an object of one class may be one of the other, as far as that can be told."""
    if given == NONE or wanted == NONE:
        return given == wanted or not (_is_certain(given, project) and _is_certain(wanted, project))
    ones, others = _passes_for(given, project), _passes_for(wanted, project)
    if ones is None or others is None or wanted in ones or given in others:
        return True
    if isinstance(given, External) and isinstance(wanted, External):
        return False
    if isinstance(given, ClassValue) and isinstance(wanted, ClassValue):
        return _have_a_child(given, wanted, project)
    own = given if isinstance(given, ClassValue) else wanted
    return not _is_closed(own, project)


def _is_certain(cls: Class, project: Project) -> bool:
    return isinstance(cls, External) or _passes_for(cls, project) is not None


def _passes_for(cls: Class, project: Project) -> frozenset[Class] | None:
    """All that an object of a class is one of; None where it may be one of anything."""
    inference = project.inference
    found: set[Class] = set()
    for each in inference.classes.mro(cls):
        found.add(each)
        if isinstance(each, External):
            found.update(map(External, KINDRED.get(each.name, ())))
            continue
        node, bases = each.scope.node, inference.classes.bases(each)
        if _is_protocol(each):
            return None
        if "__new__" in each.scope.bindings or "__class__" in each.scope.bindings:
            return None
        if any(keyword.name in (None, "metaclass") for keyword in node.keywords):
            return None
        if len(bases) < len([base for base in node.bases if not _is_declarative(base, each)]):
            return None
    return frozenset(found)


def _is_declarative(base: syntax.Expr, cls: ClassValue) -> bool:
    """Whether it is what `declarative_base()` gave, which no table calls a class."""
    outer = cls.scope.parent
    values = () if outer is None else Expression(base, outer.frame).values()
    return bool(values) and all(
        isinstance(each, Instance) and each.external.endswith(".declarative_base()") for each in values
    )


def _is_closed(cls: Class, project: Project) -> bool:
    """Whether all bases of a class are known for what they are."""
    return all(
        not isinstance(each, External) or each.name in BASES for each in project.inference.classes.mro(cls)
    )


def _have_a_child(one: ClassValue, other: ClassValue, project: Project) -> bool:
    """Whether some class of the project derives from both."""
    return not {*project.subclasses(one.scope)}.isdisjoint(project.subclasses(other.scope))


def _is_replaced(target: Value, project: Project) -> bool:
    """Whether the service itself puts another dependency in its place."""
    scope = target.scope if isinstance(target, (FunctionValue, ClassValue)) else None
    return any(
        isinstance(key, (FunctionValue, ClassValue)) and key.scope is scope
        for each in project.dependencies.overrides
        if not is_test(each.place.path)
        for key in each.key.values()
    )


def _may_have(cls: Class, attribute: str, project: Project) -> bool:
    """Whether objects of a class may have an attribute; what its bases elsewhere have is not known."""
    if isinstance(cls, External):
        module, _, name = cls.name.rpartition(".")
        kind = type(None) if cls == NONE else getattr(builtins, name, None) if module == "builtins" else None
        return kind is None or hasattr(kind, attribute)
    own = ("builtins.object", "abc.ABC", "typing.Generic")
    return any(
        each.name not in own
        if isinstance(each, External)
        else attribute in each.scope.bindings or attribute in each.scope.attributes
        for each in project.inference.classes.mro(cls)
    ) or hasattr(object, attribute)


def _labels(classes: Classes, others: Classes) -> str:
    """What classes are called, with their modules where others are called the same."""
    taken = {_label(each) for each in others}
    names = [_full_label(each) if _label(each) in taken else _label(each) for each in classes]
    return " | ".join(dict.fromkeys(names))


def _label(cls: Class) -> str:
    return cls.scope.name if isinstance(cls, ClassValue) else cls.name.rpartition(".")[2]


def _full_label(cls: Class) -> str:
    if isinstance(cls, External):
        return cls.name.removeprefix("builtins.")
    module = cls.scope.module.path.removesuffix(".py").removesuffix("/__init__")
    return f"{module.rpartition('/')[2]}.{cls.scope.name}"


def is_annotated_as_item(function: FunctionScope) -> bool:
    """Whether a generator is certainly annotated as what it yields, and as no kind of iterator."""
    if not function.node.is_generator or function.node.returns is None or function.parent is None:
        return False
    declared = Expression(function.node.returns, function.parent.frame)
    classes = classes_of(declared)
    if classes is not None:
        return all(isinstance(each, External) or not _is_protocol(each) for each in classes)
    cls, given = declared.value(), [each.value for each in yielded(function) if each.value is not None]
    return (
        isinstance(cls, External)
        and bool(given)
        and all(
            isinstance(value := Expression(each, function.frame).value(), Instance) and value.cls == cls
            for each in given
        )
    )


def _is_protocol(cls: ClassValue) -> bool:
    bases = cls.scope.project.inference.classes.bases(cls)
    return any(isinstance(each, External) and each.name in PROTOCOLS for each in bases)
