"""Routes that are made by themselves and put into the routes of an app or router."""

from __future__ import annotations

import pytest

from fastlint.model.endpoints import Endpoint
from tests.model import project, routes

APP = """
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute
from functools import partial
from starlette.routing import Mount, Route, Router, WebSocketRoute
def read(): ...
def late(): ...
def load(): ...
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('app = FastAPI(routes=[APIRoute("/a", read)])', ["GET /a: read"]),
        ('app = FastAPI(routes=[APIRoute("/a", read, methods=["PUT"])])', ["PUT /a: read"]),
        ('app = FastAPI(routes=[Route("/a", endpoint=read)])', ["GET /a: read"]),
        ('more = [Route("/b", late)]\napp = FastAPI(routes=[Route("/a", read), *more])',
         ["GET /a: read", "GET /b: late"]),
        ('app = FastAPI(routes=[*other.routes, Route("/a", read)])', ["GET /a: read"]),
        ('more = []\nmore.append(Route("/a", read))\napp = FastAPI(routes=more)', ["GET /a: read"]),
        ('app = FastAPI()\napp.routes.append(APIRoute("/a", read))', ["GET /a: read"]),
        ('app = FastAPI()\napp.router.routes.insert(0, APIRoute("/a", read))', ["GET /a: read"]),
        ('app = FastAPI()\napp.router.routes += [WebSocketRoute("/a", read)]', ["websocket /a: read"]),
        ('app = FastAPI()\napp.routes.extend([APIWebSocketRoute("/a", read)])', ["websocket /a: read"]),
        ('app = FastAPI(routes=[Mount("/m", routes=[Route("/a", read)])])', ["GET /m/a: read"]),
        ('app = FastAPI()\napp.mount("/m", Router([Route("/a", read)]))', ["GET /m/a: read"]),
        ('class Own(APIRoute): ...\napp = FastAPI(routes=[Own("/a", read)])', ["GET /a: read"]),
        ('route = Route("/a", read)\nothers = []\nothers.append(route)', []),
    ],
)  # fmt: skip
def test_it_is_a_route_of_the_app_that_gets_it(code: str, expected: list[str]) -> None:
    assert expected == sorted(routes(f"{APP}{code}"))


def test_it_has_the_prefixes_of_includes_and_not_that_of_its_own_router() -> None:
    code = 'r = APIRouter(prefix="/own", routes=[APIRoute("/a", read)])\napp = FastAPI()\n'
    include = 'app.include_router(r, prefix="/in")\n'
    assert ["GET /in/a: read"] == routes(APP + code + include)
    [endpoint] = project(APP + code + include).subjects(Endpoint)
    assert "/in/a" == endpoint.path


def test_a_route_of_starlette_has_no_prefix_of_its_router_either() -> None:
    code = 'r = APIRouter(prefix="/own")\nr.add_route("/a", read)\napp = FastAPI()\napp.include_router(r)\n'
    assert ["GET /a: read"] == routes(APP + code)


def test_the_dependencies_of_its_own_router_are_not_resolved_for_it() -> None:
    own = 'r = APIRouter(dependencies=[Depends(load)])\nr.routes.append(APIRoute("/a", read))\n'
    app = "app = FastAPI(dependencies=[Depends(late)])\napp.include_router(r)\n"
    [route] = project(APP + own + app).application.routes
    assert ("late", "late") == route.guards
    [endpoint] = project(APP + own + app).subjects(Endpoint)
    assert ["app"] == [level for level, _ in endpoint.injections]


# What answers


@pytest.mark.parametrize("register", ['app.get("/a")({})', 'app.add_api_route("/a", {})'])
def test_an_object_answers_by_its_call_method(register: str) -> None:
    code = f"class Read:\n    def __call__(self, q): ...\napp = FastAPI()\n{register.format('Read()')}\n"
    assert ["GET /a: Read.__call__"] == routes(APP + code)


def test_of_a_partial_the_function_answers_without_what_is_filled() -> None:
    code = 'def find(kind, q): ...\napp = FastAPI()\napp.add_api_route("/a", partial(find, "x"))\n'
    assert ["GET /a: find"] == routes(APP + code)
    handlers = project(APP + code).dependencies.handlers
    assert [["q"]] == [[each.name for each in handler.parameters] for handler in handlers]
