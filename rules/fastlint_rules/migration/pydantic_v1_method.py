"""A model is asked by a method of Pydantic 1, which warns, or no longer takes these arguments.

Pydantic 2 has given the methods of models names of their own, `model_dump` and so on. The old ones are still
there and call the new ones, with a warning each time. Pydantic 3 will not have them.

## Why

Every request logs a `PydanticDeprecatedSince20`, and where warnings are errors, as in many test suites, it
fails. What was passed on to `json.dumps` is a `TypeError` already: `order.json(indent=2)`. And a field called
`json` or `copy` shadows the old method, but not the new one.

## Bad

```python
from fastapi import FastAPI
from pydantic import BaseModel


class Order(BaseModel):
    number: int
    note: str | None = None


app = FastAPI()
orders: list[Order] = []


@app.post("/orders")
def create_order(order: Order) -> dict[str, object]:
    orders.append(order.copy(update={"number": len(orders)}))
    return order.dict(exclude_none=True)
```

## Good

```python
from fastapi import FastAPI
from pydantic import BaseModel


class Order(BaseModel):
    number: int
    note: str | None = None


app = FastAPI()
orders: list[Order] = []


@app.post("/orders")
def create_order(order: Order) -> dict[str, object]:
    orders.append(order.model_copy(update={"number": len(orders)}))
    return order.model_dump(exclude_none=True)
```

## When it is fine

A method of that name that the project itself defines, and models of `pydantic.v1`. Code that must run on both
versions and asks first which one there is. Where it is not certain that the object is a model, nothing is
said.

The fix is safe: the old method calls the new one. It is unsafe where a class defines the new method itself,
for that is given other arguments then; where all that is known is that it is some model; for `parse_raw`,
whose errors read differently; and for copies that are deep or keep more than their fields.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Edit, FixRequest, Project, Rule, Safety, Severity, V1Call, cst
from fastlint_rules.migration._arguments import is_constant, keyword, with_only

rule = Rule(
    __name__,
    code="FL905",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://docs.pydantic.dev/latest/migration/#changes-to-pydanticbasemodel",
    requires="pydantic>=2",
)

RENAMED = {
    "dict": "model_dump",
    "json": "model_dump_json",
    "copy": "model_copy",
    "construct": "model_construct",
    "parse_obj": "model_validate",
    "from_orm": "model_validate",
    "validate": "model_validate",
    "parse_raw": "model_validate_json",
    "schema": "model_json_schema",
    "update_forward_refs": "model_rebuild",
    "__fields__": "model_fields",
    "__fields_set__": "model_fields_set",
}
ADAPTED = {"parse_obj_as": "validate_python", "schema_of": "json_schema"}
WRITING = ("include", "exclude", "by_alias", "exclude_unset", "exclude_defaults", "exclude_none")
TAKES: dict[str, tuple[str, ...]] = {
    "dict": WRITING,
    "json": (*WRITING, "indent"),
    "copy": ("update", "deep"),
    "schema": ("by_alias", "ref_template"),
}
"""The arguments that a new method takes as the old one did."""
GONE = {"dict": ("skip_defaults",), "json": None, "update_forward_refs": None}
"""The arguments that the old method refuses: all but those it takes, or these."""
TAKES_ONE = ("parse_obj", "from_orm", "validate", "parse_raw")
FORMATTING = ("ensure_ascii", "indent")
ELSEWHERE = {
    "parse_file": "read the file and give its text to `model_validate_json`",
    "schema_json": "give `model_json_schema()` to `json.dumps`",
    "schema_json_of": "give `TypeAdapter(...).json_schema()` to `json.dumps`",
}


@rule.on(V1Call)
def check(call: V1Call, project: Project) -> Iterator[Diagnostic]:
    refused = _refused(call)
    says = (
        f"raises `TypeError`: Pydantic 2 has no `{refused}` for it"
        if refused
        else "warns: it is deprecated since Pydantic 2, and Pydantic 3 will not have it"
    )
    yield rule.report(
        call,
        f"`{call.written if call.model is not None else call.name}` {says}",
        help=_help(call, refused),
        severity=Severity.ERROR if refused else None,
        fix=_fix(call, project),
    )


@rule.fix("Call the method of Pydantic 2", Safety.SAFE, needs="pydantic>=2")
def call_new_method(call: cst.Call, edit: Edit) -> cst.Call:
    assert isinstance(call.func, cst.Attribute)
    name = call.func.attr.value
    if any(not keyword(each) and not each.star for each in call.args[1:]):
        raise edit.refuse("the new method takes its other arguments by keyword only")
    renamed = call.func.with_changes(attr=call.func.attr.with_changes(value=RENAMED[name]))
    kept = [each for each in call.args if not _is_standard(each)]
    return (call if len(kept) == len(call.args) else with_only(call, kept)).with_changes(func=renamed)


@rule.fix("Name the method of Pydantic 2", Safety.SAFE, needs="pydantic>=2")
def name_new_method(named: cst.Attribute, edit: Edit) -> cst.Attribute:
    name, inner = edit.params["name"], named
    while inner.attr.value != name:
        if not isinstance(inner.value, cst.Attribute):
            raise edit.refuse("the method is not named there")
        inner = inner.value
    owner = inner.value
    if edit.params["of"] == "object":
        owner = cst.Call(edit.name("builtins.type"), [cst.Arg(owner)])
    new = inner.with_changes(value=owner, attr=inner.attr.with_changes(value=RENAMED[name]))
    return new if inner is named else cst.ensure_type(named.deep_replace(inner, new), cst.Attribute)


@rule.fix("Use a `TypeAdapter`", Safety.SAFE, needs="pydantic>=2")
def use_type_adapter(call: cst.Call, edit: Edit) -> cst.Call:
    name = edit.params["name"]
    wanted = ("type_", "obj") if name == "parse_obj_as" else ("type_",)
    given = {
        keyword(each) or wanted[at]: each for at, each in enumerate(call.args[: len(wanted)]) if not each.star
    }
    if len(call.args) != len(wanted) or set(given) != set(wanted):
        raise edit.refuse(f"`{name}` has other arguments")
    for module in ("pydantic", "pydantic.tools"):
        edit.drop_import_if_unused(f"{module}.{name}")
    adapter = cst.Call(edit.name("pydantic.TypeAdapter"), [cst.Arg(given["type_"].value)])
    arguments = [cst.Arg(given["obj"].value)] if "obj" in wanted else []
    return cst.Call(cst.Attribute(adapter, cst.Name(ADAPTED[name])), arguments)


def _is_standard(argument: cst.Arg) -> bool:
    """Whether an argument asks for what `model_dump_json` does anyway: it writes all letters as they are."""
    return keyword(argument) == "ensure_ascii" and is_constant(argument, "False")


def _refused(call: V1Call) -> str:
    """The first argument that Pydantic 2 does not take there."""
    if not call.is_call or call.name not in GONE:
        return ""
    gone, taken = GONE[call.name], TAKES.get(call.name, ())
    for name in call.site.keywords:
        if name in gone if gone is not None else name not in taken or name in FORMATTING:
            return name
    return ""


def _help(call: V1Call, refused: str) -> str:
    if call.name in ELSEWHERE:
        return ELSEWHERE[call.name]
    if call.name in ADAPTED:
        return f"`TypeAdapter(...).{ADAPTED[call.name]}`"
    if call.name == "update_forward_refs" and refused:
        return "`model_rebuild()` looks names up where the class is defined"
    if call.name == "copy" and call.is_call and {"include", "exclude"} & call.site.keywords.keys():
        return "`model_copy` copies all fields: leave some out in `model_dump`, and `model_validate` the rest"
    if refused and refused not in FORMATTING:
        return f"`{RENAMED[call.name]}`, without `{refused}`"
    return f"`{RENAMED[call.name]}`"


def _fix(call: V1Call, project: Project) -> FixRequest | None:
    if call.name in ADAPTED:
        return use_type_adapter.at(call, name=call.name) if call.is_call else None
    if call.name in ELSEWHERE or (call.is_call and not _carries_over(call)):
        return None
    why = _why_unsafe(call, project)
    safety = Safety.UNSAFE if why else None
    if call.is_call and call.name != "__fields__":
        return call_new_method.at(call, safety=safety, reason=why)
    of = "object" if call.is_object and call.name == "__fields__" else ""
    return name_new_method.at(call, safety=safety, reason=why, name=call.name, of=of)


def _carries_over(call: V1Call) -> bool:
    """Whether the new method takes the arguments, and means the same by them."""
    site = call.site
    if call.name in TAKES_ONE:
        return len(site.args) == 1 and not site.keywords and not site.opaque_keywords
    if call.name == "update_forward_refs":
        return not site.has_arguments
    if call.name in ("json", "copy") and site.opaque_keywords:
        return False
    given = dict(site.keywords)
    escapes = given.pop("ensure_ascii", None) if call.name == "json" else None
    if escapes is not None and escapes.constant() is not False:
        return False
    return call.name == "construct" or given.keys() <= {*TAKES.get(call.name, ())}


def _why_unsafe(call: V1Call, project: Project) -> str:
    new = RENAMED[call.name]
    if call.may_be_any:
        return f"a class that derives from it may have a `{call.name}` or `{new}` of its own"
    if call.has_own(new):
        return f"a class has a `{new}` of its own, which the old method gives other arguments"
    if call.is_replaced:
        return f"code puts something else in the place of a `{call.name}`, which the new method would not be"
    if call.name == "parse_raw":
        return "the errors for what is no JSON read differently"
    if call.name == "copy" and call.is_call:
        if {"update", "deep"} <= call.site.keywords.keys():
            return "what is given as `update` is no longer copied"
        if call.allows_extra() or call.is_sql:
            return "what the object holds beside its fields is copied differently"
    if call.name in ("dict", "json") and project.mentioned("serialize_by_alias"):
        return "`serialize_by_alias` counts for the new method only"
    return ""
