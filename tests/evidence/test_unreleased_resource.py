"""FL230: a session that a dependency returns keeps its connection until the garbage collector comes by."""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from tests.evidence.client import request
from tests.evidence.garbage import collect_garbage
from tests.evidence.pages import examples

engine = create_engine(
    "sqlite://", poolclass=QueuePool, pool_timeout=0, connect_args={"check_same_thread": False}
)


@pytest.fixture(autouse=True)
def no_garbage_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    gc.collect()


def returned() -> Session:
    return Session(engine)


def returned_connection() -> Connection:
    return engine.connect()


def yielded() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def app_with(dependency: Callable[..., Any]) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def read(connection: Any = Depends(dependency)) -> int:
        return int(connection.execute(text("select 1")).scalar_one())

    return app


def taken() -> int:
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()


def test_the_bad_example_keeps_a_connection_for_each_request_and_the_good_one_none() -> None:
    for example, connections in zip(examples("unreleased-resource"), (3, 0), strict=True):
        for _ in range(3):
            assert request(example["app"], "GET", "/number").json() == 1
        assert example["engine"].pool.checkedout() == connections


@pytest.mark.parametrize("dependency", [returned, returned_connection])
def test_the_pool_is_empty_after_fifteen_requests(dependency: Callable[..., Any]) -> None:
    app = app_with(dependency)
    statuses = [request(app, "GET", "/").status_code for _ in range(16)]
    assert statuses == [200] * 15 + [500]
    collect_garbage()
    assert taken() == 0


def test_a_session_that_is_yielded_inside_of_with_gives_its_connection_back() -> None:
    app = app_with(yielded)
    statuses = {request(app, "GET", "/").status_code for _ in range(16)}
    assert (statuses, taken()) == ({200}, 0)


class Unit:
    """Keeps what it opens, and closes nothing."""

    def __init__(self) -> None:
        self.session = Session(engine)

    def execute(self, statement: Any) -> Any:
        return self.session.execute(statement)


class Repository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def execute(self, statement: Any) -> Any:
        return self.session.execute(statement)


@pytest.mark.parametrize("dependency", [Unit, lambda: Repository(Session(engine)), lambda: returned()])
def test_it_is_the_same_for_an_object_that_keeps_a_session_and_for_a_helper_that_opens_it(
    dependency: Callable[..., Any],
) -> None:
    app = app_with(dependency)
    statuses = [request(app, "GET", "/").status_code for _ in range(16)]
    assert statuses == [200] * 15 + [500]


@pytest.mark.parametrize("dependency", [returned, returned_connection])
def test_a_transaction_that_is_entered_gives_the_connection_back(dependency: Callable[..., Any]) -> None:
    app = FastAPI()

    @app.get("/")
    def read(connection: Any = Depends(dependency)) -> int:
        with connection.begin():
            return int(connection.execute(text("select 1")).scalar_one())

    assert [request(app, "GET", "/").status_code for _ in range(3)] == [200] * 3
    assert taken() == 0


def test_a_stack_closes_the_session_that_it_is_given() -> None:
    app = FastAPI()

    def get_stack() -> Iterator[ExitStack]:
        with ExitStack() as stack:
            yield stack

    def entered(stack: Any = Depends(get_stack)) -> Session:
        session: Session = stack.enter_context(Session(engine))
        return session

    @app.get("/")
    def read(session: Any = Depends(entered)) -> int:
        return int(session.execute(text("select 1")).scalar_one())

    assert [request(app, "GET", "/").status_code for _ in range(16)] == [200] * 16
    assert taken() == 0


def test_a_file_is_closed_with_its_last_reference() -> None:
    """Which is why the rule does not speak of files."""
    held: list[int] = []

    def get_file() -> Any:
        return Tracked(held)

    app = FastAPI()

    @app.get("/")
    def read(file: Any = Depends(get_file)) -> str:
        return "read"

    request(app, "GET", "/")
    assert held == [1]


class Tracked:
    def __init__(self, ended: list[int]) -> None:
        self.ended = ended

    def __del__(self) -> None:
        self.ended.append(1)
