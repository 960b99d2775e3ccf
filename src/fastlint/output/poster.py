"""A rule's page for a terminal: what it says, set with rich in the terminal's own colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule as Bar
from rich.segment import Segment
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from fastlint.diagnostic import Safety, Severity
from fastlint.output.page import body, sources
from fastlint.output.terminal import Screen

if TYPE_CHECKING:
    from fastlint.rule import Rule

WIDEST = 100
MARGIN = 2
PART = re.compile(
    r"^## (?P<heading>[^\n]+)$|^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
SAFETIES = {Safety.SAFE: "green", Safety.UNSAFE: "yellow", Safety.DISPLAY: "default"}
MARKS = {"Bad": ("\N{MULTIPLICATION X}", "red"), "Good": ("\N{CHECK MARK}", "green")}
WITH = {Safety.SAFE: "--fix", Safety.UNSAFE: "--fix --unsafe-fixes"}


class Barred:
    """Something with a coloured bar along its left side."""

    def __init__(self, inside: RenderableType, style: str) -> None:
        self.inside = inside
        self.style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update(width=max(1, options.max_width - 2))
        for line in console.render_lines(self.inside, inner, pad=False):
            yield Segment("\N{LEFT ONE QUARTER BLOCK} ", console.get_style(self.style))
            yield from line
            yield Segment.line()


def show(rule: Rule, screen: Screen) -> None:
    """Print the page on stdout, at most 100 columns wide."""
    width = min(screen.width or WIDEST, WIDEST)
    theme = Theme({"markdown.code": "cyan" if screen.colour else "bold"})
    console = Console(
        force_terminal=screen.colour or None,
        no_color=not screen.colour,
        width=width,
        theme=theme,
        highlight=False,
    )
    side = MARGIN if width >= 40 else 0
    for part in _parts(rule, width - 2 * side):
        console.print(Padding(part, (0, side)))
    for heading, address in sources(rule):
        line = Text.assemble(" " * side, (f"{heading:<9}", "dim"), (address, _link(address)))
        console.print(line, soft_wrap=True)  # addresses are clicked on and copied whole
    console.print()


def _parts(rule: Rule, width: int) -> Iterator[RenderableType]:
    summary, _, rest = body(rule).partition("\n")
    colour = COLOURS[rule.severity]
    yield ""
    yield _heading(rule, colour, width)
    yield Bar(style=colour)
    yield Markdown(summary, style="bold")
    yield ""
    yield _facts(rule)
    yield ""
    yield from _sections(rest)
    yield Bar(style="dim")


def _heading(rule: Rule, colour: str, width: int) -> RenderableType:
    """Name, code and severity: in one line where there is room."""
    name = Text(rule.name, f"bold {colour}")
    if len(rule.name) + len(rule.code) + len(rule.severity.value) + 6 > width:
        return Text.assemble(name, "\n", (rule.code, "dim"), "  ", (rule.severity.value, f"bold {colour}"))
    grid = Table.grid(expand=True)
    grid.add_column()
    grid.add_column(justify="right")
    badge = Text.assemble(
        (f"\N{NO-BREAK SPACE}{rule.severity.value}\N{NO-BREAK SPACE}", f"bold reverse {colour}")
    )
    grid.add_row(Text.assemble(name, "  ", (rule.code, "dim")), badge)
    return grid


def _facts(rule: Rule) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    grid.add_row("default", "on" if rule.default else f"off (--extend-select {rule.name})")
    for codemod in rule.codemods.values():
        how = f", fastlint {WITH[codemod.safety]}" if codemod.safety in WITH else ""
        safety = (codemod.safety.value, SAFETIES[codemod.safety])
        grid.add_row("fix", Text.assemble(codemod.title, " (", safety, how, ")"))
    if rule.requires:
        grid.add_row("versions", rule.requires)
    grid.add_row("since", f"fastlint {rule.since}")
    return grid


def _sections(page: str) -> Iterator[RenderableType]:
    """The text below the first line: prose, and code with a bar in the colour of its heading."""
    end, bar = 0, "dim"
    for part in PART.finditer(page):
        yield from _prose(page[end : part.start()])
        end = part.end()
        heading = part["heading"]
        if heading is None:
            code = Syntax(
                part["code"].rstrip(), part["language"] or "text", theme="ansi_dark", word_wrap=True
            )
            yield Barred(code, bar)
            yield ""
            continue
        mark, bar = MARKS.get(heading, ("", "dim"))
        style = f"bold {bar}" if mark else "bold"
        yield Text(f"{mark} {heading}\n" if mark else f"{heading}\n", style)
    yield from _prose(page[end:])


def _prose(text: str) -> Iterator[RenderableType]:
    if text.strip():
        yield Markdown(text.strip())
        yield ""


def _link(address: str) -> str:
    return f"underline link {address}" if address.startswith("https://") else "cyan"
