"""Comments that silence findings: where they count, what they mean, and when they are reported."""

from __future__ import annotations

import ast
import time

import pytest

from fastlint.diagnostic import Diagnostic, Place, Severity, Span
from fastlint.rule import Rule
from fastlint.suppression import Suppression, apply, find


def make_rule(name: str, code: str, *, default: bool = True) -> Rule:
    module = f"rules.{name.replace('-', '_')}"
    return Rule(module, code=code, severity=Severity.ERROR, since="0.1.0", source="", default=default)


SLEEP = make_rule("blocking-sleep", "FL101")
RETURNED = make_rule("returned-http-exception", "FL407")
STRICT = make_rule("trivial-sync-dependency", "FL121", default=False)
KNOWN = (SLEEP, STRICT, RETURNED)
DEFAULT = (SLEEP, RETURNED)


def only(source: str) -> Suppression:
    (suppression,) = find(source)
    return suppression


def finding(rule: Rule, line: int, end_line: int | None = None, path: str = "a.py") -> Diagnostic:
    return rule.report(Place(path, Span(line, 0, end_line or line, 4)), "happens")


def judged(source: str, *found: Diagnostic, selected: tuple[Rule, ...] = DEFAULT) -> list[str]:
    """What is left, as `line code message`, of findings in a file with this source."""
    left = apply(found, {"a.py": find(source)}, selected, known=KNOWN)
    return [f"{finding.place.span.line} {finding.code} {finding.message}" for finding in left]


# Finding them


def test_a_comment_names_rules_and_a_reason() -> None:
    assert only("x = 1  # fastlint: ignore[returned-http-exception, FL101] -- it is a test\n") == Suppression(
        line=1,
        column=7,
        end_column=73,
        kind="ignore",
        applies_to_line=1,
        selectors=("returned-http-exception", "FL101"),
        reason="it is a test",
    )


@pytest.mark.parametrize("reason", ["-- because", ": because", "because", "\u2014 because", "- because"])
def test_a_reason_may_follow_in_any_usual_way(reason: str) -> None:
    found = only(f"x  # fastlint: ignore[FL101] {reason}")
    assert (found.selectors, found.reason) == (("FL101",), "because")


def test_the_reason_ends_where_the_next_pragma_begins() -> None:
    found = only("x  # fastlint: ignore[FL101] see issue #12  # type: ignore[attr-defined]")
    assert (found.reason, found.column, found.end_column) == ("see issue #12", 3, 42)


@pytest.mark.parametrize("text", ["#fastlint:ignore[FL101]", "#  fastlint : ignore [ FL101 , ]"])
def test_spaces_do_not_matter(text: str) -> None:
    assert (only(f"x  {text}").selectors, only(f"x  {text}").malformed) == (("FL101",), "")


def test_without_a_list_every_rule_is_meant() -> None:
    assert (only("x  # fastlint: ignore").kind, only("x  # fastlint: ignore").selectors) == ("ignore", ())


def test_it_may_follow_another_pragma() -> None:
    assert only("x = 1  # type: ignore # fastlint: ignore[FL101]").column == 22


def test_columns_are_utf_8_bytes() -> None:
    found = only('é = "ü"  # fastlint: ignore[FL101] ñ\n')
    assert (found.column, found.end_column) == (11, 39)


def test_a_byte_order_mark_takes_no_column() -> None:
    assert only("\ufeffx  # noqa").column == 3


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_with_any_line_end(newline: str) -> None:
    source = newline.join(["a", "# fastlint: ignore[FL101]", "b", "c  # fastlint: ignore[FL101]", ""])
    assert [(found.line, found.applies_to_line) for found in find(source)] == [(2, 3), (4, 4)]


def test_a_comment_on_its_own_line_is_for_the_code_directly_below() -> None:
    source = "    # fastlint: ignore[FL101]\n    # why\n    # fastlint: ignore[FL407]\n    x\n"
    assert [(found.line, found.applies_to_line) for found in find(source)] == [(1, 4), (3, 4)]


def test_a_blank_line_parts_a_comment_from_the_code_below() -> None:
    assert only("# fastlint: ignore[FL101]\n\nx\n").applies_to_line == 2


