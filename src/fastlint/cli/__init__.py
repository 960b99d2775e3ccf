"""The command line: one module a command, and nothing imported before it is needed."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

CLEAN, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130


def script() -> NoReturn:
    """The command: a process of its own, which the system cleans up faster than Python does."""
    gc.disable()  # a run keeps what it makes until it ends
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code; whoever stops it or stops reading gets no traceback."""
    _open_missing_streams()
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _close_quietly()
        return INTERRUPTED
    except OSError as error:
        _close_quietly()
        sys.stderr.write(f"error: cannot write the output: {error.strerror or error}\n")
        return FAILED
    return code


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:  # by far the most frequent question of tools: answered without click
        from fastlint import __version__

        print(f"fastlint {__version__}")
        return CLEAN
    from fastlint.cli.app import run

    return run(arguments)


def _open_missing_streams() -> None:
    """Python has no stream where the shell closed it (`fastlint >&-`): what is said there is lost."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - as long as the process


def _close_quietly() -> None:
    """Let the interpreter flush what is left of the output into nothing."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
    except (OSError, ValueError):
        return
