"""The formats that other programs read, held to their own specifications."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from markdown_it import MarkdownIt

from fastlint import registry
from fastlint.diagnostic import Diagnostic, FixRequest, Place, Problem, Safety, Severity, Span, Step
from fastlint.fingerprint import fingerprints
from fastlint.fixing.text import TextEdit
from fastlint.output import concise, formats, github, gitlab, jsonl, junit, markdown, pylint, sarif
from fastlint.output import json as json_output
from fastlint.output.terminal import Screen, plain
from fastlint.report import Report
from tests.test_output import BLOCKING, ORDERS, at, diagnostic, place, report_of

SCHEMAS = Path(__file__).parent / "schemas"
TRACED = Diagnostic(
    place=at(ORDERS, "price(order, rates)"),
    code="FL102",
    name="blocking-http-call",
    severity=Severity.ERROR,
    message="stops the event loop: `/items/{id}` | 100% <b>",
    help="await it, or\nnot",
    trace=(Step("price() calls get()", place("services/pricing.py", 18, 4, 9)),),
)
HOSTILE = Diagnostic(
    place=place("a|b `c`:d,%e\x1b[31m\n::error::\ufffe\udcff.py", 1, 0, 1),
    code="FL407",
    name="returned-http-exception",
    severity=Severity.WARNING,
    message="\x00 first\r\n::error::second ]]> `a|b` *c* \u202e \uffff <script>",
)
TROUBLE = [Problem("broken.py", "syntax error: expected `:`", 3, 7), Problem("gone.py", "cannot be read")]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """One finding of each kind in a project that the current folder is in."""
    monkeypatch.chdir(tmp_path)
    advice = diagnostic(at(ORDERS, "return total"), "is advice", severity=Severity.INFO)
    return report_of(tmp_path, ORDERS, HOSTILE, TRACED, advice, problems=list(TROUBLE))


@pytest.fixture
def clean(tmp_path: Path) -> Report:
    return Report(tmp_path, files=3)


def lines_of(rendered: bytes) -> list[str]:
    return rendered.decode().splitlines()


# All of them


@pytest.mark.parametrize("name", formats.NAMES)
def test_every_format_is_a_module_that_renders_utf8(name: str, report: Report, clean: Report) -> None:
    for each in (report, clean):
        written = formats.find_format(name).render(each).decode("utf-8")
        assert written.endswith("\n") or not written


@pytest.mark.parametrize("name", ["text", "concise", "github", "junit", "pylint", "markdown"])
def test_no_format_lets_control_characters_through(name: str, report: Report) -> None:
    written = formats.find_format(name).render(report).decode("utf-8")
    assert [char for char in written if char in "\x00\x1b\r\u202e"] == []


@pytest.mark.parametrize("name", [name for name in formats.NAMES if name not in ("json", "jsonl")])
def test_no_format_has_paths_of_this_machine(name: str, report: Report) -> None:
    assert str(report.root) not in formats.find_format(name).render(report).decode("utf-8")


@pytest.mark.parametrize("name", formats.NAMES)
def test_the_same_findings_are_written_as_the_same_bytes(name: str, report: Report) -> None:
    render = formats.find_format(name).render
    first = render(report)
    report.seconds = 99
    assert first == render(report)


# Concise, pylint, JSON lines


def test_concise_is_a_line_a_finding_in_the_shape_of_a_compiler(tmp_path: Path) -> None:
    report = report_of(tmp_path, ORDERS, BLOCKING)
    (line,) = plain(concise.layout(report, screen=Screen(), quiet=True)).splitlines()
    path = Path(os.path.relpath(tmp_path / "app.py")).as_posix()
    assert line == f"{path}:4:13: error: blocking-http-call (FL102): {BLOCKING.message}"


@pytest.mark.parametrize(("safety", "mark"), [(Safety.SAFE, " [*]"), (Safety.UNSAFE, "")])
def test_concise_marks_what_fix_mends(safety: Safety, mark: str, tmp_path: Path) -> None:
    where = at(ORDERS, "return total")
    found = diagnostic(where, fix=FixRequest("raise_it", "Raise it", safety, where))
    shown = plain(concise.layout(report_of(tmp_path, ORDERS, found), screen=Screen(), quiet=True))
    assert shown.endswith(f": is wrong{mark}\n")


def test_concise_ends_with_the_summary(tmp_path: Path) -> None:
    shown = plain(concise.layout(report_of(tmp_path, ORDERS, BLOCKING), screen=Screen()))
    assert shown.splitlines()[1] == "Found 1 error in 1 file (0.10 s)."


def test_pylint_lines_have_path_line_code_and_message(report: Report) -> None:
    _, traced, _ = lines_of(pylint.render(report))
    assert traced == "app.py:4: [FL102] stops the event loop: `/items/{id}` | 100% <b>"


def test_a_hostile_name_stays_on_its_line(report: Report) -> None:
    assert len(lines_of(pylint.render(report))) == 3
    assert len(plain(concise.layout(report, screen=Screen(), quiet=True)).splitlines()) == 3


def test_json_lines_are_the_findings_of_the_json_format(report: Report) -> None:
    found = [json.loads(line) for line in jsonl.render(report).splitlines()]
    assert found == json.loads(json_output.render(report))


# GitHub


def test_an_annotation_has_the_place_the_rule_and_all_that_is_said(report: Report) -> None:
    _, traced, advice, *_ = lines_of(github.render(report))
    assert traced == (
        "::error file=app.py,line=4,endLine=4,col=13,endColumn=32,title=blocking-http-call (FL102)"
        "::app.py:4:13: stops the event loop: `/items/{id}` | 100%25 <b>"
        "%0Aservices/pricing.py:18: price() calls get()%0Ahelp: await it, or not"
    )
    assert advice.startswith("::notice file=app.py,line=5,")


def test_annotations_are_escaped_as_the_runner_decodes_them(report: Report) -> None:
    hostile, *others = lines_of(github.render(report))
    assert hostile.startswith(
        "::warning file=a|b `c`%3Ad%2C%25e\ufffd[31m %3A%3Aerror%3A%3A\ufffe?.py,line=1,"
    )
    assert len(others) == 4


def test_an_annotation_of_several_lines_has_no_columns(tmp_path: Path) -> None:
    found = diagnostic(place("app.py", 3, 4, 9, end_line=4))
    (line,) = lines_of(github.render(report_of(tmp_path, ORDERS, found)))
    assert line.startswith("::error file=app.py,line=3,endLine=4,title=")


def test_what_could_not_be_done_is_an_annotation_too(report: Report) -> None:
    *_, broken, gone = lines_of(github.render(report))
    assert broken == (
        "::error file=broken.py,line=3,col=7,title=fastlint::broken.py:3:7: syntax error: expected `:`"
    )
    assert gone == "::error file=gone.py,title=fastlint::gone.py: cannot be read"


@pytest.mark.parametrize(("count", "said"), [(10, []), (11, ["11 errors"])])
def test_the_log_says_when_github_shows_not_all_annotations(
    count: int, said: list[str], tmp_path: Path
) -> None:
    lines = lines_of(github.render(report_of(tmp_path, ORDERS, *[BLOCKING] * count)))
    assert [line for line in lines if not line.startswith("::")] == [
        f"GitHub annotates with 10 of these {what}; all of them are in this log." for what in said
    ]


# GitLab


def test_gitlab_gets_what_its_documentation_asks_for(report: Report) -> None:
    _, traced, advice = json.loads(gitlab.render(report))
    assert traced == {
        "description": "FL102: stops the event loop: `/items/{id}` | 100% <b>",
        "check_name": "blocking-http-call",
        "fingerprint": fingerprints(report, report.diagnostics)[1].digest,
        "severity": "major",
        "location": {"path": "app.py", "lines": {"begin": 4, "end": 4}},
    }
    assert advice["severity"] == "info"


def test_gitlab_knows_a_finding_again_whose_line_has_moved(tmp_path: Path) -> None:
    def digest(source: str) -> str:
        found = diagnostic(at(source, "return total"))
        return str(json.loads(gitlab.render(report_of(tmp_path, source, found)))[0]["fingerprint"])

    assert digest(ORDERS) == digest("# a new line\n" + ORDERS)


def test_equal_findings_have_fingerprints_of_their_own(tmp_path: Path) -> None:
    issues = json.loads(gitlab.render(report_of(tmp_path, ORDERS, BLOCKING, BLOCKING)))
    assert len({issue["fingerprint"] for issue in issues}) == 2


# SARIF


def sarif_of(report: Report, edits: Any = lambda report, diagnostic: None) -> Any:
    """The report as SARIF, after the official schema has been asked."""
    written = json.loads(sarif.render(report, edits=edits))
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_bytes())
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(written)
    return written["runs"][0]


def test_the_official_schema_takes_findings_and_their_absence(report: Report, clean: Report) -> None:
    assert len(sarif_of(report)["results"]) == 3
    assert sarif_of(clean)["results"] == []


def test_a_result_has_its_rule_level_message_and_place(report: Report) -> None:
    run = sarif_of(report)
    result = run["results"][1]
    assert result["message"]["text"] == f"{TRACED.message}\nhelp: {TRACED.help}"
    assert (result["ruleId"], result["level"]) == ("FL102", "error")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["name"] == "blocking-http-call"
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "app.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 4, "startColumn": 13, "endLine": 4, "endColumn": 32},
            }
        }
    ]


def test_levels_are_error_warning_and_note(report: Report) -> None:
    levels = [result.get("level", "warning") for result in sarif_of(report)["results"]]
    assert levels == ["warning", "error", "note"]


def test_columns_are_counted_in_characters(tmp_path: Path) -> None:
    source = 'x = "日本🚀" + bad()\n'
    run = sarif_of(report_of(tmp_path, source, diagnostic(at(source, "bad()"))))
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert (region["startColumn"], region["endColumn"]) == (13, 18)


def test_the_way_to_the_cause_is_a_code_flow_from_the_finding(report: Report) -> None:
    (flow,) = sarif_of(report)["results"][1]["codeFlows"]
    locations = [each["location"] for each in flow["threadFlows"][0]["locations"]]
    assert [each["message"]["text"] for each in locations] == [TRACED.message, "price() calls get()"]
    assert [each["physicalLocation"]["artifactLocation"]["uri"] for each in locations] == [
        "app.py",
        "services/pricing.py",
    ]


def test_every_rule_has_its_page_its_address_and_its_usual_level(clean: Report) -> None:
    described = sarif_of(clean)["tool"]["driver"]["rules"]
    rules = [*registry.comment_rules(), *registry.all_rules()]
    assert [each["id"] for each in described] == [rule.code for rule in rules]
    for rule, each in zip(rules, described, strict=True):
        assert each["helpUri"] == rule.url
        assert each["shortDescription"]["text"] == rule.summary
        assert each["help"]["markdown"].startswith(rule.summary)
        level = each["defaultConfiguration"].get("level", "warning")
        assert level == sarif.LEVELS[rule.severity]


def test_a_path_becomes_a_relative_uri(report: Report) -> None:
    uri = sarif_of(report)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert ":" not in uri
    assert unquote(uri, errors="surrogateescape") == HOSTILE.place.path


def test_the_readers_own_checkout_is_the_root(clean: Report) -> None:
    assert list(sarif_of(clean)["originalUriBaseIds"]) == ["%SRCROOT%"]


def test_fingerprints_survive_moved_lines(tmp_path: Path) -> None:
    def printed(source: str) -> Any:
        found = diagnostic(at(source, "return total"))
        return sarif_of(report_of(tmp_path, source, found))["results"][0]["partialFingerprints"]

    assert printed(ORDERS) == printed("# a new line\n" + ORDERS)
    assert list(printed(ORDERS)) == ["fastlint/v1"]


def test_problems_are_notifications_of_a_run_that_failed(report: Report, clean: Report) -> None:
    (invocation,) = sarif_of(report)["invocations"]
    assert invocation["executionSuccessful"] is False
    broken, gone = invocation["toolExecutionNotifications"]
    assert broken["message"]["text"] == "syntax error: expected `:`"
    assert broken["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 7}
    assert gone["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "gone.py", "uriBaseId": "%SRCROOT%"}
    }
    assert sarif_of(clean)["invocations"] == [{"executionSuccessful": True}]


@pytest.mark.parametrize(
    ("safety", "titles"),
    [
        (Safety.SAFE, ["Raise it"]),
        (Safety.UNSAFE, ["Raise it (may change the behaviour: nobody knows)"]),
        (Safety.DISPLAY, []),
    ],
)
def test_fixes_that_can_be_applied_are_replacements_in_their_file(
    safety: Safety, titles: list[str], tmp_path: Path
) -> None:
    (tmp_path / "other.py").write_text(ORDERS)
    request = FixRequest("raise_it", "Raise it", safety, place("other.py", 5, 4, 16), reason="nobody knows")
    found = diagnostic(at(ORDERS, "return total"), fix=request)
    edit = TextEdit(Place("other.py", Span(5, 4, 5, 10)), "raise")
    (result,) = sarif_of(report_of(tmp_path, ORDERS, found), lambda report, diagnostic: (edit,))["results"]
    fixes = result.get("fixes", [])
    assert [fix["description"]["text"] for fix in fixes] == titles
    for fix in fixes:
        assert fix["artifactChanges"] == [
            {
                "artifactLocation": {"uri": "other.py", "uriBaseId": "%SRCROOT%"},
                "replacements": [
                    {
                        "deletedRegion": {"startLine": 5, "startColumn": 5, "endLine": 5, "endColumn": 11},
                        "insertedContent": {"text": "raise"},
                    }
                ],
            }
        ]


def test_choices_are_fixes_beside_the_one_that_is_applied(tmp_path: Path) -> None:
    where = at(ORDERS, "return total")
    fix, choice = (FixRequest(name, name.title(), Safety.SAFE, where) for name in ("raise", "leave"))
    found = diagnostic(where, fix=fix, choices=(choice,))

    def edits(report: Report, finding: Diagnostic) -> tuple[TextEdit]:
        assert finding.fix is not None
        return (TextEdit(Place("app.py", Span(5, 4, 5, 10)), finding.fix.codemod),)

    (result,) = sarif_of(report_of(tmp_path, ORDERS, found), edits)["results"]
    contents = [
        each["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] for each in result["fixes"]
    ]
    assert [("Raise", "raise"), ("Leave", "leave")] == [
        (each["description"]["text"], content)
        for each, content in zip(result["fixes"], contents, strict=True)
    ]


def test_a_fix_that_turns_out_to_be_impossible_is_not_written(tmp_path: Path) -> None:
    where = at(ORDERS, "return total")
    found = diagnostic(where, fix=FixRequest("raise_it", "Raise it", Safety.SAFE, where))
    assert "fixes" not in sarif_of(report_of(tmp_path, ORDERS, found))["results"][0]


# JUnit


def junit_of(report: Report) -> ElementTree.Element:
    """The report as JUnit's XML, after the schema that Jenkins uses has been asked."""
    root = ElementTree.fromstring(junit.render(report))
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(root)
    return root


