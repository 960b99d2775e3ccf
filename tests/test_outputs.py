"""Formats, severities and exit codes, from the command line to the files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fastlint.cli import main
from fastlint.output.formats import NAMES

APP = """\
import time

from fastapi import FastAPI

app = FastAPI()


if __debug__:
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
    assert capsys.readouterr().out.startswith("app.py:9:6: warning: on-event (FL501): ")
    assert len(json.loads(Path("report.sarif").read_text())["runs"][0]["results"]) == 2
    assert 'tests="2" failures="2"' in Path("report.xml").read_text()


def test_files_alone_leave_the_terminal_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-format", "json=a.json", "--output-format", "text=a.txt"]) == 1
    assert capsys.readouterr() == ("", "")
    assert "Found" not in Path("a.txt").read_text()


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-format", "pylint=-"]) == 1
    assert capsys.readouterr().out.startswith("app.py:9: [FL501] ")


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


# Severities


def severities(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    """The severity of each finding, by its file and rule."""
    main(["--output-format", "jsonl", *arguments])
    found = map(json.loads, capsys.readouterr().out.splitlines())
    return {f"{Path(each['filename']).parent.name}/{each['name']}": each["severity"] for each in found}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("FL101 = 'info'", "info"),
        ("blocking-sleep = 'warning'", "warning"),
        ("FL1 = 'warning'", "warning"),
        ("ALL = 'info'", "info"),
        ("ALL = 'info'\nFL1 = 'warning'", "warning"),
        ("FL101 = 'info'\nFL1 = 'warning'\nALL = 'error'", "info"),
        ("blocking-sleep = 'info'\nFL10 = 'warning'", "info"),
        ("blocking-sleep = 'info'\nFL101 = 'warning'", "warning"),
        ("FL5 = 'info'", "error"),
    ],
)
def test_the_most_specific_selector_says_how_grave_a_rule_is(
    table: str, expected: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(f"[tool.fastlint.severity]\n{table}")
    assert severities(capsys)[f"{project.name}/blocking-sleep"] == expected


def test_severities_count_in_every_format_and_in_the_list_of_rules(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("severity.ALL = 'info'")
    assert main([]) == 1
    assert "Found 2 info in 1 file" in capsys.readouterr().out
    assert main(["--output-format", "github"]) == 1
    assert capsys.readouterr().out.count("::notice ") == 2
    assert main(["rules"]) == 0
    assert "FL101  blocking-sleep                    info " in capsys.readouterr().out


def test_a_folders_own_severities_count_for_its_files(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("one", "two"):
        Path(folder).mkdir()
        Path(folder, "app.py").write_text(APP)
    configure("severity.FL1 = 'warning'")
    configure("severity.FL1 = 'info'", "one")
    found = severities(capsys)
    assert found["one/blocking-sleep"] == "info"
    assert found["two/blocking-sleep"] == "warning"
    assert found[f"{project.name}/blocking-sleep"] == "warning"
    configure("", "one")
    assert severities(capsys)["one/blocking-sleep"] == "error"


def test_what_is_known_from_the_last_run_gets_the_severities_of_this_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sleep = f"{project.name}/blocking-sleep"
    for severity in ("info", "warning", "info"):
        configure(f"severity.FL101 = '{severity}'")
        assert [severities(capsys)[sleep] for _ in range(2)] == [severity] * 2
    configure("")
    assert severities(capsys)[sleep] == severities(capsys, "--no-cache")[sleep] == "error"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("severity.FL101 = 'fatal'", '`FL101` must be "error", "warning" or "info"'),
        (
            "severity.FL101 = 'off'",
            '`FL101` must be "error", "warning" or "info": put the rule into `ignore` to turn it off',
        ),
        ("severity.FL101 = 3", '`FL101` must be "error", "warning" or "info"'),
        ("severity.bloking-sleep = 'info'", "unknown rule `bloking-sleep`, did you mean `blocking-sleep`?"),
        ("severity = 'info'", "`severity` must be a table, not a string"),
        ("fail-on = 'errors'", '`fail-on` must be "error", "warning", "info" or "never"'),
        ("max-warnings = -1", "`max-warnings` must be a number from 0"),
        ("max-warnings = true", "`max-warnings` must be a number from 0"),
    ],
)
def test_a_mistake_in_the_settings_is_one_line_with_its_place(
    text: str, said: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(text)
    assert main([]) == 2
    assert capsys.readouterr() == ("", f"error: {project / 'pyproject.toml'}:2: {said}\n")


# Exit codes: there is one error and one warning


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--fail-on error", 1),
        ("--fail-on error --ignore FL101", 0),
        ("--fail-on warning --ignore FL101", 1),
        ("--fail-on warning --ignore FL5", 1),
        ("--fail-on info", 1),
        ("--fail-on never", 0),
        ("--exit-zero", 0),
        ("--exit-zero --fail-on never", 0),
        ("--max-warnings 0", 1),
        ("--max-warnings 1", 1),
        ("--max-warnings 1 --ignore FL101", 0),
        ("--max-warnings 0 --ignore FL101", 1),
        ("--max-warnings 0 --ignore FL5,FL101", 0),
        ("--max-warnings 1 --fail-on error --ignore FL101", 0),
        ("--max-warnings 0 --fail-on error --ignore FL101", 1),
        ("--diff", 1),
        ("--diff --fail-on never", 0),
        ("--diff --fail-on error --ignore FL101", 0),
        ("--statistics --fail-on error --ignore FL101", 0),
        ("--output-format json --fail-on error --ignore FL101", 0),
    ],
)
def test_the_exit_code_follows_the_options(arguments: str, expected: int) -> None:
    assert main(arguments.split()) == expected


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("fail-on = 'error'", "--ignore FL101", 0),
        ("fail-on = 'error'", "", 1),
        ("fail-on = 'never'", "", 0),
        ("fail-on = 'never'", "--diff", 0),
        ("fail-on = 'never'", "--fail-on error", 1),
        ("fail-on = 'error'", "--fail-on warning --ignore FL101", 1),
        ("fail-on = 'error'", "--exit-zero", 0),
        ("max-warnings = 1", "--ignore FL101", 0),
        ("max-warnings = 0", "--ignore FL101", 1),
        ("max-warnings = 0", "--max-warnings 1 --ignore FL101", 0),
        ("max-warnings = 0", "--fail-on error --ignore FL101", 0),
        ("max-warnings = 9", "--fail-on warning --ignore FL101", 1),
        ("max-warnings = 0", "--exit-zero", 0),
        ("fail-on = 'never'", "--max-warnings 0 --ignore FL101", 1),
        ("fail-on = 'warning'", "--max-warnings 1 --ignore FL101", 0),
        ("fail-on = 'error'\nmax-warnings = 0", "--ignore FL101", 1),
        ("fail-on = 'error'\nmax-warnings = 1", "--ignore FL101", 0),
        ("max-warnings = 0\nseverity.FL5 = 'info'", "--ignore FL101", 0),
        ("fail-on = 'error'\nseverity.FL1 = 'warning'", "", 0),
        ("fail-on = 'warning'\nseverity.ALL = 'info'", "", 0),
    ],
)
def test_the_exit_code_follows_the_settings_and_the_options_over_them(
    text: str, arguments: str, expected: int
) -> None:
    configure(text)
    assert main(arguments.split()) == expected


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("fail-on = 'never'", "inner", 0),
        ("fail-on = 'never'", "", 1),
        ("max-warnings = 1", "inner --ignore FL101", 0),
        ("max-warnings = 0", "inner --ignore FL101", 1),
        ("max-warnings = 5", "--max-warnings 1 --ignore FL101", 1),
        ("max-warnings = 5", "--max-warnings 2 --ignore FL101", 0),
        ("fail-on = 'never'", "--max-warnings 1 --ignore FL101", 1),
    ],
)
def test_a_folders_own_limits_hold_for_what_is_found_there(text: str, arguments: str, expected: int) -> None:
    Path("inner").mkdir()
    Path("inner", "app.py").write_text(APP)
    configure(text, "inner")
    assert main(arguments.split()) == expected


