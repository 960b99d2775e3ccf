"""FL201: what FastAPI does with the result of a dependency that is called inside `Depends`."""

import functools
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.security import HTTPBearer

from tests.evidence.client import request
from tests.evidence.pages import bad_example, good_example


def get_session() -> Iterator[str]:
    yield "session"


async def get_user() -> str:
    return "ada"


def app_injecting(marker: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def read(value: object = marker) -> object:
        return value

    return app


def app_guarded_by(marker: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/", dependencies=[marker])
    def read() -> str:
        return "secret"

    return app


def test_the_bad_example_cannot_be_imported() -> None:
    with pytest.raises(TypeError, match="is not a callable object"):
        bad_example("called-dependency")


def test_the_good_example_answers() -> None:
    response = request(good_example("called-dependency")["app"], "GET", "/names")
    assert (response.status_code, response.json()) == (200, ["ada"])


def test_a_called_coroutine_function_cannot_be_a_dependency() -> None:
    coroutine = get_user()
    with pytest.raises(TypeError, match="is not a callable object"):
        app_injecting(Depends(coroutine))
    coroutine.close()


def test_an_object_that_is_not_callable_cannot_be_a_dependency() -> None:
    with pytest.raises(TypeError, match="is not a callable object"):
        app_injecting(Depends(object()))


@pytest.mark.parametrize("called", [get_session(), object(), None])
def test_a_called_dependency_in_a_list_of_dependencies_fails_at_import(called: Any) -> None:
    with pytest.raises(AssertionError, match="must have a callable dependency"):
        app_guarded_by(Depends(called))


def test_a_called_dependency_of_an_app_fails_only_when_the_first_route_is_added() -> None:
    app = FastAPI(dependencies=[Depends(get_session())])
    with pytest.raises(AssertionError, match="must have a callable dependency"):
        app.get("/")(lambda: "never")


def test_a_called_dependency_of_a_router_fails_only_when_the_first_route_is_added() -> None:
    router = APIRouter(dependencies=[Depends(get_session())])
    with pytest.raises(AssertionError, match="must have a callable dependency"):
        router.get("/")(lambda: "never")


def test_a_call_that_gives_none_reads_the_annotated_class_from_the_query() -> None:
    class Limits:
        def __init__(self, size: int = 1) -> None:
            self.size = size

    def configure() -> None: ...

    app = FastAPI()

    @app.get("/")
    def read(limits: Limits = Depends(configure())) -> int:
        return limits.size

    assert request(app, "GET", "/?size=9").json() == 9


def test_a_factory_is_called_rightly() -> None:
    def require_role(role: str) -> Any:
        def check() -> None:
            raise HTTPException(403, role)

        return check

    assert request(app_guarded_by(Depends(require_role("admin"))), "GET", "/").status_code == 403


def test_a_callable_instance_is_a_dependency() -> None:
    class Checker:
        def __call__(self) -> None:
            raise HTTPException(403)

    assert request(app_guarded_by(Depends(Checker())), "GET", "/").status_code == 403


def test_a_security_scheme_is_called_rightly() -> None:
    assert request(app_guarded_by(Depends(HTTPBearer())), "GET", "/").status_code in {401, 403}


def test_a_partial_is_a_dependency() -> None:
    def greet(name: str) -> str:
        return f"hello {name}"

    assert request(app_injecting(Depends(functools.partial(greet, "ada"))), "GET", "/").json() == "hello ada"


def test_dropping_the_call_makes_generators_and_coroutines_work() -> None:
    app = FastAPI()

    @app.get("/")
    def read(session: Annotated[str, Depends(get_session)], user: Annotated[str, Depends(get_user)]) -> str:
        return f"{session} of {user}"

    assert request(app, "GET", "/").json() == "session of ada"
