"""FL122: `def` dependencies that wait keep the threads that all requests share."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx
from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI
from fastapi.responses import FileResponse

from tests.evidence.pages import examples

THREADS = 40


async def order_of(app: FastAPI, slow: str, fast: str) -> list[str]:
    """The paths of 40 slow requests and one fast one that comes after them, as they are answered."""
    transport = httpx.ASGITransport(app=app)
    answered: list[str] = []
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def send(path: str) -> None:
            assert (await client.get(path)).status_code == 200
            answered.append(path)

        sent = [asyncio.create_task(send(slow)) for _ in range(THREADS)]
        await asyncio.sleep(0.02)
        await asyncio.gather(*sent, send(fast))
    return answered


def stuck(path: Path, release: threading.Event) -> FastAPI:
    """An application whose dependency waits until it is let go."""
    app = FastAPI()

    def wait() -> None:
        release.wait(10)

    @app.get("/slow")
    async def slow(_: None = Depends(wait)) -> None: ...

    @app.get("/plain")
    def plain() -> str:
        return "thread"

    @app.get("/file")
    async def file() -> FileResponse:
        return FileResponse(path)

    @app.get("/health")
    async def health() -> str:
        return "loop"

    return app


async def answered_meanwhile(app: FastAPI, release: threading.Event, count: int) -> set[str]:
    """What is answered while `count` requests wait in the dependency."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        waiting = [asyncio.create_task(client.get("/slow")) for _ in range(count)]
        while current_default_thread_limiter().borrowed_tokens < count:
            await asyncio.sleep(0.01)
        others = {path: asyncio.create_task(client.get(path)) for path in ("/plain", "/file", "/health")}
        await asyncio.wait(others.values(), timeout=0.5)
        done = {path for path, task in others.items() if task.done()}
        release.set()
        await asyncio.gather(*waiting, *others.values())
    return done


def test_there_are_forty_threads_for_all_requests() -> None:
    async def count() -> float:
        return current_default_thread_limiter().total_tokens

    assert asyncio.run(count()) == THREADS


def test_once_forty_requests_wait_nothing_that_needs_a_thread_is_answered(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("text")
    found: list[Any] = []
    for count in (THREADS - 1, THREADS):
        release = threading.Event()
        found.append(asyncio.run(answered_meanwhile(stuck(file, release), release, count)))
    assert found == [{"/plain", "/file", "/health"}, {"/health"}]


def test_the_bad_example_keeps_another_route_waiting_and_the_good_one_does_not() -> None:
    bad, good = (each["app"] for each in examples("slow-sync-dependency"))
    assert asyncio.run(order_of(bad, "/price?amount=1", "/cart"))[0] != "/cart"
    assert asyncio.run(order_of(good, "/price?amount=1", "/cart"))[0] == "/cart"
    assert bad.openapi() == good.openapi()
