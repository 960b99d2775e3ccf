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
from fastlint.testing.pages import example

RULES = registry.comment_rules()


def names(folder: Path, text: str) -> list[str]:
    testing.write(folder, {"main.py": text})
    settings = Settings(root=folder, require_reason=True)
    return [each.name for each in lint([folder], settings).diagnostics]


def test_each_has_a_page() -> None:
    assert [*ENGINE_RULES] == [(rule.code, rule.name) for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_bad_example_is_reported_and_the_good_one_is_not(rule: Rule, tmp_path: Path) -> None:
    assert rule.name in names(tmp_path, example(rule.page, "Bad"))
    assert names(tmp_path, example(rule.page, "Good")) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_finding_leads_to_its_page(rule: Rule, tmp_path: Path) -> None:
    testing.write(tmp_path, {"main.py": example(rule.page, "Bad")})
    report = lint([tmp_path], Settings(root=tmp_path, select=("FL0", "FL1"), require_reason=True))
    urls = {each["name"]: each["url"] for each in json.loads(json_output.render(report))}
    assert urls[rule.name] == rule.url
    assert (Path(__file__).parents[1] / rule.path).is_file()


def test_a_comment_that_has_to_stay_says_so(tmp_path: Path) -> None:
    stays = "x = 1  # fastlint: ignore[blocking-sleep, unused-suppression] -- not on every system\n"
    assert names(tmp_path, stays) == []


def test_no_reason_is_required_unless_somebody_asks_for_it(tmp_path: Path) -> None:
    text = example(next(rule for rule in RULES if rule.code == "FL003").page, "Bad")
    testing.write(tmp_path, {"main.py": text})
    asked = {
        "by nobody": Settings(root=tmp_path),
        "by the key": Settings(root=tmp_path, require_reason=True),
        "by the key, where other rules are selected": Settings(
            root=tmp_path, require_reason=True, select=("FL1",)
        ),
        "by a selector": Settings(root=tmp_path, extend_select=("FL003",)),
        "not on the command line": Settings(root=tmp_path, require_reason=True).override(select=["FL1"]),
    }
    found = {who: bool(lint([tmp_path], settings).diagnostics) for who, settings in asked.items()}
    assert found == {
        "by nobody": False,
        "by the key": True,
        "by the key, where other rules are selected": True,
        "by a selector": True,
        "not on the command line": False,
    }
