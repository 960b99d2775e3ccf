"""What is read beside the code (settings, declarations, ignore files), remembered with what was found there.

A later run asks whether all of that is still so, and need not read it again: see `fastlint.cache`. The memory
is the process's. One that runs more than once forgets in between, or a run would still be told of what an
earlier one has read, and would not read again what nothing shows to have changed.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from hashlib import blake2b

from msgspec import Struct

GRANULARITY = 2_000_000_000
"""Nanoseconds in which a file may change twice and show the same time, on the coarsest file system (FAT)."""


MOST_BYTES = 100_000_000
"""What is larger is neither a configuration nor a lock file."""


class Stamp(Struct, frozen=True, array_like=True):
    """What the file system tells of a file (times in nanoseconds): while that is the same, so is the file."""

    modified: int
    changed: int
    size: int
    inode: int


class Seen(Struct, frozen=True, array_like=True):
    """A file as it was read: no `digest` where it could not be, no `stamp` where that would prove nothing."""

    stamp: Stamp | None = None
    digest: bytes = b""


files: dict[str, Seen] = {}
"""What was read, by absolute path."""
present: dict[str, bool] = {}
"""Whether something was there, by absolute path."""
_forgotten = 0


def forget() -> None:
    """Begin anew: whatever was read is read again when it is asked for."""
    global _forgotten
    _forgotten += 1
    files.clear()
    present.clear()


def memory() -> int:
    """What goes into the key of whatever is kept of what was read: it is another after each `forget`."""
    return _forgotten


def read(path: str | os.PathLike[str]) -> bytes:
    """The content of a file. Raises `OSError`."""
    key = os.fspath(path)
    try:
        data, files[key] = read_seen(key)
    except (OSError, ValueError):
        files[key] = Seen()
        raise
    return data


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether there is a file or folder of this name; one that may not be looked at is not there."""
    key = os.fspath(path)
    present[key] = os.path.exists(key)  # noqa: PTH110 - as below
    return present[key]


def read_seen(path: str) -> tuple[bytes, Seen]:
    """The content of a file, and what to compare it with later. Raises `OSError`."""
    data, status = content(path)
    return data, Seen(settled(stamp(status)), digest(data))


def content(path: str) -> tuple[bytes, os.stat_result]:
    """The content of a file, and what the system said of it just before.

    Raises `OSError`, also for what is no file of bearable size: a repository may have a link to a device.
    """
    with open(path, "rb", opener=open_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise OSError(errno.EINVAL, "this is not a regular file", path)
        if status.st_size > MOST_BYTES:
            raise OSError(errno.EFBIG, f"the file is larger than {MOST_BYTES // 1_000_000} MB", path)
        return file.read(), status


def open_without_waiting(path: str, flags: int) -> int:
    """Opening a pipe must not wait for someone to write into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def is_same(path: str, seen: Seen) -> bool:
    """Whether a file is as it was: by its stamp, or by its content where that is in doubt."""
    try:
        if seen.stamp is not None and stamp(os.stat(path)) == seen.stamp:  # noqa: PTH116 - as above
            return True
        return read_seen(path)[1].digest == seen.digest
    except (OSError, ValueError):
        return not seen.digest


def digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=20).digest()


def stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def settled(stamp: Stamp) -> Stamp | None:
    """The stamp, unless it is so young that another change could leave it as it is."""
    return stamp if time.time_ns() - max(stamp.modified, stamp.changed) > GRANULARITY else None
