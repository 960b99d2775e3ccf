"""Comments that silence findings: `# fastlint: ignore[rule-name]`, `# fastlint: ignore-file` and `# noqa`.

A comment holds for findings that start or end on its line; alone on its line, for the code directly below.
On the first line of a statement, or of a decorator, it holds for all of it, but not for a body below.
One that silences nothing is a finding itself (FL001), and so is one that cannot be understood (FL002) or,
where that is asked for, gives no reason (FL003).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from fastlint.config import ENGINE_RULES, REASONS_REQUIRED, means, selector_complaint
from fastlint.diagnostic import Diagnostic, Place, Severity, Span
from fastlint.rule import Named

ENGINE_CODES = frozenset(code for code, _ in ENGINE_RULES)


class Suppression(Struct, frozen=True):
    """One comment. Lines count from 1, columns from 0 in UTF-8 bytes.

    `kind` is `ignore`, `ignore-file` or `noqa`; no selectors mean every rule. It holds for findings on
    `applies_to_line` and those that start by `statement_end` (0: not known), or in the whole file where
    `file_level`. `malformed` says why it holds for none.
    """

    line: int
    column: int
    end_column: int
    kind: str
    applies_to_line: int
    selectors: tuple[str, ...] = ()
    reason: str = ""
    file_level: bool = False
    malformed: str = ""
    statement_end: int = 0

    @property
    def span(self) -> Span:
        return Span(self.line, self.column, self.line, self.end_column)

    def covers(self, span: Span) -> bool:
        if self.file_level or self.applies_to_line in (span.line, span.end_line):
            return True
        return self.applies_to_line < span.line <= self.statement_end


# Finding them

# A noqa with other linters' codes alone, by far the most frequent, is none of ours.
MARKER = re.compile(
    r"#\s*(?:fastlint\s*:|fastlint[\s._=-]+ignore|noqa\b(?!\s*:\s*[a-z]+\d)|noqa\s*:[^\r\n]*\bFL\d)",
    re.IGNORECASE,
)
WORDS = ("fastlint", "Fastlint", "FastLint", "FASTLINT", "noqa", "NOQA", "NoQA")
# A string that is not closed ends with its line, or with the file between triple quotes, as in Python.
LEXEME = re.compile(
    r"""(?P<comment>\#[^\r\n]*)
    | \"{3} [^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)* (?:\"{3}|\\?\Z)
    | '{3} [^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)* (?:'{3}|\\?\Z)
    | " [^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)* (?:"|(?P<open_double>))
    | ' [^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)* (?:'|(?P<open_single>))""",
    re.VERBOSE | re.DOTALL,
)
NEWLINE = re.compile(r"\r\n?|\n")
COMMENTS_BELOW = re.compile(r"(?:\r\n?|\n)(?:[ \t\f]*#[^\r\n]*(?:\r\n?|\n))*")
OURS = re.compile(r"(?<!\S)#\s*fastlint\s*:[ \t]*(?P<body>.*)")
# What is certainly meant for us, and prose that begins with our name is not.
NEAR_MISS = re.compile(
    r"""(?<!\S)\#\s*(?P<name>fastlint)(?:
        \s*(?P<colon>:)\s*ignore(?:-file)?\b(?!-)
      | (?:\s*[._=-]\s*|\s+)ignore(?:-file)?[ \t]*(?=\[|$|\#|[=:(]\s*FL\d)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
DIRECTIVE = re.compile(r"(?P<kind>[\w-]+)\s*(?P<list>\[(?P<selectors>[^\]]*)(?P<closed>\]?))?(?P<reason>.*)")
NEXT_PRAGMA = re.compile(
    r"\s+#\s*(?=fastlint\b|noqa\b|nosec\b|pragma:|type:|ty:|mypy:|pyright:|\w+:\s*ignore).*"
)
DASHES = "-:\u2013\u2014"
"""What may stand before a reason."""
# What counts as a code, and that anything else means every code, is flake8's:
# https://github.com/PyCQA/flake8/blob/main/src/flake8/defaults.py
NOQA = re.compile(r"#\s*noqa\b(?!-)(?:\s*:\s*(?P<codes>[a-z]+\d+(?:[,\s]+[a-z]+\d+)*)\b)?", re.IGNORECASE)
OUR_CODE = re.compile(r"FL\d+")


def find(source: str, tree: ast.Module | None = None) -> tuple[Suppression, ...]:
    """The suppressions of a file, in order: of its comments, never of its strings, even if it does not parse.

    Where the tree is given, they hold for the whole of the statements that begin on their lines.

    The strings are told from comments by a regular expression and not by `tokenize`, which takes ten times
    as long, gives up on broken files and depends on the running interpreter's grammar.
    """
    if not any(word in source for word in WORDS) or not MARKER.search(source):
        return ()
    source = source.removeprefix("\ufeff")
    found: list[Suppression] = []
    line, counted = 1, 0
    for start, comment in _comments(source):
        if MARKER.search(comment):
            line += len(NEWLINE.findall(source, counted, start))
            counted = start
            found += _in_comment(source, start, comment, line)
    if tree is not None and any(each.kind == "ignore" for each in found):
        found = list(_for_statements(found, tree))
    return tuple(found)


def _comments(source: str) -> Iterator[tuple[int, str]]:
    """Each comment and where it starts.

    A string seems open where quotes are nested in an f-string (`f"{'"'}"`, since Python 3.12): what follows
    the last quote of the line is a comment then.
    """
    for lexeme in LEXEME.finditer(source):
        if lexeme["comment"] is not None:
            yield lexeme.start(), lexeme[0]
        elif lexeme.lastgroup:
            tail = lexeme[0][max(lexeme[0].rfind('"'), lexeme[0].rfind("'")) :]
            if "#" in tail:
                yield lexeme.end() - len(tail) + tail.index("#"), tail[tail.index("#") :]


def _in_comment(source: str, start: int, comment: str, line: int) -> Iterator[Suppression]:
    before = source[max(source.rfind("\n", 0, start), source.rfind("\r", 0, start)) + 1 : start]
    own_line = not before.strip()
    target = line
    if own_line and (below := COMMENTS_BELOW.match(source, start + len(comment))):
        target += len(NEWLINE.findall(below[0]))
    for match in OURS.finditer(comment):
        text = NEXT_PRAGMA.sub("", match[0][1:]).rstrip()
        column = _width(before + comment[: match.start()])
        bare = Suppression(line, column, column + 1 + _width(text), "ignore", target)
        yield _ours(text.partition(":")[2].strip(), bare, own_line=own_line)
    misses = ((match.start(), said) for match in NEAR_MISS.finditer(comment) if (said := _near_miss(match)))
    for at, complaint in islice(misses, 1):
        text = NEXT_PRAGMA.sub("", comment[at + 1 :]).rstrip()
        column = _width(before + comment[:at])
        yield Suppression(line, column, column + 1 + _width(text), "ignore", target, malformed=complaint)
    for match in NOQA.finditer(comment):
        column = _width(before + comment[: match.start()])
        codes = [code.upper() for code in re.split(r"[,\s]+", match["codes"] or "")]
        ours = tuple(code for code in codes if OUR_CODE.fullmatch(code))
        if ours or codes == [""]:
            reason = _reason(NEXT_PRAGMA.sub("", comment[match.end() :])) if ours else ""
            yield Suppression(line, column, column + _width(match[0].rstrip()), "noqa", line, ours, reason)


def _ours(body: str, bare: Suppression, *, own_line: bool) -> Suppression:
    """What the text after `# fastlint:` says."""
    match = DIRECTIVE.match(body)
    kind = match["kind"] if match else ""
    if match is None or kind not in ("ignore", "ignore-file"):
        return replace(bare, malformed=f"`{kind or body}` is neither `ignore` nor `ignore-file`")
    reason = _reason(match["reason"])
    if not match["list"] and not re.match(r"\s|$", body[len(kind) :]):
        complaint = f"after `{kind}` comes a rule in brackets, or a reason after a space"
        return replace(bare, kind=kind, reason=reason, malformed=complaint)
    if match["list"] and not match["closed"]:
        return replace(bare, kind=kind, malformed="the bracket is never closed")
    selectors = tuple(part.strip() for part in (match["selectors"] or "").split(",") if part.strip())
    if match["list"] and not selectors:
        return replace(bare, kind=kind, malformed="there is no rule between the brackets")
    if kind == "ignore-file" and not own_line:
        return replace(bare, kind=kind, malformed="`ignore-file` must stand on a line of its own")
    return replace(
        bare,
        kind=kind,
        selectors=selectors,
        reason=reason,
        file_level=kind == "ignore-file",
    )


def _near_miss(match: re.Match[str]) -> str:
    """What is wrong with the beginning of a comment; "" where nothing is."""
    if not match["colon"]:
        return f"after `{match['name']}` comes a colon"
    return "" if match["name"] == "fastlint" else f"`{match['name']}` is written `fastlint`"


def _reason(text: str) -> str:
    return text.strip().lstrip(DASHES).strip()


def _for_statements(found: Iterable[Suppression], tree: ast.Module) -> Iterator[Suppression]:
    ends = statement_ends(tree)
    for each in found:
        own_line_only = each.kind == "noqa"  # as in flake8
        yield each if own_line_only else replace(each, statement_end=ends.get(each.applies_to_line, 0))


def statement_ends(tree: ast.Module) -> dict[int, int]:
    """The lines on which statements and their decorators begin, and how far a comment there holds."""
    ends: dict[int, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            for line in _first_lines(node):
                ends[line] = max(ends.get(line, 0), _last_line(node))
    return ends


def _first_lines(node: ast.stmt) -> list[int]:
    """The line of a statement and those of its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return [node.lineno, *(decorator.lineno for decorator in decorators)]


def _last_line(node: ast.stmt) -> int:
    """Where a statement ends, or what of it stands before its body."""
    if isinstance(node, ast.Match):
        return node.subject.end_lineno or node.lineno
    body: list[ast.stmt] = getattr(node, "body", [])
    return min(_first_lines(body[0])) - 1 if body else node.end_lineno or node.lineno


def _width(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


# Applying them


def apply(
    diagnostics: Iterable[Diagnostic],
    suppressions: Mapping[str, Sequence[Suppression]],
    selected: Collection[Named],
    *,
    known: Collection[Named] | None = None,
    engine: Collection[str] = ENGINE_CODES - {REASONS_REQUIRED},
) -> list[Diagnostic]:
    """The findings that no comment silences, and those about the comments themselves, in order.

    `suppressions` are by path, of files that were checked: of one that could not be, nothing is known to be
    unused. `selected` are the rules of this run, `known` all that are installed, and `engine` the codes of
    ENGINE_RULES that are wanted.
    """
    if not suppressions:
        return sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key)
    if known is None:
        from fastlint.registry import all_rules

        known = all_rules()
    comments = {
        path: [_Comment(path, suppression, known) for suppression in found]
        for path, found in suppressions.items()
    }
    kept = [
        diagnostic
        for diagnostic in diagnostics
        if not _silenced(diagnostic, comments.get(diagnostic.place.path, ()))
    ]
    run = _Run(selected, known, engine)
    everywhere = [comment for found in comments.values() for comment in found]
    kept += [
        finding
        for comment in everywhere
        for finding in run.findings(comment)
        if not _silenced(finding, comments[comment.path])
    ]
    kept += [finding for comment in everywhere for finding in run.idle_about_comments(comment)]
    return sorted(kept, key=lambda diagnostic: diagnostic.sort_key)


def _silenced(diagnostic: Diagnostic, comments: Iterable[_Comment]) -> bool:
    """Whether a comment silences it; all are asked, so that each that does counts as used."""
    answers = [comment.silences(diagnostic) for comment in comments]
    return any(answers)


class _Comment:
    """A suppression at work: which of its selectors mean something, and which have silenced something."""

    def __init__(self, path: str, suppression: Suppression, known: Collection[Named]) -> None:
        self.path = path
        self.suppression = suppression
        self.used: set[str] = set()
        self.problem = _misplaced(suppression, known) or suppression.malformed
        self.selectors: tuple[str, ...] = ()
        if self.problem:
            return
        complaints = {selector: selector_complaint(selector, known) for selector in suppression.selectors}
        self.selectors = tuple(selector for selector, complaint in complaints.items() if not complaint)
        self.problem = "; ".join(complaint for complaint in complaints.values() if complaint)
        if not suppression.selectors:
            self.selectors = ("ALL",)

    @property
    def is_unexplained(self) -> bool:
        """Whether it gives no reason; a noqa without codes is for every linter, and none of ours."""
        ours = self.suppression.kind != "noqa" or bool(self.suppression.selectors)
        return ours and not self.problem and not self.suppression.reason

    def silences(self, diagnostic: Diagnostic) -> bool:
        if not self._covers(diagnostic):
            return False
        hits = {s for s in self.selectors if means(s, diagnostic.code, diagnostic.name)}
        if diagnostic.code in ENGINE_CODES:
            hits.discard("ALL")  # else no comment for every rule could ever be found unused
        self.used |= hits
        return bool(hits)

    def _covers(self, diagnostic: Diagnostic) -> bool:
        span = diagnostic.place.span
        about_comments = diagnostic.code in ENGINE_CODES and span.line == self.suppression.line
        return about_comments or self.suppression.covers(span)

    def finding(self, rule: tuple[str, str], message: str, help: str) -> Diagnostic:  # noqa: A002 - as in Diagnostic
        code, name = rule
        place = Place(self.path, self.suppression.span)
        return Diagnostic(place, code, name, Severity.WARNING, message, help)


def _misplaced(suppression: Suppression, known: Collection[Named]) -> str:
    """What is wrong with a comment that names a rule in place of a reason: `ignore FL407`, `ignore=FL407`."""
    word = re.match(r"\W*(\w[\w-]*)", suppression.reason)
    if suppression.selectors or word is None or selector_complaint(word[1], known):
        return ""
    return f"a rule is named in brackets: `{suppression.kind}[{word[1]}]`"


class _Run:
    """What this run can tell of comments: one for a rule that did not run may be needed all the same."""

    def __init__(self, selected: Iterable[Named], known: Iterable[Named], engine: Collection[str]) -> None:
        self._engine = engine
        self._ran = {rule.code for rule in selected} | set(engine)
        self._known = [(rule.code, rule.name) for rule in known] + list(ENGINE_RULES)
        self._usual = {rule.code for rule in known if rule.default}

    def findings(self, comment: _Comment) -> Iterator[Diagnostic]:
        _, malformed, unexplained = ENGINE_RULES
        if comment.problem and malformed[0] in self._engine:
            yield comment.finding(malformed, comment.problem, "write `# fastlint: ignore[rule-name]`")
        if comment.is_unexplained and unexplained[0] in self._engine:
            yield comment.finding(unexplained, "this comment gives no reason", "add ` -- ` and why")
        yield from self._unused(comment, [s for s in comment.selectors if not _about_comments(s)])

    def idle_about_comments(self, comment: _Comment) -> Iterator[Diagnostic]:
        """Of selectors for the findings of this module itself: they are judged when those are known."""
        yield from self._unused(comment, [s for s in comment.selectors if _about_comments(s)])

    def _unused(self, comment: _Comment, selectors: list[str]) -> Iterator[Diagnostic]:
        unused = ENGINE_RULES[0]
        idle = [s for s in selectors if s not in comment.used and self._would_know(s)]
        if not idle or unused[0] not in self._engine:
            return
        if not comment.suppression.selectors:
            if comment.suppression.kind != "noqa":
                yield comment.finding(unused, "this comment silences nothing", "remove it")
            return
        names = ", ".join(f"`{selector}`" for selector in idle)
        everything = len(idle) == len(comment.suppression.selectors)
        yield comment.finding(
            unused,
            f"{names} {'silences' if len(idle) == 1 else 'silence'} nothing here",
            "remove the comment" if everything else f"remove {names} from the comment",
        )

    def _would_know(self, selector: str) -> bool:
        if selector == "ALL":
            return self._ran >= self._usual
        return all(code in self._ran for code, name in self._known if means(selector, code, name))


def _about_comments(selector: str) -> bool:
    return selector != "ALL" and any(means(selector, code, name) for code, name in ENGINE_RULES)