@pytest.mark.parametrize(
    "source",
    [
        "x = '# fastlint: ignore[FL101]'",
        'x = "a\\"# noqa"',
        'x = """\n# noqa: FL101\n"""',
        "x = r'''\\\n# fastlint: ignore-file\n'''",
        'x = f"{y!r} # noqa"',
        "x = 'a\\\n# noqa'",
        "'''never closed\n# fastlint: ignore\n",
        "# see `# fastlint: ignore[FL101]` in the manual",
        "# fastlint is a linter, noqa is a word",
        "fastlint = noqa",
        "# fastlint ignores what it does not know",
        "# fastlint ignore files are read, says fastlint",
        "# Fastlint: what it reports",
        "# Fastlint: ignored",
        "# see `# fastlint ignore[FL101]`, and `# Fastlint: ignore`",
    ],
)
def test_what_only_looks_like_a_comment_is_none(source: str) -> None:
    assert find(source) == ()


@pytest.mark.parametrize(
    "source",
    [
        "x = '#'  # noqa",
        'x = """a""" ""  # noqa',
        'x = """a"b\\""""  # noqa',
        "x = 'never closed\ny = 1  # noqa",
        "if (:\n    }  # noqa",
        "x = f\"{', '.join(y)}\"  # noqa",
        "x = f'{y['a']}'  # noqa",
        'x = f"{\'"\'}"  # noqa',
    ],
)
def test_a_comment_is_found_after_any_string_even_in_a_broken_file(source: str) -> None:
    assert only(source).kind == "noqa"


# The noqa of flake8


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# noqa", ()),
        ("#NoQA", ()),
        ("# noqa: FL407", ("FL407",)),
        ("# noqa:fl407,E501", ("FL407",)),
        ("# noqa: E501 FL4, FL101 - a reason", ("FL4", "FL101")),
        ("# NOQA : FL407", ("FL407",)),
        ("# type: ignore # noqa: FL407", ("FL407",)),
    ],
)
def test_noqa_with_our_codes_or_none_is_read(comment: str, expected: tuple[str, ...]) -> None:
    assert (only(f"x  {comment}").kind, only(f"x  {comment}").selectors) == ("noqa", expected)


@pytest.mark.parametrize(
    "comment", ["# noqa: E501", "# noqa: FLY002", "# noqa:F401,B008 why", "# ruff: noqa"]
)
def test_noqa_with_other_linters_codes_is_not_ours(comment: str) -> None:
    assert find(f"x  {comment}") == ()


def test_noqa_is_for_its_own_line_only_as_in_flake8() -> None:
    assert only("# noqa: FL407\nx\n").applies_to_line == 1


# Silencing


@pytest.mark.parametrize("selectors", ["", "[FL407]", "[FL4]", "[ALL]", "[FL101, returned-http-exception]"])
def test_a_comment_silences_the_rules_it_means(selectors: str) -> None:
    source = f"x  # fastlint: ignore{selectors}"
    assert judged(source, finding(RETURNED, 1), selected=(RETURNED,)) == []


def test_a_finding_of_another_rule_stays() -> None:
    source = "x  # fastlint: ignore[FL407]"
    assert judged(source, finding(RETURNED, 1), finding(SLEEP, 1)) == ["1 FL101 happens"]


def test_a_finding_on_another_line_or_in_another_file_stays() -> None:
    source = "x  # fastlint: ignore[FL407]\nx"
    others = [finding(RETURNED, 2), finding(RETURNED, 1, path="b.py")]
    assert judged(source, finding(RETURNED, 1), *others) == ["2 FL407 happens", "1 FL407 happens"]


def test_the_line_where_a_finding_ends_counts_too() -> None:
    assert judged("f(\n  1,\n)  # noqa: FL407", finding(RETURNED, 1, 3)) == []


def test_a_line_in_the_middle_of_a_finding_does_not_count() -> None:
    expected = ["1 FL407 happens", "2 FL001 `FL407` silences nothing here"]
    assert judged("f(\n  1,  # fastlint: ignore[FL407]\n)", finding(RETURNED, 1, 3)) == expected


ROUTE = """\
@router.get(
    "/items",
)
@cached
async def items(
    q: str,
) -> list[str]:
    return await fetch(
        q,
    )
"""


