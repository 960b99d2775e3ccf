"""Formats, severities and exit codes, from the command line to the files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fastlint.cli import main
from fastlint.output.formats import NAMES

APP = """\
import time

from fastapi import FastAPI

app = FastAPI()


@app.on_event("startup")
def start():
    pass


@app.get("/")
async def home():
    time.sleep(1)
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a warning (on-event, FL501) and an error (blocking-sleep, FL101)."""
    (tmp_path / "pyproject.toml").write_text("[tool.fastlint]\n")
    (tmp_path / "app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    for variable in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def configure(text: str, folder: str = ".") -> None:
    Path(folder, "pyproject.toml").write_text(f"[tool.fastlint]\n{text}\n")


# Where findings go


@pytest.mark.parametrize("name", NAMES)
def test_every_format_can_be_printed(name: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["--output-format", name]) == 1
    out, err = capfdbinary.readouterr()
    assert b"FL101" in out
    assert err == b""


def test_several_formats_can_be_had_from_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    formats = ["sarif=report.sarif", "concise", "junit=report.xml"]
    assert main([part for name in formats for part in ("--output-format", name)]) == 1
    assert capsys.readouterr().out.startswith("app.py:8:2: warning: on-event (FL501): ")
    assert len(json.loads(Path("report.sarif").read_text())["runs"][0]["results"]) == 2
    assert 'tests="2" failures="2"' in Path("report.xml").read_text()


def test_files_alone_leave_the_terminal_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-format", "json=a.json", "--output-format", "text=a.txt"]) == 1
    assert capsys.readouterr() == ("", "")
    assert "Found" not in Path("a.txt").read_text()


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-format", "pylint=-"]) == 1
    assert capsys.readouterr().out.startswith("app.py:8: [FL501] ")


def test_output_file_takes_whatever_format_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-format", "jsonl", "--output-file", "found.jsonl"]) == 1
    assert len(Path("found.jsonl").read_text().splitlines()) == 2
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["json", "text"], "only one format can be printed"),
        (["json=a", "sarif=a"], "a cannot hold two formats"),
        (["sarif="], "`sarif=` names no file"),
        (["sarf"], "unknown format `sarf`, did you mean `sarif`?"),
        (["xml=a"], "unknown format `xml`: choose from text, concise,"),
        (["sarif=app.py"], "app.py is Python code, which would be lost"),
        (["sarif=missing/a"], "cannot write missing/a: "),
    ],
    ids=" ".join,
)
def test_what_cannot_be_written_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([part for name in arguments for part in ("--output-format", name)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert Path("app.py").read_text() == APP


@pytest.mark.parametrize("more", [["--output-format", "json=a"], ["--output-format", "text"]])
def test_output_file_is_for_one_format(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-format", "sarif=b", *more, "--output-file", "c"]) == 2
    assert "--output-file is for one format" in capsys.readouterr().err


def test_a_fix_is_told_of_beside_a_format_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fix", "--output-format", "gitlab"]) == 1
    out, err = capsys.readouterr()
    assert [issue["check_name"] for issue in json.loads(out)] == ["on-event"]
    assert err == "Fixed 1 finding in 1 file.\n"


# Counts


@pytest.mark.parametrize("name", ["text", "concise"])
def test_statistics_can_be_read(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-q", "--statistics", "--output-format", name]) == 1
    assert capsys.readouterr().out.split() == [
        *("1", "blocking-sleep", "(FL101)", "1", "fixable"),
        *("1", "on-event", "(FL501)"),
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("text", "concise", "json")])
def test_statistics_have_no_other_format(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--statistics", "--output-format", f"{name}=a", "--output-format", "text"]) == 2
    assert f"--statistics has no {name} format: choose from text, concise, json" in capsys.readouterr().err
