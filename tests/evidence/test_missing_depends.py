"""FL202: a dependency without `Depends` is a parameter that the client fills."""

from enum import Enum
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.exceptions import FastAPIError
from pydantic import AfterValidator

from tests.evidence.client import request
from tests.evidence.pages import examples, execute

MALLORY = {"name": "mallory", "is_admin": True}

PRELUDE = """
from typing import Annotated
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

class User(BaseModel):
    name: str
    is_admin: bool = False

def get_user() -> User:
    raise HTTPException(401)

CurrentUser = Annotated[User, Depends(get_user)]
oauth2_scheme = OAuth2PasswordBearer("token")
app = FastAPI()
"""


def app_with(signature: str) -> FastAPI:
    """An app with `GET /` and `POST /` of one parameter, `user`, which they answer as text."""
    namespace = execute(
        f"{PRELUDE}\n@app.get('/')\n@app.post('/')\ndef read({signature}) -> str:\n    return str(user)\n"
    )
    app: FastAPI = namespace["app"]
    return app


def test_the_client_of_the_bad_example_says_who_it_is() -> None:
    bad, good = examples("missing-depends")
    assert request(bad["app"], "POST", "/orders", json=MALLORY).json() == MALLORY
    assert request(good["app"], "POST", "/orders", json=MALLORY).status_code == 401


def test_the_good_example_runs_the_dependency() -> None:
    _, good = examples("missing-depends")
    headers = {"Authorization": "Bearer ada-token"}
    expected = {"name": "ada", "is_admin": False}
    assert expected == request(good["app"], "POST", "/orders", json=MALLORY, headers=headers).json()


def test_an_unannotated_default_function_becomes_a_query_parameter() -> None:
    app = app_with("user=get_user")
    assert "<function get_user" in request(app, "GET", "/").json()
    assert request(app, "GET", "/?user=admin").json() == "admin"


@pytest.mark.parametrize(
    "signature",
    [
        "user: User = get_user",
        "user: Annotated[User, get_user]",
        "user: User = Depends",
        "user: Annotated[User, Depends]",
    ],
)
def test_a_model_without_depends_is_the_body_of_the_request(signature: str) -> None:
    assert request(app_with(signature), "POST", "/", json=MALLORY).json() == "name='mallory' is_admin=True"


@pytest.mark.parametrize(
    "signature",
    [
        "user=Annotated[User, Depends(get_user)]",
        "user=CurrentUser",
        "user=Depends",
        "user: str = oauth2_scheme",
        "user: Annotated[str, get_user]",
    ],
)
def test_a_value_without_depends_is_a_query_parameter(signature: str) -> None:
    response = request(app_with(signature), "GET", "/?user=admin")
    assert (response.status_code, response.json()) == (200, "admin")


def test_a_function_as_the_annotation_is_a_required_query_parameter() -> None:
    response = request(app_with("user: get_user"), "GET", "/")
    assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, ["query", "user"])


def test_a_default_function_for_a_class_that_is_no_model_fails_at_import() -> None:
    class Session: ...

    def read(session: Session = get_nothing) -> None: ...

    with pytest.raises(FastAPIError):
        FastAPI().get("/")(read)


def get_nothing() -> None: ...


def test_a_function_in_a_list_of_dependencies_fails_at_import() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'dependency'"):
        FastAPI().get("/", dependencies=[get_nothing])(get_nothing)


def test_depends_of_the_same_function_rejects() -> None:
    assert request(app_with("user: User = Depends(get_user)"), "POST", "/", json=MALLORY).status_code == 401


def test_the_alias_as_the_annotation_rejects() -> None:
    assert request(app_with("user: CurrentUser"), "POST", "/", json=MALLORY).status_code == 401


def test_constants_enum_members_and_results_of_calls_are_ordinary_defaults() -> None:
    class Order(str, Enum):
        ASCENDING = "asc"

    def default_limit() -> int:
        return 10

    app = FastAPI()

    @app.get("/")
    def read(order: Order = Order.ASCENDING, limit: int = default_limit()) -> list[Any]:
        return [order, limit]

    assert request(app, "GET", "/").json() == ["asc", 10]


def test_a_validator_around_a_function_is_no_dependency() -> None:
    app = FastAPI()

    @app.get("/")
    def read(name: Annotated[str, AfterValidator(str.strip)]) -> str:
        return name

    assert request(app, "GET", "/?name=%20ada%20").json() == "ada"


def test_a_rejection_needs_depends() -> None:
    def reject() -> None:
        raise HTTPException(403)

    app = FastAPI()

    @app.get("/open")
    def open_door(_: Any = reject) -> str:
        return "open"

    @app.get("/closed")
    def closed_door(_: Any = Depends(reject)) -> str:
        return "closed"

    assert [request(app, "GET", path).status_code for path in ("/open", "/closed")] == [200, 403]


def test_a_class_as_a_default_is_never_made() -> None:
    class Pagination:
        def __init__(self, skip: int = 0) -> None:
            self.skip = skip

    app = FastAPI()

    @app.get("/")
    def read(page=Pagination) -> str:
        return f"{page}"

    assert "<class" in request(app, "GET", "/").json()
    assert request(app, "GET", "/?page=mallory").json() == "mallory"


@pytest.mark.parametrize(
    ("field", "status"),
    [("user: User = get_user", 200), ("user: User = Depends(get_user)", 401), ("user: CurrentUser", 401)],
)
def test_a_field_of_a_dataclass_is_a_parameter(field: str, status: int) -> None:
    namespace = execute(
        f"from dataclasses import dataclass\n{PRELUDE}\n@dataclass\nclass Context:\n    {field}\n\n"
        "@app.post('/')\ndef read(context: Annotated[Context, Depends()]) -> User:\n    return context.user\n"
    )
    assert request(namespace["app"], "POST", "/", json=MALLORY).status_code == status
