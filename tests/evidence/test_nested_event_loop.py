"""What becomes of a second event loop inside the running one."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI

from tests.evidence.client import request
from tests.evidence.garbage import collect_garbage, never_awaited
from tests.evidence.loop import BLOCKED, CALL, ask, http_server
from tests.evidence.pages import examples


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the local server, whatever proxy the machine uses."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


async def load() -> int:
    await asyncio.sleep(0.001)
    return 5


def status_when_never_awaited(app: FastAPI, path: str = "/") -> int:
    """The status of a request whose coroutine is thrown away, as the interpreter's warning says."""
    with never_awaited():
        return request(app, "GET", path).status_code


def test_the_bad_example_always_answers_500_and_the_good_one_answers() -> None:
    bad, good = examples("nested-event-loop")
    assert status_when_never_awaited(bad["app"], "/users/7") == 500
    assert request(good["app"], "GET", "/users/7").json() == {"id": 7}


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("nested-event-loop")
    assert bad["app"].openapi() == good["app"].openapi()


def test_asyncio_run_raises_through_a_sync_helper_too() -> None:
    app = FastAPI()

    def load_now() -> int:
        return asyncio.run(load())

    @app.get("/")
    async def route() -> int:
        return load_now()

    assert status_when_never_awaited(app) == 500


def test_the_running_loop_cannot_be_run_until_complete() -> None:
    app = FastAPI()

    @app.get("/")
    async def route() -> int:
        return asyncio.get_running_loop().run_until_complete(load())

    assert status_when_never_awaited(app) == 500


def test_a_new_loop_cannot_be_run_while_another_runs() -> None:
    app = FastAPI()

    @app.get("/")
    async def route() -> int:
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(load())
        finally:
            loop.close()

    assert status_when_never_awaited(app) == 500


def test_waiting_on_the_loop_for_the_loop_never_ends() -> None:
    app = FastAPI()

    @app.get("/")
    async def route() -> int:
        future = asyncio.run_coroutine_threadsafe(load(), asyncio.get_running_loop())
        return future.result(timeout=CALL)

    answer = ask(app, "GET", "/")
    assert answer.response.status_code == 500
    assert answer.stall >= BLOCKED


def test_a_future_that_was_awaited_or_is_done_gives_its_result_on_the_loop() -> None:
    app = FastAPI()

    @app.get("/awaited")
    async def awaited() -> int:
        future = asyncio.run_coroutine_threadsafe(load(), asyncio.get_running_loop())
        await asyncio.wrap_future(future)
        return future.result()

    @app.get("/done")
    async def done() -> int | None:
        future = asyncio.run_coroutine_threadsafe(load(), asyncio.get_running_loop())
        while not future.done():
            await asyncio.sleep(0.01)
        return future.result()

    assert (
        request(app, "GET", "/awaited").json() == request(app, "GET", "/done").json() == asyncio.run(load())
    )


def test_the_thread_of_a_def_route_has_no_loop() -> None:
    app = FastAPI()

    @app.get("/")
    def route() -> str:
        messages = []
        for loop_of in (asyncio.get_event_loop, asyncio.get_running_loop):
            with pytest.raises(RuntimeError, match=r"no (current|running) event loop") as raised:
                loop_of()
            messages.append(str(raised.value))
        return " ".join(messages)

    assert request(app, "GET", "/").status_code == 200


def test_asyncio_run_works_in_a_def_route() -> None:
    app = FastAPI()

    @app.get("/")
    def route() -> int:
        return asyncio.run(load())

    assert request(app, "GET", "/").json() == 5


def test_asyncio_run_works_in_a_thread() -> None:
    app = FastAPI()

    def load_now() -> int:
        return asyncio.run(load())

    @app.get("/")
    async def route() -> int:
        return await asyncio.to_thread(load_now)

    assert request(app, "GET", "/").json() == 5


def statuses_of_two_requests(run: Any) -> list[int]:
    """What two requests to a `def` route see that fetches with the application's shared client."""
    app = FastAPI()
    client = httpx.AsyncClient()

    async def both() -> list[int]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as caller:
            return [(await caller.get("/")).status_code for _ in range(2)]

    with http_server(delay=0) as url:

        async def fetch() -> int:
            return (await client.get(url)).status_code

        @app.get("/")
        def route() -> int:
            return run(fetch)

        return asyncio.run(both())


def run_on_a_new_loop(function: Any) -> Any:
    coroutine: Coroutine[Any, Any, Any] = function()
    return asyncio.run(coroutine)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # the connections of the closed loop
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_shared_client_fails_on_the_second_loop() -> None:
    assert statuses_of_two_requests(run_on_a_new_loop) == [200, 500]
    collect_garbage()


@pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning"
)  # the client is the application's, never closed
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_shared_client_serves_every_request_on_the_applications_loop() -> None:
    assert statuses_of_two_requests(anyio.from_thread.run) == [200, 200]
    collect_garbage()


def test_code_that_asks_for_the_running_loop_finds_it_in_a_handler_and_none_in_a_thread() -> None:
    app = FastAPI()

    def is_running() -> tuple[bool, bool]:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False, False
        return True, asyncio.get_event_loop() is loop and loop.is_running()

    @app.get("/loop")
    async def on_the_loop() -> tuple[bool, bool]:
        return is_running()

    @app.get("/thread")
    def in_a_thread() -> tuple[bool, bool]:
        return is_running()

    assert [True, True] == request(app, "GET", "/loop").json()
    assert [False, False] == request(app, "GET", "/thread").json()


def test_what_waits_for_the_loop_from_a_thread_raises_on_the_loop_and_works_in_a_def_route() -> None:
    app = FastAPI()

    @app.get("/loop")
    async def on_the_loop() -> int:
        return anyio.from_thread.run(load)

    @app.get("/thread")
    def in_a_thread() -> int:
        return anyio.from_thread.run(load)

    assert request(app, "GET", "/loop").status_code == 500
    assert request(app, "GET", "/thread").json() == 5
