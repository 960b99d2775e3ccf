"""Markdown as tests read it: blocks of code, links, and the places that links can name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

PARSER = MarkdownIt("commonmark").enable("table")
TITLE = re.compile(r'title="(?P<title>[^"]+)"')


class Block(NamedTuple):
    """A block of code: where it stands, its language, the file that it says it is, and what is in it."""

    page: Path
    line: int
    language: str
    title: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


class Link(NamedTuple):
    """A link: where it stands and where it leads."""

    page: Path
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line} {self.target}"


def blocks(page: Path, *languages: str) -> list[Block]:
    """The fenced blocks of code of a page in some languages, or in all."""
    found: list[Block] = []
    for token in _tokens(page):
        if token.type == "fence":
            language, _, rest = token.info.partition(" ")
            title = TITLE.search(rest)
            line = token.map[0] + 1 if token.map else 0
            found.append(Block(page, line, language, title["title"] if title else "", token.content))
    return [each for each in found if not languages or each.language in languages]


def links(page: Path) -> Iterator[Link]:
    """The links and images of a page."""
    for token in _tokens(page):
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if target:
                yield Link(page, token.map[0] + 1 if token.map else 0, str(target))


def anchors(page: Path) -> set[str]:
    """What links can name in a page: its headings, as GitHub makes anchors of them."""
    pairs = pairwise(_tokens(page))
    headings = [inner.content for outer, inner in pairs if outer.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def spans(page: Path) -> set[str]:
    """All that stands in backticks or in blocks of code, taken apart at spaces and punctuation."""
    inline = [
        child.content for token in _tokens(page) for child in token.children or () if child.tag == "code"
    ]
    text = [*inline, *(block.code for block in blocks(page))]
    return {word.strip(".,;:") for each in text for word in re.split(r"[\s=,|\[\](){}\"']+", each)}


def _tokens(page: Path) -> list[Token]:
    return PARSER.parse(page.read_text(encoding="utf-8"))
