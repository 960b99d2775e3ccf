"""FL214: a function under `@contextmanager` is no dependency, and one that returns a manager hands it out."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any

import fastapi
import pytest
from fastapi import Depends, FastAPI
from packaging.version import Version

from tests.evidence.client import request
from tests.evidence.pages import examples

is_unwrapped = pytest.mark.skipif(
    Version(fastapi.__version__) < Version("0.123.5"), reason="hands the context manager out"
)


class Session:
    names = ("ada",)


@contextmanager
def open_session() -> Iterator[Session]:
    yield Session()


@asynccontextmanager
async def open_async_session() -> AsyncIterator[Session]:
    yield Session()


class Opener:
    @contextmanager
    def __call__(self) -> Iterator[Session]:
        yield Session()


def status(dependency: Callable[..., Any]) -> int:
    """Of an endpoint that uses what it gets."""
    app = FastAPI()

    @app.get("/")
    def read(session: Any = Depends(dependency)) -> list[str]:
        return list(session.names)

    return request(app, "GET", "/").status_code


def test_the_bad_example_fails_where_the_good_one_answers() -> None:
    bad, good = examples("context-manager-dependency")
    assert request(bad["app"], "GET", "/names").status_code == 500
    assert request(good["app"], "GET", "/names").json() == ["ada"]


@pytest.mark.parametrize("dependency", [open_session, open_async_session, Opener()])
def test_the_decorator_makes_every_request_fail(dependency: Callable[..., Any]) -> None:
    assert status(dependency) == 500


@is_unwrapped
@pytest.mark.parametrize("dependency", [open_session, open_async_session])
def test_it_fails_in_a_list_of_dependencies_and_for_who_enters_it_too(
    dependency: Callable[..., Any],
) -> None:
    app = FastAPI()
    app.get("/listed", dependencies=[Depends(dependency)])(lambda: "read")

    @app.get("/entered")
    async def read(session: Any = Depends(dependency)) -> list[str]:
        if isinstance(session, AbstractContextManager):
            with session as opened:
                return list(opened.names)
        async with session as opened:
            return list(opened.names)

    assert request(app, "GET", "/listed").status_code == 500
    assert request(app, "GET", "/entered").status_code == 500


def test_a_function_that_returns_a_manager_hands_it_out() -> None:
    def make() -> AbstractContextManager[Session]:
        return open_session()

    app = FastAPI()

    @app.get("/")
    def read(session: Any = Depends(make)) -> list[str]:
        with session as opened:
            return list(opened.names)

    assert status(make) == 500
    assert status(lambda: open_session()) == 500
    assert request(app, "GET", "/").json() == ["ada"]


def test_the_plain_function_below_the_decorator_works() -> None:
    assert status(open_session.__wrapped__) == 200  # type: ignore[attr-defined]
    assert status(open_async_session.__wrapped__) == 200  # type: ignore[attr-defined]
