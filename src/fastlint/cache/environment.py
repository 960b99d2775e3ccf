"""What findings depend on beside the project: fastlint, its rules and tables, and the Python they run on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from fastlint import __version__

PACKAGE = str(Path(__file__).parent.parent)


def of_facts() -> str:
    """Under what the facts of files are kept: the code that makes them, and the grammar of this Python."""
    return _digest([*_code(PACKAGE), *_stamps([_origin("libcst")])])


def of_findings(packages: Iterable[str]) -> str:
    """Under what findings are kept: all code that makes them, `packages` being the folders of the rules.

    Where something is installed or removed, the folder that it goes to changes. The current folder, which is
    in the path of `python -m fastlint`, changes all the time, and nothing is installed there alone.
    """
    code = (line for package in (PACKAGE, *packages) for line in _code(package))
    here = ("", os.getcwd())  # noqa: PTH109 - compared with strings
    return _digest([*code, *_stamps(path for path in sys.path if path not in here)])


def _origin(module: str) -> str:
    spec = find_spec(module)
    return spec.origin or "" if spec else ""


def _code(package: str) -> Iterator[str]:
    """The files of a package, each with its time and size."""
    waiting = [package]
    while waiting:
        folder = waiting.pop()
        yield folder
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    waiting.append(entry.path)
            elif entry.name.endswith((".py", ".toml", ".so", ".pyd")):
                status = entry.stat()
                yield f"{entry.name} {status.st_mtime_ns} {status.st_size}"


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing where it is gone, as that of an installation that was removed."""
    try:
        with os.scandir(folder) as scan:
            return sorted(scan, key=lambda entry: entry.name)
    except OSError:
        return []


def _stamps(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        with suppress(OSError):
            yield f"{path} {os.stat(path).st_mtime_ns}"  # noqa: PTH116 - asked in every run: fast


def _digest(lines: Iterable[str]) -> str:
    text = "\n".join([__version__, sys.version, *lines])
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=20).hexdigest()
