"""Syntax that is newer than the running Python, rewritten to what its `ast` accepts.

Real projects are ahead of the Python that a linter runs on. `lower` keeps every line where it is and, but for
a changed quote, every column too: what is new is blanked, bracketed or swapped in place, never moved. Calls
and names inside it stay visible.

What is lowered, by the release that brought it: 3.11 `except*` and starred subscripts (PEP 654, 646),
3.12 type parameters, `type` statements and free f-strings (PEP 695, 701), 3.13 defaults of type parameters
(PEP 696), 3.14 t-strings and bare `except A, B` (PEP 750, 758), 3.15 lazy imports and unpacking in
comprehensions (PEP 810, 798).
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from keyword import iskeyword
from typing import NamedTuple

from fastlint.source import call_with_stack, parse_quietly

Grammar = tuple[int, int]
RUNNING: Grammar = sys.version_info[:2]
LAZY: Grammar = (3, 15)


def lower(text: str, grammar: Grammar = RUNNING) -> str | None:
    """The text in the older `grammar`; None when it is wrong in every grammar, or right in this one.

    What the result cannot show, the type parameters, is left to libcst's grammar to judge.
    Raises `RecursionError` or `MemoryError` when `ast.parse` does.
    """
    tokens = scan(text)
    if tokens is None:
        return None
    chars = list(text)
    _lower_t_strings(tokens, chars, grammar)
    blanked = _lower_statements(tokens, chars, grammar)
    _lower_stars(tokens, chars, grammar)
    _lower_f_strings(tokens, chars, grammar)
    lowered = "".join(chars)
    if lowered == text:
        return None
    try:
        parse_quietly(lowered)
    except (SyntaxError, ValueError):
        return None
    # All else is still there to be judged by `ast`; what is blanked is not.
    return lowered if _are_type_parameters(blanked) else None


class Token(NamedTuple):
    """A piece of code: a name (or number), an operator, a string, or an f-string as a whole.

    `inside` is the index of the bracket it stands in, -1 at the top and right in an f-string's field;
    `first` says that a statement may begin here.
    """

    kind: str
    text: str
    start: int
    end: int
    inside: int
    first: bool


@dataclass
class FString:
    """Where an f-string or t-string stands: [start, body) is prefix and quote, [stop, end) the closing quote.

    `nested`: in another one's field; `enclosed`: in that or in a bracket, so that line ends do not end it.
    """

    start: int
    body: int
    quote: str
    raw: bool
    nested: bool
    enclosed: bool
    stop: int = 0
    end: int = 0
    holes: list[Hole] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]  # an inferred list is unknown


@dataclass
class Hole:
    """One field: `start` is its `{`, `code_end` the place after its expression, `end` after its `}`.

    `depth` is 0 in the string itself and 1, 2, ... in a format specification.
    """

    start: int
    depth: int
    code_end: int = 0
    end: int = 0


@dataclass(eq=False)
class Scan:
    """A file's tokens, the partner of each bracket, the f-strings (inner first), the comments in them."""

    text: str
    tokens: list[Token]
    partner: dict[int, int]
    f_strings: list[FString]
    comments: list[tuple[int, int]]

    @cached_property
    def f_string_at(self) -> dict[int, FString]:
        return {each.start: each for each in self.f_strings}

    @cached_property
    def literals(self) -> list[tuple[int, int]]:
        """Every string, by its start."""
        plain = [(token.start, token.end) for token in self.tokens if token.kind == "string"]
        return sorted(plain + [(each.start, each.end) for each in self.f_strings])

    @cached_property
    def literal_ends(self) -> list[tuple[int, int]]:
        """Every string as (end, start), by its end."""
        return sorted((end, start) for start, end in self.literals)


