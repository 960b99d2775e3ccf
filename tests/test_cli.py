"""The command line: what it takes, prints, writes and exits with."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import types
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import libcst as cst
import pytest

import fastlint as package
from fastlint import __version__, fixing, registry
from fastlint.cache.store import KEY_VARIABLE
from fastlint.cli import main
from fastlint.diagnostic import Diagnostic, FixRequest, Place, Problem, Safety, Severity, Span
from fastlint.fixing import Edit, FileChange, FixOutcome
from fastlint.fixing.files import original
from fastlint.report import Report
from fastlint.rule import Rule

PAGE = """A blocking HTTP call stops the event loop.

Every other request waits until it returns.
"""
SOURCE = "import requests\nrequests.get('/')\n"
WHERE = Place("app.py", Span(2, 0, 2, 17))
FIX = FixRequest("wrap", "Run it in the threadpool", Safety.SAFE, WHERE)
FOUND = Diagnostic(
    place=WHERE,
    code="FL102",
    name="blocking-http-call",
    severity=Severity.ERROR,
    message="stops the event loop",
    fix=FIX,
)
SHOWN = """\
app.py:2:1  error  blocking-http-call (FL102)
    1 | import requests
    2 | requests.get('/')
      | ^^^^^^^^^^^^^^^^^ stops the event loop
   fix: Run it in the threadpool (`--fix`)
