"""Comments that silence findings, put into a text: which line each goes to, and what is there already."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fastlint.config import REASONS_REQUIRED
from fastlint.diagnostic import Diagnostic, Span
from fastlint.fixing.text import Lines, Splice, spliced
from fastlint.suppression import DASHES, LEXEME, OURS, Suppression, find, statement_ends

INDENT = re.compile(r"[ \t]*(?=[^ \t\f]|$)")


class Comments:
    """The comments to add to one text. Lines count from 1."""

    def __init__(self, text: str, tree: ast.Module, reason: str) -> None:
        self.reason = reason
        self.lines = Lines(text)
        self.ends = statement_ends(tree)
        self.existing = find(text, tree)
        self.shut = set(_lines_that_end_in_no_comment(self.lines))
        self.appended: dict[int, set[str]] = {}
        self.above: dict[int, set[str]] = {}
        self.merged: dict[Suppression, set[str]] = {}

    def add(self, finding: Diagnostic) -> bool:
        """Plan a comment for a finding; False where there is no place for one."""
        span = finding.place.span
        if finding.code == REASONS_REQUIRED:
            bare = next((each for each in self.existing if each.span == span), None)
            if bare is not None:
                self.merged.setdefault(bare, set())
            return bare is not None
        if self._is_planned(finding):
            return True
        first = self._statement(span.line)
        names = next(self._places(span, first), None)
        if names is None:
            return False
        names.add(finding.name)
        return True

    def _is_planned(self, finding: Diagnostic) -> bool:
        span = finding.place.span
        planned = [*self.appended.items(), *self.above.items()]
        planned += [(each.applies_to_line, names) for each, names in self.merged.items()]
        return any(
            finding.name in names
            and (line in (span.line, span.end_line) or line < span.line <= self.ends.get(line, 0))
            for line, names in planned
        )

    def _statement(self, line: int) -> int:
        """The first line of the statement around a line."""
        return max((first for first, end in self.ends.items() if first <= line <= end), default=line)

    def _places(self, span: Span, first: int) -> Iterator[set[str]]:
        """The names of rules in each comment that would count, the best place first."""
        for line in dict.fromkeys((span.line, span.end_line, first)):
            known = [each for each in self.existing if each.kind == "ignore" and each.applies_to_line == line]
            for each in known:
                if each.selectors and not each.malformed:
                    yield self.merged.setdefault(each, set())
            if line not in self.shut and not OURS.search(self.lines.line(line)):
                yield self.appended.setdefault(line, set())
        if first - 1 not in self.shut:
            yield self.above.setdefault(first, set())

    def text(self) -> str:
        """The text with the comments."""
        return spliced(self.lines.text, self._splices())

    def moved(self, span: Span) -> Span:
        """Where code is that was here."""
        down = sum(line <= span.line for line in self.above)
        return Span(span.line + down, span.column, span.end_line + down, span.end_column)

    def _splices(self) -> Iterator[Splice]:
        for line, names in self.appended.items():
            content = self.lines.line(line).rstrip("\r\n")
            end = self.lines.start(line) + len(content)
            yield Splice(end - len(content) + len(content.rstrip(" \t")), end, f"  {self._comment(names)}")
        for line, names in self.above.items():
            start = self.lines.start(line)
            indent = INDENT.search(self.lines.line(line))
            yield Splice(
                start, start, f"{indent[0] if indent else ''}{self._comment(names)}{self.lines.newline}"
            )
        for comment, names in self.merged.items():
            yield from self._merged(comment, names)

    def _comment(self, names: set[str]) -> str:
        reason = f" -- {self.reason}" if self.reason else ""
        return f"# fastlint: ignore[{', '.join(sorted(names))}]{reason}"

    def _merged(self, comment: Suppression, names: set[str]) -> Iterator[Splice]:
        """The names before the bracket that closes, the reason after the one that is given."""
        start, end = self.lines.offsets(comment.span)
        written = self.lines.text[start:end]
        if names:
            bracket = written.index("]")
            inside = written[:bracket].rstrip(" \t,")
            more = "".join(f", {name}" for name in sorted(names))
            yield Splice(start + len(inside), start + bracket, more)
        if self.reason and not comment.reason:
            yield Splice(start + len(written.rstrip(f" \t{DASHES}")), end, f" -- {self.reason}")
        elif self.reason and self.reason not in comment.reason:
            yield Splice(end, end, f"; {self.reason}")


def _lines_that_end_in_no_comment(lines: Lines) -> Iterator[int]:
    """Those that end inside a string, or with a backslash that goes on in the next line."""
    commented: set[int] = set()
    for lexeme in LEXEME.finditer(lines.text):
        first, last = lines.number(lexeme.start()), lines.number(lexeme.end())
        if lexeme["comment"] is not None:
            commented.add(first)
        else:
            yield from range(first, last)
    for line in range(1, len(lines) + 1):
        if line not in commented and lines.line(line).rstrip("\r\n").endswith("\\"):
            yield line
