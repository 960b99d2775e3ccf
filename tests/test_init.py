"""`fastlint init`: a first configuration that says what the project does not, and disturbs nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from fastlint import testing, toml
from fastlint.cli import main
from fastlint.config import load

APP = """\
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def home():
    time.sleep(1)
"""
TESTED = """\
from fastapi import FastAPI

app = FastAPI()


async def seed():
    pass


@app.get("/")
async def home():
    seed()
"""
CLEAN = APP.replace("    time.sleep(1)", "    return 1")
PYPROJECT = """\
# ours
[project]
name = "shop"  # the name
dependencies = ["fastapi>=0.115"]

[tool.ruff]
line-length = 100
"""
ADDED = "[tool.fastlint]\n# Every key: https://github.com/fastlint/fastlint/blob/main/docs/configuration.md\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "project"
    testing.write(root, {".git/HEAD": "", "pyproject.toml": PYPROJECT, "app.py": APP})
    monkeypatch.chdir(root)
    return root


Captured = pytest.CaptureFixture[str]


# What is written where


def test_a_table_is_added_at_the_end_of_pyproject(project: Path, capsys: Captured) -> None:
    assert main(["init"]) == 0
    assert (project / "pyproject.toml").read_text() == f"{PYPROJECT}\n{ADDED}"
    assert capsys.readouterr().out.startswith("Added [tool.fastlint] to pyproject.toml.\n")
    assert load(project).config_file == project / "pyproject.toml"


@pytest.mark.parametrize(
    ("before", "gap"),
    [
        pytest.param(b"", b"", id="empty"),
        pytest.param(b"[a]\nb = 1", b"\n\n", id="no newline at the end"),
        pytest.param(b"[a]\nb = 1\n\n", b"", id="a blank line at the end"),
        pytest.param(b"\xef\xbb\xbf[a]\nb = 1\n", b"\n", id="byte order mark"),
        pytest.param("[tool.b]\nc = 'é'\n".encode(), b"\n", id="not ascii"),
    ],
)
def test_what_is_there_stays_byte_for_byte(before: bytes, gap: bytes, project: Path) -> None:
    (project / "pyproject.toml").write_bytes(before)
    assert main(["init"]) == 0
    after = (project / "pyproject.toml").read_bytes()
    assert after.startswith(before + gap + ADDED.encode())


def test_line_ends_are_those_of_the_file(project: Path) -> None:
    (project / "pyproject.toml").write_bytes(PYPROJECT.replace("\n", "\r\n").encode())
    assert main(["init"]) == 0
    after = (project / "pyproject.toml").read_bytes()
    assert after == f"{PYPROJECT}\n{ADDED}".replace("\n", "\r\n").encode()


@pytest.mark.skipif(os.name == "nt", reason="modes are another thing on Windows")
def test_the_mode_stays_and_a_link_is_followed(project: Path) -> None:
    (project / "pyproject.toml").rename(project / "real.toml")
    (project / "real.toml").chmod(0o640)
    (project / "pyproject.toml").symlink_to("real.toml")
    assert main(["init"]) == 0
    assert (project / "pyproject.toml").is_symlink()
    assert ((project / "real.toml").stat().st_mode & 0o777) == 0o640
    assert "tool.fastlint" in (project / "real.toml").read_text()


def test_without_pyproject_the_settings_get_a_file_of_their_own(project: Path, capsys: Captured) -> None:
    (project / "pyproject.toml").unlink()
    testing.write(project, {"requirements.txt": "fastapi>=0.115\n"})
    assert main(["init"]) == 0
    assert (project / "fastlint.toml").read_text() == ADDED.partition("\n")[2]
    assert capsys.readouterr().out.startswith("Wrote fastlint.toml.\n")


def test_the_nearest_pyproject_counts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    testing.write(project, {"backend/pyproject.toml": "", "backend/app/main.py": CLEAN})
    monkeypatch.chdir("backend/app")
    assert main(["init"]) == 0
    assert "tool.fastlint" in (project / "backend/pyproject.toml").read_text()
    assert (project / "pyproject.toml").read_text() == PYPROJECT


def test_the_only_pyproject_below_counts(project: Path) -> None:
    (project / "pyproject.toml").rename(project / "away.txt")
    testing.write(project, {"backend/pyproject.toml": "", "backend/app/main.py": CLEAN})
    assert main(["init"]) == 0
    assert "tool.fastlint" in (project / "backend/pyproject.toml").read_text()


def test_of_several_below_none_is_chosen(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    testing.write(project, dict.fromkeys(["a/pyproject.toml", "b/pyproject.toml"], ""))
    testing.write(project, {"a/x.py": CLEAN, "b/x.py": CLEAN})
    assert main(["init"]) == 0
    assert (project / "fastlint.toml").exists()


# What is said


def test_a_source_root_that_nothing_declares_is_declared(project: Path) -> None:
    testing.write(project, {"services/api/shop/__init__.py": "", "services/api/shop/main.py": CLEAN})
    testing.write(project, {"tools/dev/kit/__init__.py": "", "tests/unit/cases/__init__.py": APP})
    assert main(["init"]) == 0
    assert load(project).src == ("services/api",)


def test_paths_begin_at_the_file_that_says_them(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    testing.write(project, {"backend/pyproject.toml": "", "backend/code/shop/__init__.py": CLEAN})
    assert main(["init", "backend"]) == 0
    table = toml.table(toml.parse((project / "backend/pyproject.toml").read_text()), "tool", "fastlint")
    assert table == {"src": ["code"]}


OFFERS = {
    "versions": {"fastapi": ">=0.115"},
    "extend-exclude": ["templates/broken.py"],
    "per-file-ignores": {"tests/*": ["unawaited-coroutine"]},
}


@pytest.mark.parametrize("name", ["pyproject.toml", "fastlint.toml"])
def test_what_the_user_knows_better_is_offered_in_comments(
    name: str, project: Path, capsys: Captured
) -> None:
    (project / "pyproject.toml").write_text("")
    if name == "fastlint.toml":
        (project / "pyproject.toml").unlink()
    testing.write(project, {"app.py": CLEAN, "tests/test_app.py": TESTED})
    testing.write(project, {"templates/broken.py": "{{ x }} = def\n"})
    assert main(["init"]) == 0
    out = capsys.readouterr().out
    assert "The project declares no version of fastapi: see the end of the file." in out
    assert "1 file cannot be read as Python: see the file." in out
    text = (project / name).read_text()
    prefix = ("tool", "fastlint") if name == "pyproject.toml" else ()
    assert toml.table(toml.parse(text), *prefix) == {}
    taken = re.sub(r'^# (?=[a-z-]+ = |\[|")', "", text, flags=re.MULTILINE)
    assert toml.table(toml.parse(taken), *prefix) == OFFERS


def test_a_version_that_is_declared_is_not_asked_for(project: Path, capsys: Captured) -> None:
    assert main(["init"]) == 0
    assert "version" not in capsys.readouterr().out.partition("pre-commit")[0]
    assert "versions" not in (project / "pyproject.toml").read_text()


def test_findings_are_counted_and_the_next_steps_named(project: Path, capsys: Captured) -> None:
    assert main(["init"]) == 0
    out = capsys.readouterr().out
    assert "1 finding in 1 file today:\n1  blocking-sleep  (FL101)  1 fixable\n" in out
    assert "  fastlint baseline " in out
    assert "\n  - repo: https://github.com/fastlint/fastlint\n" in out
    assert "\n      - id: fastlint\n" in out


def test_what_is_done_already_is_no_next_step(project: Path, capsys: Captured) -> None:
    testing.write(project, {"app.py": CLEAN, ".pre-commit-config.yaml": "# fastlint\n"})
    assert main(["init"]) == 0
    out = capsys.readouterr().out
    assert "baseline" not in out
    assert "- repo" not in out
    assert (project / ".pre-commit-config.yaml").read_text() == "# fastlint\n"


def test_a_project_without_the_framework_is_told_so(project: Path, capsys: Captured) -> None:
    testing.write(project, {"app.py": "x = 1\n"})
    assert main(["init"]) == 0
    assert "No file here imports FastAPI" in capsys.readouterr().out


# What is not done


@pytest.mark.parametrize("option", ["--diff", "--dry-run"])
def test_it_can_be_seen_without_being_done(option: str, project: Path, capsys: Captured) -> None:
    assert main(["init", option]) == 0
    out = capsys.readouterr().out
    assert out.startswith("--- a/pyproject.toml\n+++ b/pyproject.toml\n")
    assert "\n+[tool.fastlint]\n" in out
    assert (project / "pyproject.toml").read_text() == PYPROJECT


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "[tool.fastlint]\n"},
        {"fastlint.toml": ""},
        {".fastlint.toml": ""},
        {"pyproject.toml": "[tool]\nfastlint = {}\n"},
    ],
    ids=str,
)
def test_a_project_with_settings_is_left_alone(
    files: dict[str, str], project: Path, capsys: Captured
) -> None:
    testing.write(project, files)
    assert main(["init"]) == 2
    assert main(["init"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 2)
    assert "has settings of fastlint already" in err


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[a\n", "pyproject.toml: "),
        (b"a = '\xff'\n", "pyproject.toml: is not UTF-8"),
        (b"tool = {ruff = {}}\n", "pyproject.toml: `tool` is written so that no table can be added"),
    ],
    ids=["no TOML", "no UTF-8", "an inline table"],
)
def test_a_file_that_cannot_take_a_table_is_left_as_it_is(
    data: bytes, said: str, project: Path, capsys: Captured
) -> None:
    (project / "pyproject.toml").write_bytes(data)
    assert main(["init"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert (project / "pyproject.toml").read_bytes() == data


def test_a_file_that_may_not_be_written_is_left_as_it_is(project: Path, capsys: Captured) -> None:
    (project / "pyproject.toml").chmod(0o444)
    assert main(["init"]) == 2
    assert capsys.readouterr().err == f"error: {project / 'pyproject.toml'}: it is read-only\n"
    assert (project / "pyproject.toml").read_text() == PYPROJECT


def test_a_folder_that_is_missing_is_one_line(project: Path, capsys: Captured) -> None:
    assert main(["init", "nowhere"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
