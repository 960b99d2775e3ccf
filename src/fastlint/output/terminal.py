"""Where output goes: how wide it is, whether it may have colour, what characters it can hold."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, NamedTuple

from fastlint.output.cells import encodable

NARROWEST = 20


class Piece(NamedTuple):
    """Some text of one line in one style (a style of rich; empty is plain)."""

    text: str
    style: str = ""


Line = list[Piece]


@dataclass(frozen=True)
class Screen:
    """What a stream can show. `width` is in cells; None does not wrap."""

    width: int | None = None
    colour: bool = False
    encoding: str = "utf-8"

    @classmethod
    def of(cls, stream: IO[str], environ: Mapping[str, str] = os.environ) -> Screen:
        """What this stream can show: colour and wrapping are for terminals (https://no-color.org)."""
        terminal = is_terminal(stream)
        width = max(NARROWEST, shutil.get_terminal_size().columns) if terminal else None
        return cls(width, _wants_colour(terminal, environ), getattr(stream, "encoding", None) or "utf-8")


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person is looking at this stream; a closed stream has nobody."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def plain(lines: Iterable[Line]) -> str:
    """The lines without styles, each ended by a newline."""
    return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in lines)


def show(lines: Iterable[Line], stream: IO[str], screen: Screen) -> None:
    """Write the lines, in colour where the screen has it."""
    lines = list(lines)
    if not (screen.colour and any(piece.style for line in lines for piece in line)):
        stream.write(encodable(plain(lines), screen.encoding))
        return
    _paint(lines, stream, screen)


def _paint(lines: list[Line], stream: IO[str], screen: Screen) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=stream, force_terminal=True, no_color=False, width=screen.width, highlight=False, soft_wrap=True
    )
    text = Text()
    for line in lines:
        for piece in line:
            text.append(encodable(piece.text, screen.encoding), piece.style or None)
        text.append("\n")
    console.print(text, end="")


def _wants_colour(terminal: bool, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "").lower() not in ("", "0", "false"):
        return True
    return terminal and environ.get("TERM") != "dumb"
