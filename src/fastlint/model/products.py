"""What a class or factory makes that is given to `Depends` as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.callables import SECURITY, results
from fastlint.model.calls import last_name
from fastlint.model.values import ClassValue, External, FunctionValue, Instance, Partial, Value, Values

if TYPE_CHECKING:
    from fastlint.model.project import Project

SECURITY_ARGUMENTS = {
    "fastapi.security.APIKeyCookie": "name",
    "fastapi.security.APIKeyHeader": "name",
    "fastapi.security.APIKeyQuery": "name",
    "fastapi.security.HTTPBase": "scheme",
    "fastapi.security.OAuth2AuthorizationCodeBearer": "authorizationUrl",
    "fastapi.security.OAuth2PasswordBearer": "tokenUrl",
    "fastapi.security.OpenIdConnect": "openIdConnectUrl",
}
"""What the constructors of security schemes cannot do without."""

OF_BASES = ("super", "__init__")


def product_of(target: Value, project: Project, *, is_listed: bool = False) -> Value | None:
    """The dependency that calling a target makes: a security scheme, a checking object or function.

    None for a target that does its work itself, and for one of which it is not certain what it makes. In a
    list of dependencies nobody gets the product, so that there it need not be for FastAPI alone to call.
    """
    handlers = project.dependencies.handlers_of(target)
    if any(each.is_for_fastapi for handler in handlers for each in handler.parameters):
        return None
    found = _products(target)
    is_idle = is_listed and isinstance(target, ClassValue) and not _acts(target, project)
    is_certain = all(
        _is_made_to_be_injected(value, project) or (is_idle and _is_callable(value, project))
        for value in found
    )
    return found[0] if found and is_certain else None


def required(target: Value, project: Project) -> tuple[str, ...]:
    """What calling a target needs, by name."""
    if isinstance(target, External):
        name = SECURITY_ARGUMENTS.get(target.name)
        return (name,) if name else ()
    return tuple(
        each.name
        for handler in project.dependencies.handlers_of(target)
        for each in handler.parameters
        if each.default is None and not each.is_collector
    )


def is_security(value: External | Instance, project: Project) -> bool:
    """Whether it is a security scheme, or the class of one."""
    cls = value if isinstance(value, External) else value.cls
    return project.inference.classes.descends(cls, SECURITY)


def _products(target: Value) -> Values:
    match target:
        case ClassValue():
            return (Instance(target),)
        case External():
            return (Instance(target),) if target.name.rpartition(".")[2][:1].isupper() else ()
        case FunctionValue() if not target.scope.node.is_generator:
            found = results(target, None)
            is_whole = all(each.is_whole for each in found)
            return tuple(value for each in found for value in each.values()) if is_whole else ()
        case _:
            return ()


def _is_made_to_be_injected(value: Value, project: Project) -> bool:
    """Whether only FastAPI can call it as it is meant: it takes a `Request`, a `Depends`, or nothing."""
    if isinstance(value, Instance) and is_security(value, project):
        return True
    if not isinstance(value, (FunctionValue, Instance, Partial)):
        return False
    handlers = tuple(project.dependencies.handlers_of(value))
    return bool(handlers) and all(
        not handler.parameters or any(each.is_for_fastapi for each in handler.parameters)
        for handler in handlers
    )


def _is_callable(value: Value, project: Project) -> bool:
    return isinstance(value, Instance) and any(True for _ in project.dependencies.handlers_of(value))


def _acts(cls: ClassValue, project: Project) -> bool:
    """Whether the constructor of a class may do more than to keep what it is given."""
    method = project.inference.classes.method(Instance(cls), "__init__")
    return method is not None and (
        any(isinstance(statement, syntax.Raise) for statement in method.scope.statements())
        or any(
            last_name(call.node.func) not in OF_BASES
            for call in method.scope.calls
            if isinstance(call.node, syntax.Call)
        )
    )