"""
SUMMARY = """
Found 1 error in 3 files (0.25 s).
1 can be fixed with `--fix`.
"""

ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("FORCE_COLOR", "NO_COLOR")}
ENVIRONMENT[KEY_VARIABLE] = "tests"
ENVIRONMENT["PYTHONPATH"] = os.pathsep.join(
    [str(Path(package.__file__).parents[1]), *map(os.path.abspath, filter(None, sys.path))]
)


class Engine:
    """Stands for the engine: remembers what it was asked, answers what it was told."""

    def __init__(self, root: Path) -> None:
        self.report = Report(root, files=3, lines=2, seconds=0.25)
        self.paths: list[str] = []
        self.settings: Any = None

    def lint(self, paths: Sequence[Path], settings: Any, **more: Any) -> Report:
        self.paths = [path.as_posix() for path in paths]
        self.settings = settings
        return self.report


def wrap(call: cst.Call, edit: Edit) -> cst.Call:
    return cst.Call(cst.Name("pooled"), [cst.Arg(call)])


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> tuple[Rule, ...]:
    modules = {"blocking_http_call": PAGE, "strict_thing": "Advice that is off by default.\n"}
    for name, page in modules.items():
        monkeypatch.setitem(sys.modules, f"sample.family.{name}", types.ModuleType(name, page))
    common: dict[str, Any] = {"since": "0.1", "source": "https://fastapi.tiangolo.com/async/"}
    blocking = Rule("sample.family.blocking_http_call", code="FL102", severity=Severity.ERROR, **common)
    blocking.fix("Run it in the threadpool", Safety.UNSAFE)(wrap)
    strict = Rule(
        "sample.family.strict_thing", code="FL909", severity=Severity.WARNING, default=False, **common
    )
    monkeypatch.setattr(registry, "all_rules", lambda: (blocking, strict))
    return blocking, strict


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rules: tuple[Rule, ...]) -> Engine:
    """A project with one file, and the current folder in it."""
    engine = Engine(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.fastlint]\n")
    (tmp_path / "app.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fastlint.engine.lint", engine.lint)
    for variable in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    return engine


@pytest.fixture
def finding(engine: Engine) -> Engine:
    engine.report.diagnostics = [FOUND]
    return engine


# What is checked


def test_without_a_path_the_current_folder_is_checked(engine: Engine) -> None:
    assert main([]) == 0
    assert engine.paths == ["."]


@pytest.mark.parametrize("arguments", [["app.py", "."], ["check", "app.py", "."]])
def test_paths_are_checked_with_or_without_naming_the_command(arguments: list[str], engine: Engine) -> None:
    assert main(arguments) == 0
    assert engine.paths == ["app.py", "."]


@pytest.mark.parametrize("name", ["check", "rules", "rule", "routes", "graph"])
def test_a_file_may_be_called_as_a_command(name: str, engine: Engine) -> None:
    Path(name).mkdir()
    assert main(["check", name]) == 0
    assert engine.paths == [name]
    assert main([f"./{name}"]) == 0
    assert engine.paths == [name]
    assert main(["--quiet", name]) == 0
    assert engine.paths == [name]


def test_options_may_stand_before_and_after_paths(engine: Engine) -> None:
    assert main(["--quiet", "app.py", "--exit-zero"]) == 0
    assert engine.paths == ["app.py"]


def test_a_path_that_does_not_exist_is_named(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere"]) == 2
    assert capsys.readouterr() == (
        "",
        "error: no such file or directory: nowhere (see `fastlint --help`)\n",
    )


@pytest.mark.parametrize("command", ["check", "baseline", "routes", "graph", "clean"])
def test_several_repositories_are_several_projects(
    command: str, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        Path(name, ".git").mkdir(parents=True)
    assert main([command, "one", "two"]) == 2
    said = "error: one and two are different projects: run fastlint once for each"
    assert capsys.readouterr().err.startswith(said)
    assert not Path(".fastlint_cache").exists()


def test_a_command_after_an_option_is_explained(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--verbose", "rules"]) == 2
    assert "(a command comes first: `fastlint rules`)" in capsys.readouterr().err


# Which rules


def test_selectors_are_separated_by_commas_and_repeated(engine: Engine) -> None:
    arguments = ["--select", "FL1, strict-thing", "--select", "FL909", "--ignore", "FL102,"]
    assert main([*arguments, "--extend-select", "ALL"]) == 0
    (given,) = engine.settings.overrides
    assert given.select == ("FL1", "strict-thing", "FL909")
    assert given.extend_select == ("ALL",)
    assert given.ignore == ("FL102",)


@pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore"])
def test_an_unknown_selector_names_the_nearest(
    option: str, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([option, "blocking-htp-call"]) == 2
    assert "unknown rule `blocking-htp-call`, did you mean `blocking-http-call`?" in capsys.readouterr().err


def test_no_rules_at_all_is_an_error_and_not_a_clean_project(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(registry, "all_rules", tuple)
    assert main([]) == 2
    assert capsys.readouterr().err == "error: no rules are installed (entry point `fastlint.rules`)\n"


def test_rules_that_cannot_be_loaded_are_an_error(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def taken() -> tuple[Rule, ...]:
        raise ValueError("more.rule: FL101 is already taken by other.rule")

    monkeypatch.setattr(registry, "all_rules", taken)
    assert main([]) == 2
    assert capsys.readouterr().err == (
        "error: the rules cannot be loaded: more.rule: FL101 is already taken by other.rule\n"
    )


# Configuration


def test_a_broken_configuration_is_one_line_with_its_place(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("pyproject.toml").write_text("[tool.fastlint]\nselekt = []\n")
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert "pyproject.toml:2: unknown key `selekt`" in err
    assert err.count("\n") == 1


def test_isolated_reads_no_configuration(engine: Engine) -> None:
    Path("pyproject.toml").write_text("[tool.fastlint]\nselekt = []\n")
    assert main(["--isolated"]) == 0
    assert engine.settings.config_file is None


def test_a_configuration_file_can_be_named(engine: Engine) -> None:
    Path("other.toml").write_text('ignore = ["FL102"]\n')
    assert main(["--config", "other.toml"]) == 0
    assert engine.settings.ignore == ("FL102",)


def test_a_configuration_file_that_is_missing_is_named(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", "missing.toml"]) == 2
    assert "missing.toml: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--fix", "--diff"],
        ["--diff", "--output-format", "json"],
        ["--diff", "--statistics"],
        ["--isolated", "--config", "pyproject.toml"],
        ["--no-such-option"],
        ["--output-format", "xml"],
        ["--select"],
        ["rule"],
        ["rules", "more"],
    ],
    ids=" ".join,
)
def test_bad_usage_is_one_line(
    arguments: list[str], engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["init", "app.py"], "app.py is a file, and a folder is asked for (see `fastlint init --help`)"),
        (["init", "none"], "no such folder: none (see `fastlint init --help`)"),
        (
            ["--cache-dir", "app.py"],
            "--cache-dir: app.py is a file, and a folder is asked for (see `fastlint --help`)",
        ),
        (
            ["clean", "--cache-dir", "app.py"],
            "--cache-dir: app.py is a file, and a folder is asked for (see `fastlint clean --help`)",
        ),
        (["--config", "."], "--config: . is a folder, and a file is asked for (see `fastlint --help`)"),
        (
            ["--fail-on", "x"],
            "--fail-on: 'x' is not one of 'error', 'warning', 'info', 'never' (see `fastlint --help`)",
        ),
        (["completion", "x"], "'x' is not one of 'bash', 'zsh', 'fish' (see `fastlint completion --help`)"),
        (["rules", "FL1"], "too many arguments: FL1 (see `fastlint rules --help`)"),
        (["--max-warnings", "x"], "--max-warnings: `x` is no number from 0 (see `fastlint --help`)"),
        (["--max-warnings", "-1"], "--max-warnings: `-1` is no number from 0 (see `fastlint --help`)"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_value_that_cannot_be_is_told_in_plain_words(
    arguments: list[str], expected: str, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("app.py").touch()
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"error: {expected}\n"


# What is printed


def test_findings_and_their_summary_are_printed(finding: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert capsys.readouterr() == (SHOWN + SUMMARY, "")


def test_a_clean_project_is_one_friendly_line(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr() == ("All good: nothing to report in 3 files (0.25 s).\n", "")


def test_quiet_prints_findings_only(finding: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quiet"]) == 1
    assert capsys.readouterr() == (SHOWN, "")


def test_quiet_prints_nothing_when_clean(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_paths_are_shown_as_seen_from_the_current_folder(
    finding: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("inner").mkdir()
    monkeypatch.chdir("inner")
    main(["-q", ".."])
    assert capsys.readouterr().out.startswith("../app.py:2:1  error")


def test_verbose_says_what_was_read(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.report.details = {"source roots": "., src", "versions": "fastapi 0.121"}
    assert main(["--verbose"]) == 0
    out, err = capsys.readouterr()
    assert out == "All good: nothing to report in 3 files (0.25 s).\n"
    assert err.splitlines() == [
        f"root:          {engine.report.root}",
        f"configuration: {engine.report.root / 'pyproject.toml'}",
        "source roots:  ., src",
        "versions:      fastapi 0.121",
        "cache:         on",
        "read:          3 files, 2 lines",
        "time:          0.25 s",
    ]


def test_statistics_stand_in_place_of_the_findings(
    finding: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--statistics"]) == 1
    assert capsys.readouterr().out == "1  blocking-http-call  (FL102)  1 fixable\n" + SUMMARY[1:]


def test_json_is_printed_without_anything_else(
    finding: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fixing, "edits", lambda report, diagnostic, drafts: None)
    assert main(["--output-format", "json"]) == 1
    out, err = capsys.readouterr()
    assert [found["code"] for found in json.loads(out)] == ["FL102"]
    assert err == ""


def test_statistics_can_be_json(finding: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--statistics", "--output-format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["count"] == 1


# Exit codes


def test_exit_zero_forgives_findings(finding: Engine) -> None:
    assert main(["--exit-zero"]) == 0


@pytest.mark.parametrize("options", [[], ["--exit-zero"]])
def test_what_could_not_be_done_is_an_error_whatever_was_found(
    options: list[str], finding: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    finding.report.problems = [Problem("app.py", "invalid syntax", 3, 7), Problem("given/path", "is no file")]
    assert main(options) == 2
    out, err = capsys.readouterr()
    assert out == SHOWN + SUMMARY
    assert err == "error: app.py:3:7: invalid syntax\nerror: given/path: is no file\n"


# Output files


def test_an_output_file_gets_the_findings_and_the_terminal_nothing(
    finding: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--output-file", "found.txt"]) == 1
    assert Path("found.txt").read_text() == SHOWN
    assert capsys.readouterr() == ("", "")


def test_an_output_file_is_replaced_whole_and_keeps_its_mode(finding: Engine) -> None:
    target = Path("found.txt")
    target.write_text("old " * 1000)
    target.chmod(0o640)
    main(["--no-cache", "--output-file", "found.txt"])
    assert target.read_text() == SHOWN
    assert os.name == "nt" or target.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in Path().iterdir()) == ["app.py", "found.txt", "pyproject.toml"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_an_output_file_behind_a_link_is_written_through_it(finding: Engine) -> None:
    Path("link.txt").symlink_to("real.txt")
    main(["--output-file", "link.txt"])
    assert Path("link.txt").is_symlink()
    assert Path("real.txt").read_text() == SHOWN


def test_an_output_file_in_a_missing_folder_is_an_error(
    finding: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--output-file", "missing/found.txt"]) == 2
    assert capsys.readouterr() == ("", "error: cannot write missing/found.txt: No such file or directory\n")


def test_an_output_file_is_never_python_code(finding: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-file", "app.py"]) == 2
    assert Path("app.py").read_text() == SOURCE
    assert "would be lost" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="needs devices")
def test_a_device_is_written_to_and_not_replaced(finding: Engine) -> None:
    assert main(["--output-file", os.devnull]) == 1
    assert not Path(os.devnull).is_file()


def test_a_dash_is_standard_output(finding: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-q", "--output-file", "-"]) == 1
    assert capsys.readouterr().out == SHOWN


# Fixing


def change(new: str) -> FileChange:
    return FileChange(path="app.py", old=SOURCE, new=new)


DIFF = """\
--- a/app.py
+++ b/app.py
@@ -1,2 +1,2 @@
 import requests
