"""A rule's page: its docstring, below its name and above its source."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from fastlint.output.cells import clean
from fastlint.output.terminal import Line, Piece

if TYPE_CHECKING:
    from fastlint.rule import Rule


def page_markdown(rule: Rule) -> str:
    """The page as Markdown."""
    facts = "\n".join(f"- {heading}: {text}" for heading, text in _facts(rule))
    return f"# {rule.name} ({rule.code})\n\n{inspect.cleandoc(rule.page)}\n\n{facts}\n"


def page_lines(rule: Rule) -> list[Line]:
    """The page as plain text."""
    body = [[Piece(clean(line) if line.strip() else "")] for line in inspect.cleandoc(rule.page).splitlines()]
    facts = [[Piece(f"{heading + ':':<10} {text}")] for heading, text in _facts(rule)]
    return [[Piece(f"{rule.name} ({rule.code})", "bold")], [], *body, [], *facts]


def _facts(rule: Rule) -> list[tuple[str, str]]:
    facts = [
        ("severity", rule.severity.value),
        ("default", "on" if rule.default else "off: select it by name"),
        ("versions", rule.requires),
        ("since", f"fastlint {rule.since}"),
        *(("fix", f"{codemod.title} ({codemod.safety.value})") for codemod in rule.codemods.values()),
        ("source", rule.source),
        ("page", rule.url),
    ]
    return [(heading, text) for heading, text in facts if text]