def test_a_finding_is_a_test_that_failed_in_the_suite_of_its_file(report: Report) -> None:
    root = junit_of(report)
    assert {key: root.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "5",
        "failures": "3",
        "errors": "2",
    }
    suite = root.findall("testsuite")[1]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("app.py", "2", "2")
    case = suite.find("testcase")
    assert case is not None
    assert (case.get("classname"), case.get("name")) == ("app.py", "blocking-http-call (FL102) at 4:13")
    failure = case.find("failure")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("error", TRACED.message)
    assert (failure.text or "").splitlines() == [
        f"app.py:4:13: {TRACED.message}",
        "services/pricing.py:18: price() calls get()",
        "help: await it, or not",
    ]


def test_what_could_not_be_done_is_a_test_that_broke(report: Report) -> None:
    errors = [error.get("message") for error in junit_of(report).iter("error")]
    assert errors == [problem.message for problem in TROUBLE]


def test_a_clean_run_is_a_test_that_passed(clean: Report) -> None:
    cases = list(junit_of(clean).iter("testcase"))
    assert [(case.get("name"), len(case)) for case in cases] == [("no findings", 0)]


# Markdown


def test_markdown_is_a_table_below_a_heading(report: Report) -> None:
    report.problems = []
    heading, _, columns, _, _, traced, advice, _ = lines_of(markdown.render(report))
    assert heading == "### fastlint: 1 error, 1 warning and 1 info in 1 file"
    assert columns == "| severity | where | what |"
    assert traced.startswith("| 🔴 error | `app.py:4:13` | [**blocking-http-call**](https://")
    assert traced.endswith(
        "(FL102): stops the event loop: `/items/{id}` \\| 100% \\<b\\>"
        "<br>`services/pricing.py:18` price() calls get()<br>Help: await it, or not |"
    )
    assert advice.startswith("| 🔵 info |")


