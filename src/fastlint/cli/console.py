"""What the commands say, where: findings on stdout, everything about the run on stderr."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from fastlint.output.cells import clean
from fastlint.output.terminal import Line, Screen, is_terminal, show

PYTHON_FILES = (".py", ".pyi")


def complain(message: str) -> None:
    """One line on stderr that begins with `error:`."""
    tell(f"error: {message}")


def tell(message: str) -> None:
    """One line on stderr, after what stdout has so far: they may share a log."""
    sys.stdout.flush()
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    sys.stderr.write(clean(message, encoding) + "\n")


def print_lines(lines: Iterable[Line]) -> None:
    """Lines on stdout, as wide and as colourful as it is."""
    show(lines, sys.stdout, Screen.of(sys.stdout))


def print_bytes(content: bytes) -> None:
    """UTF-8 on stdout as it is: a pipe gets the same bytes on every system."""
    if is_terminal(sys.stdout) or not hasattr(sys.stdout, "buffer"):
        sys.stdout.write(content.decode("utf-8"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)


def print_content(content: bytes) -> None:
    """Bytes on stdout exactly as they are, whatever they mean."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def write_file(target: Path, content: bytes) -> None:
    """Replace a file in one step. Raises `click.ClickException` where that cannot or should not be done."""
    if target.suffix in PYTHON_FILES and target.exists():
        raise click.UsageError(f"{target} is Python code, which would be lost")
    try:
        if target.is_file() and not target.stat().st_mode & 0o222:
            raise click.ClickException(f"cannot write {target}: it is read-only")
        if target.exists() and not target.is_file():  # a device or a pipe cannot be replaced
            target.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(target)), content)
    except OSError as error:
        raise click.ClickException(f"cannot write {target}: {error.strerror or error}") from error


def _replace(target: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    """The mode of the file that is replaced, else what the user's umask leaves."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
