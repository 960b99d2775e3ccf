"""Files as a fix finds and leaves them: decoded without loss, replaced at once or not at all."""

from __future__ import annotations

import codecs
import os
import secrets
import stat
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fastlint.source import Source


class NotWritten(Exception):  # noqa: N818 - it reads as what happened
    """A file could not be replaced and is as it was; says why, and which where there are several."""

    def __init__(self, why: str, path: Path | None = None) -> None:
        super().__init__(why)
        self.path = path


@dataclass(frozen=True)
class Original:
    """A file's bytes and the text they stand for. The byte order mark is not part of the text."""

    data: bytes
    text: str
    encoding: str
    mark: bytes = b""

    def encoded(self, text: str) -> bytes:
        """Another text in this file's encoding. Raises `UnicodeEncodeError` when it cannot say it."""
        return self.mark + text.encode(self.encoding)


def original(source: Source) -> Original:
    """A source as it is on disk. Raises `NotWritten` when its bytes could not be made from its text again."""
    mark = codecs.BOM_UTF8 if source.bom else b""
    found = Original(source.data, source.text, source.encoding, mark)
    try:
        same = found.encoded(source.text) == source.data
    except (UnicodeError, LookupError):
        same = False
    if not same:
        raise NotWritten(f"its bytes and its text do not agree in {source.encoding}")
    return found


class Replacement(NamedTuple):
    """A file, the bytes that it is expected to have, and those that it shall have."""

    path: Path
    expected: bytes
    data: bytes


def replace(path: Path, expected: bytes, data: bytes) -> None:
    """Put `data` in a file's place, at once and with the file's mode, owner and extended attributes.

    A link is followed and stays. Raises `NotWritten`, with the file untouched, when it is read-only, is not
    what was expected any more, or something else stands in the way.
    """
    replace_all([Replacement(path, expected, data)])


def replace_all(replacements: Sequence[Replacement]) -> None:
    """Replace several files or none: as `replace` does for each, once the new ones lie beside all of them.

    Where one cannot be replaced after all, or somebody interrupts, those before it are put back.
    """
    with ExitStack() as stack:
        staged = [(each, *_staged(each, stack)) for each in replacements]
        _put_in_place(staged)
    for folder in {target.parent for _, target, _ in staged}:
        _sync_directory(folder)


def _put_in_place(staged: Sequence[tuple[Replacement, Path, Path]]) -> None:
    done: list[Replacement] = []
    try:
        for each, target, temporary in staged:
            done.append(each)  # before it is true: an interruption may come in between
            with _failing(each.path):
                temporary.replace(target)
    except BaseException:
        for each in done:
            with suppress(OSError, NotWritten):
                _put_back(each)
        raise


def _staged(replacement: Replacement, stack: ExitStack) -> tuple[Path, Path]:
    """The file itself and its successor beside it, once nothing stands in the way."""
    with _failing(replacement.path):
        target = replacement.path.resolve(strict=True)
        status = target.stat()
        _require_writable(target, status)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
        stack.callback(temporary.unlink, missing_ok=True)  # before there is such a file
        _write(temporary, replacement.data, target, status)
        if target.read_bytes() != replacement.expected:
            raise NotWritten("it changed while it was being fixed, so it was left alone", replacement.path)
    return target, temporary


def _put_back(replacement: Replacement) -> None:
    if replacement.path.read_bytes() == replacement.data != replacement.expected:
        replace(replacement.path, replacement.data, replacement.expected)


@contextmanager
def _failing(path: Path) -> Generator[None]:
    try:
        yield
    except NotWritten as error:
        raise NotWritten(str(error), path) from error
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        why = getattr(error, "strerror", None) or error
        raise NotWritten(f"it cannot be written: {why}", path) from error


def _require_writable(target: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotWritten("it is not a regular file")
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise NotWritten("it is read-only")


def _write(temporary: Path, data: bytes, target: Path, status: os.stat_result) -> None:
    """Write a file that nobody has yet, nobody else's to read until it is dressed like the target."""
    with open(temporary, "xb", opener=partial(os.open, mode=0o600)) as file:
        file.write(data)
        file.flush()
        _dress_like(target, status, temporary)
        os.fsync(file.fileno())


def _dress_like(target: Path, status: os.stat_result, temporary: Path) -> None:
    mine = temporary.stat()
    if hasattr(os, "chown") and (mine.st_uid, mine.st_gid) != (status.st_uid, status.st_gid):
        os.chown(temporary, status.st_uid, status.st_gid)
    if hasattr(os, "listxattr"):
        with suppress(OSError):  # not every file system has them
            for attribute in os.listxattr(target):
                os.setxattr(temporary, attribute, os.getxattr(target, attribute))
    temporary.chmod(stat.S_IMODE(status.st_mode))  # after chown, which clears some bits


def _sync_directory(directory: Path) -> None:
    """Make the new name last through a power cut, where directories can be opened."""
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
