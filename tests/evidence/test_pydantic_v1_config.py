"""FL907: `class Config` is read with a warning, and the settings of Pydantic 1 are not read at all."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, PydanticDeprecatedSince20, PydanticUserError, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlmodel import SQLModel

from fastlint_rules.migration.pydantic_v1_config import KEPT, NEEDLESS, OF_SETTINGS, REMOVED, RENAMED
from tests.evidence.client import request
from tests.evidence.pages import examples


def configured(base: type[Any] = BaseModel, **settings: Any) -> Any:
    """A model with a field `name` and a `class Config`."""
    return made(settings, base)[0]


def made(settings: dict[str, Any], base: type[Any] = BaseModel, **more: Any) -> tuple[Any, str]:
    """That model, and what is warned of when it is made."""
    config = type("Config", (), {"__module__": __name__, "__qualname__": "Model.Config", **settings})
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        names = {"__module__": __name__, "__qualname__": "Model", "__annotations__": {"name": str}}
        model = type("Model", (base,), {**names, "Config": config, **more})
    return model, "\n".join(str(each.message) for each in told)


def test_both_examples_answer_alike() -> None:
    with pytest.warns(PydanticDeprecatedSince20):
        bad, good = examples("pydantic-v1-config")
    assert bad["app"].openapi() == good["app"].openapi()
    assert bad["Order"].model_config == good["Order"].model_config
    for body in ({"number": 1, "note": " a "}, {"number": 1, "x": 2}):
        old, new = (request(each["app"], "POST", "/orders", json=body) for each in (bad, good))
        assert (old.status_code, old.text) == (new.status_code, new.text)


def test_settings_that_are_known_are_those_of_pydantic() -> None:
    assert {*ConfigDict.__annotations__} >= KEPT
    assert {*SettingsConfigDict.__annotations__} >= OF_SETTINGS
    assert {*ConfigDict.__annotations__} >= {*RENAMED.values(), "frozen"}


@pytest.mark.parametrize("name", sorted({*RENAMED, *REMOVED, *NEEDLESS, "allow_mutation"}))
def test_the_old_names_are_said_to_be_gone(name: str) -> None:
    assert f"'{name}' has been" in made({name: None})[1]


def test_every_class_config_warns() -> None:
    assert "class-based `config` is deprecated" in made({"extra": "forbid"})[1].lower()


def test_what_should_not_change_can_be_changed() -> None:
    model = configured(allow_mutation=False)(name="a")
    model.name = "b"
    frozen = configured(frozen=True)(name="a")
    with pytest.raises(ValidationError, match="frozen"):
        frozen.name = "b"


def test_what_should_be_short_can_be_long() -> None:
    assert configured(max_anystr_length=2)(name="long").name == "long"
    with pytest.raises(ValidationError, match="at most 2"):
        configured(str_max_length=2)(name="long")


def test_objects_are_not_read_by_their_attributes() -> None:
    row = type("Row", (), {"name": "a"})()
    with pytest.raises(ValidationError):
        configured(orm_mode=True).model_validate(row)
    assert configured(from_attributes=True).model_validate(row).name == "a"


def test_an_sqlmodel_reads_attributes_anyway() -> None:
    row = type("Row", (), {"name": "a"})()
    assert configured(SQLModel, orm_mode=True).model_validate(row).name == "a"


def test_settings_of_the_base_are_those_of_the_model() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PydanticDeprecatedSince20)

        class Base(BaseModel):
            class Config:
                frozen = True

        class Heir(Base):
            class Config(Base.Config):
                extra = "forbid"

    class New(Base):
        model_config = ConfigDict(extra="forbid")

    assert Heir.model_config == New.model_config == {"frozen": True, "extra": "forbid"}


def test_both_together_are_refused() -> None:
    with pytest.raises(PydanticUserError, match="cannot be used together"):
        made({}, model_config=ConfigDict(extra="forbid"))


def test_settings_read_the_environment_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_NAME", "a")

    class New(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="shop_")

        name: str

    assert configured(BaseSettings, env_prefix="shop_")().name == New().name == "a"  # pyright: ignore[reportCallIssue] # the environment has it
