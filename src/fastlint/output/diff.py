"""What fixes would change, as a unified diff that `git apply` and `patch -p1` take."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from fastlint.output.cells import clean
from fastlint.output.terminal import Line, Piece

LINES = re.compile(r"[^\n]*\n|[^\n]+")
UNUSUAL = re.compile(r'[\x00-\x1f\x7f"\\]')
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
NO_NEWLINE = "\n\\ No newline at end of file\n"
STYLES = {"-": "red", "+": "green", "@": "cyan"}


def render(path: str, old: str, new: str) -> str:
    """The diff of one file; empty where nothing changes. Lines end at `\\n` alone, as they do for git."""
    names = (_quoted(f"a/{path}"), _quoted(f"b/{path}"))
    difference = difflib.unified_diff(LINES.findall(old), LINES.findall(new), *names)
    return "".join(line if line.endswith("\n") else line + NO_NEWLINE for line in difference)


def _quoted(name: str) -> str:
    """A name as git writes it, in quotes where it has to be (https://git-scm.com/docs/diff-format)."""
    return f'"{UNUSUAL.sub(_escaped, name)}"' if UNUSUAL.search(name) else name


def _escaped(found: re.Match[str]) -> str:
    return ESCAPES.get(found[0]) or f"\\{ord(found[0]):03o}"


def encoded(diff: str, encoding: str) -> bytes:
    """The diff in the encoding of its file, with the file's name in UTF-8."""
    header = re.match(r"--- .*\n\+\+\+ .*\n", diff)
    end = header.end() if header else 0
    return diff[:end].encode("utf-8", "replace") + diff[end:].encode(encoding, "replace")


def paint(diff: str, encoding: str) -> Iterator[Line]:
    """The diff for people: in colour and safe to show."""
    for line in LINES.findall(diff):
        text = line.rstrip("\r\n").expandtabs(4)
        style = "bold" if text.startswith(("--- ", "+++ ")) else STYLES.get(text[:1], "")
        yield [Piece(clean(text, encoding), style)]
