"""Which fixes are promised: each is tried once, and once for all runs where there is a cache."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from fastlint.cache.cache import Cache
from fastlint.config import Settings
from fastlint.engine import lint
from fastlint.fixing import offered, offering
from fastlint.fixing.draft import Draft

SLEEPY = """
    import asyncio
    import time

    from fastapi import FastAPI

    app = FastAPI()


    @app.get("/first")
    async def first() -> None:
        time.sleep(1)
        await asyncio.sleep(0)


    @app.get("/second")
    async def second() -> None:
        time.sleep(2)
        await asyncio.sleep(0)


    @app.get("/third")
    async def third() -> None:
        time.sleep(*[3])
        await asyncio.sleep(0)
"""


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lines of the fixes that are tried."""
    lines: list[int] = []
    changes = offering.changes

    def counted(drafts: Any, request: Any, function: Any) -> Any:
        lines.append(request.place.span.line)
        return changes(drafts, request, function)

    monkeypatch.setattr(offering, "changes", counted)
    return lines


def offers(root: Path, cache: Cache | None = None) -> list[bool]:
    """Whether each finding has a fix, in a run of its own."""
    report = lint([root], Settings(root=root, select=("blocking-sleep",)), cache=cache)
    return [each.fix is not None for each in offered(report).diagnostics]


def written(root: Path, text: str = SLEEPY) -> Path:
    (root / "main.py").write_text(dedent(text))
    return root


def test_a_fix_that_is_refused_is_not_promised(tmp_path: Path) -> None:
    assert offers(written(tmp_path)) == [True, True, False]


def test_with_a_cache_no_fix_is_tried_twice(tmp_path: Path, tried: list[int]) -> None:
    (tmp_path / "project").mkdir()
    root = written(tmp_path / "project")
    answers = [offers(root, Cache.of(root, tmp_path / "cache")) for _ in range(2)]
    assert answers == [[True, True, False]] * 2
    assert tried == [12, 18, 24]


def test_without_a_cache_each_run_tries_them(tmp_path: Path, tried: list[int]) -> None:
    root = written(tmp_path)
    assert [offers(root), offers(root)] == [[True, True, False]] * 2
    assert tried == [12, 18, 24] * 2


def test_in_a_changed_file_they_are_tried_again(tmp_path: Path, tried: list[int]) -> None:
    (tmp_path / "project").mkdir()
    root, cache = tmp_path / "project", tmp_path / "cache"
    offers(written(root), Cache.of(root, cache))
    assert offers(written(root, SLEEPY.replace("*[3]", "3")), Cache.of(root, cache)) == [True] * 3
    assert tried == [12, 18, 24] * 2


def test_python_reads_a_file_once_for_all_its_fixes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[int] = []
    is_sound = Draft.is_sound

    def counted(self: Draft, *more: Any) -> bool:
        checked.append(len(more))
        return is_sound(self, *more)

    monkeypatch.setattr(Draft, "is_sound", counted)
    offers(written(tmp_path))
    assert checked == [2]
