"""What a setting is where nobody has set it: defaults of settings, and of the environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.changes import added
from fastlint.model.expression import Expression
from fastlint.model.markers import metadata
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import ClassValue, Instance
from fastlint.model.written import written

VALIDATORS = tuple(
    f"pydantic.{name}" for name in ("field_validator", "model_validator", "validator", "root_validator")
)
ENVIRONMENT = ("os.getenv", "os.environ.get", "os.environ.setdefault")
KEPT = tuple(f"builtins.str.{name}" for name in ("strip", "lstrip", "rstrip", "lower"))
SPLIT = "builtins.str.split"
CONFIG = "starlette.config.Config"
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and where it is written."""

    text: str
    at: Expression


def text(expression: Expression, depth: int = 0) -> Text | None:
    """The text that an expression stands for, or falls back to when the environment says nothing."""
    found = written(expression)
    if found is None:
        return None
    expression = found
    literal = expression.literal(syntax.Constant)
    whole = expression.string()
    if whole is not None:
        return Text(whole, literal or expression)
    call = _call(expression)
    if call is None or depth > DEEPEST:
        return None
    name = call.func.external()
    inner: Expression | None = None
    if name in ENVIRONMENT:
        inner = call.argument("default", 1)
    elif call.func.instances(CONFIG):
        inner = call.argument("default", 2)
    elif name in KEPT:
        inner = call.func.owner
    return None if inner is None else text(inner, depth + 1)


def texts(expression: Expression, depth: int = 0) -> Iterator[Text]:
    """The texts that are in a list for certain, written out or split from a default, maybe not all."""
    found = written(expression)
    if depth > DEEPEST or found is None:
        return
    for call in added(expression):
        yield from (
            texts(call.args[-1], depth + 1)
            if last_name(call.func.node) == "extend"
            else _member(call.args[-1], depth)
        )
    expression = found
    node = expression.node
    if isinstance(node, syntax.Starred):
        yield from texts(expression.at(node.value), depth + 1)
        return
    joined = expression.literal(syntax.Operation)
    listed = expression.literal(syntax.Collection)
    if listed is not None and isinstance(listed.node, syntax.Collection):
        for item in listed.node.items:
            yield from _member(listed.at(item), depth)
    elif joined is not None and isinstance(joined.node, syntax.Operation) and joined.node.operator == "+":
        for operand in joined.node.operands:
            yield from texts(joined.at(operand), depth + 1)
    else:
        yield from _split(expression, depth)


def _member(item: Expression, depth: int) -> Iterator[Text]:
    if isinstance(item.node, syntax.Starred):
        yield from texts(item, depth + 1)
    elif (found := text(item)) is not None:
        yield found


def _split(expression: Expression, depth: int) -> Iterator[Text]:
    call = _call(expression)
    if call is None or call.func.external() != SPLIT:
        return
    receiver = call.func.owner
    whole = None if receiver is None else text(receiver, depth + 1)
    by = call.argument("sep", 0)
    separator = None if by is None else by.string()
    if whole is not None and separator != "":
        yield from (Text(part, whole.at) for part in whole.text.split(separator))


def _call(expression: Expression) -> Expression | None:
    """The call that makes what an expression stands for."""
    value = expression.value()
    site = value.site if isinstance(value, Instance) else None
    if site is None and isinstance(expression.node, syntax.Call):
        return expression
    return site if site is not None and isinstance(site.node, syntax.Call) else None


def constant(expression: Expression) -> str | int | float | bool | None:
    """The constant that is written for an expression; None where it is another thing, or changed."""
    found = written(expression)
    return None if found is None else found.constant()


def is_validated(expression: Expression) -> bool:
    """Whether it is a field of a schema, of which a validator may make something else than its default."""
    owner = expression.owner
    if owner is None:
        return _is_bound_to_validated(expression)
    name = last_name(expression.node)
    return any(
        _has_validator(value.cls, name)
        for value in owner.values()
        if isinstance(value, Instance) and isinstance(value.cls, ClassValue)
    )


def _is_bound_to_validated(expression: Expression) -> bool:
    node = expression.node
    bindings = expression.scope.bindings.get(node.path, []) if isinstance(node, syntax.Ref) else []
    values = [each.value for each in bindings if each.value is not None and each.value is not node]
    return any(
        isinstance(each, (syntax.Ref, syntax.Attribute)) and is_validated(expression.at(each))
        for each in values
    )


def _has_validator(cls: ClassValue, name: str) -> bool:
    schema = cls.scope.project.schemas.schema(cls)
    field = None if schema is None else schema.fields.get(name)
    if schema is None or field is None:
        return False
    if any(
        isinstance(each.node, syntax.Call) and each.func.external().endswith("Validator")
        for each in metadata(field.shape.expression)
    ):
        return True
    return any(_validates(function.scope, name) for function in schema.methods(*VALIDATORS))


def _validates(validator: FunctionScope, name: str) -> bool:
    """Whether a validator names a field, or is for all of them."""
    return any(
        (isinstance(node, syntax.Constant) and node.value in (name, "*"))
        or (isinstance(node, syntax.Ref) and node.path.rpartition(".")[2] == name)
        for statement in (validator.node, *validator.statements())
        for node in (*syntax.evaluated(statement), *_targets(statement))
    )


def _targets(statement: syntax.Statement) -> tuple[syntax.Expr, ...]:
    return statement.targets if isinstance(statement, syntax.Assign) else ()
