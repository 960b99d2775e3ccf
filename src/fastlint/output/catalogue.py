"""All that is known of rules, for programs and for documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from fastlint.diagnostic import Safety, Severity
from fastlint.output import page
from fastlint.output.json import encode

if TYPE_CHECKING:
    from fastlint.rule import Rule


class Fix(Struct, frozen=True):
    title: str
    safety: str


class Here(NamedTuple):
    """What the configuration of a project makes of rules, by their codes: which run for some file, and how
    severe those are that it rates."""

    enabled: frozenset[str]
    severities: dict[str, Severity]


class Entry(Struct, frozen=True):
    """One rule. `enabled` says whether the configuration of the project runs it for some file; null without
    one. `severity` is that of its findings in the project, `default_severity` that of the rule. `versions` is
    the requirement under which it speaks, `page` its text as Markdown."""

    code: str
    name: str
    family: str
    severity: str
    default_severity: str
    default: bool
    enabled: bool | None
    fixes: list[Fix]
    versions: str | None
    since: str
    summary: str
    source: str
    url: str
    page: str


def best_fix(rule: Rule) -> str:
    """`safe`, `unsafe` or `-`: the best that the rule's fixes can be."""
    safeties = {codemod.safety for codemod in rule.codemods.values()}
    best = next((safety for safety in (Safety.SAFE, Safety.UNSAFE) if safety in safeties), None)
    return best.value if best else "-"


def severity(rule: Rule, here: Here | None) -> str:
    """That of a rule's findings in the project, where it has a configuration."""
    return (here.severities.get(rule.code, rule.severity) if here else rule.severity).value


def json(rules: Sequence[Rule], here: Here | None) -> bytes:
    """Every rule as UTF-8 JSON, and what the project makes of it where that has a configuration."""
    return encode([_entry(rule, here) for rule in rules])


def markdown(rules: Sequence[Rule]) -> str:
    """A table of the rules, and the page of each."""
    lines = ["| code | name | severity | default | fix | summary |", "|---|---|---|---|---|---|"]
    for rule in rules:
        default = "yes" if rule.default else "no"
        cells = (rule.code, rule.name, rule.severity.value, default, best_fix(rule), rule.summary)
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join([*lines, "", *map(page.markdown, rules)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _entry(rule: Rule, here: Here | None) -> Entry:
    return Entry(
        code=rule.code,
        name=rule.name,
        family=rule.module.split(".")[-2].replace("_", "-"),
        severity=severity(rule, here),
        default_severity=rule.severity.value,
        default=rule.default,
        enabled=None if here is None else rule.code in here.enabled,
        fixes=[Fix(each.title, each.safety.value) for each in rule.codemods.values()],
        versions=rule.requires or None,
        since=rule.since,
        summary=rule.summary,
        source=rule.source,
        url=rule.url,
        page=page.body(rule),
    )
