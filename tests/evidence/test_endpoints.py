"""What the model says of routes is what the framework serves: paths, methods, handlers, dependencies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fastlint.config import Settings
from fastlint.engine import understand
from fastlint.model.closure import needs, target_name
from fastlint.model.endpoints import Endpoint
from fastlint.model.routers import Router
from fastlint.model.ways import name_of
from fastlint.testing import write

APPS = Path(__file__).parents[2] / "fixtures" / "apps"
ENVIRONMENT = {"DATABASE_URL": "sqlite+aiosqlite://", "TOKEN_KEY": "key", "SECRET_KEY": "key"}

Served = list[list[object]]


@pytest.mark.parametrize(
    ("folder", "source", "app"),
    [
        ("bookshop", "src", "bookshop.main:app"),
        ("factory", "src", "gateway.factory:create_app()"),
        ("layered", "", "inventory.main:app"),
        ("monorepo", "services/a", "app.main:app"),
        ("templated", "backend", "app.main:app"),
        pytest.param(
            *("modern", "src", "feed.main:app"),
            marks=pytest.mark.skipif(sys.version_info < (3, 14), reason="its syntax is that of 3.14"),
        ),
    ],
)
def test_the_routes_of_a_fixture_app_are_those_that_it_serves(
    folder: str, source: str, app: str, tmp_path: Path
) -> None:
    root = tmp_path / folder
    shutil.copytree(APPS / folder, root)
    assert real(root / source, app, root) == understood(root, app, source)


EVERYTHING = {
    "shop/__init__.py": "",
    "shop/guards.py": """
from typing import Annotated
from fastapi import Depends, Header, Security
from fastapi.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer

oauth2 = OAuth2PasswordBearer(tokenUrl="token")
bearer = HTTPBearer(auto_error=False)

class Key(APIKeyHeader):
    pass

key = Key(name="x-key")

def token(token: str = Depends(oauth2)): ...
async def user(token: Annotated[str, Depends(token)], again: str = Security(bearer)): ...
def keyed(value: str = Depends(key)): ...
def audit(): ...
def limit(): ...

class Role:
    def __init__(self, name: str):
        self.name = name
    def __call__(self, user: Annotated[str, Depends(user)]): ...

class Page:
    def __init__(self, size: int = 10): ...

User = Annotated[str, Depends(user)]
""",
    "shop/routes.py": """
from typing import Annotated
from fastapi import APIRouter, Depends, WebSocket
from shop.guards import Page, Role, User, audit, keyed, limit

PREFIX = "/deep"
inner = APIRouter(prefix=f"{PREFIX}er", dependencies=[Depends(limit)])
router = APIRouter(prefix=PREFIX)

@inner.get("/a")
def a(user: User): ...

@inner.api_route("/b", methods=["GET", "POST"], dependencies=[Depends(Role("admin"))])
async def b(page: Annotated[Page, Depends()]): ...

@inner.websocket("/ws")
async def ws(socket: WebSocket, key: str = Depends(keyed)): ...

@router.get("")
@router.post("")
def both(): ...

@router.delete("/{id}")
def remove(id: int, user: User, again: User): ...

router.include_router(inner, prefix="/in", dependencies=[Depends(audit)])
""",
    "shop/main.py": """
from fastapi import Depends, FastAPI, Request
from shop.guards import audit, keyed, oauth2
from shop.routes import inner, router

app = FastAPI(dependencies=[Depends(audit)])
other = FastAPI(dependencies=[Depends(oauth2)])
deepest = FastAPI()

@app.get("/plain")
async def plain(): ...

def starlette(request: Request): ...
app.add_route("/starlette", starlette)

@other.get("/x")
def x(): ...

@deepest.get("/y", dependencies=[Depends(keyed)])
def y(): ...

for each in (router,):
    app.include_router(each, prefix="/one")
app.include_router(router, prefix="/two", dependencies=[Depends(keyed)])
app.include_router(inner)
other.mount("/deepest", deepest)
app.mount("/other/", other)
""",
}


def test_the_routes_of_an_app_with_a_bit_of_everything_are_those_that_it_serves(tmp_path: Path) -> None:
    write(tmp_path, EVERYTHING)
    found = understood(tmp_path, "shop.main:app", "")
    assert real(tmp_path, "shop.main:app", tmp_path) == found
    assert len(found) > 20


def real(folder: Path, app: str, root: Path) -> Served:
    """What the framework serves, asked in a process of its own."""
    paths = [folder, *root.glob("libs/*/src"), Path(__file__).parents[2]]
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    script = Path(__file__).with_name("served.py")
    done = subprocess.run(
        [sys.executable, str(script), app],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return _unique(json.loads(done.stdout))


def understood(root: Path, app: str, folder: str) -> Served:
    """What the model says of the same app."""
    project = understand([root], Settings(root=root)).project
    return _unique(
        row
        for endpoint in project.subjects(Endpoint)
        if endpoint.app is not None and name_of(endpoint.app) == app and _stands_in(endpoint.app, folder)
        for row in _rows(endpoint)
    )


def _stands_in(app: Router, folder: str) -> bool:
    return app.place.path.startswith(folder)


def _rows(endpoint: Endpoint) -> Served:
    found = [target_name(injection.targets[0]) for _, injection in endpoint.injections if injection.targets]
    closure = [each for need in needs(endpoint) for each in need.closure]
    schemes = sorted({target_name(scheme) for each in closure for scheme in each.schemes})
    name = endpoint.route.function.name
    known = (name, endpoint.is_on_loop, found, schemes)
    return [[method, endpoint.path, *known] for method in endpoint.methods or ("WS",)]


def _unique(rows: object) -> Served:
    return sorted({json.dumps(row): row for row in rows}.values(), key=json.dumps)  # type: ignore[attr-defined]
