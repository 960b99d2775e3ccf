"""Positions in a text and edits of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from msgspec import Struct

from fastlint.diagnostic import Place, Span

LINE_END = re.compile(r"\r\n|\r|\n")


class TextEdit(Struct, frozen=True, order=True):
    """The text at a place (as `ast` counts) gives way to `content`; an empty span is an insertion."""

    place: Place
    content: str


@dataclass(frozen=True, order=True)
class Splice:
    """The characters from `start` to before `end` of a text give way to `content`."""

    start: int
    end: int
    content: str


class Lines:
    """Where the lines of a text begin, as Python counts them: a form feed or U+2028 ends no line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(found.end() for found in LINE_END.finditer(text))]
        self.newline = _usual_newline(text)

    def __len__(self) -> int:
        return len(self.starts)

    def start(self, line: int) -> int:
        """The offset at which a line (from 1) begins; the end of the text for a line beyond it."""
        return self.starts[line - 1] if line <= len(self.starts) else len(self.text)

    def line(self, number: int) -> str:
        """A line (from 1) with its line ending."""
        return self.text[self.start(number) : self.start(number + 1)]

    def number(self, offset: int) -> int:
        """The line (from 1) in which an offset lies."""
        return bisect_right(self.starts, offset)

    def offset(self, line: int, column: int) -> int:
        """The offset of a line (from 1) and a column in UTF-8 bytes. Raises `ValueError` outside the text."""
        if not 1 <= line <= len(self.starts):
            raise ValueError(f"line {line} of {len(self.starts)}")
        content = self.line(line)
        if content.isascii():
            return self.start(line) + min(column, len(content))
        return self.start(line) + len(
            content.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore")
        )

    def offsets(self, span: Span) -> tuple[int, int]:
        """The offsets of a span. Raises `ValueError` outside the text."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets, as `ast` counts."""
        return Span(*self._position(start), *self._position(end))

    def _position(self, offset: int) -> tuple[int, int]:
        line = self.number(offset)
        return line, len(self.text[self.start(line) : offset].encode("utf-8", "surrogatepass"))


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices done. They must not overlap; at one offset they keep their order."""
    parts: list[str] = []
    done = 0
    for splice in in_order(splices):
        parts += text[done : splice.start], splice.content
        done = splice.end
    return "".join([*parts, text[done:]])


def in_order(splices: Iterable[Splice]) -> list[Splice]:
    return sorted(splices, key=lambda splice: (splice.start, splice.end))


def merged(text: str, splices: Iterable[Splice]) -> list[Splice]:
    """The same change with splices that touch made one, each as small as it can be."""
    joined: list[Splice] = []
    for splice in in_order(splices):
        if joined and joined[-1].end == splice.start:
            before = joined.pop()
            joined.append(Splice(before.start, splice.end, before.content + splice.content))
        else:
            joined.append(splice)
    return [small for splice in joined for small in smaller(text, splice)]


def smaller(text: str, splice: Splice) -> Iterator[Splice]:
    """The same change in the smallest parts, none of which cuts a word or a line ending."""
    old = text[splice.start : splice.end]
    before, after = _shared(old, splice.content)
    old, new = old[before : len(old) - after], splice.content[before : len(splice.content) - after]
    start = splice.start + before
    old_lines, new_lines = _lines(old), _lines(new)
    if len(old_lines) < 2 or len(new_lines) < 2:
        if old or new:
            yield Splice(start, start + len(old), new)
        return
    for _, first, last, new_first, new_last in _changes(old_lines, new_lines):
        begin = start + sum(map(len, old_lines[:first]))
        part = "".join(old_lines[first:last])
        content = "".join(new_lines[new_first:new_last])
        before, after = _shared(part, content)
        yield Splice(begin + before, begin + len(part) - after, content[before : len(content) - after])


def difference(old: str, new: str) -> list[Splice]:
    """The smallest splices that make one text of another."""
    return list(smaller(old, Splice(0, len(old), new)))


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    import difflib

    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return (change for change in matcher.get_opcodes() if change[0] != "equal")


def _lines(text: str) -> list[str]:
    """The lines of a text with their endings."""
    ends = [found.end() for found in LINE_END.finditer(text)]
    if not ends or ends[-1] != len(text):
        ends.append(len(text))
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _shared(old: str, new: str) -> tuple[int, int]:
    """How many characters two texts share at the beginning and at the end, in whole words."""
    most = min(len(old), len(new))
    before = 0
    while before < most and old[before] == new[before]:
        before += 1
    while before and (_cuts(old, before) or _cuts(new, before)):
        before -= 1
    after = 0
    while after < most - before and old[-1 - after] == new[-1 - after]:
        after += 1
    while after and (_cuts(old, len(old) - after) or _cuts(new, len(new) - after)):
        after -= 1
    return before, after


def _cuts(text: str, at: int) -> bool:
    """Whether an offset stands inside a word or a line ending."""
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    return (left == "\r" and right == "\n") or (_is_word(left) and _is_word(right))


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _usual_newline(text: str) -> str:
    """The line ending that a text uses most; the earliest of equals."""
    found = LINE_END.findall(text)
    return max(dict.fromkeys(found), key=found.count, default="\n")
