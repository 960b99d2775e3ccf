"""The run: read what matters, link it, ask the rules; or find that nothing has changed since the last one."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fastlint import discovery, suppression
from fastlint.cache.cache import Cache
from fastlint.config import ENGINE_RULES, REASONS_REQUIRED, Settings, with_nested
from fastlint.diagnostic import Diagnostic, Problem
from fastlint.files import FileRecord, Files
from fastlint.overlay import NOTHING, Overlay, inside
from fastlint.report import Report
from fastlint.rule import RuleKey

if TYPE_CHECKING:
    from fastlint.cache.moves import Moves
    from fastlint.cache.snapshot import Snapshot
    from fastlint.index import syntax
    from fastlint.index.facts import Facts
    from fastlint.model.project import Project
    from fastlint.model.quiet import Recollection
    from fastlint.model.sharing import Sharing
    from fastlint.rule import Rule
    from fastlint.versions import Versions

Progress = Callable[[int, int], None]

UNASKED_SYNTAX = 256 * 1024
"""How many bytes of files that cannot matter are parsed all the same, to tell of their syntax errors."""


def lint(
    paths: Sequence[Path],
    settings: Settings,
    *,
    progress: Progress | None = None,
    cache: Cache | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    overlay: Mapping[Path, bytes] | None = None,
) -> Report:
    """Lint the project around some paths, and report what is found in these paths.

    Files are read on up to `jobs` processes (0: one for each core), or wherever `executor` runs them. What
    the `cache` knows is not found again. Nothing of this changes what is reported. What is in the `overlay`
    stands for the files of these paths, on disk or not.
    """
    started = time.perf_counter()
    with _without_collection():
        reading = Reading(jobs, executor, progress, overlay or {})
        report = Run(paths, settings, cache or Cache(None), reading).report()
    report.seconds = time.perf_counter() - started
    return report


def find(
    paths: Sequence[Path], settings: Settings, rules: Collection[RuleKey], overlay: Overlay = NOTHING
) -> tuple[discovery.Found, Settings]:
    """The files of a project, and its settings with those of folders that have their own.

    `rules` are those that settings may name. Raises `ConfigError`.
    """
    found = discovery.discover(settings.root, settings, paths, overlay)
    nested = with_nested(settings, found.configured, rules)
    if nested.nested:
        found = discovery.discover(settings.root, nested, paths, overlay)
    return found, nested


@dataclass(frozen=True)
class Understanding:
    """A project as the model sees it, what the rules say about it, and the files that were asked about."""

    project: Project
    report: Report
    targets: frozenset[str]


def understand(
    paths: Sequence[Path],
    settings: Settings,
    *,
    progress: Progress | None = None,
    cache: Cache | None = None,
    jobs: int = 1,
) -> Understanding:
    """The model of the project around some paths, for those who ask it themselves, with `lint`'s report."""
    with _without_collection():
        run = Run(paths, settings, cache or Cache(None), Reading(jobs, None, progress))
        report = run.report()
        return Understanding(run.understood(), report, frozenset(run.found.targets))


@dataclass(frozen=True)
class Reading:
    """How files are read: on how many processes or on whose executor, who is told how far that is, and what
    is read in place of files."""

    jobs: int = 1
    executor: Executor | None = None
    progress: Progress | None = None
    overlay: Mapping[Path, bytes] = field(default_factory=dict[Path, bytes])


@dataclass(frozen=True)
class Outcome:
    """What the rules say about a whole project, before anything is silenced, and the files it rests on."""

    findings: Sequence[Diagnostic]
    read: frozenset[str]
    problems: tuple[Problem, ...]
    details: Mapping[str, str]
    is_known: bool = False


