"""FL210: an override stays in its app until somebody takes it out, whichever test runs next."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from tests.evidence.client import request
from tests.evidence.pages import bad_example, good_example


def get_user() -> str:
    return "ada"


@pytest.fixture
def app() -> FastAPI:
    made = FastAPI()

    @made.get("/")
    def read(user: Annotated[str, Depends(get_user)]) -> str:
        return user

    return made


def who(app: FastAPI) -> Any:
    return request(app, "GET", "/").json()


@pytest.mark.filterwarnings("ignore")  # of the test client, about its httpx
def test_the_second_test_of_the_bad_example_depends_on_the_order() -> None:
    alone = bad_example("leaked-override")
    alone["test_a_user"]()
    after = bad_example("leaked-override")
    after["test_the_admin"]()
    with pytest.raises(AssertionError):
        after["test_a_user"]()


@pytest.mark.filterwarnings("ignore")
def test_the_tests_of_the_good_example_pass_in_any_order() -> None:
    example = good_example("leaked-override")
    for _ in range(2):
        with pytest.MonkeyPatch.context() as monkeypatch:
            example["test_the_admin"](monkeypatch)
        example["test_a_user"]()


def test_an_override_stays_for_the_next_request(app: FastAPI) -> None:
    app.dependency_overrides[get_user] = lambda: "admin"
    assert [who(app), who(app)] == ["admin", "admin"]
    app.dependency_overrides.pop(get_user)
    assert who(app) == "ada"


def test_monkeypatch_takes_it_back(app: FastAPI) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setitem(app.dependency_overrides, get_user, lambda: "admin")
        assert who(app) == "admin"
    assert who(app) == "ada"
