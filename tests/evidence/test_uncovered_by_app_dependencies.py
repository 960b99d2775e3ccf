"""FL222: what the dependencies of an app are resolved for, and what passes by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from tests.evidence.client import request
from tests.evidence.pages import examples


def refuse() -> None:
    raise HTTPException(401)


async def read() -> str:
    return "secret"


async def read_of_starlette(request: Request) -> JSONResponse:
    return JSONResponse("secret")


def guarded(**options: Any) -> FastAPI:
    return FastAPI(dependencies=[Depends(refuse)], **options)


def status(app: FastAPI, path: str = "/") -> int:
    return request(app, "GET", path).status_code


def test_the_bad_example_answers_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "sesame")
    bad, good = examples("uncovered-by-app-dependencies")
    assert [status(each["app"], "/jobs") for each in (bad, good)] == [200, 401]


def test_routes_of_the_app_and_of_included_routers_are_covered() -> None:
    app, router = guarded(), APIRouter(routes=[APIRoute("/ready-made", read)])
    app.add_api_route("/", read)
    router.add_api_route("/router", read)
    app.include_router(router)
    assert [status(app, path) for path in ("/", "/router", "/ready-made")] == [401, 401, 401]


def test_a_route_of_starlette_is_not() -> None:
    app, router = guarded(), APIRouter()
    app.add_route("/", read_of_starlette)
    router.add_route("/router", read_of_starlette)
    app.include_router(router)
    assert [status(app, path) for path in ("/", "/router")] == [200, 200]


def test_a_route_that_is_put_there_ready_made_is_not() -> None:
    appended = guarded()
    appended.router.routes.append(APIRoute("/", read))
    given = guarded(routes=[APIRoute("/", read), Mount("/in", routes=[Route("/", read_of_starlette)])])
    assert [status(appended), status(given), status(given, "/in/")] == [200, 200, 200]


def test_a_mounted_app_is_not_and_has_its_own() -> None:
    app, mounted, closed = guarded(), FastAPI(), guarded()
    mounted.add_api_route("/", read)
    closed.add_api_route("/", read)
    app.mount("/mounted", mounted)
    app.mount("/closed", closed)
    assert [status(app, "/mounted/"), status(app, "/closed/")] == [200, 401]


def test_a_mounted_folder_is_not(tmp_path: Path) -> None:
    app = guarded()
    (tmp_path / "payroll.csv").write_text("ada", encoding="utf-8")
    app.mount("/reports", StaticFiles(directory=tmp_path))
    assert status(app, "/reports/payroll.csv") == 200


def test_a_folder_is_not_however_it_gets_there(tmp_path: Path) -> None:
    class FreshFiles(StaticFiles):
        def file_response(self, *args: Any, **kwargs: Any) -> Any:
            response = super().file_response(*args, **kwargs)
            response.headers["cache-control"] = "no-store"
            return response

    app = guarded()
    (tmp_path / "payroll.csv").write_text("ada", encoding="utf-8")
    app.router.routes.append(Mount("/appended", StaticFiles(directory=tmp_path)))
    app.router.mount("/mounted", FreshFiles(directory=tmp_path))
    assert [status(app, f"/{each}/payroll.csv") for each in ("appended", "mounted")] == [200, 200]


def test_middleware_stands_only_around_what_it_is_given_to() -> None:
    def closed(app: Any) -> Any:
        return JSONResponse({}, 401)

    stack = [Middleware(closed)]
    inner = Mount("/inner", routes=[Route("/", read_of_starlette)], middleware=stack)
    app, other = FastAPI(routes=[inner, Route("/", read_of_starlette)]), FastAPI(middleware=stack)
    other.mount("/mounted", app)
    assert [status(app), status(app, "/inner/"), status(other, "/mounted/")] == [200, 401, 401]


def test_the_docs_are_not_unless_they_are_taken_away() -> None:
    paths = ("/docs", "/openapi.json")
    assert [status(guarded(), path) for path in paths] == [200, 200]
    assert [status(guarded(openapi_url=None), path) for path in paths] == [404, 404]
