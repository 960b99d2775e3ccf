"""Apps, routers, the tree of includes, and routes however they are registered."""

from __future__ import annotations

from textwrap import dedent

import pytest

from fastlint.model.hooks import Middleware
from fastlint.model.routing import Application
from fastlint.model.table import ShadowedRoute
from tests.model import project, routes

VERBS = ["get", "post", "put", "patch", "delete", "options", "head", "trace"]


def application(code: str) -> Application:
    return project(code).application


# Ways to register


@pytest.mark.parametrize("verb", VERBS)
def test_a_decorator_registers_a_route_for_its_method(verb: str) -> None:
    code = f"""
        from fastapi import FastAPI
        app = FastAPI()
        @app.{verb}("/orders")
        def orders(): ...
        """
    assert [f"{verb.upper()} /orders: orders"] == routes(code)


@pytest.mark.parametrize(
    ("registration", "expected"),
    [
        ('@app.api_route("/a", methods=["GET", "post"])\ndef a(): ...', "GET/POST /a: a"),
        ('@app.api_route("/a")\ndef a(): ...', "GET /a: a"),
        ('@app.route("/a")\ndef a(request): ...', "GET /a: a"),
        ('@app.websocket("/a")\nasync def a(ws): ...', "websocket /a: a"),
        ('@app.websocket_route("/a")\nasync def a(ws): ...', "websocket /a: a"),
        ('def a(): ...\napp.add_api_route("/a", a)', "GET /a: a"),
        ('def a(): ...\napp.add_api_route("/a", a, methods=["PUT"])', "PUT /a: a"),
        ('def a(): ...\napp.add_api_route(path="/a", endpoint=a, methods={"PUT"})', "PUT /a: a"),
        ('def a(): ...\napp.router.add_api_route("/a", a)', "GET /a: a"),
        ('def a(request): ...\napp.add_route("/a", a)', "GET /a: a"),
        ('async def a(ws): ...\napp.add_api_websocket_route("/a", a)', "websocket /a: a"),
        ('async def a(ws): ...\napp.add_websocket_route("/a", a)', "websocket /a: a"),
        ('def a(): ...\napp.get("/a")(a)', "GET /a: a"),
        ('@app.get(path="/a")\ndef a(): ...', "GET /a: a"),
        ('get = app.get\n@get("/a")\ndef a(): ...', "GET /a: a"),
        ('route = app.get("/a")\n@route\ndef a(): ...', "GET /a: a"),
        ('@app.get("/a")\n@app.post("/a")\ndef a(): ...', "GET /a: a, POST /a: a"),
        ('app.get("/a")(lambda: 1)', "GET /a: <lambda>"),
    ],
)
def test_a_route_is_known_however_it_is_registered(registration: str, expected: str) -> None:
    code = f"from fastapi import FastAPI\napp = FastAPI()\n{registration}"
    assert expected == ", ".join(sorted(routes(code)))


@pytest.mark.parametrize(
    "registration",
    [
        'cache = {}\n@cache.get("/a")\ndef a(): ...',
        'import acme\n@acme.get("/a")\ndef a(): ...',
        '@unknown.get("/a")\ndef a(): ...',
        '@app.on_event("startup")\ndef a(): ...',
        '@app.middleware("http")\ndef a(): ...',
        'def a(): ...\napp.get("/a")',
    ],
)
def test_what_is_no_registration_makes_no_route(registration: str) -> None:
    assert [] == routes(f"from fastapi import FastAPI\napp = FastAPI()\n{registration}")


def test_methods_that_are_computed_are_unknown() -> None:
    code = """
        from acme import METHODS
        from fastapi import FastAPI
        app = FastAPI()
        @app.api_route("/a", methods=METHODS)
        def a(): ...
        """
    assert ["? /a: a"] == routes(code)


def test_an_endpoint_class_answers_with_its_methods() -> None:
    code = """
        from starlette.applications import Starlette
        from starlette.endpoints import HTTPEndpoint
        app = Starlette()
        class Orders(HTTPEndpoint):
            def get(self, request): ...
            def post(self, request): ...
        app.add_route("/orders", Orders)
        """
    assert ["GET /orders: Orders.get", "GET /orders: Orders.post"] == routes(code)


