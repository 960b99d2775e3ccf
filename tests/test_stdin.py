"""`--stdin-filename`: standard input stands for a file, with the real engine and the real rules."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from fastlint import engine, testing
from fastlint.cli import main
from fastlint.cli.stdin import Buffer
from fastlint.config import Settings
from fastlint.diagnostic import Place, Span
from tests.test_cli import ENVIRONMENT

ROUTES = """\
import time

from fastapi import FastAPI

from app.helpers import helper

app = FastAPI()


@app.get("/")
async def home():
    helper()
    time.sleep(1)
"""
FIXED = ROUTES.replace("import time", "import asyncio").replace("time.sleep(1)", "await asyncio.sleep(1)")
HELPERS = "import time\n\n\ndef helper():\n    time.sleep(1)\n"
NAME = "app/routes.py"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve()
    testing.write(
        root, {"pyproject.toml": "[tool.fastlint]\n", NAME: "# on disk\n", "app/helpers.py": HELPERS}
    )
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def feed(project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Feed:
    return Feed(monkeypatch, capfdbinary)


class Feed:
    """Runs the command line on some input; remembers what it wrote."""

    def __init__(self, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[bytes]) -> None:
        self.patch = patch
        self.captured = captured
        self.out = self.err = b""

    def __call__(self, content: str | bytes, *arguments: str, name: str = NAME) -> int:
        data = content.encode() if isinstance(content, str) else content
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = main([*arguments, "-", "--stdin-filename", name])
        self.out, self.err = self.captured.readouterr()
        return code


def snapshot(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*.*") if path.is_file() and ".fastlint_cache" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


# Checking


def test_it_is_checked_in_place_of_the_file_with_the_rest_of_the_project(feed: Feed) -> None:
    assert feed(ROUTES) == 1
    assert feed.out.startswith(b"app/routes.py:12:5  error  blocking-sleep (FL101)\n")
    assert b"\n   12 |     helper()\n" in feed.out
    assert b"`- app/helpers.py:5   helper() calls time.sleep()" in feed.out
    assert feed.err == b""


def test_findings_of_other_files_are_not_reported(feed: Feed, project: Path) -> None:
    testing.write(project, {"app/other.py": ROUTES})
    assert feed("x = 1\n") == 0


def test_the_dash_may_be_left_out(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ROUTES.encode())))
    assert main(["--stdin-filename", NAME]) == 1
    assert "app/routes.py:12:5" in capsys.readouterr().out


def test_the_file_need_not_exist(feed: Feed, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "app")
    assert feed(ROUTES, name="new.py") == 1
    assert feed.out.startswith(b"new.py:12:5  error  blocking-sleep (FL101)\n")
    assert feed("def (:\n", name="new.py") == 2
    assert feed.err.startswith(b"error: new.py:1:5: syntax error")


def test_no_input_is_an_empty_file(feed: Feed) -> None:
    assert feed("") == 0
    assert feed("", "--fix") == 0
    assert feed.out == b""


@pytest.mark.parametrize("name", ["venv/routes.py", "gen/routes.py"])
def test_an_excluded_file_is_checked_unless_excludes_are_forced(name: str, feed: Feed, project: Path) -> None:
    testing.write(project, {".gitignore": "gen/\n", "venv/x.txt": "", "gen/x.txt": ""})
    assert feed(ROUTES, name=name) == 1
    assert feed(ROUTES, "--force-exclude", name=name) == 0
    assert feed(ROUTES, "--force-exclude", "--fix", name=name) == 0
    assert feed.out == ROUTES.encode()


def test_json_names_the_file(feed: Feed, project: Path) -> None:
    assert feed(ROUTES, "--output-format", "json") == 1
    assert {str(project / NAME)} == {each["filename"] for each in json.loads(feed.out)}


def test_the_cache_neither_hides_it_nor_learns_it_of_the_file(feed: Feed) -> None:
    assert feed("# on disk\n") == 0
    assert feed(ROUTES) == 1
    assert main([]) == 0
    assert feed(ROUTES.replace("helper()", "")) == 1
    assert feed("# on disk\n") == 0


# Fixing


def test_the_fixed_file_goes_to_stdout_and_the_findings_to_stderr(feed: Feed, project: Path) -> None:
    before = snapshot(project)
    assert feed(ROUTES, "--fix") == 1
    assert feed.out == FIXED.encode()
    assert feed.err.startswith(b"app/routes.py:12:5  error  blocking-sleep (FL101)\n")
    assert b"Fixed 1 finding in 1 file.\n" in feed.err
    assert snapshot(project) == before


def test_beside_the_fixed_file_findings_for_programs_stand_alone_on_stderr(feed: Feed) -> None:
    assert feed(ROUTES, "--fix", "--output-format", "json", "--max-warnings", "0") == 1
    assert feed.out == FIXED.encode()
    assert [each["name"] for each in json.loads(feed.err)] == ["blocking-sleep"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("x = 1", id="nothing to fix, no newline"),
        pytest.param("def (:\r\n", id="syntax error"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
    ],
)
def test_what_cannot_be_fixed_is_passed_on_as_it_is(content: str | bytes, feed: Feed) -> None:
    feed(content, "--fix")
    assert feed.out == (content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
        lambda text: ("# coding: latin-1\n" + text + "# é\n").encode("latin-1"),
    ],
    ids=["byte order mark and CRLF", "other encoding"],
)
def test_encoding_and_line_ends_stay(change: Callable[[str], bytes], feed: Feed) -> None:
    assert feed(change(ROUTES), "--fix") == 1
    assert feed.out == change(FIXED)


def test_json_goes_to_stderr_beside_the_fixed_file(feed: Feed) -> None:
    assert feed(ROUTES, "--fix", "--output-format", "json", "--quiet") == 1
    assert feed.out == FIXED.encode()
    assert ["FL101"] == [each["code"] for each in json.loads(feed.err)]


def test_diff_shows_the_fix_of_what_came_in(feed: Feed, project: Path) -> None:
    before = snapshot(project)
    assert feed(ROUTES, "--diff") == 1
    assert b"-    time.sleep(1)\n+    await asyncio.sleep(1)\n" in feed.out
    assert feed.out.startswith(b"--- a/app/routes.py\n")
    assert snapshot(project) == before


def test_a_fix_that_reaches_into_another_file_is_refused(feed: Feed, project: Path) -> None:
    buffer = Buffer(project / NAME, ROUTES.encode())
    report = engine.lint([project / NAME], Settings(root=project), overlay={buffer.path: buffer.content})
    there = Place("app/helpers.py", Span(5, 4, 5, 17))
    moved = [
        replace(each, fix=each.fix and replace(each.fix, place=there), choices=())
        for each in report.diagnostics
    ]
    run = buffer.through(lambda *given, **more: dataclasses.replace(report, diagnostics=moved))
    left = run([project / NAME], Settings(root=project))
    assert any(each.fix for each in moved)
    assert [None, None] == [each.fix for each in left.diagnostics]


# What does not go


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-"], "name it with --stdin-filename FILE"),
        (["--stdin-filename", NAME, "app"], "leave out the other paths"),
        (["--stdin-filename", NAME, "--diff-base", "main"], "leave out --staged and --diff-base"),
        (["--stdin-filename", "app"], "app is a folder"),
        (["--stdin-filename", "nowhere/x.py"], "no such folder: nowhere"),
    ],
    ids=str,
)
def test_bad_usage_is_one_line(
    arguments: list[str], said: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


@pytest.mark.skipif(os.name == "nt", reason="shells of Windows cannot close a stream")
def test_a_closed_input_is_an_error_and_not_an_empty_file(project: Path) -> None:
    command = f'exec "{sys.executable}" -m fastlint --fix --stdin-filename {NAME} <&-'
    shown = subprocess.run(["sh", "-c", command], capture_output=True, check=False, env=ENVIRONMENT)
    assert (shown.returncode, shown.stdout) == (2, b"")
    assert shown.stderr == b"error: cannot read standard input: it is closed\n"


def test_an_input_that_fails_is_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read() -> bytes:
        raise IsADirectoryError(21, "Is a directory")

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=SimpleNamespace(read=read)))
    assert main(["--stdin-filename", NAME]) == 2
    assert capsys.readouterr() == ("", "error: cannot read standard input: Is a directory\n")
