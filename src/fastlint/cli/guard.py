"""Whatever goes wrong is one line on stderr and an exit code, and never a traceback."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import click

from fastlint.cli import FAILED
from fastlint.cli.console import complain
from fastlint.failure import innermost

SURPLUS = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)
OUTPUT = {("output", "terminal.py"), ("cli", "console.py"), ("click", "utils.py")}
"""Where output is written; the last is `click.echo`, which prints help."""


def guarded(work: Callable[[], int], *, is_verbose: bool) -> int:
    """The exit code of some work. Raises `KeyboardInterrupt`, and `OSError` where the output is refused."""
    try:
        return work()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.UsageError as error:
        complain(f"{_said(error)} (see `{_help(error)}`)")
    except click.ClickException as error:
        complain(error.format_message())
    except OSError as error:
        if isinstance(error, BrokenPipeError) or _is_output(error):
            raise
        complain(_internal(error, is_verbose=is_verbose))
    except Exception as error:
        complain(_internal(error, is_verbose=is_verbose))
    return FAILED


def _said(error: click.UsageError) -> str:
    """What is wrong, without the formulas that click puts around a value or a surplus argument."""
    if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter):
        option = f"{error.param.opts[-1]}: " if isinstance(error.param, click.Option) else ""
        return f"{option}{error.message.removesuffix('.')}"
    said = error.format_message().removesuffix(".")
    surplus = SURPLUS.fullmatch(said)
    return f"too many arguments: {surplus[1]}" if surplus else said


def _help(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "fastlint"
    return f"{path.removesuffix(' check')} --help"


def _is_output(error: OSError) -> bool:
    """Whether standard output refused what was written: such an error names no file."""
    return error.filename is None and any(
        Path(frame.filename).parts[-2:] in OUTPUT for frame in traceback.extract_tb(error.__traceback__)
    )


def _internal(error: Exception, *, is_verbose: bool) -> str:
    """One line for what should not have happened, with the traceback before it for whoever asks."""
    if is_verbose:
        sys.stderr.write(traceback.format_exc())
    place = innermost(error, "fastlint") or "fastlint"
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return f"internal error in {place}: {said} (please report; --verbose shows the traceback)"
