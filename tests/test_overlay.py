"""Contents that stand for files: a run says what it would say if they were saved, and nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fastlint import fixing, testing
from fastlint.cache.cache import Cache
from fastlint.config import Settings, load
from fastlint.discovery import discover
from fastlint.engine import Run, lint
from fastlint.overlay import inside
from fastlint.report import Report
from tests.test_cache import HELPERS, ROUTE, said

QUIET = "def helper():\n    return 1\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "project"
    testing.write(root, {"pyproject.toml": "[tool.fastlint]\n", "main.py": ROUTE, "helpers.py": HELPERS})
    return root


def overlaid(root: Path, contents: dict[str, str], *, cached: bool = False, **settings: Any) -> Report:
    overlay = {root / path: text.encode() for path, text in contents.items()}
    cache = Cache.of(root) if cached else None
    return lint([root], Settings(root=root, **settings), overlay=overlay, cache=cache)


def names(report: Report) -> list[str]:
    return [f"{each.place.path}:{each.place.span.line} {each.name}" for each in report.diagnostics]


SLOW = ["main.py:10 blocking-sleep"]


def test_it_is_read_in_place_of_the_file(project: Path) -> None:
    assert names(overlaid(project, {})) == SLOW
    assert names(overlaid(project, {"helpers.py": QUIET})) == []


def test_a_file_that_is_not_on_disk_is_part_of_the_project(project: Path) -> None:
    (project / "helpers.py").unlink()
    assert names(overlaid(project, {})) == []
    assert names(overlaid(project, {"helpers.py": HELPERS})) == SLOW
    assert names(overlaid(project, {"helpers/__init__.py": HELPERS})) == SLOW


def test_a_file_that_is_not_on_disk_is_excluded_like_any_other(project: Path) -> None:
    testing.write(project, {".gitignore": "made/\n*_gen.py\n", "made/a.py": "", "app/a.py": ""})
    paths = [
        "made/b.py",
        "made/new/b.py",
        "app/b_gen.py",
        "app/new/venv/b.py",
        "app/b.py",
        "app/new/b.py",
        "old/b.py",
        "b.txt",
    ]
    overlay = dict.fromkeys(paths, b"")
    settings = Settings(root=project, extend_exclude=("old",), force_exclude=True)
    before = discover(project, settings, [project])
    found = discover(project, settings, [project], overlay)
    assert sorted({*found.targets} - {*before.targets}) == ["app/b.py", "app/new/b.py"]
    named = discover(project, settings, [project / path for path in paths], overlay)
    assert (named.targets, named.problems) == (("app/b.py", "app/new/b.py"), ())


def test_without_force_exclude_a_named_file_is_checked_wherever_it_is(project: Path) -> None:
    found = discover(
        project, Settings(root=project), [project / "venv/new.py"], {"venv/new.py": b"", "venv/other.py": b""}
    )
    assert (found.targets, found.problems) == (("venv/new.py",), ())


def test_files_of_other_projects_do_not_count(tmp_path: Path) -> None:
    contents = {tmp_path / "a" / "x.py": b"1", tmp_path / "b" / "x.py": b"2"}
    assert inside(tmp_path / "a", contents) == {"x.py": b"1"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"def (:\n", "syntax error"),
        (b"x = '\xff'\n", "not valid utf-8"),
        (b"x" * 10_000_001, "the file is too large"),
    ],
    ids=["syntax", "encoding", "size"],
)
def test_what_is_wrong_with_it_is_said_of_the_file(project: Path, data: bytes, said: str) -> None:
    report = lint([project / "helpers.py"], Settings(root=project), overlay={project / "helpers.py": data})
    [problem] = report.problems
    assert problem.path == "helpers.py"
    assert said in problem.message


def test_fixes_and_excerpts_rest_on_it(project: Path) -> None:
    fixable = ROUTE.replace("helper()", "time.sleep(2)")
    (project / "main.py").write_text("# on disk\n")
    report = overlaid(project, {"main.py": fixable})
    source = report.source("main.py")
    assert source is not None
    assert source.text == fixable
    [change] = fixing.preview(report, unsafe=False)
    assert "await asyncio.sleep(2)" in change.new


# The cache


def test_a_cache_neither_hides_it_nor_learns_it_of_the_file(project: Path) -> None:
    contents: Sequence[dict[str, str]] = [
        {},
        {"helpers.py": QUIET},
        {"helpers.py": HELPERS},
        {"helpers.py": "\n# moved\n" + HELPERS, "main.py": "\n" + ROUTE},
        {"new.py": ROUTE},
        {},
        {"helpers.py": "def (:\n"},
        {},
    ]
    for each in contents:
        assert said(overlaid(project, each, cached=True)) == said_cold(project, each)
        assert said(overlaid(project, {}, cached=True)) == said_cold(project, {})


def said_cold(project: Path, contents: dict[str, str]) -> tuple[object, ...]:
    return said(overlaid(project, contents))


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    found: list[Run] = []
    checked = Run._checked

    def counted(run: Run) -> Any:
        found.append(run)
        return checked(run)

    monkeypatch.setattr(Run, "_checked", counted)
    return found


def test_what_is_on_disk_stays_known_whatever_stood_for_it(project: Path, checks: list[Run]) -> None:
    overlaid(project, {}, cached=True)
    overlaid(project, {"helpers.py": QUIET}, cached=True)
    assert 2 == len(checks)
    overlaid(project, {}, cached=True)
    overlaid(project, {"helpers.py": QUIET}, cached=True)
    overlaid(project, {"helpers.py": "# a comment\n" + QUIET}, cached=True)
    assert 2 == len(checks)


def test_what_is_the_same_as_on_disk_is_known(project: Path, checks: list[Run]) -> None:
    overlaid(project, {}, cached=True)
    assert names(overlaid(project, {"helpers.py": HELPERS}, cached=True)) == SLOW
    assert 1 == len(checks)


def test_settings_are_read_from_disk(project: Path) -> None:
    overlay = {project / "pyproject.toml": b'[tool.fastlint]\nignore = ["ALL"]\n'}
    assert names(lint([project], load(project), overlay=overlay)) == SLOW
