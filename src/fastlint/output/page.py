"""A rule's page: its docstring, below its name and above its source."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from fastlint.output.cells import clean
from fastlint.output.terminal import Line, Piece

if TYPE_CHECKING:
    from fastlint.rule import Rule


def markdown(rule: Rule) -> str:
    """The rule's name and its docstring."""
    return f"# {rule.name} ({rule.code})\n\n{inspect.cleandoc(rule.page)}\n"


def facts(rule: Rule) -> list[Line]:
    """What else there is to know, a line each that is not to be wrapped: addresses are clicked on."""
    return [[Piece(f"{heading + ':':<10} "), Piece(text)] for heading, text in _facts(rule)]


def plain_page(rule: Rule) -> list[Line]:
    """The whole page as it is written."""
    body = [[Piece(clean(line) if line.strip() else "")] for line in inspect.cleandoc(rule.page).splitlines()]
    return [[Piece(f"{rule.name} ({rule.code})", "bold")], [], *body, [], *facts(rule)]


def _facts(rule: Rule) -> list[tuple[str, str]]:
    found = [
        ("severity", rule.severity.value),
        ("default", "on" if rule.default else "off: select it by name"),
        ("versions", rule.requires),
        ("since", f"fastlint {rule.since}"),
        *(("fix", f"{codemod.title} ({codemod.safety.value})") for codemod in rule.codemods.values()),
        ("source", rule.source),
        ("page", rule.url),
    ]
    return [(heading, text) for heading, text in found if text]
