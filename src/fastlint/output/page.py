"""A rule's page as it is written: its docstring, below its name and above what else there is to know."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from fastlint.output.cells import clean
from fastlint.output.terminal import Line, Piece

if TYPE_CHECKING:
    from fastlint.rule import Rule


def title(rule: Rule) -> str:
    return f"{rule.name} ({rule.code})"


def body(rule: Rule) -> str:
    """The docstring, without the indentation of its source."""
    return inspect.cleandoc(rule.page)


def markdown(rule: Rule) -> str:
    """The whole page."""
    known = "\n".join(f"- {heading}: {text}" for heading, text in facts(rule))
    return f"# {title(rule)}\n\n{body(rule)}\n\n## Facts\n\n{known}\n"


def plain_page(rule: Rule) -> list[Line]:
    """The whole page for what is no terminal: the facts have a line each, which nothing wraps."""
    text = [[Piece(clean(line) if line.strip() else "")] for line in body(rule).splitlines()]
    known = [[Piece(f"{heading + ':':<10} "), Piece(fact)] for heading, fact in facts(rule)]
    return [[Piece(title(rule), "bold")], [], *text, [], *known]


def facts(rule: Rule) -> list[tuple[str, str]]:
    """What else there is to know, each with its heading."""
    found = [
        ("severity", rule.severity.value),
        ("default", "on" if rule.default else "off: select it by name"),
        ("versions", rule.requires),
        ("since", f"{rule.package} {rule.since}"),
        *(("fix", f"{codemod.title} ({codemod.safety.value})") for codemod in rule.codemods.values()),
        *sources(rule),
    ]
    return [(heading, text) for heading, text in found if text]


def sources(rule: Rule) -> list[tuple[str, str]]:
    """How to silence it, and where its claim and its page stand."""
    return [
        ("silence", f'# fastlint: ignore[{rule.name}] on the line; ignore = ["{rule.name}"] for the project'),
        ("source", rule.source),
        ("page", rule.url if rule.url != rule.source else ""),
    ]
