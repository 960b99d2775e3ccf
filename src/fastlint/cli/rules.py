"""`fastlint rules` lists the rules, `fastlint rule` prints their pages."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from fastlint.cli import CLEAN, FAILED
from fastlint.cli.color import color_option
from fastlint.cli.completion import complete_rule, complete_selectors
from fastlint.cli.console import complain, print_bytes, print_lines

if TYPE_CHECKING:
    from fastlint.cache.cache import Cache
    from fastlint.output.catalogue import Here
    from fastlint.output.terminal import Line
    from fastlint.rule import Rule, RuleKey

N = TypeVar("N")


@click.command("rules", short_help="List the rules.")
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    shell_complete=complete_selectors,
    help="Only these: names, codes, prefixes of codes, or ALL; separated by commas.",
)
@click.option("--enabled", is_flag=True, help="Only those that run in the project here, as it is configured.")
@click.option(
    "--output-format",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    help="How to print them (default: table). JSON and Markdown have their pages too.",
)
@color_option
def show_rules(select: tuple[str, ...], enabled: bool, output_format: str) -> int:
    """List the rules: code, name, severity, whether it is on by default, its fix, and what it is about.

    Where the project here has a configuration of fastlint's, the severities are its own, and one more column
    says which rules it runs.

    \b
    Examples:
      fastlint rules --select FL1
      fastlint rules --output-format json | jq -r '.[] | select(.default | not) | .name'
    """
    from fastlint.cli.request import parsed, verify_selectors
    from fastlint.config import means
    from fastlint.output import catalogue

    rules = _explained_rules()
    chosen = parsed(select)
    verify_selectors(chosen, rules)
    here, complaint = _configured(rules)
    found = tuple(
        rule
        for rule in rules
        if (not chosen or any(means(selector, rule.code, rule.name) for selector in chosen))
        and (not enabled or (rule.default if here is None else rule.code in here.enabled))
    )
    if output_format == "json":
        print_bytes(catalogue.json(found, here))
    elif output_format == "markdown":
        print_bytes(catalogue.markdown(found).encode())
    else:
        print_lines(_table(found, here))
    if complaint:
        complain(complaint)
    return FAILED if complaint else CLEAN


@click.command("rule", short_help="Explain a rule, by name or code.")
@click.argument("names", nargs=-1, metavar="NAME_OR_CODE...", shell_complete=complete_rule)
@click.option("--all", "everything", is_flag=True, help="Explain every rule.")
@color_option
def show_rule(names: tuple[str, ...], everything: bool) -> int:
    """Explain rules: what they report, why, what to write instead, and when the code is fine.

    \b
    Examples:
      fastlint rule FL101
      fastlint rule --all | less
    """
    if bool(names) is everything:
        raise click.UsageError("name one rule or more, or give --all")
    rules = _explained_rules()
    found = rules if everything else tuple(_named(name, rules) for name in names)
    for number, rule in enumerate(found):
        if number:
            print_lines([[], []])
        _print_page(rule)
    return CLEAN


def _named(name: str, rules: tuple[Rule, ...]) -> Rule:
    from fastlint.config import suggestion

    found = next((each for each in rules if name.lower() in (each.name, each.code.lower())), None)
    if found is None:
        if any(rule.code.startswith(name.upper()) for rule in rules):
            listing = f"`fastlint rules --select {name.upper()}` lists its rules"
            raise click.UsageError(f"`{name}` is the beginning of a code: {listing}")
        known = [key for each in rules for key in (each.name, each.code)]
        raise click.UsageError(f"unknown rule `{name}`{suggestion(name, known)}")
    return found


def _configured(rules: tuple[Rule, ...]) -> tuple[Here | None, str]:
    """What the project here makes of the rules, None where nobody configures it; and what is wrong with its
    configuration: whoever looks for a rule's right name has to find it all the same."""
    from fastlint.config import ConfigError, load
    from fastlint.location import find_root
    from fastlint.output.catalogue import Here

    try:
        settings = load(find_root([Path()]), rules=rules)
    except ConfigError as error:
        return None, str(error)
    if settings.config_file is None:
        return None, ""
    given = {rule.code: settings.severity_of(rule.code, rule.name) for rule in rules}
    severities = {code: severity for code, severity in given.items() if severity}
    return Here(frozenset(rule.code for rule in settings.rules(rules)), severities), ""


def installed_rules() -> tuple[Rule, ...]:
    """Every rule there is. Raises `click.ClickException` when there is none or one cannot be loaded."""
    from fastlint import registry

    return _present(registry.all_rules)


def known_rules(cache: Cache) -> tuple[RuleKey, ...]:
    """What the installed rules are known by; raises as `installed_rules` does."""
    return _present(cache.rules)


def _present(find: Callable[[], tuple[N, ...]]) -> tuple[N, ...]:
    try:
        rules = find()
    except (ImportError, ValueError) as error:
        raise click.ClickException(f"the rules cannot be loaded: {error}") from error
    if not rules:
        raise click.ClickException("no rules are installed (entry point `fastlint.rules`)")
    return rules


def _explained_rules() -> tuple[Rule, ...]:
    """Those that have a page, which what the engine itself reports has too."""
    from fastlint import registry

    return (*registry.comment_rules(), *installed_rules())


def _table(rules: tuple[Rule, ...], here: Here | None) -> list[Line]:
    from fastlint.output.catalogue import best_fix, severity
    from fastlint.output.table import columns
    from fastlint.output.terminal import Screen

    heading = ["code", "name", "severity", "default", "fix", "summary"]
    rows = [
        [
            rule.code,
            rule.name,
            severity(rule, here),
            _yes(rule.default),
            best_fix(rule),
            rule.summary,
        ]
        for rule in rules
    ]
    if here is not None:
        for row in (heading, *rows):
            row.insert(4, "here" if row is heading else _yes(row[0] in here.enabled))
    return columns(heading, rows, Screen.of(sys.stdout))


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _print_page(rule: Rule) -> None:
    from fastlint.output import page
    from fastlint.output.terminal import Screen

    screen = Screen.of(sys.stdout)
    person = screen.colour or screen.width is not None
    if not person or not screen.encoding.lower().startswith("utf"):
        print_lines(page.plain_page(rule))
        return
    from fastlint.output import poster

    poster.show(rule, screen)
