"""A field is described in words of Pydantic 1, which warn, or fail when the module is imported.

`regex` is `pattern` in Pydantic 2, `min_items` is `min_length`, `allow_mutation=False` is `frozen=True`.

## Why

`Field(regex=...)`, `Field(const=...)`, `constr(regex=...)` and `conlist(..., min_items=1)` raise when the
class is made. The others warn, and will be gone in Pydantic 3.

## Bad

```python
from fastapi import FastAPI
from pydantic import BaseModel, Field


class Order(BaseModel):
    lines: list[str] = Field(min_items=1, max_items=10)
    number: int = Field(0, allow_mutation=False)


app = FastAPI()


@app.post("/orders")
def create_order(order: Order) -> Order:
    return order
```

## Good

```python
from fastapi import FastAPI
from pydantic import BaseModel, Field


class Order(BaseModel):
    lines: list[str] = Field(min_length=1, max_length=10)
    number: int = Field(0, frozen=True)


app = FastAPI()


@app.post("/orders")
def create_order(order: Order) -> Order:
    return order
```

## When it is fine

In models of `pydantic.v1`, and for `sqlmodel.Field`, which has parameters of its own.

The fix is safe, for what was renamed means the same, or could not be imported. `example="Lamp"` becomes
`examples=["Lamp"]`, which is another schema, and unsafe for that alone. `const` and `unique_items` have no
successor: a `Literal` and a `set` say it in the type.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastlint.api import Diagnostic, Edit, FixRequest, Project, Rule, Safety, Severity, V1Field, cst
from fastlint_rules.migration._arguments import is_constant, keyword, renamed

rule = Rule(
    __name__,
    code="FL914",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://docs.pydantic.dev/latest/migration/#changes-to-pydanticfield",
    requires="pydantic>=2",
)

RENAMED = {
    "regex": "pattern",
    "min_items": "min_length",
    "max_items": "max_length",
    "allow_mutation": "frozen",
    "example": "examples",
}
GONE = {
    "const": "a `Literal` as its type",
    "unique_items": "a `set` as its type",
    "curtail_length": "a validator that shortens it",
}
FAILING = {"Field": ("regex", "const", "unique_items")}
"""What raises; of other functions than `Field` all do."""
OLD = {
    "Field": (*RENAMED, "const", "unique_items"),
    "constr": ("regex", "curtail_length"),
    "conlist": ("min_items", "max_items", "unique_items"),
    "conset": ("min_items", "max_items"),
    "confrozenset": ("min_items", "max_items"),
}


@rule.on(V1Field)
def check(field: V1Field, project: Project) -> Iterator[Diagnostic]:
    old = [name for name in field.given if name in OLD.get(field.name, ())]
    if not old:
        return
    failing = [name for name in old if name in FAILING.get(field.name, old)]
    named = " and ".join(f"`{name}`" for name in failing or old)
    says = f"Pydantic 2 has no {named}" if failing else f"Pydantic 2 has deprecated {named}"
    yield rule.report(
        field,
        f"`{field.name}` {'fails when the module is imported' if failing else 'warns'}: {says}",
        help=", ".join(dict.fromkeys(_instead(name) for name in old)),
        severity=Severity.ERROR if failing else None,
        fix=_fix(field, old),
    )


@rule.fix("Use the words of Pydantic 2", Safety.SAFE, needs="pydantic>=2")
def rename_arguments(call: cst.Call, edit: Edit) -> cst.Call:
    taken = {keyword(each) for each in call.args}
    arguments = [*call.args]
    for at, argument in enumerate(arguments):
        new = RENAMED.get(keyword(argument))
        if new is None:
            continue
        if new in taken:
            raise edit.refuse(f"`{new}` is given as well")
        arguments[at] = _changed(renamed(argument, new), edit)
    return call.with_changes(args=arguments)


def _changed(argument: cst.Arg, edit: Edit) -> cst.Arg:
    """An argument under its new name with what that takes: a list of examples, the opposite of mutable."""
    if keyword(argument) == "examples":
        return argument.with_changes(value=cst.List([cst.Element(argument.value)]))
    if keyword(argument) != "frozen":
        return argument
    if not is_constant(argument, "True", "False"):
        raise edit.refuse("`allow_mutation` is not written out")
    opposite = "False" if is_constant(argument, "True") else "True"
    return argument.with_changes(value=cst.Name(opposite))


def _instead(name: str) -> str:
    if name in GONE:
        return f"{GONE[name]} instead of `{name}`"
    value = {"allow_mutation": "True", "example": "[...]"}.get(name, "...")
    return f"`{RENAMED[name]}={value}`"


def _fix(field: V1Field, old: list[str]) -> FixRequest | None:
    if any(name in GONE for name in old) or field.site.opaque_keywords:
        return None
    if "example" not in old:
        return rename_arguments.at(field)
    reason = "`examples` is another word than `example` in the schema"
    return rename_arguments.at(field, safety=Safety.UNSAFE, reason=reason)
