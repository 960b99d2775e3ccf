"""What a dependency costs that makes the settings for each request."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from dotenv import load_dotenv
from fastapi import Depends, FastAPI
from pydantic_settings import BaseSettings, SettingsConfigDict

from tests.evidence.client import request
from tests.evidence.pages import examples, fixed


def made_by(names: dict[str, Any], requests: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many objects of the settings some requests to `/` make."""
    made: list[Any] = []
    initialize = names["Settings"].__init__

    def counting(self: Any, *args: Any, **values: Any) -> None:
        made.append(self)
        initialize(self, *args, **values)

    monkeypatch.setattr(names["Settings"], "__init__", counting)
    for _ in range(requests):
        assert request(names["app"], "GET", "/").json() == "hello"
    return len(made)


def test_the_bad_example_makes_settings_for_each_request_and_the_good_one_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, good = examples("uncached-settings")
    assert made_by(bad, 3, monkeypatch) == 3
    assert made_by(good, 3, monkeypatch) == 1


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("uncached-settings")
    assert bad["app"].openapi() == good["app"].openapi()


def shortest(work: Callable[[], object]) -> float:
    """Seconds of the fastest of ten runs."""

    def run() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(run() for _ in range(10))


def test_settings_with_an_env_file_take_many_times_as_long_to_make_as_those_without(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("".join(f"VARIABLE_{number}=value\n" for number in range(50)), encoding="utf-8")

    class Plain(BaseSettings):
        greeting: str = "hello"

    class WithFile(Plain):
        model_config = SettingsConfigDict(env_file=file, extra="ignore")

    kept = Plain()
    assert shortest(WithFile) > 4 * shortest(Plain)
    assert shortest(Plain) > 10 * shortest(lambda: kept)


def test_load_dotenv_reads_the_file_whenever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("GREETING=hello\n", encoding="utf-8")
    monkeypatch.setenv("GREETING", "")

    def greeting() -> str:
        load_dotenv(file, override=True)
        return os.environ["GREETING"]

    app = FastAPI()

    @app.get("/")
    def route(given: Annotated[str, Depends(greeting)]) -> str:
        return given

    assert request(app, "GET", "/").json() == "hello"
    file.write_text("GREETING=good day\n", encoding="utf-8")
    assert request(app, "GET", "/").json() == "good day"


def test_after_the_fix_a_change_of_the_environment_is_seen_once_the_cache_is_cleared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, after = fixed("uncached-settings", "kept")
    seen = [request(names["app"], "GET", "/").json() for names in (before, after)]
    monkeypatch.setenv("GREETING", "good day")
    seen += [request(names["app"], "GET", "/").json() for names in (before, after)]
    after["get_settings"].cache_clear()
    seen.append(request(after["app"], "GET", "/").json())
    assert seen == ["hello", "hello", "good day", "hello", "good day"]
