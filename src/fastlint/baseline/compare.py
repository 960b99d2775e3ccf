"""What of a report the baseline knows, what of it is new, and what of the baseline is gone."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fastlint.baseline.file import Entry, read, render
from fastlint.config import ENGINE_RULES, suggestion
from fastlint.diagnostic import Diagnostic
from fastlint.fingerprint import Fingerprint, fingerprints
from fastlint.location import locate
from fastlint.report import Report
from fastlint.rule import Named

LONGEST = 120
"""Characters of a line of code that an entry shows; what is longer is told by a digest of all of it."""


@dataclass(frozen=True)
class Comparison:
    """A report beside a baseline: `new` are the findings that it does not know, `found` those it does."""

    new: list[Diagnostic]
    found: Counter[Entry]


@dataclass(frozen=True)
class Update:
    """The entries before and after, and the files that were renamed; `is_news`: the file has to change."""

    before: Counter[Entry]
    after: Counter[Entry]
    renamed: dict[str, str]
    is_news: bool

    @property
    def gone(self) -> Counter[Entry]:
        return self.before - self.after

    @property
    def new(self) -> Counter[Entry]:
        return self.after - self.before


@dataclass
class Baseline:
    """The known findings of a project. `rules` has the first line that names each rule. `renamed` are files
    that have another name since it was written: `entries` have the new one, once that mattered. `untraced`
    are the files that are gone without git having the history to tell whether they were renamed."""

    root: Path
    file: Path
    entries: Counter[Entry] = field(default_factory=Counter[Entry])
    text: str = ""
    rules: dict[str, int] = field(default_factory=dict[str, int])
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    untraced: int = 0
    _is_followed: bool = False

    @classmethod
    def read(cls, root: Path, file: Path) -> Baseline:
        """Raises `ConfigError`."""
        return cls(root, file, *read(file))

    def complaints(self, rules: Iterable[Named]) -> list[str]:
        """What is wrong with names of rules in it, each with its line; `rules` are all that there are."""
        names = {rule.code: rule.name for rule in rules} | dict(ENGINE_RULES)
        unknown = ((line, rule) for rule, line in self.rules.items() if rule not in names.values())
        return [f"{line}: {_complaint(rule, names)}" for line, rule in unknown]

    def compare(self, report: Report) -> Comparison:
        """Of several equal findings the first ones are known. Only where something is new can it matter that
        files were renamed."""
        comparison = _compare(report, self.entries)
        if comparison.new and self._follow_renames():
            return _compare(report, self.entries)
        return comparison

    def update(self, report: Report, judges: Callable[[str], bool], *, adds: bool) -> Update:
        """What becomes of the baseline after a run over the files of which `judges` is true: what is found
        no more is left out, and what is new is added if `adds`."""
        found = self.compare(report).found
        if adds:
            found = Counter(entries_of(report, report.diagnostics))
        others = Counter({entry: count for entry, count in self.entries.items() if not judges(entry.path)})
        after = found + others
        is_news = bool(self.text or after) and render(after) != self.text
        return Update(self.entries, after, self.renamed, is_news)

    def _follow_renames(self) -> bool:
        if self._is_followed:
            return False
        self._is_followed = True
        paths = {entry.path for entry in self.entries}
        vanished = {path for path in paths if not (self.root / path).exists()}
        if not vanished:
            return False
        from fastlint.baseline.renames import is_cut_short, renames

        names = renames(self.root, self.file)
        self.renamed = {path: names[path] for path in sorted(vanished & names.keys())}
        left = len(vanished) - len(self.renamed)
        self.untraced = left if left and is_cut_short(self.root, self.file) else 0
        moved = Counter[Entry]()
        for entry, count in self.entries.items():
            moved[Entry(self.renamed.get(entry.path, entry.path), entry.rule, entry.text)] += count
        self.entries = moved
        return bool(self.renamed)


def _complaint(rule: str, names: Mapping[str, str]) -> str:
    if name := names.get(rule):
        return f"`{rule}` holds nothing back here: its name does, `{name}`"
    return f"unknown rule `{rule}`{suggestion(rule, names.values()) or ': it holds nothing back'}"


def _compare(report: Report, entries: Counter[Entry]) -> Comparison:
    paths = {entry.path for entry in entries}
    candidates = [each for each in report.diagnostics if each.place.path in paths]
    found = Counter[Entry]()
    known: set[int] = set()
    for diagnostic, entry in zip(candidates, entries_of(report, candidates), strict=True):
        if found[entry] < entries[entry]:
            found[entry] += 1
            known.add(id(diagnostic))
    return Comparison([each for each in report.diagnostics if id(each) not in known], found)


def entries_of(report: Report, diagnostics: Iterable[Diagnostic]) -> list[Entry]:
    """How a baseline tells some findings of a report, in their order."""
    return [_entry(fingerprint) for fingerprint in fingerprints(report, diagnostics)]


def _entry(found: Fingerprint) -> Entry:
    text = found.text
    if len(text) > LONGEST:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        text = f"{text[:LONGEST]}... ({digest})"
    text = text.encode("utf-8", "backslashreplace").decode()  # some encodings of source have half surrogates
    return Entry(found.path, found.name, f"{found.scope or '<module>'}: {text}")


def asked_about(report: Report, paths: Sequence[Path]) -> Callable[[str], bool]:
    """Whether a run over these paths speaks about a file: it was checked, or would be if it were there."""
    folders = [locate(path) for path in paths if path.is_dir()]
    below = tuple(
        "" if folder == report.root else f"{folder.relative_to(report.root).as_posix()}/"
        for folder in folders
        if folder.is_relative_to(report.root)
    )
    return lambda path: path in report.targets or path.startswith(below)
