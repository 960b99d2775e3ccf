"""What turns clients away: for certain, perhaps, or not at all."""

from __future__ import annotations

from textwrap import dedent

import pytest

from fastlint.model.endpoints import Endpoint
from fastlint.model.guard import Guard
from tests.model import project

HEAD = """
from typing import Annotated
from fastapi import APIRouter, Cookie, Depends, FastAPI, Header, HTTPException, Request, Security, status
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer
from starlette.authentication import requires
oauth2 = OAuth2PasswordBearer(tokenUrl="token")
optional = HTTPBearer(auto_error=False)
app = FastAPI()
"""


def guards(code: str) -> tuple[bool | None, tuple[Guard, ...]]:
    """What is said of the one route of some code."""
    found = project(HEAD + dedent(code))
    [endpoint] = found.subjects(Endpoint)
    return found.guards.verdict(endpoint), found.guards.of(endpoint)


def verdict(code: str) -> bool | None:
    return guards(code)[0]


DEPENDENCIES = {
    "a scheme": ("oauth2", ""),
    "a scheme below": ("user", "def user(token=Depends(oauth2)): ..."),
    "a 401": ("check", "def check():\n    raise HTTPException(401)"),
    "a 403 by its constant": (
        "require_key",
        "def require_key():\n    raise HTTPException(status_code=status.HTTP_403_FORBIDDEN)",
    ),
    "a 403 for what is sent": (
        "check",
        "def check(authorization: str = Header()):\n    raise HTTPException(403)",
    ),
    "a 401 in a helper": ("check", "def refuse():\n    raise HTTPException(401)\ndef check():\n    refuse()"),
    "a 401 that is made before": ("check", "no = HTTPException(401)\ndef check():\n    raise no"),
    "an exception of the project": (
        "check",
        (
            "class No(HTTPException):\n    def __init__(self):\n        super().__init__(status_code=401)\n"
            "def check():\n    raise No()"
        ),
    ),
    "an object that is called": (
        "Role('admin')",
        "class Role:\n    def __init__(self, name): ...\n    def __call__(self, token=Depends(oauth2)): ...",
    ),
    "a redirect to a login": (
        "session",
        "def session(key=Depends(optional)):\n    raise HTTPException(307, headers={'Location': '/login'})",
    ),
}


@pytest.mark.parametrize(("name", "definition"), DEPENDENCIES.values(), ids=list(DEPENDENCIES))
@pytest.mark.parametrize(
    "route",
    [
        '@app.get("/a")\ndef a(value=Depends({name})): ...',
        '@app.get("/a")\ndef a(value: Annotated[str, Depends({name})]): ...',
        '@app.get("/a", dependencies=[Depends({name})])\ndef a(): ...',
        'one = FastAPI(dependencies=[Depends({name})])\n@one.get("/a")\ndef a(): ...',
        'r = APIRouter(dependencies=[Depends({name})])\n@r.get("/a")\ndef a(): ...\napp.include_router(r)',
        'r = APIRouter()\n@r.get("/a")\ndef a(): ...\napp.include_router(r, dependencies=[Depends({name})])',
    ],
    ids=["default", "annotated", "route", "app", "router", "include"],
)
def test_a_dependency_that_can_turn_clients_away_guards_wherever_it_stands(
    route: str, name: str, definition: str
) -> None:
    assert verdict(f"{definition}\n{route.format(name=name)}") is True


@pytest.mark.parametrize(
    "code",
    [
        "def a(): ...",
        "def load(): ...\n@here\ndef a(value=Depends(load)): ...",
        "def load():\n    raise HTTPException(404)\n@here\ndef a(value=Depends(load)): ...",
        "def check_csrf():\n    raise HTTPException(403)\n@here\ndef a(value=Depends(check_csrf)): ...",
    ],
)
def test_a_route_without_any_of_this_is_open(code: str) -> None:
    text = code if "@here" in code else f"@here\n{code}"
    assert (False, ()) == guards(text.replace("@here", '@app.get("/a")'))


