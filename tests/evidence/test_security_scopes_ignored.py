"""FL223: scopes reach who takes `SecurityScopes` below the `Security` that asks for them, and nobody else."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Security
from fastapi.security import SecurityScopes

from tests.evidence.client import request
from tests.evidence.pages import examples

BOB = {"headers": {"Authorization": "Bearer bob-token"}}
ADA = {"headers": {"Authorization": "Bearer ada-token"}}


def get_scopes(required: SecurityScopes) -> list[str]:
    return list(required.scopes)


def check_nothing_is_needed(required: SecurityScopes) -> None:
    for scope in required.scopes:
        raise HTTPException(403, scope)


def depending(scopes: Annotated[list[str], Depends(get_scopes)]) -> list[str]:
    return scopes


def asking_itself(scopes: Annotated[list[str], Security(get_scopes, scopes=["me"])]) -> list[str]:
    return scopes


def plain() -> list[str]:
    return []


def seen(marker: Any, *others: Any, router: Any = None) -> Any:
    """The scopes that the dependency of a route sees."""
    app = FastAPI()
    routes = APIRouter(dependencies=[router] if router else [])

    @routes.get("/", dependencies=others)
    def read(scopes: list[str] = marker) -> list[str]:
        return scopes

    app.include_router(routes)
    return request(app, "GET", "/").json()


def test_the_bad_example_lets_in_who_lacks_the_scope() -> None:
    bad, good = examples("security-scopes-ignored")
    for who, statuses in ((BOB, [200, 403]), (ADA, [200, 200]), ({}, [401, 401])):
        assert [
            request(each["app"], "DELETE", "/orders", **who).status_code for each in (bad, good)
        ] == statuses


@pytest.mark.parametrize(
    ("marker", "scopes"),
    [
        (Security(get_scopes, scopes=["a"]), ["a"]),
        (Security(depending, scopes=["a"]), ["a"]),
        (Security(asking_itself, scopes=["a"]), ["a", "me"]),
        (Depends(asking_itself), ["me"]),
        (Depends(get_scopes), []),
        (Security(get_scopes), []),
    ],
)
def test_scopes_are_those_of_the_way_down(marker: Any, scopes: list[str]) -> None:
    assert seen(marker) == scopes


def test_scopes_beside_and_around_do_not_count() -> None:
    assert seen(Depends(get_scopes), Security(plain, scopes=["a"])) == []
    assert seen(Depends(get_scopes), router=Security(plain, scopes=["a"])) == []
    assert seen(Depends(get_scopes), router=Security(get_scopes, scopes=["a"])) == []


@pytest.mark.parametrize(
    ("marker", "status"),
    [(Depends(check_nothing_is_needed), 200), (Security(check_nothing_is_needed, scopes=["a"]), 403)],
)
def test_a_check_of_scopes_that_nobody_asks_for_lets_everybody_pass(marker: Any, status: int) -> None:
    app = FastAPI()

    @app.get("/", dependencies=[marker])
    def read() -> str:
        return "secret"

    assert request(app, "GET", "/").status_code == status
