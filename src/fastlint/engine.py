"""The run: read what matters, link it, ask the rules."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from fastlint import discovery, registry, suppression
from fastlint.config import ENGINE_RULES, Settings
from fastlint.diagnostic import Diagnostic, Problem
from fastlint.index import syntax
from fastlint.index.indexer import index
from fastlint.knowledge import Knowledge
from fastlint.model.project import Project
from fastlint.report import Report
from fastlint.roots import source_roots
from fastlint.rule import Rule
from fastlint.source import Source, Unreadable
from fastlint.versions import Versions, read_versions

Progress = Callable[[int, int], None]

RELEVANT = re.compile(
    rb"fastapi|starlette|\bDepends\b|APIRouter|dependency_overrides|\bTestClient\b|include_router"
    rb"|add_api_route|add_middleware|add_task\b"
    rb"|^[ \t]*@[\w.]+\.(?:get|post|put|patch|delete|head|options|trace|websocket|api_route|route"
    rb"|on_event|middleware|exception_handler)\b",
    re.MULTILINE,
)
_WORDS = bytes(byte if chr(byte).isalnum() or byte in b"_" or byte > 127 else 32 for byte in range(256))
UNASKED_SYNTAX = 256 * 1024
"""How many bytes of files that cannot matter are parsed all the same, to tell of their syntax errors."""


def lint(paths: Sequence[Path], settings: Settings, *, progress: Progress | None = None) -> Report:
    """Lint the project around some paths, and report what is found in these paths."""
    started = time.perf_counter()
    with _without_collection():
        run = Run(paths, settings, progress)
        diagnostics = run.diagnostics()
    return Report(
        root=settings.root,
        diagnostics=diagnostics,
        problems=sorted(set(run.told())),
        files=len(run.found.targets),
        lines=run.lines,
        seconds=time.perf_counter() - started,
        details=run.details(),
    )


class Run:
    """One run over one project."""

    def __init__(self, paths: Sequence[Path], settings: Settings, progress: Progress | None = None) -> None:
        self.settings = settings
        self.root = settings.root
        self.found = discovery.discover(settings.root, settings, list(paths))
        self.problems: list[Problem] = list(self.found.problems)
        self.lines = 0
        given = frozenset(discovery.locate(path) for path in paths if path.is_file())
        self._explicit = frozenset(path for path in self.found.targets if self.root / path in given)
        self._progress = progress
        self._data = dict(self._read())
        self._facts: dict[str, syntax.Module | None] = {}
        self._directories: dict[str, Versions] = {}
        self.seeds = [path for path, data in self._data.items() if RELEVANT.search(data)]
        self.project = Project(
            self._data,
            self.seeds,
            self.facts,
            knowledge=Knowledge.load(settings.knowledge),
            source_roots=source_roots(settings.root, self.found.files, settings),
            mentions=self.mentions,
            versions=self.versions,
            text=self.text,
        )

    def diagnostics(self) -> list[Diagnostic]:
        """What the selected rules say about the targets, suppressions applied."""
        self._index_seeds()
        known = registry.all_rules()
        rules = self.settings.rules(known)
        targets = frozenset(self.found.targets)
        found = [each for each in self._check(rules) if each.place.path in targets]
        comments = {path: self._suppressions(path) for path in self.found.targets}
        present = {path: each for path, each in comments.items() if each}
        left = suppression.apply(found, present, rules, known=known, engine=self._comment_rules())
        return [each for each in left if not self.settings.ignores(each.place.path, each.code, each.name)]

    def told(self) -> Iterator[Problem]:
        """What could not be done, except for files that nobody asked about."""
        unasked = frozenset(self.found.files).difference(self.found.targets)
        return (problem for problem in self.problems if problem.path not in unasked)

    def _comment_rules(self) -> frozenset[str]:
        """The codes of findings about suppressions that are wanted."""
        return frozenset(code for code, name in ENGINE_RULES if self.settings.enables(code, name))

    def _check(self, rules: Iterable[Rule]) -> Iterator[Diagnostic]:
        seen: set[tuple[object, ...]] = set()
        for rule in rules:
            for diagnostic in rule.check(self.project):
                if diagnostic.sort_key not in seen:
                    seen.add(diagnostic.sort_key)
                    yield diagnostic

    def _read(self) -> Iterator[tuple[str, bytes]]:
        for path in self.found.files:
            try:
                yield path, (self.root / path).read_bytes()
            except OSError as error:  # noqa: PERF203 - each file may fail by itself
                self.problems.append(Problem(path, f"cannot be read: {error.strerror or error}"))

    def _index_seeds(self) -> None:
        for done, path in enumerate(self.seeds):
            if self._progress is not None:
                self._progress(done, len(self.seeds))
            self.facts(path)
        self._check_syntax()

    def _check_syntax(self) -> None:
        """Tell of broken files that were asked for, and of others as far as that costs nothing."""
        spare = UNASKED_SYNTAX
        explicit = self._explicit
        for path in self.found.targets:
            data = self._data.get(path)
            if data is None or path in self._facts:
                continue
            if path not in explicit:
                spare -= len(data)
            if path in explicit or spare >= 0 or not _is_utf8(data):
                self.facts(path)

    def facts(self, path: str) -> syntax.Module | None:
        """The facts of a file; None, and a problem, for one that cannot be read."""
        if path not in self._facts:
            self._facts[path] = self._index(path)
        return self._facts[path]

    def _index(self, path: str) -> syntax.Module | None:
        data = self._data.get(path)
        if data is None:
            return None
        source = Source(path, data)
        try:
            body = index(source.tree)
            comments = suppression.find(source.text, source.tree)
        except Unreadable as error:
            self.problems.append(Problem(path, error.message, error.line, error.column))
            return None
        except RecursionError:
            self.problems.append(Problem(path, "is nested too deeply to be understood"))
            return None
        lines = data.count(b"\n")
        self.lines += lines
        return syntax.Module(path, body, comments, lines)

    def text(self, path: str) -> str | None:
        """The code of a file; None for one that cannot be read."""
        data = self._data.get(path)
        try:
            return None if data is None else Source(path, data).text
        except Unreadable:
            return None

    def _suppressions(self, path: str) -> tuple[suppression.Suppression, ...]:
        """The comments of a file: from its facts, or from its text when nothing made it relevant."""
        facts = self._facts.get(path)
        if facts is not None:
            return facts.suppressions
        data = self._data.get(path, b"")
        if b"fastlint" not in data:
            return ()
        try:
            return suppression.find(Source(path, data).text)
        except Unreadable:
            return ()

    def mentions(self, word: str) -> Iterable[str]:
        """The files whose text has a word in it."""
        return self._words.get(word.encode(), ())

    @cached_property
    def _words(self) -> dict[bytes, list[str]]:
        """Every word of the project, with the files that have it."""
        found: dict[bytes, list[str]] = {}
        for path, data in self._data.items():
            for word in set(data.translate(_WORDS).split()):
                found.setdefault(word, []).append(path)
        return found

    def versions(self, path: str) -> Versions:
        """What the project declares for the code of a file."""
        folder = path.rpartition("/")[0]
        known = self._directories.get(folder)
        if known is None:
            known = self._directories[folder] = read_versions(
                self.root, self.root / folder, dict(self.settings.versions)
            )
            self.problems.extend(known.problems)
        return known

    def details(self) -> dict[str, str]:
        """What `--verbose` tells about the run."""
        roots = source_roots(self.root, self.found.files, self.settings)
        indexed = sum(facts is not None for facts in self._facts.values())
        return {
            "root": str(self.root),
            "configuration": str(self.settings.config_file or "none"),
            "source roots": ", ".join(root or "." for root in roots),
            "files": f"{len(self.found.files)} found, {len(self.seeds)} relevant, {indexed} read",
            "routes": str(len(self.project.application.routes)),
        }


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


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