-requests.get('/')
+await get('/')
"""


@pytest.fixture
def preview(finding: Engine, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    asked: dict[str, Any] = {}

    def preview(report: Report, *, unsafe: bool) -> list[FileChange]:
        asked["unsafe"] = unsafe
        return [change(SOURCE.replace("requests.get(", "await get("))]

    monkeypatch.setattr(fixing, "preview", preview)
    return asked


def test_diff_shows_what_would_change_and_writes_nothing(
    preview: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--diff"]) == 1
    assert capsys.readouterr() == (DIFF, "1 finding; 1 file would change.\n")
    assert Path("app.py").read_text() == SOURCE
    assert preview == {"unsafe": False}


def test_diff_shows_unsafe_fixes_when_asked(preview: dict[str, Any]) -> None:
    main(["--diff", "--unsafe-fixes"])
    assert preview == {"unsafe": True}


def test_a_quiet_diff_is_the_diff(preview: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--diff", "-q", "--exit-zero"]) == 0
    assert capsys.readouterr() == (DIFF, "")


def test_a_diff_can_go_to_a_file(preview: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--diff", "-q", "--output-file", "fixes.patch"]) == 1
    assert Path("fixes.patch").read_text() == DIFF
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbfx = 1\r\ny = 2\r\n", id="byte order mark"),
        pytest.param("# coding: latin-1\nx = 'é'\ny = 2".encode("latin-1"), id="other encoding"),
    ],
)
def test_git_applies_the_diff_of_a_file_in_whatever_encoding(
    data: bytes, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def preview(report: Report, *, unsafe: bool) -> list[FileChange]:
        source = report.source("app.py")
        assert source is not None
        read = original(source)
        return [FileChange("app.py", read.text, read.text.replace("y", "z"))]

    Path("app.py").write_bytes(data)
    monkeypatch.setattr(fixing, "preview", preview)
    assert main(["--diff", "-q", "--output-file", "fixes.patch"]) == 1
    subprocess.run(["git", "apply", "fixes.patch"], check=True, env={**os.environ, "GIT_DIR": os.devnull})
    assert Path("app.py").read_bytes() == data.replace(b"y", b"z")


def test_a_diff_of_nothing_is_clean(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fixing, "preview", lambda report, unsafe: [change(SOURCE)])
    assert main(["--diff"]) == 0
    assert capsys.readouterr() == ("", "0 findings; 0 files would change.\n")


@pytest.fixture
def fixed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    asked: dict[str, Any] = {}

    def fix(paths: Sequence[Path], settings: Any, *, unsafe: bool, lint: Any) -> FixOutcome:
        asked.update(paths=list(paths), unsafe=unsafe)
        report = lint(paths, settings)
        return FixOutcome(report, Counter(FL101=1, FL102=1), ("app.py",), asked.get("problems", []))

    monkeypatch.setattr(fixing, "fix", fix)
    return asked


def test_a_fix_that_failed_is_an_error(fixed: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    fixed["problems"] = [Problem("app.py", "it is read-only")]
    assert main(["--fix"]) == 2
    assert capsys.readouterr().err == "error: app.py: it is read-only\n"


def test_fix_says_how_many_it_fixed_and_that_nothing_remains(
    fixed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--fix", "app.py"]) == 0
    assert (
        capsys.readouterr().out
        == "Fixed 2 findings in 1 file.\nAll good: nothing to report in 3 files (0.25 s).\n"
    )
    assert (fixed["paths"], fixed["unsafe"]) == ([Path("app.py")], False)


def test_fix_prints_what_remains(
    fixed: dict[str, Any], engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.report.diagnostics = [FOUND]
    assert main(["--fix", "--unsafe-fixes"]) == 1
    assert capsys.readouterr().out == SHOWN + "\nFixed 2 findings in 1 file." + SUMMARY
    assert fixed["unsafe"] is True


def test_fix_with_json_says_what_it_fixed_on_stderr(
    fixed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--fix", "--output-format", "json"]) == 0
    assert capsys.readouterr() == ("[]\n", "Fixed 2 findings in 1 file.\n")


# Rules


def test_rules_are_listed(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").unlink()
    assert main(["rules"]) == 0
    heading, unused, malformed, unexplained, *ours = capsys.readouterr().out.splitlines()
    assert heading == "code   name                        severity  default  fix     summary"
    assert unused.startswith("FL001  unused-suppression          warning   yes      -       A comment")
    assert malformed.startswith("FL002  malformed-suppression       warning   yes      -       A comment")
    assert unexplained.startswith("FL003  suppression-without-reason  warning   no       -       A comment")
    assert ours == [
        f"{'FL102  blocking-http-call          error     yes      unsafe'}  {PAGE.splitlines()[0]}",
        "FL909  strict-thing                warning   no       -       Advice that is off by default.",
    ]


def test_rules_say_which_of_them_the_project_runs(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text("[tool.fastlint]\nextend-select = ['FL9']\nignore = ['FL001', 'FL1']\n")
    assert main(["rules"]) == 0
    heading, *lines = [line.split()[:5] for line in capsys.readouterr().out.splitlines()]
    assert heading == ["code", "name", "severity", "default", "here"]
    assert [(line[0], line[4]) for line in lines] == [
        ("FL001", "no"),
        ("FL002", "yes"),
        ("FL003", "no"),
        ("FL102", "no"),
        ("FL909", "yes"),
    ]


def test_rules_have_the_severity_that_the_project_gives_them(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("pyproject.toml").write_text(
        "[tool.fastlint.severity]\nALL = 'info'\nFL1 = 'warning'\nunused-suppression = 'error'\n"
    )
    assert main(["rules"]) == 0
    shown = {line.split()[0]: line.split()[2] for line in capsys.readouterr().out.splitlines()[1:]}
    assert shown == {
        "FL001": "error",
        "FL002": "info",
        "FL003": "info",
        "FL102": "warning",
        "FL909": "info",
    }
    assert main(["rules", "--output-format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {each["code"]: each["severity"] for each in found} == shown
    assert [each["default_severity"] for each in found[3:]] == ["error", "warning"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--select", "FL1"], ["FL102"]),
        (["--select", "strict-thing,FL001"], ["FL001", "FL909"]),
        (["--enabled"], ["FL001", "FL002", "FL102"]),
        (["--enabled", "--select", "FL9"], []),
    ],
    ids=" ".join,
)
def test_rules_can_be_chosen(
    options: list[str], expected: list[str], engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "--output-format", "json", *options]) == 0
    assert [each["code"] for each in json.loads(capsys.readouterr().out)] == expected


def test_rules_as_json_have_all_that_is_known(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--output-format", "json", "--select", "FL102"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "code": "FL102",
            "name": "blocking-http-call",
            "family": "family",
            "severity": "error",
            "default_severity": "error",
            "default": True,
            "enabled": True,
            "fixes": [{"title": "Run it in the threadpool", "safety": "unsafe"}],
            "versions": None,
            "since": "0.1",
            "summary": "A blocking HTTP call stops the event loop.",
            "source": "https://fastapi.tiangolo.com/async/",
            "url": "https://fastapi.tiangolo.com/async/",
            "page": PAGE.strip(),
        }
    ]


def test_rules_as_markdown_have_their_pages(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--output-format", "markdown"]) == 0
    out = capsys.readouterr().out
    row = "| FL102 | blocking-http-call | error | yes | unsafe | A blocking HTTP call stops the event loop. |"
    assert row in out.splitlines()
    assert f"\n# blocking-http-call (FL102)\n\n{PAGE}\n" in out


def test_rules_are_listed_where_the_configuration_is_broken(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("pyproject.toml").write_text("[tool.fastlint]\nselect = ['blocking-http']\n")
    assert main(["rules"]) == 2
    out, err = capsys.readouterr()
    assert "blocking-http-call" in out
    assert "pyproject.toml:2: unknown rule `blocking-http`" in err


def test_the_pages_of_several_rules_are_printed_one_after_the_other(
    rules: tuple[Rule, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rule", "FL909", "FL102"]) == 0
    out = capsys.readouterr().out
    assert 0 == out.index("strict-thing (FL909)") < out.index("blocking-http-call (FL102)")
    assert main(["rule", "--all"]) == 0
    assert [code in capsys.readouterr().out for code in ("FL001",)] == [True]


@pytest.mark.parametrize("arguments", [["rule"], ["rule", "FL102", "--all"]], ids=" ".join)
def test_a_page_needs_a_name_or_all_of_them(
    arguments: list[str], rules: tuple[Rule, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "error: name one rule or more, or give --all" in capsys.readouterr().err


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_the_page_on_a_terminal_is_as_wide_as_it(
    width: int, rules: tuple[Rule, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fastlint.output.terminal import Screen

    monkeypatch.setattr(Screen, "of", lambda *_: Screen(width=width))
    assert main(["rule", "FL102"]) == 0
    addresses = ("silence", "source", "page")  # these are not wrapped
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.strip().startswith(addresses)]
    assert max(len(line.rstrip()) for line in lines) <= min(width, 100)


@pytest.mark.parametrize("name", ["FL102", "fl102", "blocking-http-call"])
def test_the_page_of_a_rule_is_printed(
    name: str, rules: tuple[Rule, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rule", name]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"blocking-http-call (FL102)\n\n{PAGE}\n")
    assert "source:    https://fastapi.tiangolo.com/async/" in out


@pytest.mark.parametrize("name", ["FL001", "unused-suppression", "fl002"])
def test_what_the_engine_reports_itself_has_a_page(
    name: str, rules: tuple[Rule, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rule", name]) == 0
    assert "\n## When it is fine\n" in capsys.readouterr().out


def test_the_page_is_rendered_on_a_terminal(
    rules: tuple[Rule, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert main(["rule", "FL102"]) == 0
    out = capsys.readouterr().out
    assert "\x1b[1;31mblocking-http-call\x1b[0m  \x1b[2mFL102\x1b[0m" in out
    assert "Every other request waits until it returns." in out
    assert "# fastlint: ignore[blocking-http-call]" in out


def test_an_unknown_rule_names_the_nearest(
    rules: tuple[Rule, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rule", "blocking-http"]) == 2
    assert "unknown rule `blocking-http`, did you mean `blocking-http-call`?" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["FL1", "fl1", "FL"])
def test_the_beginning_of_a_code_leads_to_the_list_of_its_rules(
    name: str, rules: tuple[Rule, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rule", name]) == 2
    listing = f"`fastlint rules --select {name.upper()}` lists its rules"
    expected = f"error: `{name}` is the beginning of a code: {listing}"
    assert capsys.readouterr().err.startswith(expected)


# What goes wrong


def test_an_unexpected_error_is_one_line(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fastlint.engine.lint", broken)
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: internal error in fastlint.")
    assert err.endswith("ZeroDivisionError: in two lines (please report; --verbose shows the traceback)\n")
    assert err.count("\n") == 1


def test_verbose_shows_the_traceback(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fastlint.engine.lint", broken)
    assert main(["--verbose"]) == 2
    assert capsys.readouterr().err.startswith("Traceback (most recent call last):\n")


def broken(*arguments: Any, **more: Any) -> Report:
    raise ZeroDivisionError("in two\nlines")


def test_an_interrupt_ends_quietly(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: Any, **more: Any) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr("fastlint.engine.lint", interrupted)
    assert main([]) == 130
    assert capsys.readouterr() == ("", "")


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import fastlint.engine
from fastlint import registry
from fastlint.cli import main
from fastlint.report import Report
from fastlint.rule import Rule
from test_cli import FIX, FOUND, wrap
root = Path.cwd()
rule = Rule("a.b.c", code="FL102", severity=FOUND.severity, since="", source="")
rule.fix(FIX.title, FIX.safety)(wrap)
registry.all_rules = lambda: (rule,)
report = Report(root, [FOUND] * int(sys.argv[2]), files=3, seconds=0.25)
fastlint.engine.lint = lambda paths, settings, **more: report
code = main(sys.argv[3:])
assert "rich" not in sys.modules
sys.exit(code)
"""


