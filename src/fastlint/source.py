"""One file: its bytes, encoding, line endings and syntax tree. Whatever is wrong with it is `Unreadable`."""

from __future__ import annotations

import ast
import codecs
import io
import os
import re
import stat
import sys
import threading
import tokenize
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from fastlint import disk
from fastlint.diagnostic import Problem, Span
from fastlint.disk import open_without_waiting
from fastlint.overlay import NOTHING, Overlay

T = TypeVar("T")

MAX_BYTES = 10_000_000
"""A larger file is generated data: reading it would cost more than its findings are worth."""

LINE_END = re.compile(r"\r\n|\r|\n")
LINE_END_BYTES = re.compile(rb"\r\n|\r|\n")
UNTRUSTED_CODECS = {"idna", "punycode"}
"""Text codecs whose decoders take quadratic time; no Python source is written in them."""

_warnings_lock = threading.Lock()


class Unreadable(Exception):  # noqa: N818 - read as `except Unreadable`, and `raise Unreadable`
    """A file that cannot be linted. `line` and `column` count from 1; 0 means unknown."""

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        super().__init__(path, line, column, message)
        self.path = path
        self.line = line
        self.column = column
        self.message = message

    def __str__(self) -> str:
        return str(self.problem)

    @property
    def problem(self) -> Problem:
        return Problem(self.path, self.message, self.line, self.column)


@dataclass(eq=False)
class Source:
    """One Python file; `path` is relative to the project root, with forward slashes.

    Everything derived from the bytes is computed when first asked for, and kept. `text` keeps the file's
    line endings and loses its byte order mark.
    """

    path: str
    data: bytes
    _encoding: str | None = field(default=None, init=False, repr=False)
    _text: str | None = field(default=None, init=False, repr=False)
    _lines: tuple[str, ...] | None = field(default=None, init=False, repr=False)
    _tree: ast.Module | None = field(default=None, init=False, repr=False)

    @classmethod
    def read(cls, root: Path, path: str, overlay: Overlay = NOTHING) -> Source:
        """The file, or what stands for it. Raises `Unreadable` when there is none of bearable size."""
        return cls(path, content(root, path, overlay)[0])

    @property
    def bom(self) -> bool:
        """Whether the file starts with the UTF-8 byte order mark."""
        return self.data.startswith(codecs.BOM_UTF8)

    @property
    def newline(self) -> str:
        r"""The file's first line ending, which is what new lines should get; `\n` for a file of one line."""
        found = LINE_END_BYTES.search(self.data)
        return found[0].decode() if found else "\n"

    @property
    def encoding(self) -> str:
        """What the cookie of PEP 263 or the byte order mark declares, else `utf-8` (never `utf-8-sig`)."""
        if self._encoding is None:
            self._encoding = _declared_encoding(self.path, self.data)
        return self._encoding

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = _decoded(self)
        return self._text

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines without their endings, counted as Python counts them: a form feed or U+2028 ends none."""
        if self._lines is None:
            lines = LINE_END.split(self.text)
            self._lines = tuple(lines if lines[-1] else lines[:-1])
        return self._lines

    @property
    def tree(self) -> ast.Module:
        """The syntax tree; of a lowered text when the file's syntax is newer than the running Python."""
        if self._tree is None:
            self._tree = _parsed(self)
        return self._tree


def content(root: Path, path: str, overlay: Overlay = NOTHING) -> tuple[bytes, disk.Stamp | None]:
    """The bytes of a file and what the system said of it just before, or what stands for it and nothing.

    Raises `Unreadable`.
    """
    given = overlay.get(path)
    if given is not None:
        _refuse_what_is_too_large(path, len(given))
        return given, None
    try:
        with open(root / path, "rb", opener=open_without_waiting) as file:
            status = os.fstat(file.fileno())
            _refuse_what_is_no_source(path, status)
            return file.read(), disk.stamp(status)
    except FileNotFoundError:
        raise Unreadable(path, 0, 0, "the file does not exist") from None
    except IsADirectoryError:
        raise Unreadable(path, 0, 0, "this is a directory, not a file") from None
    except PermissionError:
        raise Unreadable(path, 0, 0, _no_permission(root / path)) from None
    except (OSError, ValueError) as error:
        message = getattr(error, "strerror", None) or str(error)
        raise Unreadable(path, 0, 0, f"the file cannot be read: {message}") from None


def characters(source: Source, span: Span) -> tuple[int, int, int, int]:
    """The span in characters: line, column, end line, end column, all from 1, the end exclusive."""
    return (
        span.line,
        _character(source, span.line, span.column),
        span.end_line,
        _character(source, span.end_line, span.end_column),
    )


