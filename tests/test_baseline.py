"""The baseline: runs report what is new, and the file that says what is known."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from fastlint.baseline.file import Entry, read, render
from fastlint.cli import main
from fastlint.config import ConfigError
from fastlint.output.formats import NAMES
from tests.test_cli import modules_after

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git knows what was renamed")

HEAD = "import time\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
FILE = "fastlint-baseline.toml"


def route(name: str, *seconds: int) -> str:
    """A route with a finding for each of its lines."""
    body = "".join(f"    time.sleep({each})\n" for each in seconds) or "    pass\n"
    return f'\n\n@app.get("/{name}")\nasync def {name}() -> None:\n{body}'


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def commit() -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", "change")


class Project:
    """A folder that is the current one, and what fastlint says about it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(text.encode())

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        self._capsys.readouterr()
        code = main([*arguments, "--no-cache"])
        return code, *self._capsys.readouterr()

    def new(self, *arguments: str) -> list[str]:
        """The places of what is reported."""
        _, out, _ = self.run("-q", *arguments)
        return [line.split()[0] for line in out.splitlines() if "  error  " in line]

    @property
    def entries(self) -> list[str]:
        """What the baseline has, and how often."""
        return [
            f"{entry.path} {entry.text} {count}" for entry, count in sorted(read(self.root / FILE)[0].items())
        ]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Project:
    """Two files with two findings each, and the baseline of them."""
    project = Project(tmp_path, capsys)
    project.write("fastlint.toml", "")
    project.write("app/main.py", HEAD + route("a", 1) + route("b", 2))
    project.write("app/more.py", HEAD + route("c", 1, 1))
    monkeypatch.chdir(tmp_path)
    assert project.run("baseline")[0] == 0
    return project


def test_there_is_no_baseline_of_standard_input(project: Project) -> None:
    said = "`-` is standard input, and a baseline knows files: name a file or a folder"
    code, out, err = project.run("baseline", "-")
    assert (code, out) == (2, "")
    assert said in err
    assert "--stdin-filename" not in err


# What a run says


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FL101", "`FL101` holds nothing back here: its name does, `blocking-sleep`"),
        ("FL001", "`FL001` holds nothing back here: its name does, `unused-suppression`"),
        ("bloking-sleep", "unknown rule `bloking-sleep`, did you mean `blocking-sleep`?"),
        ("nope", "unknown rule `nope`: it holds nothing back"),
    ],
)
def test_a_rule_that_is_not_there_is_told_of_with_its_line(rule: str, said: str, project: Project) -> None:
    text = (project.root / FILE).read_text()
    (project.root / FILE).write_text(text + f'\n["other.py".{rule}]\n"<module>: x" = 1\n')
    note = f"{FILE}:{text.count(chr(10)) + 2}: {said}\n"
    assert project.run()[1].endswith(f"\n{note}")
    assert project.run("--output-format", "json", "--select", "FL1")[2].endswith(f"held back.\n{note}")
    assert project.run("baseline", "--prune")[0] == 0
    assert FILE not in project.run()[1]


def test_what_the_engine_itself_reports_is_a_rule_of_the_baseline_too(project: Project) -> None:
    project.write("app/more.py", "import fastapi  # fastlint: ignore[FL101]\n")
    project.run("baseline")
    assert "unused-suppression" in (project.root / FILE).read_text()
    assert FILE not in project.run()[1]


def test_after_it_was_written_a_run_on_the_same_code_finds_nothing_new(project: Project) -> None:
    code, out, err = project.run()
    assert code == 0
    assert out.startswith("All good: nothing to report in 2 files")
    assert out.endswith("\n4 findings of the baseline are held back.\n")
    assert err == ""


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("text", "concise", "markdown")])
def test_beside_a_format_for_programs_stderr_says_what_is_held_back(name: str, project: Project) -> None:
    code, out, err = project.run("--output-format", name)
    assert (code, err) == (0, "4 findings of the baseline are held back.\n")
    assert "held back" not in out
    assert project.run("--output-format", name, "-q") == (0, out, "")


def test_when_all_findings_go_to_files_stderr_says_what_is_held_back(project: Project) -> None:
    assert project.run("--output-format", "text=found.txt") == (
        0,
        "",
        "4 findings of the baseline are held back.\n",
    )