def lines_silenced(source: str) -> list[int]:
    """The lines whose findings a comment in a file that parses silences."""
    comment = find(source, ast.parse(source))[0]
    lines = range(1, source.count("\n") + 2)
    return [line for line in lines if comment.covers(Span(line, 0, line, 1))]


def marked(source: str, line: int, comment: str = "# fastlint: ignore[FL407]") -> str:
    """A source with a comment at the end of one of its lines."""
    lines = source.splitlines(keepends=True)
    lines[line - 1] = f"{lines[line - 1].rstrip()}  {comment}\n"
    return "".join(lines)


def test_a_comment_above_a_decorated_function_is_for_all_before_its_body() -> None:
    assert lines_silenced(f"# fastlint: ignore[FL407]\n{ROUTE}") == [2, 3, 4, 5, 6, 7, 8]


def test_a_comment_on_a_decorator_is_for_all_from_there_to_the_body() -> None:
    assert [lines_silenced(marked(ROUTE, line)) for line in (1, 4)] == [[1, 2, 3, 4, 5, 6, 7], [4, 5, 6, 7]]


def test_a_comment_on_the_first_line_of_a_statement_is_for_all_of_it() -> None:
    assert lines_silenced(marked(ROUTE, 8)) == [8, 9, 10]


def test_a_comment_within_a_statement_is_for_its_own_line() -> None:
    assert [lines_silenced(marked(ROUTE, line)) for line in (2, 3, 6, 9)] == [[2], [3], [6], [9]]


def test_a_comment_on_a_block_is_not_for_what_is_in_it() -> None:
    blocks = ["with a(\n    b\n):\n    c\n", "match a(\n    b\n):\n    case 1:\n        c\n"]
    assert [lines_silenced(marked(block, 1)) for block in blocks] == [[1, 2, 3], [1, 2, 3]]


def test_a_noqa_is_for_its_own_line_even_in_a_statement_of_many() -> None:
    assert lines_silenced(marked(marked(ROUTE, 1, "# noqa: FL407"), 8)) == [1]


def test_a_comment_above_silences_the_line_below() -> None:
    assert judged("# fastlint: ignore[FL407]\nx", finding(RETURNED, 2)) == []


def test_ignore_file_silences_the_whole_file_from_any_line() -> None:
    source = "x\nx\n    # fastlint: ignore-file[FL407]: generated\n"
    assert judged(source, finding(RETURNED, 1), finding(RETURNED, 9), finding(SLEEP, 1)) == [
        "1 FL101 happens"
    ]


def test_the_findings_that_are_left_are_in_order() -> None:
    found = [finding(SLEEP, 3), finding(RETURNED, 1), finding(SLEEP, 1)]
    expected = [
        "1 FL101 happens",
        "1 FL407 happens",
        "2 FL001 `FL101` silences nothing here",
        "3 FL101 happens",
    ]
    assert judged("\nx  # noqa: FL101", *found) == expected


# Unused


def test_an_unused_comment_is_a_warning_on_it() -> None:
    source = "é  # fastlint: ignore[FL407] why\n"
    assert apply([], {"a.py": find(source)}, DEFAULT, known=KNOWN) == [
        Diagnostic(
            place=Place("a.py", Span(1, 4, 1, 33)),
            code="FL001",
            name="unused-suppression",
            severity=Severity.WARNING,
            message="`FL407` silences nothing here",
            help="remove the comment",
        )
    ]


def test_one_of_two_selectors_may_be_unused() -> None:
    source = "x  # fastlint: ignore[FL407, blocking-sleep]"
    (unused,) = apply([finding(RETURNED, 1)], {"a.py": find(source)}, DEFAULT, known=KNOWN)
    assert (unused.message, unused.help) == (
        "`blocking-sleep` silences nothing here",
        "remove `blocking-sleep` from the comment",
    )


def test_two_unused_selectors_are_one_finding() -> None:
    assert judged("x  # fastlint: ignore[FL407, FL101]") == ["1 FL001 `FL407`, `FL101` silence nothing here"]


