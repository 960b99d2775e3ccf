"""FL211: what follows the `yield` of a dependency is skipped when the endpoint raises."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from tests.evidence.client import request
from tests.evidence.pages import examples

Dependency = Callable[..., Any]


def app_with(dependency: Dependency, error: Exception | None) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def read(number: int = 0, value: Any = Depends(dependency)) -> str:
        if error is not None:
            raise error
        return "read"

    return app


def test_the_bad_example_leaves_a_session_open_where_the_good_one_closes_it() -> None:
    for example, is_closed in zip(examples("yield-without-cleanup"), (False, True), strict=True):
        assert request(example["app"], "GET", "/users/ada").status_code == 200
        assert request(example["app"], "GET", "/users/eve").status_code == 404
        assert [each.is_closed for each in example["sessions"]] == [True, is_closed]


@pytest.mark.parametrize("error", [HTTPException(404), ValueError()])
def test_what_follows_the_yield_is_skipped_by_any_error(error: Exception) -> None:
    done: list[str] = []

    def plain() -> Iterator[None]:
        yield
        done.append("plain")

    async def awaited() -> AsyncIterator[None]:
        yield
        done.append("awaited")

    def with_finally() -> Iterator[None]:
        try:
            yield
        finally:
            done.append("finally")

    def after_except() -> Iterator[None]:
        try:
            yield
        except KeyError:
            raise
        done.append("after except")

    for each in (plain, awaited, with_finally, after_except):
        request(app_with(each, error), "GET", "/")
    assert done == ["finally"]


def test_an_invalid_request_skips_it_too() -> None:
    done: list[str] = []

    def plain() -> Iterator[None]:
        yield
        done.append("plain")

    assert request(app_with(plain, None), "GET", "/?number=x").status_code == 422
    assert done == []


def test_a_semaphore_stays_taken() -> None:
    semaphore = asyncio.Semaphore(1)

    async def take() -> AsyncIterator[None]:
        await semaphore.acquire()
        yield
        semaphore.release()

    assert request(app_with(take, HTTPException(404)), "GET", "/").status_code == 404
    assert semaphore.locked()


def test_a_temporary_folder_stays_on_disk(tmp_path: Path) -> None:
    def get_folder() -> Iterator[Path]:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        yield folder
        folder.rmdir()

    request(app_with(get_folder, None), "GET", "/")
    assert list(tmp_path.iterdir()) == []
    request(app_with(get_folder, HTTPException(404)), "GET", "/")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(("is_protected", "connections"), [(False, 1), (True, 0)])
def test_the_connection_of_a_session_is_not_returned(is_protected: bool, connections: int) -> None:
    engine = create_engine("sqlite://", poolclass=QueuePool, connect_args={"check_same_thread": False})
    held: list[Session] = []  # as a traceback, a log handler or an error tracker does

    def unprotected() -> Iterator[Session]:
        session = Session(engine)
        held.append(session)
        yield session
        session.close()

    def protected() -> Iterator[Session]:
        session = Session(engine)
        held.append(session)
        try:
            yield session
        finally:
            session.close()

    app = FastAPI()

    @app.get("/")
    def read(session: Session = Depends(protected if is_protected else unprotected)) -> None:
        session.execute(text("select 1"))
        raise HTTPException(404)

    request(app, "GET", "/")
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedout() == connections


def test_a_generator_that_is_dropped_runs_its_finally_at_once() -> None:
    done: list[str] = []

    def protected() -> Iterator[int]:
        try:
            yield 1
        finally:
            done.append("closed")

    def unprotected() -> Iterator[int]:
        yield 1
        done.append("closed")

    assert (next(unprotected()), done) == (1, [])
    assert (next(protected()), done) == (1, ["closed"])
