"""What tells a finding from all others when lines move: its rule, its file, where in it, and the code."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from fastlint.diagnostic import Diagnostic, Place
from fastlint.report import Report
from fastlint.suppression import NEXT_PRAGMA

OPENS = re.compile(r"[^)\]}#\s].*[(\[{:][ \t]*(?:#.*)?$")
"""A line that others below it belong to: of a compound statement, or of brackets that are still open."""
HEADER = re.compile(r"(?P<indent>[ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(?P<name>\w+)")


class Fingerprint(Struct, frozen=True, order=True):
    """A finding without its lines. `scope` is what it stands in (`Orders.place`; `""` for the module),
    `text` its line without indentation and without comments for tools (`# noqa`, `# type: ignore`), `count`
    how many equal ones stand above it."""

    path: str
    name: str
    scope: str
    text: str
    count: int = 0

    @property
    def digest(self) -> str:
        """32 hexadecimal digits, the same on every machine."""
        parts = "\0".join((self.path, self.name, self.scope, self.text, str(self.count)))
        return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def fingerprints(report: Report, diagnostics: Iterable[Diagnostic]) -> list[Fingerprint]:
    """Those of some findings of a report, in their order."""
    seen: Counter[Fingerprint] = Counter()
    found: list[Fingerprint] = []
    for diagnostic in diagnostics:
        place = diagnostic.place
        first = Fingerprint(place.path, diagnostic.name, *_surroundings(report, place))
        found.append(Fingerprint(first.path, first.name, first.scope, first.text, seen[first]))
        seen[first] += 1
    return found


def _surroundings(report: Report, place: Place) -> tuple[str, str]:
    source = report.source(place.path)
    if source is None or not 0 < place.span.line <= len(source.lines):
        return "", ""
    text = NEXT_PRAGMA.sub("", source.lines[place.span.line - 1])
    return _scope(source.lines, place.span.line), " ".join(text.split())


def _scope(lines: tuple[str, ...], number: int) -> str:
    """The names of the definitions around a line, by indentation: enough to tell two places apart."""
    names: list[str] = []
    indent = _indent(lines[number - 1])
    for text in reversed(lines[: number - 1]):
        if not indent:
            break
        outer = _indent(text)
        header = HEADER.match(text)
        if outer < indent and (header or OPENS.match(text.lstrip())):
            names += [header["name"]] if header else []
            indent = outer
    return ".".join(reversed(names))


def _indent(text: str) -> int:
    text = text.expandtabs()
    return len(text) - len(text.lstrip())
