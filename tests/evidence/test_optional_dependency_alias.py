"""FL203: a dependency alias inside a union is not seen, and the client supplies the value."""

import fastapi
import pytest
from fastapi import FastAPI

from tests.evidence.client import request
from tests.evidence.pages import examples, execute

# In this one version a union with the alias fails at import: `Depends` is not hashable.
pytestmark = pytest.mark.skipif(fastapi.__version__ == "0.121.0", reason="`Depends` cannot be hashed")

MALLORY = {"name": "mallory", "is_admin": True}

PRELUDE = """
from typing import Annotated, Optional, Union
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

class User(BaseModel):
    name: str
    is_admin: bool = False

def get_user() -> User:
    raise HTTPException(401)

def get_optional_user() -> User | None:
    return None

CurrentUser = Annotated[User, Depends(get_user)]
OptionalUser = Annotated[User | None, Depends(get_optional_user)]
UserId = Annotated[int, Depends(get_user)]
MaybeUser = CurrentUser | None
Language = Annotated[str, Header()]
app = FastAPI()
"""


def app_with(signature: str, *, future: bool = False) -> FastAPI:
    """An app with `GET /` and `POST /` of one parameter, `user`, which they answer."""
    first = "from __future__ import annotations\n" if future else ""
    namespace = execute(
        f"{first}{PRELUDE}\n@app.get('/')\n@app.post('/')\ndef read({signature}):\n    return user\n"
    )
    app: FastAPI = namespace["app"]
    return app


def test_the_body_of_the_bad_example_is_the_current_user() -> None:
    bad, good = examples("optional-dependency-alias")
    assert request(bad["app"], "POST", "/whoami", json=MALLORY).json() == MALLORY
    assert request(good["app"], "POST", "/whoami", json=MALLORY).json() is None


def test_the_real_user_is_known_only_to_the_good_example() -> None:
    bad, good = examples("optional-dependency-alias")
    headers = {"Authorization": "Bearer ada-token"}
    assert request(bad["app"], "POST", "/whoami", headers=headers).status_code == 422
    assert request(good["app"], "POST", "/whoami", headers=headers).json()["name"] == "ada"


@pytest.mark.parametrize("future", [False, True], ids=["evaluated", "strings"])
@pytest.mark.parametrize(
    "signature",
    [
        "user: CurrentUser | None = None",
        "user: None | CurrentUser = None",
        "user: Optional[CurrentUser] = None",
        "user: Union[CurrentUser, None] = None",
        "user: CurrentUser | None",
        "user: OptionalUser | None = None",
        "user: MaybeUser = None",
    ],
)
def test_a_union_around_the_alias_takes_the_user_from_the_body(signature: str, future: bool) -> None:
    assert request(app_with(signature, future=future), "POST", "/", json=MALLORY).json() == MALLORY


def test_without_a_body_it_looks_like_an_optional_login() -> None:
    response = request(app_with("user: CurrentUser | None = None"), "GET", "/")
    assert (response.status_code, response.json()) == (200, None)


def test_a_scalar_alias_in_a_union_is_a_query_parameter() -> None:
    assert request(app_with("user: UserId | None = None"), "GET", "/?user=7").json() == 7


@pytest.mark.parametrize("signature", ["user: CurrentUser", "user: CurrentUser = None"])
def test_the_alias_alone_runs_the_dependency(signature: str) -> None:
    assert request(app_with(signature), "POST", "/", json=MALLORY).status_code == 401


@pytest.mark.parametrize(
    "signature",
    [
        "user: OptionalUser",
        "user: OptionalUser = None",
        "user: Annotated[CurrentUser | None, Depends(get_optional_user)]",
        "user: CurrentUser | None = Depends(get_optional_user)",
    ],
)
def test_a_union_inside_a_marker_of_its_own_runs_that_dependency(signature: str) -> None:
    response = request(app_with(signature), "POST", "/", json=MALLORY)
    assert (response.status_code, response.json()) == (200, None)


def test_an_alias_of_a_request_parameter_is_taken_from_the_request_either_way() -> None:
    app = app_with("user: Language | None = None")
    assert request(app, "GET", "/?user=x").json() == "x"


@pytest.mark.parametrize(("kind", "status"), [("CurrentUser | None", 200), ("CurrentUser", 401)])
def test_a_field_of_a_dataclass_is_a_parameter(kind: str, status: int) -> None:
    namespace = execute(
        f"from dataclasses import dataclass\n{PRELUDE}\n"
        f"@dataclass\nclass Context:\n    user: {kind} = None\n\n"
        "@app.post('/')\ndef read(context: Annotated[Context, Depends()]):\n    return context.user\n"
    )
    assert request(namespace["app"], "POST", "/", json=MALLORY).status_code == status