def test_a_diff_comes_with_what_is_held_back(project: Project) -> None:
    said = "0 findings; 0 files would change.\n4 findings of the baseline are held back.\n"
    assert project.run("--diff") == (0, "", said)
    assert project.run("--diff", "-q") == (0, "", "")


def test_markdown_says_what_is_held_back(project: Project) -> None:
    assert project.run("--output-format", "markdown") == (
        0,
        "### fastlint: all good in 2 files\n\n4 findings of the baseline are held back.\n\n",
        "",
    )
    project.write("app/more.py", HEAD + route("c", 1))
    out = project.run("--output-format", "markdown")[1]
    assert "3 findings of the baseline are held back; 1 more is gone: `fastlint baseline --prune`.\n" in out


def test_only_what_is_new_is_reported(project: Project) -> None:
    project.write("app/main.py", HEAD + route("a", 1) + route("new", 1) + route("b", 2))
    code, out, _ = project.run()
    assert code == 1
    assert out.startswith("app/main.py:15:5  error  blocking-sleep")
    assert "Found 1 error in 2 files" in out


def test_findings_stay_known_when_lines_move(project: Project) -> None:
    project.write("app/main.py", HEAD + "\n\nLIMIT = 3\n" + route("b", 2) + route("a", 1))
    assert project.new() == []


def test_an_old_finding_does_not_hide_a_new_one_in_another_function(project: Project) -> None:
    project.write("app/main.py", HEAD + route("mended") + route("b", 1))
    assert project.new() == ["app/main.py:15:5"]


def test_one_more_of_equal_findings_is_new(project: Project) -> None:
    project.write("app/more.py", HEAD + route("c", 1, 1, 1))
    assert project.new() == ["app/more.py:12:5"]


def test_it_says_how_many_are_gone(project: Project) -> None:
    project.write("app/main.py", HEAD + route("a") + route("b", 2))
    (project.root / "app/more.py").unlink()
    _, out, _ = project.run()
    assert out.endswith(
        "1 finding of the baseline is held back; 3 more are gone: `fastlint baseline --prune`.\n"
    )


def test_it_says_so_when_all_of_them_are_gone(project: Project) -> None:
    shutil.rmtree(project.root / "app")
    project.write("main.py", HEAD)
    assert project.run()[1].endswith("\n4 findings of the baseline are gone: `fastlint baseline --prune`.\n")


@pytest.mark.parametrize("arguments", [["app/more.py"], ["--select", "FL4"]], ids=" ".join)
def test_what_a_run_did_not_look_for_is_not_gone(arguments: list[str], project: Project) -> None:
    project.write("app/main.py", HEAD + route("a") + route("b"))
    assert "gone" not in project.run(*arguments)[1]


def test_nothing_is_gone_while_a_file_cannot_be_read(project: Project) -> None:
    project.write("app/main.py", "def (")
    code, out, err = project.run()
    assert code == 2
    assert "gone" not in out
    assert err == "error: app/main.py:1:5: syntax error: invalid syntax\n"


def test_programs_get_what_is_new_and_no_word_about_the_rest(project: Project) -> None:
    assert project.run("--output-format", "json")[:2] == (0, "[]\n")


def test_an_unused_comment_is_new_whatever_the_baseline_knows(project: Project) -> None:
    project.write("app/more.py", HEAD + route("c", 1, 1) + "\n\nx = 1  # fastlint: ignore[blocking-sleep]\n")
    assert "unused-suppression" in project.run()[1]


def test_what_is_held_back_is_not_fixed(project: Project) -> None:
    old = HEAD + route("a", 1) + route("b", 2)
    project.write("app/main.py", old + route("new", 1))
    code, out, _ = project.run("--fix")
    assert code == 0
    assert out.startswith("Fixed 1 finding in 1 file.")
    text = (project.root / "app/main.py").read_text()
    assert text.count("await asyncio.sleep") == 1
    assert text.count("    time.sleep") == 2
    assert project.run("--fix", "--no-baseline")[0] == 0
    assert "    time.sleep" not in (project.root / "app/main.py").read_text()


def test_a_diff_shows_fixes_of_what_is_new_alone(project: Project) -> None:
    assert project.run("--diff", "-q") == (0, "", "")


def test_statistics_count_what_is_new(project: Project) -> None:
    assert "blocking-sleep" not in project.run("--statistics")[1]


