"""What a string of origins allows."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from tests.evidence.client import request
from tests.evidence.pages import examples


def cors_app(origins: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=origins)
    app.add_api_route("/prices", lambda: [1, 2, 3])
    return app


def is_allowed(app: FastAPI, origin: str) -> bool:
    """Whether a page of this origin may read an answer."""
    headers = {"origin": origin, "access-control-request-method": "GET"}
    preflight = request(app, "OPTIONS", "/prices", headers=headers)
    answer = request(app, "GET", "/prices", headers={"origin": origin})
    assert answer.json() == [1, 2, 3]
    allowed = answer.headers.get("access-control-allow-origin") in (origin, "*")
    assert preflight.is_success == allowed
    return allowed


def test_the_bad_example_allows_a_domain_that_anyone_can_register_and_the_good_one_does_not() -> None:
    bad, good = (example["app"] for example in examples("origins-as-string"))
    assert is_allowed(bad, "https://app.example.co")
    assert not is_allowed(good, "https://app.example.co")


def test_both_examples_allow_the_front_end_itself() -> None:
    bad, good = (example["app"] for example in examples("origins-as-string"))
    assert is_allowed(bad, "https://app.example.com")
    assert is_allowed(good, "https://app.example.com")


@pytest.mark.parametrize("origin", ["https://a.example.com", "https://b.example.com", "https://b.example.co"])
def test_a_comma_separated_string_allows_its_origins_and_their_prefixes(origin: str) -> None:
    assert is_allowed(cors_app("https://a.example.com,https://b.example.com"), origin)


def test_a_star_anywhere_in_the_string_allows_every_origin() -> None:
    assert is_allowed(cors_app("https://*.example.com"), "https://evil.example")


def test_a_star_alone_means_the_same_as_a_list_with_a_star() -> None:
    assert is_allowed(cors_app("*"), "https://evil.example")
    assert is_allowed(cors_app(["*"]), "https://evil.example")


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example.com/",
        "https://a.example.com https://b.example.com",
        "https://a.example.com;b",
        '["https://a.example.com"]',
    ],
)
def test_a_list_allows_only_what_is_an_origin_to_the_letter(origin: str) -> None:
    assert is_allowed(cors_app(origin), "https://a.example.com")
    assert not is_allowed(cors_app([origin]), "https://a.example.com")


def test_a_list_with_one_comma_separated_string_allows_nobody() -> None:
    app = cors_app(["https://a.example.com,https://b.example.com"])
    assert not is_allowed(app, "https://a.example.com")
    assert not is_allowed(app, "https://b.example.com")


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_a_collection_allows_its_members_only(kind: type) -> None:
    app = cors_app(kind(["https://a.example.com", "https://b.example.com"]))
    assert is_allowed(app, "https://b.example.com")
    assert not is_allowed(app, "https://b.example.co")
