"""What the documentation shows of a console is what a console shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.session import PAGE, typed_again, without_durations

TOOLS = ("bash", "git", "perl")


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_the_worked_example_prints_what_the_page_shows(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    printed = typed_again(page, tmp_path)
    assert without_durations(page) == without_durations(printed), "`python -m tests.session` writes it anew"
