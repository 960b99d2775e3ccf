"""`--diff-base` and `--staged`: what a change introduced, and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fastlint.cli import main
from tests.repository import Git, git, needs_git

__all__ = ["git"]
pytestmark = needs_git

APP = """\
import time

from fastapi import FastAPI

from helper import price

app = FastAPI()


@app.get("/old")
async def old():
    time.sleep(1)


@app.get("/price")
async def total(basket: str):
    return price(basket)
"""
QUICK = "def price(basket):\n    return len(basket)\n"
SLOW = "import time\n\n\ndef price(basket):\n    time.sleep(2)\n    return len(basket)\n"
ROUTE = '\n\n@app.get("/new")\nasync def new():\n    time.sleep(3)\n'
OLD, CALL = "app.py:12", "app.py:17"


@pytest.fixture
def shop(git: Git) -> Git:
    """A project with one old mistake, committed on `main`."""
    git.commit(app=APP, helper=QUICK)
    return git


def found(capsys: pytest.CaptureFixture[str], *arguments: str, code: int | None = None) -> list[str]:
    """Where the findings of a run are."""
    capsys.readouterr()
    got = main([*arguments, "--output-format", "json"])
    out, err = capsys.readouterr()
    findings = json.loads(out)
    assert got == (bool(findings) if code is None else code), err
    root = Path(os.path.realpath("."))
    return [
        f"{Path(os.path.relpath(each['filename'], root)).as_posix()}:{each['location']['row']}"
        for each in findings
    ]


# What is new


def test_nothing_changed_is_nothing_new(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--diff-base", "main"]) == main(["--staged"]) == 0
    assert capsys.readouterr().out == (
        "All good: nothing new since main.\nAll good: nothing new since HEAD.\n"
    )


def test_a_helper_that_blocks_now_is_reported_at_the_route_in_the_file_that_did_not_change(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("helper.py", SLOW)
    assert found(capsys, "--diff-base", "HEAD") == [CALL]
    assert found(capsys, "--staged") == []
    shop("add", "helper.py")
    assert found(capsys, "--staged") == [CALL]
    shop("switch", "--quiet", "--create", "topic")
    shop.commit()
    assert found(capsys, "--staged") == []
    assert found(capsys, "--diff-base", "main") == [CALL]


def test_the_summary_says_since_when_and_how_much_was_there_before(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("helper.py", SLOW)
    assert main(["--diff-base", "main"]) == 1
    out = capsys.readouterr().out
    assert "\nNew since main: 1 error in 2 files (" in out
    assert "\n1 finding from before is not shown.\n" in out


def test_lines_that_move_and_lines_that_go_introduce_nothing(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("app.py", "# The shop.\n\n" + APP)
    assert found(capsys, "--diff-base", "main") == []
    shop.write("app.py", APP.replace("    time.sleep(1)\n", "    pass\n"))
    assert found(capsys, "--diff-base", "main") == []


def test_a_file_that_git_saw_renamed_keeps_its_findings(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop("mv", "app.py", "main.py")
    shop.write("main.py", APP + ROUTE)
    assert found(capsys, "--diff-base", "main") == ["main.py:22"]
    assert found(capsys, "--staged") == []
    shop("add", "main.py")
    assert found(capsys, "--staged") == ["main.py:22"]


def test_what_a_version_brings_is_new(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    """The rule follows what the project declares, which is part of the change."""
    code = APP.replace('get("/old")', 'on_event("startup")').replace("    time.sleep(1)\n", "    pass\n")
    shop.write("requirements.txt", "fastapi==0.80\n")
    shop.commit(app=code)
    before = found(capsys, "--select", "on-event")
    shop.write("requirements.txt", "fastapi==0.115\n")
    after = found(capsys, "--select", "on-event")
    assert found(capsys, "--select", "on-event", "--diff-base", "HEAD") == [
        each for each in after if each not in before
    ]
    assert (before, after) == ([], ["app.py:10"])


def test_a_rule_that_is_selected_now_was_selected_then(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("fastlint.toml", 'ignore = ["blocking-sleep"]\n')
    shop.commit()
    shop.write("fastlint.toml", "")
    assert found(capsys) == [OLD]
    assert found(capsys, "--diff-base", "HEAD") == []


def test_settings_of_a_folder_are_those_of_now_too(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("backend/fastlint.toml", 'ignore = ["blocking-sleep"]\n')
    shop.commit(backend__main=APP)
    shop.write("backend/fastlint.toml", "")
    assert found(capsys, "backend") == ["backend/main.py:12"]
    assert found(capsys, "--diff-base", "HEAD") == []
    shop("add", "--all")
    assert found(capsys, "--staged") == []


def test_a_suppression_that_goes_leaves_something_new(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    silenced = APP.replace("sleep(1)", "sleep(1)  # fastlint: ignore[blocking-sleep]")
    shop.commit(app=silenced)
    shop.write("app.py", APP)
    assert found(capsys, "--diff-base", "HEAD") == [OLD]


def test_uncommitted_and_untracked_files_count(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("other.py", APP)
    assert found(capsys, "--diff-base", "HEAD") == ["other.py:12"]
    assert found(capsys, "--staged") == []


def test_the_base_is_where_the_branch_left(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    """What happened on `main` since then is none of the branch's."""
    shop("switch", "--quiet", "--create", "topic")
    shop.commit(helper=SLOW)
    shop("switch", "--quiet", "main")
    shop.commit(app=APP.replace("    time.sleep(1)\n", "    pass\n"))
    shop("switch", "--quiet", "topic")
    assert found(capsys, "--diff-base", "main") == [CALL]


