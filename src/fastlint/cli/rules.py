"""`fastlint rules` lists the rules, `fastlint rule` prints the page of one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from fastlint.cli import CLEAN
from fastlint.cli.color import color_option
from fastlint.cli.console import print_lines

if TYPE_CHECKING:
    from fastlint.cache.cache import Cache
    from fastlint.output.terminal import Line
    from fastlint.rule import Rule, RuleKey

N = TypeVar("N")

WIDEST_PAGE = 100


@click.command("rules", short_help="List the rules.")
@color_option
def show_rules() -> int:
    """List the rules: code, name, severity, whether it is on by default, its fix, and what it is about."""
    print_lines(_table(_explained_rules()))
    return CLEAN


@click.command("rule", short_help="Explain one rule, by name or code.")
@click.argument("rule", metavar="NAME_OR_CODE")
@color_option
def show_rule(rule: str) -> int:
    """Explain one rule: what it reports, why, what to write instead, and when the code is fine.

    \b
    Example:
      fastlint rule FL101
    """
    from fastlint.config import suggestion

    rules = _explained_rules()
    found = next((each for each in rules if rule.lower() in (each.name, each.code.lower())), None)
    if found is None:
        known = [key for each in rules for key in (each.name, each.code)]
        raise click.UsageError(f"unknown rule `{rule}`{suggestion(rule, known)}")
    _print_page(found)
    return CLEAN


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


def fix_of(rule: Rule) -> str:
    """`safe`, `unsafe` or `-`: the best that the rule's fixes can be."""
    from fastlint.diagnostic import Safety

    safeties = {codemod.safety for codemod in rule.codemods.values()}
    best = next((safety for safety in (Safety.SAFE, Safety.UNSAFE) if safety in safeties), None)
    return best.value if best else "-"


def _table(rules: tuple[Rule, ...]) -> list[Line]:
    from fastlint.output.table import columns
    from fastlint.output.terminal import Screen

    heading = ("code", "name", "severity", "default", "fix", "summary")
    rows = [
        (
            rule.code,
            rule.name,
            rule.severity.value,
            "yes" if rule.default else "no",
            fix_of(rule),
            rule.summary,
        )
        for rule in rules
    ]
    return columns(heading, rows, Screen.of(sys.stdout))


def _print_page(rule: Rule) -> None:
    from fastlint.output import page
    from fastlint.output.terminal import Screen

    screen = Screen.of(sys.stdout)
    person = screen.colour or screen.width is not None
    if not person or not screen.encoding.lower().startswith("utf"):
        print_lines(page.plain_page(rule))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    width = min(screen.width or WIDEST_PAGE, WIDEST_PAGE)
    console = Console(force_terminal=screen.colour or None, no_color=not screen.colour, width=width)
    console.print(Markdown(page.markdown(rule)), "")
    print_lines(page.facts(rule))