HEAVY = {"libcst", "astroid", "rich", "pygls", "pathspec", "packaging", "fastlint.model", "fastlint.registry"}


def test_a_run_over_what_is_known_stays_light(project: Project) -> None:
    modules_after()
    assert modules_after() & {*HEAVY, "fastlint.git"} == set()
    (project.root / FILE).unlink()
    project.write("app/main.py", "x = 1\n")
    project.write("app/more.py", "x = 1\n")
    modules_after()
    assert modules_after() & {*HEAVY, "fastlint.baseline.file", "fastlint.fingerprint"} == set()


# Where it is


def test_it_can_be_left_aside(project: Project) -> None:
    assert len(project.new("--no-baseline")) == len(project.new("--isolated")) == 4


def test_the_configuration_can_say_where_it_is(project: Project) -> None:
    (project.root / FILE).unlink()
    project.write("fastlint.toml", 'baseline = "quality/known.toml"\n')
    code, _, err = project.run()
    assert (code, err.partition("quality")[2]) == (
        2,
        "/known.toml does not exist (`fastlint baseline` writes one)\n",
    )
    (project.root / "quality").mkdir()
    project.run("baseline")
    assert (project.root / "quality/known.toml").exists()
    assert project.new() == []


def test_the_command_line_can_say_where_it_is(project: Project) -> None:
    (project.root / FILE).rename(project.root / "known.toml")
    assert len(project.new()) == 4
    assert project.new("--baseline", "known.toml") == []
    assert project.run("baseline", "--check", "--baseline", "known.toml")[0] == 0


def test_a_file_that_is_named_and_not_there_is_an_error(project: Project) -> None:
    code, _, err = project.run("--baseline", "missing.toml")
    assert code == 2
    assert err.endswith("missing.toml does not exist (`fastlint baseline` writes one)\n")


@pytest.mark.parametrize("value", ['"../known.toml"', '"/known.toml"', "3"])
def test_it_lies_in_the_project(value: str, project: Project) -> None:
    project.write("fastlint.toml", f"baseline = {value}\n")
    code, _, err = project.run()
    assert code == 2
    assert "fastlint.toml:1: `" in err


def test_a_folder_with_settings_of_its_own_has_no_baseline_of_its_own(project: Project) -> None:
    project.write("app/fastlint.toml", '\nbaseline = "known.toml"\n')
    code, _, err = project.run()
    assert code == 2
    assert err.endswith("app/fastlint.toml:2: a project has one baseline: `baseline` belongs in its root\n")


def test_it_is_the_same_from_a_folder_of_the_project(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root / "app")
    assert project.new() == []
    assert project.run("baseline", "--check")[2] == (
        "Nothing to change in ../fastlint-baseline.toml: 4 findings in 2 files.\n"
    )


# Writing it


def test_a_second_time_changes_nothing(project: Project) -> None:
    before = (project.root / FILE).read_bytes()
    code, _, err = project.run("baseline")
    assert (code, err) == (0, f"Nothing to change in {FILE}: 4 findings in 2 files.\n")
    assert (project.root / FILE).read_bytes() == before


def test_it_says_what_is_different(project: Project) -> None:
    project.write("app/main.py", HEAD + route("a", 3) + route("b", 2))
    assert project.run("baseline")[2] == f"Wrote {FILE}: 4 findings in 2 files (1 new, 1 gone).\n"


def test_a_clean_project_gets_none(project: Project) -> None:
    shutil.rmtree(project.root / "app")
    (project.root / FILE).unlink()
    project.write("main.py", HEAD)
    assert project.run("baseline") == (0, "", "No findings: there is nothing to hold back.\n")
    assert not (project.root / FILE).exists()


def test_for_a_part_of_the_project_it_keeps_what_other_files_have(project: Project) -> None:
    project.write("app/main.py", HEAD + route("a", 3))
    project.write("app/more.py", HEAD + route("c"))
    project.run("baseline", "app/main.py")
    assert project.entries == ["app/main.py a: time.sleep(3) 1", "app/more.py c: time.sleep(1) 2"]


def test_for_a_folder_it_drops_what_files_had_that_are_not_there_any_more(project: Project) -> None:
    (project.root / "app/more.py").unlink()
    project.run("baseline", "app")
    assert project.entries == ["app/main.py a: time.sleep(1) 1", "app/main.py b: time.sleep(2) 1"]


