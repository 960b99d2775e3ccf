"""FL120: behind a plain wrapper the framework sees no `async def`."""

import asyncio
import functools
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import fastapi
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from packaging.version import Version

from tests.evidence.client import request
from tests.evidence.garbage import collect_garbage
from tests.evidence.pages import examples

FOLLOWS = Version(fastapi.__version__) >= Version("0.123.5")

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")

ran: list[str] = []


def named(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def bare(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper() -> Any:
        return function()

    return wrapper


def open_to_all(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class Counted:
    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self) -> Any:
        return self.function()


async def work() -> str:
    ran.append("work")
    return "done"


async def hold() -> AsyncIterator[str]:
    ran.append("hold")
    yield "held"


def hold_in_thread() -> Iterator[str]:
    ran.append("hold")
    yield "held"


class Worker:
    async def __call__(self) -> str:
        return await work()

    async def run(self) -> str:
        return await work()


@pytest.fixture(autouse=True)
def nothing_ran() -> Iterator[None]:
    """And what was never awaited says so before the next test."""
    ran.clear()
    yield
    collect_garbage()


def as_endpoint(endpoint: Callable[..., Any]) -> int:
    app = FastAPI()
    app.add_api_route("/", endpoint)
    return request(app, "GET", "/").status_code


def as_listed(dependency: Callable[..., Any]) -> int:
    app = FastAPI()
    app.get("/", dependencies=[Depends(dependency)])(lambda: "SECRET")
    return request(app, "GET", "/").status_code


def injected(dependency: Callable[..., Any]) -> str:
    """The type of what an endpoint gets."""
    app = FastAPI()

    @app.get("/")
    async def read(value: Any = Depends(dependency)) -> str:
        return type(value).__name__

    return str(request(app, "GET", "/").json())


def as_task(function: Callable[..., Any]) -> int:
    app = FastAPI()

    @app.get("/")
    async def read(tasks: BackgroundTasks) -> str:
        tasks.add_task(function)
        return "ok"

    return request(app, "GET", "/").status_code


def test_the_bad_example_sends_nothing_where_the_good_one_does() -> None:
    bad, good = examples("undetected-async-wrapper")
    for each in (bad, good):
        assert request(each["app"], "POST", "/users?email=ada").status_code == 200
    assert (bad["sent"], good["sent"]) == ([], ["ada"])


@pytest.mark.parametrize("wrapped", [bare(work), Counted(work)])
def test_without_wraps_an_endpoint_is_a_500_and_a_listed_dependency_is_skipped(
    wrapped: Callable[..., Any],
) -> None:
    assert as_endpoint(wrapped) == 500
    assert as_listed(wrapped) == 200
    assert injected(wrapped) == "coroutine"
    assert ran == []


@pytest.mark.parametrize("generator", [hold, hold_in_thread])
def test_without_wraps_nothing_of_a_generator_runs(generator: Callable[..., Any]) -> None:
    assert as_listed(bare(generator)) == 200
    assert ran == []
    assert as_listed(generator) == 200
    assert ran == ["hold"]


def test_args_and_kwargs_of_a_wrapper_without_wraps_are_parameters_of_the_client() -> None:
    assert as_endpoint(open_to_all(work)) == 422
    assert as_listed(open_to_all(work)) == 422


@pytest.mark.skipif(not FOLLOWS, reason="does not follow `functools.wraps`")
def test_with_wraps_newer_versions_run_routes_and_dependencies() -> None:
    assert as_endpoint(named(work)) == 200
    assert as_listed(named(work)) == 200
    assert as_listed(named(hold)) == 200
    assert injected(functools.partial(work)) == "str"
    assert as_endpoint(Worker()) == 200
    assert ran == ["work", "work", "hold", "work", "work"]


@pytest.mark.skipif(not FOLLOWS, reason="does not follow `functools.wraps`")
def test_newer_versions_follow_what_an_object_names_as_wrapped() -> None:
    counted = Counted(work)
    functools.update_wrapper(counted, work)
    assert injected(counted) == "str"


@pytest.mark.skipif(FOLLOWS, reason="follows `functools.wraps`")
def test_with_wraps_older_versions_do_not_run_them() -> None:
    assert as_endpoint(named(work)) == 500
    assert as_listed(named(work)) == 200
    assert injected(functools.partial(work)) == "coroutine"
    assert as_endpoint(Worker()) == 500
    assert ran == []


def test_wraps_around_a_wrapper_without_it_leads_nowhere() -> None:
    assert as_endpoint(named(bare(work))) == 500
    assert ran == []


@pytest.mark.parametrize("wrapped", [named(work), bare(work), Counted(work), functools.partial(named(work))])
def test_a_wrapped_background_task_does_not_run(wrapped: Callable[..., Any]) -> None:
    assert as_task(wrapped) == 200
    assert ran == []


@pytest.mark.parametrize("task", [work, functools.partial(work), Worker(), Worker().run])
def test_a_background_task_that_shows_what_it_is_runs(task: Callable[..., Any]) -> None:
    assert as_task(task) == 200
    assert ran == ["work"]


@pytest.mark.parametrize(("decorate", "expected"), [(named, 500), (open_to_all, 500), (None, 400)])
def test_a_wrapped_exception_handler_makes_a_500(decorate: Callable[..., Any] | None, expected: int) -> None:
    async def handle(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({}, 400)

    app = FastAPI()
    app.add_exception_handler(KeyError, handle if decorate is None else decorate(handle))

    @app.get("/")
    async def read() -> str:
        raise KeyError

    assert request(app, "GET", "/").status_code == expected


def test_a_wrapped_event_handler_does_not_run() -> None:
    for handler, expected in ((named(work), []), (work, ["work"])):
        app = FastAPI()
        app.router.on_startup.append(handler)

        async def start(app: FastAPI = app) -> None:
            async with app.router.lifespan_context(app):
                pass

        asyncio.run(start())
        assert ran == expected


def test_middleware_is_awaited_unasked() -> None:
    async def pass_on(request: Request, call_next: Callable[..., Any]) -> Any:
        return await call_next(request)

    app = FastAPI()
    app.middleware("http")(named(pass_on))
    app.get("/")(work)
    assert request(app, "GET", "/").status_code == 200


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.12 has the mark")
def test_a_wrapper_that_is_marked_is_awaited() -> None:
    marked = getattr(inspect, "markcoroutinefunction")(bare(work))  # noqa: B009 - 3.12
    assert as_task(marked) == 200
    assert ran == ["work"]
