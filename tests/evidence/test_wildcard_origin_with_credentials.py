"""Whom CORS lets in with credentials."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from tests.evidence.client import request
from tests.evidence.pages import examples

STRANGER = "https://evil.example"


def cors_app(**options: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **options)
    app.add_api_route("/me", lambda: {"email": "ada@example.com"})
    return app


def readable_with_cookies(app: FastAPI, origin: str = STRANGER) -> bool:
    """Whether a browser hands a page of this origin the answer to a request with the user's cookies."""
    answer = request(app, "GET", "/me", headers={"origin": origin}, cookies={"session": "ada"})
    assert answer.json() == {"email": "ada@example.com"}
    return allowed(answer.headers, origin)


def passes_preflight(app: FastAPI, origin: str = STRANGER) -> bool:
    """Whether a browser sends a request with the user's cookies that needs asking first."""
    headers = {"origin": origin, "access-control-request-method": "GET"}
    answer = request(app, "OPTIONS", "/me", headers=headers)
    return answer.is_success and allowed(answer.headers, origin)


def allowed(headers: httpx.Headers, origin: str) -> bool:
    with_credentials: bool = headers.get("access-control-allow-credentials") == "true"
    named: bool = headers.get("access-control-allow-origin") == origin
    # "*" is not enough for a request with credentials: https://fetch.spec.whatwg.org/#cors-check
    return named and with_credentials


def test_any_website_reads_the_bad_example_as_the_user_and_none_reads_the_good_one() -> None:
    bad, good = (example["app"] for example in examples("wildcard-origin-with-credentials"))
    assert readable_with_cookies(bad)
    assert passes_preflight(bad)
    assert not readable_with_cookies(good)
    assert not passes_preflight(good)


def test_the_named_origin_reads_the_good_example() -> None:
    _, good = examples("wildcard-origin-with-credentials")
    assert readable_with_cookies(good["app"], "https://app.example.com")
    assert passes_preflight(good["app"], "https://app.example.com")


@pytest.mark.parametrize(
    "origins",
    [
        {"allow_origins": ("*",)},
        {"allow_origins": {"*"}},
        {"allow_origins": "*"},
        {"allow_origins": ["https://app.example.com", "*"]},
        {"allow_origin_regex": ".*"},
        {"allow_origin_regex": "^https?://.*$"},
    ],
    ids=str,
)
def test_every_spelling_of_any_origin_lets_strangers_in(origins: dict[str, Any]) -> None:
    app = cors_app(**origins, allow_credentials=True)
    assert readable_with_cookies(app)
    assert passes_preflight(app)


@pytest.mark.parametrize("credentials", [{}, {"allow_credentials": False}], ids=str)
def test_a_wildcard_without_credentials_gives_strangers_nothing_of_the_user(
    credentials: dict[str, bool],
) -> None:
    app = cors_app(allow_origins=["*"], **credentials)
    assert not readable_with_cookies(app)
    assert not passes_preflight(app)


@pytest.mark.parametrize(
    "origins",
    [
        {"allow_origins": ["https://*.example"]},
        {"allow_origin_regex": r"https://.*\.example\.com"},
        {"allow_origins": ["https://app.example.com"], "allow_methods": ["*"], "allow_headers": ["*"]},
    ],
    ids=str,
)
def test_a_star_that_does_not_stand_for_every_origin_keeps_strangers_out(origins: dict[str, Any]) -> None:
    app = cors_app(**origins, allow_credentials=True)
    assert not readable_with_cookies(app)
    assert not passes_preflight(app)