def test_pruning_takes_out_what_is_gone_and_adds_nothing(project: Project) -> None:
    project.write("app/main.py", HEAD + route("a") + route("b", 2) + route("new", 1))
    project.write("app/more.py", HEAD + route("c", 1))
    code, _, err = project.run("baseline", "--prune")
    assert (code, err) == (0, f"Wrote {FILE}: 2 findings in 2 files (2 gone).\n")
    assert project.entries == ["app/main.py b: time.sleep(2) 1", "app/more.py c: time.sleep(1) 1"]
    assert project.new() == ["app/main.py:20:5"]


def test_when_all_is_mended_it_can_be_removed(project: Project) -> None:
    project.write("app/main.py", HEAD)
    project.write("app/more.py", HEAD)
    assert project.run("baseline", "--prune")[2] == (
        f"Wrote {FILE}: nothing is left in it, so it can be removed (4 gone).\n"
    )
    assert project.run("baseline", "--check")[0] == 0


def test_a_check_fails_while_there_is_something_to_prune_and_writes_nothing(project: Project) -> None:
    assert project.run("baseline", "--check")[0] == 0
    project.write("app/more.py", HEAD + route("c") + route("new", 1))
    before = (project.root / FILE).read_bytes()
    assert project.run("baseline", "--check") == (
        1,
        "app/more.py  blocking-sleep  c: time.sleep(1) (2 times)\n",
        f"{FILE} is not up to date (2 gone): `fastlint baseline --prune`.\n",
    )
    assert (project.root / FILE).read_bytes() == before


@pytest.mark.parametrize("option", ["--prune", "--check"])
def test_without_a_baseline_there_is_nothing_to_prune(option: str, project: Project) -> None:
    (project.root / FILE).unlink()
    assert project.run("baseline", option) == (0, "", f"There is no {FILE}: nothing to prune.\n")
    code, _, err = project.run("baseline", option, "--baseline", "other.toml")
    assert code == 2
    assert err.endswith("other.toml does not exist (`fastlint baseline` writes one)\n")


@pytest.mark.parametrize("arguments", [[], ["--prune"], ["--check"]], ids=str)
def test_it_is_left_as_it_is_while_a_file_cannot_be_read(arguments: list[str], project: Project) -> None:
    before = (project.root / FILE).read_bytes()
    project.write("app/main.py", "def (")
    code, out, err = project.run("baseline", *arguments)
    assert (code, out) == (2, "")
    assert "app/main.py:1:5: syntax error" in err
    assert (project.root / FILE).read_bytes() == before


def test_a_place_where_it_cannot_be_written_is_an_error(project: Project) -> None:
    code, _, err = project.run("baseline", "--baseline", "missing/known.toml")
    assert code == 2
    assert "cannot write" in err


def test_no_other_file_is_overwritten(project: Project) -> None:
    before = (project.root / "app/main.py").read_bytes()
    assert project.run("baseline", "--baseline", "app/main.py")[0] == 2
    assert (project.root / "app/main.py").read_bytes() == before


# Files that were renamed


@pytest.fixture
def repository(project: Project) -> Project:
    git("init", "--quiet")
    commit()
    return project


@needs_git
@pytest.mark.parametrize("is_committed", [False, True])
def test_a_renamed_file_keeps_its_entries(is_committed: bool, repository: Project) -> None:
    git("mv", "app/more.py", "app/else.py")
    repository.write("app/else.py", HEAD + "# moved\n" + route("c", 1, 1) + route("new", 1))
    git("add", "--all")
    if is_committed:
        commit()
    code, out, _ = repository.run()
    assert code == 1
    assert repository.new() == ["app/else.py:17:5"]
    assert out.endswith(
        "4 findings of the baseline are held back; 1 file renamed: `fastlint baseline --prune`.\n"
    )


@needs_git
def test_pruning_writes_the_new_name_of_a_file(repository: Project) -> None:
    git("mv", "--", "app/more.py", "-more [1].py")
    assert repository.run("baseline", "--check")[:2] == (1, "app/more.py is now -more [1].py\n")
    assert repository.run("baseline", "--prune")[0] == 0
    assert "-more [1].py c: time.sleep(1) 2" in repository.entries
    assert repository.run("baseline", "--check")[0] == 0


