"""What people and programs read: the text, the JSON, the counts, the diff."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from fastlint import registry
from fastlint.diagnostic import Diagnostic, FixRequest, Place, Problem, Safety, Severity, Span, Step
from fastlint.fixing.text import TextEdit
from fastlint.output import cells, diff, statistics, text
from fastlint.output import json as json_output
from fastlint.output.table import columns
from fastlint.output.terminal import Piece, Screen, plain, show
from fastlint.report import Report
from fastlint.rule import Rule

SNAPSHOTS = Path(__file__).parent / "snapshots" / "output"
ORDERS = """\
@router.post("/orders")
async def create_order(order: Order) -> Total:
    rates = await latest_rates()
    total = price(order, rates)
    return total
"""


@pytest.fixture
def snap(snapshot: Any) -> Any:
    snapshot.snapshot_dir = SNAPSHOTS
    return snapshot


def place(path: str, line: int, column: int, end_column: int, end_line: int = 0) -> Place:
    return Place(path, Span(line, column, end_line or line, end_column))


def at(source: str, code: str, path: str = "app.py") -> Place:
    """Where a piece of one line of code stands, in UTF-8 bytes."""
    lines = source.splitlines()
    line = next(number for number, each in enumerate(lines, 1) if code in each)
    column = len(lines[line - 1].partition(code)[0].encode())
    return place(path, line, column, column + len(code.encode()))


def diagnostic(where: Place, message: str = "is wrong", **more: Any) -> Diagnostic:
    given = {"code": "FL102", "name": "blocking-http-call", "severity": Severity.ERROR, **more}
    return Diagnostic(place=where, message=message, **given)


def report_of(root: Path, source: str, *found: Diagnostic, **more: Any) -> Report:
    (root / "app.py").write_bytes(source.encode())
    return Report(root=root, diagnostics=list(found), **{"files": 1, "lines": 5, "seconds": 0.1, **more})


def rendered(report: Report, **more: Any) -> str:
    return text.render(report, cwd=report.root, quiet=True, **more)


def carets_of(source: str, code: str, tmp_path: Path, screen: Screen | None = None) -> tuple[str, str]:
    """The source line and the line of carets below it, right of the gutter."""
    report = report_of(tmp_path, source, diagnostic(at(source, code)))
    lines = rendered(report, screen=screen).splitlines()
    below = next(number for number, line in enumerate(lines) if "^" in line)
    return lines[below - 1].partition(" | ")[2], lines[below].partition(" | ")[2]


BLOCKING = diagnostic(
    at(ORDERS, "price(order, rates)"),
    "stops the event loop: every other request waits until it returns",
    help="`await run_in_threadpool(price, order, rates)`, or make `create_order` a `def` route",
    trace=(
        Step("price() calls convert()", place("services/pricing.py", 18, 0, 1)),
        Step("convert() calls requests.get()", place("services/fx.py", 9, 0, 1)),
    ),
    fix=FixRequest(
        "wrap",
        "Run it in the threadpool",
        Safety.UNSAFE,
        at(ORDERS, "price"),
        reason="it may not be thread-safe",
    ),
)


def test_a_finding_says_what_happens_where_why_and_what_to_do(tmp_path: Path, snap: Any) -> None:
    snap.assert_match(text.render(report_of(tmp_path, ORDERS, BLOCKING), cwd=tmp_path), "finding.txt")


def test_a_finding_reads_well_in_forty_columns(tmp_path: Path, snap: Any) -> None:
    report = report_of(tmp_path, ORDERS, BLOCKING)
    shown = text.render(report, cwd=tmp_path, screen=Screen(width=40))
    assert max(map(len, shown.splitlines())) <= 40
    snap.assert_match(shown, "narrow.txt")


def test_a_finding_reads_well_in_eighty_columns(tmp_path: Path, snap: Any) -> None:
    report = report_of(tmp_path, ORDERS, BLOCKING)
    shown = text.render(report, cwd=tmp_path, screen=Screen(width=80))
    assert max(map(len, shown.splitlines())) <= 80
    snap.assert_match(shown, "eighty.txt")


def test_findings_are_parted_by_an_empty_line(tmp_path: Path, snap: Any) -> None:
    found = [
        diagnostic(at(ORDERS, "create_order"), severity=Severity.WARNING),
        diagnostic(at(ORDERS, "return total"), severity=Severity.INFO, help="leave it out"),
    ]
    snap.assert_match(text.render(report_of(tmp_path, ORDERS, *found), cwd=tmp_path), "findings.txt")


def test_carets_stand_below_code_after_wide_characters(tmp_path: Path) -> None:
    line, carets = carets_of('名前 = "日本" + bad()\n', "bad()", tmp_path)
    assert carets.index("^") == cells.width_of(line.partition("bad")[0])
    assert carets == " " * 16 + "^^^^^ is wrong"


def test_carets_are_as_wide_as_wide_characters(tmp_path: Path) -> None:
    assert carets_of("x = 日本\n", "日本", tmp_path)[1] == "    ^^^^ is wrong"


@pytest.mark.parametrize(
    ("emoji", "width"),
    [
        pytest.param("🚀", 2, id="emoji"),
        pytest.param("❤️", 2, id="emoji style"),
        pytest.param("👩‍💻", 2, id="joined"),
        pytest.param("é", 1, id="combining accent"),
        pytest.param("한", 2, id="hangul"),
    ],
)
def test_a_character_takes_as_many_cells_as_a_terminal_gives_it(emoji: str, width: int) -> None:
    assert cells.width_of(emoji) == width


def test_tabs_are_shown_as_spaces_and_carets_stand_below_the_code(tmp_path: Path) -> None:
    assert carets_of("\tx\t= bad()\n", "bad()", tmp_path) == ("    x   = bad()", "          ^^^^^ is wrong")


def test_an_empty_span_still_gets_a_caret(tmp_path: Path) -> None:
    report = report_of(tmp_path, "x = 1\n", diagnostic(place("app.py", 1, 4, 4)))
    assert rendered(report).splitlines()[-1] == "      |     ^ is wrong"


def test_a_span_of_many_lines_is_marked_to_the_end_of_its_first(tmp_path: Path) -> None:
    source = "call(  \n    1,\n)\n"
    report = report_of(tmp_path, source, diagnostic(place("app.py", 1, 0, 1, end_line=3)))
    assert rendered(report).splitlines()[-1] == "      | ^^^^^ is wrong"


def test_an_empty_line_above_is_left_out(tmp_path: Path) -> None:
    report = report_of(tmp_path, "import x\n\nbad()\n", diagnostic(place("app.py", 3, 0, 5)))
    assert rendered(report).splitlines()[1:] == ["    3 | bad()", "      | ^^^^^ is wrong"]


@pytest.mark.parametrize("source", ["", "\n"], ids=["empty", "blank line"])
def test_a_finding_on_a_file_without_text_is_its_message(source: str, tmp_path: Path) -> None:
    report = report_of(tmp_path, source, diagnostic(place("app.py", 1, 0, 0)))
    assert rendered(report).splitlines() == ["app.py:1:1  error  blocking-http-call (FL102)", "   is wrong"]


def test_a_file_that_vanished_is_still_reported(tmp_path: Path) -> None:
    report = report_of(tmp_path, ORDERS, BLOCKING)
    (tmp_path / "app.py").unlink()
    assert rendered(report).splitlines()[1].strip() == BLOCKING.message


def test_a_file_that_became_shorter_is_still_reported(tmp_path: Path) -> None:
    report = report_of(tmp_path, "x\n", BLOCKING)
    assert rendered(report).splitlines()[1].strip() == BLOCKING.message


def test_a_very_long_line_is_cut_around_the_carets(tmp_path: Path) -> None:
    source = "a" * 5000 + " bad() " + "b" * 5000 + "\n"
    line, carets = carets_of(source, "bad()", tmp_path, Screen(width=60))
    assert cells.width_of(line) == 52
    assert (line[0], line[-1]) == ("…", "…")
    assert line[carets.index("^") :].startswith("bad()")


def test_a_line_cut_inside_a_wide_character_keeps_its_columns(tmp_path: Path) -> None:
    source = "x" + "日" * 100 + " bad() " + "本" * 100 + "\n"
    for width in (50, 51, 52, 53):
        line, carets = carets_of(source, "bad()", tmp_path, Screen(width=width))
        assert cells.width_of(line) <= width - 8
        assert cells.width_of(line.partition("bad")[0]) == carets.index("^")


def test_chinese_text_wraps_without_spaces() -> None:
    assert cells.wrap("事件循环停止了", 6) == ["事件循", "环停止", "了"]


def test_text_wraps_between_words_and_inside_words_that_are_too_long() -> None:
    assert cells.wrap("to be or notwithstanding", 8) == ["to be or", "notwiths", "tanding"]


def test_text_without_a_limit_is_not_wrapped() -> None:
    assert cells.wrap("a " * 500 + "b", None) == ["a " * 500 + "b"]


def test_text_of_no_words_is_one_empty_line() -> None:
    assert cells.wrap("", 10) == [""]


def test_control_characters_of_the_code_do_not_reach_the_terminal(tmp_path: Path) -> None:
    source = 'x = "\x1b]0;title\x07" + bad()\n'
    shown = rendered(report_of(tmp_path, source, diagnostic(at(source, "bad()"), "says \x1b[31m red")))
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_code_that_pretends_an_order_is_shown_as_it_runs(tmp_path: Path) -> None:
    source = 'if role != "user\u202e\u2066# admin\u2069":  # bad\n'
    line, carets = carets_of(source, "# bad", tmp_path)
    assert "\u202e" not in line
    assert line[carets.index("^") :] == "# bad"


def test_an_encoding_that_lacks_characters_gets_question_marks_of_the_same_width(tmp_path: Path) -> None:
    line, carets = carets_of('x = "日本é" + bad()\n', "bad()", tmp_path, Screen(encoding="ascii"))
    assert line == 'x = "?????" + bad()'
    assert carets.index("^") == line.index("bad")


def test_a_terminal_without_unicode_gets_only_what_it_can_show(tmp_path: Path) -> None:
    source = "a" * 500 + " bad()\n"
    shown = rendered(
        report_of(tmp_path, source, diagnostic(at(source, "bad()"), "waits — for ever…")),
        screen=Screen(width=50, encoding="cp437"),
    )
    assert shown.encode("cp437")
    assert "waits ? for ever..." in shown


@pytest.mark.parametrize(
    ("safety", "expected"),
    [
        (Safety.SAFE, "   fix: Raise it (`--fix`)"),
        (Safety.UNSAFE, "   fix: Raise it (`--fix --unsafe-fixes`)"),
        (Safety.DISPLAY, "   fix: Raise it (by hand)"),
    ],
)
def test_a_fix_says_which_option_applies_it(safety: Safety, expected: str, tmp_path: Path) -> None:
    where = at(ORDERS, "return total")
    found = diagnostic(where, fix=FixRequest("raise_it", "Raise it", safety, where))
    assert rendered(report_of(tmp_path, ORDERS, found)).splitlines()[-1] == expected


def test_paths_are_shown_as_one_would_open_them_from_here(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    assert text.shown_path(tmp_path, "api/users.py", tmp_path) == "api/users.py"
    assert text.shown_path(tmp_path, "api/users.py", tmp_path / "api") == "users.py"
    assert text.shown_path(tmp_path, "main.py", tmp_path.parent) == f"{tmp_path.name}/main.py"


def summary_of(report: Report) -> list[str]:
    return [piece.text for line in text.summary(report, screen=Screen()) for piece in line]


def test_a_clean_project_gets_one_line(tmp_path: Path) -> None:
    report = Report(tmp_path, files=1234, seconds=0.456)
    assert text.render(report) == "All good: nothing to report in 1,234 files (0.46 s).\n"


def test_a_clean_project_gets_nothing_when_quiet(tmp_path: Path) -> None:
    assert text.render(Report(tmp_path, files=3), quiet=True) == ""


def test_no_files_is_not_called_good(tmp_path: Path) -> None:
    assert summary_of(Report(tmp_path)) == ["Nothing to check: no Python files found."]


def test_unread_files_are_not_called_good(tmp_path: Path) -> None:
    report = Report(tmp_path, problems=[Problem("a.py", "invalid syntax", 3, 1)], files=2, seconds=0.1)
    assert summary_of(report) == ["No findings in 2 files (0.10 s), but not everything could be read."]


def test_the_last_lines_count_severities_and_fixes(tmp_path: Path) -> None:
    where = at(ORDERS, "return total")
    fixes = [Safety.SAFE, Safety.SAFE, Safety.UNSAFE, Safety.DISPLAY]
    found = [diagnostic(where, fix=FixRequest("f", "F", safety, where)) for safety in fixes]
    found += [diagnostic(where, severity=severity) for severity in (Severity.WARNING, Severity.INFO)]
    assert summary_of(report_of(tmp_path, ORDERS, *found, files=42, seconds=12.3)) == [
        "Found 4 errors, 1 warning and 1 info in 42 files (12 s).",
        "2 can be fixed with `--fix`, 1 more with `--fix --unsafe-fixes`.",
    ]


@pytest.mark.parametrize(
    ("safety", "expected"),
    [
        (Safety.SAFE, ["1 can be fixed with `--fix`."]),
        (Safety.UNSAFE, ["1 can be fixed with `--fix --unsafe-fixes`."]),
        (Safety.DISPLAY, []),
    ],
)
def test_the_last_line_offers_only_options_that_do_something(
    safety: Safety, expected: list[str], tmp_path: Path
) -> None:
    where = at(ORDERS, "return total")
    found = diagnostic(where, fix=FixRequest("f", "F", safety, where))
    assert summary_of(report_of(tmp_path, ORDERS, found))[1:] == expected


# Columns


RULES = [("FL101", "blocking-sleep", "Sleeping on the event loop stops every request at once.")]


def shown_columns(width: int | None) -> list[str]:
    return plain(columns(("code", "name", "summary"), RULES, Screen(width=width))).splitlines()


def test_columns_without_a_limit_are_one_line_a_row() -> None:
    assert shown_columns(None) == [
        "code   name            summary",
        "FL101  blocking-sleep  Sleeping on the event loop stops every request at once.",
    ]


def test_the_last_column_wraps_below_itself() -> None:
    assert shown_columns(60)[1:] == [
        "FL101  blocking-sleep  Sleeping on the event loop stops",
        "                       every request at once.",
    ]


def test_the_last_column_goes_below_the_row_where_it_would_be_too_narrow() -> None:
    assert shown_columns(40) == [
        "code   name",
        "FL101  blocking-sleep",
        "    Sleeping on the event loop stops",
        "    every request at once.",
    ]


# Colour


class Tty(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (io.StringIO(), {}, False),
        (Tty(), {}, True),
        (Tty(), {"NO_COLOR": "1"}, False),
        (Tty(), {"NO_COLOR": ""}, True),
        (Tty(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "0"}, False),
        (Tty(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals_unless_the_environment_says_otherwise(
    stream: io.StringIO, environ: dict[str, str], expected: bool
) -> None:
    assert Screen.of(stream, environ).colour == expected


def test_only_a_terminal_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "55")
    assert Screen.of(Tty(), {}).width == 55
    assert Screen.of(io.StringIO(), {"FORCE_COLOR": "1"}).width is None


def test_a_closed_stream_is_no_terminal() -> None:
    stream = Tty()
    stream.close()
    assert Screen.of(io.StringIO(), {}).colour is False


def test_colour_changes_no_character(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import re

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    report = report_of(tmp_path, ORDERS, BLOCKING)
    screen = Screen(width=60, colour=True)
    stream = Tty()
    show(text.layout(report, screen=screen, cwd=tmp_path), stream, screen)
    assert "\x1b[1;31merror" in stream.getvalue()
    bare = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert [line.rstrip() for line in bare.splitlines()] == text.render(
        report, cwd=tmp_path, screen=screen
    ).splitlines()


def test_markup_in_code_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Screen(width=60, colour=True)
    stream = Tty()
    show([[Piece("x[red] :smile: [/]", "bold")]], stream, screen)
    assert stream.getvalue() == "\x1b[1mx[red] :smile: [/]\x1b[0m\n"


@pytest.mark.parametrize("found", [(), (BLOCKING,)], ids=["clean", "findings"])
def test_piped_output_does_not_import_rich(found: tuple[Diagnostic, ...]) -> None:
    program = """
