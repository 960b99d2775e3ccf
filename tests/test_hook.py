"""`fastlint hook`: what pre-commit asks for, as far as one can tell from what it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fastlint.cli import main
from tests.repository import Git, git, needs_git
from tests.test_changed import APP, CALL, OLD, QUICK, ROUTE, SLOW, found, shop

__all__ = ["git", "shop"]
pytestmark = needs_git


def test_of_a_commit_it_reports_what_is_new_in_whatever_file(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("helper.py", SLOW)
    shop("add", "helper.py")
    assert found(capsys, "hook", "helper.py") == [CALL]
    assert found(capsys, "hook") == [CALL]


def test_it_reports_all_of_files_that_are_no_commit(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    """`pre-commit run --all-files`, whatever is staged."""
    assert found(capsys, "hook", "app.py", "helper.py") == [OLD]
    assert found(capsys, "hook", "helper.py") == []
    shop.write("helper.py", SLOW)
    shop("add", "helper.py")
    assert found(capsys, "hook", "app.py", "helper.py") == [OLD, CALL]


def test_it_leaves_out_what_is_excluded_and_what_is_no_code(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("fastlint.toml", 'extend-exclude = ["generated"]\n')
    shop.write("generated/main.py", APP)
    assert found(capsys, "hook", "generated/main.py", "fastlint.toml") == []
    shop("add", "--all")
    assert found(capsys, "hook", "generated/main.py", "fastlint.toml") == []


def test_the_first_commit_is_all_new(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write("app.py", APP)
    git("add", "--all")
    assert found(capsys, "hook", "app.py") == [OLD]
    assert main(["hook", "--fix", "app.py"]) == 0


def test_fix_mends_what_is_new_in_the_named_files(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("app.py", APP + ROUTE)
    shop.write("untracked.py", APP)
    shop("add", "app.py")
    assert main(["hook", "--fix", "app.py"]) == 0
    fixed = (shop.folder / "app.py").read_text()
    assert "time.sleep(1)" in fixed
    assert "asyncio.sleep(3)" in fixed
    assert (shop.folder / "untracked.py").read_text() == APP


def test_fix_mends_all_of_files_that_are_no_commit(shop: Git) -> None:
    assert main(["hook", "--fix", "app.py", "helper.py"]) == 0
    assert "asyncio.sleep(1)" in (shop.folder / "app.py").read_text()


def test_between_two_commits_it_reports_what_is_new_since_the_first(
    shop: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pre-commit run --from-ref main --to-ref HEAD`, as in CI and before a push."""
    shop("switch", "--quiet", "--create", "topic")
    shop.commit(helper=SLOW)
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "main")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
    assert found(capsys, "hook", "helper.py") == [CALL]
    shop.commit(other="X = 1\n")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD~1")
    assert found(capsys, "hook", "app.py") == [OLD, CALL]


def test_options_decide_where_they_say_what_to_compare(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("helper.py", SLOW)
    shop("add", "helper.py")
    assert found(capsys, "hook", "--diff-base", "HEAD", "helper.py") == []
    assert found(capsys, "hook", "--staged", "app.py") == [CALL]


def test_what_git_cannot_do_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["hook"]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path} is in no git repository\n"


def test_the_hooks_take_the_files_that_can_change_what_is_found() -> None:
    text = (Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text()
    patterns = re.findall(r"^  files: (.*)$", text, re.MULTILINE)
    assert len(patterns) == text.count("- id:") == 2
    for pattern in patterns:
        for path in (
            "app.py",
            "a/pyproject.toml",
            "uv.lock",
            "requirements-dev.txt",
            "requirements/base.txt",
        ):
            assert re.search(pattern, path)
        for path in ("README.md", "notes.txt", "app.pyc", "Pipfile.txt"):
            assert not re.search(pattern, path)


def test_quick_means_nothing_new(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("helper.py", QUICK + "\n\nX = 1\n")
    shop("add", "helper.py")
    assert found(capsys, "hook", "helper.py") == []


def test_in_a_subfolder_it_looks_at_the_whole_project(
    shop: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("helper.py", SLOW)
    shop.write("below/empty.py", "")
    shop("add", "helper.py")
    monkeypatch.chdir(shop.folder / "below")
    assert len(found(capsys, "hook")) == 1