@needs_git
def test_it_is_enough_that_git_saw_the_file_under_its_old_name_when_the_baseline_was_committed(
    repository: Project,
) -> None:
    for number in range(3):
        git("mv", "app/more.py" if number == 0 else f"app/{number}.py", f"app/{number + 1}.py")
        commit()
    assert repository.new() == []


@needs_git
def test_nothing_that_a_repository_configures_is_run(repository: Project) -> None:
    program = repository.root / "program"
    repository.write("program", f"#!/bin/sh\ntouch '{repository.root}/ran'\ncat\n")
    program.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "filter.x.clean", "diff.x.textconv"):
        git("config", key, str(program))
    git("config", "log.showSignature", "true")
    git("config", "gpg.program", str(program))
    repository.write(".git/info/attributes", "*.py filter=x diff=x\n")
    git("mv", "app/more.py", "app/else.py")
    (repository.root / "ran").unlink(missing_ok=True)
    assert repository.new() == []
    assert not (repository.root / "ran").exists()


SHALLOW = (
    "1 file of the baseline is gone; whether by a rename cannot be seen in a shallow clone: fetch all of it "
    "(`git fetch --unshallow`; in GitHub Actions, `fetch-depth: 0`)."
)


@needs_git
@pytest.mark.parametrize(("depth", "is_told"), [(1, True), (2, False), (3, False)])
def test_a_shallow_clone_says_that_it_cannot_tell_what_was_renamed(
    depth: int, is_told: bool, repository: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("mv", "app/more.py", "app/else.py")
    commit()
    git("clone", "--quiet", "--depth", str(depth), repository.root.as_uri(), "clone")
    monkeypatch.chdir("clone")
    code, out, _ = repository.run()
    assert (code, SHALLOW in out) == ((1, True) if is_told else (0, False))
    assert (SHALLOW in repository.run("baseline")[2]) is is_told


@needs_git
def test_a_shallow_clone_says_nothing_where_no_file_is_gone(
    repository: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("app/more.py", HEAD + route("c", 1, 1) + route("new", 1))
    commit()
    git("clone", "--quiet", "--depth", "1", repository.root.as_uri(), "clone")
    monkeypatch.chdir("clone")
    code, out, _ = repository.run()
    assert (code, "shallow" in out) == (1, False)


def test_without_git_what_is_in_a_renamed_file_is_new(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / "app/more.py").rename(project.root / "app/else.py")
    assert len(project.new()) == 2
    monkeypatch.setenv("PATH", "")
    assert len(project.new()) == 2


# Where it is written


@needs_links
@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize("link", [FILE, "conf"])
def test_it_is_not_written_through_a_link_of_the_project(
    link: str, is_there: bool, project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    name = FILE if link == FILE else f"conf/{FILE}"
    target = outside / FILE
    if is_there:
        target.write_text("version = 1\n")
    (project.root / FILE).unlink()
    (project.root / link).symlink_to(target if link == FILE else outside)
    project.write("fastlint.toml", f"baseline = '{name}'\n")
    code, _, err = project.run("baseline")
    assert (code, err) == (2, f"error: cannot write {project.root / name}: by a link it leads to {target}\n")
    assert [each.read_text() for each in outside.iterdir()] == ["version = 1\n"] * is_there


@needs_links
def test_a_link_outside_of_the_project_is_followed_by_whoever_names_it(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "link").symlink_to(outside / "file")
    assert project.run("baseline", "--baseline", str(outside / "link"))[0] == 0
    assert (outside / "file").exists()


def test_a_read_only_file_is_left_as_it_is(project: Project) -> None:
    file = project.root / FILE
    before = file.read_bytes()
    file.chmod(0o444)
    project.write("app/else.py", HEAD + route("new", 1))
    code, _, err = project.run("baseline")
    assert (code, err) == (2, f"error: cannot write {file}: it is read-only\n")
    assert file.read_bytes() == before


# The file


def test_it_reads_well(project: Project) -> None:
    assert (project.root / FILE).read_text().partition("\n\n")[2] == (
        '["app/main.py".blocking-sleep]\n'
        '"a: time.sleep(1)" = 1\n'
        '"b: time.sleep(2)" = 1\n'
        "\n"
        '["app/more.py".blocking-sleep]\n'
        '"c: time.sleep(1)" = 2\n'
    )


TEXTS = [
    'f: get("x")',
    "f: get('x')",
    "f: get(\"x\", 'y')",
    r"f: re('\d')",
    'f: re("\\d")',
    "f: x = 1 # = 2",
    "f: \x1b[31m \x7f \u202e \x00",
    "f: é 🎉",
    "<module>: [a]",
]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_written_is_read_again(text: str, tmp_path: Path) -> None:
    entries = Counter({Entry(text, "some-rule", text): 2, Entry("a.py", "odd rule", text): 1})
    (tmp_path / FILE).write_bytes(render(entries).encode())
    assert read(tmp_path / FILE)[0] == entries


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_toml_without_control_characters(text: str) -> None:
    tomllib = pytest.importorskip("tomllib")
    written = render(Counter({Entry(text, "some-rule", text): 2}))
    assert tomllib.loads(written) == {"version": 1, text: {"some-rule": {text: 2}}}
    assert written.replace("\n", "").isprintable()


def test_its_order_does_not_depend_on_the_order_of_findings() -> None:
    entries = [Entry(path, rule, text) for path in "ba" for rule in "dc" for text in "fe"]
    assert render(Counter(entries)) == render(Counter(reversed(entries)))


def test_long_lines_of_code_are_cut_and_still_told_apart(project: Project) -> None:
    lines = [f"    time.sleep({'1 + ' * 60}{end})\n" for end in (1, 2)]
    project.write("app/more.py", HEAD + route("c") + lines[0])
    project.run("baseline")
    assert max(map(len, (project.root / FILE).read_text().splitlines())) < 160
    assert project.new() == []
    project.write("app/more.py", HEAD + route("c") + lines[1])
    assert project.new() == ["app/more.py:11:5"]


def test_lines_that_a_merge_kept_of_both_sides_are_understood_and_put_in_order(project: Project) -> None:
    text = (project.root / FILE).read_text()
    both = text + '"c: time.sleep(1)" = 1\n\n["app/main.py".blocking-sleep]\n"a: time.sleep(1)" = 1\n'
    project.write(FILE, both.replace("\n", "\r\n"))
    assert project.new() == []
    assert project.run("baseline", "--check")[0] == 1
    assert project.run("baseline", "--prune")[2].endswith("(put in order).\n")
    assert (project.root / FILE).read_text() == text


MISTAKES = [
    ("version = 1", "version = 2", "3: this baseline has version 2, and this fastlint knows 1 only"),
    ("version = 1\n", "", "4: is no baseline of fastlint: expected `version = 1`"),
    ("= 2\n", "= 0\n", "10: how often a finding is there is a number from 1"),
    ("= 2\n", "= two\n", '10: expected `["path/of/file.py".name-of-rule]`, or below it `"code" = 1`'),
    (
        '["app/main.py".blocking-sleep]\n',
        "",
        '5: an entry stands below its `["path/of/file.py".name-of-rule]`',
    ),
    ('"c:', '"\\qc:', '10: "\\qc: time.sleep(1)" has an escape that means nothing'),
    (
        '\n["app/more',
        '<<<<<<< HEAD\n=======\n>>>>>>> a\n["app/more',
        "8: a merge conflict is left here: keep the lines of both sides, then prune",
    ),
]


@pytest.mark.parametrize(
    "old, new, expected", MISTAKES, ids=[each[-1].partition(": ")[2] for each in MISTAKES]
)
@pytest.mark.parametrize("arguments", [[], ["baseline"], ["baseline", "--prune"]], ids=str)
def test_a_mistake_in_it_is_one_line_that_names_the_place(
    old: str, new: str, expected: str, arguments: list[str], project: Project
) -> None:
    text = (project.root / FILE).read_text()
    assert old in text
    project.write(FILE, text.replace(old, new, 1))
    code, out, err = project.run(*arguments)
    assert (code, out) == (2, "")
    assert err == f"error: {project.root / FILE}:{expected}\n"


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"", "is no baseline of fastlint: it is empty"),
        (b"\xff\n", "is not UTF-8: byte 0xff"),
        (b"import os\n", "is no baseline of fastlint: expected `version = 1`"),
    ],
)
def test_what_is_no_baseline_is_not_read_as_one(content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ConfigError, match=expected):
        read(tmp_path / FILE)
