"""The kit that rules are tested with: what it accepts, and what it says where a rule is not as told."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from fastlint import testing
from fastlint.model.project import Project
from fastlint.registry import find_rule
from fastlint.rule import Rule

HEAD = """
import time
from fastapi import FastAPI

app = FastAPI()

"""
ROUTE = """
@app.get("/")
async def read() -> None:
    time.sleep(1){mark}
"""


def rule(name: str = "blocking-sleep") -> Rule:
    found = find_rule(name)
    assert found is not None
    return found


def complaint(code: testing.Code) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        testing.assert_findings(rule(), code)
    return str(caught.value).split("\n")


# Findings


def test_a_marked_line_is_reported() -> None:
    testing.assert_findings(rule(), HEAD + ROUTE.format(mark="  # expect: blocking-sleep"))


def test_code_without_marks_is_silent() -> None:
    testing.assert_findings(rule(), HEAD + ROUTE.format(mark="").replace("async ", ""))


def test_a_mark_without_a_finding_is_shown_with_its_line() -> None:
    assert [
        "blocking-sleep does not report what is marked:",
        "  main.py:1: marked and not reported: x = 1  # expect: blocking-sleep",
    ] == complaint("x = 1  # expect: blocking-sleep\n")


def test_a_finding_without_a_mark_is_shown_with_its_message() -> None:
    _, where, message = complaint(HEAD + ROUTE.format(mark=""))
    assert "  main.py:9: reported and not marked: time.sleep(1)" == where
    assert message.startswith("    `time.sleep` stops the event loop")


def test_two_findings_on_a_line_need_two_marks() -> None:
    twice = ROUTE.format(mark="; time.sleep(2)  # expect: blocking-sleep")
    assert "main.py:9: reported and not marked" in complaint(HEAD + twice)[1]
    testing.assert_findings(rule(), HEAD + twice.rstrip() + ", blocking-sleep\n")


def test_a_project_of_several_files_is_read_as_one() -> None:
    testing.assert_findings(
        rule(),
        {
            "shop/__init__.py": "",
            "shop/slow.py": "import time\n\n\ndef wait() -> None:\n    time.sleep(1)\n",
            "shop/main.py": """
                from fastapi import FastAPI
                from shop.slow import wait

                app = FastAPI()

                @app.get("/")
                async def read() -> None:
                    wait()  # expect: blocking-sleep
            """,
        },
    )


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_file_and_a_folder_are_linted_where_they_have_no_surroundings(
    is_folder: bool, tmp_path: Path
) -> None:
    testing.write(
        tmp_path,
        {
            "fastlint.toml": 'ignore = ["ALL"]\n',
            "case/main.py": HEAD + ROUTE.format(mark="  # expect: blocking-sleep"),
        },
    )
    testing.assert_findings(rule(), tmp_path / "case" if is_folder else tmp_path / "case" / "main.py")


def test_a_case_says_which_versions_it_has() -> None:
    import_only = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
    handler = '@app.on_event("startup")\ndef start() -> None: ...\n'
    told = testing.diagnostics(rule("on-event"), f"# versions: fastapi==0.60\n{import_only}{handler}")
    assert [] == told


@pytest.mark.parametrize(("fastapi", "count"), [(">=0.100", 1), (">=0.60,<0.93", 0)])
def test_a_case_declares_a_range_with_all_of_its_bounds(fastapi: str, count: int) -> None:
    app = "from fastapi import FastAPI\n\napp = FastAPI()\n"
    app += '@app.on_event("startup")\ndef start() -> None: ...\n'
    told = testing.diagnostics(rule("on-event"), f"# versions: fastapi {fastapi}, pydantic>=1,<3\n{app}")
    assert count == len(told)


def test_all_else_about_a_finding_can_be_asked() -> None:
    [finding] = testing.diagnostics(rule(), HEAD + ROUTE.format(mark=""))
    assert "use `await asyncio.sleep(...)`" in finding.help


def test_a_file_that_cannot_be_read_fails_the_test() -> None:
    with pytest.raises(AssertionError, match=r"main\.py"):
        testing.diagnostics(rule(), "from fastapi import (\n")


def test_what_a_rule_raises_comes_out_of_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(project: Project) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(Project, "loop", property(failing))
    with pytest.raises(ZeroDivisionError):
        testing.diagnostics(rule(), HEAD)


def test_a_rule_that_is_not_installed_is_told_how() -> None:
    with pytest.raises(AssertionError, match=r"^blocking-sleep is not installed: `pip install --editable"):
        testing.assert_findings(replace(rule()), HEAD)


# Fixes

SLEEPS = HEAD + ROUTE.format(mark="")
AWAITS = SLEEPS.replace("import time", "import asyncio").replace("time.sleep", "await asyncio.sleep")


def test_a_fix_makes_one_of_the_other() -> None:
    testing.assert_fix(rule(), SLEEPS, AWAITS)


def test_a_fix_that_makes_something_else_is_shown_as_a_difference() -> None:
    with pytest.raises(AssertionError) as caught:
        testing.assert_fix(rule(), SLEEPS, AWAITS.replace("(1)", "(2)"))
    said = str(caught.value).split("\n")
    assert "blocking-sleep fixes it otherwise:" == said[0]
    assert said[-2:] == ["-    await asyncio.sleep(2)", "+    await asyncio.sleep(1)"]


def test_a_fix_that_is_refused_says_why() -> None:
    spread = SLEEPS.replace("sleep(1)", "sleep(*[1])")
    with pytest.raises(AssertionError, match=r"\nthe fix was refused: `time.sleep` takes one argument"):
        testing.assert_fix(rule(), spread, AWAITS)


def test_without_unsafe_fixes_only_safe_ones_are_made() -> None:
    bad = testing.pages.example(rule("missing-depends").page, "Bad")
    testing.assert_fix(rule("missing-depends"), bad, bad, unsafe=False)


# Pages


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The page of a rule, to be changed."""
    module = sys.modules[rule().module]
    monkeypatch.setattr(module, "__doc__", module.__doc__)
    return module


