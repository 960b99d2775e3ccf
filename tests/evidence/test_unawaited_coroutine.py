"""What a client sees when a coroutine was not awaited: mostly nothing, and that is the trouble."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request, UploadFile

from tests.evidence.client import request
from tests.evidence.garbage import never_awaited
from tests.evidence.pages import examples


class Door:
    """A check that always refuses, and remembers whether it was made."""

    def __init__(self) -> None:
        self.asked = False

    async def verify(self) -> None:
        self.asked = True
        raise HTTPException(401)


async def count() -> int:
    return 3


def answer(app: FastAPI, method: str = "GET", **options: Any) -> tuple[int, Any]:
    """Status and body of a request that leaves a coroutine unawaited, as the interpreter's warning says."""
    with never_awaited():
        response = request(app, method, "/", **options)
    return response.status_code, response.json() if response.is_success else None


def app_with(endpoint: Callable[..., Any], **options: Any) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/", endpoint, methods=["GET", "POST"], **options)
    return app


def test_the_bad_example_lets_everyone_in_and_the_good_one_does_not() -> None:
    bad, good = examples("unawaited-coroutine")
    stranger = {"headers": {"token": "a-guess"}}
    with pytest.warns(RuntimeWarning, match="'is_admin' was never awaited"):
        assert request(bad["app"], "GET", "/secret", **stranger).json() == "SECRET"
    assert request(good["app"], "GET", "/secret", **stranger).status_code == 403


def test_the_good_example_still_lets_the_admin_in() -> None:
    _, good = examples("unawaited-coroutine")
    admin = {"headers": {"token": "the-admin-token"}}
    assert request(good["app"], "GET", "/secret", **admin).json() == "SECRET"


def test_both_examples_have_the_same_schema() -> None:
    bad, good = examples("unawaited-coroutine")
    assert bad["app"].openapi() == good["app"].openapi()


def test_a_statement_is_answered_with_200_and_not_done() -> None:
    done: list[str] = []

    async def send_mail() -> None:
        done.append("mail")

    async def route() -> str:
        send_mail()
        return "sent"

    assert answer(app_with(route)) == (200, "sent")
    assert done == []


def test_a_returned_coroutine_is_500() -> None:
    async def route() -> Any:
        return count()

    assert answer(app_with(route)) == (500, None)


def test_a_coroutine_in_a_returned_dictionary_is_500() -> None:
    async def route() -> Any:
        return {"items": count()}

    assert answer(app_with(route)) == (500, None)


def test_a_returned_coroutine_of_a_def_route_is_500() -> None:
    def route() -> Any:
        return count()

    assert answer(app_with(route)) == (500, None)


def test_a_coroutine_as_an_argument_is_not_its_value() -> None:
    async def route() -> int:
        return range(5).index(count())

    assert answer(app_with(route)) == (500, None)


def test_an_unawaited_result_is_never_none() -> None:
    async def find_user() -> None:
        return None

    async def route() -> str:
        user = find_user()
        if user is None:
            raise HTTPException(404)
        return "found"

    assert answer(app_with(route)) == (200, "found")


def returning(door: Door) -> Callable[[], Any]:
    def guard() -> Any:
        return door.verify()

    return guard


def stating(door: Door) -> Callable[[], Any]:
    def guard() -> None:
        door.verify()

    return guard


def stating_in_async(door: Door) -> Callable[[], Any]:
    async def guard() -> None:
        door.verify()

    return guard


def in_a_lambda(door: Door) -> Callable[[], Any]:
    return lambda: door.verify()


@pytest.mark.parametrize("guard_of", [returning, stating, stating_in_async, in_a_lambda])
def test_a_dependency_that_does_not_await_its_check_lets_everyone_in(
    guard_of: Callable[[Door], Callable[[], Any]],
) -> None:
    async def route() -> str:
        return "SECRET"

    door = Door()
    assert answer(app_with(route, dependencies=[Depends(guard_of(door))])) == (200, "SECRET")
    assert not door.asked


def test_the_check_itself_as_the_dependency_refuses() -> None:
    async def route() -> str:
        return "SECRET"

    app = app_with(route, dependencies=[Depends(Door().verify)])
    assert request(app, "GET", "/").status_code == 401


def test_an_unawaited_request_body_is_500() -> None:
    async def route(request: Request) -> Any:
        return request.json()

    assert answer(app_with(route), "POST", json={"a": 1}) == (500, None)


def test_reading_an_upload_in_a_def_route_gives_no_bytes() -> None:
    def route(upload: UploadFile) -> str:
        return type(upload.read()).__name__

    assert answer(app_with(route), "POST", files={"upload": b"x"}) == (200, "coroutine")