def call_with_stack(function: Callable[[], T], size: int) -> T:
    """`function()` on a stack of `size` bytes, for native code that recurses without looking how deep.

    Raises what it raises, and `RecursionError` when the system cannot give such a stack.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # raised again by the caller's thread
            errors.append(error)

    try:
        previous = threading.stack_size(size)
    except ValueError as error:
        raise RecursionError("nested too deeply") from error
    try:
        thread = threading.Thread(target=run, name="fastlint-deep")
        thread.start()
    except RuntimeError as error:
        raise RecursionError("nested too deeply") from error
    finally:
        threading.stack_size(previous)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def parse_quietly(text: str) -> ast.Module:
    """`ast.parse` without the warnings about the linted code (invalid escapes and the like).

    Raises what `ast.parse` raises: `SyntaxError`, `ValueError`, `RecursionError`, `MemoryError`.
    """
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if sys.version_info < (3, 11):
            return _parse_on_3_10(text)
        return ast.parse(text)


# Python 3.10 builds the tree with unchecked native recursion, at most 80 bytes of stack for each link of a
# chain such as `a.b.c` or `1 + 2 + 3` (measured on x86-64); newer ones raise `RecursionError`.
_LINKS = ".([+-*/%@&|^<>"
_SAFE_LINKS = 10_000
_BYTES_A_LINK = 320
_MAX_DEPTH = 3_000


def _parse_on_3_10(text: str) -> ast.Module:
    links = sum(map(text.count, _LINKS))
    if links < _SAFE_LINKS:
        return ast.parse(text)
    return call_with_stack(lambda: _parse_unless_too_deep(text), 16_000_000 + links * _BYTES_A_LINK)


def _parse_unless_too_deep(text: str) -> ast.Module:
    tree = ast.parse(text)
    level: list[ast.AST] = [tree]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
    raise RecursionError("maximum recursion depth exceeded during ast construction")


def _refuse_what_is_no_source(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(path, 0, 0, "this is not a regular file")
    _refuse_what_is_too_large(path, status.st_size)


def _refuse_what_is_too_large(path: str, size: int) -> None:
    if size > MAX_BYTES:
        message = f"the file is too large: {size / 1e6:.0f} MB, the limit is {MAX_BYTES / 1e6:.0f} MB"
        raise Unreadable(path, 0, 0, message)


def _no_permission(path: Path) -> str:
    # Windows says so of a directory, too.
    return "this is a directory, not a file" if path.is_dir() else "no permission to read the file"


def _declared_encoding(path: str, data: bytes) -> str:
    line = _cookie_line(data)
    if not line:
        return "utf-8"
    try:
        declared, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        codec = codecs.lookup(declared)
    except (SyntaxError, LookupError, ValueError) as error:
        raise Unreadable(path, line, 1, str(error)) from None
    # `_is_text_encoding` is how `bytes.decode` itself tells `utf-8` from `zlib`.
    if not getattr(codec, "_is_text_encoding", True) or codec.name in UNTRUSTED_CODECS:
        raise Unreadable(path, line, 1, f"unknown encoding: {declared}")
    return "utf-8" if declared == "utf-8-sig" else declared


def _cookie_line(data: bytes) -> int:
    """Which of the first two lines declares an encoding; 0 if none does."""
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).split(b"\n", 2)[:2], start=1):
        if tokenize.cookie_re.match(line.decode("latin-1")):
            return number
    return 0


def _decoded(source: Source) -> str:
    data, encoding = source.data, source.encoding
    zero = data.find(b"\0")
    if zero >= 0:
        message = "the file has null bytes: it is binary, or in UTF-16"
        raise Unreadable(source.path, *_place_in_bytes(data, zero, "latin-1"), message)
    try:
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some codecs warn about their input
            return data.decode("utf-8-sig" if source.bom else encoding)
    except UnicodeDecodeError as error:
        place = _place_in_bytes(data, error.start, encoding)
        message = f"not valid {encoding}: byte 0x{data[error.start]:02x}"
        raise Unreadable(source.path, *place, message) from None
    except (UnicodeError, LookupError) as error:
        raise Unreadable(source.path, 0, 0, f"not valid {encoding}: {error}") from None


def _place_in_bytes(data: bytes, offset: int, encoding: str) -> tuple[int, int]:
    before = LINE_END_BYTES.split(data[:offset])
    last = before[-1].removeprefix(codecs.BOM_UTF8) if len(before) == 1 else before[-1]
    return len(before), len(last.decode(encoding, "replace")) + 1


def _parsed(source: Source) -> ast.Module:
    try:
        return _parsed_or_lowered(source.text)
    except SyntaxError as error:
        line, column = max(error.lineno or 0, 0), max(error.offset or 0, 0)
        raise Unreadable(source.path, line, column, f"syntax error: {error.msg}") from None
    except (RecursionError, MemoryError):
        raise Unreadable(source.path, 0, 0, "the code is nested too deeply to be parsed") from None
    except ValueError as error:
        raise Unreadable(source.path, 0, 0, f"the code cannot be parsed: {error}") from None


def _parsed_or_lowered(text: str) -> ast.Module:
    try:
        return parse_quietly(text)
    except SyntaxError:
        from fastlint.index.lowering import lower

        lowered = lower(text)
        if lowered is None:
            raise
        return parse_quietly(lowered)


def _character(source: Source, line: int, column: int) -> int:
    lines = source.lines
    if not 1 <= line <= len(lines) or lines[line - 1].isascii():
        return column + 1
    return len(lines[line - 1].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace")) + 1
