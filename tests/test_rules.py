"""Every rule against its page and its fixtures, and the promises that all rules keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastlint import registry, testing
from fastlint.diagnostic import Severity
from fastlint.fixing import fix
from fastlint.rule import Rule
from fastlint.testing.projects import laid_out, settings

FIXTURES = Path(__file__).parents[1] / "fixtures"
RULES = registry.all_rules()
CASES = testing.cases(FIXTURES / "rules", RULES)
APPS = sorted(folder for folder in (FIXTURES / "apps").iterdir() if folder.is_dir())
HEADINGS = ("Why", "Bad", "Good", "When it is fine")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_reports_on_the_marked_lines_of_its_fixtures_and_on_no_other(case: testing.Case) -> None:
    testing.assert_findings(case.rule, case.path)


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_the_default_rules_report_on_the_marked_lines_of_an_app_and_on_no_other(app: Path) -> None:
    with laid_out(app) as root:
        assert testing.findings(root) == testing.expected(root)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_of_a_page_the_bad_example_is_reported_the_good_one_is_silent_and_the_fix_makes_one_of_the_other(
    rule: Rule,
) -> None:
    testing.assert_examples(rule)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fixing_a_fixture_leaves_files_that_parse_with_fewer_findings_and_nothing_left_to_fix(
    case: testing.Case,
) -> None:
    with laid_out(case.path) as root:
        before = testing.check(root, [case.rule.name])
        fixable = [each for each in before.diagnostics if each.fix is not None]
        chosen = settings(root, [case.rule.name])
        outcome = fix([root], chosen, unsafe=True)
        assert [] == outcome.problems
        assert len(outcome.report.diagnostics) <= len(before.diagnostics)
        assert bool(outcome.files) <= bool(fixable)
        assert {} == fix([root], chosen, unsafe=True).fixed


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_page_says_what_why_bad_good_and_when_it_is_fine(rule: Rule) -> None:
    assert [heading for heading in HEADINGS if f"\n## {heading}\n" not in rule.page] == []
    assert len(rule.summary) <= 100
    assert rule.summary.endswith(".")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_a_fixture_and_evidence(rule: Rule) -> None:
    stem = rule.name.replace("-", "_")
    assert any((FIXTURES / "rules" / stem).rglob("*.py"))
    assert (Path(__file__).parent / "evidence" / f"test_{stem}.py").is_file()


def test_rules_import_nothing_of_the_engine_but_its_api() -> None:
    folder = Path(__file__).parents[1] / "rules" / "fastlint_rules"
    imported = {
        line.split()[1]
        for path in folder.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("from fastlint", "import fastlint"))
    }
    assert {name for name in imported if not name.startswith("fastlint_rules")} == {"fastlint.api"}


OPEN_ORIGINS = """
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
"""


@pytest.mark.parametrize(
    ("reads", "severity"),
    [
        ("from fastapi.security import HTTPBearer\nbearer = HTTPBearer()\n", Severity.WARNING),
        ("from fastapi.security import HTTPBasic\nbasic = HTTPBasic()\n", Severity.ERROR),
        ("from starlette.middleware.sessions import SessionMiddleware\n", Severity.ERROR),
        ("def user(request: Request) -> dict[str, str]:\n    return request.cookies\n", Severity.ERROR),
        ("import sqladmin\n", Severity.ERROR),
    ],
)
def test_open_origins_are_an_error_where_something_reads_what_browsers_send_by_themselves(
    reads: str, severity: Severity, tmp_path: Path
) -> None:
    testing.write(tmp_path, {"main.py": OPEN_ORIGINS + reads})
    found = testing.check(tmp_path, ["wildcard-origin-with-credentials"]).diagnostics
    assert [severity] == [each.severity for each in found]
