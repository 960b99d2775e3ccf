"""Which waits for other threads stop the event loop, and which have nothing to wait for.

The other thread does not measure time: it asks the loop to set an event, and sees whether the loop does.
"""

import asyncio
import multiprocessing.pool
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from typing import Any

import pytest
import tenacity
from fastapi import FastAPI

from tests.evidence.client import request
from tests.evidence.pages import examples

MOMENT = 0.05
"""Seconds for which a loop is given the chance to move that cannot."""

PATIENCE = 20.0
"""Seconds for which one is that can, on whatever machine."""


class Work:
    """What another thread does: it sees whether the loop moves meanwhile."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patience: float) -> None:
        self.loop = loop
        self.patience = patience
        self.moved = False

    def __call__(self) -> int:
        told = threading.Event()
        self.loop.call_soon_threadsafe(told.set)
        self.moved = told.wait(self.patience)
        return 1

    def then(self, function: Callable[[], object]) -> None:
        """Have another thread do it and then call something."""
        threading.Thread(target=lambda: (self(), function())).start()

    def submitted(self) -> "Future[int]":
        pool = ThreadPoolExecutor()
        future = pool.submit(self)
        pool.shutdown(wait=False)
        return future


Waiting = Callable[[Work], Any]


def moves(function: Waiting, *, is_async: bool) -> bool:
    """Whether the loop goes on while an `async` route, or a `def` route, waits."""
    app = FastAPI()
    works: list[Work] = []

    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    @app.middleware("http")
    async def prepare(request: Any, call_next: Any) -> Any:
        works.append(Work(await loop(), MOMENT if is_async else PATIENCE))
        return await call_next(request)

    async def on_the_loop() -> None:
        function(works[0])

    def in_a_thread() -> None:
        function(works[0])

    app.get("/")(on_the_loop if is_async else in_a_thread)
    assert request(app, "GET", "/").status_code == 200
    return works[0].moved


def join(work: Work) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def leave_a_pool(work: Work) -> None:
    with ThreadPoolExecutor() as pool:
        pool.submit(work)


def map_in_a_pool(work: Work) -> None:
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(lambda _: work(), [1])) == [1]


def shut_a_pool_down(work: Work) -> None:
    pool = ThreadPoolExecutor()
    pool.submit(work)
    pool.shutdown()


def map_in_another_pool(work: Work) -> None:
    with multiprocessing.pool.ThreadPool(1) as pool:
        pool.map(lambda _: work(), [1])


def get_from_a_queue(work: Work) -> None:
    jobs: queue.Queue[int] = queue.Queue()
    work.then(lambda: jobs.put(1))
    jobs.get(timeout=2 * PATIENCE)


def put_into_a_full_queue(work: Work) -> None:
    jobs: queue.Queue[int] = queue.Queue(maxsize=1)
    jobs.put(1)
    work.then(jobs.get)
    jobs.put(2)


def join_a_queue(work: Work) -> None:
    jobs: queue.Queue[int] = queue.Queue()
    jobs.put(1)
    work.then(jobs.task_done)
    jobs.join()


def wait_for_an_event(work: Work) -> None:
    event = threading.Event()
    work.then(event.set)
    event.wait()


def wait_for_a_condition(work: Work) -> None:
    condition = threading.Condition()

    def notify() -> None:
        with condition:
            condition.notify()

    with condition:
        work.then(notify)
        condition.wait()


def wait_for_a_place(work: Work) -> None:
    places = threading.Semaphore(1)
    places.acquire()
    work.then(places.release)
    places.acquire()


def wait_for_a_lock(work: Work) -> None:
    lock = threading.Lock()
    lock.acquire()
    work.then(lock.release)
    assert lock.acquire(timeout=2 * PATIENCE)


class Failing:
    """Fails the first time, asks the loop to move, and sees the second time whether it did."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.told: threading.Event | None = None

    def __call__(self) -> bool:
        if self.told is None:
            self.told = threading.Event()
            self.work.loop.call_soon_threadsafe(self.told.set)
            raise ConnectionError
        self.work.moved = self.told.wait(self.work.patience)
        return self.work.moved


def retry(work: Work) -> None:
    tenacity.retry(wait=tenacity.wait_fixed(MOMENT))(Failing(work))()


def retry_in_a_loop(work: Work) -> None:
    fails = Failing(work)
    for attempt in tenacity.Retrying(wait=tenacity.wait_fixed(MOMENT)):
        with attempt:
            fails()