def test_a_router_is_one_under_every_name_that_it_is_imported_by() -> None:
    files = {
        "base.py": "from fastapi import APIRouter\nrouter = APIRouter(prefix='/base')",
        "main.py": "from base import router as api\n@api.get('/a')\ndef a(): ...",
        "other.py": "import base as b\n@b.router.get('/b')\ndef b(): ...",
    }
    assert ["GET /base/a: a", "GET /base/b: b"] == routes(files)


@pytest.mark.parametrize("made", ["Own()", "Own(prefix='')", "make()"])
def test_a_subclass_of_a_router_is_a_router(made: str) -> None:
    files = {
        "own.py": "from fastapi import APIRouter\nclass Own(APIRouter): ...\ndef make() -> Own: ...",
        "main.py": f"from own import Own, make\nrouter = {made}\n@router.get('/a')\ndef a(): ...",
    }
    assert ["GET /a: a"] == routes(files)


def test_a_router_of_a_subclass_has_the_prefix_that_its_own_constructor_passes_on() -> None:
    code = """
        from fastapi import APIRouter
        class Versioned(APIRouter):
            def __init__(self, version, **kwargs):
                super().__init__(prefix=f"/v{version}", **kwargs)
        class Second(APIRouter):
            def __init__(self):
                super().__init__(prefix="/v2")
        router = Second()
        @router.get("/a")
        def a(): ...
        """
    assert ["GET /v2/a: a"] == routes(code)


def test_a_wrapper_of_a_router_registers_on_the_router_inside() -> None:
    code = """
        from fastapi import APIRouter
        class Api:
            def __init__(self):
                self.router = APIRouter(prefix="/api")
        api = Api()
        @api.router.get("/a")
        def a(): ...
        """
    assert ["GET /api/a: a"] == routes(code)


def test_a_decorator_of_the_project_that_returns_the_routers_own_registers() -> None:
    code = """
        from fastapi import APIRouter
        router = APIRouter()
        def secured(path):
            return router.get(path, dependencies=[])
        @secured("/a")
        def a(): ...
        @secured("/b")
        def b(): ...
        """
    assert ["GET /a: a", "GET /b: b"] == routes(code)


def test_a_decorator_of_the_project_that_adds_the_route_itself_registers() -> None:
    code = """
        from fastapi import APIRouter
        router = APIRouter()
        def route(path):
            def register(function):
                router.add_api_route(path, function, methods=["POST"])
                return function
            return register
        @route("/a")
        def a(): ...
        """
    assert ["POST /a: a"] == routes(code)


def test_a_plain_decorator_of_the_project_that_adds_the_route_registers() -> None:
    code = """
        from fastapi import FastAPI
        app = FastAPI()
        def health(function):
            app.add_api_route("/health", function)
            return function
        @health
        def a(): ...
        """
    assert ["GET /health: a"] == routes(code)


def test_a_method_of_a_subclass_that_registers_in_its_own_words_registers() -> None:
    code = """
        from fastapi import APIRouter
        class Api(APIRouter):
            def query(self, path):
                return self.get(path)
        api = Api()
        @api.query("/a")
        def a(): ...
        """
    assert ["GET /a: a"] == routes(code)


def test_methods_of_a_class_that_registers_them_are_routes() -> None:
    code = """
        from fastapi import APIRouter
        class Orders:
            def __init__(self):
                self.router = APIRouter(prefix="/orders")
                self.router.add_api_route("/all", self.all)
            def all(self): ...
        orders = Orders()
        """
    assert ["GET /orders/all: Orders.all"] == routes(code)


# Factories


def test_routes_inside_a_factory_function_are_routes() -> None:
    code = """
        from fastapi import FastAPI
        def create_app():
            app = FastAPI()
            @app.get("/a")
            async def a(): ...
            return app
        """
    assert ["GET /a: a"] == routes(code)