import sys
from pathlib import Path
from fastlint.report import Report
from fastlint.output import text
from fastlint.output.terminal import Screen, show
sys.path.insert(0, sys.argv[1])
from test_output import BLOCKING
before = "rich" in sys.modules
report = Report(Path(), [BLOCKING] if sys.argv[2] == "1" else [], files=1)
show(text.layout(report, screen=Screen.of(sys.stdout)), sys.stdout, Screen.of(sys.stdout))
assert not before and "rich" not in sys.modules
"""
    shown = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent), str(len(found))],
        capture_output=True,
        text=True,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "FORCE_COLOR"},
    )
    assert (shown.stderr, shown.returncode) == ("", 0)
    assert "\x1b" not in shown.stdout


# JSON


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of the only rule that is installed."""
    rule = Rule("x.blocking_http_call", code="FL102", severity=Severity.ERROR, since="0.1", source="")
    monkeypatch.setattr(registry, "all_rules", lambda: (rule,))
    return rule.url


def json_of(report: Report, edits: Any = lambda report, diagnostic: None) -> Any:
    return json.loads(json_output.render(report, edits=edits))


def test_json_has_the_shape_of_ruff(tmp_path: Path, url: str) -> None:
    report = report_of(tmp_path, ORDERS, BLOCKING)
    assert json_of(report) == [
        {
            "code": "FL102",
            "name": "blocking-http-call",
            "severity": "error",
            "message": BLOCKING.message,
            "help": BLOCKING.help,
            "filename": str(tmp_path / "app.py"),
            "location": {"row": 4, "column": 13},
            "end_location": {"row": 4, "column": 32},
            "fix": None,
            "choices": [],
            "trace": [
                {
                    "message": "price() calls convert()",
                    "filename": str(tmp_path / "services" / "pricing.py"),
                    "location": {"row": 18, "column": 1},
                    "end_location": {"row": 18, "column": 2},
                },
                {
                    "message": "convert() calls requests.get()",
                    "filename": str(tmp_path / "services" / "fx.py"),
                    "location": {"row": 9, "column": 1},
                    "end_location": {"row": 9, "column": 2},
                },
            ],
            "url": url,
        }
    ]


