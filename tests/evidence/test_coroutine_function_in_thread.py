"""What becomes of an `async def` that is handed to what calls it and awaits nothing: it is not run."""

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.background import BackgroundTask

from tests.evidence.client import request
from tests.evidence.garbage import never_awaited
from tests.evidence.pages import examples


class Post:
    """An office that remembers what was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, address: str = "a@example.com") -> None:
        self.sent.append(address)


async def load_rows() -> list[int]:
    return [1, 2, 3]


def app_with(endpoint: Callable[..., Any]) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/", endpoint)
    return app


def answer_when_never_awaited(app: FastAPI, method: str = "GET", path: str = "/", **options: Any) -> int:
    """The status of a request that throws a coroutine away, as the interpreter's warning says."""
    with never_awaited():
        return request(app, method, path, **options).status_code


def test_the_bad_example_answers_200_and_sends_nothing() -> None:
    bad, _ = examples("coroutine-function-in-thread")
    options = {"params": {"address": "a@example.com"}}
    assert answer_when_never_awaited(bad["app"], "POST", "/orders", **options) == 200
    assert bad["sent"] == []


def test_the_good_example_sends_the_receipt() -> None:
    _, good = examples("coroutine-function-in-thread")
    response = request(good["app"], "POST", "/orders", params={"address": "a@example.com"})
    assert response.json() == {"status": "created"}
    assert good["sent"] == ["a@example.com"]


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("coroutine-function-in-thread")
    assert bad["app"].openapi() == good["app"].openapi()


async def through_the_threadpool(send: Callable[[], Awaitable[None]]) -> None:
    await run_in_threadpool(send)


async def through_to_thread(send: Callable[[], Awaitable[None]]) -> None:
    await asyncio.to_thread(send)


async def through_anyio(send: Callable[[], Awaitable[None]]) -> None:
    await anyio.to_thread.run_sync(send)


async def through_the_executor(send: Callable[[], Awaitable[None]]) -> None:
    await asyncio.get_running_loop().run_in_executor(None, send)


async def through_a_partial(send: Callable[[], Awaitable[None]]) -> None:
    await asyncio.to_thread(functools.partial(send))


async def through_submit(send: Callable[[], Awaitable[None]]) -> None:
    with ThreadPoolExecutor() as pool:
        pool.submit(send)


async def through_a_thread(send: Callable[[], Awaitable[None]]) -> None:
    thread = threading.Thread(target=send)
    thread.start()
    thread.join()


async def through_a_timer(send: Callable[[], Awaitable[None]]) -> None:
    timer = threading.Timer(0, send)
    timer.start()
    timer.join()


async def through_call_soon(send: Callable[[], Awaitable[None]]) -> None:
    asyncio.get_running_loop().call_soon(send)
    await asyncio.sleep(0.01)


async def through_call_later(send: Callable[[], Awaitable[None]]) -> None:
    asyncio.get_running_loop().call_later(0, send)
    await asyncio.sleep(0.01)


async def through_a_done_callback(send: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.create_task(load_rows())
    task.add_done_callback(lambda _: send())  # type: ignore[arg-type]
    await task
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    "hand_over",
    [
        through_the_threadpool,
        through_to_thread,
        through_anyio,
        through_the_executor,
        through_a_partial,
        through_submit,
        through_a_thread,
        through_a_timer,
        through_call_soon,
        through_call_later,
        through_a_done_callback,
    ],
)
def test_a_coroutine_function_that_is_only_called_does_not_run(
    hand_over: Callable[[Callable[[], Awaitable[None]]], Coroutine[Any, Any, None]],
) -> None:
    post = Post()

    async def route() -> str:
        await hand_over(post.send)
        return "sent"

    assert answer_when_never_awaited(app_with(route)) == 200
    assert post.sent == []


def test_a_background_task_of_a_lambda_does_not_run_and_that_of_the_function_does() -> None:
    post = Post()

    async def lazily(tasks: BackgroundTasks) -> str:
        tasks.add_task(lambda: post.send("lambda"))
        return "sent"

    async def itself(tasks: BackgroundTasks) -> str:
        tasks.add_task(post.send, "function")
        tasks.add_task(functools.partial(post.send, "partial"))
        return "sent"

    assert answer_when_never_awaited(app_with(lazily)) == 200
    assert request(app_with(itself), "GET", "/").json() == "sent"
    assert post.sent == ["function", "partial"]


def test_a_background_task_of_a_coroutine_does_not_run_and_fails_after_the_answer() -> None:
    post = Post()

    async def route(tasks: BackgroundTasks) -> str:
        tasks.add_task(post.send("coroutine"))  # type: ignore[arg-type]
        return "sent"

    assert answer_when_never_awaited(app_with(route)) == 200
    assert post.sent == []
    coroutine: Any = post.send("coroutine")
    with pytest.raises(TypeError, match="callable"):
        asyncio.run(BackgroundTask(coroutine)())
    coroutine.close()


def test_a_coroutine_in_place_of_the_function_is_500() -> None:
    async def route() -> Any:
        return await run_in_threadpool(load_rows())  # type: ignore[arg-type]

    assert answer_when_never_awaited(app_with(route)) == 500


async def returning() -> Any:
    return await run_in_threadpool(load_rows)


async def iterating() -> Any:
    return [row + 1 for row in await asyncio.to_thread(load_rows)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("route", [returning, iterating])
def test_where_the_result_is_needed_the_route_is_500(route: Callable[..., Any]) -> None:
    assert answer_when_never_awaited(app_with(route)) == 500


async def awaited_twice() -> Any:
    return await (await asyncio.to_thread(load_rows))


async def gathered_afterwards() -> Any:
    pending = await run_in_threadpool(load_rows)
    return (await asyncio.gather(pending))[0]


def run_in_a_thread() -> Any:
    with ThreadPoolExecutor() as pool:
        return pool.submit(asyncio.run, load_rows()).result()


def run_from_a_thread() -> Any:
    return anyio.from_thread.run(load_rows)


@pytest.mark.parametrize("route", [awaited_twice, gathered_afterwards, run_in_a_thread, run_from_a_thread])
def test_what_runs_the_coroutine_gives_its_result(route: Callable[..., Any]) -> None:
    assert request(app_with(route), "GET", "/").json() == [1, 2, 3]
