"""What httpx does with arguments of other clients."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import warnings
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from fastlint_rules.testing.removed_client_argument import BODIES, BODILESS
from tests.evidence.client import request
from tests.evidence.pages import examples

app = FastAPI()


@app.post("/items")
def add(item: dict[str, str]) -> dict[str, str]:
    return item


@app.post("/raw")
async def raw(request: Request) -> list[str]:
    return [(await request.body()).decode(), request.headers.get("content-type", "")]


def starlette_client() -> type[Any]:
    """Starlette's client, without the advice that it gives when it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: type[Any] = importlib.import_module("starlette.testclient").TestClient
    return found


def test_the_bad_test_fails_on_its_first_line_and_the_good_one_passes() -> None:
    bad, good = (
        example["test_items_are_deleted_by_their_names"] for example in examples("removed-client-argument")
    )
    with pytest.raises(TypeError, match="app"):
        asyncio.run(bad())
    asyncio.run(good())


@pytest.mark.parametrize("client", [httpx.Client, httpx.AsyncClient])
def test_no_client_of_httpx_takes_an_app(client: type[Any]) -> None:
    with pytest.raises(TypeError, match="app"):
        client(app=app)


def test_no_client_takes_allow_redirects() -> None:
    for client in (httpx.Client, httpx.AsyncClient, starlette_client()):
        parameters = inspect.signature(client.get).parameters
        assert "allow_redirects" not in parameters
        assert "follow_redirects" in parameters


@pytest.mark.parametrize("verb", BODILESS)
def test_what_has_no_body_takes_none_and_request_takes_all(verb: str) -> None:
    for client in (httpx.Client, httpx.AsyncClient, starlette_client()):
        taken = inspect.signature(getattr(client, verb)).parameters
        assert not {*BODIES} & {*taken}
        assert {*BODIES} <= {*inspect.signature(client.request).parameters}


def test_text_in_data_warns_and_is_sent_as_content_is() -> None:
    with pytest.warns(DeprecationWarning, match="content"):
        old = request(app, "POST", "/raw", data="a=1")
    assert old.json() == request(app, "POST", "/raw", content="a=1").json() == ["a=1", ""]


def test_json_in_data_is_a_422_for_want_of_a_content_type() -> None:
    text = json.dumps({"name": "lamp"})
    with pytest.warns(DeprecationWarning, match="content"):
        assert request(app, "POST", "/items", data=text).status_code == 422
    assert request(app, "POST", "/items", json={"name": "lamp"}).json() == {"name": "lamp"}
    typed = {"content-type": "application/json"}
    assert request(app, "POST", "/items", content=text, headers=typed).json() == {"name": "lamp"}


def test_json_none_is_no_body_at_all() -> None:
    assert request(app, "POST", "/raw", json=None).json() == ["", ""]