def test_paths_narrow_what_is_reported(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("helper.py", SLOW)
    shop("add", "--all")
    for option in (["--diff-base", "main"], ["--staged"]):
        assert found(capsys, *option, "helper.py") == []
        assert found(capsys, *option, "app.py") == [CALL]


def test_it_starts_in_a_folder_too(
    shop: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.commit(backend__main=APP)
    shop.write("backend/main.py", APP + ROUTE)
    shop.write("helper.py", SLOW)
    shop("add", "--all")
    monkeypatch.chdir("backend")
    assert found(capsys, "--diff-base", "HEAD") == found(capsys, "--staged") == ["main.py:17", "main.py:22"]


def test_a_file_that_is_excluded_and_named_is_compared_too(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("fastlint.toml", 'extend-exclude = ["generated"]\n')
    shop.commit(generated__main=APP)
    shop.write("generated/main.py", APP + ROUTE)
    shop("add", "--all")
    for option in (["--diff-base", "HEAD"], ["--staged"]):
        assert found(capsys, *option, "generated/main.py") == ["generated/main.py:22"]
        assert found(capsys, *option, "--force-exclude", "generated/main.py") == []


def test_a_file_that_could_not_be_read_before_is_no_news(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.commit(broken="import fastapi\ndef (:\n")
    shop.write("helper.py", SLOW)
    assert main([]) == 2
    assert found(capsys, "--diff-base", "HEAD") == [CALL]
    shop.write("worse.py", "import fastapi\ndef (:\n")
    assert found(capsys, "--diff-base", "HEAD", code=2) == [CALL]


def test_fix_mends_only_what_is_new(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("app.py", APP + ROUTE)
    assert main(["--fix", "--diff-base", "HEAD"]) == 0
    fixed = (shop.folder / "app.py").read_text()
    assert "time.sleep(1)" in fixed
    assert "await asyncio.sleep(3)" in fixed


@pytest.mark.parametrize("option", [["--no-cache"], []])
def test_the_cache_changes_nothing(option: list[str], shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("helper.py", SLOW)
    shop("add", "--all")
    for _ in range(2):
        assert found(capsys, *option, "--diff-base", "HEAD") == [CALL]
        assert found(capsys, *option, "--staged") == [CALL]
    shop.write("helper.py", QUICK)
    assert found(capsys, *option, "--diff-base", "HEAD") == []


def test_nothing_is_left_behind(shop: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = shop.folder.parent / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    shop.write("helper.py", SLOW)
    shop("add", "--all")
    shop.write("helper.py", QUICK)
    before = shop("count-objects")
    assert main(["--staged"]) == 1
    assert main(["--diff-base", "HEAD"]) == 0
    assert list(temporary.iterdir()) == []
    assert shop("count-objects") == before


# The index


def test_of_a_partly_staged_file_the_staged_content_counts(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("app.py", APP + ROUTE)
    shop("add", "app.py")
    shop.write("app.py", "")
    assert main(["--staged"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("app.py:22:5  error  blocking-sleep (FL101)\n   21 | async def new():\n")
    shop("add", "app.py")
    shop.write("app.py", APP + ROUTE)
    assert found(capsys, "--staged") == []


def test_a_file_that_is_staged_as_gone_is_gone(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("app.py", APP + ROUTE)
    shop("add", "--all")
    shop("rm", "--cached", "--quiet", "app.py")
    assert found(capsys, "--staged") == []
    assert found(capsys, "--staged", "app.py") == []


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_to_a_file_of_the_project_is_not_that_file(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("app.py", APP + ROUTE)
    (shop.folder / "link.py").symlink_to("app.py")
    shop("add", "--all")
    assert found(capsys, "--staged", "link.py") == []


def test_the_first_commit_is_all_new(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write("app.py", APP)
    git.write("helper.py", QUICK)
    assert found(capsys, "--staged") == []
    git("add", "--all")
    assert found(capsys, "--staged") == [OLD]


def test_what_a_merge_takes_over_is_not_new(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop("switch", "--quiet", "--create", "topic")
    shop.commit(helper=SLOW)
    shop("switch", "--quiet", "main")
    shop.commit(app=APP.replace("/price", "/total"))
    shop("merge", "--quiet", "--no-commit", "topic")
    assert found(capsys, "--staged") == []
    shop.write("app.py", APP.replace("/price", "/total") + ROUTE)
    shop("add", "--all")
    assert found(capsys, "--staged") == ["app.py:22"]


def test_broken_settings_that_are_staged_are_one_line_about_the_project(
    shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("backend/fastlint.toml", "selekt = []\n")
    shop("add", "--all")
    shop.write("helper.py", SLOW)
    assert main(["--staged"]) == 2
    place = Path(os.path.realpath("backend")) / "fastlint.toml"
    assert capsys.readouterr().err == f"error: {place}:1: unknown key `selekt`, did you mean `select`?\n"


def test_conflicts_are_one_line(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop("switch", "--quiet", "--create", "topic")
    shop.commit(helper=SLOW)
    shop("switch", "--quiet", "main")
    shop.commit(helper=QUICK.replace("len", "sum"))
    with pytest.raises(AssertionError):
        shop("merge", "topic")
    assert main(["--staged"]) == 2
    assert capsys.readouterr().err == "error: --staged: helper.py has conflicts that are not resolved\n"


def test_the_index_of_a_commit_that_is_under_way_counts(
    shop: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git commit -a` and `git commit FILE` have one of their own, told by a relative path."""
    shop.write("helper.py", SLOW)
    shop("add", "--all", GIT_INDEX_FILE=".git/next-index-1.lock")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index-1.lock")
    assert found(capsys, "--staged") == [CALL]
    monkeypatch.delenv("GIT_INDEX_FILE")
    shop("read-tree", "HEAD")
    assert found(capsys, "--staged") == []


def test_the_hook_of_another_repository_does_not_speak_of_this_one(
    shop: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = Git(tmp_path / "other")
    other.folder.mkdir()
    other("init", "--quiet")
    other.commit(main="X = 1\n")
    shop.write("helper.py", SLOW)
    shop("add", "--all")
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.folder / ".git" / "index"))
    assert found(capsys, "--staged") == [CALL]
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    assert found(capsys, "--staged") == [CALL]


def test_a_diff_of_what_is_staged_is_shown(shop: Git, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("app.py", APP + ROUTE)
    shop("add", "--all")
    shop.write("app.py", "")
    assert main(["--staged", "--diff"]) == 1
    out = capsys.readouterr().out
    assert "--- a/app.py" in out or "--- app.py" in out
    assert "+    await asyncio.sleep(3)" in out
    assert "-    time.sleep(1)" not in out


# What cannot be done


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--diff-base", "nowhere"], "--diff-base: `nowhere` is no commit in this repository"),
        (["--diff-base", ""], "--diff-base names no commit"),
        (["--diff-base", "--output=x"], "--diff-base: `--output=x` is no commit in this repository"),
        (["--diff-base", "main..HEAD"], "--diff-base: `main..HEAD` is no commit in this repository"),
        (["--diff-base", "main:app.py"], "--diff-base: `main:app.py` is no commit in this repository"),
        (["--staged", "--diff-base", "main"], "--staged compares with HEAD: leave out --diff-base (see"),
        (["--staged", "--fix"], "--staged looks at what is staged, and --fix writes to the working tree"),
        (["--staged", "app.py", "gone.py"], "gone.py: cannot be read: no such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: list[str], said: str, shop: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {said}")
    assert err.count("\n") == 1


def test_without_a_repository_there_is_nothing_to_compare_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for option in (["--diff-base", "main"], ["--staged"]):
        assert main(option) == 2
        err = capsys.readouterr().err
        assert err == f"error: {option[0]}: {tmp_path} is in no git repository\n"


def test_without_git_it_says_so(
    shop: Git, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["--staged"]) == 2
    assert capsys.readouterr().err == "error: --staged: git is not installed, or not in PATH\n"


def test_a_shallow_clone_says_what_to_fetch(
    shop: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop("switch", "--quiet", "--create", "topic")
    shop.commit(helper=SLOW)
    shop("switch", "--quiet", "main")
    shop.commit(other="X = 1\n")
    shop("clone", "--quiet", "--depth=1", "--branch=topic", shop.folder.as_uri(), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    assert main(["--diff-base", "origin/main"]) == 2
    command = "git fetch --unshallow origin +main:refs/remotes/origin/main"
    assert capsys.readouterr().err == (
        "error: --diff-base: `origin/main` is no commit in this repository: fetch it first "
        f"(`{command}`; in GitHub Actions, `fetch-depth: 0` for actions/checkout)\n"
    )
    clone = Git(tmp_path / "clone")
    clone("fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main")
    assert main(["--diff-base", "origin/main"]) == 2
    assert capsys.readouterr().err.startswith("error: --diff-base: `origin/main` and HEAD have no commit in")
    clone(*command.split()[1:])
    assert found(capsys, "--diff-base", "origin/main") == [CALL]