def test_nothing_in_a_name_or_message_means_anything_to_markdown(report: Report) -> None:
    row = lines_of(markdown.render(report))[4]
    assert "| `` a\\|b `c`:d,%e" in row
    assert "\\]\\]\\> `a\\|b` \\*c\\*" in row
    assert "\\<script\\>" in row


def test_a_reader_of_markdown_sees_three_cells_and_no_markup_of_ours(report: Report) -> None:
    shown = MarkdownIt().enable("table").render(markdown.render(report).decode())
    rows = [re.findall("<td>(.*)</td>", row) for row in re.findall("(?s)<tr>(.*?)</tr>", shown)[1:]]
    assert [3, 3, 3] == [len(cells) for cells in rows]
    assert rows[0][1] == "<code>a|b `c`:d,%e\ufffd[31m ::error::\ufffe?.py:1:1</code>"
    assert rows[0][2].endswith("second ]]&gt; <code>a|b</code> *c* \ufffd \uffff &lt;script&gt;")


def test_markdown_of_a_clean_run_is_one_line(clean: Report) -> None:
    assert lines_of(markdown.render(clean)) == ["### fastlint: all good in 3 files", ""]


def test_markdown_says_what_a_run_compares_with(report: Report, clean: Report) -> None:
    for each in (report, clean):
        each.since, each.known = "main", 2
    assert lines_of(markdown.render(clean)) == [
        "### fastlint: all good: nothing new since main in 3 files",
        "",
        "2 findings from before are not shown.",
        "",
    ]
    assert " new since main in " in lines_of(markdown.render(report))[0]


def test_markdown_lists_what_could_not_be_done(clean: Report) -> None:
    clean.problems = list(TROUBLE)
    assert lines_of(markdown.render(clean)) == [
        "### fastlint: no findings in 3 files, but not everything could be read",
        "",
        "What could not be done:",
        "",
        "- broken.py:3:7: syntax error: expected `:`",
        "- gone.py: cannot be read",
    ]


def test_markdown_is_never_more_than_github_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "ROOM", 1000)
    found = [diagnostic(Place("app.py", Span(line, 0, line, 1)), "x" * 300) for line in range(1, 6)]
    written = markdown.render(report_of(tmp_path, ORDERS, *found))
    assert written.count(b"FL102") == 2
    assert lines_of(written)[-2:] == ["3 more are left out.", ""]
