"""`fastlint completion`, as shells use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fastlint.cli import main
from fastlint.cli.completion import VARIABLE
from tests.test_cli import ENVIRONMENT

COMMANDS = ["check", "clean", "completion", "rule", "rules"]


@pytest.fixture
def completed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What may stand at the end of a line, as bash is told."""

    def completed(line: str, shell: str = "bash") -> list[str]:
        words = line.split(" ")
        monkeypatch.setenv(VARIABLE, f"{shell}_complete")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words) - 1))
        assert main([]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out.splitlines()

    return completed


def test_the_first_word_is_a_command_or_a_path(completed: Any) -> None:
    found = completed("fastlint ")
    assert found[0] == "file,"
    assert {f"plain,{command}" for command in COMMANDS} <= {*found}
    assert completed("fastlint src") == ["file,src"]
    assert completed("fastlint app ") == ["file,"]


def test_options_complete_with_and_without_the_command(completed: Any) -> None:
    assert completed("fastlint --stat") == ["plain,--statistics"]
    assert completed("fastlint check --stat") == ["plain,--statistics"]
    assert completed("fastlint app --stat") == ["plain,--statistics"]


@pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore"])
def test_rules_complete_by_name_and_by_code(option: str, completed: Any) -> None:
    assert completed(f"fastlint {option} shadowed") == ["plain,shadowed-route"]
    assert completed(f"fastlint app {option} fl50") == [
        "plain,FL501",
        "plain,FL502",
        "plain,FL505",
        "plain,FL509",
    ]
    assert "plain,blocking-sleep" in completed(f"fastlint {option} ")


def test_rules_complete_after_a_comma_and_an_equals_sign(completed: Any) -> None:
    assert completed("fastlint --select FL101,origins-as") == ["plain,FL101,origins-as-string"]
    assert completed("fastlint --select = FL407") == ["plain,FL407"]  # as bash splits it


def test_the_rule_to_explain_completes(completed: Any) -> None:
    assert completed("fastlint rule unused") == ["plain,unused-suppression"]
    assert completed("fastlint rule FL101 unused") == ["plain,unused-suppression"]
    assert completed("fastlint rules --select FL407") == ["plain,FL407"]
    assert completed("fastlint completion ") == ["plain,bash", "plain,zsh", "plain,fish"]


def test_zsh_and_fish_are_told_what_a_rule_reports(completed: Any) -> None:
    kind, name, summary = completed("fastlint rule blocking-sl", "zsh")
    assert (kind, name) == ("plain", "blocking-sleep")
    assert summary.startswith("`time.sleep` runs on the event loop")
    assert any("blocking-sleep" in line for line in completed("fastlint rule blocking-sl", "fish"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_says_how_to_install_it(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert f"{VARIABLE}={shell}_complete" in out
    assert out.splitlines()[-1].startswith("# To install it: ")


def test_the_way_of_click_gives_the_same_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["completion", "bash"])
    monkeypatch.setenv(VARIABLE, "bash_source")
    main([])
    out = capsys.readouterr().out
    assert out[: len(out) // 2] == out[len(out) // 2 :]


def test_an_unknown_shell_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", "tcsh"]) == 2
    monkeypatch.setenv(VARIABLE, "tcsh_complete")
    assert main([]) == 2
    assert capsys.readouterr().err.count("\n") == 2


@pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="bash is the judge")
def test_bash_completes(tmp_path: Path) -> None:
    command = tmp_path / "fastlint"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fastlint "$@"\n')
    command.chmod(0o755)
    script = """
        eval "$(fastlint completion bash)"
        complete -p fastlint
        COMP_WORDS=(fastlint --ignore shadow) COMP_CWORD=2
        _fastlint_completion fastlint
        echo "${COMPREPLY[@]}"
    """
    shown = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**ENVIRONMENT, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
    )
    registered, found = shown.stdout.splitlines()
    assert registered.endswith("-F _fastlint_completion fastlint")
    assert found == "shadowed-route"
