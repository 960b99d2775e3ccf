"""All fixes of a report that can be done together, and the files as they would be."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastlint.diagnostic import Diagnostic, FixRequest, Place, Problem, Safety
from fastlint.fixing.codemods import Broken, Find, changes, find_codemod
from fastlint.fixing.draft import Change, Draft
from fastlint.fixing.drafts import Drafts
from fastlint.fixing.files import NotWritten, Original
from fastlint.fixing.refusing import Refused
from fastlint.fixing.text import TextEdit

if TYPE_CHECKING:
    from fastlint.report import Report


@dataclass(frozen=True)
class FileChange:
    """A file before and after its fixes; `path` is relative to the project root, with forward slashes."""

    path: str
    old: str
    new: str


@dataclass
class FilePlan:
    """The file as it was read and what it becomes; `fixed` are the findings whose fix begins in it."""

    change: FileChange
    original: Original
    fixed: list[Diagnostic]


@dataclass
class Plan:
    """What one round does: files in groups, each of which is written wholly or not at all.

    `problems` are fixes that were dropped because something is wrong with them.
    """

    groups: list[list[FilePlan]] = field(default_factory=list[list[FilePlan]])
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def files(self) -> list[FilePlan]:
        """All files of all groups."""
        return [file for group in self.groups for file in group]


@dataclass
class Fix:
    """One fix: the findings that it mends and what it changes, by file."""

    mended: list[Diagnostic]
    changes: dict[str, Change]

    def disturbs(self, other: Fix) -> bool:
        return any(
            change.disturbs(other.changes[path])
            for path, change in self.changes.items()
            if path in other.changes
        )

    def repeats(self, other: Fix) -> bool:
        return self.changes.keys() == other.changes.keys() and all(
            change.repeats(other.changes[path]) for path, change in self.changes.items()
        )


def preview(report: Report, *, unsafe: bool, find: Find = find_codemod) -> list[FileChange]:
    """Every file that fixes would change, with all fixes that go together. Nothing is written."""
    files = plan(report, unsafe=unsafe, find=find).files
    return sorted((file.change for file in files), key=lambda change: change.path)


def edits(
    report: Report, diagnostic: Diagnostic, *, find: Find = find_codemod, drafts: Drafts | None = None
) -> tuple[TextEdit, ...] | None:
    """The smallest edits of the text that mend one finding, however safe; None when there is no fix here.

    `drafts` are what was read of the report's files for other findings.
    """
    request = diagnostic.fix
    function = find(diagnostic) if request else None
    if request is None or function is None:
        return None
    drafts = drafts or Drafts(report)
    try:
        made = changes(drafts, request, function)
    except (NotWritten, Refused, Broken):
        return None
    if not all(drafts[path].is_sound(change) for path, change in made.items()):
        return None
    return tuple(
        TextEdit(Place(path, drafts[path].lines.span(splice.start, splice.end)), splice.content)
        for path, change in made.items()
        for splice in drafts[path].splices(change)
    )


def refusal(report: Report, diagnostic: Diagnostic, *, find: Find = find_codemod) -> str:
    """Why a finding's fix cannot be made; "" where it can, or where the finding has none."""
    request = diagnostic.fix
    function = find(diagnostic) if request else None
    if request is None or function is None:
        return ""
    try:
        changes(Drafts(report), request, function)
    except (NotWritten, Refused, Broken) as error:
        return str(error)
    return ""


def plan(report: Report, *, unsafe: bool, find: Find = find_codemod, left: Set[str] = frozenset()) -> Plan:
    """The fixes of a report in the order of their places; what overlaps waits for another round.

    `left` are files that no fix may touch.
    """
    found = Plan()
    planning = _Planning(Drafts(report), find, left, found.problems)
    for diagnostic in sorted(report.diagnostics, key=lambda each: each.sort_key):
        if applies(diagnostic.fix, unsafe=unsafe):
            planning.consider(diagnostic)
    found.groups = list(planning.groups())
    return found


