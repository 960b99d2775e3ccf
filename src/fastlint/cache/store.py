"""The folder of the cache: entries by name, each signed, so that what others put there is no entry.

Whoever may write into a project could otherwise hide a finding by a false entry. The key is the user's own
and lies outside the project (`secret`); without one there is no cache. An entry that is not ours, cut short
or changed is as good as none.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path

FOLDER = ".fastlint_cache"
KEY_VARIABLE = "FASTLINT_CACHE_KEY"
TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# A cache of fastlint. What this file means: https://bford.info/cachedir/\n"
)
SIGNED = 32
MOST_BYTES = 64 * 1024 * 1024
"""The size of the largest entry: a file of 10 MB has facts of about 20 MB."""
KEPT = 7 * 24 * 3600
"""How many seconds an entry that a run did not use is kept, for other branches and Pythons."""
ENTRY = re.compile(r"[0-9a-f]{40,64}(?:\.\d+\.tmp)?")
KINDS = ("facts", "runs", "trees")


class Store:
    """Signed entries in a folder. Nothing in here raises: what fails is told in `words`."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self.words: list[str] = []
        self._key = key
        self._damaged = 0
        self._writable = True
        self._prepared = False

    @classmethod
    def open(cls, folder: Path) -> Store | None:
        """The store in a folder; None where this user has no key, nor a place for one."""
        key = secret()
        return None if key is None else cls(folder, key)

    def get(self, kind: str, name: str) -> bytes | None:
        """The entry of this name, if there is one and it is ours."""
        try:
            with open(self._path(kind, name), "rb") as file:  # noqa: PTH123 - asked for every file: a Path is slow
                data = file.read(MOST_BYTES + 1)
        except OSError:
            return None
        payload = data[SIGNED:]
        if len(data) > MOST_BYTES or not compare_digest(data[:SIGNED], self._signature(kind, name, payload)):
            self._damaged += 1
            return None
        return payload

    def has(self, kind: str, name: str) -> bool:
        """Whether there is an entry of this name, ours or not."""
        return os.path.exists(self._path(kind, name))  # noqa: PTH110 - as above

    def put(self, kind: str, name: str, payload: bytes) -> None:
        """Keep an entry: all of it, or as if nothing had been written."""
        if not self._writable or len(payload) > MOST_BYTES - SIGNED:
            return
        path = self._path(kind, name)
        draft = f"{path}.{os.getpid()}.tmp"
        try:
            self._prepare()
            with open(draft, "wb") as file:  # noqa: PTH123 - likewise
                file.write(self._signature(kind, name, payload))
                file.write(payload)
            os.replace(draft, path)  # noqa: PTH105 - likewise
        except OSError as error:
            self._writable = False
            self.words.append(f"cannot write: {error.strerror or error}")
            with suppress(OSError):
                os.unlink(draft)  # noqa: PTH108 - likewise

    def prune(self, kind: str, used: Collection[str]) -> None:
        """Remove old entries that nobody uses, once they are most of what there is."""
        try:
            entries = [entry for entry in os.scandir(self.folder / kind) if ENTRY.fullmatch(entry.name)]
            if len(entries) > 2 * len(used) + 64:
                too_old = time.time() - KEPT
                for entry in entries:
                    if entry.name not in used and entry.stat().st_mtime < too_old:
                        os.unlink(entry.path)  # noqa: PTH108 - a path as the system gives it
        except OSError:
            return

    def told(self) -> Iterator[str]:
        """What went wrong, in words."""
        yield from self.words
        if self._damaged:
            yield f"ignored {self._damaged} damaged or foreign {'entry' if self._damaged == 1 else 'entries'}"

    def _path(self, kind: str, name: str) -> str:
        return f"{self.folder}{os.sep}{kind}{os.sep}{name}"

    def _signature(self, kind: str, name: str, payload: bytes) -> bytes:
        signature = blake2b(f"{kind}/{name}\0".encode(), key=self._key, digest_size=SIGNED)
        signature.update(payload)
        return signature.digest()

    def _prepare(self) -> None:
        if self._prepared:
            return
        for kind in KINDS:
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
        for name, text in (("CACHEDIR.TAG", TAG), (".gitignore", "*\n")):
            with suppress(FileExistsError), (self.folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
        self._prepared = True


def links(folder: Path) -> list[Path]:
    """What of a cache is a link, which a repository may bring to have other folders written to."""
    return [path for path in (folder, *(folder / kind for kind in KINDS)) if path.is_symlink()]


def clean(folder: Path) -> bool:
    """Remove a cache: what is in it by our names, and the folder if that leaves it empty.

    False where there is none: a folder without our tag, or a link, is somebody else's. Raises `OSError`.
    """
    tag = folder / "CACHEDIR.TAG"
    if folder.is_symlink() or not tag.is_file() or tag.read_text(encoding="utf-8", errors="replace") != TAG:
        return False
    for kind in KINDS:
        inner = folder / kind
        if inner.is_symlink() or not inner.is_dir():
            continue
        for entry in inner.iterdir():
            if ENTRY.fullmatch(entry.name):
                entry.unlink()
        with suppress(OSError):
            inner.rmdir()
    for name in (".gitignore", "CACHEDIR.TAG"):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
    return True


# The key


def secret() -> bytes | None:
    """This user's key; None where there is no place for one.

    It is what `FASTLINT_CACHE_KEY` says, which takes a cache to another machine, else one that is made once
    and kept in the user's own cache folder.
    """
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return blake2b(given.encode("utf-8", "surrogateescape"), digest_size=32).digest()
    folder = _user_folder()
    if folder is None:
        return None
    path = folder / "key"
    try:
        return _valid(path.read_bytes())
    except FileNotFoundError:
        return _made(path)
    except OSError:
        return None


def _made(path: Path) -> bytes | None:
    draft = path.with_name(f"key.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))
        with suppress(FileExistsError):
            os.link(draft, path)  # of two processes at once, one makes it
        draft.unlink()
        return _valid(path.read_bytes())
    except OSError:
        return None


def _valid(key: bytes) -> bytes | None:
    return key if len(key) == 32 else None


def _user_folder() -> Path | None:
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "fastlint"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "fastlint"
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        return (given if given.is_absolute() else Path.home() / ".cache") / "fastlint"
    except RuntimeError:  # this user has no home
        return None
