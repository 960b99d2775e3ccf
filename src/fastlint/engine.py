"""The run: read what matters, link it, ask the rules; or find that nothing has changed since the last one."""

from __future__ import annotations

import gc
import time
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fastlint import discovery, suppression
from fastlint.cache.cache import Cache
from fastlint.cache.history import History, Outcome
from fastlint.cache.offers import Offers
from fastlint.config import ENGINE_RULES, REASONS_REQUIRED, Settings, with_nested
from fastlint.declared import Declared
from fastlint.diagnostic import Diagnostic, Problem
from fastlint.files import FileRecord, Files
from fastlint.location import locate
from fastlint.overlay import NOTHING, Overlay, inside
from fastlint.reading import Progress, Reader, Reading
from fastlint.report import Report
from fastlint.rule import RuleKey

if TYPE_CHECKING:
    from fastlint.cache.snapshot import Snapshot
    from fastlint.index import syntax
    from fastlint.model.project import Project
    from fastlint.model.quiet import Recollection
    from fastlint.model.sharing import Sharing
    from fastlint.rule import Rule

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


class Run:
    """One run over one project."""

    def __init__(self, paths: Sequence[Path], settings: Settings, cache: Cache, reading: Reading) -> None:
        self.settings = settings
        self.root = settings.root
        located = {locate(path): data for path, data in reading.overlay.items()}
        self.overlay = inside(locate(self.root), located)
        self.cache = cache.apart() if self.overlay else cache
        previous = self.cache.snapshot(settings)
        self.found = self._find(paths, previous)
        self.settings = with_nested(settings, self.found.configured, cache.rules())
        is_ours = previous is not None and previous.environment == self.cache.environment
        known = previous.files if previous is not None and is_ours else {}
        self.files = Files(self.root, self.found.files, known, self.overlay)
        self.reader = Reader(self.files, self.cache, reading)
        self.history = History(self.cache, settings, previous, self.found, self.reader)
        self._given = frozenset(map(locate, paths))
        self._declared = Declared(self.root, self.settings)
        self._asked_for: set[str] = set()
        self._gave_up: list[Problem] = []
        self._raised: dict[str, Exception] = {}
        self._builds_on_last = True

    def _find(self, paths: Sequence[Path], last: Snapshot | None) -> discovery.Found:
        if last is not None and last.folders_are_same():
            found = discovery.among(self.root, last.files, last.folders, last.configured, paths, self.overlay)
            if found is not None:
                return found
        return find(paths, self.settings, self.cache.rules(), self.overlay)[0]

    def report(self) -> Report:
        """What the selected rules say about the targets, suppressions applied."""
        outcome = self.history.outcome() or self._checked()
        told = outcome.read.union(self._looked_at())
        targets = frozenset(self.found.targets)
        records = {path: self.reader.parsed(path) for path in sorted(told) if path in self.files.records}
        self.history.keep(outcome)
        return Report(
            root=self.root,
            diagnostics=self._unsilenced(outcome, targets, records),
            problems=sorted({*self._troubles(outcome, targets, records)}),
            files=len(targets),
            lines=sum(record.lines for record in records.values()),
            details={**self._details(records), **outcome.details},
            targets=targets,
            overlay=self.overlay,
            is_shared=self._is_shared,
            settings=self.settings,
            is_special=self.found.is_special,
            raised=tuple(outcome.raised.values()),
            offers=Offers(self.cache) if self.cache.is_on else None,
        )

    def _unsilenced(
        self, outcome: Outcome, targets: frozenset[str], records: Mapping[str, FileRecord]
    ) -> list[Diagnostic]:
        known = self.cache.rules()
        ours = [RuleKey(code, name, default=code != REASONS_REQUIRED) for code, name in ENGINE_RULES]
        wanted = frozenset(rule.code for rule in self.settings.rules(ours))
        comments = {
            path: record.suppressions
            for path, record in records.items()
            if record.suppressions and path in targets
        }
        found = [each for each in outcome.findings if each.place.path in targets]
        ran = [rule for rule in self.settings.rules(known) if rule.code not in outcome.raised]
        left = suppression.apply(found, comments, ran, known=known, engine=wanted)
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

    def _checked(self) -> Outcome:
        """What the rules say, asked anew."""
        self.reader.read_ahead(self.files.relevant)
        findings = self._findings()
        if self.project.quiet.is_in_use and (self._gave_up or self.project.last_resort.is_exhausted):
            # Where a limit was met it matters in which order all was asked.
            self._builds_on_last = False
            self._gave_up.clear()
            self._raised.clear()
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
            memory=self._memory(),
            raised=self._raised,
        )

    def _memory(self) -> Recollection | None:
        """What is left of single functions, where all of them were looked into and a cache keeps it."""
        return self.project.quiet.recollection if self.cache.keeps_runs and not self._gave_up else None

    def _findings(self) -> list[Diagnostic]:
        from fastlint import registry

        rules = self.settings.rules(registry.all_rules())
        return [*_unique(found for rule in rules for found in self._ask(rule))]

    def _ask(self, rule: Rule) -> Iterator[Diagnostic]:
        """What a rule says; one that fails costs its own findings, and no other rule's."""
        try:
            yield from rule.check(self.project)
        except RecursionError:
            message = f"`{rule.name}` gave up: something in the code is too entangled for it (please report)"
            self._gave_up.append(Problem(str(self.root), message))
        except Exception as error:
            from fastlint.failure import told

            self._raised[rule.code] = error
            message = f"`{rule.name}` failed: {told(error, rule.package)}"
            advice = "; please report" if rule.is_ours else ""
            self._gave_up.append(Problem(str(self.root), message + advice))

    @cached_property
    def project(self) -> Project:
        """The model, which asks for the facts of files as it needs them."""
        from fastlint.index import syntax
        from fastlint.knowledge import Knowledge
        from fastlint.model.project import NOTHING_KNOWN, Project

        def load(path: str) -> syntax.Module | None:
            self._asked_for.add(path)
            facts = self.reader.facts(path)
            return None if facts is None or facts.trouble else syntax.Module(path, facts.body)

        return Project(
            self.found.files,
            self.files.relevant,
            load,
            knowledge=Knowledge.load(self.settings.own_knowledge),
            source_roots=self._source_roots,
            mentions=self.files.mentions,
            versions=self._declared.versions,
            text=self.reader.text,
            properties=self.files.properties,
            recalled=self.history.recollection() if self._builds_on_last else NOTHING_KNOWN,
        )

    def understood(self) -> Project:
        """The model, with all files read ahead that it is certain to ask for."""
        self.reader.read_ahead(self.files.relevant)
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

    def _details(self, records: Mapping[str, FileRecord]) -> dict[str, str]:
        """What `--verbose` tells about the run."""
        read = sum(record.trouble is None for record in records.values())
        relevant = len(self.files.relevant)
        return {"files": f"{len(self.found.files)} found, {relevant} relevant, {read} read"}


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
