"""FL206: a security scheme takes credentials out of a request, and lets any of them pass."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPBasic,
    HTTPBearer,
    HTTPDigest,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordBearer,
    OpenIdConnect,
)

from tests.evidence.client import request
from tests.evidence.pages import examples

BEARER = {"headers": {"Authorization": "Bearer junk"}}
SCHEMES: list[tuple[Any, dict[str, Any]]] = [
    (OAuth2PasswordBearer, BEARER),
    (lambda **more: OAuth2AuthorizationCodeBearer("a", "t", **more), BEARER),
    (HTTPBearer, BEARER),
    (lambda **more: OpenIdConnect(openIdConnectUrl="o", **more), BEARER),
    (HTTPBasic, {"auth": ("anybody", "junk")}),
    (HTTPDigest, {"headers": {"Authorization": "Digest junk"}}),
    (lambda **more: APIKeyHeader(name="X-Key", **more), {"headers": {"X-Key": "junk"}}),
    (lambda **more: APIKeyQuery(name="key", **more), {"params": {"key": "junk"}}),
    (lambda **more: APIKeyCookie(name="key", **more), {"cookies": {"key": "junk"}}),
]


def app_of(marker: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/", dependencies=[marker])
    def read() -> str:
        return "secret"

    return app


def scheme(make: Any, **options: Any) -> Any:
    return make("token", **options) if make is OAuth2PasswordBearer else make(**options)


def test_the_bad_example_answers_whoever_brings_any_token() -> None:
    bad, good = examples("scheme-only-authentication")
    statuses = [request(each["app"], "GET", "/reports", **BEARER).status_code for each in (bad, good)]
    assert statuses == [200, 401]


def test_it_looks_safe_since_it_refuses_those_without_one() -> None:
    bad, good = examples("scheme-only-authentication")
    assert [request(each["app"], "GET", "/reports").status_code for each in (bad, good)] == [401, 401]
    assert all("securitySchemes" in str(each["app"].openapi()) for each in (bad, good))


@pytest.mark.parametrize(("make", "junk"), SCHEMES)
@pytest.mark.parametrize("marker", [Depends, Security])
def test_every_scheme_lets_junk_pass(make: Any, junk: dict[str, Any], marker: Any) -> None:
    assert request(app_of(marker(scheme(make))), "GET", "/", **junk).status_code == 200


@pytest.mark.parametrize(("make", "junk"), SCHEMES)
def test_without_auto_error_nothing_is_asked_for(make: Any, junk: dict[str, Any]) -> None:
    assert request(app_of(Depends(scheme(make))), "GET", "/").status_code in {401, 403}
    assert request(app_of(Depends(scheme(make, auto_error=False))), "GET", "/").status_code == 200


def test_a_dependency_that_drops_the_token_checks_nothing() -> None:
    def require_login(token: Annotated[str, Depends(OAuth2PasswordBearer("token"))]) -> str:
        return token

    assert request(app_of(Depends(require_login)), "GET", "/", **BEARER).status_code == 200


def test_a_dependency_that_looks_at_the_token_refuses_junk() -> None:
    def require_login(token: Annotated[str, Depends(OAuth2PasswordBearer("token"))]) -> None:
        if token != "ada-token":
            raise HTTPException(401)

    assert request(app_of(Depends(require_login)), "GET", "/", **BEARER).status_code == 401