def test_json_columns_count_characters(tmp_path: Path, url: str) -> None:
    source = 'x = "日本" + bad()\n'
    (found,) = json_of(report_of(tmp_path, source, diagnostic(at(source, "bad()"))))
    assert (found["location"], found["end_location"]) == ({"row": 1, "column": 12}, {"row": 1, "column": 17})


def test_json_has_no_url_for_what_no_known_rule_found(tmp_path: Path, url: str) -> None:
    found = diagnostic(place("app.py", 1, 0, 1), code="FL999", name="gone")
    assert json_of(report_of(tmp_path, ORDERS, found))[0]["url"] is None


def test_json_of_no_findings_is_an_empty_list(tmp_path: Path) -> None:
    assert json_output.render(Report(tmp_path)) == b"[]\n"


def test_json_takes_a_file_name_that_is_no_text(tmp_path: Path, url: str) -> None:
    found = diagnostic(place("b\udcff.py", 1, 0, 1))
    assert json_of(Report(tmp_path, [found]))[0]["filename"].endswith("b?.py")


def fixable(safety: Safety = Safety.SAFE, path: str = "app.py") -> Diagnostic:
    where = at(ORDERS, "return total", path)
    return diagnostic(at(ORDERS, "return total"), fix=FixRequest("raise_it", "Raise it", safety, where))


