"""FL115: what a thread or a task sets in its copy of the context, nobody else sees."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, Request
from starlette.middleware.base import BaseHTTPMiddleware

from tests.evidence.client import request
from tests.evidence.pages import examples

user: ContextVar[str] = ContextVar("user", default="nobody")
seen: list[str] = []


def set_in_thread() -> None:
    user.set("ada")


async def set_on_loop() -> None:
    user.set("ada")


def set_by_generator() -> Iterator[None]:
    user.set("ada")
    yield
    seen.append(user.get())


async def set_by_async_generator() -> AsyncIterator[None]:
    token = user.set("ada")
    yield
    seen.append(user.get())
    user.reset(token)


class SetsWhenMade:
    def __init__(self) -> None:
        user.set("ada")


class SetsWhenCalled:
    def __call__(self) -> None:
        user.set("ada")


def get_set(_: None = Depends(set_in_thread)) -> str:
    return user.get()


def resetting() -> Iterator[None]:
    token = user.set("ada")
    try:
        yield
    finally:
        user.reset(token)


@contextmanager
def being(name: str) -> Iterator[None]:
    token = user.set(name)
    try:
        yield
    finally:
        user.reset(token)


def entering() -> Iterator[None]:
    with being("ada"):
        yield


def app_with(dependency: Callable[..., Any]) -> FastAPI:
    app = FastAPI(dependencies=[Depends(dependency)])

    @app.get("/async")
    async def read_async(tasks: BackgroundTasks) -> str:
        tasks.add_task(lambda: seen.append(user.get()))
        return user.get()

    @app.get("/def")
    def read_def() -> str:
        return user.get()

    return app


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    seen.clear()


def test_the_bad_example_forgets_the_user_where_the_good_one_knows_it() -> None:
    bad, good = examples("context-variable-lost")
    headers = {"x-user": "ada"}
    assert request(bad["app"], "GET", "/me", headers=headers).json() == "nobody"
    assert request(good["app"], "GET", "/me", headers=headers).json() == "ada"


@pytest.mark.parametrize("path", ["/async", "/def"])
@pytest.mark.parametrize(
    "dependency", [set_in_thread, set_by_generator, SetsWhenMade, SetsWhenCalled(), get_set]
)
def test_what_a_def_dependency_sets_no_endpoint_sees(dependency: Callable[..., Any], path: str) -> None:
    assert request(app_with(dependency), "GET", path).json() == "nobody"


@pytest.mark.parametrize("path", ["/async", "/def"])
@pytest.mark.parametrize("dependency", [set_on_loop, set_by_async_generator])
def test_what_an_async_dependency_sets_every_endpoint_sees(dependency: Callable[..., Any], path: str) -> None:
    assert request(app_with(dependency), "GET", path).json() == "ada"


def test_a_background_task_does_not_see_it_either() -> None:
    request(app_with(set_in_thread), "GET", "/async")
    assert seen == ["nobody"]
    request(app_with(set_on_loop), "GET", "/async")
    assert seen == ["nobody", "ada"]


def test_the_second_half_of_a_generator_has_another_copy_of_the_context() -> None:
    request(app_with(set_by_generator), "GET", "/def")
    assert seen == ["nobody"]
    request(app_with(set_by_async_generator), "GET", "/def")
    assert seen == ["nobody", "ada"]


@pytest.mark.parametrize("dependency", [resetting, entering])
def test_a_token_given_back_after_the_yield_raises_for_every_request(
    dependency: Callable[..., Any],
) -> None:
    with pytest.raises(ValueError, match="was created in a different Context"):
        answer_or_raise(app_with(dependency), "/async")


def test_an_async_generator_gives_its_token_back() -> None:
    assert answer_or_raise(app_with(set_by_async_generator), "/async") == "ada"


def answer_or_raise(app: FastAPI, path: str) -> str:
    async def ask() -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            answer = await client.get(path)
            return str(answer.json())

    return asyncio.run(ask())


@pytest.mark.parametrize(("path", "expected"), [("/def", "nobody"), ("/async", "ada")])
def test_a_background_task_sees_what_an_async_endpoint_sets_and_no_def(path: str, expected: str) -> None:
    app = FastAPI()

    def tell() -> None:
        seen.append(user.get())

    @app.get("/def")
    def read_def(tasks: BackgroundTasks) -> None:
        user.set("ada")
        tasks.add_task(tell)

    @app.get("/async")
    async def read_async(tasks: BackgroundTasks) -> None:
        user.set("ada")
        tasks.add_task(tell)

    request(app, "GET", path)
    assert seen == [expected]


class Plain:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        user.set("nobody")
        await self.app(scope, receive, send)
        seen.append(user.get())


class Logging(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: Callable[..., Any]) -> Any:
        user.set("from middleware")
        response = await call_next(request)
        seen.append(user.get())
        return response


def app_that_sets() -> FastAPI:
    app = FastAPI()

    @app.get("/async")
    async def read_async() -> str:
        before = user.get()
        user.set("ada")
        return before

    @app.get("/def")
    def read_def() -> str:
        user.set("ada")
        return "set"

    @app.get("/state")
    async def read_state(request: Request) -> str:
        request.state.user = "ada"
        return "set"

    return app


def test_middleware_is_seen_by_the_endpoint_and_does_not_see_what_the_endpoint_sets() -> None:
    app = app_that_sets()
    app.add_middleware(Logging)
    assert request(app, "GET", "/async").json() == "from middleware"
    assert seen == ["from middleware"]


def test_a_function_as_middleware_does_not_see_it_either() -> None:
    app = app_that_sets()

    @app.middleware("http")
    async def log(request: Request, call_next: Callable[..., Any]) -> Any:
        response = await call_next(request)
        seen.append(user.get())
        return response

    request(app, "GET", "/async")
    assert seen == ["nobody"]


def test_a_plain_asgi_application_sees_what_an_async_endpoint_sets_and_no_def() -> None:
    app = app_that_sets()
    app.add_middleware(Plain)
    request(app, "GET", "/async")
    assert seen == ["ada"]
    request(app, "GET", "/def")
    assert seen == ["ada", "nobody"]


def test_the_state_of_the_request_is_seen_by_the_middleware() -> None:
    app = app_that_sets()

    @app.middleware("http")
    async def log(request: Request, call_next: Callable[..., Any]) -> Any:
        response = await call_next(request)
        seen.append(request.state.user)
        return response

    request(app, "GET", "/state")
    assert seen == ["ada"]


def test_an_object_that_is_changed_is_the_same_in_every_copy() -> None:
    box: ContextVar[dict[str, str]] = ContextVar("box")

    async def open_box() -> None:
        box.set({})

    def fill() -> None:
        box.get()["user"] = "ada"

    app = FastAPI(dependencies=[Depends(open_box), Depends(fill)])

    @app.get("/")
    async def read() -> dict[str, str]:
        return box.get()

    assert request(app, "GET", "/").json() == {"user": "ada"}


def test_what_is_bound_to_the_log_in_a_def_dependency_is_in_no_line_that_follows() -> None:
    structlog = pytest.importorskip("structlog")

    def bind() -> None:
        structlog.contextvars.bind_contextvars(user="ada")

    def bind_around() -> Iterator[None]:
        with structlog.contextvars.bound_contextvars(user="ada"):
            yield

    async def bind_on_loop() -> None:
        structlog.contextvars.bind_contextvars(user="ada")

    def bound(dependency: Callable[..., Any]) -> Any:
        app = FastAPI(dependencies=[Depends(dependency)])
        app.get("/")(structlog.contextvars.get_contextvars)
        return request(app, "GET", "/").json()

    assert [bound(each) for each in (bind, bind_around, bind_on_loop)] == [{}, {}, {"user": "ada"}]


def test_loguru_gives_back_its_token_in_another_copy() -> None:
    logger = pytest.importorskip("loguru").logger

    def tell() -> Iterator[None]:
        with logger.contextualize(user="ada"):
            yield

    with pytest.raises(ValueError, match="was created in a different Context"):
        answer_or_raise(app_with(tell), "/async")
