"""`--show-files` and `--show-settings`, with real projects."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fastlint import testing
from fastlint.cli import main

PYPROJECT = """\
[project]
name = "shop"

[tool.fastlint]
ignore = ["FL5"]
extend-exclude = ["migrations"]

[tool.fastlint.per-file-ignores]
"tests/*" = ["FL301"]
"""
NESTED = 'select = ["FL1"]\nsrc = ["lib"]\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "project"
    files = [
        "b.py",
        "a.py",
        "tests/test_a.py",
        "migrations/x.py",
        "made/x.py",
        "service/app.py",
        "service/x.txt",
    ]
    testing.write(root, {**dict.fromkeys(files, ""), "pyproject.toml": PYPROJECT, ".gitignore": "made\n"})
    testing.write(root, {"service/fastlint.toml": NESTED})
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def said(project: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def said(*arguments: str) -> str:
        assert main(list(arguments)) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return said


# Files


def test_the_files_that_would_be_checked_are_listed_in_order(said: Any) -> None:
    assert said("--show-files") == "a.py\nb.py\nservice/app.py\ntests/test_a.py\n"


def test_named_files_are_listed_wherever_they_are(said: Any) -> None:
    assert said("--show-files", "tests", "migrations/x.py") == "migrations/x.py\ntests/test_a.py\n"
    assert said("--show-files", "--force-exclude", "tests", "migrations/x.py") == "tests/test_a.py\n"


def test_paths_are_as_seen_from_the_current_folder(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("service")
    assert said("--show-files", "..") == "../a.py\n../b.py\n../tests/test_a.py\napp.py\n"


def test_the_files_can_be_json(said: Any) -> None:
    assert json.loads(said("--show-files", "--output-format", "json", "tests")) == ["tests/test_a.py"]


def test_what_would_come_from_standard_input_is_listed_too(said: Any) -> None:
    assert said("--show-files", "--stdin-filename", "new.py") == "new.py\n"
    assert said("--show-files", "--force-exclude", "--stdin-filename", "made/new.py") == ""


def test_a_name_cannot_break_the_list(said: Any) -> None:
    Path("x\ny\x1b.py").touch()
    assert said("--show-files", ".").splitlines()[-1] == "x y\ufffd.py"


def test_a_file_that_is_missing_is_an_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--show-files", "a.py", "missing.py"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("a.py\n", 1)
    assert "missing.py" in err


# Settings


def rows(text: str) -> dict[str, list[str]]:
    """What stands right of each first cell."""
    cells = (re.split(r"\s{2,}", line.strip()) for line in text.splitlines())
    return {first: rest for first, *rest in cells}


def test_each_setting_is_shown_with_the_line_that_says_so(said: Any) -> None:
    shown = said("--show-settings", "a.py")
    assert shown.startswith("a.py: configuration pyproject.toml, root .\n")
    found = rows(shown)
    assert found["ignore"] == ["pyproject.toml:5", '["FL5"]']
    assert found["extend-exclude"] == ["pyproject.toml:6", '["migrations"]']
    assert found["per-file-ignores"] == ["pyproject.toml:8", '{"tests/*":["FL301"]}']
    assert found["src"] == ["default", "[]"]


def test_the_rules_that_are_on_are_those_for_the_file(said: Any) -> None:
    ordinary, test = rows(said("--show-settings", "a.py")), rows(said("--show-settings", "tests/test_a.py"))
    assert "FL301" in ordinary
    assert "FL501" not in ordinary
    assert {*ordinary} - {*test} >= {"FL301"}


def test_what_the_engine_reports_itself_is_on_as_the_settings_say(said: Any) -> None:
    assert {"FL001", "FL002", "FL003"} & {*rows(said("--show-settings", "a.py"))} == {"FL001", "FL002"}
    Path("pyproject.toml").write_text("[tool.fastlint]\nrequire-reason = true\n")
    assert "FL003" in rows(said("--show-settings", "a.py"))


def test_the_nearest_settings_count_for_a_file(said: Any) -> None:
    shown = said("--show-settings", "service/app.py")
    assert shown.startswith("service/app.py: configuration service/fastlint.toml, root service\n")
    assert rows(shown)["src"] == ["service/fastlint.toml:2", '["lib"]']
    assert "FL101" in rows(shown)
    assert "FL201" not in rows(shown)


def test_a_project_shows_the_settings_of_its_folders_too(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    headings = [line for line in said("--show-settings").splitlines() if ": configuration" in line]
    assert headings == [
        "./: configuration pyproject.toml, root .",
        "service/: configuration service/fastlint.toml, root service",
    ]
    monkeypatch.chdir("service")
    assert said("--show-settings").startswith("./: configuration fastlint.toml, root .\n")


def test_the_command_line_is_a_source_too(said: Any) -> None:
    found = rows(said("--show-settings", "--extend-select", "FL501", "--force-exclude", "a.py"))
    assert found["--extend-select"] == ["command line", '["FL501"]']
    assert found["ignore"] == ["pyproject.toml:5", '["FL5"]']
    assert found["force-exclude"] == ["command line", "true"]
    assert "FL501" in found


def test_a_selection_on_the_command_line_replaces_what_the_file_says(said: Any) -> None:
    found = rows(said("--show-settings", "--select", "FL5", "a.py"))
    assert "ignore" not in found
    assert "FL501" in found
    assert "FL101" not in found


def test_without_a_configuration_everything_is_a_default(said: Any) -> None:
    shown = said("--show-settings", "--isolated", "a.py")
    assert shown.startswith("a.py: configuration none, root .\n")
    assert ".toml" not in shown.partition("\n")[2]


def test_the_settings_can_be_json(said: Any) -> None:
    project, service = json.loads(said("--show-settings", "--output-format", "json"))
    assert (project["path"], project["configuration"], project["root"]) == ("./", "pyproject.toml", ".")
    assert service["settings"]["src"] == {"value": ["lib"], "source": "service/fastlint.toml", "line": 2}
    assert service["settings"]["ignore"] == {"value": [], "source": "default", "line": None}
    assert {"code": "FL101", "name": "blocking-sleep"} in service["rules"]


def test_broken_settings_of_a_folder_are_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("service/fastlint.toml").write_text("selekt = []\n")
    for option in ("--show-settings", "--show-files"):
        assert main([option]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert "fastlint.toml:1: unknown key `selekt`" in err


@pytest.mark.parametrize(
    "options", [["--show-settings"], ["--output-format", "sarif"], ["--output-file", "x"]], ids=" ".join
)
def test_there_is_one_answer_in_text_or_json(
    options: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--show-files", *options]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
