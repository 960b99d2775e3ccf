"""FL220: FastAPI passes on what a dependency gives, whatever the parameter is annotated with."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Security
from fastapi.security import APIKeyHeader, HTTPBasic, HTTPBearer, OAuth2PasswordBearer, OpenIdConnect
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from tests.evidence.client import request
from tests.evidence.garbage import never_awaited
from tests.evidence.pages import examples


class User(BaseModel):
    name: str


class Row:
    name = "ada"


@pytest.mark.parametrize(("position", "status"), [(0, 500), (1, 200)], ids=["bad", "good"])
def test_of_a_number_that_is_annotated_as_a_user_no_name_can_be_read(position: int, status: int) -> None:
    app = examples("dependency-type-mismatch")[position]["app"]
    assert request(app, "GET", "/me", headers={"X-User": "1"}).status_code == status


@pytest.mark.parametrize("given", [1, {"name": "ada"}, None, "ada"], ids=repr)
def test_nothing_is_validated_or_converted(given: object) -> None:
    app = FastAPI()

    @app.get("/")
    def read(user: Annotated[User, Depends(lambda: given)]) -> bool:
        return user is given

    assert request(app, "GET", "/").json() is True


def test_a_model_has_no_field_of_another_one_and_partial_gives_what_its_function_gives() -> None:
    def get_user(name: str) -> User:
        return User(name=name)

    app = FastAPI()

    @app.get("/")
    def read(user: Annotated[Any, Depends(partial(get_user, "ada"))]) -> list[bool]:
        return [hasattr(user, each) for each in ("name", "model_dump", "sub")]

    assert request(app, "GET", "/").json() == [True, True, False]


def test_a_commit_of_a_session_that_is_annotated_as_another_one_never_runs() -> None:
    committed: list[object] = []

    class Logged(AsyncSession):
        async def commit(self) -> None:
            committed.append(self)

    async def get_session() -> AsyncIterator[AsyncSession]:
        yield Logged()

    app = FastAPI()

    @app.get("/")
    async def create(session: Annotated[Session, Depends(get_session)]) -> None:
        session.commit()

    with never_awaited():
        status = request(app, "GET", "/").status_code
    assert status == 200
    assert committed == []
    asyncio.run(Logged().commit())
    assert len(committed) == 1


@pytest.mark.parametrize("given", [{"name": "ada"}, Row()], ids=["dict", "row"])
def test_what_a_route_returns_is_made_what_it_says_that_it_returns(given: object) -> None:
    app = FastAPI()

    @app.get("/")
    def read(user: Annotated[User, Depends(lambda: given)]) -> User:
        return user

    assert request(app, "GET", "/").json() == {"name": "ada"}


@pytest.mark.parametrize(
    ("scheme", "header", "kind"),
    [
        (OAuth2PasswordBearer(tokenUrl="token"), "Bearer a", "str"),
        (OpenIdConnect(openIdConnectUrl="/openid"), "Bearer a", "str"),
        (APIKeyHeader(name="Authorization"), "a", "str"),
        (HTTPBearer(), "Bearer a", "HTTPAuthorizationCredentials"),
        (HTTPBasic(), "Basic YTpi", "HTTPBasicCredentials"),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, str) else each,
)
def test_what_security_schemes_give(scheme: Any, header: str, kind: str) -> None:
    app = FastAPI()

    @app.get("/")
    def read(found: Annotated[Any, Security(scheme)]) -> str:
        return type(found).__name__

    assert request(app, "GET", "/", headers={"Authorization": header}).json() == kind


def test_no_session_of_sqlalchemy_is_the_other_one() -> None:
    assert not issubclass(AsyncSession, Session)
    assert not issubclass(Session, AsyncSession)
