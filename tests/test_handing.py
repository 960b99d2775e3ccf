"""What functions of the project call that each caller hands in."""

from __future__ import annotations

from tests.model import project

APP = """
import time
from functools import partial
from inspect import iscoroutinefunction
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
app = FastAPI()
def slow(): time.sleep(1)
def quick(): return 1
async def slow_job(size=1): time.sleep(size)
async def quick_job(size=1): return size
def twice(function):
    function()
    function()
async def awaits(function, *args):
    if iscoroutinefunction(function):
        return await function(*args)
    return await run_in_threadpool(function, *args)
async def with_status(job, run, **options):
    return await run(**options)
async def forget(function, **options):
    return function(**options)
@app.get("/others")
async def others():
    twice(quick)
    await awaits(quick_job)
    await forget(quick_job)
@app.get("/")
async def read():
    """


def blocked(body: str) -> list[str]:
    """The functions that a route with this body makes block the loop, each with the call."""
    return [f"{call.function.label}: {call.call.text()}" for call in project(APP + body).loop.calls]


def test_what_a_caller_hands_in_blocks_where_that_caller_stands() -> None:
    assert ["read: twice(...)"] == blocked("twice(slow)")


def test_a_function_of_another_package_is_handed_in_too() -> None:
    assert ["read: twice(...)"] == blocked("twice(partial(time.sleep, 1))")


def test_what_does_not_block_is_not_mistaken_for_what_others_hand_in() -> None:
    assert [] == blocked("twice(quick)")


def test_a_coroutine_function_blocks_itself_where_it_is_handed_in() -> None:
    assert ["slow_job: time.sleep(...)"] == blocked("await awaits(slow_job)")


def test_a_lambda_that_makes_a_coroutine_is_followed() -> None:
    assert ["slow_job: time.sleep(...)"] == blocked("await forget(lambda: slow_job(2))")


def test_a_branch_for_coroutine_functions_does_not_call_a_plain_one() -> None:
    assert [] == blocked("await awaits(slow)")


def test_what_is_handed_on_by_keyword_is_followed() -> None:
    assert ["slow_job: time.sleep(...)"] == blocked("await forget(with_status, job=1, run=slow_job, size=2)")


def test_what_a_thread_calls_is_not_on_the_loop() -> None:
    assert [] == blocked("await run_in_threadpool(twice, slow)")


def test_what_a_partial_holds_by_keyword_is_called() -> None:
    code = "run = partial(send, sender=slow)\n    run()\n\ndef send(*, sender):\n    sender()\n"
    assert ["read: run()"] == blocked(code)