def test_a_factory_of_a_router_gives_each_caller_its_own() -> None:
    code = """
        from fastapi import APIRouter, FastAPI
        def make(prefix):
            router = APIRouter(prefix=prefix)
            @router.get("/a")
            def a(): ...
            return router
        app = FastAPI()
        app.include_router(make("/one"))
        app.include_router(make("/two"))
        """
    assert {"/one", "/two"} == {include.child.prefix for include in application(code).includes}


def test_a_function_that_is_given_the_app_registers_on_it() -> None:
    files = {
        "main.py": "from fastapi import FastAPI\nfrom api import register\napp = FastAPI()\nregister(app)",
        "api.py": """
            from fastapi import APIRouter, FastAPI
            router = APIRouter(prefix="/api")
            @router.get("/a")
            def a(): ...
            def register(app: FastAPI):
                app.include_router(router, prefix="/v1")
            """,
    }
    assert ["GET /v1/api/a: a"] == routes(files)


def test_a_function_without_annotations_that_is_given_the_app_registers_on_it() -> None:
    files = {
        "main.py": "from fastapi import FastAPI\nfrom api import register\napp = FastAPI()\nregister(app)",
        "api.py": "def register(application):\n    @application.get('/a')\n    def a(): ...",
    }
    assert ["GET /a: a"] == routes(files)


def test_an_app_that_a_factory_makes_is_the_app_that_gets_the_routes() -> None:
    files = {
        "factory.py": "from fastapi import FastAPI\ndef create_app() -> FastAPI:\n    return FastAPI()",
        "main.py": """
            from factory import create_app
            from orders import router
            app = create_app()
            app.include_router(router, prefix="/api")
            """,
        "orders.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/a')\ndef a(): ...",
    }
    assert ["GET /api/a: a"] == routes(files)


# Paths


@pytest.mark.parametrize(
    "path", ['"/a/b"', '"/a" + "/b"', 'f"{ROOT}/b"', 'f"/a/{B}"', "PATH", "paths.PATH", "Paths.AB"]
)
def test_a_path_may_be_a_constant_of_any_spelling(path: str) -> None:
    files = {
        "paths.py": "PATH = '/a/b'",
        "main.py": f"""
            import paths
            from fastapi import FastAPI
            ROOT, B, PATH = "/a", "b", "/a" "/b"
            class Paths:
                AB = PATH
            app = FastAPI()
            @app.get({path})
            def a(): ...
            """,
    }
    assert ["GET /a/b: a"] == routes(files)


@pytest.mark.parametrize("path", ["load()", 'f"/{load()}"', "settings.path"])
def test_a_path_that_is_computed_is_unknown(path: str) -> None:
    code = f"""
        from acme import load, settings
        from fastapi import FastAPI
        app = FastAPI()
        @app.get({path})
        def a(): ...
        """
    assert ["GET ?: a"] == routes(code)


def test_a_path_that_is_added_to_is_unknown() -> None:
    code = """
        from fastapi import FastAPI
        from acme import suffix
        PATH = "/a"
        PATH += suffix()
        app = FastAPI()
        @app.get(PATH)
        def a(): ...
        """
    assert ["GET ?: a"] == routes(code)


def test_a_full_path_has_the_prefixes_of_every_include_and_router() -> None:
    files = {
        "main.py": """
            from fastapi import FastAPI
            from api import api
            app = FastAPI()
            app.include_router(api, prefix="/api")
            """,
        "api.py": """
            from fastapi import APIRouter
            from orders import router
            api = APIRouter(prefix="/v1")
            api.include_router(router, prefix="/shop")
            """,
        "orders.py": """
            from fastapi import APIRouter
            router = APIRouter(prefix="/orders")
            @router.get("/{id}")
            def order(id: int): ...
            """,
    }
    assert ["GET /api/v1/shop/orders/{id}: order"] == routes(files)


