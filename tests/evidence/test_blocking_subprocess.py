"""Which ways to run a process stop the event loop."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from tests.evidence.client import request
from tests.evidence.loop import CALL, blocks
from tests.evidence.pages import examples

SLOW = [sys.executable, "-S", "-c", f"import time; time.sleep({CALL})"]


def answering(work: Callable[[], Any]) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def route() -> None:
        work()

    return app


def test_the_bad_example_stops_the_loop_and_the_good_one_does_not() -> None:
    bad, good = examples("blocking-subprocess")
    bad["RENDER"] = good["RENDER"] = SLOW
    assert blocks(bad["app"], "POST", "/invoices")
    assert not blocks(good["app"], "POST", "/invoices")


def test_both_examples_give_the_same_answer_and_schema() -> None:
    bad, good = examples("blocking-subprocess")
    bad["RENDER"] = good["RENDER"] = [sys.executable, "-S", "-c", "raise SystemExit(3)"]
    assert bad["app"].openapi() == good["app"].openapi()
    assert request(bad["app"], "POST", "/invoices").json() == {"exit_code": 3}
    assert request(good["app"], "POST", "/invoices").json() == {"exit_code": 3}


def wait_for_it() -> None:
    subprocess.Popen(SLOW).wait()


def communicate() -> None:
    subprocess.Popen(SLOW, stdout=subprocess.PIPE).communicate()


def read_a_pipe() -> None:
    with os.popen(subprocess.list2cmdline(SLOW)) as output:
        output.read()


def go_through_what_it_writes() -> None:
    with subprocess.Popen(SLOW, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        started = time.perf_counter()
        assert list(process.stdout) == []
        assert time.perf_counter() - started > CALL / 2


def spawn_and_wait() -> None:
    os.spawnv(os.P_WAIT, sys.executable, SLOW)


def leave_its_context() -> None:
    with subprocess.Popen(SLOW):
        pass


@pytest.mark.parametrize(
    "run",
    [
        lambda: subprocess.call(SLOW),
        lambda: subprocess.check_call(SLOW),
        lambda: subprocess.check_output(SLOW),
        lambda: subprocess.getoutput(subprocess.list2cmdline(SLOW)),
        lambda: os.system(subprocess.list2cmdline(SLOW)),
        read_a_pipe,
        wait_for_it,
        communicate,
        leave_its_context,
        go_through_what_it_writes,
        spawn_and_wait,
    ],
    ids=[
        *(
            "call",
            "check_call",
            "check_output",
            "getoutput",
            "system",
            "popen",
            "wait",
            "communicate",
            "with",
        ),
        *("pipe", "spawn"),
    ],
)
def test_waiting_for_a_process_blocks(run: Callable[[], Any]) -> None:
    assert blocks(answering(run), "GET", "/")


def test_starting_a_process_does_not_wait_for_it() -> None:
    started: list[subprocess.Popen[bytes]] = []
    assert not blocks(answering(lambda: started.append(subprocess.Popen(SLOW))), "GET", "/")
    assert [process.wait() for process in started] == [0]


def test_asking_for_a_process_with_wnohang_does_not_wait_for_it() -> None:
    started: list[int] = []

    def ask() -> None:
        started.append(os.spawnv(os.P_NOWAIT, sys.executable, SLOW))
        assert os.waitpid(started[0], os.WNOHANG) == (0, 0)

    assert not blocks(answering(ask), "GET", "/")
    assert os.waitpid(started[0], 0)[1] == 0


def test_a_def_route_waits_in_a_thread() -> None:
    app = FastAPI()

    @app.get("/")
    def route() -> int:
        return subprocess.run(SLOW).returncode

    assert not blocks(app, "GET", "/")


def test_a_process_of_asyncio_is_awaited() -> None:
    app = FastAPI()

    @app.get("/")
    async def route() -> int:
        process = await asyncio.create_subprocess_exec(*SLOW)
        return await process.wait()

    assert not blocks(app, "GET", "/")


def test_a_process_that_a_thread_waits_for_leaves_the_loop_alone() -> None:
    app = FastAPI()

    @app.get("/")
    async def route() -> int:
        process = subprocess.Popen(SLOW)
        return await run_in_threadpool(process.wait)

    assert not blocks(app, "GET", "/")
