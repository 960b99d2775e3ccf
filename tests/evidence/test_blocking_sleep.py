"""Where a sleep stops the event loop, and where it does not."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Annotated, Any

import anyio.to_thread
import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Request, Response, WebSocket
from fastapi.concurrency import contextmanager_in_threadpool, iterate_in_threadpool, run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    PlainSerializer,
    field_serializer,
    field_validator,
)
from starlette.middleware.base import BaseHTTPMiddleware

from tests.evidence.client import request
from tests.evidence.loop import BLOCKED, CALL, ask, blocks, converse, watched
from tests.evidence.pages import examples


def nap() -> None:
    time.sleep(CALL)


async def nap_on_the_loop() -> None:
    nap()


def app_with(endpoint: Callable[..., Any], **options: Any) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/", endpoint, methods=["GET", "POST"], **options)
    return app


def test_the_bad_example_stops_the_loop_and_the_good_one_does_not() -> None:
    bad, good = examples("blocking-sleep")
    assert blocks(bad["app"], "GET", "/report")
    assert not blocks(good["app"], "GET", "/report")


def test_both_examples_give_the_same_answer_and_schema() -> None:
    bad, good = (example["app"] for example in examples("blocking-sleep"))
    assert bad.openapi() == good.openapi()
    assert request(bad, "GET", "/report").json() == request(good, "GET", "/report").json()


def seconds_for_three(app: FastAPI) -> float:
    """How long three requests take that are sent at once."""

    async def run() -> float:
        async with client_of(app) as client:
            before = time.perf_counter()
            await asyncio.gather(*(client.get("/report") for _ in range(3)))
            return time.perf_counter() - before

    return asyncio.run(run())


def test_concurrent_requests_wait_for_each_other() -> None:
    bad, good = examples("blocking-sleep")
    assert seconds_for_three(bad["app"]) >= 3 * CALL
    assert seconds_for_three(good["app"]) < 3 * CALL


def test_a_sync_helper_between_the_route_and_the_sleep_changes_nothing() -> None:
    def outer() -> None:
        nap()

    async def route() -> None:
        outer()

    assert blocks(app_with(route), "GET", "/")


def test_an_async_helper_between_the_route_and_the_sleep_changes_nothing() -> None:
    async def route() -> None:
        await nap_on_the_loop()

    assert blocks(app_with(route), "GET", "/")


def test_a_sleep_that_is_awaited_stops_the_loop_before_it_fails() -> None:
    async def route() -> None:
        await time.sleep(CALL)

    answer = ask(app_with(route), "GET", "/")
    assert (answer.blocked, answer.response.status_code) == (True, 500)


def test_a_def_route_sleeps_in_a_thread() -> None:
    def route() -> None:
        nap()

    assert not blocks(app_with(route), "GET", "/")


def test_an_async_dependency_runs_on_the_loop() -> None:
    async def dependency() -> None:
        nap()

    def route(_: Annotated[None, Depends(dependency)]) -> None: ...

    assert blocks(app_with(route), "GET", "/")


def test_an_object_with_an_async_call_runs_on_the_loop() -> None:
    class Limiter:
        async def __call__(self) -> None:
            nap()

    def route() -> None: ...

    assert blocks(app_with(route, dependencies=[Depends(Limiter())]), "GET", "/")


def test_a_def_dependency_and_a_class_dependency_sleep_in_a_thread() -> None:
    class Pagination:
        def __init__(self) -> None:
            nap()

    async def route(_: Annotated[Pagination, Depends()]) -> None: ...

    assert not blocks(app_with(route, dependencies=[Depends(nap)]), "GET", "/")


def test_the_teardown_of_an_async_dependency_runs_on_the_loop() -> None:
    async def dependency() -> AsyncIterator[None]:
        yield
        nap()

    def route() -> None: ...

    assert blocks(app_with(route, dependencies=[Depends(dependency)]), "GET", "/")


def test_the_teardown_of_a_def_dependency_runs_in_a_thread() -> None:
    def dependency() -> Iterator[None]:
        yield
        nap()

    async def route() -> None: ...

    assert not blocks(app_with(route, dependencies=[Depends(dependency)]), "GET", "/")


def test_http_middleware_runs_on_the_loop() -> None:
    async def route() -> None: ...

    app = app_with(route)

    @app.middleware("http")
    async def slow(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        nap()
        return await call_next(request)

    assert blocks(app, "GET", "/")


@pytest.mark.parametrize("asynchronous", [True, False])
def test_only_async_exception_handlers_run_on_the_loop(asynchronous: bool) -> None:
    async def on_loop(request: Request, error: Exception) -> JSONResponse:
        nap()
        return JSONResponse({})

    def in_thread(request: Request, error: Exception) -> JSONResponse:
        nap()
        return JSONResponse({})

    async def route() -> None:
        raise LookupError

    app = app_with(route)
    app.add_exception_handler(LookupError, on_loop if asynchronous else in_thread)
    assert blocks(app, "GET", "/") is asynchronous


@pytest.mark.parametrize("asynchronous", [True, False])
def test_only_async_background_tasks_run_on_the_loop(asynchronous: bool) -> None:
    def route(tasks: BackgroundTasks) -> None:
        tasks.add_task(nap_on_the_loop if asynchronous else nap)

    assert blocks(app_with(route), "GET", "/") is asynchronous


@pytest.mark.parametrize("asynchronous", [True, False])
def test_only_async_generators_are_streamed_on_the_loop(asynchronous: bool) -> None:
    async def on_loop() -> AsyncIterator[bytes]:
        nap()
        yield b"x"

    def in_thread() -> Iterator[bytes]:
        nap()
        yield b"x"

    def route() -> StreamingResponse:
        return StreamingResponse(on_loop() if asynchronous else in_thread())

    assert blocks(app_with(route), "GET", "/") is asynchronous


def test_a_websocket_endpoint_runs_on_the_loop() -> None:
    app = FastAPI()

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        nap()
        await websocket.close()

    sent, stall = asyncio.run(watched(lambda: converse(app, "/ws", "hello")))
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert stall >= BLOCKED


def test_a_body_validator_runs_on_the_loop_even_for_a_def_route() -> None:
    class Order(BaseModel):
        item: str

        @field_validator("item")
        @classmethod
        def check(cls, value: str) -> str:
            nap()
            return value

    def route(order: Order) -> None: ...

    assert blocks(app_with(route), "POST", "/", json={"item": "tea"})


def test_a_field_serializer_runs_on_the_loop_even_for_a_def_route() -> None:
    class Order(BaseModel):
        item: str = "tea"

        @field_serializer("item")
        def shout(self, value: str) -> str:
            nap()
            return value.upper()

    def route() -> Any:
        return Order()

    assert blocks(app_with(route, response_model=Order), "GET", "/")


@pytest.mark.parametrize("validator", [AfterValidator, BeforeValidator])
def test_a_validator_in_the_type_of_a_field_runs_on_the_loop_too(validator: Any) -> None:
    def check(value: str) -> str:
        nap()
        return value

    class Order(BaseModel):
        item: Annotated[str, validator(check)]

    def route(order: Order) -> None: ...

    assert blocks(app_with(route), "POST", "/", json={"item": "tea"})


def test_a_serializer_in_the_type_of_a_field_runs_on_the_loop_too() -> None:
    def shout(value: str) -> str:
        nap()
        return value.upper()

    class Order(BaseModel):
        item: Annotated[str, PlainSerializer(shout)] = "tea"

    def route() -> Any:
        return Order()

    assert blocks(app_with(route, response_model=Order), "GET", "/")


def test_a_custom_render_runs_on_the_loop_even_for_a_def_route() -> None:
    class Slow(JSONResponse):
        def render(self, content: Any) -> bytes:
            nap()
            return super().render(content)

    def route() -> None: ...

    assert blocks(app_with(route, response_class=Slow), "GET", "/")


@pytest.mark.parametrize(
    "hand_over",
    [
        lambda: run_in_threadpool(time.sleep, CALL),
        lambda: asyncio.to_thread(time.sleep, CALL),
        lambda: anyio.to_thread.run_sync(nap),
        lambda: asyncio.get_running_loop().run_in_executor(None, time.sleep, CALL),
        lambda: asyncio.to_thread(functools.partial(time.sleep, CALL)),
        lambda: asyncio.to_thread(lambda: time.sleep(CALL)),
    ],
    ids=["run_in_threadpool", "to_thread", "anyio", "run_in_executor", "partial", "lambda"],
)
def test_a_sleep_that_is_handed_to_a_thread_leaves_the_loop_alone(
    hand_over: Callable[[], Awaitable[None]],
) -> None:
    async def route() -> None:
        await hand_over()

    assert not blocks(app_with(route), "GET", "/")


def test_a_sleep_before_a_lifespans_yield_is_over_when_the_first_request_comes() -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        nap()
        yield

    app = FastAPI(lifespan=lifespan)
    app.add_api_route("/", quick)

    async def started() -> float:
        async with app.router.lifespan_context(app), client_of(app) as client:
            return (await watched(lambda: client.get("/")))[1]

    assert asyncio.run(started()) < BLOCKED


async def quick() -> None: ...


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


@pytest.mark.parametrize("is_dependency", [True, False])
@pytest.mark.parametrize("is_wrapper_async", [True, False])
@pytest.mark.parametrize("is_function_async", [True, False])
def test_a_wrapper_runs_on_the_loop_if_it_is_async_or_wraps_what_is(
    is_function_async: bool, is_wrapper_async: bool, is_dependency: bool
) -> None:
    async def on_loop() -> str:
        return "answer"

    def in_thread() -> str:
        return "answer"

    function: Callable[[], Any] = on_loop if is_function_async else in_thread

    @functools.wraps(function)
    async def asynchronous() -> Any:
        nap()
        return await function() if is_function_async else function()

    @functools.wraps(function)
    def plain() -> Any:
        nap()
        return function()

    wrapper = asynchronous if is_wrapper_async else plain

    def route(answer: Annotated[str, Depends(wrapper)]) -> str:
        return answer

    app = app_with(route if is_dependency else wrapper)
    assert "answer" == request(app, "GET", "/").json()
    assert blocks(app, "GET", "/") is (is_wrapper_async or is_function_async)


@pytest.mark.parametrize("is_dependency", [True, False])
def test_an_object_around_a_handler_runs_on_the_loop_if_its_call_is_async(is_dependency: bool) -> None:
    class Wrapper:
        def __init__(self, function: Callable[[], Awaitable[Any]]) -> None:
            self.function = function

        async def __call__(self) -> Any:
            nap()
            return await self.function()

    @Wrapper
    async def wrapped() -> str:
        return "answer"

    def route(answer: Annotated[str, Depends(wrapped)]) -> str:
        return answer

    app = app_with(route if is_dependency else wrapped)
    assert "answer" == request(app, "GET", "/").json()
    assert blocks(app, "GET", "/")


@contextmanager
def napping() -> Iterator[None]:
    nap()
    yield


def naps() -> Iterator[int]:
    nap()
    yield 1


async def enter_what_a_thread_made() -> None:
    with await run_in_threadpool(napping):
        ...


async def go_through_what_a_thread_made() -> None:
    list(await run_in_threadpool(naps))


async def enter_in_a_thread() -> None:
    async with contextmanager_in_threadpool(napping()):
        ...


async def go_through_in_a_thread() -> None:
    async for _ in iterate_in_threadpool(naps()):
        ...


async def enter_by_a_stack() -> None:
    with ExitStack() as stack:
        stack.enter_context(napping())


async def map_on_the_loop() -> None:
    list(map(time.sleep, [CALL]))


async def schedule() -> None:
    asyncio.get_running_loop().call_soon(nap)
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("route", "is_blocked"),
    [
        (enter_what_a_thread_made, True),
        (go_through_what_a_thread_made, True),
        (enter_in_a_thread, False),
        (go_through_in_a_thread, False),
        (enter_by_a_stack, True),
        (map_on_the_loop, True),
        (schedule, True),
    ],
)
def test_what_is_made_in_a_thread_blocks_where_it_is_used(
    route: Callable[[], Awaitable[None]], is_blocked: bool
) -> None:
    assert blocks(app_with(route), "GET", "/") is is_blocked


class SendsSlowly:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_slowly(message: Any) -> None:
            nap()
            await send(message)

        await self.app(scope, receive, send_slowly)


def wrapping(app: Any) -> Any:
    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        nap()
        await app(scope, receive, send)

    return asgi


async def dispatch(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    nap()
    return await call_next(request)


@pytest.mark.parametrize(
    ("middleware", "options"),
    [(SendsSlowly, {}), (wrapping, {}), (BaseHTTPMiddleware, {"dispatch": dispatch})],
)
def test_middleware_of_every_shape_runs_on_the_loop(middleware: Any, options: dict[str, Any]) -> None:
    app = app_with(quick)
    app.add_middleware(middleware, **options)
    assert blocks(app, "GET", "/")


@pytest.mark.parametrize("is_assigned", [True, False])
def test_the_handler_of_a_route_class_runs_on_the_loop(is_assigned: bool) -> None:
    class Slow(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Any]:
            original = super().get_route_handler()

            async def handler(request: Request) -> Response:
                nap()
                return await original(request)

            return handler

    app = FastAPI()
    router = app.router if is_assigned else APIRouter(route_class=Slow)
    router.route_class = Slow
    router.add_api_route("/", lambda: None)
    if not is_assigned:
        app.include_router(router)
    assert blocks(app, "GET", "/")
