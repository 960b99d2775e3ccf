"""`--watch`: what starts a run, and that a process that runs again and again says what a new one would."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fastlint import disk, testing
from fastlint.cache import environment
from fastlint.cache.cache import Cache
from fastlint.cli import main
from fastlint.cli.watch import Relevant
from fastlint.config import load
from fastlint.engine import Run, lint
from tests.test_cache import CHANGES, HELPERS, ROUTE, checks
from tests.test_cli import ENVIRONMENT

__all__ = ["checks"]

Edit = Callable[[], object]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "project"
    testing.write(root, {"fastlint.toml": "", "main.py": ROUTE, "helpers.py": HELPERS, "other.py": "x = 1\n"})
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def watched(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[tuple[str, str]]]:
    """Watch through some edits, of which the watcher is told; what was printed before the first one and after
    each, on stdout and stderr."""

    def watched(*edits: Edit, options: Iterable[str] = (), told: bool = True) -> list[tuple[str, str]]:
        shown: list[tuple[str, str]] = []

        def watch(*paths: Path, **more: Any) -> Iterator[set[object]]:
            yield set()
            for edit in edits:
                shown.append(capsys.readouterr())
                edit()
                yield {("modified", "main.py")} if told else set()
            shown.append(capsys.readouterr())
            raise KeyboardInterrupt

        monkeypatch.setitem(sys.modules, "watchfiles", SimpleNamespace(watch=watch))
        assert main(["--watch", *options]) == 130
        assert capsys.readouterr() == ("", "")
        return shown

    return watched


AUTHOR = ("-c", "user.name=A", "-c", "user.email=a@example.org")
QUIET = "def helper():\n    return 1\n"
WAITING = "Watching for changes: Ctrl-C ends it.\n"


def test_it_runs_at_once_and_after_each_change(watched: Any, project: Path) -> None:
    first, second = watched(lambda: (project / "helpers.py").write_text(QUIET))
    assert first[0].startswith("main.py:10:5  error  blocking-sleep (FL101)\n")
    assert second[0].startswith("All good: nothing to report in 3 files")
    assert (first[1], second[1]) == (WAITING, WAITING)


def test_without_a_change_nothing_happens(watched: Any) -> None:
    assert watched(lambda: None, told=False)[1] == ("", "")


def test_a_broken_configuration_is_printed_and_watched_on(watched: Any, project: Path) -> None:
    config = project / "fastlint.toml"
    _, broken, mended = watched(
        lambda: config.write_text("selekt = []\n"), lambda: config.write_text('ignore = ["ALL"]\n')
    )
    assert broken[0] == ""
    assert "fastlint.toml:1: unknown key `selekt`" in broken[1]
    assert mended[0].startswith("All good")


def test_an_unexpected_error_is_printed_and_watched_on(watched: Any) -> None:
    def broken(*arguments: Any, **more: Any) -> None:
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fastlint.engine.lint", broken)
        failed, mended = watched(patch.undo)
    assert failed[1].startswith("error: internal error in ")
    assert "blocking-sleep" in mended[0]


def test_quiet_prints_findings_alone(watched: Any) -> None:
    [(out, err)] = watched(options=["--quiet"])
    assert out.startswith("main.py:10:5")
    assert "Found" not in out
    assert err == ""


def test_a_named_configuration_elsewhere_is_looked_after_too(watched: Any, tmp_path: Path) -> None:
    config = tmp_path / "elsewhere" / "settings.toml"
    testing.write(tmp_path, {"elsewhere/settings.toml": ""})
    first, second = watched(
        lambda: config.write_text('ignore = ["ALL"]\n'), options=["--config", str(config)], told=False
    )
    assert "blocking-sleep" in first[0]
    assert second[0].startswith("All good")


def test_settings_above_the_project_are_looked_after_too(watched: Any, project: Path) -> None:
    (project / "fastlint.toml").unlink()
    (project / ".git").mkdir()
    above = project.parent / "fastlint.toml"
    above.write_text("")
    first, second, third = watched(lambda: above.write_text('ignore = ["ALL"]\n'), above.unlink, told=False)
    assert second[0].startswith("All good")
    assert "blocking-sleep" in first[0]
    assert "blocking-sleep" in third[0]


@pytest.mark.parametrize(
    "options",
    [
        ["--fix"],
        ["--add-ignore"],
        ["--output-file", "x.txt"],
        ["--output-format", "sarif=x"],
        ["--stdin-filename", "main.py"],
    ],
    ids=" ".join,
)
def test_it_only_shows(options: list[str], project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--watch", *options]) == 2
    assert capsys.readouterr().err.startswith("error: --watch only shows: leave out")


def test_what_is_staged_cannot_be_watched(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--watch", "--staged"]) == 2
    assert "--diff-base HEAD" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_what_is_new_can_be_watched(watched: Any, project: Path) -> None:
    for command in (["init", "-q"], ["add", "."], [*AUTHOR, "commit", "-qm", "before"]):
        subprocess.run(["git", *command], check=True)
    added = "\n\n@app.get('/more')\nasync def more():\n    helper()\n"
    first, second = watched(
        lambda: (project / "main.py").write_text(ROUTE + added), options=["--diff-base", "HEAD"]
    )
    assert first[0].startswith("All good: nothing new")
    assert second[0].startswith("main.py:15:5  error  blocking-sleep")
    assert second[0].count("blocking-sleep") == 1
    [(out, err)] = [watched(lambda: None, options=["--diff-base", "HEAD"], told=False)[1]]
    assert (out, err) == ("", "")


def test_without_watchfiles_it_says_what_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    assert main(["--watch"]) == 2
    assert capsys.readouterr() == (
        "",
        "error: --watch needs watchfiles: pip install 'fastlint[watch]'\n",
    )


# What starts a run


@pytest.mark.parametrize(
    ("change", "path", "starts"),
    [
        ("modified", "app/main.py", True),
        ("deleted", "app/main.py", True),
        ("modified", "pyproject.toml", True),
        ("added", "backend/fastlint.toml", True),
        ("modified", "uv.lock", True),
        ("modified", "requirements-dev.txt", True),
        ("modified", "requirements/base.in", True),
        ("modified", ".gitignore", True),
        ("modified", "deps/read-before.txt", True),
        ("deleted", "app/package", True),
        ("added", "fastlint-baseline.toml", True),
        ("modified", "ci/known.toml", True),
        ("modified", "notes.txt", False),
        ("modified", "findings.txt", False),
        ("added", "report.sarif", False),
        ("modified", "app", False),
        ("modified", ".fastlint_cache/runs/0123", False),
        ("added", "my-cache/runs/0123", False),
        ("added", ".git/index", False),
        ("added", ".venv/lib/site.py", False),
        ("added", "app/__pycache__/main.py", False),
        ("added", "web/node_modules/gyp/gyp.py", False),
    ],
)
def test_what_starts_a_run(change: str, path: str, starts: bool, tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "deps").mkdir()
    (root / "deps/read-before.txt").touch()
    disk.read(root / "deps/read-before.txt")
    relevant: Any = Relevant(root, root / "my-cache")
    assert relevant(SimpleNamespace(name=change), str(root / path)) is starts


# What one run leaves to the next in the same process


@pytest.mark.parametrize("change", CHANGES)
def test_a_later_run_says_what_a_first_one_would(change: str, watched: Any, project: Path) -> None:
    (project / "pyproject.toml").touch()
    (project / "fastlint.toml").unlink()
    *_, (out, err) = watched(lambda: CHANGES[change](project), options=["-q"])
    command = [sys.executable, "-m", "fastlint", "-q", "--no-cache"]
    fresh = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert (out, err) == (fresh.stdout, fresh.stderr)


def test_what_a_file_of_requirements_includes_is_read_again(project: Path) -> None:
    code = 'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.on_event("startup")\ndef start(): ...\n'
    files = {"requirements.txt": "-r deps/more.txt\n", "deps/more.txt": "fastapi==0.90\n", "main.py": code}
    testing.write(project, files)
    assert [] == run(project)
    (project / "deps/more.txt").write_text("fastapi==0.121\n")
    assert ["on-event"] == run(project)


def run(project: Path) -> list[str]:
    disk.forget()
    report = lint([project], load(project), cache=Cache.of(project))
    return [each.name for each in report.diagnostics]


def test_a_configuration_that_is_gone_does_not_keep_later_runs_from_what_is_known(
    project: Path, checks: list[Run]
) -> None:
    testing.write(project, {"pyproject.toml": "", "sub/fastlint.toml": "", "sub/x.py": ""})
    run(project)
    (project / "sub/fastlint.toml").unlink()
    run(project)
    assert 2 == len(checks)
    run(project)
    assert 2 == len(checks)


def test_what_is_installed_meanwhile_is_not_taken_for_what_runs(
    watched: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old process must not leave its findings to a new fastlint under the new one's name."""
    watched(
        lambda: monkeypatch.setattr(environment, "__version__", "99"),
        lambda: (project / "helpers.py").write_text(QUIET),
    )
    snapshot = Cache.of(project).snapshot(load(project, rules=()).override())
    assert snapshot is not None
    assert snapshot.environment != Cache.of(project).environment


# For real


@pytest.mark.skipif(os.name == "nt", reason="signals are another thing on Windows")
def test_a_real_change_starts_a_run_and_a_real_interrupt_ends_it(project: Path) -> None:
    pytest.importorskip("watchfiles")
    process = subprocess.Popen(
        [sys.executable, "-m", "fastlint", "--watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stderr.readline() == WAITING
    (project / "helpers.py").write_text(QUIET)
    assert process.stderr.readline() == WAITING
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, err) == (130, "")
    assert "blocking-sleep" in out
    assert "All good" in out
