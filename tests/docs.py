"""The parts of the documentation that are written from the code: `python -m tests.docs` writes them anew."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from fastlint.output.catalogue import best_fix
from fastlint.registry import all_rules, comment_rules
from fastlint.rule import Rule
from tests.reference import reference, subjects

ROOT = Path(__file__).parents[1]
RULES = (*all_rules(), *comment_rules())
WRITTEN = "<!-- Written by `python -m tests.docs`: change {source} instead. -->\n"


def pages() -> dict[str, str]:
    """Every page that is written from the code, by its path in the repository."""
    return {
        "README.md": filled("README.md", "rules", families()),
        "docs/writing-rules.md": filled("docs/writing-rules.md", "subjects", subjects()),
        "docs/fixes.md": filled("docs/fixes.md", "codemods", codemods()),
        "docs/rules.md": catalogue(),
        "docs/rule-api.md": WRITTEN.format(source="the docstrings of what `fastlint.api` has") + reference(),
        **{rule.path: page(rule) for rule in RULES},
    }


def filled(path: str, name: str, text: str) -> str:
    """A page with a text between `<!-- name -->` and `<!-- /name -->`. Raises `ValueError` without these."""
    page = (ROOT / path).read_text(encoding="utf-8")
    before, opening, rest = page.partition(f"<!-- {name} -->\n")
    _, closing, after = rest.partition(f"<!-- /{name} -->")
    if not closing:
        raise ValueError(f"{path} has no place for {name}")
    return f"{before}{opening}{text}{closing}{after}"


def stale() -> list[Path]:
    """Pages of rules that are no more."""
    known = {ROOT / rule.path for rule in RULES}
    return [path for path in sorted((ROOT / "docs" / "rules").glob("*.md")) if path not in known]


# The list of rules


def families() -> str:
    """The families, for the README: a page has room for the rules, a README has not."""
    lines: list[str] = []
    for family, prefix, rules in by_family():
        heading = f"{title(family).lower().replace(' ', '-')}-{prefix.lower()}"
        count = "one rule" if len(rules) == 1 else f"{len(rules)} rules"
        lines.append(f"- [{title(family)}](docs/rules.md#{heading}) (`{prefix}`, {count}): {subject(family)}")
    return "\n".join(lines) + "\n"


def catalogue() -> str:
    """Every rule with what there is to choose by."""
    text = [WRITTEN.format(source="the rules"), CATALOGUE]
    for family, prefix, rules in by_family():
        text += [f"\n## {title(family)} (`{prefix}`)\n\n{capital(subject(family))}.\n", TABLE_HEAD]
        text += [_row(rule) for rule in rules]
    return "\n".join(text) + "\n"


CATALOGUE = """\
# Rules

Each rule has a code and a name, and either selects, ignores and silences it; the first digit of codes stands
for a family (`--select FL1`). `fastlint rule NAME` prints the page of a rule. A *safe* fix keeps the
behaviour and is applied by `--fix`; an *unsafe* one may change it and needs `--unsafe-fixes` too. What a rule
claims is run on the real framework in fastlint's own tests.

[Rules of your own](writing-rules.md) stand beside these.\
"""
TABLE_HEAD = (
    "| code | name | severity | default | fix | since | what it reports |\n|---|---|---|---|---|---|---|"
)


def _row(rule: Rule) -> str:
    default = "on" if rule.default else "off"
    link = f"[{rule.name}](rules/{rule.name}.md)"
    cells = (rule.code, link, rule.severity.value, default, best_fix(rule), rule.since, rule.summary)
    return f"| {' | '.join(cells)} |"


def codemods() -> str:
    """Every codemod, with what it is for and how safe it is where its rule does not say otherwise."""
    rows = (
        f"| {codemod.title} | [{rule.name}](rules/{rule.name}.md) | {codemod.safety.value} |\n"
        for rule in RULES
        for codemod in rule.codemods.values()
    )
    return f"| fix | of | usually |\n|---|---|---|\n{''.join(rows)}"


def by_family() -> Iterator[tuple[str, str, list[Rule]]]:
    """The package of each family, the letters and digit that its codes begin with, and its rules."""
    for family, rules in groupby(RULES, lambda rule: rule.module.rpartition(".")[0]):
        found = list(rules)
        yield family, found[0].code[:3], found


def title(family: str) -> str:
    return capital(family.rpartition(".")[2].replace("_", " "))


def subject(family: str) -> str:
    """What a family is about: the first line of its package, below its code."""
    return (sys.modules[family].__doc__ or "").partition("\n")[0].partition(": ")[2].rstrip(".")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# The page of a rule


def page(rule: Rule) -> str:
    """Its docstring, between what there is to know at a glance and where to look further."""
    folder = "src" if rule.module.startswith("fastlint.") else "rules"
    source = f"{folder}/{rule.module.replace('.', '/')}.py"
    return (
        WRITTEN.format(source=f"`{source}`")
        + f"\n# {rule.name} ({rule.code})\n\n*{_at_a_glance(rule)}*\n\n"
        + _linked(rule, inspect.cleandoc(rule.page))
        + f"\n\n## More\n\n{_more(rule, source)}"
    )


def _at_a_glance(rule: Rule) -> str:
    default = "on by default" if rule.default else "off by default"
    fixes = "; ".join(
        f"{each.title[:1].lower()}{each.title[1:]} ({each.safety.value})" for each in rule.codemods.values()
    )
    versions = f"for {rule.requires}" if rule.requires else ""
    parts = (rule.severity.value, default, versions, f"fix: {fixes}" if fixes else "no fix")
    return f"{capital(', '.join(filter(None, parts)))}. Since fastlint {rule.since}."


def _more(rule: Rule, source: str) -> str:
    """Links out of the page."""
    stem = rule.module.rpartition(".")[2]
    proof = f"tests/evidence/test_{stem}.py"
    silence = f'`# fastlint: ignore[{rule.name}]` on the line, or `ignore = ["{rule.name}"]` in the'
    links = [
        f"- Silence it: {silence}\n  [configuration](../configuration.md).",
        f"- The origin of its claim: <{rule.source}>",
        f"- Its claim [run on the real framework](../../{proof})" if (ROOT / proof).is_file() else "",
        f"- [Its code](../../{source})",
        "- [All rules](../rules.md)",
    ]
    return "\n".join(filter(None, links)) + "\n"


def _linked(rule: Rule, text: str) -> str:
    """The text with the names of other rules made links, outside of code blocks."""
    names = "|".join(each.name for each in RULES if each is not rule)
    parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
    for at in range(0, len(parts), 2):
        parts[at] = re.sub(rf"`({names})`", r"[`\1`](\1.md)", parts[at])
    return "".join(parts)


def main() -> None:
    """Write every page, and remove those of rules that are no more."""
    for path, text in pages().items():
        target = ROOT / path
        assert target.suffix == ".md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    for path in stale():
        path.unlink()


if __name__ == "__main__":
    main()
