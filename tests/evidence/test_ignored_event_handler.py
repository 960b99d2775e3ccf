"""Which event handlers and lifespans run."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from tests.evidence.client import request
from tests.evidence.pages import bad_example, good_example

# What is shown here needs `on_event`, which warns; that it does is the evidence of `on-event`.
pytestmark = pytest.mark.filterwarnings(r"ignore:\s*on_event is deprecated:DeprecationWarning")

Log = list[str]
Lifespan = Callable[[Any], Any]


def run(app: FastAPI) -> None:
    async def live() -> None:
        async with app.router.lifespan_context(app):
            pass

    asyncio.run(live())


@pytest.fixture
def log() -> Log:
    return []


@pytest.fixture
def lifespan(log: Log) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        log.append("lifespan")
        yield

    return lifespan


@pytest.fixture
def handler(log: Log) -> Callable[[], None]:
    return lambda: log.append("handler")


def prices(app: FastAPI) -> int:
    """The status of the example's route once the app has started."""
    run(app)
    return request(app, "GET", "/prices").status_code


def test_the_bad_example_has_no_prices_and_the_good_one_has() -> None:
    assert prices(bad_example("ignored-event-handler")["app"]) == 500
    assert prices(good_example("ignored-event-handler")["app"]) == 200


def test_a_lifespan_silences_handlers_however_they_are_registered(
    log: Log, lifespan: Lifespan, handler: Any
) -> None:
    app = FastAPI(lifespan=lifespan)
    app.on_event("startup")(handler)
    app.router.add_event_handler("startup", handler)
    app.router.on_startup.append(handler)
    run(app)
    assert log == ["lifespan"]


@pytest.mark.filterwarnings("ignore:The .*on_startup:Warning")  # Starlette said so until 1.0
def test_a_lifespan_silences_handlers_that_are_passed_beside_it(
    log: Log, lifespan: Lifespan, handler: Any
) -> None:
    run(FastAPI(lifespan=lifespan, on_startup=[handler]))
    assert log == ["lifespan"]


def test_a_lifespan_that_is_set_later_silences_them_too(log: Log, lifespan: Lifespan, handler: Any) -> None:
    app = FastAPI()
    app.on_event("startup")(handler)
    app.router.lifespan_context = lifespan
    run(app)
    assert log == ["lifespan"]


def test_a_lifespan_that_is_assigned_to_the_app_never_runs(log: Log, lifespan: Lifespan) -> None:
    app: Any = FastAPI()
    app.lifespan = lifespan
    run(app)
    assert log == []


def test_a_handler_with_a_yield_never_runs(log: Log) -> None:
    app = FastAPI()

    @app.on_event("startup")
    async def connect() -> AsyncIterator[None]:
        log.append("async")
        yield

    @app.on_event("startup")
    def migrate() -> Iterator[None]:
        log.append("sync")
        yield

    run(app)
    assert log == []


def test_a_mounted_app_neither_starts_nor_stops(log: Log, lifespan: Lifespan, handler: Any) -> None:
    app, with_lifespan, with_handler = FastAPI(), FastAPI(lifespan=lifespan), FastAPI()
    with_handler.on_event("startup")(handler)
    app.mount("/one", with_lifespan)
    app.mount("/two", with_handler)
    run(app)
    assert log == []


def test_a_parent_that_enters_the_mounted_apps_lifespan_starts_it(log: Log, lifespan: Lifespan) -> None:
    admin = FastAPI(lifespan=lifespan)

    @asynccontextmanager
    async def enter(app: FastAPI) -> AsyncIterator[None]:
        async with admin.router.lifespan_context(admin):
            yield

    app = FastAPI(lifespan=enter)
    app.mount("/admin", admin)
    run(app)
    assert log == ["lifespan"]


def test_the_handlers_of_an_included_router_run_twice(log: Log, handler: Any) -> None:
    app, router = FastAPI(), APIRouter()
    router.on_event("startup")(handler)
    app.include_router(router)
    run(app)
    assert log == ["handler", "handler"]


def test_the_lifespan_of_an_included_router_runs_once(log: Log, lifespan: Lifespan) -> None:
    app, router = FastAPI(), APIRouter(lifespan=lifespan)
    app.include_router(router)
    run(app)
    assert log == ["lifespan"]


def test_the_handlers_of_an_included_router_run_beside_the_apps_lifespan(
    log: Log, lifespan: Lifespan, handler: Any
) -> None:
    app, router = FastAPI(lifespan=lifespan), APIRouter()
    router.on_event("startup")(handler)
    app.include_router(router)
    run(app)
    assert log == ["lifespan", "handler"]


def test_the_handlers_of_a_router_that_is_included_twice_run_twice(
    log: Log, lifespan: Lifespan, handler: Any
) -> None:
    router = APIRouter(on_startup=[handler])
    app = FastAPI(lifespan=lifespan)
    app.include_router(router, prefix="/v1")
    app.include_router(router, prefix="/v2")
    run(app)
    assert sorted(log) == ["handler", "handler", "lifespan"]


def test_a_lifespan_that_goes_through_the_list_of_handlers_runs_them(log: Log, handler: Any) -> None:
    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        for each in app.router.on_startup:
            each()
        yield

    run(FastAPI(lifespan=running, on_startup=[handler]))
    assert log == ["handler"]


def test_no_lifespan_leaves_the_handlers_alone(log: Log, handler: Any) -> None:
    app = FastAPI(lifespan=None)
    app.on_event("startup")(handler)
    run(app)
    assert log == ["handler"]