def fastlint(found: int, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    """The command line in a process of its own, with this many findings."""
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(found), *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": ENVIRONMENT}
    return subprocess.Popen(command, **{**pipes, **more})


@pytest.mark.skipif(os.name == "nt", reason="pipes break in another way on Windows")
@pytest.mark.parametrize("found", [1, 1000], ids=["at the end", "in the middle"])
@pytest.mark.parametrize("options", [[], ["--output-format", "json"]], ids=["text", "json"])
def test_a_reader_that_leaves_ends_it_quietly(found: int, options: list[str], engine: Engine) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = fastlint(found, *options, stdout=writer)
    os.close(writer)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("found", [1, 1000], ids=["at the end", "in the middle"])
def test_a_full_disk_is_one_line(found: int, engine: Engine) -> None:
    with Path("/dev/full").open("wb") as full:
        process = fastlint(found, stdout=full)
        _, err = process.communicate()
    assert (process.returncode, err) == (2, b"error: cannot write the output: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "arguments", [["--help"], ["rule", "--help"], ["completion", "bash"]], ids=lambda each: " ".join(each)
)
def test_a_full_disk_is_one_line_for_what_is_not_about_findings_too(
    arguments: list[str], engine: Engine
) -> None:
    with Path("/dev/full").open("wb") as full:
        process = fastlint(0, *arguments, stdout=full)
        _, err = process.communicate()
    assert (process.returncode, err) == (2, b"error: cannot write the output: No space left on device\n")


@pytest.mark.skipif(os.name == "nt", reason="shells of Windows cannot close a stream")
def test_a_closed_output_is_no_error(engine: Engine) -> None:
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), "1"]
    shown = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command], capture_output=True, check=False, env=ENVIRONMENT
    )
    assert (shown.returncode, shown.stderr) == (1, b"")