def test_a_router_that_is_included_twice_serves_two_paths() -> None:
    code = """
        from fastapi import APIRouter, FastAPI
        router = APIRouter()
        @router.get("/a")
        def a(): ...
        app = FastAPI()
        app.include_router(router, prefix="/v1")
        app.include_router(router, prefix="/v2")
        """
    assert ["GET /v1/a: a", "GET /v2/a: a"] == routes(code)


def test_a_mounted_app_is_below_the_path_of_its_mount() -> None:
    code = """
        from fastapi import FastAPI
        inner, app = FastAPI(), FastAPI()
        @inner.get("/a")
        def a(): ...
        app.mount("/inner", inner)
        """
    assert ["GET /inner/a: a"] == routes(code)


def test_a_router_that_includes_itself_has_no_path() -> None:
    code = """
        from fastapi import APIRouter
        router = APIRouter()
        router.include_router(router, prefix="/a")
        @router.get("/a")
        def a(): ...
        """
    assert ["GET ?: a"] == routes(code)


def test_a_prefix_that_is_computed_leaves_the_path_unknown() -> None:
    code = """
        from acme import settings
        from fastapi import APIRouter
        router = APIRouter(prefix=settings.prefix)
        @router.get("/a")
        def a(): ...
        """
    assert ["GET ?: a"] == routes(code)


def test_options_of_a_dict_that_is_written_out_are_options() -> None:
    code = """
        from fastapi import APIRouter
        options = {"prefix": "/api"}
        router = APIRouter(**options)
        @router.get("/a")
        def a(): ...
        """
    assert ["GET /api/a: a"] == routes(code)


def test_options_of_an_unknown_dict_leave_the_path_unknown() -> None:
    code = """
        from acme import options
        from fastapi import APIRouter
        router = APIRouter(**options)
        @router.get("/a")
        def a(): ...
        """
    assert ["GET ?: a"] == routes(code)


@pytest.mark.parametrize(
    "loop",
    [
        "for each in [orders.router, users.router]:\n    app.include_router(each)",
        "for each in (orders, users):\n    app.include_router(each.router)",
        "ALL = [orders, users]\nfor each in ALL:\n    app.include_router(each.router)",
    ],
)
def test_a_loop_over_a_written_list_includes_each_router_in_order(loop: str) -> None:
    module = (
        "from fastapi import APIRouter\nrouter = APIRouter(prefix='/{0}')\n@router.get('/a')\ndef a(): ..."
    )
    files = {
        "orders.py": module.replace("{0}", "orders"),
        "users.py": module.replace("{0}", "users"),
        "main.py": f"import orders, users\nfrom fastapi import FastAPI\napp = FastAPI()\n{loop}",
    }
    assert ["/orders", "/users"] == [include.child.prefix for include in project(files).application.includes]
    assert ["GET /orders/a: a", "GET /users/a: a"] == routes(files)


def test_the_apps_that_serve_a_router_end_at_a_mount() -> None:
    code = """
        from fastapi import APIRouter, FastAPI
        outer, app, middle, router = FastAPI(), FastAPI(), APIRouter(), APIRouter()
        middle.include_router(router)
        app.include_router(middle)
        outer.mount("/app", app)
        @router.get("/a")
        def a(): ...
        """
    model = application(code)
    [route] = model.routes
    [root] = model.roots(route.router)
    assert model.is_app(root)
    assert "/app" not in {include.prefix for include in model.includes if include.parent == root}


@pytest.mark.parametrize("made", ["FastAPI()", "F()", "fastapi.FastAPI()", "Starlette()"])
def test_an_app_without_routes_is_an_app(made: str) -> None:
    code = f"""
        import fastapi
        from fastapi import FastAPI, FastAPI as F
        from starlette.applications import Starlette
        app = {made}
        """
    model = application(code)
    assert [True] == [model.is_app(router) for router in model.routers]


# What a route says