def test_json_has_the_edits_of_a_fix(tmp_path: Path, url: str) -> None:
    edit = TextEdit(Place("app.py", Span(5, 4, 5, 10)), "raise")
    (found,) = json_of(report_of(tmp_path, ORDERS, fixable()), lambda report, diagnostic: (edit,))
    assert found["fix"] == {
        "applicability": "safe",
        "message": "Raise it",
        "edits": [
            {
                "content": "raise",
                "location": {"row": 5, "column": 5},
                "end_location": {"row": 5, "column": 11},
            }
        ],
    }


CHOSEN = FixRequest(
    "leave", "Leave it out", Safety.SAFE, at(ORDERS, "return total"), reason="nobody reads it"
)


def with_choice(safety: Safety = Safety.SAFE) -> Diagnostic:
    return structs.replace(fixable(safety), choices=(CHOSEN,))


def edit_of(report: Report, finding: Diagnostic) -> tuple[TextEdit]:
    """The edit that a test of choices tells them apart by: the text is the codemod's name."""
    assert finding.fix is not None
    return (TextEdit(Place("app.py", Span(5, 4, 5, 10)), finding.fix.codemod),)


def test_json_has_choices_beside_the_fix(tmp_path: Path, url: str) -> None:
    (found,) = json_of(report_of(tmp_path, ORDERS, with_choice()), edit_of)
    assert [found["fix"]["edits"][0]["content"], found["fix"]["message"]] == ["raise_it", "Raise it"]
    [choice] = found["choices"]
    assert [choice["edits"][0]["content"], choice["message"], choice["applicability"]] == [
        "leave",
        "Leave it out",
        "safe",
    ]