def test_output_that_cannot_hold_a_character_gets_a_question_mark(engine: Engine) -> None:
    Path("app.py").write_text("x = '日本…'\nrequests.get('/')\n", encoding="utf-8")
    process = fastlint(1, "-q", env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    out, err = process.communicate()
    assert (process.returncode, err) == (1, b"")
    assert b"    1 | x = '????...'" in out or b"    1 | x = '?????'" in out


def test_findings_in_a_pipe_have_no_colour_and_need_no_rich(engine: Engine) -> None:
    process = fastlint(1)
    out, err = process.communicate()
    assert (process.returncode, err) == (1, b"")
    assert out.decode().startswith(SHOWN.replace("\n", os.linesep))


# With the real engine and the real rules


REFUSED = """\
import time

from fastapi import FastAPI, Request

app = FastAPI()


@app.get("/")
async def home(request: Request, seconds: int):
    await request.body()
    list(time.sleep(1) for _ in range(seconds))
    time.sleep(*[1])
"""


@pytest.mark.parametrize("statistics", [[], ["--statistics"]])
def test_no_fix_is_offered_that_is_refused_when_it_is_tried(
    statistics: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "app.py").write_text(REFUSED)
    assert main([*statistics, "--fix"]) == 1
    out = capsys.readouterr().out
    assert "Found 2 errors" in out
    assert "fix" not in out
    assert (project / "app.py").read_text() == REFUSED


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app.py").write_text(
        "import time\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        "@app.get('/')\nasync def home():\n    time.sleep(1)\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_project_with_a_mistake(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("app.py:10:5  error  blocking-sleep (FL101)\n")
    assert "\n   10 |     time.sleep(1)\n      |     ^^^^^^^^^^^^^ " in out
    assert "\nFound 1 error in 1 file (" in out
    assert err == ""


def test_a_rule_that_fails_is_one_line_and_verbose_shows_its_traceback(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Rule, "check", broken)
    assert main(["--select", "blocking-sleep", "--no-cache"]) == 2
    err = capsys.readouterr().err
    assert ": `blocking-sleep` failed: ZeroDivisionError: in two lines (in fastlint." in err
    assert err.count("\n") == 1
    assert main(["--select", "blocking-sleep", "--no-cache", "--verbose"]) == 2
    assert "\nTraceback (most recent call last):\n" in capsys.readouterr().err


def test_a_project_with_a_mistake_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["code"], found["filename"]) == ("FL101", str(project / "app.py"))
    assert found["location"] == {"row": 10, "column": 5}
    assert found["url"].endswith("/docs/rules/blocking-sleep.md")


def test_fix_and_diff_leave_a_clean_project_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (project / "app.py").read_bytes()
    assert main(["--ignore", "ALL", "--diff"]) == 0
    assert main(["--ignore", "ALL", "--fix"]) == 0
    assert capsys.readouterr().out.startswith("All good: nothing to report in 1 file (")
    assert (project / "app.py").read_bytes() == before


def test_a_broken_file_is_named_and_the_rest_is_checked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "broken.py").write_text("from fastapi import FastAPI\ndef (:\n")
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert "blocking-sleep" in out
    assert err.startswith("error: broken.py:2:5: syntax error")
    assert err.count("\n") == 1