def test_both_comments_that_silence_a_finding_are_used() -> None:
    assert judged("# fastlint: ignore-file[FL407]\nx  # fastlint: ignore", finding(RETURNED, 2)) == []


def test_a_comment_for_a_rule_that_did_not_run_is_not_unused() -> None:
    assert judged("x  # fastlint: ignore[FL407]", selected=(SLEEP,)) == []


def test_a_prefix_is_unused_only_if_all_its_rules_ran() -> None:
    source = "x  # fastlint: ignore[FL1]"
    assert judged(source) == []
    assert judged(source, selected=KNOWN) == ["1 FL001 `FL1` silences nothing here"]


def test_a_comment_for_every_rule_is_unused_once_the_usual_rules_ran() -> None:
    source = "x  # fastlint: ignore"
    assert judged(source, selected=(SLEEP,)) == []
    assert judged(source) == ["1 FL001 this comment silences nothing"]


def test_a_bare_noqa_is_never_unused() -> None:
    assert judged("x  # noqa") == []


def test_a_noqa_with_our_code_can_be_unused() -> None:
    assert judged("x  # noqa: E501, FL407") == ["1 FL001 `FL407` silences nothing here"]


def test_unused_comments_can_be_kept_in_a_line_or_a_file() -> None:
    assert judged("x  # fastlint: ignore[FL407, unused-suppression]") == []
    assert judged("# fastlint: ignore-file[FL001]\nx  # fastlint: ignore[FL407]") == []


def test_a_comment_that_keeps_unused_comments_can_be_unused_itself() -> None:
    assert judged("# fastlint: ignore-file[FL001]") == ["1 FL001 `FL001` silences nothing here"]


def test_a_comment_for_every_rule_does_not_hide_that_it_is_unused() -> None:
    assert judged("# fastlint: ignore-file") == ["1 FL001 this comment silences nothing"]


def test_findings_about_comments_can_be_switched_off() -> None:
    found = find("x  # fastlint: ignore[FL407]\ny  # fastlint: nonsense")
    assert apply([], {"a.py": found}, DEFAULT, known=KNOWN, engine=()) == []


# Malformed


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# fastlint: ignore[FL407", "the bracket is never closed"),
        ("# fastlint: ignore[ ]", "there is no rule between the brackets"),
        ("# fastlint: disable=FL407", "`disable` is neither `ignore` nor `ignore-file`"),
        ("# fastlint: ignore-line[FL407]", "`ignore-line` is neither `ignore` nor `ignore-file`"),
        ("# fastlint:", "`` is neither `ignore` nor `ignore-file`"),
        ("# Fastlint: ignore[FL407]", "`Fastlint` is written `fastlint`"),
        ("# FASTLINT:ignore-file -- why", "`FASTLINT` is written `fastlint`"),
        ("# fastlint ignore[FL407]", "after `fastlint` comes a colon"),
        ("# FastLint ignore [FL407] -- why", "after `FastLint` comes a colon"),
        ("# fastlint ignore", "after `fastlint` comes a colon"),
        ("# fastlint ignore  # noqa: E501", "after `fastlint` comes a colon"),
        ("# fastlint-ignore: FL407", "after `fastlint` comes a colon"),
        ("# type: ignore # fastlint.ignore-file", "after `fastlint` comes a colon"),
        ("# fastlint: ignore[fl407]", "unknown rule `fl407`, did you mean `FL407`?"),
        ("# fastlint: ignore[fl4]", "unknown rule `fl4`, did you mean `FL4`?"),
        ("# fastlint: ignore FL407", "a rule is named in brackets: `ignore[FL407]`"),
        ("# fastlint: ignore: blocking-sleep", "a rule is named in brackets: `ignore[blocking-sleep]`"),
        ("# fastlint: ignore(FL407)", "a rule is named in brackets: `ignore[FL407]`"),
        ("# fastlint: ignore=FL407", "a rule is named in brackets: `ignore[FL407]`"),
        ("# fastlint: ignore:FL407", "a rule is named in brackets: `ignore[FL407]`"),
        ("# fastlint: ignore(E501)", "after `ignore` comes a rule in brackets, or a reason after a space"),
        ("# fastlint: ignore!", "after `ignore` comes a rule in brackets, or a reason after a space"),
        ("# fastlint: ignore: a test", "after `ignore` comes a rule in brackets, or a reason after a space"),
        ("# fastlint: ignore-file[FL407]", "`ignore-file` must stand on a line of its own"),
        (
            "# fastlint: ignore[returned-http-exeption]",
            "unknown rule `returned-http-exeption`, did you mean `returned-http-exception`?",
        ),
        ("# noqa: FL999", "unknown rule `FL999`"),
    ],
)
def test_a_comment_that_cannot_be_understood_silences_nothing_and_is_reported(
    comment: str, expected: str
) -> None:
    assert judged(f"x  {comment}", finding(RETURNED, 1)) == ["1 FL407 happens", f"1 FL002 {expected}"]


