"""What holds on real projects: those in the folder that `FASTLINT_CORPUS` names, one in each folder of it."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fastlint.cache.cache import Cache
from fastlint.config import Settings
from fastlint.engine import lint
from fastlint.files import Files
from fastlint.fixing import fix
from fastlint.fixing.syntax import grade
from fastlint.report import Report

CORPUS = os.environ.get("FASTLINT_CORPUS", "")
PROJECTS = sorted(path for path in Path(CORPUS).iterdir() if path.is_dir()) if CORPUS else []

pytestmark = pytest.mark.skipif(not PROJECTS, reason="FASTLINT_CORPUS names no folder with projects")


def said(report: Report) -> tuple[object, ...]:
    return report.diagnostics, report.problems


def run(root: Path, **more: Any) -> Report:
    return lint([root], Settings(root=root), **more)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_files_that_cannot_matter_do_not_matter(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run(project).diagnostics
    monkeypatch.setattr(Files, "relevant", property(lambda self: [*self.records]))
    assert expected == run(project).diagnostics


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_all_ways_to_run_say_the_same(project: Path, tmp_path: Path) -> None:
    reports = [
        run(project),
        run(project, jobs=2, cache=Cache.of(project, tmp_path)),
        run(project, cache=Cache.of(project, tmp_path)),
    ]
    assert [said(reports[0])] * 3 == [said(report) for report in reports]


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_all_fixes_leave_files_that_compile_with_no_new_finding_and_nothing_to_fix(
    project: Path, unsafe: bool, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    shutil.copytree(project, root, ignore=shutil.ignore_patterns(".git"))
    settings = Settings(root=root, select=("ALL",))
    before = Counter(each.code for each in lint([root], settings).diagnostics)
    outcome = fix([root], settings, unsafe=unsafe)
    assert [] == outcome.problems
    worse = [path for path in outcome.files if _grade(root / path) < _grade(project / path)]
    assert [] == worse
    assert Counter(each.code for each in outcome.report.diagnostics) <= before
    assert {} == fix([root], settings, unsafe=unsafe).fixed


def _grade(path: Path) -> int:
    return grade(path.read_bytes().decode("utf-8", "surrogateescape"))