def test_json_has_no_choice_that_could_not_be_computed(tmp_path: Path, url: str) -> None:
    assert json_of(report_of(tmp_path, ORDERS, with_choice()))[0]["choices"] == []


def test_a_choice_is_one_line_and_counts_as_no_fix(tmp_path: Path) -> None:
    finding = structs.replace(with_choice(), fix=None)
    shown = text.render(report_of(tmp_path, ORDERS, finding), cwd=tmp_path)
    assert "   choice: Leave it out: nobody reads it\n" in shown
    assert "can be fixed" not in shown


def test_a_fix_in_another_file_is_not_offered_to_tools_that_would_apply_it_here(
    tmp_path: Path, url: str
) -> None:
    (tmp_path / "other.py").write_text(ORDERS)
    edit = TextEdit(Place("other.py", Span(5, 4, 5, 10)), "raise")
    report = report_of(tmp_path, ORDERS, fixable(path="other.py"))
    fix = json_of(report, lambda report, diagnostic: (edit,))[0]["fix"]
    assert fix["applicability"] == "display"
    assert [each["filename"] for each in fix["edits"]] == [str(tmp_path / "other.py")]


def test_json_has_no_fix_where_none_could_be_computed(tmp_path: Path, url: str) -> None:
    assert json_of(report_of(tmp_path, ORDERS, fixable()))[0]["fix"] is None


