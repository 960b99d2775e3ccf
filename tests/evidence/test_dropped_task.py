"""What becomes of a task that nobody keeps: it can be collected, and what it raises reaches nobody."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI

from fastlint import testing
from fastlint.diagnostic import Severity
from fastlint.registry import find_rule
from tests.evidence.client import request
from tests.evidence.pages import Namespace, examples


class Job:
    """Work that waits for something that only it refers to, and what is left of its task."""

    def __init__(self) -> None:
        self.task: weakref.ref[asyncio.Task[Any]] | None = None

    async def run(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.task = weakref.ref(task)
        del task
        await asyncio.Event().wait()

    @property
    def is_alive(self) -> bool:
        assert self.task is not None
        return self.task() is not None


def after_a_request(app: FastAPI, *, then: Callable[[], Any] = gc.collect) -> tuple[int, list[str], Any]:
    """The status of a request, what the loop complained of once the garbage was collected, and `then`."""
    complaints: list[str] = []

    async def ask() -> tuple[int, Any]:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context["message"]))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            status = (await client.post("/")).status_code
        await asyncio.sleep(0.01)  # the task begins
        gc.collect()
        seen = then()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        return status, seen

    status, seen = asyncio.run(ask())
    return status, complaints, seen


def test_a_task_that_nobody_keeps_is_collected_before_it_is_done() -> None:
    app, job = FastAPI(), Job()

    @app.post("/")
    async def route() -> None:
        asyncio.create_task(job.run())

    status, complaints, is_alive = after_a_request(app, then=lambda: job.is_alive)
    assert (status, is_alive) == (200, False)
    assert complaints == ["Task was destroyed but it is pending!"]


def test_a_task_in_a_variable_that_nothing_reads_is_collected_once_the_function_is_over() -> None:
    app, job = FastAPI(), Job()

    @app.post("/")
    async def route() -> None:
        task = asyncio.create_task(job.run())  # noqa: F841 - that is the mistake

    _, complaints, is_alive = after_a_request(app, then=lambda: job.is_alive)
    assert not is_alive
    assert complaints == ["Task was destroyed but it is pending!"]


def test_a_task_in_a_set_is_kept_until_it_is_done() -> None:
    app, job = FastAPI(), Job()
    running: set[asyncio.Task[None]] = set()

    @app.post("/")
    async def route() -> None:
        task = asyncio.create_task(job.run())
        running.add(task)
        task.add_done_callback(running.discard)

    assert after_a_request(app, then=lambda: job.is_alive) == (200, [], True)
    assert running == set()


def test_a_task_of_a_task_group_is_kept_by_it() -> None:
    task_group = getattr(asyncio, "TaskGroup", None)
    if task_group is None:
        pytest.skip("since Python 3.11")
    job = Job()

    async def wait() -> bool:
        async with task_group() as group:
            task = group.create_task(job.run())
            await asyncio.sleep(0)
            del task
            gc.collect()
            is_alive = job.is_alive
            assert job.task is not None
            found = job.task()
            if found is not None:
                found.cancel()
        return is_alive

    assert asyncio.run(wait())


async def fail() -> None:
    raise ValueError("no such address")


def test_what_a_dropped_task_raises_is_answered_with_200_and_only_found_when_it_is_collected() -> None:
    app, handled = FastAPI(), list[Exception]()

    @app.exception_handler(ValueError)
    async def handle(_: Any, error: Exception) -> None:
        handled.append(error)

    @app.post("/")
    async def route() -> None:
        asyncio.create_task(fail())

    status, complaints, _ = after_a_request(app)
    assert status == 200
    assert handled == []
    assert complaints == ["Task exception was never retrieved"]


def test_what_a_background_task_raises_is_an_error_of_the_request() -> None:
    app = FastAPI()

    @app.post("/")
    async def route(tasks: BackgroundTasks) -> None:
        tasks.add_task(fail)

    with pytest.raises(ValueError, match="no such address"):
        after_a_request(app)


def done_after_a_moment(example: Namespace) -> list[str]:
    async def ask() -> None:
        transport = httpx.ASGITransport(app=example["app"])
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.post("/orders", params={"address": "a"})).json() == {"status": "created"}
        for _ in range(200):
            if example["done"]:
                break
            await asyncio.sleep(0.01)

    asyncio.run(ask())
    done: list[str] = example["done"]
    return done


def test_the_good_example_does_its_work_and_lets_go_of_the_task() -> None:
    _, good = examples("dropped-task")
    assert done_after_a_moment(good) == ["a"]


def test_both_examples_answer_alike_and_have_the_same_schema() -> None:
    bad, good = examples("dropped-task")
    answers = [request(each["app"], "POST", "/orders", params={"address": "a"}) for each in (bad, good)]
    assert [each.json() for each in answers] == [{"status": "created"}] * 2
    assert bad["app"].openapi() == good["app"].openapi()


def test_a_def_route_or_dependency_has_no_loop_to_start_a_task_on() -> None:
    def start() -> None:
        work = fail()
        try:
            asyncio.create_task(work)
        finally:
            work.close()

    for app, depends in ((FastAPI(), []), (FastAPI(), [Depends(start)])):
        app.post("/", dependencies=depends)(start if not depends else lambda: None)
        with pytest.raises(RuntimeError, match="no running event loop"):
            after_a_request(app)


def test_what_never_waits_is_done_though_nobody_keeps_it() -> None:
    app, done = FastAPI(), list[str]()

    async def count() -> None:
        done.append("counted")

    @app.post("/")
    async def route() -> None:
        for _ in range(100):
            asyncio.create_task(count())
            gc.collect(0)

    status, complaints, _ = after_a_request(app)
    assert (status, complaints, len(done)) == (200, [], 100)


def test_in_a_def_route_it_says_that_no_loop_runs_there() -> None:
    code = """
import asyncio
from fastapi import FastAPI
app = FastAPI()
async def send_mail() -> None:
    await asyncio.sleep(1)
@app.post("/")
def create_order() -> None:
    asyncio.create_task(send_mail())
"""
    rule = find_rule("dropped-task")
    assert rule is not None
    [finding] = testing.diagnostics(rule, code)
    assert finding.severity is Severity.ERROR
    assert not finding.requests
    assert finding.message == (
        "`asyncio.create_task` can only raise `RuntimeError` here: "
        "no event loop runs in the thread that runs the `def`"
    )