def test_a_bad_example_that_is_not_reported_is_a_mistake(page: ModuleType) -> None:
    page.__doc__ = str(page.__doc__).replace("time.sleep(0.15)", "pass")
    with pytest.raises(AssertionError, match=r"^blocking-sleep does not report its bad example$"):
        testing.assert_examples(rule())


def test_a_good_example_that_is_reported_is_a_mistake(page: ModuleType) -> None:
    page.__doc__ = (
        str(page.__doc__).replace("await asyncio.sleep(0.15)", "time.sleep(1)").replace("asyncio", "time")
    )
    with pytest.raises(AssertionError, match=r"^blocking-sleep does not report what is marked:"):
        testing.assert_examples(rule())


def test_a_good_example_that_the_fix_does_not_make_is_a_mistake(page: ModuleType) -> None:
    page.__doc__ = str(page.__doc__).replace("await asyncio.sleep(0.15)", "await asyncio.sleep(0.16)")
    with pytest.raises(AssertionError, match=r"^blocking-sleep fixes it otherwise:"):
        testing.assert_examples(rule())


def test_a_page_without_an_example_is_a_mistake(page: ModuleType) -> None:
    page.__doc__ = "Sleeps.\n"
    with pytest.raises(AssertionError, match=r"^0 python blocks below '## Bad', not one$"):
        testing.assert_examples(rule())


# Cases


def test_the_cases_of_a_folder_are_the_files_and_folders_below_the_name_of_a_rule(tmp_path: Path) -> None:
    testing.write(tmp_path, {"blocking_sleep/plain.py": "", "blocking_sleep/shop/main.py": ""})
    assert ["blocking-sleep/plain", "blocking-sleep/shop"] == [
        str(each) for each in testing.cases(tmp_path, [rule()])
    ]


def test_a_folder_that_is_called_as_no_rule_is_a_mistake(tmp_path: Path) -> None:
    testing.write(tmp_path, {"blocking_sleeps/plain.py": ""})
    with pytest.raises(LookupError, match="blocking_sleeps: there is no rule of this name"):
        testing.cases(tmp_path, [rule()])
