"""FL905: the old methods of models warn and give what the new ones give, or refuse arguments."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, PydanticDeprecatedSince20, RootModel, TypeAdapter
from pydantic.deprecated.tools import parse_obj_as, schema_of

from fastlint_rules.migration.pydantic_v1_method import RENAMED, TAKES
from tests.evidence.client import request
from tests.evidence.pages import examples


class Item(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    size: int | None = None
    tags: list[str] = []


class Names(RootModel[list[str]]):
    pass


class Aliased(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True, alias_generator=str.upper, populate_by_name=True)

    name: str


def quietly(call: Callable[[], Any]) -> Any:
    """What a call gives, of which it is certain that it warns."""
    with pytest.warns(PydanticDeprecatedSince20):
        return call()


def test_both_examples_answer_alike_and_only_the_bad_one_warns() -> None:
    bad, good = examples("pydantic-v1-method")
    body = {"json": {"number": 3}}
    old = quietly(lambda: request(bad["app"], "POST", "/orders", **body))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        new = request(good["app"], "POST", "/orders", **body)
    assert (old.status_code, old.text) == (new.status_code, new.text)
    assert bad["app"].openapi() == good["app"].openapi()


def test_the_methods_of_objects_give_what_the_new_ones_give() -> None:
    item: Any = Item(name="é", tags=["a"])
    assert quietly(lambda: item.dict(exclude_none=True)) == item.model_dump(exclude_none=True)
    assert quietly(lambda: item.json(exclude_unset=True)) == item.model_dump_json(exclude_unset=True)
    assert quietly(item.json) == item.model_dump_json() == '{"name":"é","size":null,"tags":["a"]}'
    assert quietly(lambda: item.__fields_set__) == item.model_fields_set
    names: Any = Names(["a"])
    assert quietly(names.dict) == names.model_dump()


def test_a_copy_has_what_a_model_copy_has() -> None:
    item: Any = Item(name="a", tags=["x"])
    for options in ({}, {"update": {"size": 3}}, {"deep": True}):
        old, new = quietly(lambda options=options: item.copy(**options)), item.model_copy(**options)
        assert (old, old.__dict__, old.model_fields_set) == (new, new.__dict__, new.model_fields_set)
        assert (old.tags is item.tags) is (new.tags is item.tags)


def test_a_deep_copy_no_longer_copies_the_update() -> None:
    item: Any = Item(name="a")
    tags = ["x"]
    assert quietly(lambda: item.copy(update={"tags": tags}, deep=True)).tags is not tags
    assert item.model_copy(update={"tags": tags}, deep=True).tags is tags


def test_the_methods_of_classes_give_what_the_new_ones_give() -> None:
    item: Any = Item
    data, row = {"name": "a"}, Item(name="row")
    assert quietly(lambda: item.parse_obj(data)) == Item.model_validate(data)
    assert quietly(lambda: item.validate(data)) == Item.model_validate(data)
    assert quietly(lambda: item.from_orm(row)) == Item.model_validate(row)
    assert quietly(lambda: item.construct(**data)) == Item.model_construct(**data)
    assert quietly(item.schema) == Item.model_json_schema()
    assert quietly(lambda: item.schema(by_alias=False)) == Item.model_json_schema(by_alias=False)
    assert quietly(lambda: item.__fields__) == Item.model_fields
    assert quietly(lambda: row.__fields__) == type(row).model_fields


def test_functions_give_what_a_type_adapter_gives() -> None:
    adapter = TypeAdapter(list[Item])
    data = [{"name": "a"}]
    assert quietly(lambda: parse_obj_as(list[Item], data)) == adapter.validate_python(data)
    assert quietly(lambda: schema_of(list[Item])) == adapter.json_schema()


def test_what_a_model_reads_as_no_json_is_told_in_other_words() -> None:
    item: Any = Item
    assert quietly(lambda: item.parse_raw('{"name": "a"}')) == Item.model_validate_json('{"name": "a"}')
    with pytest.raises(ValueError, match="jsondecode"):
        quietly(lambda: item.parse_raw("{"))
    with pytest.raises(ValueError, match="json_invalid"):
        Item.model_validate_json("{")


def test_what_went_to_json_dumps_is_refused() -> None:
    item: Any = Item(name="é")
    for options in ({"indent": 2}, {"ensure_ascii": False}, {"sort_keys": True}, {"encoder": str}):
        with pytest.raises(TypeError), pytest.warns(PydanticDeprecatedSince20):
            item.json(**options)
    with pytest.raises(TypeError):
        item.dict(skip_defaults=True)
    with pytest.raises(TypeError), pytest.warns(PydanticDeprecatedSince20):
        Item.update_forward_refs(Item=Item)
    written = item.model_dump_json(indent=2)
    assert written == json.dumps(item.model_dump(), indent=2, ensure_ascii=False)


def test_what_a_class_sets_for_aliases_counts_for_the_new_method_only() -> None:
    aliased: Any = Aliased(name="a")
    assert quietly(aliased.dict) == {"name": "a"}
    assert aliased.model_dump() == {"NAME": "a"}


def test_an_override_of_the_new_method_is_given_all_arguments_by_the_old_one() -> None:
    class Own(BaseModel):
        name: str | None = None

        def model_dump(self, **options: Any) -> dict[str, Any]:
            return super().model_dump(**{"exclude_none": True, **options})

    own: Any = Own()
    assert quietly(own.dict) == {"name": None}
    assert own.model_dump() == {}


@pytest.mark.parametrize("name", ["dict", "json", "copy", "schema"])
def test_the_new_method_takes_what_is_left_as_it_is(name: str) -> None:
    new: Any = getattr(BaseModel, RENAMED[name])
    import inspect

    assert set(TAKES[name]) <= set(inspect.signature(new).parameters)
