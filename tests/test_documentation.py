"""What only the README says: its commands and what it shows are true (`test_docs.py` holds all pages)."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def test_the_gate_runs_the_test_command_of_the_readme() -> None:
    pattern = re.compile(r"^\$ (python3 -m venv .* -m pytest)$", re.MULTILINE)
    assert 1 == len(pattern.findall(README.read_text(encoding="utf-8")))
    assert "test_command=" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_what_the_readme_shows_is_what_the_bookshop_gives() -> None:
    shown = re.search(r"```\n(src/bookshop.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    from fastlint.config import Settings
    from fastlint.engine import lint

    bookshop = ROOT / "fixtures" / "apps" / "bookshop"
    report = lint([bookshop], Settings(root=bookshop))
    [finding] = [each for each in report.diagnostics if each.name == "blocking-http-call"]
    assert f"{finding.place.path}:{finding.place.span.line}:" in shown[1]
    assert finding.message in shown[1]
    assert all(f"{step.place.path}:{step.place.span.line}" in shown[1] for step in finding.trace)
    assert finding.help in shown[1]