def test_too_many_warnings_are_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--ignore", "FL101", "--max-warnings", "0"]) == 1
    assert capsys.readouterr().err == "too many warnings: 1, and 0 may remain (max-warnings)\n"
    assert main(["--ignore", "FL101", "--max-warnings", "0", "--quiet"]) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("option", ["--exit-zero", "--fail-on never", "--max-warnings 9 --fail-on error"])
def test_what_could_not_be_done_fails_whatever_is_allowed(option: str) -> None:
    Path("broken.py").write_text("import fastapi\ndef (:\n")
    assert main(option.split()) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        "--exit-zero --fail-on error",
        "--exit-zero --max-warnings 1",
        "--fail-on never --max-warnings 1",
        "--fail-on warning --max-warnings 1",
        "--fail-on info --max-warnings 1",
    ],
)
def test_options_that_contradict_each_other_are_one_line(
    arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("fail_on", "reason"),
    [
        ("never", "lets all findings pass"),
        ("warning", "fails for the first warning"),
        ("info", "fails for the first warning"),
    ],
)
def test_settings_that_contradict_each_other_are_one_line_with_its_place(
    fail_on: str, reason: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(f"fail-on = '{fail_on}'\nmax-warnings = 2")
    assert main([]) == 2
    said = f'`max-warnings` goes with `fail-on = "error"`: `fail-on = "{fail_on}"` {reason}'
    assert capsys.readouterr() == ("", f"error: {project / 'pyproject.toml'}:3: {said}\n")


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("", "", [("info", "default"), (None, "default")]),
        ("max-warnings = 2", "", [("error", "default"), (2, "pyproject.toml")]),
        ("fail-on = 'never'", "", [("never", "pyproject.toml"), (None, "default")]),
        ("fail-on = 'never'", "--max-warnings 0", [("error", "command line"), (0, "command line")]),
        ("max-warnings = 2", "--fail-on warning", [("warning", "command line"), (None, "command line")]),
        ("max-warnings = 2", "--exit-zero", [("never", "command line"), (None, "command line")]),
    ],
)
def test_what_fails_a_run_is_shown(
    text: str, arguments: str, expected: list[tuple[object, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    configure(text)
    assert main(["--show-settings", "--output-format", "json", *arguments.split()]) == 0
    found = json.loads(capsys.readouterr().out)[0]["settings"]
    keys = ("fail-on", "max-warnings")
    assert [(found[key]["value"], found[key]["source"]) for key in keys] == expected


# Colour


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that is put back whatever the command line makes of it."""
    for variable in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TERM", "xterm-256color")
    return monkeypatch


@pytest.mark.parametrize(
    ("option", "variable", "is_coloured"),
    [
        ("always", "NO_COLOR", True),
        ("never", "FORCE_COLOR", False),
        ("auto", "FORCE_COLOR", True),
        ("auto", "NO_COLOR", False),
    ],
)
@pytest.mark.parametrize("command", ["check", "check --output-format concise", "rules", "rule FL101"])
def test_color_wins_over_the_environment(
    command: str,
    option: str,
    variable: str,
    is_coloured: bool,
    environ: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environ.setenv(variable, "1")
    main([*command.split(), "--color", option])
    assert ("\x1b[" in capsys.readouterr().out) is is_coloured


def test_a_diff_in_a_pipe_has_the_colour_that_the_command_line_asks_for(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--diff"])
    plain = capsys.readouterr().out
    assert plain.startswith("--- a/app.py\n")
    main(["--diff", "--color", "always"])
    coloured = capsys.readouterr().out
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "NO_COLOR"])
def test_a_diff_in_a_pipe_can_be_applied_whatever_the_environment_says(
    variable: str, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv(variable, "1")
    main(["--diff"])
    assert "\x1b" not in capsys.readouterr().out
    main(["--diff", "--color", "always", "--output-file", "a.patch"])
    assert "\x1b" not in Path("a.patch").read_text()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("text", "concise")])
def test_formats_for_programs_never_have_colour(
    name: str, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--color", "always", "--output-format", name])
    assert "\x1b" not in capsys.readouterr().out


def test_a_file_never_has_colour(environ: pytest.MonkeyPatch) -> None:
    main(["--color", "always", "--output-format", "text=a.txt"])
    assert "\x1b" not in Path("a.txt").read_text()