# Counts


def test_statistics_count_by_rule_most_first(tmp_path: Path) -> None:
    where = at(ORDERS, "return total")
    fix = FixRequest("f", "F", Safety.SAFE, where)
    found = [
        diagnostic(where, code="FL407", name="returned-http-exception", fix=fix),
        diagnostic(where, code="FL101", name="blocking-sleep"),
        *[diagnostic(where) for _ in range(10)],
    ]
    assert statistics.render(report_of(tmp_path, ORDERS, *found)).splitlines() == [
        "10  blocking-http-call       (FL102)",
        " 1  blocking-sleep           (FL101)",
        " 1  returned-http-exception  (FL407)  1 fixable",
    ]


def test_statistics_as_json(tmp_path: Path) -> None:
    report = report_of(tmp_path, ORDERS, BLOCKING, BLOCKING)
    expected = [{"code": "FL102", "name": "blocking-http-call", "count": 2, "fixable": 2}]
    assert expected == json.loads(statistics.render_json(report))


def test_statistics_of_no_findings_are_empty(tmp_path: Path) -> None:
    assert statistics.render(Report(tmp_path)) == ""


# Diff


def test_a_diff_names_the_file_as_git_does() -> None:
    assert diff.render("app/x.py", "a\nb\n", "a\nc\n").splitlines() == [
        "--- a/app/x.py",
        "+++ b/app/x.py",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("a\nb", "a\nc", id="no newline at the end"),
        pytest.param("a\nb", "a\nb\n", id="newline added at the end"),
        pytest.param("a\r\nb\r\n", "a\r\nc\r\n", id="windows lines"),
        pytest.param("a\x0cb\n\u2028c\nd\n", "a\x0cb\n\u2028c\ne\n", id="other separators"),
        pytest.param("x = '日本'\n", "x = '🚀'\n", id="wide characters"),
    ],
)
def test_git_applies_the_diff(old: str, new: str, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_bytes(old.encode())
    patch = diff.render("x.py", old, new).encode()
    subprocess.run(["git", "apply", "-"], input=patch, cwd=tmp_path, check=True, env={**os.environ, **ALONE})
    assert (tmp_path / "x.py").read_bytes() == new.encode()


ALONE = {"GIT_DIR": os.devnull, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
@pytest.mark.parametrize("name", ['say "hi".py', "back\\slash.py", "two\nlines.py", "a b\x1b[31m.py"])
def test_git_applies_the_diff_of_a_file_with_any_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("a\n")
    patch = diff.render(name, "a\n", "b\n").encode()
    subprocess.run(["git", "apply", "-"], input=patch, cwd=tmp_path, check=True, env={**os.environ, **ALONE})
    assert (tmp_path / name).read_text() == "b\n"


@pytest.mark.parametrize("name", ["::error::x.py", "##[error]x.py"])
def test_no_file_name_is_a_command_in_the_log_of_a_ci_service(name: str, tmp_path: Path) -> None:
    assert text.shown_path(tmp_path, name, tmp_path) == f"./{name}"


def test_a_diff_of_nothing_is_empty() -> None:
    assert diff.render("x.py", "a\n", "a\n") == ""
