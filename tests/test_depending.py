"""Whether a route depends on something, whoever declares it."""

from __future__ import annotations

import pytest

from tests.model import project

SECURITY = """
from fastapi import Depends, HTTPException

def require_admin() -> None: ...
def require_user() -> None: ...
def require_owner(admin: None = Depends(require_admin)) -> None: ...

class Role:
    def __init__(self, name: str) -> None: ...
    def __call__(self) -> None: ...

class Admin(Role): ...
"""
HEAD = """
from typing import Annotated
from fastapi import APIRouter, Depends, FastAPI
from shop.security import Admin, Role, require_admin, require_owner, require_user

"""


def depends_on(code: str, *names: str) -> bool | None:
    files = {"shop/__init__.py": "", "shop/security.py": SECURITY, "shop/main.py": HEAD + code}
    [route] = project(files).application.routes
    return route.depends_on(*names)


ADMIN = "shop.security.require_admin"
ROUTER = "router = APIRouter({router})\n@router.get('/')\ndef read(): ...\napp = FastAPI({app})\n"


@pytest.mark.parametrize(
    "code",
    [
        "app = FastAPI()\n@app.get('/')\ndef read(admin=Depends(require_admin)): ...",
        "app = FastAPI()\n@app.get('/')\ndef read(admin: Annotated[None, Depends(require_admin)]): ...",
        "app = FastAPI()\n@app.get('/', dependencies=[Depends(require_admin)])\ndef read(): ...",
        "app = FastAPI()\n@app.get('/', dependencies=[Depends(require_owner)])\ndef read(): ...",
        ROUTER.format(router="dependencies=[Depends(require_admin)]", app="") + "app.include_router(router)",
        ROUTER.format(router="", app="dependencies=[Depends(require_admin)]") + "app.include_router(router)",
        ROUTER.format(router="", app="")
        + "app.include_router(router, dependencies=[Depends(require_user), Depends(require_admin)])",
    ],
)
def test_a_dependency_is_found_wherever_it_is_declared(code: str) -> None:
    assert depends_on(code, ADMIN) is True


@pytest.mark.parametrize(
    "code",
    [
        "app = FastAPI()\n@app.get('/')\ndef read(): ...",
        "app = FastAPI()\n@app.get('/')\ndef read(page: int = 1, user=Depends(require_user)): ...",
        ROUTER.format(router="", app="") + "app.include_router(router, prefix='/admin')",
        ROUTER.format(router="", app="dependencies=[Depends(require_admin)]") + "app2 = FastAPI()\n"
        "app.mount('/two', app2)\napp2.include_router(router)",
    ],
)
def test_it_is_not_there_where_all_that_is_declared_is_known(code: str) -> None:
    assert depends_on(code, ADMIN) is False


@pytest.mark.parametrize(
    "code",
    [
        "from acme import shared\napp = FastAPI()\n@app.get('/', dependencies=shared)\ndef read(): ...",
        "from acme import Shared\napp = FastAPI()\n@app.get('/')\ndef read(it: Shared): ...",
        "from acme import shared\napp = FastAPI()\n@app.get('/')\ndef read(it=shared()): ...",
        "from acme import options\napp = FastAPI()\n@app.get('/', **options)\ndef read(): ...",
        "from acme import guard\napp = FastAPI()\n@app.get('/')\ndef read(it=Depends(guard())): ...",
        ROUTER.format(router="", app=""),
        ROUTER.format(router="", app="")
        + "router.dependencies.append(Depends(require_admin))\napp.include_router(router)",
    ],
)
def test_it_is_not_known_where_something_may_bring_it(code: str) -> None:
    assert depends_on(code, ADMIN) is None


@pytest.mark.parametrize("name", ["require_admin", "security.require_admin", ADMIN])
def test_a_name_has_as_much_of_its_path_as_one_likes(name: str) -> None:
    code = "app = FastAPI()\n@app.get('/')\ndef read(admin=Depends(require_admin)): ..."
    assert depends_on(code, name) is True


@pytest.mark.parametrize("name", ["admin", "other.require_admin", "shop.security"])
def test_a_part_of_a_name_is_no_name(name: str) -> None:
    code = "app = FastAPI()\n@app.get('/')\ndef read(admin=Depends(require_admin)): ..."
    assert depends_on(code, name) is False


@pytest.mark.parametrize("called", ["Role('admin')", "Admin('admin')", "Role"])
def test_an_object_counts_by_its_class_and_the_bases_of_that(called: str) -> None:
    code = f"app = FastAPI()\n@app.get('/', dependencies=[Depends({called})])\ndef read(): ..."
    assert depends_on(code, "shop.security.Role") is True


def test_a_dependency_of_another_package_is_known_by_its_name() -> None:
    code = "from acme.auth import admin\napp = FastAPI()\n@app.get('/')\ndef read(it=Depends(admin)): ..."
    assert depends_on(code, "acme.auth.admin") is True
