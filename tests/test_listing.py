"""`fastlint routes`: what it prints, and how it is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fastlint.choosing import is_below
from fastlint.cli import main
from fastlint.output import routes
from fastlint.testing import write

SHOP = {
    "pyproject.toml": "[project]\nname = 'shop'\n",
    "shop/__init__.py": "",
    "shop/guards.py": (
        "from fastapi import Depends\nfrom fastapi.security import HTTPBearer\nbearer = HTTPBearer()\n"
        "def user(token=Depends(bearer)): ...\ndef database(): ...\n"
    ),
    "shop/main.py": """
import time
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.staticfiles import StaticFiles
from shop.guards import database, user

app = FastAPI()
router = APIRouter(prefix="/orders")

@router.get("/{id}")
async def read(id: int, db=Depends(database)) -> list[str]:
    time.sleep(1)

@router.post("", dependencies=[Depends(user)])
def create(db=Depends(database)): ...

@app.websocket("/live")
async def live(socket: WebSocket): ...

app.include_router(router, prefix="/api")
app.mount("/static", StaticFiles(directory="static"))
""",
    "tests/test_main.py": (
        "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/only/here')\ndef only_here(): ...\n"
    ),
}


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, SHOP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> str:
        assert main([*arguments, "--no-cache"]) == 0
        return capsys.readouterr().out

    return run


def rows(text: str) -> list[Mapping[str, Any]]:
    return json.loads(text)  # type: ignore[no-any-return]


def test_a_pipe_gets_one_line_a_route_below_its_app(run: Any) -> None:
    heading, columns, *lines = run("routes").splitlines()
    assert heading == "shop.main:app  3 routes: 1 guarded, 2 unguarded"
    assert columns.split() == [*routes.HEADING]
    assert [line.split() for line in lines] == [
        ["POST", "/api/orders", "user", "thread", "create", "shop/main.py:15", "-", "-", "database"],
        ["GET", "/api/orders/{id}", "-", "loop", "read", "shop/main.py:11", "list[str]", "FL101", "database"],
        ["WS", "/live", "-", "loop", "live", "shop/main.py:18", "-", "-", "-"],
        ["MOUNT", "/static", "-", "StaticFiles", "shop/main.py:21", "-", "-", "-"],
    ]


def test_json_has_all_that_is_known(run: Any) -> None:
    create, read, live, static = rows(run("routes", "--output-format", "json"))
    assert create["guarded"] is True
    assert create["guards"] == [
        {
            "name": "user",
            "certain": True,
            "level": "route",
            "schemes": ["HTTPBearer"],
            "evidence": ["HTTPBearer"],
            "location": {"file": "shop/main.py", "line": 14},
        }
    ]
    assert [(each["name"], each["level"], each["needs"]) for each in create["dependencies"]] == [
        ("user", "route", ["bearer"]),
        ("database", "parameter", []),
    ]
    assert (read["methods"], read["runs"], read["response_model"]) == (["GET"], "event loop", "list[str]")
    assert [each["name"] for each in read["findings"]] == ["blocking-sleep"]
    assert (live["kind"], static["kind"], static["guarded"]) == ("websocket", "mount", None)


def test_markdown_is_a_table_for_each_app(run: Any) -> None:
    lines = run("routes", "--output-format", "markdown").splitlines()
    assert lines[0] == "## shop.main:app"
    assert lines[4:6] == [
        "| method | path | guards | runs | handler | where | response | findings | needs |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    assert (
        "| GET | /api/orders/{id} | - | loop | read | shop/main.py:11 | list\\[str\\] | FL101 | database |"
        in lines
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--path", "/api/orders"], ["/api/orders", "/api/orders/{id}"]),
        (["--path", "/api/order"], []),
        (["--path", "*/{id}"], ["/api/orders/{id}"]),
        (["--path", "/live", "--path", "/static"], ["/live", "/static"]),
        (["--method", "post"], ["/api/orders"]),
        (["--method", "GET,WS"], ["/api/orders/{id}", "/live"]),
        (["--method", "websocket"], ["/live"]),
        (["--guard", "user"], ["/api/orders"]),
        (["--guard", "bearer"], ["/api/orders"]),
        (["--guard", "HTTP*"], ["/api/orders"]),
        (["--guard", "database"], []),
        (["--guard", "can"], []),
        (["--unguarded"], ["/api/orders/{id}", "/live"]),
        (["--unguarded", "--method", "GET"], ["/api/orders/{id}"]),
        (["--app", "app"], ["/api/orders", "/api/orders/{id}", "/live", "/static"]),
        (["--app", "shop.main"], ["/api/orders", "/api/orders/{id}", "/live", "/static"]),
        (["--app", "shop.main:other"], []),
    ],
    ids=" ".join,
)
def test_options_choose_routes(options: list[str], expected: list[str], run: Any) -> None:
    assert [row["path"] for row in rows(run("routes", "--output-format", "json", *options))] == expected


@pytest.mark.parametrize(
    ("path", "wanted", "expected"),
    [
        ("/a", "/", True),
        ("/ab", "/a", False),
        ("/a/b", "/a/", True),
        ("…/users", "/users", True),
        ("…/users", "/api/users", True),
        ("/api/…/users", "/other", False),
        ("…/users", "*/users", True),
        ("…/users", "*/orders", False),
    ],
)
def test_what_is_not_known_of_a_path_may_be_what_is_asked_for(path: str, wanted: str, expected: bool) -> None:
    assert expected is is_below(path, wanted)


def test_routes_of_tests_are_listed_where_tests_are_named(run: Any) -> None:
    assert "/only/here" not in run("routes")
    assert "/only/here" in run("routes", "tests")


def test_only_routes_of_the_named_files_are_listed(run: Any) -> None:
    assert run("routes", "shop/guards.py") == ""


def test_a_narrow_terminal_gets_a_few_lines_a_route(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastlint.output.terminal import Screen

    monkeypatch.setattr(Screen, "of", lambda *_: Screen(width=60))
    out = run("routes")
    assert max(map(len, out.splitlines())) <= 60
    assert (
        "GET    /api/orders/{id}  no guard\n"
        "       read -> list[str]  shop/main.py:11  loop\n"
        "       needs database\n"
        "       FL101 blocking-sleep, line 12\n"
    ) in out


def test_what_cannot_be_read_is_told_and_the_rest_is_listed(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "shop/broken.py").write_text("from fastapi import FastAPI\ndef (\n")
    assert main(["routes", "--no-cache"]) == 2
    out, err = capsys.readouterr()
    assert "/api/orders" in out
    assert err.startswith("error: shop/broken.py:2:")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["routes", "nowhere"], "error: no such file or directory: nowhere (see `fastlint routes --help`)\n"),
        (
            ["routes", "--config", "x", "--isolated"],
            "error: --isolated reads no configuration: leave out --config",
        ),
    ],
)
def test_bad_usage_of_a_listing_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith(message)


def test_nothing_to_list_is_said_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "--no-cache", "--path", "/none"]) == 0
    assert capsys.readouterr() == ("", "No routes are like that.\n")
