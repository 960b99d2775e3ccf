"""FL215: what a dependency returns out of a `with` is closed when the endpoint gets it."""

import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ResourceClosedError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from tests.evidence.client import request
from tests.evidence.pages import examples

Dependency = Callable[..., Any]

engine = create_engine("sqlite://", poolclass=QueuePool, connect_args={"check_same_thread": False})


def outcome(dependency: Dependency, use: Callable[[Any], object]) -> object:
    """What an endpoint has of using what it is injected."""
    app = FastAPI()
    found: list[object] = []

    @app.get("/")
    def read(value: Any = Depends(dependency)) -> None:
        try:
            found.append(use(value))
        except Exception as error:
            found.append(type(error))

    assert request(app, "GET", "/").status_code == 200
    return found[0]


@pytest.mark.parametrize(("position", "connections"), [(0, 1), (1, 0)], ids=["bad", "good"])
def test_the_session_of_the_bad_example_works_and_keeps_its_connection(
    position: int, connections: int
) -> None:
    example = examples("closed-resource")[position]
    response = request(example["app"], "GET", "/number")
    assert (response.status_code, response.json()) == (200, 1)
    assert example["engine"].pool.checkedout() == connections


def test_a_connection_is_closed() -> None:
    def get_connection() -> Any:
        with engine.connect() as connection:
            return connection

    assert outcome(get_connection, lambda each: each.execute(text("select 1"))) is ResourceClosedError


def test_an_async_client_is_closed() -> None:
    async def get_client() -> httpx.AsyncClient:
        async with httpx.AsyncClient() as client:
            return client

    assert outcome(get_client, lambda each: each.is_closed) is True


def test_a_client_a_file_and_a_folder_are_gone() -> None:
    def get_client() -> httpx.Client:
        with httpx.Client() as client:
            return client

    def get_file() -> Any:
        with Path(__file__).open() as file:
            return file

    def get_folder() -> str:
        with tempfile.TemporaryDirectory() as folder:
            return folder

    assert outcome(get_client, lambda each: each.get("http://test")) is RuntimeError
    assert outcome(get_file, lambda each: each.read()) is ValueError
    assert outcome(get_folder, lambda each: [*Path(each).iterdir()]) is FileNotFoundError


def test_an_object_that_keeps_a_session_has_a_closed_one() -> None:
    class Numbers:
        def __init__(self, session: Session) -> None:
            self.session = session

    held: list[Numbers] = []

    def get_numbers() -> Numbers:
        with Session(engine) as session:
            held.append(Numbers(session))
            return held[0]

    before = engine.pool.status()
    assert outcome(get_numbers, lambda each: each.session.execute(text("select 1")).scalar_one()) == 1
    assert engine.pool.status() != before
    held[0].session.close()
    assert engine.pool.status() == before


def test_what_is_yielded_is_open() -> None:
    def get_file() -> Any:
        with Path(__file__).open() as file:
            yield file

    assert outcome(get_file, lambda each: each.read(3)) == '"""'


def test_a_null_context_closes_nothing() -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(204)))

    def get_client() -> httpx.Client:
        with nullcontext(client) as same:
            return same

    assert outcome(get_client, lambda found: found.get("http://x").status_code) == 204
    client.close()
