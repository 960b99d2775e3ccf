"""FL209: overrides that are called, not callable, or ask the client for their parameters."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from unittest.mock import AsyncMock, MagicMock, create_autospec

import pytest
from fastapi import Depends, FastAPI, Header, Request
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

from tests.evidence.client import request
from tests.evidence.pages import examples, fixed


def get_value() -> str:
    return "real"


def get_fake() -> str:
    return "fake"


def echo(value: str) -> str:
    return value


def generate_fake() -> Iterator[str]:
    yield "fake"


@pytest.fixture
def fake() -> str:
    return "fake"


@pytest.fixture
def answer() -> Callable[..., Any]:
    """The response of a route whose one dependency is overridden by a value."""

    def ask(value: Any, path: str = "/") -> Any:
        app = FastAPI()

        @app.get("/")
        def read(value: Annotated[Any, Depends(get_value)]) -> str:
            return str(value)

        app.dependency_overrides[get_value] = value
        return request(app, "GET", path)

    return ask


def test_the_override_of_the_bad_example_has_no_effect() -> None:
    bad, good = examples("broken-override")
    assert [request(ns["app"], "GET", "/region").json() for ns in (bad, good)] == ["production", "test"]


@pytest.mark.parametrize("value", [get_fake(), generate_fake(), {"name": "fake"}, None])
def test_a_value_that_is_not_callable_is_a_server_error(answer: Callable[..., Any], value: Any) -> None:
    assert answer(value).status_code == 500


def test_a_mock_asks_for_two_query_parameters(answer: Callable[..., Any]) -> None:
    missing = [error["loc"] for error in answer(MagicMock(return_value="fake")).json()["detail"]]
    assert missing == [["query", "args"], ["query", "kwargs"]]


def test_an_async_mock_never_answers(answer: Callable[..., Any]) -> None:
    # Python 3.10 cannot read its signature, which is a server error; later ones find `args` and `kwargs`.
    assert answer(AsyncMock(return_value="fake")).status_code in {422, 500}


@pytest.mark.parametrize("value", [lambda session: "fake", lambda *args, **kwargs: "fake"])
def test_a_parameter_of_the_value_is_a_required_query_parameter(
    answer: Callable[..., Any], value: Any
) -> None:
    assert answer(value).status_code == 422


def test_a_parameter_with_a_default_is_set_by_the_client(answer: Callable[..., Any]) -> None:
    assert answer(lambda name="ada": name, "/?name=mallory").json() == "mallory"


def test_a_fixture_function_cannot_be_called(answer: Callable[..., Any]) -> None:
    # pytest.fail raises what is no Exception, so it leaves the app; before pytest 8.4 it stays a function.
    with pytest.raises(BaseException, match=r"[Ff]ixture|called directly"):
        answer(fake)


def test_the_value_of_a_fixture_is_not_callable(answer: Callable[..., Any], fake: str) -> None:
    assert answer(fake).status_code == 500


def test_a_lambda_around_a_generator_injects_the_generator(answer: Callable[..., Any]) -> None:
    assert answer(lambda: generate_fake()).json().startswith("<generator object")


def test_a_lambda_around_the_value_of_a_fixture_works(answer: Callable[..., Any], fake: str) -> None:
    assert answer(lambda: fake).json() == "fake"


def test_a_lambda_around_a_mock_works(answer: Callable[..., Any]) -> None:
    mock = MagicMock(__str__=lambda _: "fake")
    assert answer(lambda: mock).json() == "fake"


def test_an_autospec_keeps_the_signature(answer: Callable[..., Any]) -> None:
    assert answer(create_autospec(get_value, return_value="fake")).json() == "fake"


class Store:
    def find(self) -> str:
        return "found"


@contextmanager
def open_fake() -> Iterator[str]:
    yield "fake"


@pytest.mark.parametrize(
    "value",
    [MagicMock, MagicMock().find, MagicMock(spec=Store), sessionmaker(), async_sessionmaker(), Store.find],
)
def test_what_takes_anything_asks_the_client_for_it(answer: Callable[..., Any], value: Any) -> None:
    assert answer(value).status_code == 422


@pytest.mark.parametrize("value", [open_fake, Session(), AsyncSession(), Depends(get_fake)])
def test_context_managers_sessions_and_markers_fail(answer: Callable[..., Any], value: Any) -> None:
    assert answer(value).status_code == 500


def test_functions_generators_and_products_of_a_call_work(answer: Callable[..., Any]) -> None:
    def make(value: str) -> Callable[[], str]:
        return lambda: value

    values = [get_fake, generate_fake, make("fake"), functools.partial(echo, "fake")]
    assert [answer(value).json() for value in values] == ["fake"] * 4


def test_parameters_that_fastapi_fills_work(answer: Callable[..., Any]) -> None:
    def fake_by_path(request: Request, value: Annotated[str, Depends(get_fake)]) -> str:
        return f"{value} {request.url.path}"

    assert answer(fake_by_path).json() == "fake /"


def test_parameters_that_the_real_dependency_has_are_still_sent() -> None:
    def get_page(page: int) -> str:
        return f"real {page}"

    def get_fake_page(page: int) -> str:
        return f"fake {page}"

    app = FastAPI()

    @app.get("/")
    def read(value: Annotated[str, Depends(get_page)]) -> str:
        return value

    app.dependency_overrides[get_page] = get_fake_page
    assert request(app, "GET", "/?page=3").json() == "fake 3"


def test_a_parameter_that_the_real_dependency_has_injected_is_asked_of_the_query() -> None:
    def get_user(token: Annotated[str, Depends(get_value)], x_tenant: Annotated[str, Header()] = "") -> str:
        return token

    app = FastAPI()

    @app.get("/")
    def read(user: Annotated[str, Depends(get_user)]) -> str:
        return user

    for fake in (lambda token: "ada", lambda x_tenant: "ada"):
        app.dependency_overrides[get_user] = fake
        assert request(app, "GET", "/", headers={"X-Tenant": "a"}).status_code == 422


def test_a_parameter_that_the_route_reads_from_the_query_is_still_sent() -> None:
    app = FastAPI()

    @app.get("/")
    def read(value: Annotated[str, Depends(get_value)], page: int) -> str:
        return value

    app.dependency_overrides[get_value] = lambda page: f"fake {page}"
    assert request(app, "GET", "/?page=3").json() == "fake 3"


@pytest.mark.parametrize(
    ("case", "test", "expected"),
    [
        ("mocks", "test_what_it_returns", "bob"),
        ("mocks", "test_what_it_returns_later", "bob"),
        ("lambdas", "test_parameters", "bob"),
        ("lambdas", "test_some_parameters", "bob"),
        ("lambdas", "test_generators", "ada"),
        ("methods", "test_method", "bob"),
        ("values", "test_functions", "bob"),
        ("values", "test_arguments", "carol"),
    ],
)
def test_a_request_is_answered_after_the_fix(case: str, test: str, expected: str) -> None:
    before, after = fixed("broken-override", case)
    for each in (before, after):
        each[test]()
    if test != "test_generators":
        assert request(before["app"], "GET", "/").status_code in (422, 500)
    assert request(after["app"], "GET", "/").json() == expected


def test_a_dict_cannot_be_a_key() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        FastAPI().dependency_overrides[{}] = dict  # type: ignore[index] # pyright: ignore[reportArgumentType] # it is what fails
