"""Which database calls stop the event loop: here they wait for a lock that another connection holds."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlmodel import Session as SQLModelSession

from tests.evidence.client import request
from tests.evidence.loop import BEAT, BLOCKED, CALL, blocks, watched
from tests.evidence.pages import examples

COUNT = "SELECT count(*) FROM orders"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with no orders, called `shop.db`, in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
    connection.close()
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a database for as long as a slow call takes, from now on."""
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(CALL + 4 * BEAT, holder.execute, args=("ROLLBACK",))
    release.start()
    try:
        yield
    finally:
        release.join()
        holder.close()


def blocks_when_locked(app: FastAPI, database: Path, path: str = "/") -> bool:
    with locked(database):
        return blocks(app, "GET", path)


def on_loop(call: Callable[[], Any]) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def route() -> None:
        call()

    return app


def test_the_bad_example_stops_the_loop_and_the_good_one_does_not(database: Path) -> None:
    bad, good = examples("blocking-database-call")
    assert blocks_when_locked(bad["app"], database, "/orders/count")
    assert not blocks_when_locked(good["app"], database, "/orders/count")
    bad["engine"].dispose()
    good["engine"].dispose()


def test_both_examples_give_the_same_answer_and_schema(database: Path) -> None:
    bad, good = examples("blocking-database-call")
    assert bad["app"].openapi() == good["app"].openapi()
    assert request(bad["app"], "GET", "/orders/count").json() == 0
    assert request(good["app"], "GET", "/orders/count").json() == 0
    bad["engine"].dispose()
    good["engine"].dispose()


def test_a_sqlite3_connection_blocks(database: Path) -> None:
    connection = sqlite3.connect(database, check_same_thread=False)
    assert blocks_when_locked(on_loop(lambda: connection.execute(COUNT).fetchone()), database)
    connection.close()


@pytest.mark.parametrize("session_class", [Session, SQLModelSession])
def test_sync_sessions_of_sqlalchemy_and_sqlmodel_block(session_class: type[Session], database: Path) -> None:
    engine = create_engine(f"sqlite:///{database}")
    with session_class(engine) as session:
        assert blocks_when_locked(on_loop(lambda: session.connection().execute(text(COUNT))), database)
    engine.dispose()


def test_a_query_blocks_where_it_is_gone_through(database: Path) -> None:
    class Base(DeclarativeBase): ...

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)

    engine = create_engine(f"sqlite:///{database}")
    with Session(engine) as session:
        query = session.query(Order.id)
        assert not blocks_when_locked(on_loop(lambda: session.query(Order.id)), database)
        assert blocks_when_locked(on_loop(lambda: list(query)), database)
    engine.dispose()


def test_a_commit_blocks(database: Path) -> None:
    engine = create_engine(f"sqlite:///{database}")
    reader = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    reader.execute("INSERT INTO orders DEFAULT VALUES")
    reader.execute("BEGIN")
    reader.execute(COUNT).fetchone()  # a shared lock: others may write, but not commit
    release = threading.Timer(CALL + 4 * BEAT, reader.execute, args=("COMMIT",))
    with Session(engine) as session:
        session.execute(text("INSERT INTO orders DEFAULT VALUES"))
        release.start()
        assert blocks(on_loop(session.commit), "GET", "/")
        release.join()
    reader.close()
    engine.dispose()


def test_a_connection_of_an_engine_blocks(database: Path) -> None:
    engine = create_engine(f"sqlite:///{database}")

    def count() -> None:
        with engine.connect() as connection:
            connection.execute(text(COUNT))

    assert blocks_when_locked(on_loop(count), database)
    engine.dispose()


def test_a_session_that_a_thread_uses_leaves_the_loop_alone(database: Path) -> None:
    engine = create_engine(f"sqlite:///{database}")
    app = FastAPI()

    def count() -> Any:
        with Session(engine) as session:
            return session.scalar(text(COUNT))

    @app.get("/")
    async def route() -> Any:
        return await run_in_threadpool(count)

    assert not blocks_when_locked(app, database)
    engine.dispose()


def test_engines_sessions_and_queries_that_send_nothing_do_not_wait(database: Path) -> None:
    def prepare() -> None:
        engine = create_engine(f"sqlite:///{database}")
        session = sessionmaker(engine)()
        session.add_all([])
        session.query(text("id")).filter(text("id > 1")).limit(10)
        session.close()
        engine.dispose()

    assert not blocks_when_locked(on_loop(prepare), database)


def test_an_empty_pool_stops_the_loop_although_every_query_is_quick(database: Path) -> None:
    engine = create_engine(f"sqlite:///{database}", pool_size=1, max_overflow=0, pool_timeout=CALL)
    statuses, stall = asyncio.run(_four_at_once(app_with_one_session_a_request(engine)))
    engine.dispose()
    assert 500 in statuses
    assert stall >= BLOCKED


def app_with_one_session_a_request(engine: Any) -> FastAPI:
    app = FastAPI()

    def get_session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    @app.get("/")
    async def route(session: Session = Depends(get_session)) -> Any:
        return session.scalar(text(COUNT))

    return app


async def _four_at_once(app: FastAPI) -> tuple[set[int], float]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        responses, stall = await watched(lambda: asyncio.gather(*(client.get("/") for _ in range(4))))
    return {response.status_code for response in responses}, stall


def test_an_async_session_leaves_the_loop_alone() -> None:
    pytest.importorskip("greenlet")
    pytest.importorskip("aiosqlite")
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    async def count() -> tuple[Any, float]:
        engine = create_async_engine("sqlite+aiosqlite://")

        async def slow() -> Any:
            async with AsyncSession(engine) as session:
                connection = await session.connection()
                raw = await connection.get_raw_connection()
                await raw.driver_connection.create_function("nap", 0, lambda: time.sleep(CALL))
                return await session.scalar(text("SELECT 1 + coalesce(nap(), 0)"))

        answer = await watched(slow)
        await engine.dispose()
        return answer

    scalar, stall = asyncio.run(count())
    assert scalar == 1
    assert stall < BLOCKED
