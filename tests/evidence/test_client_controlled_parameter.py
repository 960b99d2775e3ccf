"""What clients can set that the code means for itself: parameters of dependencies, and fields of settings."""

import hmac
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel
from pydantic.errors import PydanticUserError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from sqlalchemy.orm import Session

from tests.evidence.client import request
from tests.evidence.pages import examples, fixed


class Settings(BaseSettings):
    secret_key: str = "default"


class Passing(Settings):
    def __init__(self, **values: Any) -> None:
        super().__init__(**values)


class Own(Settings):
    def __init__(self) -> None:
        super().__init__()


class FromEnvironmentAlone(Settings):
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (env_settings,)


def app_with(dependency: Callable[..., Any], path: str = "/") -> FastAPI:
    app = FastAPI()

    @app.api_route(path, methods=["GET", "POST"])
    def route(given: Annotated[Any, Depends(dependency)]) -> Any:
        return getattr(given, "secret_key", given)

    return app


def answer(dependency: Callable[..., Any], query: str = "", path: str = "/") -> Any:
    found = request(app_with(dependency, path), "GET", f"/{query}")
    return found.json() if found.status_code == 200 else found.status_code


def test_the_client_of_the_bad_example_brings_its_own_secret_and_that_of_the_good_one_does_not() -> None:
    bad, good = examples("client-controlled-parameter")
    assert request(bad["app"], "GET", "/secret?secret_key=mine").json() == "mine"
    assert request(good["app"], "GET", "/secret?secret_key=mine").json() == "from the environment"


@pytest.mark.parametrize("settings", [Settings, Passing])
def test_a_field_of_settings_is_what_the_query_says_or_its_default_and_not_what_the_environment_says(
    settings: type[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "environment")
    assert answer(settings, "?secret_key=mine") == "mine"
    assert answer(settings) == "default"
    assert answer(lambda: settings(), "?secret_key=mine") == "environment"


def test_the_type_of_a_parameter_alone_is_enough() -> None:
    app = FastAPI()

    @app.get("/default")
    def default(settings: Settings = Depends()) -> str:
        return settings.secret_key

    @app.get("/annotated")
    def annotated(settings: Annotated[Settings, Depends()]) -> str:
        return settings.secret_key

    for path in ("/default", "/annotated"):
        assert request(app, "GET", f"{path}?secret_key=mine").json() == "mine"


def test_an_app_that_injects_settings_cannot_be_described() -> None:
    bad, good = examples("client-controlled-parameter")
    with pytest.raises(PydanticUserError):
        bad["app"].openapi()
    assert "/secret" in good["app"].openapi()["paths"]


def test_settings_with_a_constructor_without_fields_or_with_sources_of_their_own_cannot_be_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "environment")
    assert answer(Own, "?secret_key=mine") == "environment"
    assert answer(FromEnvironmentAlone, "?secret_key=mine") == "environment"


def rate_limit(max_requests: int = 2) -> int:
    if max_requests < 100:
        raise HTTPException(429)
    return max_requests


class Limit:
    def __init__(self, max_requests: int = 2) -> None:
        self.max_requests = max_requests

    def __call__(self) -> int:
        return rate_limit(self.max_requests)


def limit_to(max_requests: int) -> Callable[[], int]:
    return lambda: rate_limit(max_requests)


@pytest.mark.parametrize("dependency", [rate_limit, partial(rate_limit, max_requests=5)])
def test_a_client_chooses_its_own_limit_whether_or_not_partial_sets_it_by_name(
    dependency: Callable[..., Any],
) -> None:
    assert answer(dependency) == 429
    assert answer(dependency, "?max_requests=100") == 100


@pytest.mark.parametrize("dependency", [partial(rate_limit, 5), Limit(5), limit_to(5)])
def test_what_partial_sets_by_position_an_object_or_a_function_around_it_cannot_be_set(
    dependency: Callable[..., Any],
) -> None:
    assert answer(dependency, "?max_requests=100") == 429


def test_a_field_without_a_default_has_to_be_in_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    class Required(BaseSettings):
        secret_key: str

    monkeypatch.setenv("SECRET_KEY", "environment")
    assert answer(Required) == 422


def test_names_with_an_underscore_and_keywords_are_parameters_of_the_query_too() -> None:
    def dependency(*, _most: int = 2) -> int:
        return _most

    assert answer(dependency, "?_most=100") == 100


def test_a_check_is_off_for_whoever_says_so() -> None:
    def get_user(required: bool = True) -> str:
        if required:
            raise HTTPException(401)
        return "anybody"

    assert answer(get_user) == 401
    assert answer(get_user, "?required=false") == "anybody"


def test_a_client_that_sets_the_secret_too_makes_its_own_credentials() -> None:
    def check(x_key: Annotated[str, Header()], secret: str = "s3cret") -> str:
        if not hmac.compare_digest(x_key, secret):
            raise HTTPException(401)
        return "in"

    app = app_with(check)

    assert request(app, "GET", "/", headers={"x-key": "mine"}).status_code == 401
    assert request(app, "GET", "/?secret=mine", headers={"x-key": "mine"}).json() == "in"


def test_a_bound_does_not_bind_who_sets_it_too() -> None:
    def paginate(size: int = 10, max_size: int = 100) -> int:
        return min(size, max_size)

    assert answer(paginate, "?size=5000") == 100
    assert answer(paginate, "?size=5000&max_size=5000") == 5000


def test_a_session_is_made_by_what_the_client_says() -> None:
    def get_session(tenant: str = "public") -> Session:
        return Session(info={"tenant": tenant})

    def tenant(session: Annotated[Session, Depends(get_session)]) -> Any:
        return session.info["tenant"]

    assert answer(tenant, "?tenant=other") == "other"


def test_a_model_or_dict_that_partial_sets_is_read_from_the_body() -> None:
    class User(BaseModel):
        name: str

    def with_user(user: User) -> str:
        return user.name

    def with_options(options: dict[str, str]) -> str:
        return options["name"]

    for dependency in (
        partial(with_user, user=User(name="ada")),
        partial(with_options, options={"name": "ada"}),
    ):
        app = app_with(dependency)
        assert request(app, "POST", "/").json() == "ada"
        assert request(app, "POST", "/", json={"name": "mallory"}).json() == "mallory"


def test_what_is_in_the_path_is_what_the_path_says() -> None:
    def get_tenant(tenant: str = "public") -> str:
        return tenant

    found = request(app_with(get_tenant, "/{tenant}"), "GET", "/shop?tenant=other")
    assert found.json() == "shop"


def test_after_the_fix_the_client_cannot_set_it_and_what_one_request_changes_the_next_one_gets() -> None:
    before, after = fixed("client-controlled-parameter", "changed")
    paths = ("/?greeting=mine", "/?loud=true", "/")
    asked = [[request(names["app"], "GET", path).json() for path in paths] for names in (before, after)]
    assert asked == [["mine", "HELLO", "hello"], ["hello", "HELLO", "HELLO"]]
