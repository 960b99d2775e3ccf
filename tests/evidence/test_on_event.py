"""`on_event` and the lifespan that does the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from tests.evidence.pages import bad_example, good_example

Namespace = dict[str, Any]


@pytest.fixture
def bad() -> Namespace:
    with pytest.warns(DeprecationWarning, match="on_event is deprecated"):
        return bad_example("on-event")


@pytest.fixture
def good() -> Namespace:
    return good_example("on-event")


def run(app: FastAPI, connections: list[str], failure: type[BaseException] | None = None) -> list[str]:
    """What is connected while the app runs; a failure ends it where a server would see one."""

    async def live() -> list[str]:
        async with app.router.lifespan_context(app):
            return connections.copy()

    async def fail(failure: type[BaseException]) -> list[str]:
        messages = [{"type": "lifespan.startup"}]
        seen: list[str] = []

        async def receive() -> Any:
            if messages:
                return messages.pop()
            seen.extend(connections)
            raise failure

        async def send(message: Any) -> None: ...

        with pytest.raises(failure):
            await app({"type": "lifespan", "app": app, "state": {}}, receive, send)
        return seen

    return asyncio.run(fail(failure) if failure else live())


def test_the_bad_example_warns_and_the_good_one_does_not() -> None:
    with pytest.warns(DeprecationWarning, match="on_event is deprecated"):
        bad_example("on-event")
    good_example("on-event")  # a warning would be an error


@pytest.mark.parametrize("failure", [None, OSError, asyncio.CancelledError], ids=str)
def test_both_examples_connect_and_disconnect_alike_however_the_server_ends(
    bad: Namespace, good: Namespace, failure: type[BaseException] | None
) -> None:
    for example in (bad, good):
        assert run(example["app"], example["connections"], failure) == ["database"]
        assert example["connections"] == []


def test_both_examples_have_the_same_schema(bad: Namespace, good: Namespace) -> None:
    assert bad["app"].openapi() == good["app"].openapi()


def test_a_bare_yield_does_not_clean_up_when_the_server_fails() -> None:
    connections: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        connections.append("database")
        yield
        connections.clear()

    assert run(FastAPI(lifespan=lifespan), connections, OSError) == ["database"]
    assert connections == ["database"]


@pytest.mark.filterwarnings(r"ignore:\s*on_event is deprecated:DeprecationWarning")  # it is the subject
def test_shutdown_handlers_run_in_the_order_of_registration() -> None:
    app, calls = FastAPI(), []
    app.on_event("shutdown")(lambda: calls.append("first"))
    app.on_event("shutdown")(lambda: calls.append("second"))
    run(app, [])
    assert calls == ["first", "second"]


@pytest.mark.filterwarnings(r"ignore:\s*on_event is deprecated:DeprecationWarning")  # it is the subject
def test_a_lifespan_silences_the_handlers() -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    app, calls = FastAPI(lifespan=lifespan), []
    app.on_event("startup")(lambda: calls.append("start"))
    run(app, [])
    assert calls == []
