"""Types as classes: which ones an annotation allows, and whether an object of one may pass for another's.

Where one class may descend from the other, where a type is no plain class, and where not all is known of
either, it may.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.callables import DATA, HANDLES
from fastlint.model.expression import Expression
from fastlint.model.judging import PROTOCOLS
from fastlint.model.markers import ANNOTATED, UNIONS
from fastlint.model.typing import GENERIC_ALIASES
from fastlint.model.values import ClassValue, External, Instance, TypeForm, Value

if TYPE_CHECKING:
    from fastlint.model.project import Project

Class = ClassValue | External
Classes = tuple[Class, ...]

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

MODEL = "pydantic.BaseModel"
OF_MODELS = frozenset(
    (
        *("construct", "copy", "dict", "fields", "from_orm", "json", "parse_file", "parse_obj", "parse_raw"),
        *("schema", "schema_json", "update_forward_refs", "validate"),
    )
)
"""What models have beside names with `model_` (https://docs.pydantic.dev/latest/api/base_model/)."""
OPENING = frozenset(("Config", "model_config", "__getattr__", "__getattribute__"))

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


def may_pass_for(given: Class, wanted: Class, project: Project) -> bool:
    """Whether an object of one class may be one of the other, as far as that can be told."""
    if given == NONE or wanted == NONE:
        return given == wanted or not (_is_certain(given, project) and _is_certain(wanted, project))
    ones, others = _passes_for(given, project), _passes_for(wanted, project)
    if ones is None or others is None or wanted in ones or given in others:
        return True
    if isinstance(given, External) and isinstance(wanted, External):
        return False
    if isinstance(wanted, ClassValue) and _takes_others(wanted, project):
        return True
    if isinstance(given, ClassValue) and isinstance(wanted, ClassValue):
        return _have_a_child(given, wanted, project)
    own = given if isinstance(given, ClassValue) else wanted
    return not _is_closed(own, project)


def _takes_others(cls: ClassValue, project: Project) -> bool:
    """Whether other classes are registered with an abstract one: `Store.register(MemoryStore)`."""
    if not project.inference.classes.descends(cls, "abc.ABC"):
        return False
    own = cls.scope.name
    return any(
        isinstance(node, syntax.Ref) and f".{node.path}".endswith(f".{own}.register")
        for module in project.mentioning(own, "register")
        for scope in module.within()
        for statement in scope.statements()
        for outer in (*syntax.expressions(statement), *getattr(statement, "decorators", ()))
        for node in syntax.walk(outer)
    )


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
        if is_protocol(each):
            return None
        if "__new__" in each.scope.bindings or "__class__" in each.scope.bindings:
            return None
        if any(keyword.name in (None, "metaclass") for keyword in node.keywords):
            return None
        if len(bases) < len([base for base in node.bases if not _is_declarative(base, each)]):
            return None
    return frozenset(found)


def is_protocol(cls: ClassValue) -> bool:
    """Whether any object that has what a class asks for is one of it."""
    bases = cls.scope.project.inference.classes.bases(cls)
    return any(isinstance(each, External) and each.name in PROTOCOLS for each in bases)


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


def may_have(cls: Class, attribute: str, project: Project) -> bool:
    """Whether objects of a class may have an attribute; what its bases elsewhere have is not known."""
    if isinstance(cls, External):
        module, _, name = cls.name.rpartition(".")
        kind = type(None) if cls == NONE else getattr(builtins, name, None) if module == "builtins" else None
        return kind is None or hasattr(kind, attribute)
    bases = tuple(project.inference.classes.mro(cls))
    own = ["builtins.object", "abc.ABC", "typing.Generic"]
    if not _is_of_models(attribute) and not any(map(_is_open, bases)):
        own.append(MODEL)
    return any(
        each.name not in own
        if isinstance(each, External)
        else attribute in each.scope.bindings or attribute in each.scope.attributes
        for each in bases
    ) or hasattr(object, attribute)


def _is_of_models(attribute: str) -> bool:
    """Whether models of Pydantic have it themselves."""
    return attribute.startswith(("model_", "_")) or attribute in OF_MODELS


def _is_open(cls: Value) -> bool:
    """Whether a model may have what it does not declare: `extra="allow"`, `__getattr__`."""
    return isinstance(cls, ClassValue) and (
        bool(cls.scope.node.keywords) or not OPENING.isdisjoint(cls.scope.bindings)
    )


def labels(classes: Classes, others: Classes) -> str:
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
