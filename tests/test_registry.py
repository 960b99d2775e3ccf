"""Where rules come from, and what a rule is."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from fastlint import registry
from fastlint.config import means
from fastlint.diagnostic import Diagnostic, Place, Safety, Severity, Span
from fastlint.rule import Codemod, Rule
from tests.model import project

WHERE = Place("main.py", Span(1, 0, 1, 5))
ELSEWHERE = Place("main.py", Span(2, 0, 2, 5))
RULE = """\
\"\"\"{name} is wrong.

More about it.
\"\"\"

from fastlint.api import Rule, Severity

rule = Rule(__name__, code="{code}", severity=Severity.ERROR, since="0.1", source="https://example.com")
"""
Package = Callable[..., str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Makes an importable package of rules: modules by path, each with its code or its text."""
    monkeypatch.syspath_prepend(tmp_path)
    made: list[str] = []
    numbers = itertools.count()

    def make(**modules: str) -> str:
        name = f"sample_rules_{len(made)}_{next(numbers)}"
        made.append(name)
        for module, text in {"__init__": "", **modules}.items():
            path = tmp_path.joinpath(name, *module.split("__family__")).with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            (path.parent / "__init__.py").touch()
            path.write_text(RULE.format(name=module, code=text) if text.startswith(("AB", "FL")) else text)
        return name

    yield make
    for name in [each for each in sys.modules if each.partition(".")[0] in made]:
        del sys.modules[name]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes these packages the installed ones."""

    def install(*packages: str) -> None:
        points = [EntryPoint(name=name, value=name, group=registry.GROUP) for name in packages]
        monkeypatch.setattr(registry, "entry_points", lambda group: points)

    return install


def all_rules() -> tuple[Rule, ...]:
    """What `registry.all_rules` gives, asked anew."""
    return registry.all_rules.__wrapped__()


def rule(module: str = "sample.family.some_rule", *, code: str = "AB999") -> Rule:
    return Rule(module, code=code, severity=Severity.WARNING, since="0.1", source="https://example.com")


# Where rules come from


def test_every_module_of_a_package_that_has_a_rule_is_one(package: Package) -> None:
    name = package(one="AB901", helpers="rule = 'no rule'", inner__family__two="AB902")
    assert ["AB902", "AB901"] == [each.code for each in registry.rules_in(name)]


def test_rules_of_every_installed_package_come_in_the_order_of_their_codes(
    package: Package, installed: Callable[..., None]
) -> None:
    installed(package(late="AB903", early="AB901"), package(middle="AB902"))
    assert ["early", "middle", "late"] == [each.name for each in all_rules()]


def test_a_package_that_is_installed_twice_counts_once(
    package: Package, installed: Callable[..., None]
) -> None:
    name = package(one="AB901")
    installed(name, name)
    assert ["one"] == [each.name for each in all_rules()]


def test_two_rules_with_one_code_are_an_error_that_names_both_modules(
    package: Package, installed: Callable[..., None]
) -> None:
    first, second = package(one="AB901"), package(two="AB901")
    installed(first, second)
    with pytest.raises(ValueError, match=rf"^{second}\.two: AB901 is already taken by {first}\.one$"):
        all_rules()


def test_two_rules_with_one_name_are_an_error(package: Package, installed: Callable[..., None]) -> None:
    installed(package(one="AB901"), package(one="AB902"))
    with pytest.raises(ValueError, match=r"\.one: one is already taken by"):
        all_rules()


@pytest.mark.parametrize("code", ["FL1", "X101", "fl101", "FL1010", "101", "ALL101", ""])
def test_a_malformed_code_fails_when_the_module_is_loaded(code: str) -> None:
    with pytest.raises(ValueError, match=r"^a code is two to ten capital letters and three digits, not "):
        rule("sample", code=code)


def test_a_rule_of_another_package_cannot_take_a_code_of_ours(
    package: Package, installed: Callable[..., None]
) -> None:
    name = package(one="FL901")
    installed(name)
    with pytest.raises(ValueError, match=rf"^{name}\.one: FL901 is no code of its own: FL is fastlint's$"):
        all_rules()


def test_letters_that_begin_with_ours_are_anyones(package: Package, installed: Callable[..., None]) -> None:
    installed(package(one="FLX901"))
    assert ["FLX901"] == [each.code for each in all_rules()]


def test_a_package_without_rules_is_an_error(package: Package) -> None:
    name = package(helpers="x = 1")
    with pytest.raises(ValueError, match=rf"^{name}: no module below it has a `rule`$"):
        registry.rules_in(name)


def test_a_module_that_cannot_be_imported_is_named_with_the_line_that_fails(package: Package) -> None:
    name = package(one="FL901", two="from fastlint.api import Rule\n\nrule = Rule()\n")
    with pytest.raises(ValueError, match=rf"^{name}\.two: TypeError: .* \(in {name}\.two:3\)$"):
        registry.rules_in(name)


def test_a_package_that_is_gone_is_named() -> None:
    with pytest.raises(ValueError, match=r"^no_such_rules: ModuleNotFoundError: No module named"):
        registry.rules_in("no_such_rules")


def test_the_rules_of_fastlint_are_installed_as_anyones() -> None:
    folder = Path(__file__).parents[1] / "rules" / "fastlint_rules"
    modules = {path.stem.replace("_", "-") for path in folder.glob("*/*.py") if not path.stem.startswith("_")}
    assert modules <= {each.name for each in registry.all_rules()}


@pytest.mark.parametrize("key", ["FL102", "blocking-http-call"])
def test_a_rule_is_found_by_its_code_and_by_its_name(key: str) -> None:
    found = registry.find_rule(key)
    assert found is not None
    assert ("FL102", "blocking-http-call") == (found.code, found.name)


@pytest.mark.parametrize("key", ["FL000", "FL1", "blocking_http_call", "ALL", ""])
def test_what_is_no_code_and_no_name_finds_no_rule(key: str) -> None:
    assert registry.find_rule(key) is None


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("ALL", True),
        ("AB", True),
        ("AB9", True),
        ("AB999", True),
        ("some-rule", True),
        ("A", False),
        ("AB1", False),
        ("ABC", False),
        ("some", False),
    ],
)
def test_a_selector_is_all_a_code_a_prefix_of_codes_or_a_name(selector: str, expected: bool) -> None:
    assert expected == means(selector, rule().code, rule().name)


# What a rule is


def test_the_name_of_a_rule_is_the_stem_of_its_module() -> None:
    assert "some-rule" == rule().name


def test_the_page_of_a_rule_is_the_docstring_of_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sample.page", ModuleType("sample.page", "It is wrong.\n\nBecause.\n"))
    assert ("It is wrong.\n\nBecause.\n", "It is wrong.") == (
        rule("sample.page").page,
        rule("sample.page").summary,
    )


def test_a_rule_without_a_docstring_has_an_empty_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sample.bare", ModuleType("sample.bare"))
    assert ("", "") == (rule("sample.bare").page, rule("sample.bare").summary)


def test_a_rule_of_ours_has_its_page_in_the_documentation() -> None:
    assert rule("fastlint_rules.family.some_rule").url.endswith("/docs/rules/some-rule.md")


def test_the_page_of_anyones_rule_is_where_it_says_or_else_its_source() -> None:
    assert "https://example.com" == rule().url
    made = replace(rule(), url="https://example.com/rules/some-rule")
    assert "https://example.com/rules/some-rule" == made.url


class Subjects:
    """Stands for a project: subjects by type."""

    def subjects(self, kind: type) -> tuple[object, ...]:
        return {int: (1, 2), str: ("a",)}[kind]


def test_a_check_runs_over_every_subject_of_its_types_in_their_order() -> None:
    made = rule()

    @made.on(int, str)
    def check(subject: int | str, project: object) -> Iterator[Diagnostic]:
        yield made.report(WHERE, str(subject))

    assert ["1", "2", "a"] == [each.message for each in made.check(Subjects())]  # type: ignore[arg-type]  # a stand-in


def test_a_check_over_what_is_no_subject_says_so() -> None:
    with pytest.raises(LookupError, match=r"^`Place` is nothing that a rule can be about$"):
        project("").subjects(Place)


def test_several_checks_of_a_rule_run_in_the_order_they_are_written_in() -> None:
    made = rule()
    for word in ("first", "second"):
        made.on(str)(lambda subject, project, word=word: [made.report(WHERE, word)])
    assert ["first", "second"] == [each.message for each in made.check(Subjects())]  # type: ignore[arg-type]  # a stand-in


def test_a_finding_carries_the_code_name_and_severity_of_its_rule() -> None:
    found = rule().report(WHERE, "message", help="help")
    assert ("AB999", "some-rule", Severity.WARNING, "message", "help") == (
        found.code,
        found.name,
        found.severity,
        found.message,
        found.help,
    )


def test_a_finding_may_be_more_or_less_severe_than_its_rule() -> None:
    assert Severity.INFO == rule().report(WHERE, "message", severity=Severity.INFO).severity


class Thing:
    place = WHERE


def test_a_finding_stands_at_a_place_or_at_what_has_one() -> None:
    assert rule().report(WHERE, "").place == rule().report(Thing(), "").place


@pytest.fixture
def codemod() -> Codemod:
    @rule().fix("Await it", Safety.UNSAFE)
    def await_it(node: object, edit: object) -> object:
        return node

    return await_it


def test_a_codemod_belongs_to_its_rule_by_the_name_of_its_function() -> None:
    made = rule()

    @made.fix("Await it", Safety.UNSAFE)
    def await_it(node: object, edit: object) -> object:
        return node

    assert {"await_it": await_it} == made.codemods


def test_a_codemod_as_the_fix_of_a_finding_is_asked_for_at_the_finding(codemod: Codemod) -> None:
    fix = rule().report(WHERE, "", fix=codemod).fix
    assert fix is not None
    assert ("await_it", "Await it", Safety.UNSAFE, WHERE) == (fix.codemod, fix.title, fix.safety, fix.place)


def test_choices_stand_beside_the_fix(codemod: Codemod) -> None:
    elsewhere = codemod.at(ELSEWHERE, more=[codemod.at(WHERE)])
    found = rule().report(WHERE, "", choices=[codemod, elsewhere])
    assert (None, [WHERE, ELSEWHERE]) == (found.fix, [each.place for each in found.requests])
    assert [(), (WHERE,)] == [each.more for each in found.choices]


def test_a_codemod_can_be_asked_for_elsewhere_with_another_safety_and_parameters(codemod: Codemod) -> None:
    request = codemod.at(ELSEWHERE, safety=Safety.DISPLAY, reason="it may matter", name="client")
    fix = rule().report(WHERE, "", fix=request).fix
    assert fix is not None
    assert (ELSEWHERE, Safety.DISPLAY, "it may matter", {"name": "client"}) == (
        fix.place,
        fix.safety,
        fix.reason,
        fix.params,
    )
