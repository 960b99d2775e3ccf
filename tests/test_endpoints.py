"""Routes as apps serve them: whole paths through every way, and what is honest where they are not known."""

from __future__ import annotations

import pytest

from fastlint.model.closure import needs
from fastlint.model.endpoints import Endpoint, MountPoint
from fastlint.model.ways import name_of, names_of
from tests.model import Files, project

UNKNOWN_PREFIX = """
from acme import PREFIX, make
from fastapi import APIRouter, FastAPI
router = APIRouter(prefix={prefix})
@router.get("/orders")
def orders(): ...
app = FastAPI()
app.include_router(router)
"""

THREADED = """from functools import wraps
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
def threaded(f):
    @wraps(f)
    async def inner(*a, **k):
        return await run_in_threadpool(f)
    return inner
"""


def paths(files: Files | str) -> list[str]:
    return sorted(
        f"{','.join(each.methods) or 'WS'} {each.path}" for each in project(files).subjects(Endpoint)
    )


def test_a_router_that_is_included_twice_serves_each_route_twice() -> None:
    code = """
        from fastapi import APIRouter, FastAPI
        router = APIRouter()
        @router.get("/a")
        def a(): ...
        app = FastAPI()
        app.include_router(router, prefix="/one")
        app.include_router(router, prefix="/two")
        """
    assert ["GET /one/a", "GET /two/a"] == paths(code)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("PREFIX", "…/orders"),
        ('"/api" + PREFIX', "/api…/orders"),
        ('f"/api/{PREFIX}/v1"', "/api/…/v1/orders"),
        ("make(PREFIX)", "…/orders"),
        ('"/api"', "/api/orders"),
    ],
)
def test_what_is_not_known_of_a_path_is_an_ellipsis(prefix: str, expected: str) -> None:
    assert [f"GET {expected}"] == paths(UNKNOWN_PREFIX.format(prefix=prefix))


def test_a_path_goes_through_mounts_and_dependencies_do_not() -> None:
    code = """
        from fastapi import Depends, FastAPI
        def outer(): ...
        def inner(): ...
        app = FastAPI(dependencies=[Depends(outer)])
        below = FastAPI(dependencies=[Depends(inner)])
        @below.get("/a")
        def a(): ...
        app.mount("/below", below)
        """
    [endpoint] = project(code).subjects(Endpoint)
    assert "/below/a" == endpoint.path
    assert ["inner"] == [each.name for each in needs(endpoint)]
    assert ["main:app", "main:below"] == [name_of(each) for each in endpoint.apps]


def test_dependencies_come_in_the_order_in_which_they_are_resolved() -> None:
    code = """
        from fastapi import APIRouter, Depends, FastAPI
        def one(): ...
        def two(): ...
        def three(): ...
        def four(): ...
        def five(): ...
        app = FastAPI(dependencies=[Depends(one)])
        router = APIRouter(dependencies=[Depends(three)])
        @router.get("/a", dependencies=[Depends(four)])
        def a(value=Depends(five)): ...
        app.include_router(router, dependencies=[Depends(two)])
        """
    [endpoint] = project(code).subjects(Endpoint)
    assert [
        ("app", "one"),
        ("include", "two"),
        ("router", "three"),
        ("route", "four"),
        ("parameter", "five"),
    ] == [(each.level, each.name) for each in needs(endpoint)]


def test_the_closure_of_a_dependency_has_everything_below_it_once() -> None:
    code = """
        from fastapi import Depends, FastAPI
        app = FastAPI()
        def base(): ...
        def left(value=Depends(base)): ...
        def right(value=Depends(base)): ...
        def top(one=Depends(left), two=Depends(right)): ...
        @app.get("/a")
        def a(value=Depends(top)): ...
        """
    [endpoint] = project(code).subjects(Endpoint)
    [need] = needs(endpoint)
    assert ["top", "left", "right", "base", "base"] == [each.name for each in need.closure]


def test_dependencies_that_need_each_other_end_somewhere() -> None:
    code = """
        from fastapi import Depends, FastAPI
        app = FastAPI()
        def one(value=Depends(lambda: two)): ...
        def two(value=Depends(one)): ...
        def again(value=Depends(lambda: again)): ...
        @app.get("/a")
        def a(value=Depends(two), other=Depends(again)): ...
        """
    [endpoint] = project(code).subjects(Endpoint)
    assert ["two", "again"] == [each.name for each in needs(endpoint)]
    assert all(len([*each.closure]) < 5 for each in needs(endpoint))


def test_a_route_of_starlette_answers_head_too_and_resolves_no_dependencies() -> None:
    code = """
        from fastapi import Depends, FastAPI
        def check(): ...
        app = FastAPI(dependencies=[Depends(check)])
        def a(request): ...
        app.add_route("/a", a)
        """
    [endpoint] = project(code).subjects(Endpoint)
    assert (("GET", "HEAD"), ()) == (endpoint.methods, needs(endpoint))


def test_a_class_of_methods_answers_each_by_its_name() -> None:
    code = """
        from starlette.applications import Starlette
        from starlette.endpoints import HTTPEndpoint
        app = Starlette()
        class Orders(HTTPEndpoint):
            def get(self, request): ...
            async def post(self, request): ...
        app.add_route("/orders", Orders)
        """
    assert ["GET /orders", "POST /orders"] == paths(code)


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ('@app.get("/a")\nasync def a(): ...', True),
        ('@app.get("/a")\ndef a(): ...', False),
        ('@app.websocket("/a")\nasync def a(ws): ...', True),
        ('@app.get("/a")\n@threaded\ndef a(): ...', True),
    ],
)
def test_an_endpoint_runs_on_the_loop_or_in_a_thread(handler: str, expected: bool) -> None:
    code = f"{THREADED}app = FastAPI()\n{handler}"
    [endpoint] = project(code).subjects(Endpoint)
    assert expected == endpoint.is_on_loop


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("app = FastAPI()", "main:app"),
        ("app = wrap(FastAPI())", "main:app"),
        ("def create_app():\n    app = FastAPI()\n    return app", "main:create_app()"),
        ("class Shop:\n    def __init__(self):\n        self.app = FastAPI()", "main:Shop.__init__()"),
    ],
)
def test_an_app_is_named_as_a_server_is_told_to_find_it(code: str, expected: str) -> None:
    found = project(f"from acme import wrap\nfrom fastapi import FastAPI\n{code}").application.made
    assert [expected] == [name_of(each) for each in found]


def test_apps_of_one_name_are_told_apart_by_their_files() -> None:
    code = "from fastapi import FastAPI\napp = FastAPI()"
    made = project({"a/app/main.py": code, "b/app/main.py": code}, roots=("a", "b")).application.made
    assert ["a/app/main.py:app", "b/app/main.py:app"] == sorted(names_of(made).values())


@pytest.mark.parametrize(
    ("mounted", "expected"),
    [
        ('app.mount("/static", StaticFiles(directory="static"))', ["/static"]),
        ('app.mount("/", StaticFiles(directory="static"))', ["/"]),
        ('app.mount(PATH, StaticFiles(directory="static"))', ["…"]),
        ('app.frontend("/ui", directory="dist")', ["/ui"]),
    ],
)
def test_a_mount_is_known_whatever_is_mounted(mounted: str, expected: list[str]) -> None:
    code = "from acme import PATH\nfrom fastapi import FastAPI\nfrom fastapi.staticfiles import StaticFiles\n"
    found = project(f"{code}app = FastAPI()\n{mounted}").subjects(MountPoint)
    assert expected == [each.path for each in found]