_APOSTROPHES = r"""'''(?:[^\\]|\\.)*?'''|(?!''')'(?:[^'\\\r\n]|\\\r\n|\\.)*'"""
_QUOTES = _APOSTROPHES.replace("'", '"')
_TOKEN = re.compile(
    rf"""
      (?P<space>[ \t\f\ufeff]+|\\(?:\r\n|\r|\n))
    | (?P<f>(?:[ft]r?|r[ft])(?:'''|\"\"\"|'|"))
    | (?P<string>(?:u|b|r|br|rb)?(?:{_APOSTROPHES}|{_QUOTES}))
    | (?P<comment>\#[^\r\n]*)
    | (?P<line>\r\n|\r|\n)
    | (?P<name>\w+)
    | (?P<op>\*\*|:=|!=|->|==|<=|>=|[^\w'"\\])
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_TEXT = re.compile(r"\\N\{[^}'\"\r\n]*\}|\\\r\n|\\[^{}]|\{\{|\}\}|'''|\"\"\"|[{}'\"\r\n]", re.DOTALL)
_RAW_TEXT = re.compile(r"\\\\|\\['\"]|\{\{|\}\}|'''|\"\"\"|[{}'\"\r\n]", re.DOTALL)
_SPEC_TEXT = re.compile(r"\\N\{[^}'\"\r\n]*\}|\\[^{}]|'''|\"\"\"|[{}'\"\r\n]", re.DOTALL)
_MAX_DEPTH = 500  # Python refuses 200 brackets and 150 f-strings in one another
_CLOSERS = {")": "(", "]": "[", "}": "{"}


def scan(text: str) -> Scan | None:
    """The text in pieces; None when its strings or brackets do not close, or are nested too deeply."""
    try:
        return _Scanner(text).scan()
    except _UnclosedError:
        return None


class _UnclosedError(Exception):
    """A string or a bracket does not close, or they are too many: no grammar accepts that."""


class _Scanner:
    """Reads code and the text of f-strings by turns; what is open is on a stack, so no depth can hurt it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.tokens: list[Token] = []
        self.partner: dict[int, int] = {}
        self.done: list[FString] = []
        self.comments: list[tuple[int, int]] = []
        self.open: list[int | Hole | FString] = []
        self.first = True

    def scan(self) -> Scan:
        while self.at < len(self.text):
            if len(self.open) > _MAX_DEPTH:
                raise _UnclosedError
            innermost = self.open[-1] if self.open else None
            if isinstance(innermost, FString):
                self.read_text(innermost)
            elif isinstance(innermost, Hole) and innermost.code_end:
                self.read_specification(innermost)
            else:
                self.read_code()
        if self.open:
            raise _UnclosedError
        return Scan(self.text, self.tokens, self.partner, self.done, self.comments)

    def read_code(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            raise _UnclosedError
        kind = match.lastgroup or ""
        self.at = match.end()
        if kind == "line":
            self.first = self.first or not self.open
        elif kind == "comment" and self.open:
            self.comments.append(match.span())
        elif kind == "f":
            self.open_f_string(match[0], match.start())
        elif kind == "op" and self.ends_the_code(match[0], match.start()):
            return
        elif kind in ("name", "string", "op"):
            self.add(kind, match[0], match.start(), match.end())

    def add(self, kind: str, text: str, start: int, end: int) -> None:
        if text in _CLOSERS:
            self.close(text)
        innermost = self.open[-1] if self.open else -1
        inside = innermost if isinstance(innermost, int) else -1
        self.tokens.append(Token(kind, text, start, end, inside, self.first))
        self.first = not self.open and text in (";", ":")
        if text in ("(", "[", "{"):
            self.open.append(len(self.tokens) - 1)

    def close(self, text: str) -> None:
        opened = self.open.pop() if self.open else None
        if not isinstance(opened, int) or self.tokens[opened].text != _CLOSERS[text]:
            raise _UnclosedError
        self.partner[opened] = len(self.tokens)

    def open_f_string(self, text: str, start: int) -> None:
        quote = text.lstrip("fFtTrR")
        nested = any(isinstance(each, FString) for each in self.open)
        enclosed = bool(self.open)
        self.add("f", text, start, self.at)
        self.open.append(FString(start, self.at, quote, "r" in text.lower(), nested, enclosed))

    def read_text(self, string: FString) -> None:
        found = (_RAW_TEXT if string.raw else _TEXT).search(self.text, self.at)
        if found is None:
            raise _UnclosedError
        piece = found[0]
        self.at = found.end()
        if piece == "{":
            self.open_hole(string, found.start(), depth=0)
        elif piece.startswith(string.quote):
            self.at = found.start() + len(string.quote)
            self.open.pop()
            string.stop, string.end = found.start(), self.at
            self.done.append(string)
        elif piece in ("\n", "\r", "\r\n") and len(string.quote) == 1:
            raise _UnclosedError

    def open_hole(self, string: FString, start: int, depth: int) -> None:
        hole = Hole(start, depth)
        string.holes.append(hole)
        self.open.append(hole)

    def ends_the_code(self, text: str, start: int) -> bool:
        """Whether this operator ends the expression of a replacement field, and does not belong to it."""
        hole = self.open[-1] if self.open else None
        if not isinstance(hole, Hole) or text not in ("}", "!", ":", ":="):
            return False
        hole.code_end = start
        if text == "}":
            self.close_hole(hole)
        elif text == ":=":
            self.at = start + 1
        elif text == "!":
            self.at = start
        return True

    def close_hole(self, hole: Hole) -> None:
        hole.end = self.at
        self.open.pop()

    def read_specification(self, hole: Hole) -> None:
        """From `!r` or `:` to the closing brace; its own fields are holes of the same string."""
        string = next(each for each in reversed(self.open) if isinstance(each, FString))
        found = _SPEC_TEXT.search(self.text, self.at)
        if found is None or found[0].startswith(string.quote):
            raise _UnclosedError
        self.at = found.end()
        if found[0] == "{":
            self.open_hole(string, found.start(), hole.depth + 1)
        elif found[0] == "}":
            self.close_hole(hole)
        elif found[0] in "\r\n" and len(string.quote) == 1:
            raise _UnclosedError


def _lower_t_strings(scan: Scan, chars: list[str], grammar: Grammar) -> None:
    if grammar >= (3, 14):
        return
    for string in scan.f_strings:
        for at in range(string.start, string.body):
            chars[at] = {"t": "f", "T": "F"}.get(chars[at], chars[at])


def _lower_statements(scan: Scan, chars: list[str], grammar: Grammar) -> set[str]:
    """Gives the type parameters that are no more."""
    tokens = scan.tokens
    blanked: set[str] = set()
    for index, (token, following, third) in enumerate(zip(tokens, tokens[1:], tokens[2:], strict=False)):
        if token.kind != "name" or following.first or third.first:
            continue
        generic = third.text == "[" and grammar < (3, 12)
        if token.text == "except":
            _lower_except(scan, index, chars, grammar)
        elif token.text in ("def", "class") and generic:
            blanked.add(_blank(scan, index + 2, chars))
        elif token.text == "type" and token.first and _is_name(following) and grammar < (3, 12):
            _swap(token, following, chars)
            if generic:
                blanked.add(_blank(scan, index + 2, chars))
        elif token.text == "lazy" and token.first and following.text in ("import", "from") and grammar < LAZY:
            _swap(token, following, chars)
    return blanked


def _is_name(token: Token) -> bool:
    return token.kind == "name" and not iskeyword(token.text)


def _lower_except(scan: Scan, index: int, chars: list[str], grammar: Grammar) -> None:
    clause = list(_until_colon(scan, index + 1))
    if clause and clause[0].text == "*":
        if grammar < (3, 11):
            chars[clause[0].start] = " "
        clause = clause[1:]
    bare = any(token.text == "," for token in clause)
    if bare and grammar < (3, 14):
        chars[clause[0].start] = "(" + chars[clause[0].start]
        end = clause[-1].end
        chars[end - 1] += ")"


def _until_colon(scan: Scan, index: int) -> Iterator[Token]:
    """The tokens to the statement's colon, without what is in brackets."""
    while index < len(scan.tokens):
        token = scan.tokens[index]
        if token.text == ":" or token.first:
            return
        yield token
        index = scan.partner.get(index, index + 1)


def _blank(scan: Scan, opening: int, chars: list[str]) -> str:
    """Blank a bracket with what is in it, and give that; the statement goes on over its line ends."""
    start, end = scan.tokens[opening].start, scan.tokens[scan.partner[opening]].end
    for at in range(start, end):
        if chars[at] not in "\r\n":
            chars[at] = " "
        elif chars[at] == "\r" or chars[at - 1] not in ("\r", "\\\r"):
            chars[at] = "\\" + chars[at]
    return scan.text[start:end]


def _swap(keyword: Token, name: Token, chars: list[str]) -> None:
    """`type X =` becomes `X      =`: nothing behind it moves, and the statement begins where it did."""
    between = chars[keyword.end : name.start]
    chars[keyword.start : name.end] = [*name.text, *" " * len(keyword.text), *between]


def _lower_stars(scan: Scan, chars: list[str], grammar: Grammar) -> None:
    comprehensions = {token.inside for token in scan.tokens if token.text == "for"}
    for index, token in enumerate(scan.tokens):
        if token.inside < 0 or token.text not in ("*", "**"):
            continue
        unpacks = index - 1 == token.inside and token.inside in comprehensions
        if (unpacks and grammar < LAZY) or (grammar < (3, 11) and _is_new_in_3_11(scan, index)):
            chars[token.start : token.end] = " " * len(token.text)


def _is_new_in_3_11(scan: Scan, index: int) -> bool:
    """Whether this is the star of `x[*y]` or of `*args: *Ts`."""
    before, star = scan.tokens[index - 1 : index + 1]
    if star.text != "*":
        return False
    if before.text == ":":
        return scan.tokens[star.inside].text == "("
    return before.text in ("[", ",") and _is_subscript(scan, star.inside)


def _is_subscript(scan: Scan, bracket: int) -> bool:
    if bracket < 1 or scan.tokens[bracket].text != "[":
        return False
    before = scan.tokens[bracket - 1]
    if before.first and before.text in ("case", "match"):
        return False  # a pattern, or what it is matched with
    return before.text in (")", "]", "}") or before.kind == "string" or _is_name(before)


def _lower_f_strings(scan: Scan, chars: list[str], grammar: Grammar) -> None:
    if grammar >= (3, 12):
        return
    gone: set[int] = set()
    for string in scan.f_strings:
        if string.start not in gone and not _lower_f_string(string, scan, chars):
            gone.update(_make_tuple(string, scan, chars))


def _lower_f_string(string: FString, scan: Scan, chars: list[str]) -> bool:
    """Whether it is an f-string of the old grammar, or could be made one with another quote.

    Inner strings come first, so what is inside this one is already in the old grammar.
    """
    if _fits(string.quote, string, scan, chars) or _requote(string, scan, chars):
        return True
    if not _blank_escapes(string, scan, chars):
        return False
    return _fits(string.quote, string, scan, chars) or _requote(string, scan, chars)


def _fits(quote: str, string: FString, scan: Scan, chars: list[str]) -> bool:
    """Whether the fields may stand between these quotes: before 3.12 they were part of the string's text."""
    for hole in string.holes:
        field_text = "".join(chars[hole.start : hole.end])
        if hole.depth > 1 or quote in field_text or "\\" in "".join(chars[hole.start : hole.code_end]):
            return False
        if len(quote) == 1 and ("\n" in field_text or "\r" in field_text):
            return False
    return not any(chars[start] == "#" for start, _ in _comments_in(string, scan))


def _comments_in(string: FString, scan: Scan) -> list[tuple[int, int]]:
    first = bisect_left(scan.comments, (string.start, 0))
    return scan.comments[first : bisect_left(scan.comments, (string.end, 0))]


def _requote(string: FString, scan: Scan, chars: list[str]) -> bool:
    if string.nested:
        return False  # the outer string would have to change, too
    for quote in sorted(("'", '"', "'''", '"""'), key=lambda quote: len(quote) != len(string.quote)):
        if _text_allows(quote, string, chars) and _fits(quote, string, scan, chars):
            for at in (string.body - len(string.quote), string.stop):
                chars[at : at + len(string.quote)] = [quote, *[""] * (len(string.quote) - 1)]
            return True
    return False


def _text_allows(quote: str, string: FString, chars: list[str]) -> bool:
    ends = [hole.start for hole in string.holes if not hole.depth] + [string.stop]
    starts = [string.body] + [hole.end for hole in string.holes if not hole.depth]
    pieces = ["".join(chars[start:end]) for start, end in zip(starts, ends, strict=True)]
    broken = len(quote) == 1 and any("\n" in piece or "\r" in piece for piece in pieces)
    return not broken and not pieces[-1].endswith(quote[0]) and not any(quote in piece for piece in pieces)


def _blank_escapes(string: FString, scan: Scan, chars: list[str]) -> bool:
    """Take the backslashes and comments out of the fields; a separator's escape matters to no rule."""
    blanked = [at for span in _comments_in(string, scan) for at in range(*span)]
    for hole in string.holes:
        skip = -1
        for at in range(hole.start, hole.code_end):
            if chars[at] == "\\" and at != skip:
                skip = at + 1
                blanked += [at, skip] if chars[skip] in ("\\", "'", '"') else [at]
    for at in blanked:
        chars[at] = " "
    return bool(blanked)


def _make_tuple(string: FString, scan: Scan, chars: list[str]) -> set[int]:
    """Keep nothing but the expressions, as a tuple; of the strings it is joined with, too.

    Gives the starts of the f-strings that are no more.
    """
    start, end, members = _joined(string, scan)
    kept: set[int] = set()
    holes = [hole for member in members for hole in member.holes]
    for hole in holes:
        kept.update(range(hole.start + 1, _without_debug(hole, chars)))
    for at in range(start, end):
        if at not in kept and chars[at] not in ("\r", "\n"):
            chars[at] = " "
    chars[start : start + 2] = "(0"
    chars[end - 1] = ")"
    for hole in holes:
        chars[hole.start] = ","
    return {member.start for member in members}


def _without_debug(hole: Hole, chars: list[str]) -> int:
    """Where the expression ends, without the `=` of `{x=}`."""
    code = "".join(char or " " for char in chars[hole.start : hole.code_end]).rstrip()
    return hole.start + len(code) - 1 if code.endswith("=") else hole.code_end


_BETWEEN = re.compile(r"(?:[ \t\f]|\\(?:\r\n|\r|\n))*")
_BETWEEN_ENCLOSED = re.compile(r"(?:[ \t\f\r\n\\]|#[^\r\n]*)*")


def _joined(string: FString, scan: Scan) -> tuple[int, int, list[FString]]:
    """The implicit concatenation this string is part of: its start, its end, the f-strings in it."""
    start, end = string.start, string.end
    members = [string]
    while literal := _literal_before(start, string.enclosed, scan):
        start = literal[0]
        members.append(scan.f_string_at.get(start, string))
    while literal := _literal_after(end, string.enclosed, scan):
        end = literal[1]
        members.append(scan.f_string_at.get(literal[0], string))
    return start, end, members


def _literal_before(start: int, enclosed: bool, scan: Scan) -> tuple[int, int] | None:
    index = bisect_right(scan.literal_ends, (start, start)) - 1
    if index < 0:
        return None
    before_end, before_start = scan.literal_ends[index]
    return (before_start, before_end) if _touch(before_end, start, enclosed, scan) else None


def _literal_after(end: int, enclosed: bool, scan: Scan) -> tuple[int, int] | None:
    index = bisect_left(scan.literals, (end, end))
    if index == len(scan.literals):
        return None
    after = scan.literals[index]
    return after if _touch(end, after[0], enclosed, scan) else None


def _touch(end: int, start: int, enclosed: bool, scan: Scan) -> bool:
    between = _BETWEEN_ENCLOSED if enclosed else _BETWEEN
    return between.fullmatch(scan.text, end, start) is not None


# libcst's parser recurses natively: up to 2.5 KB of stack for an operator, 10 KB for a bracket (measured).
_BYTES_A_CHARACTER = 10_240
_MAX_CHARACTERS = 10_000


def _are_type_parameters(texts: set[str]) -> bool:
    """Whether libcst's grammar, which has all of them, accepts each `[...]` as type parameters."""
    longest = max(map(len, texts), default=0)
    if not longest:
        return True
    if longest > _MAX_CHARACTERS:
        return False
    import libcst

    module = "".join(f"class C{text}: pass\n" for text in sorted(texts))
    try:
        call_with_stack(lambda: libcst.parse_module(module), 16_000_000 + longest * _BYTES_A_CHARACTER)
    except (libcst.ParserSyntaxError, RecursionError, MemoryError):
        return False
    return True
