"""FL213: what follows a `yield` runs after the response, unless the dependency ends with the function.

The older versions were run by hand: 0.95.2, 0.103.2, 0.105.0, 0.118.0, 0.120.4 and 0.121.0 answer 200 as
here, 0.106.0 and 0.117.1 as with `scope="function"`, which 0.120.4 does not know yet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from fastapi.exceptions import DependencyScopeError
from fastapi.responses import StreamingResponse

from tests.evidence.client import request
from tests.evidence.pages import examples, fixed

COMMIT = 0.3  # seconds
Scope = Literal["request", "function"]


def run(dependency: Callable[..., Any], scope: Scope | None) -> tuple[int, list[str]]:
    """The status of an answer, and what happened in which order."""
    log: list[str] = []
    app = FastAPI()

    @app.get("/")
    def read(tasks: BackgroundTasks, value: Any = Depends(dependency, scope=scope)) -> None:
        tasks.add_task(log.append, "background task")
        value(log.append)

    async def logged(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                log.append("response")
            await send(message)

        await app(scope, receive, sending)

    return request(logged, "GET", "/").status_code, log


def committing() -> Iterator[Any]:
    given: list[Callable[[str], None]] = []
    yield given.append
    given[0]("commit")


def failing() -> Iterator[Any]:
    yield lambda log: None
    raise HTTPException(409)


@pytest.mark.parametrize(("position", "status"), [(0, 200), (1, 500)], ids=["bad", "good"])
def test_who_creates_a_user_twice_is_told_so_only_if_the_commit_comes_first(
    position: int, status: int
) -> None:
    app = examples("work-after-yield")[position]["app"]
    assert request(app, "POST", "/users/ada").status_code == 200
    assert request(app, "POST", "/users/ada").status_code == status


@pytest.mark.parametrize(
    ("scope", "order"),
    [
        (None, ["response", "background task", "commit"]),
        ("request", ["response", "background task", "commit"]),
        ("function", ["commit", "response", "background task"]),
    ],
)
def test_a_commit_comes_after_the_response_and_its_background_tasks(
    scope: Scope | None, order: list[str]
) -> None:
    assert run(committing, scope) == (200, order)


@pytest.mark.parametrize(("scope", "waits"), [(None, False), ("function", True)])
def test_the_client_does_not_wait_for_a_slow_commit(scope: Scope | None, waits: bool) -> None:
    def get_session() -> Iterator[None]:
        yield
        time.sleep(COMMIT)

    app, answered = FastAPI(), list[float]()
    app.get("/", dependencies=[Depends(get_session, scope=scope)])(lambda: None)

    async def timed(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            answered.append(time.perf_counter())
            await send(message)

        await app(scope, receive, sending)

    start = time.perf_counter()
    request(timed, "GET", "/")
    assert (answered[-1] - start >= COMMIT) is waits


@pytest.mark.parametrize(("scope", "status"), [(None, 200), ("function", 409)])
def test_an_exception_after_the_yield_is_no_answer(scope: Scope | None, status: int) -> None:
    assert run(failing, scope)[0] == status


@pytest.mark.parametrize(("scope", "ran"), [(None, []), ("function", ["mail"])])
def test_a_task_that_is_added_after_the_yield_never_runs(scope: Scope | None, ran: list[str]) -> None:
    done: list[str] = []

    def mail(tasks: BackgroundTasks) -> Iterator[Any]:
        yield lambda log: None
        tasks.add_task(done.append, "mail")

    app = FastAPI()
    app.get("/", dependencies=[Depends(mail, scope=scope)])(lambda: None)
    assert request(app, "GET", "/").status_code == 200
    assert done == ran


def test_with_the_scope_of_the_function_it_has_ended_when_the_first_chunk_of_a_stream_is_made() -> None:
    log: list[str] = []

    def get_session() -> Iterator[None]:
        yield
        log.append("closed")

    app = FastAPI()

    @app.get("/", dependencies=[Depends(get_session, scope="function")])
    def export() -> StreamingResponse:
        return StreamingResponse(log.append("chunk") or "chunk" for _ in range(1))

    assert request(app, "GET", "/").text == "chunk"
    assert log == ["closed", "chunk"]


def test_a_dependency_that_ends_with_the_request_cannot_need_one_that_ends_before() -> None:
    def inner() -> Iterator[int]:
        yield 1

    def outer(value: int = Depends(inner, scope="function")) -> Iterator[int]:
        yield value

    app = FastAPI()
    with pytest.raises(DependencyScopeError):
        app.get("/")(lambda value=Depends(outer): value)


def test_a_dependency_that_ends_before_may_need_one_that_ends_with_the_request_and_is_no_help_to_that() -> (
    None
):
    log: list[str] = []

    def inner() -> Iterator[int]:
        yield 1
        log.append("inner")

    def outer(value: int = Depends(inner)) -> Iterator[int]:
        yield value
        log.append("outer")

    app = FastAPI()

    @app.get("/")
    def read(tasks: BackgroundTasks, value: int = Depends(outer, scope="function")) -> None:
        tasks.add_task(log.append, "background task")

    request(app, "GET", "/")
    assert log == ["outer", "background task", "inner"]


def test_a_request_has_two_of_a_dependency_with_two_scopes() -> None:
    def make() -> Iterator[object]:
        yield object()

    app = FastAPI()

    @app.get("/")
    def read(one: Any = Depends(make), other: Any = Depends(make, scope="function")) -> bool:
        return one is other

    assert request(app, "GET", "/").json() is False


def test_the_fix_of_a_listed_dependency_makes_its_error_the_answer() -> None:
    before, after = fixed("work-after-yield", "listed")
    assert request(before["app"], "POST", "/").status_code == 200
    assert request(after["app"], "POST", "/").status_code == 409
