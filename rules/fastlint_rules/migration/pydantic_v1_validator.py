"""A validator is written for Pydantic 1: it warns, and a bare `@root_validator` raises.

Pydantic 2 has `@field_validator` and `@model_validator`. It runs the old ones through an adapter, and refuses
those that it has none for.

## Why

`@root_validator` alone, a `field` or `config` parameter, and a first parameter that is not called `cls` raise
`PydanticUserError` when the module is imported. All others warn, will be gone in Pydantic 3, and run in an
order of their own beside new ones.

## Bad

```python
from fastapi import FastAPI
from pydantic import BaseModel, root_validator, validator


class Booking(BaseModel):
    first: int
    last: int
    name: str

    @validator("last")
    def check_last(cls, value, values):
        if "first" in values and value < values["first"]:
            raise ValueError("ends before it begins")
        return value

    @validator("name", pre=True)
    def strip_name(cls, value):
        return value.strip() if isinstance(value, str) else value

    @root_validator(pre=True)
    def read_range(cls, data):
        return {"first": data, "last": data, "name": "-"} if isinstance(data, int) else data


app = FastAPI()


@app.post("/bookings")
def book(booking: Booking) -> Booking:
    return booking
```

## Good

```python
from fastapi import FastAPI
from pydantic import BaseModel, ValidationInfo, field_validator, model_validator


class Booking(BaseModel):
    first: int
    last: int
    name: str

    @field_validator("last")
    @classmethod
    def check_last(cls, value, info: ValidationInfo):
        if "first" in info.data and value < info.data["first"]:
            raise ValueError("ends before it begins")
        return value

    @field_validator("name", mode="before")
    @classmethod
    def strip_name(cls, value):
        return value.strip() if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def read_range(cls, data):
        return {"first": data, "last": data, "name": "-"} if isinstance(data, int) else data


app = FastAPI()


@app.post("/bookings")
def book(booking: Booking) -> Booking:
    return booking
```

## When it is fine

In models of `pydantic.v1`.

The fix of `@validator` and of `@root_validator(pre=True)` is safe: what they get, when they run and how their
errors read stays as it is. It is unsafe beside validators of the same field that stay what they are, since
the order may change. `@root_validator(skip_on_failure=True)` becomes `@model_validator(mode="after")`, where
it only reads fields: that is unsafe, for the new one also runs when an object made before is passed on.
With `each_item=True` it is the type of the items that needs the validator.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import (
    Diagnostic,
    Edit,
    FixRequest,
    FunctionScope,
    Place,
    Project,
    Rule,
    Safety,
    Severity,
    V1Validator,
    cst,
)
from fastlint_rules.migration._arguments import keyword, with_only
from fastlint_rules.migration._rewriting import reads, rewritten, text

rule = Rule(
    __name__,
    code="FL906",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://docs.pydantic.dev/latest/migration/#changes-to-validators",
    requires="pydantic>=2",
)

DROPPED = ("pre", "always", "allow_reuse", "each_item", "skip_on_failure")
GONE = ("field", "config")
LOOKING = ("locals", "vars", "eval", "exec")
INFO = ("info", "validation")


@rule.on(V1Validator)
def check(validator: V1Validator, project: Project) -> Iterator[Diagnostic]:
    name = "root_validator" if validator.is_root else "validator"
    gone = _gone(validator)
    obstacle = _obstacle(validator)
    new = "model_validator" if validator.is_root else "field_validator"
    yield rule.report(
        validator,
        f"`@{name}` {gone or 'warns: it is deprecated since Pydantic 2, and Pydantic 3 will not have it'}",
        help=f"`@{new}`{f': {obstacle}' if obstacle else ''}",
        severity=Severity.ERROR if gone else None,
        fix=None if obstacle else _fix(validator),
    )


@rule.fix("Make it a `field_validator`", Safety.SAFE, needs="pydantic>=2")
def use_field_validator(name: cst.Name, edit: Edit) -> cst.Name:
    function = _function(name, edit)
    edit.drop_import_if_unused("pydantic.validator")
    function = _under(function, "field_validator", edit)
    if len(function.params.params) + len(function.params.kwonly_params) > 2 or function.params.star_kwarg:
        function = _with_info(function, edit)
    for field in filter(None, edit.params["always"].split(",")):
        _validate_default(name, field, edit)
    edit.replace(_function(name, edit), function)
    return name


@rule.fix("Make it a `model_validator` that runs before", Safety.SAFE, needs="pydantic>=2")
def use_model_validator_before(name: cst.Name, edit: Edit) -> cst.Name:
    function = _function(name, edit)
    edit.drop_import_if_unused("pydantic.root_validator")
    edit.replace(function, _under(function, "model_validator", edit))
    return name


@rule.fix("Make it a `model_validator` that runs after", Safety.UNSAFE, needs="pydantic>=2")
def use_model_validator_after(name: cst.Name, edit: Edit) -> cst.Name:
    function = _function(name, edit)
    edit.drop_import_if_unused("pydantic.root_validator")
    new = _under(function, "model_validator", edit, is_method=True)
    _, values = function.params.params
    body = _of_self(function.body, values.name.value, edit)
    self = cst.Param(cst.Name("self"))
    returns = function.returns and function.returns.with_changes(annotation=edit.string(edit.params["model"]))
    parameters = function.params.with_changes(params=[self])
    new = new.with_changes(whitespace_before_params=cst.SimpleWhitespace(""))
    edit.replace(function, new.with_changes(params=parameters, body=body, returns=returns))
    return name


def _function(name: cst.Name, edit: Edit) -> cst.FunctionDef:
    return cst.ensure_type(next(edit.ancestors(name)), cst.FunctionDef)


def _under(function: cst.FunctionDef, new: str, edit: Edit, *, is_method: bool = False) -> cst.FunctionDef:
    """A function under the new decorator, and `classmethod` unless it is for an object."""
    at = int(edit.params["position"])
    decorators = [*function.decorators]
    decorators[at] = decorators[at].with_changes(decorator=_decorator(decorators[at].decorator, new, edit))
    others = decorators[at + 1 :]
    if is_method:
        others = []
    elif not others:
        others = [cst.Decorator(edit.name("builtins.classmethod"))]
    return function.with_changes(decorators=[*decorators[: at + 1], *others])


def _decorator(old: cst.BaseExpression, new: str, edit: Edit) -> cst.Call:
    name = edit.name(f"pydantic.{new}")
    call = old if isinstance(old, cst.Call) else cst.Call(name)
    kept = [each for each in call.args if keyword(each) not in DROPPED]
    call = (call if len(kept) == len(call.args) else with_only(call, kept)).with_changes(func=name)
    mode = edit.params["mode"]
    return edit.with_argument(call, "mode", edit.string(mode)) if mode else call


def _with_info(function: cst.FunctionDef, edit: Edit) -> cst.FunctionDef:
    """A function that gets what was validated before in `info.data`, not as `values`."""
    info = next((each for each in INFO if not reads(function, each)), None)
    if info is None:
        raise edit.refuse("`info` means something else there")
    parameters = function.params
    first = [*parameters.params[:2]]
    given = cst.Param(cst.Name(info), cst.Annotation(edit.name("pydantic.ValidationInfo")))
    data = cst.Attribute(cst.Name(info), cst.Name("data"))
    last = [*parameters.params, *parameters.kwonly_params, *filter(None, [parameters.star_kwarg])][-1]
    given = given.with_changes(comma=last.comma, whitespace_after_param=last.whitespace_after_param)
    between = first[0].comma if first[1] is last else first[1].comma
    before = first[1].with_changes(comma=between, whitespace_after_param=cst.SimpleWhitespace(""))
    parameters = cst.Parameters([first[0], before, given])

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        _require_no_names(node, "values", edit)
        return data if isinstance(node, cst.Name) and node.value == "values" else None

    return function.with_changes(params=parameters, body=rewritten(function.body, change))


def _require_no_names(node: cst.CSTNode, values: str, edit: Edit) -> None:
    """Refuse where code tells how a variable is called: `f"{values=}"`, `locals()`."""
    is_named = isinstance(node, cst.FormattedStringExpression) and node.equal is not None
    if is_named and reads(node, values):
        raise edit.refuse(f"a text says how `{values}` is called")
    if isinstance(node, cst.Name) and node.value in LOOKING:
        raise edit.refuse(f"`{node.value}` may look for `{values}`")


def _validate_default(name: cst.Name, field: str, edit: Edit) -> None:
    """Let a field of the class validate its default: what `always` did."""
    block = next(each for each in edit.ancestors(name) if isinstance(each, cst.ClassDef)).body
    for line in block.body:
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if not isinstance(statement, cst.AnnAssign) or not isinstance(statement.target, cst.Name):
                continue
            if statement.target.value == field and statement.value is not None:
                edit.replace(statement.value, _validated(statement.value, edit))


def _validated(default: cst.BaseExpression, edit: Edit) -> cst.BaseExpression:
    if isinstance(default, cst.Ellipsis):
        return default
    yes = cst.Name("True")
    made = edit.name("pydantic.Field")
    if isinstance(default, cst.Call) and default.func.deep_equals(made):
        if any(keyword(each) == "validate_default" for each in default.args):
            return default
        return edit.with_argument(default, "validate_default", yes)
    return edit.with_argument(edit.with_argument(cst.Call(made), "default", default), "validate_default", yes)


def _of_self(body: cst.BaseSuite, values: str, edit: Edit) -> cst.BaseSuite:
    """A body that reads the fields of the object, and returns it."""
    fields = edit.params["fields"].split(",")

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        _require_no_names(node, values, edit)
        key = _key(node, values)
        if key is not None:
            if key not in fields:
                raise edit.refuse(f"`{key}` is no field that is known")
            return cst.Attribute(cst.Name("self"), cst.Name(key))
        if isinstance(node, cst.Return):
            if not isinstance(node.value, cst.Name) or node.value.value != values:
                raise edit.refuse(f"it returns something else than `{values}`")
            return node.with_changes(value=cst.Name("self"))
        if isinstance(node, (cst.AssignTarget, cst.AugAssign, cst.Del)) and reads(node, values):
            raise edit.refuse(f"it changes `{values}`")
        if isinstance(node, cst.Name) and node.value in (values, "cls"):
            raise edit.refuse(f"it uses `{node.value}` for more than to read fields")
        return None

    return rewritten(body, change)


def _key(node: cst.CSTNode, values: str) -> str | None:
    """The field that `values["field"]` or `values.get("field")` reads."""
    match node:
        case cst.Subscript(
            value=cst.Name(value=name), slice=[cst.SubscriptElement(slice=cst.Index(value=key))]
        ):
            return text(key) if name == values else None
        case cst.Call(
            func=cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value="get")),
            args=[cst.Arg(value=key), *_],
        ):
            return text(key) if name == values else None
        case _:
            return None


def _gone(validator: V1Validator) -> str:
    """Why Pydantic 2 does not take it at all."""
    fails = "raises `PydanticUserError` when the class is made: Pydantic 2"
    names = [each.name for each in validator.function.node.parameters]
    if validator.is_root and not (validator.option("pre") or validator.option("skip_on_failure")):
        is_known = False in (validator.option("pre"), validator.option("skip_on_failure"))
        return f"{fails} asks for `skip_on_failure=True`" if is_known else ""
    for name in () if validator.is_root else GONE:
        if name in names[2:]:
            return f"{fails} has no `{name}` for it"
    return ""


def _obstacle(validator: V1Validator) -> str:
    """Why it is left to a person."""
    function = validator.function
    if validator.others not in ((), ("builtins.classmethod",)):
        return "its other decorators have to be looked at"
    options = {name: validator.option(name) for name in DROPPED}
    if None in options.values():
        return "its options are not written out"
    if options["each_item"]:
        return "what is for `each_item` belongs to their type: `list[Annotated[str, AfterValidator(...)]]`"
    parameters = function.node.parameters
    if len(parameters) < 2 or parameters[0].name != "cls":
        return "its first parameter has to be the class"
    if validator.is_root:
        is_plain = len(parameters) == 2 and parameters[1].name not in validator.binds_anew
        return "" if is_plain else "its parameters have to be looked at"
    return _obstacle_in_signature(validator) or _obstacle_in_defaults(validator)


def _obstacle_in_signature(validator: V1Validator) -> str:
    parameters = validator.function.node.parameters
    more = [each for each in parameters[2:] if each.kind != "kwargs"]
    rest = [each for each in parameters[2:] if each.kind == "kwargs"]
    if [each.name for each in more] not in ([], ["values"]):
        return "`info: ValidationInfo` has what `field` and `config` had"
    anew = validator.binds_anew
    if "values" in anew or any(validator.reads(each.name) for each in rest):
        return "`info.data` has what `values` had"
    if parameters[2:] and validator.is_called():
        return "`info.data` has what `values` had, but the method is called by itself too"
    return ""


def _obstacle_in_defaults(validator: V1Validator) -> str:
    if not validator.option("always"):
        return ""
    if all(map(validator.is_declared_plainly, validator.fields)):
        return ""
    return "instead of `always`, give the fields `Field(validate_default=True)`"


def _fix(validator: V1Validator) -> FixRequest:
    place = Place(validator.place.path, validator.function.node.span)
    position = str(validator.position)
    if validator.is_root and not validator.option("pre"):
        fields = ",".join(validator.schema.fields)
        is_new = not validator.option("skip_on_failure")
        return use_model_validator_after.at(
            place,
            safety=Safety.SAFE if is_new else None,
            reason="" if is_new else "the new one also runs when an object made before is passed on",
            position=position,
            mode="after",
            fields=fields,
            model=validator.schema.name,
        )
    mode = "before" if validator.option("pre") else ""
    mixed = _mixed(validator)
    codemod = use_model_validator_before if validator.is_root else use_field_validator
    always = ",".join(validator.fields) if validator.option("always") else ""
    return codemod.at(
        place,
        safety=Safety.UNSAFE if mixed else None,
        reason=mixed,
        position=position,
        mode=mode,
        always=always,
    )


def _mixed(validator: V1Validator) -> str:
    for other in validator.neighbours():
        if isinstance(other, V1Validator) and not _obstacle(other):
            continue
        function = other.function if isinstance(other, V1Validator) else other
        name = function.name if isinstance(function, FunctionScope) else function
        return f"the order in which it and `{name}` run may change"
    return ""