def test_an_unawaited_commit_writes_nothing_and_an_unawaited_get_finds_everything() -> None:
    pytest.importorskip("greenlet")
    from sqlalchemy.ext.asyncio import AsyncSession

    session = AsyncSession()

    async def route() -> str:
        session.commit()
        return "missing" if session.get(object, 1) is None else "found"

    assert answer(app_with(route)) == (200, "found")


def added() -> Any:
    return {"total": count() + 1}


def listed() -> Any:
    return [count() for _ in range(3)]


@pytest.mark.parametrize("route", [added, listed])
def test_where_the_result_itself_is_needed_the_route_is_500(route: Callable[[], Any]) -> None:
    assert answer(app_with(route)) == (500, None)


def test_a_coroutine_as_the_detail_of_an_error_is_500() -> None:
    detail = count()

    async def route() -> None:
        raise HTTPException(400, detail=detail)

    assert request(app_with(route), "GET", "/").status_code == 500
    detail.close()


def test_any_of_several_unawaited_checks_is_true() -> None:
    async def is_allowed(name: str) -> bool:
        return False

    async def route() -> str:
        return "SECRET" if any(is_allowed(name) for name in "ab") else "public"

    assert answer(app_with(route)) == (200, "SECRET")


def test_an_unawaited_result_that_is_tested_and_returned_is_never_missing() -> None:
    async def find() -> None:
        return None

    async def get() -> Any:
        found = find()
        if not found:
            raise HTTPException(404)
        return found

    async def route() -> str:
        return type(await get()).__name__

    assert answer(app_with(route)) == (200, "coroutine")


def test_a_check_that_is_kept_behind_a_condition_is_always_true() -> None:
    async def is_admin() -> bool:
        return False

    async def route(token: str = "a-guess") -> str:
        allowed = token and is_admin()
        return "SECRET" if allowed else "public"

    assert answer(app_with(route)) == (200, "SECRET")


def test_a_coroutine_that_is_given_a_name_which_nobody_reads_does_not_run() -> None:
    done: list[str] = []

    async def send_mail() -> None:
        done.append("mail")

    async def route() -> str:
        result = send_mail()  # noqa: F841 - nobody reads it
        return "sent"

    assert answer(app_with(route)) == (200, "sent")
    assert done == []


def test_an_assert_of_a_coroutine_passes() -> None:
    async def is_admin() -> bool:
        return False

    async def route() -> str:
        assert is_admin()
        return "SECRET"

    assert answer(app_with(route)) == (200, "SECRET")


def test_a_middleware_that_does_not_await_the_application_answers_nothing() -> None:
    app = app_with(count)

    @app.middleware("http")
    async def header(request: Request, call_next: Any) -> Any:
        response = call_next(request)
        response.headers["x"] = "1"
        return response

    assert answer(app) == (500, None)


def test_what_an_async_def_returns_is_not_awaited_with_it() -> None:
    async def find() -> Any:
        return count()

    async def route() -> Any:
        return await find()

    assert answer(app_with(route)) == (500, None)


def later() -> Any:
    """A coroutine that whoever called this awaits."""
    return count()


async def kept() -> int:
    pending = count()
    return await pending


async def gathered() -> int:
    return sum(await asyncio.gather(count(), *[count() for _ in range(2)])) // 3


async def as_a_task() -> int:
    return await asyncio.create_task(count())


async def in_time() -> int:
    return await asyncio.wait_for(count(), timeout=1)


async def from_a_factory() -> int:
    return await later()


@pytest.mark.parametrize("route", [kept, gathered, as_a_task, in_time, from_a_factory])
def test_a_coroutine_that_someone_awaits_later_is_fine(route: Callable[[], Any]) -> None:
    assert request(app_with(route), "GET", "/").json() == 3


@pytest.mark.parametrize(
    ("module", "cls", "methods"),
    [
        ("aiohttp", "ClientResponse", ("json", "read", "text")),
        ("aiofiles.threadpool.text", "AsyncTextIOWrapper", ("close", "read", "readlines", "write")),
        ("anthropic.resources.messages", "AsyncMessages", ("create", "count_tokens")),
        ("elasticsearch", "AsyncElasticsearch", ("bulk", "get", "index", "search", "update")),
        ("openai.resources.responses", "AsyncResponses", ("create", "parse")),
        ("pymongo.asynchronous.collection", "AsyncCollection", ("find_one", "insert_one", "update_one")),
    ],
)
def test_methods_of_asynchronous_clients_make_coroutines(
    module: str, cls: str, methods: tuple[str, ...]
) -> None:
    owner = getattr(pytest.importorskip(module), cls)
    assert all(inspect.iscoroutinefunction(inspect.unwrap(getattr(owner, name))) for name in methods)
