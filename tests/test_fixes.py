"""Every fix, on the files of `fixtures/fixes`: what it makes of them, and what they do before and after.

Each case is a folder `RULE/safe/CASE` or `RULE/unsafe/CASE` with a `before.py` and an `after.py`, or folders
of these names for a project of several files. A safe case is run on the real framework: `evidence.behaviour`.
What is found and yet left to a person is `RULE/refused/CASE.py`, a file that no fix may change.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from fastlint import registry, testing
from fastlint.diagnostic import Safety
from fastlint.fixing import fix
from fastlint.rule import Rule
from fastlint.testing.projects import Code, laid_out, settings
from tests.evidence.behaviour import behaviour, keeps

FIXES = Path(__file__).parents[1] / "fixtures" / "fixes"


class Case(NamedTuple):
    """A project before and after its fix; `str` of it is a name for a test."""

    rule: Rule
    is_safe: bool
    folder: Path

    def __str__(self) -> str:
        return "/".join(self.folder.parts[-3:])

    @property
    def before(self) -> Code:
        return _code(self.folder, "before")

    @property
    def after(self) -> Code:
        return _code(self.folder, "after")


def _code(folder: Path, name: str) -> Code:
    file = folder / f"{name}.py"
    return {"main.py": file.read_text(encoding="utf-8")} if file.is_file() else folder / name


def _cases() -> list[Case]:
    rules = {rule.name.replace("-", "_"): rule for rule in registry.all_rules()}
    return [
        Case(rules[folder.parts[-3]], {"safe": True, "unsafe": False}[folder.parts[-2]], folder)
        for folder in sorted(FIXES.glob("*/*/*"))
        if folder.is_dir()
    ]


CASES = _cases()
REFUSED = sorted(FIXES.glob("*/refused/*.py"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_fix_makes_the_file_after_of_the_file_before(case: Case) -> None:
    testing.assert_fix(case.rule, case.before, case.after, unsafe=not case.is_safe)


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_safe], ids=str)
def test_an_unsafe_fix_is_made_only_where_it_is_asked_for(case: Case) -> None:
    testing.assert_fix(case.rule, case.before, case.before, unsafe=False)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_after_a_fix_there_is_nothing_to_fix_and_nothing_new_to_report(case: Case) -> None:
    with laid_out(case.before) as root:
        chosen = settings(root, [case.rule.name])
        before = _counts(root, case.rule)
        fix([root], chosen, unsafe=True)
        assert {} == fix([root], chosen, unsafe=True).fixed
        after = _counts(root, case.rule)
        assert after[case.rule.name] < before[case.rule.name]
        assert after <= before


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fixing_with_all_rules_at_once_comes_to_rest_with_nothing_left_to_fix(case: Case) -> None:
    with laid_out(case.before) as root:
        everything = settings(root, ["ALL"])
        assert [] == fix([root], everything, unsafe=True).problems
        assert {} == fix([root], everything, unsafe=True).fixed


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: "/".join(file.parts[-3:]))
def test_what_no_fix_can_do_right_is_found_and_left_as_it_is(file: Path) -> None:
    name = file.parts[-3].replace("_", "-")
    with laid_out(file) as root:
        assert name in [each for _, _, each in testing.findings(root, [name])]
        fix([root], settings(root, [name]), unsafe=True)
        assert file.read_text(encoding="utf-8") == (root / file.name).read_text(encoding="utf-8")


def _counts(root: Path, rule: Rule) -> Counter[str]:
    """How often each of the default rules and this one has something to say."""
    return Counter(name for _, _, name in {*testing.findings(root), *testing.findings(root, [rule.name])})


@pytest.mark.parametrize("case", [case for case in CASES if case.is_safe], ids=str)
def test_an_app_does_after_a_safe_fix_what_it_did_before(case: Case, tmp_path: Path) -> None:
    with laid_out(case.before) as before, laid_out(case.after) as after:
        assert [] == keeps(behaviour(before, quietly=True), behaviour(after, quietly=False))


def test_every_codemod_is_tried_and_every_one_that_can_be_safe_is_run_on_the_real_framework() -> None:
    tried = {(case.rule.name, name) for case in CASES for name in _asked_for(case)}
    run = {(case.rule.name, name) for case in CASES if case.is_safe for name in _asked_for(case)}
    offered = {
        (rule.name, codemod.name): codemod.safety
        for rule in registry.all_rules()
        if rule.is_ours
        for codemod in rule.codemods.values()
    }
    assert set() == offered.keys() - tried
    assert set() == {each for each, safety in offered.items() if safety is Safety.SAFE} - run


def _asked_for(case: Case) -> set[str]:
    """The codemods that the findings of a case name, its choices too."""
    with laid_out(case.before) as root:
        report = testing.check(root, [case.rule.name])
        return {request.codemod for each in report.diagnostics for request in each.requests}
