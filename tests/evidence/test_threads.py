"""What blocking calls do once a thread makes them: the same, while the loop goes on.

The cases are those of `fixtures/fixes`; their modules name the paths in `SLOW` that stop the loop before.
"""

import sqlite3
import threading
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from fastlint.testing.projects import Code, laid_out
from tests.evidence.behaviour import behaviour, imported, keeps
from tests.evidence.client import request
from tests.evidence.loop import blocks

FIXES = Path(__file__).parents[2] / "fixtures" / "fixes"
CASES = sorted(
    folder
    for rule in ("blocking_*", "cpu_bound_call")
    for folder in FIXES.glob(f"{rule}/unsafe/*")
    if folder.parts[-1] != "django"  # which is not installed here
)
SLOW = [case for case in CASES if any("SLOW = [" in each.read_text() for each in case.rglob("*.py"))]


def code(case: Path, name: str) -> Code:
    file = case / f"{name}.py"
    return {"main.py": file.read_text(encoding="utf-8")} if file.is_file() else case / name


def name(case: Path) -> str:
    return "/".join(case.parts[-3:])


@pytest.mark.parametrize("case", CASES, ids=name)
def test_an_app_answers_what_it_answered_when_a_thread_makes_its_calls(case: Path) -> None:
    with laid_out(code(case, "before")) as before, laid_out(code(case, "after")) as after:
        old, new = behaviour(before, quietly=True), behaviour(after, quietly=False)
    assert [] == keeps(old, new)
    assert {200, 422, 503} >= {answer[0] for _, answer in old.answers}


@pytest.mark.parametrize("case", SLOW, ids=name)
def test_what_stopped_the_loop_leaves_it_alone_in_a_thread(case: Path) -> None:
    with laid_out(code(case, "before")) as before, laid_out(code(case, "after")) as after:
        old, new = imported(before), imported(after)
    for path in old.SLOW:
        assert blocks(old.app, "GET", path)
        assert not blocks(new.app, "GET", path)


def test_a_connection_of_sqlite3_refuses_another_thread() -> None:
    connection = sqlite3.connect(":memory:")
    app = FastAPI()

    @app.get("/")
    async def route() -> str:
        try:
            await run_in_threadpool(connection.execute, "SELECT 1")
        except sqlite3.ProgrammingError as error:
            return str(error).partition(".")[0]
        return "works"

    answer = request(app, "GET", "/").json()
    connection.close()
    assert "SQLite objects created in a thread can only be used in that same thread" == answer


def test_a_thread_of_the_pool_has_no_running_loop() -> None:
    import asyncio

    app = FastAPI()

    @app.get("/")
    async def route() -> str:
        try:
            await run_in_threadpool(asyncio.get_running_loop)
        except RuntimeError as error:
            return str(error)
        return "has one"

    assert "no running event loop" == request(app, "GET", "/").json()


def test_what_a_thread_sets_in_the_context_nobody_else_sees() -> None:
    from contextvars import ContextVar

    user = ContextVar("user", default="nobody")
    app = FastAPI()

    @app.get("/")
    async def route() -> str:
        user.set("ada")
        seen = await run_in_threadpool(user.get)
        await run_in_threadpool(user.set, "bob")
        return f"{seen}, then {user.get()}"

    assert "ada, then ada" == request(app, "GET", "/").json()


def test_a_lock_that_is_held_over_an_await_stops_the_loop_for_good() -> None:
    import asyncio

    lock = threading.Lock()

    async def hold() -> bool:
        with lock:
            waiting = asyncio.create_task(take())
            await run_in_threadpool(len, "")
            return await waiting

    async def take() -> bool:
        return lock.acquire(timeout=0.05)  # without the timeout nothing would ever run again

    assert not asyncio.run(hold())


def test_an_await_in_a_finally_is_the_last_thing_that_a_cancelled_request_does() -> None:
    import anyio

    done: list[str] = []

    async def work() -> None:
        try:
            await anyio.sleep(10)
        finally:
            done.append("begins to clean up")
            await run_in_threadpool(done.append, "cleaned up")

    async def cancelled() -> None:
        with anyio.move_on_after(0.01):
            await work()

    anyio.run(cancelled)
    assert ["begins to clean up"] == done


def test_what_is_made_where_it_is_missing_is_made_twice_once_it_is_awaited() -> None:
    import asyncio

    made: list[str] = []
    state: dict[str, str] = {}

    def make() -> str:
        made.append("model")
        return made[-1]

    async def on_loop() -> None:
        if "model" not in state:
            state["model"] = make()

    async def in_thread() -> None:
        if "model" not in state:
            state["model"] = await run_in_threadpool(make)

    async def both() -> tuple[int, int]:
        await asyncio.gather(on_loop(), on_loop())
        once = len(made)
        state.clear()
        await asyncio.gather(in_thread(), in_thread())
        return once, len(made) - once

    assert (1, 2) == asyncio.run(both())
