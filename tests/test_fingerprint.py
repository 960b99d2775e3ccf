"""What tells one finding from another when lines move."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastlint.diagnostic import Diagnostic, Place, Severity, Span
from fastlint.fingerprint import Fingerprint, fingerprints
from fastlint.report import Report

CODE = """\
import time


class Orders:
    async def place(self):
        time.sleep(1)
        time.sleep(1)


async def cancel():
    time.sleep(1)


time.sleep(1)
"""


def found(folder: Path, code: str) -> list[Fingerprint]:
    (folder / "app.py").write_text(code)
    lines = [number for number, text in enumerate(code.splitlines(), 1) if "time.sleep" in text]
    places = [Place("app.py", Span(line, 0, line, 1)) for line in lines]
    diagnostics = [Diagnostic(place, "FL101", "blocking-sleep", Severity.ERROR, "") for place in places]
    return fingerprints(Report(folder, diagnostics), diagnostics)


def test_it_names_what_the_finding_stands_in_and_its_code(tmp_path: Path) -> None:
    assert [(each.scope, each.text, each.count) for each in found(tmp_path, CODE)] == [
        ("Orders.place", "time.sleep(1)", 0),
        ("Orders.place", "time.sleep(1)", 1),
        ("cancel", "time.sleep(1)", 0),
        ("", "time.sleep(1)", 0),
    ]


def test_it_stays_when_lines_move(tmp_path: Path) -> None:
    before = found(tmp_path, CODE)
    assert found(tmp_path, CODE.replace("import time\n", "import time\n\nLIMIT = 3\n")) == before


def test_it_stays_when_a_comment_for_a_tool_is_added(tmp_path: Path) -> None:
    before = found(tmp_path, CODE)
    for comment in ("# fastlint: ignore[FL102] -- fast", "# noqa: E501  # type: ignore"):
        assert found(tmp_path, CODE.replace("sleep(1)\n", f"sleep(1)  {comment}\n")) == before


@pytest.mark.parametrize(
    "statement", ["app.add(\n    time.sleep(1),\n)\n", "if DEBUG:  # here\n    time.sleep(1)\n"]
)
def test_what_stands_in_no_function_stays_when_one_is_written_above_it(
    statement: str, tmp_path: Path
) -> None:
    [alone] = found(tmp_path, statement)
    [below] = found(tmp_path, f"def new(\n    a: int,\n) -> int:\n    return a\n\n\n{statement}")
    assert alone == below
    assert alone.scope == ""


def test_a_signature_may_have_many_lines(tmp_path: Path) -> None:
    [inside] = found(
        tmp_path, "async def place(\n    a: int,\n) -> None:\n    if a:\n        time.sleep(1)\n"
    )
    assert inside.scope == "place"


def test_no_two_are_equal(tmp_path: Path) -> None:
    digests = {each.digest for each in found(tmp_path, CODE)}
    assert len(digests) == 4


def test_a_file_that_vanished_has_one_too(tmp_path: Path) -> None:
    diagnostic = Diagnostic(Place("gone.py", Span(1, 0, 1, 1)), "FL101", "blocking-sleep", Severity.ERROR, "")
    assert fingerprints(Report(tmp_path), [diagnostic]) == [Fingerprint("gone.py", "blocking-sleep", "", "")]