WAITS: list[Waiting] = [
    join,
    lambda work: work.submitted().result(),
    lambda work: work.submitted().exception(),
    lambda work: wait([work.submitted()]),
    lambda work: list(as_completed([work.submitted()])),
    leave_a_pool,
    map_in_a_pool,
    map_in_another_pool,
    shut_a_pool_down,
    get_from_a_queue,
    put_into_a_full_queue,
    join_a_queue,
    wait_for_an_event,
    wait_for_a_condition,
    wait_for_a_place,
    wait_for_a_lock,
    retry,
    retry_in_a_loop,
]


@pytest.mark.parametrize("function", WAITS)
def test_a_wait_stops_the_loop_in_an_async_route_and_not_in_a_def_route(function: Waiting) -> None:
    assert (False, True) == (moves(function, is_async=True), moves(function, is_async=False))


def prices(example: dict[str, Any], patience: float) -> bool:
    """Whether the loop moves while an example asks its shops for prices."""
    moved: list[bool] = []
    app, loops = example["app"], list[asyncio.AbstractEventLoop]()

    @app.middleware("http")
    async def prepare(request: Any, call_next: Any) -> Any:
        loops.append(asyncio.get_running_loop())
        return await call_next(request)

    def price(shop: str) -> float:
        work = Work(loops[0], patience)
        work()
        moved.append(work.moved)
        return len(shop)

    example["price"] = price
    assert request(app, "GET", "/prices?shops=a,bb").json() == [1, 2]
    return all(moved)


def test_the_bad_example_stops_the_loop_and_the_good_one_does_not() -> None:
    bad, good = examples("blocking-wait")
    assert (False, True) == (prices(bad, MOMENT), prices(good, PATIENCE))


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("blocking-wait")
    assert bad["app"].openapi() == good["app"].openapi()


def answer(function: Callable[[], Any]) -> Any:
    """What an `async` route gives that returns what a function gives, awaited if it is a coroutine."""
    app = FastAPI()

    @app.get("/")
    async def route() -> Any:
        given = function()
        return await given if asyncio.iscoroutine(given) else given

    return request(app, "GET", "/").json()


def test_what_has_nothing_to_wait_for_goes_on_at_once() -> None:
    def ask() -> bool:
        jobs: queue.Queue[int] = queue.Queue()
        for number in range(4):
            jobs.put(number)
        while not jobs.empty():
            jobs.get()
        for arguments in ({"block": False}, {"timeout": 0}):
            with pytest.raises(queue.Empty):
                jobs.get(**arguments)  # type: ignore[arg-type]
        lock, event = threading.Lock(), threading.Event()
        lock.acquire()
        return lock.acquire(blocking=False) or event.wait(0)

    assert answer(ask) is False


def test_submitting_work_does_not_wait_for_it() -> None:
    def submit() -> bool:
        work = Work(asyncio.get_running_loop(), PATIENCE)
        pool = ThreadPoolExecutor()
        pool.submit(work)
        pool.map(lambda _: work(), [1])
        pool.shutdown(wait=False)
        return work.moved

    assert answer(submit) is False


def test_a_pool_whose_work_is_awaited_leaves_the_loop_alone() -> None:
    async def gather() -> bool:
        work = Work(asyncio.get_running_loop(), PATIENCE)
        with ThreadPoolExecutor() as pool:
            await asyncio.get_running_loop().run_in_executor(pool, work)
            await asyncio.wrap_future(pool.submit(work))
        return work.moved

    assert answer(gather) is True


def test_a_future_that_was_awaited_or_asked_gives_its_result_at_once() -> None:
    async def take() -> list[bool]:
        works = [Work(asyncio.get_running_loop(), PATIENCE) for _ in range(2)]
        awaited, asked = (work.submitted() for work in works)
        await asyncio.wrap_future(awaited)
        while not asked.done():
            await asyncio.sleep(0.01)
        awaited.result(timeout=0)
        asked.result(timeout=0)
        return [work.moved for work in works]

    assert answer(take) == [True, True]


def test_retrying_an_async_function_sleeps_without_the_loop() -> None:
    async def fetch() -> bool:
        fails = Failing(Work(asyncio.get_running_loop(), 0))

        @tenacity.retry(wait=tenacity.wait_fixed(MOMENT))
        async def attempt() -> bool:
            return fails()

        return await attempt()

    assert answer(fetch) is True


def test_retrying_without_a_wait_does_not_sleep() -> None:
    def fetch() -> list[float]:
        slept: list[float] = []
        retrying = tenacity.Retrying(stop=tenacity.stop_after_attempt(3), sleep=slept.append)
        retrying(Failing(Work(asyncio.get_running_loop(), 0)))
        return slept

    assert answer(fetch) == [0]