@pytest.mark.parametrize(
    ("signature", "options", "expected"),
    [
        ("-> User", "", "User"),
        ("-> User", ", response_model=Public", "Public"),
        ("-> User", ", response_model=None", None),
        ("-> None", "", None),
        ("-> JSONResponse", "", None),
        ("", "", None),
        ("-> User", ", **unknown", None),
    ],
)
def test_a_response_is_filtered_by_its_model_else_by_the_return_annotation(
    signature: str, options: str, expected: str | None
) -> None:
    code = f"""
        from acme import unknown
        from fastapi import FastAPI
        from fastapi.responses import JSONResponse
        from pydantic import BaseModel
        class User(BaseModel): ...
        class Public(BaseModel): ...
        app = FastAPI()
        @app.get("/a"{options})
        def a() {signature}: ...
        """
    [route] = application(code).routes
    assert expected == (None if route.response is None else route.response.text())


def test_what_a_handler_returns_leaves_out_what_its_inner_functions_return() -> None:
    code = """
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/a")
        def a(x):
            def inner():
                return 1
            if x:
                return 2
            return 3
        """
    [route] = application(code).routes
    assert ["2", "3"] == [each.value.text() for each in route.returns]


def test_the_title_of_a_route_is_its_method_and_whole_path() -> None:
    code = """
        from fastapi import APIRouter, FastAPI
        app, router = FastAPI(), APIRouter(prefix="/orders")
        @router.api_route("/{id}", methods=["PUT", "PATCH"])
        def order(id: int): ...
        app.include_router(router, prefix="/api")
        """
    assert ["PATCH/PUT /api/orders/{id}"] == [route.title for route in application(code).routes]


# Order


def test_a_path_with_a_parameter_shadows_a_later_one_that_it_matches() -> None:
    code = """
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/orders/{id}")
        def order(id: str): ...
        @app.get("/orders/latest")
        def latest(): ...
        """
    found = project(code).subjects(ShadowedRoute)
    assert [("/orders/latest", "/orders/{id}")] == [(each.path, each.earlier_path) for each in found]


@pytest.mark.parametrize(
    "change",
    [
        "app.router.routes = sorted(app.router.routes, key=str)",
        "app.router.routes[:] = sorted(app.router.routes, key=str)",
        "app.router.routes.sort(key=str)",
        "app.routes.insert(0, app.routes.pop())",
        "def sort(app):\n    app.router.routes = app.router.routes[::-1]\nsort(app)",
    ],
)
def test_routes_of_which_the_project_changes_the_order_shadow_nothing(change: str) -> None:
    code = """
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/orders/{id}")
        def order(id: str): ...
        @app.get("/orders/latest")
        def latest(): ...
        """
    assert () == project(dedent(code) + change).subjects(ShadowedRoute)


# Middleware


@pytest.mark.parametrize(
    "added",
    [
        "app.add_middleware(Timing, budget=1)",
        "app.add_middleware(middleware_class=Timing, budget=1)",
        "app2 = FastAPI(middleware=[Middleware(Timing, budget=1)])",
    ],
)
def test_middleware_is_known_however_it_is_added(added: str) -> None:
    code = f"""
        from fastapi import FastAPI
        from starlette.middleware import Middleware
        class Timing: ...
        app = FastAPI()
        {added}
        """
    [middleware] = project(code).subjects(Middleware)
    assert 1 == (middleware.option("budget") or pytest.fail("no option")).constant()


def test_middleware_of_the_framework_is_known_by_its_class() -> None:
    code = """
        from fastapi import FastAPI
        from fastapi.middleware.cors import CORSMiddleware
        app = FastAPI()
        app.add_middleware(CORSMiddleware, allow_origins=["*"])
        """
    [middleware] = project(code).subjects(Middleware)
    assert middleware.is_a("starlette.middleware.cors.CORSMiddleware")


def test_middleware_that_is_added_under_a_condition_knows_the_condition() -> None:
    code = """
        from fastapi import FastAPI
        from starlette.middleware.gzip import GZipMiddleware
        app = FastAPI()
        if debug:
            app.add_middleware(GZipMiddleware)
        """
    [middleware] = project(code).subjects(Middleware)
    assert ["debug"] == [each.text() for each in middleware.conditions]
