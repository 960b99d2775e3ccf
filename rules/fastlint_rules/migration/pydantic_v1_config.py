"""A model is configured by `class Config`, of which Pydantic 2 no longer reads all settings.

Pydantic 2 has `model_config`. It still reads a `class Config`, with a warning, and leaves out the settings
that have other names now, with another warning, once, when the module is imported.

## Why

`orm_mode`, `allow_mutation = False`, `max_anystr_length` and the like do nothing any more: the object is
read as a dict and refused, can be changed, may be of any length. Nothing fails where it is written.

## Bad

```python
from fastapi import FastAPI
from pydantic import BaseModel


class Order(BaseModel):
    number: int
    note: str = ""

    class Config:
        extra = "forbid"
        str_strip_whitespace = True


app = FastAPI()


@app.post("/orders")
def create_order(order: Order) -> Order:
    return order
```

## Good

```python
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict


class Order(BaseModel):
    number: int
    note: str = ""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


app = FastAPI()


@app.post("/orders")
def create_order(order: Order) -> Order:
    return order
```

## When it is fine

In models of `pydantic.v1`.

The fix is safe where all settings have the names that Pydantic 2 knows, or never did anything in it. It is
unsafe where it gives one its new name, since that setting then works again: what was accepted since the
upgrade may be refused. It is not offered for settings that have no successor, for methods in `Config`, and
where other code names the class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fastlint.api import (
    Diagnostic,
    Edit,
    Expression,
    FixRequest,
    Place,
    Project,
    Rule,
    Safety,
    Severity,
    Span,
    V1Config,
    cst,
)
from fastlint_rules.migration._rewriting import indented, text

rule = Rule(
    __name__,
    code="FL907",
    severity=Severity.WARNING,
    since="0.1.0",
    source="https://docs.pydantic.dev/latest/migration/#changes-to-config",
    requires="pydantic>=2",
)

RENAMED = {
    "allow_population_by_field_name": "populate_by_name",
    "anystr_lower": "str_to_lower",
    "anystr_strip_whitespace": "str_strip_whitespace",
    "anystr_upper": "str_to_upper",
    "keep_untouched": "ignored_types",
    "max_anystr_length": "str_max_length",
    "min_anystr_length": "str_min_length",
    "orm_mode": "from_attributes",
    "schema_extra": "json_schema_extra",
    "validate_all": "validate_default",
}
NEEDLESS = ("copy_on_model_validation", "post_init_call", "smart_union", "underscore_attrs_are_private")
"""What Pydantic 2 does without being told, or has no more use for."""
REMOVED = {
    "error_msg_templates": "validators raise `PydanticCustomError` with texts of their own",
    "fields": "`Field(...)` says it of each field",
    "getter_dict": "a `model_validator` in mode `before` reads other objects",
    "json_dumps": "`model_dump_json` writes JSON itself",
    "json_loads": "`model_validate_json` reads JSON itself",
}
KEPT = frozenset(
    (
        *("alias_generator", "allow_inf_nan", "arbitrary_types_allowed", "cache_strings"),
        *("coerce_numbers_to_str", "defer_build", "extra", "from_attributes", "frozen"),
        *("hide_input_in_errors", "ignored_types", "json_encoders", "json_schema_extra"),
        *("json_schema_mode_override", "json_schema_serialization_defaults_required", "loc_by_alias"),
        *("model_title_generator", "field_title_generator", "plugin_settings", "populate_by_name"),
        *("protected_namespaces", "regex_engine", "revalidate_instances", "schema_generator"),
        *("ser_json_bytes", "ser_json_inf_nan", "ser_json_timedelta", "serialize_by_alias"),
        *("str_max_length", "str_min_length", "str_strip_whitespace", "str_to_lower", "str_to_upper"),
        *("strict", "title", "use_attribute_docstrings", "use_enum_values", "val_json_bytes"),
        *("validate_assignment", "validate_by_alias", "validate_by_name", "validate_default"),
        *("validate_return", "validation_error_cause"),
    )
)
OF_SETTINGS = frozenset(
    (
        *("case_sensitive", "env_file", "env_file_encoding", "env_ignore_empty", "env_nested_delimiter"),
        *("env_parse_none_str", "env_prefix", "secrets_dir", "toml_file", "yaml_file", "json_file"),
    )
)
IMMUTABLE = "allow_mutation"
EXTRA = "pydantic.Extra"
WIDEST = 88
INDENT = "    "


@rule.on(V1Config)
def check(config: V1Config, project: Project) -> Iterator[Diagnostic]:
    settings = config.settings
    dead = [name for name in config.scope.bindings if _is_dead(name, (settings or {}).get(name))]
    obstacle = _obstacle(config)
    yield rule.report(
        config,
        _message(config, dead),
        help=f"`model_config`{f': {obstacle}' if obstacle else ''}",
        severity=Severity.ERROR if dead or config.has_rival else None,
        fix=None if obstacle else _fix(config),
    )


@rule.fix("Make it the `model_config`", Safety.SAFE, needs="pydantic>=2")
def use_model_config(config: cst.ClassDef, edit: Edit) -> cst.SimpleStatementLine | None:
    if isinstance(config.body, cst.SimpleStatementSuite):
        raise edit.refuse("it is written on one line")
    for unused in (EXTRA, "pydantic.BaseConfig"):
        edit.drop_import_if_unused(unused)
    lines = [row for line in config.body.body for row in _rows(line, edit)]
    lines += [line.comment.value for line in _footer(config) if line.comment is not None]
    settings = [row for row in lines if not row.startswith("#")]
    if not settings:
        around = next(edit.ancestors(config))
        is_all = isinstance(around, cst.IndentedBlock) and len(around.body) == 1
        return _statement("pass", config) if is_all else None
    opening, closing = _brackets(edit)
    flat = ", ".join(row.partition("  #")[0].rstrip(",") for row in settings)
    if lines == settings and "#" not in flat and "\n" not in flat:
        line = f"model_config = {opening}{flat}{closing}"
        if len(line) + edit.place.span.column <= WIDEST:
            return _statement(line, config)
    rows = "".join(f"{INDENT}{row}\n" for row in lines)
    return _statement(f"model_config = {opening}\n{rows}{closing}", config)


def _footer(config: cst.ClassDef) -> Sequence[cst.EmptyLine]:
    return config.body.footer if isinstance(config.body, cst.IndentedBlock) else ()


def _rows(line: cst.BaseStatement | cst.BaseSmallStatement, edit: Edit) -> Iterator[str]:
    """The lines of the call that one line of the class becomes, comments included."""
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        raise edit.refuse("its body is more than settings")
    for above in line.leading_lines:
        if above.comment is not None:
            yield above.comment.value
    statement = line.body[0]
    if isinstance(statement, cst.Expr) and isinstance(statement.value, cst.SimpleString):
        said = (text(statement.value) or "").strip()
        if "\n" in said or "config" not in said.lower():  # else it says no more than the name of the class
            yield from (f"# {row.strip()}".rstrip() for row in said.splitlines())
        return
    comment = line.trailing_whitespace.comment
    trailing = f"  {comment.value}" if comment is not None else ""
    setting = _setting(statement, edit)
    if setting:
        yield f"{setting},{trailing}"
    elif comment is not None:
        yield comment.value


def _setting(statement: cst.BaseSmallStatement, edit: Edit) -> str:
    """`name=value` under the name that Pydantic 2 has for it; '' for what it has no more use for."""
    match statement:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
            pass
        case cst.AnnAssign(target=cst.Name(value=name), value=cst.BaseExpression() as value):
            pass
        case _:
            raise edit.refuse("its body is more than settings")
    if name in NEEDLESS:
        return ""
    if name == IMMUTABLE:
        is_frozen = isinstance(value, cst.Name) and value.value == "False"
        return _written("frozen", "True", edit) if is_frozen else ""
    if name == "extra" and isinstance(value, cst.Attribute):
        value = edit.string(value.attr.value)
    return _written(RENAMED.get(name, name), edit.code(indented(value, INDENT)), edit)


def _written(name: str, value: str, edit: Edit) -> str:
    return f'"{name}": {value}' if not edit.params["maker"] else f"{name}={value}"


def _brackets(edit: Edit) -> tuple[str, str]:
    if not edit.params["maker"]:  # the type that SQLModel asks for is not public
        return "{", "}"
    return f"{edit.code(edit.name(edit.params['maker']))}(", ")"


def _statement(code: str, config: cst.ClassDef) -> cst.SimpleStatementLine:
    line = cst.ensure_type(cst.parse_statement(code), cst.SimpleStatementLine)
    return line.with_changes(leading_lines=config.leading_lines)


def _is_dead(name: str, value: Expression | None) -> bool:
    """Whether a setting asks for something that it no longer gets."""
    if name == IMMUTABLE:
        return value is None or value.constant() is not True
    return name in RENAMED or name in REMOVED


def _message(config: V1Config, dead: list[str]) -> str:
    if config.has_rival:
        return "`Config` beside `model_config` raises `PydanticUserError` when the class is made"
    if not dead:
        return "`class Config` warns: it is deprecated since Pydantic 2, and Pydantic 3 will not have it"
    names = ", ".join(f"`{name}`" for name in dead)
    return f"{names} {'does' if len(dead) == 1 else 'do'} nothing in Pydantic 2"


def _obstacle(config: V1Config) -> str:
    """Why it is left to a person."""
    settings = config.settings
    if config.has_rival:
        return "put the settings of both into it"
    if settings is None:
        return "`Config` has more than settings in it"
    known = {*KEPT, *RENAMED, *NEEDLESS, IMMUTABLE, *(OF_SETTINGS if config.is_of_settings else ())}
    for name in settings:
        if name in REMOVED:
            return f"without `{name}`: {REMOVED[name]}"
        if name not in known:
            return f"`{name}` is no setting that is known"
    if IMMUTABLE in settings and not isinstance(settings[IMMUTABLE].constant(), bool):
        return "`allow_mutation` is not written out"
    if config.names_what_the_model_binds:
        return "a name in it means something else in the model"
    if not config.inherits_as_the_model_does:
        return "what `Config` inherits has to be looked at"
    if config.is_named_elsewhere():
        return "other code names `Config`"
    return ""


def _fix(config: V1Config) -> FixRequest:
    settings = config.settings or {}
    revived = [name for name, value in settings.items() if _is_revived(name, value, config)]
    reason = f"`{revived[0]}`, which does nothing today, works again" if revived else ""
    maker = "pydantic_settings.SettingsConfigDict" if config.is_of_settings else "pydantic.ConfigDict"
    return use_model_config.at(
        _statement_of(config),
        safety=Safety.UNSAFE if revived else None,
        reason=reason,
        maker="" if config.is_of_sql else maker,
    )


def _is_revived(name: str, value: Expression, config: V1Config) -> bool:
    """Whether a setting has no effect today and has one under its new name."""
    if name == IMMUTABLE:
        return value.constant() is False
    if name == "orm_mode" and config.is_of_sql:
        return value.constant() is not True  # SQLModel reads attributes anyway
    return name in RENAMED


def _statement_of(config: V1Config) -> Place:
    """Where `class Config` begins, of which the name is known."""
    span = config.place.span
    start = span.column - len("class ")
    return Place(config.place.path, Span(span.line, start, span.end_line, span.end_column))