class Run:
    """One run over one project."""

    def __init__(self, paths: Sequence[Path], settings: Settings, cache: Cache, reading: Reading) -> None:
        self.settings = settings
        self.root = settings.root
        self.reading = reading
        located = {discovery.locate(path): data for path, data in reading.overlay.items()}
        self.overlay = inside(discovery.locate(self.root), located)
        self.cache = cache.apart() if self.overlay else cache
        self.previous = self.cache.snapshot(settings)
        self.found = self._find(paths)
        self.settings = with_nested(settings, self.found.configured, cache.rules())
        self._given_settings = settings
        known = self.previous.files if self.previous else {}
        self.files = Files(self.root, self.found.files, known, self.overlay)
        self._given = frozenset(map(discovery.locate, paths))
        self._declared = Declared(self.root, self.settings)
        self._facts: dict[str, Facts | None] = {}
        self._asked_for: set[str] = set()
        self._gave_up: list[Problem] = []
        self._builds_on_last = True
        self._is_news = False

    def _find(self, paths: Sequence[Path]) -> discovery.Found:
        if self.previous is not None and self.previous.folders_are_same():
            last = self.previous
            found = discovery.among(self.root, last.files, last.folders, last.configured, paths, self.overlay)
            if found is not None:
                return found
        return find(paths, self.settings, self.cache.rules(), self.overlay)[0]

    def report(self) -> Report:
        """What the selected rules say about the targets, suppressions applied."""
        outcome = self._known() or self._checked()
        told = outcome.read.union(self._looked_at())
        targets = frozenset(self.found.targets)
        records = {path: self._parsed(path) for path in sorted(told) if path in self.files.records}
        self._keep(outcome)
        return Report(
            root=self.root,
            diagnostics=self._unsilenced(outcome.findings, targets, records),
            problems=sorted({*self._troubles(outcome, targets, records)}),
            files=len(targets),
            lines=sum(record.lines for record in records.values()),
            details={**self._details(records), **outcome.details},
            targets=targets,
            overlay=self.overlay,
            is_shared=self._is_shared,
            settings=self.settings,
            is_special=self.found.is_special,
        )

    def _unsilenced(
        self, findings: Iterable[Diagnostic], targets: frozenset[str], records: Mapping[str, FileRecord]
    ) -> list[Diagnostic]:
        known = self.cache.rules()
        ours = [RuleKey(code, name, default=code != REASONS_REQUIRED) for code, name in ENGINE_RULES]
        wanted = frozenset(rule.code for rule in self.settings.rules(ours))
        comments = {
            path: record.suppressions
            for path, record in records.items()
            if record.suppressions and path in targets
        }
        found = [each for each in findings if each.place.path in targets]
        left = suppression.apply(found, comments, self.settings.rules(known), known=known, engine=wanted)
        rules = {rule.code: rule for rule in (*known, *ours)}
        wanted_here = (each for each in left if self.settings.wants(each.place.path, rules[each.code]))
        return [self.settings.rated(each) for each in wanted_here]

    def _troubles(
        self, outcome: Outcome, targets: frozenset[str], records: Mapping[str, FileRecord]
    ) -> Iterator[Problem]:
        """What could not be done, except for files that nobody asked about."""
        unasked = frozenset(self.found.files) - targets
        for problem in (*self.found.problems, *self.files.problems, *outcome.problems):
            if problem.path not in unasked:
                yield problem
        for path, record in records.items():
            if record.trouble is not None and path in targets:
                yield record.trouble

    # What was found before

    def _known(self) -> Outcome | None:
        """The findings of the last run, if nothing has changed that they rest on; None if it has."""
        last = self._comparable
        if last is None:
            return None
        findings: Sequence[Diagnostic] = last.findings
        if self.files.changed:
            changes = self._changes(last)
            if changes is None:
                return None
            from fastlint.cache.moves import moved

            there = [moved(each, changes) for each in findings]
            findings = [each for each in there if each is not None]
            if len(findings) < len(there):
                return None
        return Outcome(findings, frozenset(last.read), last.problems, last.details, is_known=True)

    @cached_property
    def _comparable(self) -> Snapshot | None:
        """The last run, if it was over the same files, in the same surroundings, by the same rules."""
        last = self.previous
        if last is None or last.environment != self.cache.environment or not self._is_ordinary:
            return None
        if last.files.keys() != self.files.records.keys() or not last.surroundings_are_same():
            return None
        return last

    @property
    def _is_ordinary(self) -> bool:
        """Whether the files are those of the project, no others, and all of them can be read."""
        return not self.found.is_special and not self.files.problems

    def _changes(self, last: Snapshot) -> dict[str, Moves] | None:
        """Where the code of changed files has moved to; None where it is not the same code."""
        from fastlint.cache.moves import moves

        asked = frozenset(word.encode() for word in last.asked)
        found: dict[str, Moves] = {}
        for path in self.files.changed:
            before, now = last.files[path], self.files.records[path]
            now.words = self.files.words_among(path, asked)
            if (before.is_relevant, before.words) != (now.is_relevant, now.words):
                return None
            if path not in last.read:
                continue
            old, new = self.cache.facts(before.seen.digest), self.facts(path)
            if old is None or new is None or old.trouble:
                return None
            there = moves(old.body, new.body)
            if there is None:
                return None
            found[path] = there
        return found

    def _keep(self, outcome: Outcome) -> None:
        """Leave what is known now to the next run."""
        if not self.cache.keeps_runs or not self._is_ordinary:
            return
        if outcome.is_known and not (self.files.changed or self.files.is_stale or self._is_news):
            return
        from fastlint.cache.snapshot import Snapshot, surroundings

        if outcome.is_known and self.previous is not None:
            asked, near = self.previous.asked, (self.previous.landmarks, self.previous.present)
            memory = self.previous.memory
        else:
            asked, near = self.files.settle_words(), surroundings(self.root)
            memory = self._keep_memory()
        kept = Snapshot(
            environment=self.cache.environment,
            root=str(self.root),
            folders=self.found.folders,
            configured=self.found.configured,
            files=self.files.records,
            landmarks=near[0],
            present=near[1],
            read=tuple(sorted(outcome.read)),
            asked=asked,
            findings=tuple(outcome.findings),
            problems=outcome.problems,
            details=dict(outcome.details),
            memory=memory,
        )
        self.cache.keep_snapshot(self._given_settings, kept)

    def _keep_memory(self) -> bytes:
        from fastlint.cache.memory import memory_of

        if self._gave_up:
            return b""
        known = self.project.quiet.recollection
        memory = memory_of(self.files.records, self.files.having, known)
        return self.cache.keep_memory(self._given_settings, memory)

    # Finding it

    def _recalled(self) -> tuple[Recollection, Collection[str]]:
        """What the last run found out about single functions, and what has changed since."""
        from fastlint.model.quiet import Recollection

        last = self._comparable if self._builds_on_last else None
        if last is None or any(self._has_other_relevance(path, last) for path in self.files.changed):
            return Recollection(), ()
        memory = self.cache.memory(self._given_settings, last.memory)
        return (Recollection(), ()) if memory is None else (memory.recollection, memory.changed(self.files))

    def _has_other_relevance(self, path: str, last: Snapshot) -> bool:
        return last.files[path].is_relevant is not self.files.records[path].is_relevant

    def _checked(self) -> Outcome:
        """What the rules say, asked anew."""
        self._read_ahead(self.files.relevant)
        findings = self._findings()
        if self.project.quiet.is_in_use and (self._gave_up or self.project.last_resort.is_exhausted):
            # Where a limit was met it matters in which order all was asked.
            self._builds_on_last = False
            self._gave_up.clear()
            del self.project
            findings = self._findings()
        return Outcome(
            findings=findings,
            read=frozenset((*self._asked_for, *self.files.relevant, *self.project.quiet.files)),
            problems=tuple(sorted((*self._declared.problems, *self._gave_up))),
            details={
                "source roots": ", ".join(root or "." for root in self._source_roots),
                "routes": str(len(self.project.application.routes)),
            },
        )

    def _findings(self) -> list[Diagnostic]:
        from fastlint import registry

        rules = self.settings.rules(registry.all_rules())
        return [*_unique(found for rule in rules for found in self._ask(rule))]

    def _ask(self, rule: Rule) -> Iterator[Diagnostic]:
        """What a rule says; code that it cannot follow to an end costs its findings, and no other rule's."""
        try:
            yield from rule.check(self.project)
        except RecursionError:
            message = f"`{rule.name}` gave up: something in the code is too entangled for it (please report)"
            self._gave_up.append(Problem(str(self.root), message))

    @cached_property
    def project(self) -> Project:
        """The model, which asks for the facts of files as it needs them."""
        from fastlint.index import syntax
        from fastlint.knowledge import Knowledge
        from fastlint.model.project import Project

        def load(path: str) -> syntax.Module | None:
            self._asked_for.add(path)
            facts = self.facts(path)
            return None if facts is None or facts.trouble else syntax.Module(path, facts.body)

        return Project(
            self.found.files,
            self.files.relevant,
            load,
            knowledge=Knowledge.load(self.settings.own_knowledge),
            source_roots=self._source_roots,
            mentions=self.files.mentions,
            versions=self._declared.versions,
            text=self._text,
            properties=self.files.properties,
            recalled=self._recalled(),
        )

    def understood(self) -> Project:
        """The model, with all files read ahead that it is certain to ask for."""
        self._read_ahead(self.files.relevant)
        return self.project

    def _is_shared(self, path: str, name: str) -> bool:
        return self._sharing.is_shared(path, name)

    @cached_property
    def _sharing(self) -> Sharing:
        from fastlint.model.sharing import Sharing

        return Sharing(self.project)

    @cached_property
    def _source_roots(self) -> tuple[str, ...]:
        from fastlint.roots import source_roots

        return source_roots(self.root, self.found.files, self.settings)

    def _looked_at(self) -> Iterator[str]:
        """The targets that are parsed whatever the model reads, to tell of broken ones and of comments: those
        that were named, and others as far as that costs nothing."""
        spare = UNASKED_SYNTAX
        for path in self.found.targets:
            record = self.files.records.get(path)
            if record is None:
                continue
            is_named = self.root / path in self._given
            if not is_named and not record.is_relevant:
                spare -= record.size
            if is_named or spare >= 0 or record.speaks_of_us or not record.is_utf8:
                yield path

    def _parsed(self, path: str) -> FileRecord:
        """What is known of a file that was parsed."""
        record = self.files.records[path]
        if not record.is_parsed:
            self.facts(path)
        return self.files.records[path]

    # Files

    def facts(self, path: str) -> Facts | None:
        """The facts of a file; None for one that cannot be read."""
        if path not in self._facts:
            self._facts[path] = self._find_facts(path)
        return self._facts[path]

    def _find_facts(self, path: str) -> Facts | None:
        record = self.files.records.get(path)
        facts = None if record is None else self.cache.facts(record.seen.digest)
        data = None if facts is not None else self.files.content(path)
        if data is not None:
            from fastlint.index.facts import facts_of

            record, facts = self.files.records[path], facts_of(path, data)
            self._keep_facts(record, facts)
        if record is not None and facts is not None:
            self._note(path, record, facts)
        return facts

    def _note(self, path: str, record: FileRecord, facts: Facts) -> None:
        if record.is_parsed:
            return
        self._is_news = True
        record.is_parsed = True
        record.lines = facts.lines
        record.suppressions = facts.suppressions
        record.trouble = Problem(path, facts.trouble, facts.line, facts.column) if facts.trouble else None

    def _keep_facts(self, record: FileRecord, facts: Facts) -> None:
        if self.cache.is_on:
            from fastlint.index.facts import encode

            self.cache.keep_facts(record.seen.digest, encode(facts))

    def _read_ahead(self, paths: Sequence[str]) -> None:
        """Index files that will be needed, on several processes if that pays."""
        from fastlint.index.facts import decode
        from fastlint.index.spread import processes, spread

        waiting = [path for path in paths if not self._is_known(path)]
        files = [(path, data) for path in waiting if (data := self.files.content(path)) is not None]
        count = processes(self.reading.jobs, sum(len(data) for _, data in files))
        tell = self.reading.progress or _tell_nobody
        if count == 1 and self.reading.executor is None:
            for done, (path, _) in enumerate(files):
                tell(done, len(files))
                self.facts(path)
            return
        for path, data in spread(files, count, self.reading.executor, lambda done: tell(done, len(files))):
            record = self.files.records[path]
            facts = self._facts[path] = decode(data)
            self._note(path, record, facts)
            self.cache.keep_facts(record.seen.digest, data)

    def _is_known(self, path: str) -> bool:
        """Whether the facts of a file are in the cache; they are read when they are asked for."""
        record = self.files.records.get(path)
        return record is not None and self.cache.has_facts(record.seen.digest)

    def _text(self, path: str) -> str | None:
        """The code of a file; None for one that cannot be read."""
        from fastlint.source import Source, Unreadable

        data = self.files.content(path)
        try:
            return None if data is None else Source(path, data).text
        except Unreadable:
            return None

    def _details(self, records: Mapping[str, FileRecord]) -> dict[str, str]:
        """What `--verbose` tells about the run."""
        read = sum(record.trouble is None for record in records.values())
        relevant = len(self.files.relevant)
        return {"files": f"{len(self.found.files)} found, {relevant} relevant, {read} read"}


class Declared:
    """What the project declares, folder by folder."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self.problems: set[Problem] = set()
        self._folders: dict[str, Versions] = {}

    def versions(self, path: str) -> Versions:
        """What the project declares for the code of a file."""
        from fastlint.versions import read_versions

        folder = path.rpartition("/")[0]
        known = self._folders.get(folder)
        if known is None:
            declared = dict(self.settings.at(path).versions)
            known = self._folders[folder] = read_versions(self.root, self.root / folder, declared)
            self.problems.update(known.problems)
        return known


def _tell_nobody(done: int, total: int) -> None:
    pass


def _unique(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    seen: set[tuple[object, ...]] = set()
    for finding in findings:
        if finding.sort_key not in seen:
            seen.add(finding.sort_key)
            yield finding


@contextmanager
def _without_collection() -> Generator[None]:
    """The model holds what it makes until the end: looking for garbage in between only costs time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
