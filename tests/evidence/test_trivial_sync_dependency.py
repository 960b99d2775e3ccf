"""FL121: a thread calls a `def` dependency, however little it does, and has to be free for that."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Annotated, Any

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI

from tests.evidence.pages import examples

THREADS = 40
tenant: ContextVar[str] = ContextVar("tenant", default="none")

Send = Callable[[str], Any]


def with_client(app: FastAPI, ask: Callable[[Send], Any]) -> Any:
    """What requests give that are sent to an app on one loop."""

    async def run() -> Any:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await ask(client.get)

    return asyncio.run(run())


def answer(app: FastAPI, path: str = "/") -> Any:
    async def ask(send: Send) -> Any:
        return (await send(path)).json()

    return with_client(app, ask)


def seconds(app: FastAPI, path: str, count: int = 200) -> float:
    """The time that a request takes, the quickest of many."""

    async def ask(send: Send) -> float:
        taken: list[float] = []
        for _ in range(count):
            started = time.perf_counter()
            await send(path)
            taken.append(time.perf_counter() - started)
        return min(taken)

    found: float = with_client(app, ask)
    return found


async def get_tenant() -> str:
    tenant.set("acme")
    return "acme"


def plain(_: Annotated[str, Depends(get_tenant)]) -> tuple[int, str]:
    return threading.get_ident(), tenant.get()


async def asynchronous(_: Annotated[str, Depends(get_tenant)]) -> tuple[int, str]:
    return threading.get_ident(), tenant.get()


class Made(tuple[int, str]):
    def __new__(cls) -> "Made":
        return super().__new__(cls, (threading.get_ident(), ""))


class Callee:
    def __call__(self) -> tuple[int, str]:
        return threading.get_ident(), ""


class AsyncCallee:
    async def __call__(self) -> tuple[int, str]:
        return threading.get_ident(), ""


def app_with(dependency: Callable[..., Any]) -> FastAPI:
    """An app that says whether a dependency ran on the loop, and the context that it saw."""
    app = FastAPI()

    @app.get("/")
    async def read(found: Any = Depends(dependency)) -> tuple[bool, str]:
        return found[0] == threading.get_ident(), found[1]

    return app


@pytest.mark.parametrize("dependency", [plain, Made, Callee()])
def test_a_thread_calls_functions_classes_and_objects(dependency: Callable[..., Any]) -> None:
    assert answer(app_with(dependency))[0] is False


@pytest.mark.parametrize("dependency", [asynchronous, AsyncCallee()])
def test_a_coroutine_function_is_called_on_the_loop(dependency: Callable[..., Any]) -> None:
    assert answer(app_with(dependency))[0] is True


def test_both_see_the_context_of_the_dependencies_before_them() -> None:
    assert [answer(app_with(each))[1] for each in (plain, asynchronous)] == ["acme", "acme"]


def test_the_thread_takes_longer_than_the_dependency() -> None:
    apps = [each["app"] for each in examples("trivial-sync-dependency")]
    taken = [[seconds(app, "/items?limit=1") for app in apps] for _ in range(4)]  # in turns: machines vary
    in_thread, on_loop = map(min, zip(*taken, strict=True))
    assert in_thread > on_loop


def is_answered_without_threads(app: FastAPI, path: str) -> bool:
    """Whether a request is answered while a slow `def` route has all threads."""
    release = threading.Event()

    @app.get("/slow")
    def slow() -> None:
        release.wait(10)

    async def ask(send: Send) -> bool:
        waiting = [asyncio.create_task(send("/slow")) for _ in range(THREADS)]
        while current_default_thread_limiter().borrowed_tokens < THREADS:
            await asyncio.sleep(0.01)
        asked = asyncio.create_task(send(path))
        await asyncio.wait([asked], timeout=0.5)
        is_answered = asked.done()
        release.set()
        await asyncio.gather(asked, *waiting)
        return is_answered

    found: bool = with_client(app, ask)
    return found


def test_an_async_route_waits_for_a_thread_that_it_needs_for_nothing() -> None:
    bad, good = (each["app"] for each in examples("trivial-sync-dependency"))
    assert [is_answered_without_threads(app, "/items") for app in (bad, good)] == [False, True]


def test_both_examples_answer_the_same_and_have_the_same_schema() -> None:
    bad, good = (each["app"] for each in examples("trivial-sync-dependency"))
    assert answer(bad, "/items?skip=1&limit=2") == answer(good, "/items?skip=1&limit=2") == [1, 2]
    assert bad.openapi() == good.openapi()


def test_who_calls_it_gets_a_coroutine_once_it_is_async() -> None:
    """Which is why the fix is only safe where nobody does."""
    bad, good = (each["get_page"] for each in examples("trivial-sync-dependency"))
    made = good()
    made.close()
    assert bad() == range(50)
    assert asyncio.iscoroutine(made)
