"""Which requests get the same session from a `scoped_session`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from tests.evidence.pages import examples

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
    pytest.mark.usefixtures("nothing_stays_open"),
]
"""The sessions of a thread keep their connections until it ends."""

INSERT = text("INSERT INTO orders VALUES (:id)")
COUNT = text("SELECT count(*) FROM orders")
Registry = scoped_session[Session]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    engine = create_engine(f"sqlite:///{tmp_path}/shop.db", connect_args={"check_same_thread": False})
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER PRIMARY KEY)"))
    registry = scoped_session(sessionmaker(engine))
    yield registry
    registry.remove()
    engine.dispose()


def run(app: FastAPI, send: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await send(client)

    return asyncio.run(main())


async def two_orders(client: httpx.AsyncClient) -> list[Any]:
    """The answers to an order that is not paid, and to one that is paid meanwhile."""
    sent = [client.post(f"/orders?number={number}&is_paid={number == 2}") for number in (1, 2)]
    return [each.json() for each in await asyncio.gather(*sent)]


def test_the_bad_example_loses_a_row_that_it_called_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bad, good = examples("shared-scoped-session")
    with bad["engine"].begin() as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER)"))
    assert run(bad["app"], two_orders) == ["rolled back", "committed"]
    with bad["engine"].begin() as connection:
        assert connection.execute(COUNT).scalar() == 0
    bad["engine"].dispose()
    assert run(good["app"], two_orders) == ["rolled back", "committed"]
    with bad["engine"].begin() as connection:
        assert connection.execute(COUNT).scalar() == 1
    bad["engine"].dispose()
    good["engine"].dispose()


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("shared-scoped-session")
    assert bad["app"].openapi() == good["app"].openapi()


def writing(registry: Registry) -> FastAPI:
    app = FastAPI()

    @app.post("/orders")
    async def add_order(number: int) -> None:
        registry.execute(INSERT, {"id": number})
        await asyncio.sleep(0.02)
        registry.commit()

    @app.delete("/orders")
    async def give_up(number: int) -> None:
        registry.execute(INSERT, {"id": number})
        registry.rollback()

    return app


def test_a_rollback_of_one_request_takes_the_rows_of_another(registry: Registry) -> None:
    async def both(client: httpx.AsyncClient) -> list[int]:
        sent = (client.post("/orders?number=1"), client.delete("/orders?number=2"))
        return [each.status_code for each in await asyncio.gather(*sent)]

    assert run(writing(registry), both) == [200, 200]
    assert registry.execute(COUNT).scalar() == 0


def poisoned(registry: Registry, *, removes: bool) -> list[int]:
    """The status codes of four requests, of which the second one is refused by the database."""
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)

    app = FastAPI()

    @app.post("/")
    async def add_order(number: int) -> None:
        try:
            registry.add(Order(id=number))
            registry.commit()
        finally:
            if removes:
                registry.remove()

    async def send(client: httpx.AsyncClient) -> list[int]:
        return [(await client.post(f"/?number={number}")).status_code for number in (1, 1, 2, 3)]

    return run(app, send)  # type: ignore[no-any-return]


def test_after_a_failure_all_requests_fail_unless_the_session_is_removed(registry: Registry) -> None:
    assert poisoned(registry, removes=False) == [200, 500, 500, 500]
    registry.remove()


def test_a_session_that_is_removed_does_not_remember_the_failure(registry: Registry) -> None:
    assert poisoned(registry, removes=True) == [200, 500, 200, 200]


def most_sharing(dependency: Any) -> int:
    """How many requests at a time have the same session, of twenty that come one shortly after the other."""
    app = FastAPI()
    having: dict[int, int] = {}
    most = 0

    @app.get("/")
    async def route(session: Any = Depends(dependency)) -> None:
        nonlocal most
        having[id(session)] = having.get(id(session), 0) + 1
        most = max(most, having[id(session)])
        await asyncio.sleep(0.05)
        having[id(session)] -= 1

    async def send(client: httpx.AsyncClient) -> None:
        async def later(number: int) -> None:
            await asyncio.sleep(number * 0.005)
            await client.get("/")

        await asyncio.gather(*[later(number) for number in range(20)])

    run(app, send)
    return most


def test_a_def_dependency_gives_several_requests_the_session_of_its_thread(registry: Registry) -> None:
    def get_session() -> Iterator[Session]:
        session = registry()
        try:
            yield session
        finally:
            registry.remove()

    assert most_sharing(get_session) > 1


def test_a_def_dependency_that_makes_its_session_gives_each_request_another(registry: Registry) -> None:
    def get_session() -> Iterator[Session]:
        with registry.session_factory() as session:
            yield session

    assert most_sharing(get_session) == 1


def test_a_scope_of_its_own_gives_each_task_its_session(registry: Registry) -> None:
    by_task = scoped_session(registry.session_factory, scopefunc=asyncio.current_task)
    assert run(writing(by_task), both_orders) == [200, 200]
    assert registry.execute(COUNT).scalar() == 1


async def both_orders(client: httpx.AsyncClient) -> list[int]:
    sent = (client.delete("/orders?number=2"), client.post("/orders?number=1"))
    return [each.status_code for each in await asyncio.gather(*sent)]