def applies(request: FixRequest | None, *, unsafe: bool) -> bool:
    """Whether a fix may be applied at the asked safety."""
    return request is not None and (
        request.safety is Safety.SAFE or (unsafe and request.safety is Safety.UNSAFE)
    )


class _Planning:
    """Fixes accepted one by one, in the drafts of the files that they change."""

    def __init__(self, drafts: Drafts, find: Find, left: Set[str], problems: list[Problem]) -> None:
        self.drafts = drafts
        self.find = find
        self.left = left
        self.problems = problems
        self.fixes: list[Fix] = []
        self.by_path: dict[str, list[Fix]] = {}
        self._path = ""

    def consider(self, diagnostic: Diagnostic) -> None:
        """Accept a finding's fix where nothing stands in its way."""
        fix = self._made(diagnostic)
        if fix is None:
            return
        rivals = [other for path in fix.changes for other in self.by_path.get(path, ())]
        same = next((other for other in rivals if fix.repeats(other)), None)
        if same is not None:
            same.mended.append(diagnostic)
        elif not any(fix.disturbs(other) for other in rivals):
            self._add(fix)

    def groups(self) -> Iterator[list[FilePlan]]:
        """The files that become something else, those that a fix changes together in one group."""
        self._drop_what_breaks()
        joined: dict[str, list[str]] = {}
        for fix in self.fixes:
            together = sorted({each for path in fix.changes for each in joined.get(path, [path])})
            joined.update(dict.fromkeys(together, together))
        for group in {id(each): each for each in joined.values()}.values():
            files = [self._file(path) for path in group]
            if any(file.change.old != file.change.new for file in files):
                yield files

    def _made(self, diagnostic: Diagnostic) -> Fix | None:
        request = diagnostic.fix
        function = self.find(diagnostic)
        if request is None or function is None or self.left & set(request.paths):
            return None
        self._turn_to(request.place.path)
        try:
            return Fix([diagnostic], changes(self.drafts, request, function))
        except Refused:
            return None
        except NotWritten as error:
            path = next(each for each in request.paths if each not in self.drafts.originals)
            self._complain(Problem(path, f"was not fixed: {error}"))
            return None
        except Broken as error:
            self._complain(_problem(self.drafts[request.place.path], diagnostic, str(error)))
            return None

    def _turn_to(self, path: str) -> None:
        """Let the syntax of the files before go: a report may be about many."""
        if path != self._path:
            self._path = path
            self.drafts.forget()

    def _add(self, fix: Fix) -> None:
        self.fixes.append(fix)
        for path, change in fix.changes.items():
            self.by_path.setdefault(path, []).append(fix)
            self.drafts[path].changes.append(change)

    def _drop_what_breaks(self) -> None:
        """Keep what leaves every file readable: all at once, else fix by fix."""
        broken = [draft for draft in self.drafts.opened if draft.changes and not draft.is_sound()]
        if not broken:
            return
        fixes, self.fixes, self.by_path = self.fixes, [], {}
        for draft in self.drafts.opened:
            draft.changes.clear()
        for fix in fixes:
            if all(self.drafts[path].is_sound(change) for path, change in fix.changes.items()):
                self._add(fix)
            else:
                first = fix.mended[0]
                draft = self.drafts[next(iter(fix.changes))]
                self._complain(_problem(draft, first, "the fixed file would not be valid Python"))

    def _file(self, path: str) -> FilePlan:
        draft = self.drafts[path]
        begun = [fix for fix in self.by_path[path] if next(iter(fix.changes)) == path]
        fixed = [each for fix in begun for each in fix.mended]
        return FilePlan(FileChange(path, draft.text, draft.result()), self.drafts.originals[path], fixed)

    def _complain(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _problem(draft: Draft, diagnostic: Diagnostic, why: str) -> Problem:
    span = diagnostic.place.span
    if draft.path != diagnostic.place.path:
        return Problem(diagnostic.place.path, f"the fix of {diagnostic.name} was left out: {why}", span.line)
    column = draft.lines.offset(span.line, span.column) - draft.lines.start(span.line) + 1
    return Problem(draft.path, f"the fix of {diagnostic.name} was left out: {why}", span.line, column)
