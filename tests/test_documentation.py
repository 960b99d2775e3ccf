"""The README is held to the code: its table of rules is derived, its commands and figures are true.

`python -m tests.test_documentation` writes the table anew.
"""

from __future__ import annotations

import re
from pathlib import Path

from fastlint.registry import all_rules, comment_rules
from fastlint.rule import Rule

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TABLE = re.compile(r"(?<=<!-- rules -->\n).*?(?=<!-- /rules -->)", re.DOTALL)


def test_the_table_of_rules_in_the_readme_is_the_one_that_the_rules_give() -> None:
    found = TABLE.search(README.read_text(encoding="utf-8"))
    assert found is not None
    assert table() == found[0]


def test_the_gate_runs_the_test_command_of_the_readme() -> None:
    pattern = re.compile(r"^\$ (python3 -m venv .* -m pytest)$", re.MULTILINE)
    assert 1 == len(pattern.findall(README.read_text(encoding="utf-8")))
    assert "test_command=" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_what_the_readme_shows_is_what_the_bookshop_gives() -> None:
    shown = re.search(r"```\n(src/bookshop.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    from fastlint.config import Settings
    from fastlint.engine import lint

    bookshop = ROOT / "fixtures" / "apps" / "bookshop"
    report = lint([bookshop], Settings(root=bookshop))
    [finding] = [each for each in report.diagnostics if each.name == "blocking-http-call"]
    assert f"{finding.place.path}:{finding.place.span.line}:" in shown[1]
    assert finding.message in shown[1]
    assert all(f"{step.place.path}:{step.place.span.line}" in shown[1] for step in finding.trace)
    assert finding.help in shown[1]


def table() -> str:
    """The table of rules, as Markdown."""
    rules = (*comment_rules(), *all_rules())
    return (
        "\n".join(["| code | name | what it reports | fix |", "|---|---|---|---|", *map(_row, rules)]) + "\n"
    )


def _row(rule: Rule) -> str:
    fix = " or ".join(sorted({codemod.safety.value for codemod in rule.codemods.values()}))
    return f"| {rule.code} | [{rule.name}]({rule.path}) | {rule.summary} | {fix} |"


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(TABLE.sub(lambda _: table(), text), encoding="utf-8")
