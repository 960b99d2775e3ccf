"""What the engine itself reports about comments: its pages keep the promises of the rules' pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fastlint import registry, testing
from fastlint.config import ENGINE_RULES, Settings
from fastlint.engine import lint
from fastlint.output import json as json_output
from fastlint.rule import Rule
from tests.evidence.pages import BLOCK

RULES = registry.comment_rules()


def example(rule: Rule, heading: str) -> str:
    found = BLOCK.search(rule.page.partition(f"\n## {heading}\n")[2])
    assert found is not None
    return found["code"]


def names(folder: Path, text: str) -> list[str]:
    testing.write(folder, {"main.py": text})
    return [each.name for each in lint([folder], Settings(root=folder)).diagnostics]


def test_each_has_a_page() -> None:
    assert [*ENGINE_RULES] == [(rule.code, rule.name) for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_bad_example_is_reported_and_the_good_one_is_not(rule: Rule, tmp_path: Path) -> None:
    assert rule.name in names(tmp_path, example(rule, "Bad"))
    assert names(tmp_path, example(rule, "Good")) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_finding_leads_to_its_page(rule: Rule, tmp_path: Path) -> None:
    testing.write(tmp_path, {"main.py": example(rule, "Bad")})
    report = lint([tmp_path], Settings(root=tmp_path, select=("FL0", "FL1")))
    urls = {each["name"]: each["url"] for each in json.loads(json_output.render(report))}
    assert urls[rule.name] == rule.url
    assert (Path(__file__).parents[1] / rule.path).is_file()


def test_a_comment_that_has_to_stay_says_so(tmp_path: Path) -> None:
    stays = "x = 1  # fastlint: ignore[blocking-sleep, unused-suppression]\n"
    assert names(tmp_path, stays) == []
