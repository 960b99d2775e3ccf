"""What requests do to each other that have, or wait for, a connection of one pool.

The pool has three connections and gives up soon, and there are four threads: enough to see it, and quick.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio.to_thread
import fastapi
import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from packaging.version import Version
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import TimeoutError as PoolIsEmpty
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, QueuePool, SingletonThreadPool

from tests.evidence.pages import examples

CONNECTIONS = 3
THREADS = 4
PATIENCE = 0.25
"""Seconds after which the pool gives up; 30 where nobody says otherwise."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(
        f"sqlite:///{tmp_path}/shop.db", pool_size=1, max_overflow=CONNECTIONS - 1, pool_timeout=PATIENCE
    )
    yield made
    made.dispose()


class Shop:
    """An application with a session for each request."""

    def __init__(self, engine: Engine) -> None:
        self.app = FastAPI()
        self.engine = engine

    def get(self, handler: Callable[..., Any]) -> FastAPI:
        self.app.get("/")(handler)
        return self.app

    def session(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            yield session

    async def async_session(self) -> AsyncIterator[Session]:
        with Session(self.engine) as session:
            yield session


def ask(session: Session) -> int:
    return session.execute(text("select 1")).scalar_one()


def served(app: FastAPI, count: int, threads: int = THREADS, path: str = "/") -> tuple[Counter[int], bool]:
    """The status codes of requests made at the same time, and whether the loop stood still meanwhile."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            longest = max(longest, time.perf_counter() - before)

    async def send() -> Counter[int]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        heart = asyncio.create_task(beat())
        await asyncio.sleep(0)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answers = await asyncio.gather(*[client.get(path) for _ in range(count)])
        heart.cancel()
        return Counter(each.status_code for each in answers)

    codes = asyncio.run(send())
    return codes, longest > PATIENCE * 0.8


def answered(app: FastAPI, count: int, threads: int = THREADS, path: str = "/") -> Counter[int]:
    """The status codes alone."""
    return served(app, count, threads, path)[0]


def is_stuck(codes: Counter[int]) -> bool:
    return codes[500] > 0


def freezes(app: FastAPI, path: str = "/", count: int = 4 * CONNECTIONS) -> bool:
    """Whether requests fail and the loop stands still: some have to come to it in one turn."""
    for _ in range(5):
        codes, stood_still = served(app, count, 40, path)
        if is_stuck(codes):
            return stood_still
    return False


def test_more_requests_than_connections_freeze_the_loop_of_an_async_route(engine: Engine) -> None:
    shop = Shop(engine)

    async def route(session: Session = Depends(shop.session)) -> int:
        return ask(session)

    assert freezes(shop.get(route))


def test_as_many_requests_as_connections_are_fine(engine: Engine) -> None:
    shop = Shop(engine)

    async def route(session: Session = Depends(shop.session)) -> int:
        return ask(session)

    assert answered(shop.get(route), CONNECTIONS, threads=40) == {200: CONNECTIONS}


def test_an_async_dependency_that_queries_freezes_a_def_route_too(engine: Engine) -> None:
    shop = Shop(engine)

    async def user(session: Session = Depends(shop.session)) -> int:
        return ask(session)

    def route(user: int = Depends(user)) -> Any:
        return user

    assert freezes(shop.get(route))


def test_a_session_of_an_async_dependency_freezes_it_over_an_await_alone(engine: Engine) -> None:
    shop = Shop(engine)

    async def at_once(session: Session = Depends(shop.async_session)) -> int:
        return ask(session)

    assert answered(shop.get(at_once), 20) == {200: 20}

    async def later(session: Session = Depends(shop.async_session)) -> int:
        found = ask(session)
        await asyncio.sleep(0.01)
        return found

    assert freezes(Shop(engine).get(later))


def test_a_pool_as_large_as_the_threads_is_emptied_over_an_await_alone(tmp_path: Path) -> None:
    engine = create_engine(
        f"sqlite:///{tmp_path}/shop.db", pool_size=THREADS, max_overflow=0, pool_timeout=PATIENCE
    )
    shop, other = Shop(engine), Shop(engine)

    async def at_once(session: Session = Depends(shop.session)) -> int:
        return ask(session)

    assert answered(shop.get(at_once), 30) == {200: 30}

    async def later(session: Session = Depends(other.session)) -> int:
        found = ask(session)
        await asyncio.sleep(0.05)
        return found

    codes, stood_still = served(other.get(later), 4 * THREADS)
    assert is_stuck(codes)
    assert stood_still
    engine.dispose()


def commits(session: Session) -> int:
    found = ask(session)
    session.commit()
    return found


def closes(session: Session) -> int:
    try:
        return ask(session)
    finally:
        session.close()


def in_a_with(session: Session) -> int:
    with session.begin():
        return ask(session)


@pytest.mark.parametrize("use", [commits, closes, in_a_with])
def test_a_connection_that_is_given_back_before_the_route_ends_freezes_nothing(
    engine: Engine, use: Callable[[Session], int]
) -> None:
    shop = Shop(engine)

    async def route(session: Session = Depends(shop.session)) -> int:
        return use(session)

    assert answered(shop.get(route), 20, threads=40) == {200: 20}


def test_an_async_route_may_open_its_session_itself_and_have_a_thread_use_one(engine: Engine) -> None:
    shop = Shop(engine)

    async def opens() -> int:
        with Session(engine) as session:
            return ask(session)

    async def hands(session: Session = Depends(shop.session)) -> int:
        return await run_in_threadpool(ask, session)

    for route in (opens, hands):
        assert answered(Shop(engine).get(route), 20) == {200: 20}


def test_a_connection_that_a_thread_has_taken_before_does_not_freeze_an_async_route(engine: Engine) -> None:
    shop = Shop(engine)

    def user(session: Session = Depends(shop.session)) -> int:
        return ask(session)

    async def route(user: int = Depends(user), session: Session = Depends(shop.session)) -> int:
        return ask(session)

    assert answered(shop.get(route), 20) == {200: 20}

    def at_once() -> Iterator[Session]:
        with Session(engine) as session:
            ask(session)
            yield session

    async def other(session: Session = Depends(at_once)) -> int:
        return ask(session)

    assert answered(Shop(engine).get(other), 20) == {200: 20}


@pytest.mark.parametrize("pool", [NullPool, SingletonThreadPool])
def test_a_pool_without_an_end_freezes_nothing(tmp_path: Path, pool: Any) -> None:
    engine = create_engine(
        f"sqlite:///{tmp_path}/a.db", poolclass=pool, connect_args={"check_same_thread": False}
    )
    shop = Shop(engine)

    async def route(session: Session = Depends(shop.session)) -> int:
        return ask(session)

    assert answered(shop.get(route), 20, threads=40) == {200: 20}
    engine.dispose()


def test_sqlite_in_a_file_has_a_queue_and_in_memory_has_none() -> None:
    assert isinstance(create_engine("sqlite:///shop.db").pool, QueuePool)
    assert not isinstance(create_engine("sqlite://").pool, QueuePool)


def test_fifteen_connections_are_what_an_engine_has(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/shop.db", pool_timeout=0.01)
    taken = [engine.connect() for _ in range(15)]
    with pytest.raises(PoolIsEmpty, match="size 5 overflow 10 reached"):
        engine.connect()
    for each in taken:
        each.close()
    engine.dispose()


def test_thirty_seconds_are_what_a_pool_waits() -> None:
    pool = create_engine("sqlite:///shop.db").pool
    assert isinstance(pool, QueuePool)
    assert pool.timeout() == 30


def test_forty_threads_run_what_is_def() -> None:
    async def tokens() -> float:
        return anyio.to_thread.current_default_thread_limiter().total_tokens

    assert asyncio.run(tokens()) == 40


# Threads


def with_user(shop: Shop, use: Callable[[Session], int] = ask) -> FastAPI:
    def user(session: Session = Depends(shop.session)) -> int:
        return use(session)

    def route(user: int = Depends(user)) -> Any:
        return user

    return shop.get(route)


def test_a_def_dependency_that_queries_and_a_def_route_wait_for_each_other(engine: Engine) -> None:
    assert is_stuck(answered(with_user(Shop(engine)), 20))


def test_threads_and_connections_together_are_how_many_requests_it_takes(engine: Engine) -> None:
    most = CONNECTIONS + THREADS - 1
    assert answered(with_user(Shop(engine)), most) == {200: most}


def test_a_def_dependency_that_gives_its_connection_back_waits_for_nobody(engine: Engine) -> None:
    assert answered(with_user(Shop(engine), commits), 20) == {200: 20}


def test_a_def_dependency_and_an_async_route_wait_for_nobody(engine: Engine) -> None:
    shop = Shop(engine)

    def user(session: Session = Depends(shop.session)) -> int:
        return ask(session)

    async def route(user: int = Depends(user)) -> int:
        return user

    assert answered(shop.get(route), 20) == {200: 20}


def test_a_def_route_waits_for_nobody_unless_it_has_a_response_model(engine: Engine) -> None:
    shop, other = Shop(engine), Shop(engine)

    def bare(session: Session = Depends(shop.session)):  # type: ignore[no-untyped-def]
        return ask(session)  # without an annotation there is no model

    def modelled(session: Session = Depends(other.session)) -> int:
        return ask(session)

    assert answered(shop.get(bare), 20) == {200: 20}
    assert is_stuck(answered(other.get(modelled), 20))


@pytest.mark.skipif(Version(fastapi.__version__) < Version("0.163"), reason="has no `max_concurrency`")
def test_max_concurrency_helps_all_of_them_where_it_is_shared(engine: Engine) -> None:
    shop, other, third = Shop(engine), Shop(engine), Shop(engine)
    once = Depends(shop.session, max_concurrency=CONNECTIONS)

    async def route(session: Session = once) -> int:
        return ask(session)

    assert answered(shop.get(route), 20) == {200: 20}

    def user(session: Session = once) -> int:
        return ask(session)

    def plain(user: int = Depends(user), session: Session = once) -> int:
        return user

    assert answered(other.get(plain), 20) == {200: 20}

    async def twice(
        a: Session = Depends(third.session, max_concurrency=CONNECTIONS, use_cache=False),
        b: Session = Depends(third.session, max_concurrency=CONNECTIONS, use_cache=False),
    ) -> int:
        return ask(a) + ask(b)

    assert freezes(third.get(twice))


def test_the_bad_example_freezes_and_the_good_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/shop.db")
    bad, good = examples("session-pool-freeze")
    for each in (bad, good):
        with each["engine"].begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY)"))
        each["engine"].pool._timeout = PATIENCE
    assert answered(bad["app"], 15, 40, "/orders/count") == {200: 15}
    assert freezes(bad["app"], "/orders/count", 24)
    assert answered(good["app"], 50, 40, "/orders/count") == {200: 50}
    for each in (bad, good):
        each["engine"].dispose()


def test_both_examples_have_the_same_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/shop.db")
    bad, good = examples("session-pool-freeze")
    assert bad["app"].openapi() == good["app"].openapi()
