"""What one file says, or why it cannot be read: by its content alone, so that it can be kept and sent."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from fastlint import suppression
from fastlint.index import syntax
from fastlint.index.indexer import index
from fastlint.source import Source, Unreadable
from fastlint.suppression import Suppression


class Facts(Struct, frozen=True, array_like=True, gc=False):
    """The facts of a file. `trouble` says why there are none; its `line` and `column` count from 1."""

    body: tuple[syntax.Statement, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    lines: int = 0
    trouble: str = ""
    line: int = 0
    column: int = 0


def facts_of(path: str, data: bytes) -> Facts:
    """The facts of a file with this content; `path` is what messages call it."""
    source = Source(path, data)
    try:
        body = index(source.tree)
        comments = suppression.find(source.text, source.tree)
    except Unreadable as error:
        return Facts(trouble=error.message, line=error.line, column=error.column)
    except RecursionError:
        return Facts(trouble="is nested too deeply to be understood")
    return Facts(body, comments, data.count(b"\n"))


def encode(facts: Facts) -> bytes:
    return _encoder.encode(facts)


def decode(data: bytes) -> Facts:
    """Raises `ValueError` for what is no facts."""
    return _decoder.decode(data)


def encoded(files: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """The facts of files, each encoded: what another process does, with paths and contents in order."""
    return [encode(facts_of(path, data)) for path, data in files]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Facts)