@pytest.mark.parametrize("reason", ["", " ", " because", " (see #12)", " -- because"])
def test_a_comment_without_a_list_may_have_a_reason_after_a_space(reason: str) -> None:
    assert judged(f"x  # fastlint: ignore{reason}", finding(RETURNED, 1)) == []


def test_an_unknown_rule_leaves_the_others_of_the_comment_at_work() -> None:
    source = "x  # fastlint: ignore[FL407, E501]"
    assert judged(source, finding(RETURNED, 1)) == ["1 FL002 unknown rule `E501`"]


# Without a reason


@pytest.mark.parametrize(
    ("comment", "is_reported"),
    [
        ("# fastlint: ignore[FL407]", True),
        ("# fastlint: ignore[FL407] --", True),
        ("# fastlint: ignore[FL407]  # type: ignore", True),
        ("# fastlint: ignore[FL407, suppression-without-reason]", False),
        ("# fastlint: ignore[FL407] -- a test", False),
        ("# fastlint: ignore a test", False),
        ("# fastlint: ignore", True),
        ("# noqa: FL407", True),
        ("# noqa: E501, FL407  # type: ignore", True),
        ("# noqa: FL407 -- a test", False),
        ("# noqa: E501", False),
        ("# noqa", False),
    ],
)
def test_a_comment_without_a_reason_is_reported_where_that_is_wanted(comment: str, is_reported: bool) -> None:
    found = apply(
        [finding(RETURNED, 1)],
        {"a.py": find(f"x  {comment}")},
        DEFAULT,
        known=KNOWN,
        engine={"FL003"},
    )
    assert is_reported is ("FL003" in {each.code for each in found})


def test_a_comment_that_cannot_be_understood_is_not_asked_for_its_reason() -> None:
    found = apply([], {"a.py": find("x  # fastlint: off")}, DEFAULT, known=KNOWN, engine={"FL002", "FL003"})
    assert [each.code for each in found] == ["FL002"]


def test_a_comment_that_nearly_is_one_of_ours_is_marked_up_to_the_next() -> None:
    source = "x = 'é'  # fastlint ignore[FL407] -- why  # noqa: E501\n"
    assert [(each.span, each.malformed) for each in find(source)] == [
        (Span(1, 10, 1, 41), "after `fastlint` comes a colon")
    ]


def test_a_malformed_comment_is_a_warning_that_says_how_to_write_it() -> None:
    (malformed,) = apply([], {"a.py": find("# fastlint: off")}, DEFAULT, known=KNOWN)
    assert (malformed.name, malformed.severity, malformed.place.span, malformed.help) == (
        "malformed-suppression",
        Severity.WARNING,
        Span(1, 0, 1, 15),
        "write `# fastlint: ignore[rule-name]`",
    )


# Speed


def test_a_file_without_comments_for_us_costs_next_to_nothing() -> None:
    source = 'x = "a"  # noqa: E501\n' * 20_000
    start = time.perf_counter()
    assert find(source) == ()
    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize(
    "text",
    [
        '"' * 30_000,
        "'\\" * 20_000,
        '"""' + '\\"' * 20_000,
        "#" * 30_000,
        "f(" * 20_000,
        "# Fastlint: off " * 9_000,
    ],
)
def test_no_text_makes_the_search_slow(text: str) -> None:
    start = time.perf_counter()
    assert len(find(f"x  # noqa\n{text}")) == 1
    assert time.perf_counter() - start < 0.5
