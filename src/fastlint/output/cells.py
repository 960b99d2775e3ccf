"""Text in the cells of a terminal: widths, wrapping, and what must never reach a terminal."""

from __future__ import annotations

import re
import unicodedata

TAB = 4
UNSEEN = "\ufffd"
JOINER = "\u200d"
EMOJI_STYLE = "\ufe0f"

# Control characters can rewrite a terminal, bidirectional ones can show code in an order it does not run in.
HOSTILE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
PIECES = re.compile(r"\s+|\S+")


def clean(text: str, encoding: str = "utf-8") -> str:
    """One line of text that is safe to print in `encoding`; what it cannot hold becomes a question mark."""
    text = re.sub(r"[\t\r\n\f\v]+", " ", text)
    return encodable(HOSTILE.sub(UNSEEN, text), encoding)


def encodable(text: str, encoding: str) -> str:
    """The text with what `encoding` cannot hold replaced by question marks."""
    if text.isascii():
        return text
    text = _held("\u2026", encoding, "...", text)
    return text.encode(encoding, "replace").decode(encoding, "replace")


def ellipsis(encoding: str) -> str:
    """The one-cell mark of text left out."""
    return _held("\u2026", encoding, "~", "\u2026")


def char_width(char: str) -> int:
    """Cells that one character takes by itself: 0, 1 or 2 (https://www.unicode.org/reports/tr11/)."""
    if char.isascii() or HOSTILE.match(char):
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def widths(text: str) -> list[int]:
    """Cells that each character takes in its place: tabs to the next stop, joined emoji as one."""
    found: list[int] = []
    column = 0
    before = ""
    for char in text:
        if char == "\t":
            width = TAB - column % TAB
        elif char == EMOJI_STYLE and found and found[-1] == 1 and not before.isascii():
            width = 1
        elif before == JOINER and char_width(char) == 2:
            width = 0
        else:
            width = char_width(char)
        found.append(width)
        column += width
        before = char
    return found


def width_of(text: str) -> int:
    """Cells that a text takes."""
    return len(text) if text.isascii() and "\t" not in text else sum(widths(text))


def wrap(text: str, room: int | None, first: int | None = None) -> list[str]:
    """The text in lines of at most `room` cells, the first of at most `first`; None is no limit.

    Breaks between words, and inside a word only when it is longer than a line.
    """
    if room is None:
        return [text]
    lines: list[str] = []
    line, limit = "", max(1, room if first is None else first)
    for piece in PIECES.findall(text):
        if width_of(line + piece) <= limit:
            line += piece
            continue
        if piece.isspace():
            lines.append(line)
            line, limit = "", max(1, room)
            continue
        if line.strip():
            lines.append(line.rstrip())
            line, limit = "", max(1, room)
        *full, line = _broken(piece, limit, max(1, room))
        if full:
            lines.extend(full)
            limit = max(1, room)
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _broken(word: str, first: int, room: int) -> list[str]:
    parts = [""]
    limit, used = first, 0
    for char, width in zip(word, widths(word), strict=True):
        if used + width > limit and parts[-1]:
            parts.append("")
            limit, used = room, 0
        parts[-1] += char
        used += width
    return parts


def _held(char: str, encoding: str, otherwise: str, text: str) -> str:
    try:
        char.encode(encoding)
    except (UnicodeError, LookupError):
        return text.replace(char, otherwise)
    return text