# Progress


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_long_run_shows_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastlint.cli import progress

    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "FRAME", 0.0)
    with progress.Bar() as bar:
        bar(1, 10)
        bar(5, 10)
    assert "5/10" in stream.getvalue()


def test_a_short_run_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastlint.cli import progress

    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.Bar() as bar:
        bar(1, 10)
    assert stream.getvalue() == ""


def test_a_run_that_nobody_watches_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastlint.cli import progress

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with progress.Bar() as bar:
        bar(1, 10)
    assert stream.getvalue() == ""


# Help, version, start-up


@pytest.mark.parametrize("arguments", [["--version"], ["-q", "--version"], ["check", "--version"]])
def test_the_version_is_printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"fastlint {__version__}\n"


def test_the_help_reads_well(
    snapshot: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots" / "cli"
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["--help"]) == 0
    snapshot.assert_match(capsys.readouterr().out, "help.txt")


@pytest.mark.parametrize("command", ["check", "hook", "rules", "rule", "routes", "graph"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "-h"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: fastlint {command}")


def modules_after(*arguments: str) -> set[str]:
    program = "import sys; from fastlint.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    return set(shown.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--version"], ["-q", "--version"], ["--help"]], ids=" ".join)
def test_start_up_imports_nothing_that_is_not_needed(arguments: list[str]) -> None:
    heavy = {"rich", "libcst", "astroid", "msgspec", "fastlint.rule", "fastlint_rules", "fastlint.config"}
    assert modules_after(*arguments) & heavy == set()


