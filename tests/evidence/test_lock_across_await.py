"""What a lock for threads does between coroutines.

A loop that may stand still for good runs in a thread of its own. The test gives its lock back in the end, for
the request that never could.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.evidence.pages import examples

PATIENCE = 0.5
"""Seconds after which a loop that answers nobody counts as stuck."""

Answers = tuple[list[Any], bool]


def ask(app: FastAPI, count: int, lock: Any = None, *, method: str = "GET", path: str = "/") -> Answers:
    """The answers to requests made at the same time, and whether the loop was stuck before them.

    A stuck loop goes on when the lock is given back for the request that cannot do it.
    """
    answers: list[Any] = []

    async def send() -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            sent = [client.request(method, path) for _ in range(count)]
            answers.extend(response.json() for response in await asyncio.gather(*sent))

    server = threading.Thread(target=lambda: asyncio.run(send()), daemon=True)
    server.start()
    server.join(PATIENCE if lock is not None else 60)
    is_stuck = server.is_alive()
    while server.is_alive() and lock is not None:
        lock.release()
        server.join(0.01)
    return answers, is_stuck


def counting(lock: Any, *, is_async: bool = False) -> FastAPI:
    """An application that adds 1 to a counter under a lock, with an `await` before it writes the sum."""
    app = FastAPI()
    counter = 0

    async def add() -> int:
        nonlocal counter
        before = counter
        await asyncio.sleep(0.01)
        counter = before + 1
        return counter

    @app.get("/")
    async def route() -> int:
        if is_async:
            async with lock:
                return await add()
        with lock:
            return await add()

    return app


class Forgiving:
    """A lock that may be given back twice: by the test, and by the request that it has let go on."""

    def __init__(self, lock: Any) -> None:
        self.lock = lock

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *error: object) -> None:
        with suppress(RuntimeError, ValueError):
            self.lock.release()

    release = __exit__


@pytest.mark.parametrize(
    ("lock", "count"),
    [(threading.Lock(), 2), (threading.Semaphore(2), 3), (threading.BoundedSemaphore(1), 2)],
)
def test_one_request_more_than_a_lock_lets_in_stops_the_loop_for_good(lock: Any, count: int) -> None:
    forgiving = Forgiving(lock)
    answers, is_stuck = ask(counting(forgiving), count, forgiving)
    assert (is_stuck, len(answers)) == (True, count)


def test_one_request_at_a_time_does_not_show_it() -> None:
    app = counting(threading.Lock())
    assert [ask(app, 1) for _ in range(3)] == [([1], False), ([2], False), ([3], False)]


@pytest.mark.parametrize("make", [threading.RLock, threading.Condition])
def test_a_lock_that_may_be_taken_again_excludes_nobody(make: Any) -> None:
    assert ask(counting(make()), 10) == ([1] * 10, False)


def test_a_lock_of_asyncio_lets_one_in_after_the_other() -> None:
    answers, is_stuck = ask(counting(asyncio.Lock(), is_async=True), 10)
    assert (sorted(answers), is_stuck) == ([*range(1, 11)], False)


def test_a_semaphore_of_asyncio_lets_as_many_in_as_it_has_places() -> None:
    answers, is_stuck = ask(counting(asyncio.Semaphore(1), is_async=True), 10)
    assert (sorted(answers), is_stuck) == ([*range(1, 11)], False)


def test_a_lock_of_asyncio_may_be_made_before_there_is_a_loop() -> None:
    lock = asyncio.Lock()  # before Python 3.10 it belonged to another loop than that which takes it

    async def take() -> None:
        async with lock:
            await asyncio.sleep(0.01)

    async def both() -> bool:
        await asyncio.gather(take(), take())
        return lock.locked()

    assert asyncio.run(both()) is False


def test_a_lock_without_an_await_inside_is_given_back_at_once() -> None:
    app, lock, counter = FastAPI(), threading.Lock(), 0

    @app.get("/")
    async def route() -> int:
        nonlocal counter
        with lock:
            counter += 1
            mine = counter
        await asyncio.sleep(0.01)
        return mine

    answers, is_stuck = ask(app, 10)
    assert (sorted(answers), is_stuck) == ([*range(1, 11)], False)


def test_a_coroutine_that_awaits_nothing_is_not_suspended() -> None:
    app, lock = FastAPI(), threading.Lock()

    async def at_once() -> int:
        return 1

    @app.get("/")
    async def route() -> int:
        with lock:
            return await at_once()

    assert ask(app, 10) == ([1] * 10, False)


def test_a_lifespan_holds_it_before_there_are_requests() -> None:
    lock = threading.Lock()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with lock:
            await asyncio.sleep(0.01)
        yield

    app = FastAPI(lifespan=lifespan)

    async def start() -> bool:
        async with app.router.lifespan_context(app):
            return lock.locked()

    assert asyncio.run(start()) is False


def test_the_bad_example_hangs_and_the_good_one_counts() -> None:
    bad, good = examples("lock-across-await")
    order = {"method": "POST", "path": "/orders?item=lamp"}
    bad["lock"] = Forgiving(bad["lock"])
    assert ask(bad["app"], 2, bad["lock"], **order)[1]
    assert ask(good["app"], 4, **order)[1] is False
    assert good["stock"] == {"lamp": 6}


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("lock-across-await")
    assert bad["app"].openapi() == good["app"].openapi()
