"""What is gone in Starlette 1, and that what takes its place does what it did."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import FileResponse, PlainTextResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.routing import Router

from fastlint_rules.migration.removed_starlette_api import STARLETTE
from tests.evidence.client import request
from tests.evidence.loop import converse
from tests.evidence.pages import examples


def test_a_template_without_the_request_first_is_a_500_and_with_it_the_page() -> None:
    bad, good = (example["app"] for example in examples("removed-starlette-api"))
    assert request(bad, "GET", "/users/ada").status_code == 500
    assert request(good, "GET", "/users/ada").text == "ada, /users/ada"
    assert bad.openapi() == good.openapi()


def test_the_context_gets_the_request_by_itself_and_keeps_one_that_it_has() -> None:
    app = FastAPI()
    environment = Environment()
    templates = Jinja2Templates(env=environment)
    templates.get_template = lambda name: environment.from_string(name)  # type: ignore[method-assign] # no files

    @app.get("/alone")
    def alone(request: Request) -> Any:
        return templates.TemplateResponse(request, "{{ request.url.path }}")

    @app.get("/kept")
    def kept(request: Request) -> Any:
        return templates.TemplateResponse(request, "{{ request.url.path }}", {"request": request})

    assert request(app, "GET", "/alone").text == "/alone"
    assert request(app, "GET", "/kept").text == "/kept"


def test_options_of_an_environment_are_refused_and_an_environment_takes_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("{{ x }}")
    options: dict[str, Any] = {"trim_blocks": True}
    with pytest.raises(TypeError, match="trim_blocks"):
        Jinja2Templates(tmp_path, **options)
    environment = Environment(loader=FileSystemLoader(tmp_path), autoescape=True, trim_blocks=True)
    template = Jinja2Templates(env=environment).get_template("a.txt")
    assert template.render(x="<") == "&lt;"


def test_without_autoescape_text_files_are_not_escaped_any_more_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("{{ x }}")
    assert Jinja2Templates(tmp_path).get_template("a.txt").render(x="<") == "<"


def test_a_file_response_refuses_a_method() -> None:
    options: dict[str, Any] = {"method": "GET"}
    with pytest.raises(TypeError, match="method"):
        FileResponse(__file__, **options)


def test_the_routes_of_an_app_are_gone_and_those_of_its_router_work() -> None:
    app = FastAPI()
    assert not hasattr(app, "route")
    assert not hasattr(app, "add_websocket_route")

    @app.router.route("/health")
    def health(request: Request) -> PlainTextResponse:
        return PlainTextResponse("well")

    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("hello")

    app.router.add_websocket_route("/talk", talk)
    assert request(app, "GET", "/health").text == "well"
    sent = asyncio.run(converse(app, "/talk"))
    assert sent[1] == {"type": "websocket.send", "text": "hello"}
    assert app.openapi()["paths"] == {}


def test_what_fastapi_still_has_is_not_spoken_of() -> None:
    app = FastAPI()
    assert all(
        hasattr(app, name) for name in ("websocket_route", "add_route", "middleware", "exception_handler")
    )
    assert hasattr(Starlette().router, "add_websocket_route")


@pytest.mark.parametrize("name", STARLETTE)
def test_the_decorators_of_starlette_are_gone(name: str) -> None:
    owner = {"Starlette": Starlette, "Router": Router}[name.split(".")[-2]]
    assert not hasattr(owner, name.rpartition(".")[2])
