"""What a cache makes of what can be used once: the first request is answered, the second is not."""

import asyncio
import functools
import gc
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Query, Request
from pydantic import BaseModel
from pydantic_settings import BaseSettings

from tests.evidence.client import request
from tests.evidence.pages import examples


def statuses(app: FastAPI, path: str = "/") -> list[int]:
    """What two requests in a row are answered with."""
    return [request(app, "GET", path).status_code for _ in range(2)]


def app_with(dependency: Callable[..., Any]) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def route(given: Annotated[Any, Depends(dependency)]) -> str:
        return str(given)

    return app


def test_the_bad_example_answers_once_and_the_good_one_twice() -> None:
    bad, good = examples("cached-coroutine")
    assert statuses(bad["app"], "/limits") == [200, 500]
    assert statuses(good["app"], "/limits") == [200, 200]


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("cached-coroutine")
    assert bad["app"].openapi() == good["app"].openapi()


@pytest.mark.parametrize("cache", [functools.cache, functools.lru_cache(maxsize=1)])
def test_a_cache_that_is_given_the_function_answers_once(cache: Callable[..., Any]) -> None:
    async def load() -> int:
        return 1

    assert statuses(app_with(cache(load))) == [200, 500]


@functools.lru_cache
def generator() -> Iterator[int]:
    yield 1


@functools.lru_cache
async def asynchronous_generator() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize("dependency", [generator, asynchronous_generator])
def test_a_cached_dependency_with_yield_answers_once(dependency: Callable[..., Any]) -> None:
    assert statuses(app_with(dependency)) == [200, 500]


def test_a_cached_route_answers_once() -> None:
    app = FastAPI()

    @app.get("/")
    @functools.lru_cache
    async def route() -> int:
        return 1

    assert statuses(app) == [200, 500]


def test_a_cached_generator_is_used_up_the_second_time() -> None:
    @functools.cache
    def words() -> Iterator[str]:
        yield from "ab"

    assert [list(words()), list(words())] == [["a", "b"], []]


class Client:
    @functools.cached_property
    async def token(self) -> int:
        return 1


async def load() -> int:
    return 1


async def twice(get: Callable[[], Any]) -> list[Any]:
    """What awaiting the result of two calls gives, or how it fails."""
    return [await result_or_error(get()) for _ in range(2)]


async def result_or_error(awaitable: Any) -> Any:
    try:
        return await awaitable
    except RuntimeError as error:
        return str(error)


def test_a_cached_property_can_be_awaited_once() -> None:
    client = Client()
    assert asyncio.run(twice(lambda: client.token)) == [1, "cannot reuse already awaited coroutine"]


def test_the_decorators_of_cachetools_keep_the_coroutine_too() -> None:
    cachetools = pytest.importorskip("cachetools")
    func = pytest.importorskip("cachetools.func")

    class Reader:
        def __init__(self) -> None:
            self.kept: dict[Any, Any] = {}

        @cachetools.cachedmethod(lambda self: self.kept)  # type: ignore[untyped-decorator, unused-ignore]
        async def read(self) -> int:
            return 1

    for cached in (cachetools.cached({})(load), func.ttl_cache()(load), Reader().read):
        assert asyncio.run(twice(cached)) == [1, "cannot reuse already awaited coroutine"]


def test_what_is_made_repeatable_below_the_cache_can_be_awaited_again() -> None:
    @functools.cache
    def start() -> asyncio.Task[int]:
        return asyncio.ensure_future(load())

    assert asyncio.run(twice(start)) == [1, 1]


class Settings(BaseSettings):
    name: str = "shop"


class Frozen(BaseModel, frozen=True):
    name: str = "shop"


@functools.lru_cache
def by_settings(settings: Annotated[Settings, Depends(Settings)]) -> str:
    return settings.name


@functools.lru_cache
def by_list(names: Annotated[list[str], Query(default_factory=list)]) -> int:
    return len(names)


@pytest.mark.parametrize("dependency", [by_settings, by_list])
def test_a_cache_whose_key_has_no_hash_answers_no_request(dependency: Callable[..., Any]) -> None:
    assert statuses(app_with(dependency)) == [500, 500]


@dataclass
class Span:
    start: int = 0


@dataclass(frozen=True)
class FrozenSpan:
    start: int = 0


@pytest.mark.parametrize(("span", "expected"), [(Span, [500, 500]), (FrozenSpan, [200, 200])])
def test_a_dataclass_can_be_a_key_if_it_is_frozen(span: type[Span | FrozenSpan], expected: list[int]) -> None:
    def start(span: Any) -> int:
        return int(span.start)

    start.__annotations__["span"] = Annotated[span, Depends()]
    assert statuses(app_with(functools.lru_cache(start))) == expected


def test_a_frozen_model_can_be_a_key() -> None:
    @functools.lru_cache
    def by_frozen(settings: Annotated[Frozen, Depends(Frozen)]) -> str:
        return settings.name

    assert statuses(app_with(by_frozen)) == [200, 200]
    assert by_frozen.cache_info().hits == 1


def test_a_cache_by_the_request_finds_nothing_and_keeps_every_request() -> None:
    seen: list[weakref.ref[Request]] = []

    @functools.lru_cache
    def by_request(request: Request) -> str:
        seen.append(weakref.ref(request))
        return "shop"

    assert statuses(app_with(by_request)) == [200, 200]
    gc.collect()
    assert (by_request.cache_info().hits, len(seen)) == (0, 2)
    assert all(each() is not None for each in seen)