@pytest.mark.parametrize(
    ("code", "evidence"),
    [
        ("@here\ndef a(key=Depends(optional)): ...", "HTTPBearer (auto_error=False)"),
        ("def current_user(): ...\n@here\ndef a(user=Depends(current_user)): ...", "named so"),
        ("from acme import load\n@here\ndef a(value=Depends(load)): ...", "cannot be followed"),
        ("from acme import checks\n@app.get('/a', dependencies=checks)\ndef a(): ...", "cannot be followed"),
        ("from acme import more\n@app.get('/a', **more)\ndef a(): ...", "cannot be followed"),
        ("def x(authorization=Header()): ...\n@here\ndef a(value=Depends(x)): ...", "reads credentials"),
        (
            "def x(request: Request):\n    request.cookies\n@here\ndef a(v=Depends(x)): ...",
            "reads credentials",
        ),
        ("from acme import CurrentUser\n@here\ndef a(user: CurrentUser): ...", "named so"),
        ("def off():\n    raise HTTPException(403)\n@here\ndef a(v=Depends(off)): ...", "can answer 403"),
        ("def off(f):\n    raise HTTPException(403)\n@here\n@off\ndef a(): ...", "can answer 403"),
        ("@here\ndef a():\n    raise HTTPException(403)", "can answer 403"),
        ("@here\ndef a():\n    return JSONResponse({}, status_code=401)", "can answer 401"),
        ("@here\ndef a(request: Request):\n    request.user", "reads credentials"),
        (
            (
                "@app.middleware('http')\nasync def m(request, go_on):\n    return JSONResponse({}, 401)\n"
                "@here\ndef a(): ..."
            ),
            "can answer 401",
        ),
        (
            "from acme import AuthMiddleware\napp.add_middleware(AuthMiddleware)\n@here\ndef a(): ...",
            "named so",
        ),
        (
            (
                "r = APIRouter()\nr.dependencies.append(Depends(oauth2))\n@r.get('/a')\ndef a(): ...\n"
                "app.include_router(r)"
            ),
            "cannot be followed",
        ),
    ],
)
def test_what_may_guard_a_route_leaves_it_undecided(code: str, evidence: str) -> None:
    found, why = guards(code.replace("@here", '@app.get("/a")'))
    assert found is None
    assert evidence in {text for each in why for text in each.evidence}


@pytest.mark.parametrize(
    "decorator",
    [
        "requires('authenticated')",
        "requires_admin",
    ],
)
def test_a_decorator_below_the_route_that_turns_clients_away_guards(decorator: str) -> None:
    code = f"""
        def requires_admin(function):
            async def inner(request: Request):
                if not request.headers:
                    raise HTTPException(403)
                return await function(request)
            return inner
        @app.get("/a")
        @{decorator}
        async def a(request: Request): ...
        """
    assert verdict(code) is True


def test_a_refusal_that_is_caught_turns_nobody_away() -> None:
    code = """
        def strict():
            raise HTTPException(401)
        def lax():
            try:
                return strict()
            except HTTPException:
                return None
        @app.get("/a")
        def a(value=Depends(lax)): ...
        """
    assert (False, ()) == guards(code)


def test_an_app_does_not_guard_what_is_mounted_in_it() -> None:
    code = """
        outer = FastAPI(dependencies=[Depends(oauth2)])
        @app.get("/a")
        def a(): ...
        outer.mount("/in", app)
        """
    assert verdict(code) is False


KEYS = """
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
class Keys:
    def __init__(self, app): ...
    async def __call__(self, scope, receive, send):
        await JSONResponse({}, status_code=401)(scope, receive, send)
"""
STACK = "stack = [Middleware(Keys)]\n"


@pytest.mark.parametrize(
    "code",
    [
        "other = FastAPI()\nother.add_middleware(Keys)",
        STACK + "other = FastAPI(middleware=stack)",
        "other = FastAPI(**{'middleware': [Middleware(Keys)]})",
        STACK + "def make(middleware):\n    return FastAPI(middleware=middleware)\nother = make(stack)",
        "def set_up(app):\n    app.add_middleware(Keys)\nother = FastAPI()\nset_up(other)",
        "other = FastAPI()\n@other.middleware('http')\nasync def m(a, b):\n    return JSONResponse({}, 401)",
        STACK + "app.router.routes.append(Mount('/x', routes=[], middleware=stack))",
        STACK + "app.router.routes.append(Route('/x', print, middleware=stack))",
        "other = Keys(FastAPI())",
    ],
)
def test_middleware_of_something_else_guards_nothing_here(code: str) -> None:
    assert verdict(KEYS + code + "\n@app.get('/a')\ndef a(): ...") is False


@pytest.mark.parametrize(
    "code",
    [
        STACK + "app = FastAPI(middleware=stack)",
        STACK + "app = FastAPI(middleware=[*stack])",
        STACK + "app = FastAPI(**{'middleware': stack})",
        STACK + "other = FastAPI(middleware=stack)\napp = FastAPI(middleware=stack + [])",
        STACK + "other = FastAPI(middleware=stack)\nfrom acme import options\napp = FastAPI(**options)",
        "def set_up(app):\n    app.add_middleware(Keys)\nset_up(FastAPI())\nset_up(app)",
        "def set_up(app: FastAPI):\n    app.add_middleware(Keys)",
        "app.user_middleware.append(Middleware(Keys))",
        STACK + "outer = FastAPI(middleware=stack)\nouter.mount('/in', app)",
        STACK + "outer = FastAPI(routes=[Mount('/in', app=app, middleware=stack)])",
        "asgi = Keys(app)",
    ],
)
def test_middleware_that_is_around_an_app_may_guard_it(code: str) -> None:
    assert verdict(KEYS + code + "\n@app.get('/a')\ndef a(): ...") is None