def test_a_clean_run_over_what_is_known_imports_neither_rules_nor_the_model(project: Path) -> None:
    (project / "app.py").write_text("x = 1\n")
    modules_after()
    libraries = {"rich", "libcst", "astroid", "pathspec", "packaging", "importlib.metadata"}
    modules = ("model", "index", "knowledge", "registry", "git", "introduced")
    ours = {"fastlint_rules", *(f"fastlint.{name}" for name in modules)}
    assert modules_after() & (libraries | ours) == set()


def test_the_version_does_not_even_import_click() -> None:
    assert "click" not in modules_after("--version")


def test_it_runs_as_a_module() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "fastlint", "--version"],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    assert shown.stdout == f"fastlint {__version__}\n"


@pytest.mark.skipif(os.name == "nt", reason="signals are another thing on Windows")
def test_a_real_interrupt_leaves_no_traceback(engine: Engine) -> None:
    program = """
import sys, time
import fastlint.engine
from fastlint import registry
from fastlint.cache.store import KEY_VARIABLE
from fastlint.cli import main
from fastlint.diagnostic import Severity
from fastlint.rule import Rule
registry.all_rules = lambda: (Rule("a.b.c", code="FL102", severity=Severity.INFO, since="", source=""),)
def lint(*arguments, **more):
    print("ready", flush=True)
    time.sleep(30)
fastlint.engine.lint = lint
sys.exit(main([]))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, b"")
