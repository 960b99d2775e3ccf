"""Every rule against its page and its fixtures, and the promises that all rules keep."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fastlint import registry, testing
from fastlint.config import Settings
from fastlint.diagnostic import Severity
from fastlint.fixing import fix
from fastlint.rule import Rule
from tests.evidence import pages

FIXTURES = Path(__file__).parents[1] / "fixtures"
RULES = registry.all_rules()
CASES = sorted(
    case
    for folder in (FIXTURES / "rules").iterdir()
    for case in folder.iterdir()
    if case.suffix == ".py" or (case.is_dir() and case.name != "__pycache__")
)
APPS = sorted(folder for folder in (FIXTURES / "apps").iterdir() if folder.is_dir())
HEADINGS = ("Why", "Bad", "Good", "When it is fine")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_a_rule_reports_on_the_marked_lines_of_its_fixtures_and_on_no_other(
    case: Path, tmp_path: Path
) -> None:
    root = _copied(case, tmp_path)
    assert testing.findings(root, [case.parent.name.replace("_", "-")]) == testing.expected(root)


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_the_default_rules_report_on_the_marked_lines_of_an_app_and_on_no_other(
    app: Path, tmp_path: Path
) -> None:
    root = _copied(app, tmp_path)
    assert testing.findings(root) == testing.expected(root)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_bad_example_of_a_page_is_reported(rule: Rule, tmp_path: Path) -> None:
    testing.write(tmp_path, {"main.py": pages.source(rule.name, "Bad")})
    assert rule.name in {name for _, _, name in testing.findings(tmp_path, [rule.name])}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_good_example_of_a_page_is_silent(rule: Rule, tmp_path: Path) -> None:
    testing.write(tmp_path, {"main.py": pages.source(rule.name, "Good")})
    assert [] == testing.findings(tmp_path, [rule.name])


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.codemods], ids=lambda rule: rule.name)
def test_the_fix_of_the_bad_example_is_the_good_example(rule: Rule, tmp_path: Path) -> None:
    testing.write(tmp_path, {"main.py": pages.source(rule.name, "Bad")})
    outcome = fix([tmp_path], Settings(root=tmp_path, select=(rule.name,)), unsafe=True)
    assert (tmp_path / "main.py").read_text(encoding="utf-8") == pages.source(rule.name, "Good")
    assert [] == outcome.report.diagnostics


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_fixing_a_fixture_leaves_files_that_parse_with_fewer_findings_and_nothing_left_to_fix(
    case: Path, tmp_path: Path
) -> None:
    root = _copied(case, tmp_path)
    rules = (case.parent.name.replace("_", "-"),)
    before = testing.check(root, rules)
    fixable = [each for each in before.diagnostics if each.fix is not None]
    texts = [path.read_text(encoding="utf-8") for path in root.rglob("*.py")]
    settings = Settings(root=root, select=rules, versions=testing.declared(texts))
    outcome = fix([root], settings, unsafe=True)
    assert [] == outcome.problems
    assert len(outcome.report.diagnostics) <= len(before.diagnostics)
    assert bool(outcome.files) <= bool(fixable)
    assert {} == fix([root], settings, unsafe=True).fixed


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


def test_every_fixture_belongs_to_a_rule() -> None:
    names = {rule.name.replace("-", "_") for rule in RULES}
    assert {case.parent.name for case in CASES} - names == set()


def test_rules_import_nothing_of_the_engine_but_its_api() -> None:
    folder = Path(__file__).parents[1] / "rules" / "fastlint_rules"
    imported = {
        line.split()[1]
        for path in folder.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("from fastlint", "import fastlint"))
    }
    assert {name for name in imported if not name.startswith("fastlint_rules")} == {"fastlint.api"}


def _copied(case: Path, folder: Path) -> Path:
    """A copy outside this repository, so that it is a project of its own."""
    root = folder / "project"
    if case.is_dir():
        shutil.copytree(case, root, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        root.mkdir()
        shutil.copy(case, root / case.name)
    return root


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
